"""A million products, made from the demo world's: the index built from the database, kept in step with it, and asked.

Questions are what shoppers type: one to three words of a product's name, a third of them with a slip (no space, two
keys swapped, the wrong keyboard, consonants alone). The yardstick of a question is the same text as one plain BM25
query of the same index, its words as they are. Over HTTP: the demo's 20,000 products, one server process, the askers in
a process of their own, all on this machine's cores.
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
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, LiteralString
from urllib.parse import quote

import msgspec
import psutil
import psycopg
from numpy.random import default_rng

from sangdan.flows.admit_client import admit
from sangdan.flows.import_rows import load
from sangdan.flows.search_goods import Asked, Finder
from sangdan.flows.search_goods import folder as folders
from sangdan.flows.search_goods.engine import Engine
from sangdan.kit import access, postgres
from sangdan.kit.db import Pool
from sangdan.offer.search.model.hangul import as_latin, initials, is_syllable
from sangdan.tower.twin.model.goods import goods

from . import ground
from .figures import Figure, Measured, Target
from .lookers import Task, Told

PRODUCTS: Final = int(os.environ.get("BENCH_PRODUCTS", "1000000"))
BASE: Final = 20_000
QUESTIONS: Final = 2_000
ON_A_PAGE: Final = 20
TURNS: Final = 50  # that the questions are asked over HTTP, at most
CONNECTIONS: Final = 16
SECONDS: Final = float(os.environ.get("BENCH_SECONDS", "15"))
WARM_S: Final = 3.0
WAIT_S: Final = 120.0
SEED: Final = 7

# Each product again and again, under brands of its own.
MORE: Final[LiteralString] = """
    INSERT INTO catalogue.product (product_id, category, name_ko, name_en, brand, options)
    SELECT p.product_id || '-' || n, p.category, replace(p.name_ko, p.brand, p.brand || chr(44032 + n * 28)),
           p.name_en, p.brand || chr(44032 + n * 28), p.options
      FROM catalogue.product p, generate_series(1, %(times)s) AS n WHERE p.brand IS NOT NULL
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
    """Build, ask, follow; then ask over HTTP."""
    with ground.durable() as server, tempfile.TemporaryDirectory(dir=ground.DISK) as folder:
        names = asyncio.run(_found(server.url))
        questions = [_typed(random.Random(number), names) for number in range(QUESTIONS)]
        over_http, cpu_ms = _served(server, Path(folder) / "small", questions)
        asyncio.run(_grow(server.url))
        read_s = _timed(server.url)
        built_s, peak = _built(server.url, Path(folder) / "large")
        asked = _asked(Path(folder) / "large", questions)
        lag_ms = asyncio.run(_lag(server.url, Path(folder) / "large"))
    plain, disk = statistics.quantiles(asked.plain_ms, n=20)[-1], "the index on the disk"
    figures = [
        Figure("index built from the database", built_s, "s", "COPY of the same rows", read_s, "s",
               Target("value", at_most=600)),
        Figure("a question, median", statistics.median(asked.ms), "ms", "plain BM25", statistics.median(asked.plain_ms),
               "ms"),
        Figure("a question, 95 of 100", statistics.quantiles(asked.ms, n=20)[-1], "ms", "plain BM25", plain, "ms",
               Target("value", at_most=20)),
        Figure("with facets, 95 of 100", statistics.quantiles(asked.facets_ms, n=20)[-1], "ms", "plain BM25", plain,
               "ms"),
        Figure("what a shopper who types sees, 95 of 100", statistics.quantiles(asked.suggest_ms, n=20)[-1], "ms",
               "plain BM25", plain, "ms"),
        Figure("memory of a process that answers", asked.memory, "bytes", disk, asked.bytes, "bytes"),
        Figure("memory of the follower, most", peak, "bytes", disk, asked.bytes, "bytes"),
        Figure("from a commit until it is found, longest", lag_ms, "ms", "a second", 1000, "ms",
               Target("value", at_most=5000)),
        Figure(f"searches of {ON_A_PAGE} over HTTP", over_http.answered / over_http.took_s, "requests/s", "a second's",
               1, "requests/s", Target("value", at_least=1000)),
        Figure("processor time of a search over HTTP, server and asker", cpu_ms, "ms", "two cores for 1/1000 s", 2,
               "ms", Target("ratio", at_most=1)),
    ]  # fmt: skip
    about = (
        f"{asked.products:,} products, an index of {asked.bytes / 1e6:,.0f} MB; {QUESTIONS:,} different questions, "
        f"none asked before; over HTTP {BASE:,} products, {CONNECTIONS} open requests, each with bounds of its own"
    )
    return Measured("search", about, figures)


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
        await conn.execute(MORE, {"times": max(0, PRODUCTS // BASE - 1)})
        await conn.execute(SKUS)
        await conn.execute(OFFERS)
        await conn.execute("VACUUM ANALYZE")


def _typed(dice: random.Random, names: Sequence[str]) -> str:
    """What somebody types who looks for a product."""
    parts = dice.choice(names).split()[1:] or ["우유"]
    begin = dice.randrange(len(parts))
    part = parts[begin : begin + dice.choice((1, 2, 2, 3))]
    slip = dice.randrange(12)
    if slip == 0:
        return "".join(part)
    if slip == 1 and len(part[0]) > 2:
        at = dice.randrange(len(part[0]) - 1)
        part[0] = part[0][:at] + part[0][at + 1] + part[0][at] + part[0][at + 2 :]
    if slip == 2 and all(map(is_syllable, part[-1])):
        return as_latin(part[-1])
    if slip == 3 and len(part[-1]) > 2 and all(map(is_syllable, part[-1])):
        return initials(part[-1])
    return " ".join(part)


def _timed(url: str) -> float:
    began = time.perf_counter()
    with psycopg.connect(url) as conn, conn.cursor() as cur, cur.copy(PLAIN) as copy:
        while copy.read():
            pass
    return time.perf_counter() - began


def _chosen(url: str, folder: Path) -> dict[str, str]:
    kept = {name: each for name, each in os.environ.items() if not name.startswith("SANGDAN_")}
    return kept | {
        "SANGDAN_DATABASE_URL": url, "SANGDAN_SEARCH": str(folder), "SANGDAN_SECRET": "0" * 32, "SANGDAN_PORT": "0",
        "SANGDAN_MASTER_KEY": "0" * 64, "SANGDAN_LOG_LEVEL": "warning",
    }  # fmt: skip


def _built(url: str, folder: Path) -> tuple[float, int]:
    """Seconds to make the index in a process of its own, and the most memory that it had."""
    began, peak = time.perf_counter(), 0
    with subprocess.Popen([sys.executable, "-m", "sangdan", "search", "rebuild"], env=_chosen(url, folder)) as making:
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
        sys.executable, "-m", "sangdan", "search", "follow", env=_chosen(url, folder)
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


def _served(server: postgres.Server, folder: Path, questions: Sequence[str]) -> tuple[Told, float]:
    """The questions over HTTP, and what one of them takes of the processor."""
    key = asyncio.run(_admitted(server.url))
    _built(server.url, folder)
    program = [sys.executable, "-m", "sangdan", "serve", "--no-worker"]
    with subprocess.Popen(program, env=_chosen(server.url, folder), stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        try:
            host, _, port = serving.stdout.readline().strip().removeprefix("http://").rpartition(":")
            # Every question with bounds of its own, so that none is remembered.
            paths = [
                f"/v1/search?q={quote(text)}&limit={ON_A_PAGE}&facets=false&price_to={10**9 + turn}"
                for turn in range(TURNS)
                for text in questions
            ]
            task = Task(host, int(port), key, paths, CONNECTIONS, SECONDS, WARM_S)
            server_s = _cpu_s(serving.pid)
            told = subprocess.run(
                [sys.executable, "-m", "bench.lookers"], input=msgspec.json.encode(task), stdout=subprocess.PIPE,
                check=True,
            ).stdout  # fmt: skip
            server_s = _cpu_s(serving.pid) - server_s
        finally:
            serving.terminate()
    answered = msgspec.json.decode(told, type=Told)
    assert not answered.refused, answered.refused
    asked = answered.answered * (SECONDS + WARM_S) / SECONDS
    return answered, (server_s + answered.cpu_s) * 1000 / asked


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


async def _admitted(url: str) -> str:
    pool = await Pool.open(url, size=2)
    try:
        key = access.new_key()
        async with pool.transaction() as conn:
            await admit(conn, "web", "ally", "hanbit", None, key, datetime.now(UTC))
        return key
    finally:
        await pool.close()


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_answer(Path(sys.argv[1]), json.loads(sys.stdin.buffer.read()))))
