"""Runs what is due: reactions to facts, calls to the outside, timers. In a simulation and on the wall clock alike."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

import msgspec

from . import events
from .clock import Clock
from .db import RETRYABLE, Conn, Pool, many, maybe, one, run

log = logging.getLogger("sangdan.engine")

BATCH: Final = 200
MOST: Final = 1000  # facts that one transaction handles, so that none grows without end
RETRY_S: Final = (1, 5, 30, 120, 600)

# A subject whose earlier fact waits for a retry must wait with it: its facts react in order.
# The lock makes an engine that lost its lead wait for the one that took it.
# What is done goes in the same statement, which still sees it: hence the second condition.
TAKE: Final[LiteralString] = """
    WITH done AS (
        DELETE FROM kit.outbox o
         USING unnest(%(subjects)s::text[], %(sequences)s::integer[]) AS d (subject, sequence)
         WHERE (o.subject, o.sequence) = (d.subject, d.sequence)
    )
    SELECT o.subject, o.sequence, o.attempts, e.type, e.at, e.data
      FROM kit.outbox o
      JOIN kit.event e USING (subject, sequence)
     WHERE NOT EXISTS (SELECT FROM kit.outbox w
                        WHERE w.subject = o.subject AND w.sequence <= o.sequence AND w.retry_at > %(now)s)
       AND (o.subject, o.sequence) NOT IN (
               SELECT d.subject, d.sequence
                 FROM unnest(%(subjects)s::text[], %(sequences)s::integer[]) AS d (subject, sequence))
     ORDER BY o.at, o.subject, o.sequence
     LIMIT %(limit)s
       FOR UPDATE OF o
"""
# One look, outside any transaction: most looks find nothing to do.
LOOK: Final[LiteralString] = """
    SELECT EXISTS (SELECT FROM kit.outbox o
                    WHERE NOT EXISTS (SELECT FROM kit.outbox w
                                       WHERE w.subject = o.subject AND w.sequence <= o.sequence
                                         AND w.retry_at > %(now)s)) AS waiting,
           (SELECT min(due_at) FROM kit.timer) AS due_at
"""
DONE: Final[LiteralString] = """
    DELETE FROM kit.outbox o
     USING unnest(%(subjects)s::text[], %(sequences)s::integer[]) AS d (subject, sequence)
     WHERE (o.subject, o.sequence) = (d.subject, d.sequence)
"""
POSTPONE: Final[LiteralString] = """
    UPDATE kit.outbox SET attempts = attempts + 1, retry_at = %(retry_at)s
     WHERE (subject, sequence) = (%(subject)s, %(sequence)s)
"""
NEXT_TIMER: Final[LiteralString] = """
    SELECT key, kind, due_at, data FROM kit.timer
     WHERE due_at <= %(until)s ORDER BY due_at, key, kind LIMIT 1 FOR UPDATE
"""
MOVE_TIMER: Final[LiteralString] = """
    UPDATE kit.timer SET due_at = %(due_at)s WHERE (key, kind) = (%(key)s, %(kind)s)
