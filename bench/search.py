"""A million products, made from the demo world's: the index built from the database, kept in step with it, and asked.

Questions are what shoppers type: one to three words of a product's name, a third of them with a slip (no space, two
keys swapped, the wrong keyboard, consonants alone), each another one. The yardstick of a question is the same text as
one plain BM25 query of the same index, its words as they are. Over HTTP: the demo's whole world, every product with its
offers; a server remembers 2,000 answers, so that none of these is asked twice within what it remembers.
"""

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, LiteralString
from urllib.parse import quote

import msgspec
import psutil
import psycopg
from numpy.random import default_rng

from sangdan.flows.import_rows import load
from sangdan.flows.search_goods import Asked, Finder
from sangdan.flows.search_goods import folder as folders
from sangdan.flows.search_goods.engine import Engine
from sangdan.kit.db import Pool
from sangdan.offer.search.model.hangul import as_latin, initials, is_syllable
from sangdan.tower.twin.model.goods import goods

from . import ground, storefront
from .figures import Figure, Measured, Target
from .storefront import AT_HOME, PLACES, chosen, figures, rate, served

PRODUCTS: Final = int(os.environ.get("BENCH_PRODUCTS", "1000000"))
BASE: Final = 20_000
QUESTIONS: Final = 2_000
ON_A_PAGE: Final = 20
OVER_HTTP: Final = 30_000
AT_LEAST: Final = 1000.0
WAIT_S: Final = 120.0
SEED: Final = 7

# Each product again and again, under brands of its own.
MORE: Final[LiteralString] = """
    INSERT INTO catalogue.product (product_id, category, name_ko, name_en, brand, options)
    SELECT p.product_id || '-' || n, p.category, replace(p.name_ko, p.brand, p.brand || chr(44032 + n * 28)),
           p.name_en, p.brand || chr(44032 + n * 28), p.options
      FROM generate_series(1, %(times)s) AS n, catalogue.product p WHERE p.brand IS NOT NULL
     LIMIT %(more)s
"""
SKUS: Final[LiteralString] = """
    INSERT INTO catalogue.sku (sku, product_id, name_ko, name_en, options, weight_g, length_mm, width_mm, height_mm,
                               temperature, vat_class)
    SELECT 's-' || product_id, product_id, name_ko, name_en, options, 100, 10, 10, 10, 'ambient', 'standard'
      FROM catalogue.product
"""
OFFERS: Final[LiteralString] = """
    INSERT INTO catalogue.offer (sku, seller_id, valid_from, currency, price_minor)
    SELECT 's-' || product_id, 'hanbit', '2026-01-01Z', 'KRW', 1000 + abs(hashtext(product_id)) % 100000
      FROM catalogue.product
"""
RENAME: Final[LiteralString] = "UPDATE catalogue.product SET name_ko = %(name)s WHERE product_id = %(product_id)s"
PLAIN: Final[LiteralString] = "COPY (SELECT * FROM catalogue.listing) TO STDOUT"


def measure() -> Measured:
    """Ask over HTTP; then build, ask and follow."""
    with tempfile.TemporaryDirectory(dir=ground.DISK) as folder:
        over_http = _over_http(Path(folder) / "small")
        with ground.durable() as server:
            names = asyncio.run(_found(server.url))
            asyncio.run(_grow(server.url))
            read_s = _timed(server.url)
            built_s, peak = _built(server.url, Path(folder) / "large")
            asked = _asked(Path(folder) / "large", _questions(names, QUESTIONS))
            lag_ms = asyncio.run(_lag(server.url, Path(folder) / "large"))
    plain, disk = statistics.quantiles(asked.plain_ms, n=20)[-1], "the index on the disk"
    told = [
        Figure("index built from the database", built_s, "s", "COPY of the same rows", read_s, "s",
               Target("value", at_most=600)),
        Figure("a question, median", statistics.median(asked.ms), "ms", "plain BM25", statistics.median(asked.plain_ms),
               "ms"),
        Figure("a question, 95 of 100", statistics.quantiles(asked.ms, n=20)[-1], "ms", "plain BM25", plain, "ms",
               Target("value", at_most=20)),
        Figure("with facets, 95 of 100", statistics.quantiles(asked.facets_ms, n=20)[-1], "ms", "plain BM25", plain,
               "ms", Target("value", at_most=20)),
        Figure("what a shopper who types sees, 95 of 100", statistics.quantiles(asked.suggest_ms, n=20)[-1], "ms",
               "plain BM25", plain, "ms"),
        Figure("memory of a process that answers", asked.memory, "bytes", disk, asked.bytes, "bytes"),
        Figure("memory of the follower, most", peak, "bytes", disk, asked.bytes, "bytes"),
        Figure("from a commit until it is found, longest", lag_ms, "ms", "a second", 1000, "ms",
               Target("value", at_most=5000)),
    ]  # fmt: skip
    about = (
        f"{asked.products:,} products, an index of {asked.bytes / 1e6:,.0f} MB, {QUESTIONS:,} different questions; "
        f"over HTTP {storefront.described()}, {OVER_HTTP:,} different questions, one server process where no other "
        "number is named; at a place the best 60 finds are weighed by how soon they can be had; the page has a place"
    )
    return Measured("search", about, [*over_http, *told])


