"""Facts, reactions and timers: how the rooms hear of one another.

A fact is a row in kit.event. Reactions run in the dispatcher's transaction, in the order of each subject;
whatever asks the outside world runs between two transactions. See kit.engine for who runs them.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, ClassVar, Final, LiteralString, TypeVar

import msgspec

from .db import Conn, Json, run
from .ids import Ids

EMIT: Final[LiteralString] = """
    -- The caller holds the aggregate's row lock, so the highest sequence cannot move meanwhile;
    -- the primary key stands behind it.
    WITH fact AS (
        INSERT INTO kit.event (subject, sequence, event_id, type, at, data)
        SELECT n.subject,
               coalesce((SELECT max(e.sequence) FROM kit.event e WHERE e.subject = n.subject), 0)
                   + row_number() OVER (PARTITION BY n.subject ORDER BY n.place),
               n.event_id, n.type, %(at)s, n.data
          FROM unnest(%(subjects)s::text[], %(event_ids)s::uuid[], %(types)s::text[], %(datas)s::jsonb[])
               WITH ORDINALITY AS n (subject, event_id, type, data, place)
     RETURNING subject, sequence, at
    )
    INSERT INTO kit.outbox (subject, sequence, at) SELECT subject, sequence, at FROM fact
"""

SET_TIMER: Final[LiteralString] = """
    INSERT INTO kit.timer (key, kind, due_at, data) VALUES (%(key)s, %(kind)s, %(due_at)s, %(data)s)
    ON CONFLICT (key, kind) DO UPDATE SET due_at = excluded.due_at, data = excluded.data
"""

DROP_TIMER: Final[LiteralString] = "DELETE FROM kit.timer WHERE (key, kind) = (%(key)s, %(kind)s)"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened, in the past tense. Register a kind with @fact; `about` names the aggregate's field."""

    type: ClassVar[str] = ""
    about: ClassVar[str] = "order_id"

    @property
    def subject(self) -> str:
        """The id of the aggregate it happened to."""
        return str(getattr(self, self.about))


F = TypeVar("F", bound=Fact)
A = TypeVar("A")
Reaction = Callable[[Conn, Any, datetime], Awaitable[None]]
Ask = Callable[[Any, Any, datetime], Awaitable[Any]]
Record = Callable[[Conn, Any, Any, datetime], Awaitable[None]]
Timer = Callable[[Conn, str, dict[str, Any], datetime], Awaitable[None]]

kinds: dict[str, type[Fact]] = {}
reactions: defaultdict[str, list[Reaction]] = defaultdict(list)
askers: dict[str, tuple[Ask, Record]] = {}
timers: dict[str, Timer] = {}

_event_ids = Ids()
_emitted = 0
_timed = 0


def emitted() -> int:
    """How many facts this process has emitted: unchanged means that nothing new can wait in our own transaction."""
    return _emitted


def timed() -> int:
    """How often this process has set or dropped a timer."""
    return _timed


def note_emitted(facts: int) -> None:
    """Whoever has a function of the database write facts says how many."""
    global _emitted
    _emitted += facts


def note_commit() -> None:
    """Another connection of this process has committed: what it emitted earlier can be seen only from now on."""
    global _emitted, _timed
    _emitted += 1
    _timed += 1


def fact(name: str) -> Callable[[type[F]], type[F]]:
    """Give a kind of fact its name on the wire, e.g. 'orders.placed'."""

    def register(kind: type[F]) -> type[F]:
        assert name not in kinds, f"{name} is taken"
        kind.type = name
        kinds[name] = kind
        return kind

    return register


def on(kind: type[F]) -> Callable[[Callable[[Conn, F, datetime], Awaitable[None]]], Reaction]:
    """React to a fact inside the dispatcher's transaction; must be harmless when run twice."""

    def register(reaction: Callable[[Conn, F, datetime], Awaitable[None]]) -> Reaction:
        reactions[kind.type].append(reaction)
        return reaction

    return register


def calls(
    kind: type[F], record: Callable[[Conn, F, A, datetime], Awaitable[None]]
) -> Callable[[Callable[[Any, F, datetime], Awaitable[A]]], Ask]:
    """Ask the outside world because of a fact, then `record` the answer in a transaction of its own."""

    def register(ask: Callable[[Any, F, datetime], Awaitable[A]]) -> Ask:
        assert kind.type not in askers, f"{kind.type} is asked twice"
        askers[kind.type] = (ask, record)
        return ask

    return register


def due(kind: str) -> Callable[[Timer], Timer]:
    """Handle timers of a kind when they are due; the timer is gone in the same transaction."""

    def register(handler: Timer) -> Timer:
        assert kind not in timers, f"{kind} is handled twice"
        timers[kind] = handler
        return handler

    return register


async def emit(conn: Conn, at: datetime, *facts: Fact) -> None:
    """Write facts and queue their reactions, in the caller's transaction.

    at     the instant at which they happened
    facts  of any aggregates; the caller holds the row lock of each
    """
    if facts:
        note_emitted(len(facts))
        await run(
            conn,
            EMIT,
            at=at,
            subjects=[f.subject for f in facts],
            event_ids=[_event_ids.new(at) for _ in facts],
            types=[f.type for f in facts],
            datas=[Json(f) for f in facts],
        )


async def set_timer(conn: Conn, kind: str, key: str, due_at: datetime, data: dict[str, Any] | None = None) -> None:
    """Have `kind`'s handler run at `due_at`; setting the same key again moves it."""
    global _timed
    _timed += 1
    await run(conn, SET_TIMER, key=key, kind=kind, due_at=due_at, data=Json(data or {}))


async def drop_timer(conn: Conn, kind: str, key: str) -> None:
    """Forget a timer; harmless when there is none."""
    global _timed
    _timed += 1
    await run(conn, DROP_TIMER, key=key, kind=kind)
