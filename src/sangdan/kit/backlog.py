"""What the engine has still to do, for people who look after it: facts that wait, timers that are due."""

from datetime import datetime, timedelta
from typing import Final, LiteralString

import msgspec

from .db import Conn, many, one, run

# Of what is due soon at most so many timers are counted: beyond that a number says no more than "many".
MOST: Final = 20_000
SOON: Final = timedelta(hours=1)

STANDING: Final[LiteralString] = """
    SELECT (SELECT count(*) FROM (SELECT FROM kit.outbox LIMIT %(most)s) w) AS waiting,
           (SELECT min(at) FROM kit.outbox) AS oldest_at,
           (SELECT count(*) FROM kit.outbox WHERE attempts > 0) AS failing,
           (SELECT count(*) FROM (SELECT FROM kit.timer WHERE due_at <= %(at)s LIMIT %(most)s) d) AS overdue,
           (SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = 'kit.timer'::regclass) AS timers
"""
FAILING: Final[LiteralString] = """
    SELECT o.subject, o.sequence, e.type, o.at, o.attempts, o.retry_at
      FROM kit.outbox o JOIN kit.event e USING (subject, sequence)
     WHERE o.attempts > 0 ORDER BY o.retry_at NULLS FIRST, o.subject, o.sequence LIMIT %(limit)s
"""
DUE: Final[LiteralString] = """
    SELECT kind, count(*) AS timers, min(due_at) AS first_at, count(*) FILTER (WHERE due_at <= %(at)s) AS overdue
      FROM (SELECT kind, due_at FROM kit.timer WHERE due_at <= %(until)s ORDER BY due_at, key, kind LIMIT %(most)s) d
     GROUP BY kind ORDER BY kind
"""
TRY_NOW: Final[LiteralString] = """
    UPDATE kit.outbox SET retry_at = NULL WHERE (subject, sequence) = (%(subject)s, %(sequence)s) AND attempts > 0
"""


class Standing(msgspec.Struct, frozen=True):
    """How the engine stands.

    waiting    facts whose reactions have not run, counted up to MOST; the oldest is of `oldest_at`
    failing    of those, how many failed at least once
    overdue    timers that should have run, counted up to MOST
    timers     all there are, as the database estimates
    """

    waiting: int
    oldest_at: datetime | None
    failing: int
    overdue: int
    timers: int


class Failing(msgspec.Struct, frozen=True):
    """A fact whose reactions failed, and when they are tried again."""

    subject: str
    sequence: int
    type: str
    at: datetime
    attempts: int
    retry_at: datetime | None


class DueKind(msgspec.Struct, frozen=True):
    """Timers of one kind that are due soon."""

    kind: str
    timers: int
    first_at: datetime
    overdue: int


async def standing(conn: Conn, at: datetime) -> Standing:
    """How much waits at an instant."""
    return await one(conn, Standing, STANDING, at=at, most=MOST)


async def failing(conn: Conn, limit: int) -> list[Failing]:
    """Facts whose reactions failed, those that are tried next first."""
    return await many(conn, Failing, FAILING, limit=limit)


async def due_soon(conn: Conn, at: datetime) -> list[DueKind]:
    """The timers of the next hour by kind, what is overdue included."""
    return await many(conn, DueKind, DUE, at=at, until=at + SOON, most=MOST)


async def try_now(conn: Conn, subject: str, sequence: int) -> bool:
    """Have a fact that failed tried at the engine's next turn; False when it is through meanwhile."""
    return bool(await run(conn, TRY_NOW, subject=subject, sequence=sequence))
