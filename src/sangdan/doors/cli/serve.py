"""`sangdan serve`: the HTTP door, with the worker beside it."""

import asyncio
import socket
from typing import Annotated, Final

import uvloop
from cyclopts import Parameter

from sangdan.doors.api import server
from sangdan.doors.api.app import House, make_app
from sangdan.doors.worker import work
from sangdan.doors.worker.outside import chores, open_outside, senders
from sangdan.kit import logs, postgres
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Pool
from sangdan.kit.engine import Engine
from sangdan.kit.ids import Ids
from sangdan.kit.settings import Settings, load

from .signals import stopped_by_signals

# A request that finds no connection for so long is told that the database is away.
WAIT_S: Final = 5.0


def serve(
    *,
    host: str | None = None,
    port: int | None = None,
    with_worker: Annotated[bool, Parameter(name="--worker", negative="--no-worker")] = True,
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
    """
    settings = load()
    logs.configure(settings.log_level.upper())
    with (
        server.listen(settings.host if host is None else host, settings.port if port is None else port) as listening,
        postgres.database(settings) as url,
    ):
        uvloop.run(_serve(settings, url, listening, with_worker=with_worker))


async def _serve(settings: Settings, url: str, listening: socket.socket, *, with_worker: bool) -> None:
    clock = WallClock()
    pool = await Pool.open(url, size=settings.database_pool_size, wait_s=WAIT_S)
    try:
        app = make_app(await House.open(pool, clock, Ids(), settings))
        outside = open_outside(clock)
        engine = Engine(pool, clock, outside, strict=False)
        with stopped_by_signals() as stop:
            async with asyncio.TaskGroup() as tasks:
                if with_worker:
                    tasks.create_task(work(engine, clock, stop, chores(pool, outside), senders(pool, outside)))
                await server.serve(app, listening, stop, lambda: print(server.address(listening), flush=True))
                stop.set()
    finally:
        await pool.close()