"""
LEAD: Final[LiteralString] = "SELECT pg_try_advisory_lock(hashtext('sangdan.engine')) AS leads"


Listener = Callable[[Any, datetime], None]


class Taken(msgspec.Struct, frozen=True):
    """A fact whose reactions have not run."""

    subject: str
    sequence: int
    attempts: int
    type: str
    at: datetime
    data: dict[str, Any]


class Ahead(msgspec.Struct, frozen=True):
    """What there is to do: facts waiting for their reactions, and when the earliest timer is due."""

    waiting: bool
    due_at: datetime | None


class DueTimer(msgspec.Struct, frozen=True):
    """A timer that is due."""

    key: str
    kind: str
    due_at: datetime
    data: dict[str, Any]


class Engine:
    """The dispatcher and the timers of one database. One engine leads at a time (see `lead`).

    pool     where facts and timers are
    clock    tells "now"; a simulation's clock is set by `run_until`
    outside  handed to askers, each of which names the part it needs: gateways and the like
    strict   a failing reaction stops the run instead of waiting for a retry (simulations, tests)
    listen   told of each fact once its reactions are committed
    alone    no other process writes to the database: what this one did not write is not looked for (simulations)
    """

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        outside: Any,
        *,
        strict: bool = True,
        listen: Listener | None = None,
        alone: bool = False,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._outside = outside
        self._strict = strict
        self._listen = listen
        self._alone = alone
        self._drained_at = -1  # what events.emitted() said when nothing waited
        self._ahead_at, self._ahead = -1, Ahead(True, None)  # what events.timed() said at the last look

    async def drain(self) -> int:
        """Run reactions until none is waiting; gives the number of facts handled."""
        handled = 0
        async with self._pool.connection() as conn:
            while (await self._look(conn)).waiting:
                handled += await self._turn(conn)
        return handled

    async def run_until(self, at: datetime) -> None:
        """Drain facts, then take the earliest timer, set the clock and run it, until `at` is reached."""
        async with self._pool.connection() as conn:
            while await self._step(conn, at):
                pass
        self._advance(at)

    async def step(self, until: datetime) -> bool:
        """Run the facts that wait, or else the earliest timer that is due by `until`; gives whether there was any."""
        async with self._pool.connection() as conn:
            return await self._step(conn, until)

    async def _step(self, conn: Conn, until: datetime) -> bool:
        ahead = await self._look(conn)
        if ahead.waiting:
            await self._turn(conn)
            return True
        return ahead.due_at is not None and ahead.due_at <= until and await self._fire(conn, until)

    async def fire(self, until: datetime) -> bool:
        """Run the earliest timer that is due by `until`; gives whether there was one."""
        async with self._pool.connection() as conn:
            return await self._fire(conn, until)

    async def _look(self, conn: Conn) -> Ahead:
        if self._alone and events.emitted() != self._drained_at:
            return Ahead(True, None)
        if not self._alone or events.timed() != self._ahead_at:
            self._ahead_at, self._ahead = events.timed(), await one(conn, Ahead, LOOK, now=self._clock.now())
        return self._ahead

    async def _turn(self, conn: Conn) -> int:
        """React to the facts that wait and to what they lead to, asking the outside in between; gives how many."""
        async with conn.transaction():
            asked, done = await self._cascade(conn, [])
        self._tell(done)
        handled = len(done)
        while asked is not None:
            asked, done = await self._ask(conn, asked)
            self._tell(done)
            handled += len(done)
        return handled

    async def _cascade(self, conn: Conn, done: list[Taken]) -> tuple[Taken | None, list[Taken]]:
        """One transaction's worth of reactions; gives the fact that must ask the outside next, and those done.

        done  reacted to already in this transaction, and still in the outbox
        """
        reacted, asked = done, None
        while len(done) < MOST and asked is None:
            before = events.emitted()
            taken = await many(conn, Taken, TAKE, now=self._clock.now(), limit=BATCH, **_keys(reacted))
            asked, reacted = await self._react(conn, taken)
            done = done + reacted
            if asked is None and len(taken) < BATCH and events.emitted() == before:
                self._drained_at = before  # all that waited was taken, and nothing followed from it
                break
        if reacted:
            await run(conn, DONE, **_keys(reacted))
        return asked, done

    def _tell(self, done: Sequence[Taken]) -> None:
        if self._listen is not None:
            for each in done:
                self._listen(msgspec.convert(each.data, events.kinds[each.type]), each.at)

    async def _react(self, conn: Conn, taken: Sequence[Taken]) -> tuple[Taken | None, list[Taken]]:
        """React to the taken facts up to the first that must ask the outside; gives that one, and the facts done."""
        done: list[Taken] = []
        asked: Taken | None = None
        blocked: set[str] = set()
        for each in taken:
            if each.subject in blocked:
                continue
            if each.type in events.askers:
                asked = each
                break
            try:
                await self._run_reactions(conn, each)
                done.append(each)
            except Exception:
                if self._strict:
                    raise
                log.exception("reaction failed", extra={"subject": each.subject, "type": each.type})
                blocked.add(each.subject)
                await self._postpone(conn, each)
        return asked, done

    async def _run_reactions(self, conn: Conn, each: Taken) -> None:
        reactions = events.reactions.get(each.type, ())
        if not reactions:
            return
        fact = msgspec.convert(each.data, events.kinds[each.type])
        if self._strict:
            for reaction in reactions:
                await reaction(conn, fact, self._clock.now())
            return
        async with conn.transaction():
            for reaction in reactions:
                await reaction(conn, fact, self._clock.now())

    async def _postpone(self, conn: Conn, each: Taken) -> None:
        wait_s = RETRY_S[min(each.attempts, len(RETRY_S) - 1)]
        retry_at = self._clock.now() + timedelta(seconds=wait_s)
        await run(conn, POSTPONE, subject=each.subject, sequence=each.sequence, retry_at=retry_at)

    async def _ask(self, conn: Conn, each: Taken) -> tuple[Taken | None, list[Taken]]:
        """Ask the outside between two transactions: the intent is committed, the answer and what follows will be."""
        ask, record = events.askers[each.type]
        fact = msgspec.convert(each.data, events.kinds[each.type])
        try:
            answer = await ask(self._outside, fact, self._clock.now())
            async with conn.transaction():
                await record(conn, fact, answer, self._clock.now())
                await self._run_reactions(conn, each)
                return await self._cascade(conn, [each])
        except Exception:
            if self._strict:
                raise
            log.exception("call failed", extra={"subject": each.subject, "type": each.type})
            await self._postpone(conn, each)
            return None, []

    async def _fire(self, conn: Conn, until: datetime) -> bool:
        async with conn.transaction():
            timer = await maybe(conn, DueTimer, NEXT_TIMER, until=until)
            if timer is None:
                return False
            self._advance(timer.due_at)
            await (self._ring(conn, timer) if self._strict else self._ring_or_move(conn, timer))
        return True

    async def _ring(self, conn: Conn, timer: DueTimer) -> None:
        await events.drop_timer(conn, timer.kind, timer.key)
        await events.timers[timer.kind](conn, timer.key, timer.data, self._clock.now())

    async def _ring_or_move(self, conn: Conn, timer: DueTimer) -> None:
        """A timer that fails is due again a little later; others are not held up by it."""
        try:
            async with conn.transaction():
                await self._ring(conn, timer)
        except RETRYABLE:
            raise
        except Exception:
            log.exception("timer failed", extra={"key": timer.key, "kind": timer.kind})
            again = self._clock.now() + timedelta(seconds=RETRY_S[1])
            await run(conn, MOVE_TIMER, key=timer.key, kind=timer.kind, due_at=again)

    def _advance(self, at: datetime) -> None:
        """A simulation's clock jumps to what is due; the wall's goes by itself."""
        if (jump := getattr(self._clock, "set", None)) is not None:
            jump(at)

    def lead(self) -> AbstractAsyncContextManager[Conn]:
        """A connection to take the leader's lock on (statement LEAD); losing it hands the lead to another."""
        return self._pool.connection()


def _keys(facts: Sequence[Taken]) -> dict[str, list[Any]]:
    return {"subjects": [fact.subject for fact in facts], "sequences": [fact.sequence for fact in facts]}
