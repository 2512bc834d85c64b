"""What the picture of the stock costs, and how old it is: made, gone on with, read, followed under load.

    python -m bench.picture --full     20 million cells, 1 million SKUs on 400 nodes; some minutes, most of them filling

The follower is a process of its own, as in an installation. Reading stands beside the same question to the database;
making it beside a plain COPY of the table; what placing pays for being followed beside the same updates unfollowed.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Final, LiteralString, TypeVar

import psutil
import psycopg

from sangdan.flows.picture import Shelves
from sangdan.kit import postgres
from sangdan.kit.db import Conn
from sangdan.offer.stock.queries import available

from . import ground
from .figures import Figure, Measured, Target, spoken

NODES: Final = 400
ON: Final = 20  # nodes that a SKU lies on
SKUS: Final = 50_000
ALL_SKUS: Final = 1_000_000
LINES: Final = 5
ASKED: Final = 2_000
BATCH: Final = 128 * LINES  # cells of a batch of orders
LOAD_S: Final = 8.0
WAIT_S: Final = 600.0

FILL: Final[LiteralString] = """
    INSERT INTO stock.balance (node_id, sku, owner_id, on_hand)
    SELECT 'node-' || lpad(((s * 7 + n * 20) %% %(nodes)s)::text, 3, '0'), 'sku-' || lpad(s::text, 7, '0'), 'hanbit',
           100000
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS s, generate_series(0, %(on)s::bigint - 1) AS n
"""
TAKE: Final[LiteralString] = """
    WITH shelf AS (
        SELECT b.node_id, b.sku, b.owner_id
          FROM unnest(%(nodes)s::text[], %(skus)s::text[]) AS w (node_id, sku)
          JOIN stock.balance b ON (b.node_id, b.sku, b.owner_id) = (w.node_id, w.sku, 'hanbit')
         ORDER BY 1, 2, 3 FOR UPDATE OF b
    )
    UPDATE stock.balance b SET reserved = b.reserved + 1
      FROM shelf s WHERE (b.node_id, b.sku, b.owner_id) = (s.node_id, s.sku, s.owner_id)
"""
MARK: Final[LiteralString] = """
    UPDATE stock.balance SET safety = %(mark)s WHERE (node_id, sku, owner_id) = ('node-000', 'sku-0000000', 'hanbit')
