"""The worker: reactions, calls to the outside and timers, on wall time. Of several processes, one leads.

The lead is an advisory lock, held by a connection. When that connection is lost the lock is free, and whoever asks next
leads; for a moment two may run, which the reactions allow: they are harmless twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, LiteralString

from sangdan.flows import register
from sangdan.kit.clock import Clock
from sangdan.kit.db import value
from sangdan.kit.engine import LEAD, Engine

from .pause import pause
from .senders import Sender, send

log = logging.getLogger("sangdan.worker")

IDLE_S: Final = 0.1
STEPS: Final = 20  # of the engine in a turn
FOLLOW_S: Final = 2.0
AWAY_S: Final = 2.0

ALIVE: Final[LiteralString] = "SELECT true AS alive"
RESIGN: Final[LiteralString] = "SELECT pg_advisory_unlock(hashtext('sangdan.engine')) AS resigned"

# Something to look after at every turn, given the instant.
Chore = Callable[[datetime], Awaitable[None]]

# Importing it makes every reaction, call and timer known before the engine runs.
REACTIVE: Final = register.REACTIVE


async def work(
    engine: Engine,
    clock: Clock,
    stop: asyncio.Event,
    chores: Sequence[Chore] = (),
    senders: Sequence[Sender] = (),
) -> None:
    """Run what is due until told to stop; outlives the database's absence and our own mistakes.

    engine   not strict: a failing reaction waits for a retry
    stop     set it, and the turn under way is finished first
    chores   run by the leader alone, each turn
    senders  run by every process, beside the engine
    """
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(send(senders, clock, stop))
        tasks.create_task(_keep_working(engine, clock, stop, chores))


async def _keep_working(engine: Engine, clock: Clock, stop: asyncio.Event, chores: Sequence[Chore]) -> None:
    while not stop.is_set():
        try:
            await _follow_or_lead(engine, clock, stop, chores)
        except Exception:
            log.exception("the worker was interrupted and goes on")
            await pause(stop, AWAY_S)


async def _follow_or_lead(engine: Engine, clock: Clock, stop: asyncio.Event, chores: Sequence[Chore]) -> None:
    async with engine.lead() as conn:
        while not await value(conn, LEAD):
            await pause(stop, FOLLOW_S)
            if stop.is_set():
                return
        log.info("this process leads")
        try:
            while not stop.is_set():
                await value(conn, ALIVE)  # raises when the lock's connection is gone, and the lead with it
                if not await _turn(engine, clock, stop, chores):
                    await pause(stop, IDLE_S)
        finally:
            if not conn.broken:
                await value(conn, RESIGN)  # the connection goes back to the pool, and would keep the lock


async def _turn(engine: Engine, clock: Clock, stop: asyncio.Event, chores: Sequence[Chore]) -> bool:
    """Some of what is due now; gives whether there was any.

    Facts come first, but not for ever: when more come than can be handled, timers and chores still have their turn,
    and whoever tells us to stop is heard.
    """
    for chore in chores:
        await chore(clock.now())
    for done in range(STEPS):
        if stop.is_set() or not await engine.step(clock.now()):
            return done > 0
    await engine.fire(clock.now())
    return True
