"""What is still to be sent, to whom, and what became of it; how far the feed was handed out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, many, maybe, run, value

from ..model import Delivery, Endpoint, Progress

FOLLOWER: Final[LiteralString] = "SELECT position FROM webhooks.follower FOR UPDATE SKIP LOCKED"
FOLLOWED: Final[LiteralString] = "UPDATE webhooks.follower SET position = %(position)s"
QUEUE: Final[LiteralString] = """
    -- An event that is told again begins anew, under the same id.
    INSERT INTO webhooks.delivery AS d (endpoint_id, event_id, position, type, body, state, due_at, queued_at)
    SELECT q.endpoint_id, q.event_id, q.position, q.type, q.body, 'waiting', %(at)s, %(at)s
      FROM unnest(%(endpoint_ids)s::uuid[], %(event_ids)s::uuid[], %(positions)s::bigint[], %(types)s::text[],
                  %(bodies)s::bytea[]) AS q (endpoint_id, event_id, position, type, body)
     ORDER BY q.endpoint_id, q.event_id
    ON CONFLICT (endpoint_id, event_id) DO UPDATE
       SET body = excluded.body, state = 'waiting', attempts = 0, due_at = excluded.due_at,
           queued_at = excluded.queued_at, tried_at = NULL, status = NULL, error = NULL
     WHERE d.state <> 'waiting'
"""
ADD_REPLAY: Final[LiteralString] = """
    INSERT INTO webhooks.replay (endpoint_id, replay_id, position, until)
    VALUES (%(endpoint_id)s, %(replay_id)s, %(position)s, %(until)s)
"""
WAITING_REPLAYS: Final[LiteralString] = """
    SELECT count(*) FROM webhooks.replay WHERE endpoint_id = %(endpoint_id)s
"""
REPLAYS: Final[LiteralString] = """
    SELECT endpoint_id, replay_id, position, until
      FROM webhooks.replay ORDER BY replay_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
REPLAYED: Final[LiteralString] = """
    UPDATE webhooks.replay SET position = %(position)s
     WHERE (endpoint_id, replay_id) = (%(endpoint_id)s, %(replay_id)s)
"""
END_REPLAY: Final[LiteralString] = """
    DELETE FROM webhooks.replay WHERE (endpoint_id, replay_id) = (%(endpoint_id)s, %(replay_id)s)
"""
POSITIONS: Final[LiteralString] = """
    SELECT position FROM webhooks.delivery
     WHERE endpoint_id = %(endpoint_id)s AND event_id = ANY (%(event_ids)s::uuid[]) AND position > 0
"""

