"""`sangdan serve`: the HTTP door, with the worker beside it."""

import asyncio
import socket
from typing import Annotated, Final

import uvloop
from cyclopts import Parameter

from sangdan.doors.api import server
from sangdan.doors.api.app import House, make_app
from sangdan.doors.web.app import make_web
from sangdan.doors.worker import work
from sangdan.doors.worker.outside import chores, open_outside, senders
from sangdan.kit import logs, postgres
from sangdan.kit import sandbox as sandboxes
from sangdan.kit.clock import Clock, MovableClock, WallClock
from sangdan.kit.db import Pool
from sangdan.kit.engine import Engine
from sangdan.kit.ids import Ids
from sangdan.kit.problems import Conflict
from sangdan.kit.settings import Settings, load

from .signals import stopped_by_signals

# A request that finds no connection for so long is told that the database is away.
WAIT_S: Final = 5.0


class SandboxSplit(Conflict):
    """A sandbox in several processes would have several times."""

    code = "sandbox-split"


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    with_worker: Annotated[bool, Parameter(name="--worker", negative="--no-worker")] = True,
    sandbox: bool = False,
) -> None:
    """Answer HTTP requests until told to stop, and run the worker beside them.

    Prints its address once it listens. Ctrl-C or SIGTERM ends it: requests under way are finished first.

    Parameters
    ----------
    host
        The address to listen on, instead of SANGDAN_HOST.
    port
        The port, instead of SANGDAN_PORT; 0 takes any free one.
    with_worker
        Whether to run the worker in this process; `sangdan worker` runs it in one of its own.
    sandbox
        For integrators' tests: the clock can be moved ahead (POST /v1/sandbox/clock). Wants a new database, which
        then serves for nothing else, and one process.
    """
    if sandbox and not with_worker:
        raise SandboxSplit("A sandbox's clock moves in one process: leave out --no-worker.")
    settings = load()
    logs.configure(settings.log_level.upper())
    with (
        server.listen(settings.host if host is None else host, settings.port if port is None else port) as listening,
        postgres.database(settings) as url,
    ):
        uvloop.run(_serve(settings, url, listening, with_worker=with_worker, sandbox=sandbox))


async def _serve(settings: Settings, url: str, listening: socket.socket, *, with_worker: bool, sandbox: bool) -> None:
    pool = await Pool.open(url, size=settings.database_pool_size, wait_s=WAIT_S)
    try:
        clock = await _clock(pool, sandbox=sandbox)
        house = await House.open(pool, clock, Ids(), settings)
        outside = open_outside(clock)
        engine = Engine(pool, clock, outside, strict=False)
        with stopped_by_signals() as stop:
            app = make_app(house, make_web(house, stop))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(house.streams.close_when(stop))
                if with_worker:
                    going_out = senders(pool, outside, house.vault, clock, settings)
                    tasks.create_task(work(engine, clock, stop, chores(pool, outside), going_out))
                await server.serve(app, listening, stop, lambda: print(server.address(listening), flush=True))
                stop.set()
    finally:
        await pool.close()


async def _clock(pool: Pool, *, sandbox: bool) -> Clock:
    """The wall's, or a sandbox's; neither on the other's database."""
    async with pool.transaction() as conn:
        if not sandbox:
            await sandboxes.keep_out(conn)
            return WallClock()
        clock = MovableClock()
        await sandboxes.enter(conn, clock)
        return clock
