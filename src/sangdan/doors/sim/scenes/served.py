"""An alliance served by real processes of this machine, with a database of its own: nothing about it is simulated.

Each process is started again when it ends unbidden, as systemd would. PostgreSQL is brought back by the processes that
use it. All of it is gone afterwards.
"""

import asyncio
import logging
import os
import shutil
import signal
import socket
import ssl
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, LiteralString

import httpx

from sangdan.adapters import korea
from sangdan.doors.sim.furnish import furnish
from sangdan.flows.admit_client import admit
from sangdan.flows.drift import drift
from sangdan.kit import access, postgres
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Pool, value
from sangdan.kit.migrate import migrate
from sangdan.kit.postgres import process
from sangdan.kit.settings import load
from sangdan.tower.twin.model import Size, make_world
from sangdan.tower.twin.model.world import SEOUL

from .shopping import CLIENT, SHOP
from .stage import SEED, Language, Tables

SMALL: Final = Size(stores=12, products=300, orders_per_day=1000, members=500)
LOOK_S: Final = 0.1
PATIENCE_S: Final = 90.0

QUIET: Final[LiteralString] = """
    SELECT NOT EXISTS (SELECT FROM kit.outbox)
           AND NOT EXISTS (SELECT FROM kit.timer WHERE due_at <= %(now)s) AS quiet
"""


class Served:
    """The processes, and a look behind their doors.

    tables     what the alliance is made of
    pool       the database, for setting up and for checking
    addresses  of the servers
    restarts   how often a server was started again
    """

    tables: Tables
    pool: Pool

    def __init__(self, home: Path, servers: int, settings: dict[str, str]) -> None:
        self.home = home
        self.addresses = [f"http://127.0.0.1:{port}" for port in _free_ports(servers)]
        self.restarts = 0
        self._settings = settings
        self._key = access.new_key()
        self._running: list[asyncio.subprocess.Process | None] = [None] * servers
        self._ending = False
        self._keepers: list[asyncio.Task[None]] = []

    async def furnish(self, dress: Callable[[Tables], Tables]) -> None:
        """Make the database, bring today's alliance in, and let its shop in."""
        now = WallClock().now()
        today = now.astimezone(SEOUL).date()
        self.tables = dress(make_world(SEED, korea.places(load({}).home), today, SMALL).tables)
        counted_at = datetime.combine(today, time(), SEOUL) - timedelta(days=1)
        with postgres.attached(self.home / "postgres") as server:
            migrate(server.url)
            pool = await Pool.open(server.url, size=4)
            rejected = await furnish(pool, self.tables, counted_at)
            assert not rejected, f"the scene's world does not fit: {rejected}"
            async with pool.transaction() as conn:
                await admit(conn, CLIENT, "shop", SHOP, None, self._key, now)
            await pool.close()

    async def start(self) -> None:
        """Serve, and wait until every server answers."""
        self._keepers = [asyncio.create_task(self._keep(place)) for place in range(len(self.addresses))]
        async with httpx.AsyncClient(trust_env=False) as door:
            for address in self.addresses:
                await self.until(lambda address=address: _answers(door, address), f"{address} to answer")
        self.pool = await Pool.open(postgres.address(self.home / "postgres"), size=4)

    @asynccontextmanager
    async def client(self, at_once: int = 1) -> "AsyncGenerator[Client]":
        """A client of the shop.

        at_once  requests under way at a time; the others wait for their turn
        """
        trusted = ssl.create_default_context()  # made once: it is dear, and these addresses need none
        headers = {"authorization": f"Bearer {self._key}"}
        lines: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        async with AsyncExitStack() as opened:
            # One connection each: a pool looks through all of its connections at every request.
            for _ in range(at_once):
                line = httpx.AsyncClient(headers=headers, timeout=PATIENCE_S, verify=trusted, trust_env=False)
                lines.put_nowait(await opened.enter_async_context(line))
            yield Client(lines)

    def kill_servers(self) -> None:
        """kill -9 of every server."""
        for server in self._running:
            if server is not None and server.returncode is None:
                server.kill()

    def kill_database(self) -> None:
        """kill -9 of PostgreSQL's main process."""
        pid = process.postmaster(postgres.Cluster(self.home / "postgres"))
        assert pid is not None, "it runs before it is killed"
        os.kill(pid, signal.SIGKILL)

    async def until(self, holds: Callable[[], Awaitable[bool]], what: str) -> None:
        """Look again and again until something holds.

        what    it is, for the failure
        raises  TimeoutError
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while not await holds():
            if asyncio.get_running_loop().time() > deadline:
                log = (self.home / "serve.log").read_text(errors="replace")
                raise TimeoutError(f"waited in vain for {what}; the servers' log ends with:\n{log[-2000:]}")
            await asyncio.sleep(LOOK_S)

    async def quiet(self) -> bool:
        """Whether no fact waits for its reactions and no timer is due."""
        async with self.pool.transaction() as conn:
            return await value(conn, QUIET, now=datetime.now(UTC))

    async def drifted(self) -> int:
        """How many balances are not the sum of their facts."""
        async with self.pool.transaction() as conn:
            return len(await drift(conn))

    async def close(self) -> None:
        """End the servers and their database, whatever happened."""
        self._ending = True
        self.kill_servers()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        if hasattr(self, "pool"):
            await self.pool.close()
        process.stop(postgres.Cluster(self.home / "postgres"), signal.SIGQUIT)

    async def _keep(self, place: int) -> None:
        """Run one server; start it again whenever it ends unbidden. The first has the worker beside it."""
        words = ["serve", "--port", self.addresses[place].rpartition(":")[2], *([] if place == 0 else ["--no-worker"])]
        kept = {name: text for name, text in os.environ.items() if not name.startswith("SANGDAN_")}
        chosen = {f"SANGDAN_{name.upper()}": text for name, text in self._settings.items()}
        environment = {**kept, **chosen, "SANGDAN_HOME": str(self.home)}
        while not self._ending:
            with (self.home / "serve.log").open("ab") as log:
                self._running[place] = server = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "sangdan", *words,
                    env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                )  # fmt: skip
            await server.wait()
            if not self._ending:
                self.restarts += 1
                await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def served(servers: int, dress: Callable[[Tables], Tables], **settings: str) -> AsyncGenerator[Served]:
    """An alliance of today, served by so many processes for a block.

    servers   >= 1
    dress     moves what the scene needs to be in a certain place: gives the tables to load
    settings  SANGDAN_... by name without the prefix, in lower case
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would tell of every request
    home = _home()
    made = Served(home, servers, settings)
    try:
        await made.furnish(dress)
        await made.start()
        yield made
    finally:
        await made.close()
        shutil.rmtree(home, ignore_errors=True)


