"""A clock to move: what would take a week happens while an integrator's test waits."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from sangdan.doors.problems import problems
from sangdan.kit import sandbox
from sangdan.kit.clock import MovableClock
from sangdan.kit.db import Pool
from sangdan.kit.problems import Invalid, Unavailable
from sangdan.kit.sandbox import NotASandbox

LOOK_S: Final = 0.02
PATIENCE_S: Final = 25.0
FARTHEST: Final = timedelta(days=366)


class TooFar(Invalid):
    """The clock moves in steps that a test can mean."""

    code = "sandbox-too-far"


class StillBusy(Unavailable):
    """What is due takes longer than a request may; the clock stands where it got to."""

    code = "sandbox-still-busy"


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to move the clock.

    to  the instant, at most a year ahead; one that has passed only waits until all that is due is done
    """

    to: datetime


class Moved(msgspec.Struct, frozen=True):
    """The sandbox's time.

    now      what its clock shows
    ahead_s  how far that is ahead of the wall's
    """

    now: datetime
    ahead_s: int


def _the_sandboxs(clock: MovableClock | None) -> MovableClock:
    if clock is None:
        raise NotASandbox("This server's time is real. Start one with `sangdan serve --sandbox` to move its clock.")
    return clock


@get("/v1/sandbox/clock", tags=["sandbox"], responses=problems(NotASandbox))
async def clock_now(movable: NamedDependency[MovableClock | None]) -> Moved:
    """The instant that this sandbox is at."""
    return _shown(_the_sandboxs(movable))


# An instant, not a distance: a retry moves nothing further.
@post(
    "/v1/sandbox/clock",
    tags=["sandbox"],
    status_code=200,
    opt={"own_transactions": True},
    responses=problems(NotASandbox, StillBusy, TooFar),
)
async def clock_move(
    data: JSONBody[Target], movable: NamedDependency[MovableClock | None], pool: NamedDependency[Pool]
) -> Moved:
    """Move the sandbox's clock ahead. Timers on the way ring at their own instants, and are done when this answers."""
    clock = _the_sandboxs(movable)
    if data.to.tzinfo is None or data.to - clock.now() > FARTHEST:
        raise TooFar("`to` is an instant with its offset from UTC, at most 366 days ahead.")
    try:
        async with asyncio.timeout(PATIENCE_S):
            while (due_at := await _idle(pool, clock)) is not None and due_at <= data.to:
                await _move_to(pool, clock, due_at)
            await _move_to(pool, clock, data.to)
            await _idle(pool, clock)
    except TimeoutError as spent:
        raise StillBusy("Not all that is due was done in time: call again with the same instant.") from spent
    return _shown(clock)


async def _idle(pool: Pool, clock: MovableClock) -> datetime | None:
    """Wait until the worker has done all that is due; gives when the next timer is."""
    while True:
        async with pool.connection() as conn:
            left = await sandbox.work(conn, clock.now())
        if not left.busy and (left.due_at is None or left.due_at > clock.now()):
            return left.due_at
        await asyncio.sleep(LOOK_S)


async def _move_to(pool: Pool, clock: MovableClock, at: datetime) -> None:
    clock.move(at - clock.now())
    async with pool.transaction() as conn:
        await sandbox.keep(conn, clock)


def _shown(clock: MovableClock) -> Moved:
    return Moved(clock.now(), int(clock.ahead.total_seconds()))