CLAIM: Final[LiteralString] = """
    -- Who was served longest ago comes first; the lease is what keeps other processes away.
    UPDATE webhooks.endpoint e SET leased_until = %(until)s
      FROM (SELECT c.endpoint_id FROM webhooks.endpoint c
             WHERE c.state = 'on' AND (c.leased_until IS NULL OR c.leased_until <= %(at)s)
               AND (c.rest_until IS NULL OR c.rest_until <= %(at)s)
               AND EXISTS (SELECT FROM webhooks.delivery d
                            WHERE d.endpoint_id = c.endpoint_id AND d.state = 'waiting' AND d.due_at <= %(at)s)
             ORDER BY c.leased_until NULLS FIRST, c.endpoint_id
             LIMIT %(limit)s FOR UPDATE SKIP LOCKED) chosen
     WHERE e.endpoint_id = chosen.endpoint_id
 RETURNING e.endpoint_id, e.client_id, e.role, e.partner_id, e.node_id, e.url, e.types, e.old_until AS rotating_until,
           e.state, e.reason, e.state_at, e.since, e.failures, e.failing_since, e.made_at
"""
HOLD: Final[LiteralString] = """
    SELECT failures FROM webhooks.endpoint WHERE endpoint_id = %(endpoint_id)s FOR NO KEY UPDATE
"""
DUE: Final[LiteralString] = """
    SELECT event_id, type, body, attempts FROM webhooks.delivery
     WHERE endpoint_id = %(endpoint_id)s AND state = 'waiting' AND due_at <= %(at)s
     ORDER BY due_at, position LIMIT %(limit)s
"""
RECORD: Final[LiteralString] = """
    UPDATE webhooks.delivery d
       SET state = r.state, attempts = d.attempts + 1, tried_at = %(at)s, status = r.status, error = r.error,
           due_at = coalesce(r.due_at, d.due_at), body = CASE WHEN r.state = 'done' THEN NULL ELSE d.body END
      FROM unnest(%(event_ids)s::uuid[], %(states)s::text[], %(statuses)s::integer[], %(errors)s::text[],
                  %(due_ats)s::timestamptz[]) AS r (event_id, state, status, error, due_at)
     WHERE d.endpoint_id = %(endpoint_id)s AND d.event_id = r.event_id AND d.state = 'waiting'
"""
WELL: Final[LiteralString] = """
    UPDATE webhooks.endpoint SET failures = 0, failing_since = NULL, rest_until = NULL
     WHERE endpoint_id = %(endpoint_id)s AND failing_since IS NOT NULL
"""
ILL: Final[LiteralString] = """
    UPDATE webhooks.endpoint
       SET failures = failures + 1, failing_since = coalesce(failing_since, %(at)s), rest_until = %(rest_until)s
     WHERE endpoint_id = %(endpoint_id)s
 RETURNING failing_since
"""
FREE: Final[LiteralString] = """
    UPDATE webhooks.endpoint SET leased_until = %(at)s WHERE endpoint_id = %(endpoint_id)s
"""
DELIVERIES: Final[LiteralString] = """
    SELECT event_id, position, type, state, attempts, due_at, queued_at, tried_at, status, error
      FROM webhooks.delivery
     WHERE endpoint_id = %(endpoint_id)s AND (%(state)s::text IS NULL OR state = %(state)s)
       AND (queued_at, event_id) < (%(before_at)s::timestamptz, %(before_id)s::uuid)
     ORDER BY queued_at DESC, event_id DESC LIMIT %(limit)s
"""
TIDY: Final[LiteralString] = """
    DELETE FROM webhooks.delivery d
     USING (SELECT endpoint_id, event_id FROM webhooks.delivery
             WHERE queued_at < %(before)s AND state <> 'waiting' ORDER BY queued_at LIMIT %(limit)s) old
     WHERE (d.endpoint_id, d.event_id) = (old.endpoint_id, old.event_id)
"""
COUNTS: Final[LiteralString] = """
    SELECT (SELECT count(*) FROM webhooks.delivery WHERE state = 'waiting') AS waiting,
           (SELECT count(*) FROM webhooks.endpoint WHERE state = 'dead') AS dead
"""


class Due(msgspec.Struct, frozen=True):
    """What is to be sent now."""

    event_id: UUID
    type: str
    body: bytes
    attempts: int


class Replay(msgspec.Struct, frozen=True):
    """A stretch of the feed that is told again, done up to `position`."""

    endpoint_id: UUID
    replay_id: UUID
    position: int
    until: int


class Result(msgspec.Struct, frozen=True):
    """What became of a try; due_at: when the next one is, None when there is none."""

    event_id: UUID
    state: Progress
    status: int | None
    error: str | None
    due_at: datetime | None


class Queued(msgspec.Struct, frozen=True):
    """An event for an endpoint."""

    endpoint_id: UUID
    event_id: UUID
    position: int
    type: str
    body: bytes


class Counts(msgspec.Struct, frozen=True):
    """Deliveries that wait, endpoints that were switched off."""

    waiting: int
    dead: int


async def follower(conn: Conn) -> int | None:
    """How far events were handed out, locked; None while another process hands them out."""
    return await value(conn, FOLLOWER)


async def followed(conn: Conn, position: int) -> None:
    """Note how far."""
    await run(conn, FOLLOWED, position=position)


async def queue(conn: Conn, rows: Sequence[Queued], at: datetime) -> None:
    """Have events sent; those that wait already are left as they are."""
    await run(
        conn, QUEUE, endpoint_ids=[r.endpoint_id for r in rows], event_ids=[r.event_id for r in rows],
        positions=[r.position for r in rows], types=[r.type for r in rows], bodies=[r.body for r in rows], at=at,
    )  # fmt: skip


