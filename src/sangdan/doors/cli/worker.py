"""`sangdan worker`: what is due, in a process of its own."""

import asyncio

import uvloop

from sangdan.adapters.objects import open_objects
from sangdan.doors.worker import work
from sangdan.doors.worker.beside import keep_followers
from sangdan.doors.worker.outside import chores, open_outside, senders
from sangdan.kit import logs, postgres, sandbox
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Pool
from sangdan.kit.engine import Engine
from sangdan.kit.settings import Settings, load
from sangdan.kit.vault import Vault

from .signals import stopped_by_signals


def worker() -> None:
    """Run reactions, calls to the outside and timers until told to stop.

    Start as many as you like: one leads, the others wait to take over. Ctrl-C or SIGTERM ends it after the turn
    under way.
    """
    settings = load()
    uvloop.run(open_objects(settings).ready())
    with postgres.database(settings) as url:
        run_worker(settings, url)


def run_worker(settings: Settings, url: str) -> None:
    """The worker on a database that is there."""
    logs.configure(settings.log_level.upper())
    uvloop.run(_work(settings, url))


async def _work(settings: Settings, url: str) -> None:
    clock = WallClock()
    outside = open_outside(clock)
    pool = await Pool.open(url, size=settings.database_pool_size)
    try:
        async with pool.transaction() as conn:
            await sandbox.keep_out(conn)
        going_out = senders(pool, outside, await Vault.open(pool, settings, clock), clock, settings)
        with stopped_by_signals() as stop:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(keep_followers(settings, url, stop))
                engine = Engine(pool, clock, outside, strict=False)
                await work(engine, clock, stop, chores(pool, outside), going_out)
    finally:
        await pool.close()