def _home() -> Path:
    """A folder of one's own. As root, PostgreSQL runs under a humbler account, which must be able to enter it."""
    home = Path(tempfile.mkdtemp(prefix="sangdan-scene-"))
    home.chmod(0o755)
    return home


class Client:
    """A careful client of the shop: it asks with one key until it has an answer.

    lines        free ones to ask through
    interrupted  how often a line was cut, or the database was away
    """

    def __init__(self, lines: asyncio.LifoQueue[httpx.AsyncClient]) -> None:
        self._lines = lines
        self.interrupted = 0

    async def ask(self, address: str, question: Mapping[str, Any], language: Language = "ko") -> httpx.Response:
        """How a basket could be received."""
        return await self._told(f"{address}/v1/promises", question, {"accept-language": language})

    async def take(
        self, address: str, token: str, shopper_id: str, key: str, language: Language = "ko"
    ) -> httpx.Response:
        """Take a promise.

        key  of the wish; the same again is the same order
        """
        headers = {"idempotency-key": key, "accept-language": language}
        return await self._told(f"{address}/v1/orders", {"token": token, "shopper_id": shopper_id}, headers)

    async def _told(self, address: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> httpx.Response:
        """A cut line and 503 are no answers."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            answer = await self._posted(address, body, headers)
            if answer is not None and answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                return answer
            self.interrupted += 1
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"{address} gives no answer")
            await asyncio.sleep(LOOK_S)

    async def _posted(self, address: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> httpx.Response | None:
        line = await self._lines.get()
        try:
            return await line.post(address, json=body, headers=headers)
        except httpx.TransportError:
            return None
        finally:
            self._lines.put_nowait(line)


async def _answers(door: httpx.AsyncClient, address: str) -> bool:
    try:
        return (await door.get(f"{address}/health/ready")).status_code == HTTPStatus.OK
    except httpx.TransportError:
        return False


def _free_ports(many: int) -> list[int]:
    asked = [socket.create_server(("127.0.0.1", 0)) for _ in range(many)]
    ports = [each.getsockname()[1] for each in asked]
    for each in asked:
        each.close()
    return ports
