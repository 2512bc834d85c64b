"""Lists of 20 products with price, stock and date over the demo's 406 nodes, as a shop asks for them: GET /v1/goods.

The demo world at its full size, a real server process with the picture of the stock in memory and its follower, and the
askers in a process of their own: all of it on this machine's cores. Categories and places change with every request.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
import psutil

from sangdan.adapters import korea
from sangdan.doors.sim.furnish import furnish
from sangdan.flows.admit_client import admit
from sangdan.flows.picture import Shelves
from sangdan.kit import access, postgres
from sangdan.kit.db import Pool
from sangdan.kit.settings import load
from sangdan.tower.twin.model import Size, make_world
from sangdan.tower.twin.model.allies import SHOP

from . import ground
from .figures import Figure, Measured, Target
from .lookers import Task, Told

CONNECTIONS: Final = 16
SECONDS: Final = float(os.environ.get("BENCH_SECONDS", "20"))
WARM_S: Final = 3.0
WAIT_S: Final = 60.0
PRODUCTS: Final = 20
PLACES: Final = ("06236", "48058", "61945", "35229", "63122")
SEED: Final = 1


def measure() -> Measured:
    """Ask for lists for a while."""
    with ground.durable() as server, tempfile.TemporaryDirectory(dir=_memory()) as folder:
        key, categories = asyncio.run(_found(server))
        before = ground.yardstick(server)
        with _served(server, Path(folder)) as (host, port, pid):
            cpu_s = _cpu_s(server, pid)
            told = _asked(host, port, key, categories)
            spent_s = _cpu_s(server, pid) - cpu_s + told.cpu_s
        held_against = (before + ground.yardstick(server)) / 2
    assert not told.refused, told.refused
    rate, latencies = told.answered / told.took_s, sorted(told.latencies_ms)
    each_ms = spent_s * 1000 / (rate * (told.took_s + WARM_S))
    figures = [
        Figure("lists of 20 over HTTP", rate, "requests/s", ground.YARDSTICK, held_against, "transactions/s",
               Target("value", at_least=500)),
        Figure("until answered, median", statistics.median(latencies), "ms", "a second", 1000, "ms"),
        Figure("until answered, 99 of 100", latencies[len(latencies) * 99 // 100], "ms", "a second", 1000, "ms"),
        Figure("processor time of a list, server, database and asker", each_ms, "ms", "two cores for 1/500 s", 4, "ms",
               Target("ratio", at_most=1)),
    ]  # fmt: skip
    about = (
        f"{SECONDS:.0f} s, {CONNECTIONS} open requests, {len(categories)} categories, {len(PLACES)} places, "
        f"{Size().products:,} products, {Size().stores + Size().centres + 1} nodes; one server process"
    )
    return Measured("goods", about, figures)


def _memory() -> Path | None:
    memory = Path("/dev/shm")
    return memory if memory.is_dir() else None


async def _found(server: postgres.Server) -> tuple[str, list[str]]:
    """Bring the demo world in; gives the shop's key and the categories."""
    pool = await Pool.open(server.url)
    try:
        now = datetime.now(UTC)
        world = make_world(SEED, korea.places(load().home), now.date(), Size())
        await furnish(pool, world.tables, now)
        key = access.new_key()
        async with pool.transaction() as conn:
            await admit(conn, "web", "shop", SHOP, None, key, now)
        async with pool.connection() as conn:
            await conn.execute("ANALYZE")
        return key, sorted(set(world.tables["products"]["category"].to_list()))
    finally:
        await pool.close()


@contextmanager
def _served(server: postgres.Server, folder: Path) -> Generator[tuple[str, int, int]]:
    """A server process with a fresh picture; its host, port and process."""
    chosen = {
        "SANGDAN_DATABASE_URL": server.url, "SANGDAN_SECRET": "0" * 32, "SANGDAN_LOG_LEVEL": "warning",
        "SANGDAN_MASTER_KEY": "0" * 64, "SANGDAN_PORT": "0", "SANGDAN_PICTURE": str(folder),
    }  # fmt: skip
    environment = {name: each for name, each in os.environ.items() if not name.startswith("SANGDAN_")} | chosen
    program = [sys.executable, "-m", "sangdan"]
    with (
        subprocess.Popen([*program, "picture", "follow"], env=environment) as follower,
        subprocess.Popen([*program, "serve", "--no-worker"], env=environment, stdout=subprocess.PIPE, text=True) as web,
    ):
        try:
            assert web.stdout is not None
            host, _, port = web.stdout.readline().strip().removeprefix("http://").rpartition(":")
            asyncio.run(_fresh(server, folder))
            yield host, int(port), web.pid
        finally:
            web.terminate()
            follower.terminate()


async def _fresh(server: postgres.Server, folder: Path) -> None:
    pool = await Pool.open(server.url)
    async with pool.connection() as conn:
        shelves = await Shelves.open(conn, folder)
    await pool.close()
    until = time.monotonic() + WAIT_S
    while shelves.sweep([]) is None:
        assert time.monotonic() < until, "no picture came"
        await asyncio.sleep(0.05)


def _asked(host: str, port: int, key: str, categories: list[str]) -> Told:
    paths = [
        f"/v1/goods?category={category}&postcode={PLACES[number % len(PLACES)]}&limit={PRODUCTS}"
        for number, category in enumerate(categories)
    ]
    task = Task(host, port, key, paths, CONNECTIONS, SECONDS, WARM_S)
    told = subprocess.run(
        [sys.executable, "-m", "bench.lookers"], input=msgspec.json.encode(task), stdout=subprocess.PIPE, check=True
    ).stdout
    return msgspec.convert(json.loads(told), Told)


def _cpu_s(server: postgres.Server, pid: int) -> float:
    """Processor time that the server process and the database have taken."""
    spent = psutil.Process(pid).cpu_times()
    return spent.user + spent.system + ground.server_cpu_s(server)
