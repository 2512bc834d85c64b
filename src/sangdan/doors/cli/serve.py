"""`sangdan serve`: the HTTP door, with the worker beside it."""

import asyncio
import gc
import socket
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Final

import uvloop
from cyclopts import Parameter, validators

from sangdan.adapters.objects import open_objects
from sangdan.doors.api import server
from sangdan.doors.api.app import House, make_app
from sangdan.doors.web.app import lost, make_web
from sangdan.doors.worker import work
from sangdan.doors.worker.beside import keep_followers
from sangdan.doors.worker.outside import chores, open_outside, senders
from sangdan.kit import logs, postgres
from sangdan.kit import sandbox as sandboxes
from sangdan.kit.clock import Clock, MovableClock, WallClock
from sangdan.kit.db import Pool
from sangdan.kit.engine import Engine
from sangdan.kit.ids import Ids
from sangdan.kit.problems import Conflict
from sangdan.kit.settings import Settings, load

from . import crew
from .signals import stopped_by_signals
from .worker import run_worker

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
    workers: Annotated[int, Parameter(validator=validators.Number(gte=1, lte=256))] = 1,
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
    workers
        Processes that answer. With more than one the worker has a process of its own, and whoever ends is started anew.
    sandbox
        For integrators' tests: the clock can be moved ahead (POST /v1/sandbox/clock). Wants a new database, which
        then serves for nothing else, and one process.
    """
    if sandbox and (not with_worker or workers > 1):
        raise SandboxSplit("A sandbox's clock moves in one process: leave out --no-worker and --workers.")
    settings = load()
    logs.configure(settings.log_level.upper())
    uvloop.run(open_objects(settings).ready())
    with (
        server.listen(settings.host if host is None else host, settings.port if port is None else port) as listening,
        postgres.database(settings) as url,
    ):
        if workers == 1:
            uvloop.run(_serve(settings, url, listening, with_worker=with_worker, sandbox=sandbox))
            return
        members: dict[str, tuple[Callable[..., None], tuple[Any, ...]]] = {
            f"server {number}": (_one_of_many, (settings, url, listening)) for number in range(1, workers + 1)
        }
        if with_worker:
            members["worker"] = (run_worker, (settings, url))
        print(server.address(listening), flush=True)
        crew.run(members)


def _one_of_many(settings: Settings, url: str, listening: socket.socket) -> None:
    """A process that answers, beside others on the same socket."""
    logs.configure(settings.log_level.upper())
    uvloop.run(_serve(settings, url, listening, with_worker=False, sandbox=False, alone=False))


async def _serve(
    settings: Settings, url: str, listening: socket.socket, *, with_worker: bool, sandbox: bool, alone: bool = True
) -> None:
    pool = await Pool.open(url, size=settings.database_pool_size, wait_s=WAIT_S)
    try:
        clock = await _clock(pool, sandbox=sandbox)
        house = await House.open(pool, clock, Ids(), settings)
        outside = open_outside(clock)
        engine = Engine(pool, clock, outside, strict=False)
        # What stands as long as the process is never looked through again: a pause less for whoever is waiting.
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        with stopped_by_signals() as stop:
            app = make_app(house, make_web(house, stop), lost)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(house.streams.close_when(stop))
                if with_worker:
                    going_out = senders(pool, outside, house.vault, clock, settings)
                    tasks.create_task(work(engine, clock, stop, chores(pool, outside), going_out))
                    tasks.create_task(keep_followers(settings, url, stop))
                await server.serve(app, listening, stop, partial(_told, listening) if alone else _silently)
                stop.set()
    finally:
        await pool.close()


def _told(listening: socket.socket) -> None:
    print(server.address(listening), flush=True)


def _silently() -> None:
    """Whoever started us has told the address."""


async def _clock(pool: Pool, *, sandbox: bool) -> Clock:
    """The wall's, or a sandbox's; neither on the other's database."""
    async with pool.transaction() as conn:
        if not sandbox:
            await sandboxes.keep_out(conn)
            return WallClock()
        clock = MovableClock()
        await sandboxes.enter(conn, clock)
        return clock