async def add_replay(conn: Conn, replay: Replay) -> None:
    """Have a stretch told again."""
    await run(conn, ADD_REPLAY, **msgspec.structs.asdict(replay))


async def waiting_replays(conn: Conn, endpoint_id: UUID) -> int:
    """Stretches that are still to be told to it."""
    return await value(conn, WAITING_REPLAYS, endpoint_id=endpoint_id) or 0


async def replays(conn: Conn, limit: int) -> list[Replay]:
    """Some stretches that are to be told again, oldest first, locked."""
    return await many(conn, Replay, REPLAYS, limit=limit)


async def replayed(conn: Conn, replay: Replay, position: int) -> None:
    """Note how far a stretch was told; at its end it goes."""
    which = {"endpoint_id": replay.endpoint_id, "replay_id": replay.replay_id}
    if position >= replay.until:
        await run(conn, END_REPLAY, **which)
    else:
        await run(conn, REPLAYED, **which, position=position)


async def positions(conn: Conn, endpoint_id: UUID, event_ids: Sequence[UUID]) -> list[int]:
    """Where events that were sent to it stand in the feed."""
    rows = await conn.execute(POSITIONS, {"endpoint_id": endpoint_id, "event_ids": list(event_ids)})
    return [row[0] for row in await rows.fetchall()]


async def claim(conn: Conn, at: datetime, until: datetime, limit: int) -> list[Endpoint]:
    """Take endpoints that something is due for, for oneself until an instant."""
    return await many(conn, Endpoint, CLAIM, at=at, until=until, limit=limit)


async def due(conn: Conn, endpoint_id: UUID, at: datetime, limit: int) -> list[Due]:
    """What is due for it, longest due first."""
    return await many(conn, Due, DUE, endpoint_id=endpoint_id, at=at, limit=limit)


async def hold(conn: Conn, endpoint_id: UUID) -> int | None:
    """How often in a row it took nothing, its row locked; None when it was deleted."""
    return await value(conn, HOLD, endpoint_id=endpoint_id)


async def record(conn: Conn, endpoint_id: UUID, results: Sequence[Result], at: datetime) -> None:
    """Write what became of some tries."""
    await run(
        conn, RECORD, endpoint_id=endpoint_id, event_ids=[r.event_id for r in results],
        states=[r.state for r in results], statuses=[r.status for r in results], errors=[r.error for r in results],
        due_ats=[r.due_at for r in results], at=at,
    )  # fmt: skip


async def well(conn: Conn, endpoint_id: UUID) -> None:
    """It took something."""
    await run(conn, WELL, endpoint_id=endpoint_id)


async def ill(conn: Conn, endpoint_id: UUID, rest_until: datetime, at: datetime) -> datetime | None:
    """It took nothing; gives since when. None when it was deleted."""
    return await value(conn, ILL, endpoint_id=endpoint_id, rest_until=rest_until, at=at)


async def free(conn: Conn, endpoint_id: UUID, at: datetime) -> None:
    """Let others call it."""
    await run(conn, FREE, endpoint_id=endpoint_id, at=at)


async def deliveries(
    conn: Conn, endpoint_id: UUID, state: Progress | None, before: tuple[datetime, UUID], limit: int
) -> list[Delivery]:
    """What was sent to it or is to be, newest first, before a known one."""
    return await many(
        conn, Delivery, DELIVERIES,
        endpoint_id=endpoint_id, state=state, before_at=before[0], before_id=before[1], limit=limit,
    )  # fmt: skip


async def tidy(conn: Conn, before: datetime, limit: int) -> int:
    """Forget deliveries that ended and were queued before an instant; gives how many."""
    return await run(conn, TIDY, before=before, limit=limit)


async def counts(conn: Conn) -> Counts:
    """What waits, and what died."""
    found = await maybe(conn, Counts, COUNTS)
    assert found is not None
    return found
