"""Nodes that go out of service, come back, and whose goods somebody has to look at; lanes that close and open."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from sangdan.kit.db import Conn, many, maybe, one, run, value

from ..model import Closing, Outage, Quarantine, Scope

# Whoever places on a node shares its lock until the end of the transaction; who closes it has the lock alone. So a
# node has no order of which the closing does not know, and nobody places there afterwards. The keys are those of
# flows.place_order.
SHARE: Final[LiteralString] = """
    SELECT pg_try_advisory_xact_lock_shared(hashtext('network.outage'), hashtext(%(node_id)s)) AS shared
"""
ALONE: Final[LiteralString] = """
    SELECT pg_advisory_xact_lock(hashtext('network.outage'), hashtext(%(node_id)s))
"""
LASTING: Final[LiteralString] = """
    SELECT node_id, from_at, until_at, reason FROM network.outage
     WHERE node_id = %(node_id)s AND (until_at IS NULL OR until_at > %(at)s)
     ORDER BY from_at DESC LIMIT 1
       FOR UPDATE
"""
CLOSE: Final[LiteralString] = """
    -- The same instant again is the same outage: its end and its cause are what was said last.
    INSERT INTO network.outage (node_id, from_at, until_at, reason)
    VALUES (%(node_id)s, %(from_at)s, %(until_at)s, %(reason)s)
    ON CONFLICT (node_id, from_at) DO UPDATE SET (until_at, reason) = (excluded.until_at, excluded.reason)
"""
BAR: Final[LiteralString] = """
    INSERT INTO network.quarantine (node_id, temperature, since_at)
    SELECT %(node_id)s, k.temperature, %(at)s FROM unnest(%(temperatures)s::text[]) AS k (temperature)
    ON CONFLICT (node_id, temperature) DO NOTHING
"""
LIFT: Final[LiteralString] = "DELETE FROM network.quarantine WHERE node_id = %(node_id)s"
QUARANTINES: Final[LiteralString] = """
    SELECT node_id, temperature, since_at FROM network.quarantine ORDER BY node_id, temperature
"""
SHUT: Final[LiteralString] = """
    -- One closing at a time: its end and its cause are what was said last.
    WITH known AS (
        UPDATE network.closing SET (until_at, reason) = (%(until_at)s, %(reason)s)
         WHERE (scope, closed_id) = (%(scope)s, %(closed_id)s) AND ended_at IS NULL
     RETURNING scope, closed_id, from_at, until_at, reason
    ), begun AS (
        INSERT INTO network.closing (scope, closed_id, from_at, until_at, reason)
        SELECT w.scope, w.closed_id, w.from_at, w.until_at, w.reason
          FROM (VALUES (%(scope)s::text, %(closed_id)s::text, %(from_at)s::timestamptz, %(until_at)s::timestamptz,
                        %(reason)s::text)) AS w (scope, closed_id, from_at, until_at, reason)
         WHERE NOT EXISTS (SELECT FROM known)
        -- Opened and closed in one instant: it was never open.
        ON CONFLICT (scope, closed_id, from_at) DO UPDATE
           SET (until_at, reason, ended_at) = (excluded.until_at, excluded.reason, NULL)
     RETURNING scope, closed_id, from_at, until_at, reason
    )
    SELECT scope, closed_id, from_at, until_at, reason FROM known
     UNION ALL
    SELECT scope, closed_id, from_at, until_at, reason FROM begun
"""
OPEN: Final[LiteralString] = """
    UPDATE network.closing SET ended_at = greatest(from_at, %(at)s)
     WHERE (scope, closed_id) = (%(scope)s, %(closed_id)s) AND ended_at IS NULL
 RETURNING scope, closed_id, from_at, until_at, reason
"""


async def share(conn: Conn, node_id: str) -> bool:
    """Keep a node from being closed until the end of the transaction; False when somebody is closing it."""
    return await value(conn, SHARE, node_id=node_id)


async def alone(conn: Conn, node_id: str) -> None:
    """Wait until nobody places on a node any more, and keep it so until the end of the transaction."""
    await run(conn, ALONE, node_id=node_id)


async def lasting(conn: Conn, node_id: str, at: datetime) -> Outage | None:
    """The outage that a node has, locked."""
    return await maybe(conn, Outage, LASTING, node_id=node_id, at=at)


async def close(conn: Conn, outage: Outage) -> None:
    """Write an outage, or what it became."""
    await run(
        conn, CLOSE, node_id=outage.node_id, from_at=outage.from_at, until_at=outage.until_at, reason=outage.reason
    )


async def bar(conn: Conn, node_id: str, temperatures: Sequence[str], at: datetime) -> None:
    """Put goods in quarantine; those that are there already stay since when they were."""
    await run(conn, BAR, node_id=node_id, temperatures=list(temperatures), at=at)


async def lift(conn: Conn, node_id: str) -> int:
    """End a node's quarantine; gives for how many temperatures there was one."""
    return await run(conn, LIFT, node_id=node_id)


async def quarantines(conn: Conn) -> list[Quarantine]:
    """All goods that are in quarantine."""
    return await many(conn, Quarantine, QUARANTINES)


async def shut(conn: Conn, wanted: Closing) -> Closing:
    """Close a lane or a carrier, or say anew of one that is closed; gives the closing as it stands."""
    return await one(
        conn, Closing, SHUT, scope=wanted.scope, closed_id=wanted.closed_id, from_at=wanted.from_at,
        until_at=wanted.until_at, reason=wanted.reason,
    )  # fmt: skip


async def open_(conn: Conn, scope: Scope, closed_id: str, at: datetime) -> Closing | None:
    """End a closing; None when there is none."""
    return await maybe(conn, Closing, OPEN, scope=scope, closed_id=closed_id, at=at)
