"""The demo's whole world behind a server, asked over HTTP as shops and shoppers do; shared by lists and searches.

Server, database and askers are processes of this machine's cores. The yardstick of a rate is what the same server gives
of its shortest answer to the same askers in the same run.
"""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
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
from .figures import Figure, Target
from .lookers import Task, Told

CONNECTIONS: Final = 16
SECONDS: Final = float(os.environ.get("BENCH_SECONDS", "12"))
WARM_S: Final = 3.0
WAIT_S: Final = 60.0
PLACES: Final = ("06236", "48058", "61945", "35229", "63122")
# A page as somebody sees it who has said where things should go.
AT_HOME: Final = f"sangdan_postcode={PLACES[0]}"
SEED: Final = 1
CORES: Final = 2
_BARE: Final = "/health/live"
_SHORTEST: Final = "the server's shortest answer"


class World(msgspec.Struct, frozen=True):
    """What was brought in: the shop's key, the categories and the names of all products."""

    key: str
    categories: list[str]
    names: list[str]


class Load(msgspec.Struct, frozen=True):
    """What asking came to, with the processor time that a request took of each."""

    rate: float
    latencies_ms: list[float]
    server_us: float
    database_us: float
    asker_us: float

    @property
    def all_us(self) -> float:
        return self.server_us + self.database_us + self.asker_us


async def found(server: postgres.Server) -> World:
    """Bring the demo world in."""
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
        products = world.tables["products"]
        return World(key, sorted(set(products["category"].to_list())), products["name_ko"].to_list())
    finally:
        await pool.close()


def described() -> str:
    """The world, in a line."""
    return f"{Size().products:,} products on {Size().stores + Size().centres + 1} nodes, {CONNECTIONS} open requests"


def chosen(url: str, search: Path | str = "off") -> dict[str, str]:
    """The environment of a program on a database of ours: none of the operator's settings.

    search  where its index is
    """
    kept = {name: each for name, each in os.environ.items() if not name.startswith("SANGDAN_")}
    return kept | {
        "SANGDAN_DATABASE_URL": url, "SANGDAN_SEARCH": str(search), "SANGDAN_SECRET": "0" * 32, "SANGDAN_PORT": "0",
        "SANGDAN_MASTER_KEY": "0" * 64, "SANGDAN_LOG_LEVEL": "warning",
    }  # fmt: skip


class Served:
    """A server with a fresh picture of the stock.

    database  that it works on
    address   where it answers, as it said when it had started
    pid       of the process that was started; the others are its children
    key       the shop's
    """

    def __init__(self, database: postgres.Server, address: str, pid: int, key: str) -> None:
        host, _, port = address.removeprefix("http://").rpartition(":")
        self._host, self._port = host, int(port)
        self._database = database
        self._pid = pid
        self._key = key

    def ask(self, paths: Sequence[str], cookie: str = "") -> Load:
        """Ask for addresses, over and over, for a while."""
        task = Task(self._host, self._port, self._key, list(paths), CONNECTIONS, SECONDS, WARM_S, cookie)
        server_s, database_s = self._cpu_s(), ground.server_cpu_s(self._database)
        told = msgspec.json.decode(
            subprocess.run(
                [sys.executable, "-m", "bench.lookers"], input=msgspec.json.encode(task), stdout=subprocess.PIPE,
                check=True,
            ).stdout,
            type=Told,
        )  # fmt: skip
        assert not told.refused, told.refused
        each = 1e6 / (told.answered + told.warming)
        return Load(
            told.answered / told.took_s, sorted(told.latencies_ms), (self._cpu_s() - server_s) * each,
            (ground.server_cpu_s(self._database) - database_s) * each, told.cpu_s * each,
        )  # fmt: skip

    def bare(self) -> Load:
        """The yardstick; asked first, so that every process has started when others are counted."""
        with socket.create_connection((self._host, self._port), timeout=WAIT_S) as line:
            line.sendall(f"GET {_BARE} HTTP/1.1\r\nhost: {self._host}\r\n\r\n".encode())
            assert line.recv(100).startswith(b"HTTP/1.1 200")
        return self.ask([_BARE])

    def _cpu_s(self) -> float:
        first = psutil.Process(self._pid)
        times = [each.cpu_times() for each in (first, *first.children(recursive=True))]
        return sum(each.user + each.system for each in times)


@contextmanager
def served(database: postgres.Server, key: str, search: Path | str = "off", workers: int = 1) -> Generator[Served]:
    """A server of so many processes that answer, and the follower of its picture."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        environment = chosen(database.url, search) | {"SANGDAN_PICTURE": folder, "SANGDAN_STOREFRONT": SHOP}
        program = [sys.executable, "-m", "sangdan"]
        serve = [*program, "serve", "--no-worker", "--workers", str(workers)]
        with (
            subprocess.Popen([*program, "picture", "follow"], env=environment) as follower,
            subprocess.Popen(serve, env=environment, stdout=subprocess.PIPE, text=True) as web,
        ):
            try:
                assert web.stdout is not None
                address = web.stdout.readline().strip()
                asyncio.run(_fresh(database, Path(folder)))
                yield Served(database, address, web.pid, key)
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


def rate(what: str, found: Load, bare: Load, at_least: float | None = None) -> Figure:
    """How many a second.

    what      e.g. "a search of 20"
    at_least  that are wanted of CORES cores
    """
    wanted = None if at_least is None else Target("value", at_least=at_least)
    return Figure(f"{what} over HTTP", found.rate, "requests/s", _SHORTEST, bare.rate, "requests/s", wanted)


def figures(what: str, found: Load, bare: Load, at_least: float | None = None) -> list[Figure]:
    """What a load came to, beside the shortest answer of the same run; as for `rate`."""
    median, of_bare = statistics.median(found.latencies_ms), statistics.median(bare.latencies_ms)
    budget_us = CORES * 1e6 / (at_least or found.rate)
    return [
        rate(what, found, bare, at_least),
        Figure(f"{what}, until answered, median", median, "ms", _SHORTEST, of_bare, "ms"),
        Figure(f"{what}, until answered, 99 of 100", _slow_ms(found), "ms", _SHORTEST, _slow_ms(bare), "ms"),
        Figure(f"{what}, processor time of the server", found.server_us, "us", _SHORTEST, bare.server_us, "us"),
        Figure(f"{what}, processor time of the database", found.database_us, "us", "of all", found.all_us, "us"),
        Figure(f"{what}, processor time of the asker", found.asker_us, "us", _SHORTEST, bare.asker_us, "us"),
        Figure(f"{what}, processor time of all", found.all_us, "us", f"{CORES} cores, shared by as many", budget_us,
               "us", None if at_least is None else Target("ratio", at_most=1)),
    ]  # fmt: skip


def _slow_ms(load: Load) -> float:
    return load.latencies_ms[len(load.latencies_ms) * 99 // 100]