def _over_http(folder: Path) -> list[Figure]:
    """What a search comes to over HTTP, with and without a place, and as a page of the storefront."""
    with ground.durable() as server:
        world = asyncio.run(storefront.found(server))
        _built(server.url, folder)
        texts = [quote(text) for text in _questions(world.names, OVER_HTTP)]
        paths = [f"/v1/search?q={text}&limit={ON_A_PAGE}&facets=false" for text in texts]
        placed = [f"{path}&postcode={PLACES[at % len(PLACES)]}" for at, path in enumerate(paths)]
        with served(server, world.key, folder) as shop:
            bare, plain, at_place = shop.bare(), shop.ask(paths), shop.ask(placed)
            pages = shop.ask([f"/shop/search?q={text}" for text in texts], AT_HOME)
        with served(server, world.key, folder, workers=2) as shop:
            both_bare, both = shop.bare(), shop.ask(paths)
    return [
        *figures(f"a search of {ON_A_PAGE}", plain, bare, AT_LEAST),
        rate(f"a search of {ON_A_PAGE}, two server processes,", both, both_bare, AT_LEAST),
        *figures(f"a search of {ON_A_PAGE} at a place", at_place, bare),
        *figures("a search's page", pages, bare),
    ]


class _Asked(msgspec.Struct):
    products: int
    bytes: int
    memory: int
    ms: list[float]
    facets_ms: list[float]
    plain_ms: list[float]
    suggest_ms: list[float]


async def _found(url: str) -> list[str]:
    """Bring in the demo's products; gives their names."""
    pool = await Pool.open(url, size=2)
    try:
        await load(pool, "partners", ground.example("partners", "partner_id", ["hanbit"]), ground.AT)
        made = goods(BASE, default_rng(SEED))
        await load(pool, "products", made.product, ground.AT)
        return [str(name) for name in made.product["name_ko"]]
    finally:
        await pool.close()


async def _grow(url: str) -> None:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        more = max(0, PRODUCTS - BASE)
        await conn.execute(MORE, {"times": 2 * more // BASE, "more": more})
        await conn.execute(SKUS)
        await conn.execute(OFFERS)
        await conn.execute("VACUUM ANALYZE")


def _questions(names: Sequence[str], many: int) -> list[str]:
    """What somebody types who looks for a product; no two alike."""
    dice, typed = random.Random(SEED), dict[str, None]()
    while len(typed) < many:
        typed[_typed(dice, names)] = None
    return list(typed)


def _typed(dice: random.Random, names: Sequence[str]) -> str:
    parts = dice.choice(names).split()
    begin = dice.randrange(len(parts))
    part = parts[begin : begin + dice.choice((1, 2, 2, 3))]
    slip = dice.randrange(12)
    if slip == 0:
        return "".join(part)
    if slip == 1 and len(part[0]) > 2:
        at = dice.randrange(len(part[0]) - 1)
        part[0] = part[0][:at] + part[0][at + 1] + part[0][at] + part[0][at + 2 :]
    if slip == 2 and all(map(is_syllable, part[-1])):
        part[-1] = as_latin(part[-1])
    if slip == 3 and len(part[-1]) > 2 and all(map(is_syllable, part[-1])):
        part[-1] = initials(part[-1])
    return " ".join(part)


def _timed(url: str) -> float:
    began = time.perf_counter()
    with psycopg.connect(url) as conn, conn.cursor() as cur, cur.copy(PLAIN) as copy:
        while copy.read():
            pass
    return time.perf_counter() - began


def _built(url: str, folder: Path) -> tuple[float, int]:
    """Seconds to make the index in a process of its own, and the most memory that it had."""
    began, peak = time.perf_counter(), 0
    with subprocess.Popen([sys.executable, "-m", "sangdan", "search", "rebuild"], env=chosen(url, folder)) as making:
        watched = psutil.Process(making.pid)
        while making.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(0.1)
    assert making.returncode == 0
    return time.perf_counter() - began, peak


def _asked(folder: Path, questions: Sequence[str]) -> _Asked:
    """Every question once, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.search", str(folder)], input=json.dumps(questions).encode(),
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return msgspec.json.decode(done.stdout, type=_Asked)


def _answer(folder: Path, questions: Sequence[str]) -> _Asked:
    """Ask, and note how long it took and what it needs."""
    own = psutil.Process()
    before = own.memory_info().rss
    finder = Finder(folder)
    found = folders.current(folder)
    assert found is not None
    finder.suggest("ㅇ")
    engine = Engine(found)
    told = _Asked(engine.searcher.num_docs, found.size(), 0, [], [], [], [])

    def timed(ask: object, *words: object) -> float:
        assert callable(ask)
        began = time.perf_counter()
        ask(*words)
        return (time.perf_counter() - began) * 1000

    for text in questions:
        told.plain_ms.append(timed(engine.plain, text, ON_A_PAGE))
        told.ms.append(timed(engine.ask, Asked(text=text, facets=False), ON_A_PAGE))
        told.facets_ms.append(timed(engine.ask, Asked(text=text), ON_A_PAGE))
        told.suggest_ms.append(timed(finder.suggest, text[: 1 + len(text) // 2]))
    told.memory = own.memory_info().rss - before
    return told


async def _lag(url: str, folder: Path) -> float:
    """Milliseconds from a product's new name until it is found, the longest of ten."""
    following = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sangdan", "search", "follow", env=chosen(url, folder)
    )
    finder, lags = Finder(folder), list[float]()
    try:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
            for number in range(10):
                name = f"두메결 무지개 쌀 {1000 + number}호"
                await conn.execute(RENAME, {"name": name, "product_id": f"p{number + 1:06d}"})
                committed = time.perf_counter()
                while not any(
                    hit.name_ko == name for hit in finder.ask(Asked(text=f"무지개 {1000 + number}호"), 5).hits
                ):
                    assert time.perf_counter() - committed < WAIT_S, "a change was never found"
                    await asyncio.sleep(0.02)
                lags.append((time.perf_counter() - committed) * 1000)
    finally:
        following.terminate()
        await following.wait()
    return max(lags[1:])  # the first waits for the follower to start


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_answer(Path(sys.argv[1]), json.loads(sys.stdin.buffer.read()))))
