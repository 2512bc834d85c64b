"""A database to try things out on: its clock can be moved, and it can never hold real orders."""

from datetime import datetime, timedelta
from typing import Final, LiteralString

import msgspec

from .clock import MovableClock
from .db import Conn, maybe, one, run
from .problems import Conflict

MICROSECOND: Final = timedelta(microseconds=1)

AHEAD: Final[LiteralString] = "SELECT ahead_us FROM kit.sandbox"
MARK: Final[LiteralString] = """
    INSERT INTO kit.sandbox (ahead_us, made_at)
    SELECT 0, %(at)s WHERE NOT EXISTS (SELECT FROM kit.event)
    ON CONFLICT (single) DO NOTHING
"""
KEEP: Final[LiteralString] = "UPDATE kit.sandbox SET ahead_us = %(ahead_us)s"
LOOK: Final[LiteralString] = """
    SELECT EXISTS (SELECT FROM kit.outbox WHERE retry_at IS NULL OR retry_at <= %(now)s) AS busy,
           (SELECT min(due_at) FROM kit.timer) AS due_at
"""


class NotASandbox(Conflict):
    """The clock of real orders is the wall's."""

    code = "not-a-sandbox"


class OnlyASandbox(Conflict):
    """The database was marked for trying things out."""

    code = "only-a-sandbox"


class _Ahead(msgspec.Struct, frozen=True):
    ahead_us: int


class Work(msgspec.Struct, frozen=True):
    """What is left to do: facts that wait for their reactions, and when the earliest timer is due."""

    busy: bool
    due_at: datetime | None


async def enter(conn: Conn, clock: MovableClock) -> None:
    """Take a database as a sandbox, its clock as far ahead as it was.

    raises  NotASandbox when it holds facts of a real alliance
    """
    await run(conn, MARK, at=clock.now())
    kept = await maybe(conn, _Ahead, AHEAD)
    if kept is None:
        raise NotASandbox(
            "This database holds orders whose time is real: name an empty one in SANGDAN_DATABASE_URL or SANGDAN_HOME."
        )
    clock.move(kept.ahead_us * MICROSECOND)


async def keep_out(conn: Conn) -> None:
    """Refuse a sandbox where real time counts.

    raises  OnlyASandbox
    """
    if await maybe(conn, _Ahead, AHEAD) is not None:
        raise OnlyASandbox(
            "This database is a sandbox, its clock may have been moved: start with --sandbox, or name another one in "
            "SANGDAN_DATABASE_URL or SANGDAN_HOME."
        )


async def keep(conn: Conn, clock: MovableClock) -> None:
    """Remember how far the clock is ahead, for the next start."""
    await run(conn, KEEP, ahead_us=clock.ahead // MICROSECOND)


async def work(conn: Conn, at: datetime) -> Work:
    """What is left to do at the instant."""
    return await one(conn, Work, LOOK, now=at)