"""
PLAIN: Final[LiteralString] = "COPY stock.balance TO STDOUT (FORMAT binary)"
T = TypeVar("T")


def measure(skus: int = SKUS) -> Measured:
    """Make a picture of `skus` SKUs on 20 nodes each, and follow the database with it."""
    memory = Path("/dev/shm")
    with (
        ground.durable() as server,
        tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder,
    ):
        return asyncio.run(_measure(server, Path(folder), skus))


async def _measure(server: postgres.Server, folder: Path, skus: int) -> Measured:
    async with await psycopg.AsyncConnection.connect(server.url, autocommit=True) as conn:
        await _fill(conn, skus)
        plain_s, _ = await _timed(_plain(conn))
        unfollowed = await _taking(conn, skus, LOAD_S / 4)
        shelves = await Shelves.open(conn, folder)
        async with _following(server.url, folder) as follower:
            made_s, _ = await _timed(_fresh(shelves))
            peak = psutil.Process(follower.pid).memory_info().rss
            follower.kill()
            await follower.wait()
            standing = shelves.standing()
            assert standing is not None
        await _old(shelves)
        async with _following(server.url, folder):
            again_s, _ = await _timed(_fresh(shelves))
            read_ms, asked_ms = await _questions(conn, shelves, skus)
            followed = await _taking(conn, skus, LOAD_S / 4)
            lags, load = await _lags(server.url, shelves, skus)
    bytes_of_rows = await _size(server.url)
    cells = skus * ON
    copy, ask = "plain COPY of the table", f"the same {LINES} SKUs asked from the database"
    rest = "the same statement, nobody following"
    about = (
        f"{cells:,} cells of {skus:,} SKUs on {NODES} nodes; {standing.bytes / 1e6:,.0f} MB in memory, once for all "
        f"processes ({bytes_of_rows / 1e6:,.0f} MB in PostgreSQL); the follower has {peak / 1e6:,.0f} MB of its own "
        f"after making it; lag while {load:,.0f} cells/s change, {len(lags)} times"
    )
    return Measured(
        "picture",
        about,
        [
            Figure("made from the database", made_s, "s", copy, plain_s, "s"),
            Figure("gone on with after kill -9", again_s, "s", "making it", made_s, "s"),
            Figure("memory a cell", standing.bytes / cells, "bytes", "in PostgreSQL", bytes_of_rows / cells, "bytes"),
            Figure(f"looking {LINES} SKUs up, median", statistics.median(read_ms), "ms", ask,
                   statistics.median(asked_ms), "ms"),
            Figure("lag under load, median", statistics.median(lags) * 1000, "ms", "a second", 1000, "ms"),
            Figure("lag under load, longest", max(lags) * 1000, "ms", "a second", 1000, "ms",
                   Target("value", at_most=1000)),
            Figure(f"server's CPU a cell, {BATCH} at once", followed, "us", rest, unfollowed, "us"),
        ],
    )  # fmt: skip


async def _fill(conn: Conn, skus: int) -> None:
    """Without the second index, which is made afterwards: that is quicker by far."""
    await conn.execute("DROP INDEX stock.balance_by_sku")
    for first in range(0, skus, 100_000):
        last = min(first + 100_000, skus) - 1
        print(f"  {last + 1:,} SKUs", file=sys.stderr)
        await conn.execute(FILL, {"nodes": NODES, "on": ON, "first": first, "last": last})
    await conn.execute("CREATE INDEX balance_by_sku ON stock.balance (sku, node_id)")
    await conn.execute("VACUUM ANALYZE stock.balance")


async def _plain(conn: Conn) -> None:
    async with conn.cursor() as cur, cur.copy(PLAIN) as copy:
        while await copy.read():
            pass


async def _size(url: str) -> int:
    async with await psycopg.AsyncConnection.connect(url) as conn:
        row = await (await conn.execute("SELECT pg_total_relation_size('stock.balance')")).fetchone()
    assert row is not None
    return int(row[0])


@asynccontextmanager
async def _following(url: str, folder: Path) -> AsyncGenerator[Process]:
    environment = {**os.environ, "SANGDAN_DATABASE_URL": url, "SANGDAN_PICTURE": str(folder)}
    words = (sys.executable, "-m", "sangdan", "picture", "follow")
    follower = await asyncio.create_subprocess_exec(*words, env=environment)
    try:
        yield follower
    finally:
        if follower.returncode is None:
            follower.terminate()
            await follower.wait()


async def _fresh(shelves: Shelves) -> None:
    deadline = time.monotonic() + WAIT_S
    while shelves.look(["sku-0000000"]) is None:
        assert time.monotonic() < deadline, "no picture came"
        await asyncio.sleep(0.01)


async def _old(shelves: Shelves) -> None:
    """Until what a dead follower wrote is not believed any more."""
    while True:
        await asyncio.sleep(0.01)
        if shelves.look(["sku-0000000"]) is None:
            return


async def _questions(conn: Conn, shelves: Shelves, skus: int) -> tuple[list[float], list[float]]:
    """Milliseconds of the same questions to the picture and to the database, which must answer the same."""
    random, read_ms, asked_ms = Random(3), list[float](), list[float]()
    for _ in range(ASKED):
        codes = [f"sku-{number:07}" for number in random.sample(range(skus), LINES)]
        began = time.perf_counter()
        seen = shelves.look(codes)
        middle = time.perf_counter()
        told = await available(conn, codes)
        asked_ms.append((time.perf_counter() - middle) * 1000)
        read_ms.append((middle - began) * 1000)
        if seen is not None:
            assert sorted(seen.cells, key=repr) == sorted(told, key=repr)
    return read_ms, asked_ms


async def _taking(conn: Conn, skus: int, seconds: float) -> float:
    """Microseconds of the server's CPU for a cell of a batch."""
    random, server = Random(4), psutil.Process(conn.info.backend_pid)
    began, taken = time.monotonic(), 0
    before = server.cpu_times()
    while time.monotonic() - began < seconds:
        await _take(conn, random, skus)
        taken += BATCH
    after = server.cpu_times()
    return (after.user + after.system - before.user - before.system) / taken * 1e6


async def _take(conn: Conn, random: Random, skus: int) -> None:
    wanted = [random.randrange(skus) for _ in range(BATCH)]
    nodes = [f"node-{(number * 7 + random.randrange(ON) * 20) % NODES:03}" for number in wanted]
    await conn.execute(TAKE, {"nodes": nodes, "skus": [f"sku-{number:07}" for number in wanted]})


async def _lags(url: str, shelves: Shelves, skus: int) -> tuple[list[float], float]:
    """Seconds from a commit until it is seen, while batches are taken as fast as it goes; and cells a second."""
    lags, taken = list[float](), 0
    began, until = time.monotonic(), time.monotonic() + LOAD_S

    async def load() -> None:
        nonlocal taken
        random = Random(5)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
            while time.monotonic() < until:
                await _take(conn, random, skus)
                taken += BATCH

    async def probe() -> None:
        mark = 0
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
            while time.monotonic() < until:
                mark += 1
                await conn.execute(MARK, {"mark": 50_000 + mark})
                committed = time.monotonic()
                while not _shows(shelves, mark):
                    assert time.monotonic() - committed < WAIT_S, "a change was never seen"
                    await asyncio.sleep(0.002)
                lags.append(time.monotonic() - committed)

    await asyncio.gather(load(), probe())
    return lags, taken / (time.monotonic() - began)


def _shows(shelves: Shelves, mark: int) -> bool:
    """The marked cell's units are at most what its mark leaves; orders take a few more."""
    seen = shelves.look(["sku-0000000"])
    return seen is not None and any(cell.node_id == "node-000" and cell.units <= 50_000 - mark for cell in seen.cells)


async def _timed(deed: Awaitable[T]) -> tuple[float, T]:
    began = time.perf_counter()
    made = await deed
    return time.perf_counter() - began, made


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        prog="bench.picture", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true", help=f"{ALL_SKUS * ON:,} cells")
    print(spoken([measure(ALL_SKUS if parser.parse_args().full else SKUS)]))


if __name__ == "__main__":
    main()
