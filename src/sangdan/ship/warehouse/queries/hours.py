"""SQL of the hours in which nodes can make parcels, and of the places in them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from sangdan.kit.db import Conn, many, maybe, run

from ..model import Claim, Drift, Slot, Unpicked

USED_SLOTS: Final[LiteralString] = """
    SELECT node_id, hour_at, parcels, parcels_max
      FROM warehouse.slot
     WHERE node_id = ANY(%(node_ids)s::text[]) AND hour_at >= %(from_at)s AND hour_at < %(to_at)s AND parcels > 0
     ORDER BY node_id, hour_at
"""
UNPICKED: Final[LiteralString] = """
    SELECT node_id, hour_at, count(*)::integer AS parcels, pack_by
      FROM warehouse.slot_claim
     WHERE node_id = ANY(%(node_ids)s::text[]) AND hour_at < %(to_at)s AND state = 'held'
       AND parcel_id <> ALL(%(without)s::uuid[])
     GROUP BY node_id, hour_at, pack_by
     ORDER BY node_id, hour_at, pack_by
"""
LINE_UP: Final[LiteralString] = """
    -- An hour's row keeps those apart who come for the same hour; a queue is one for all hours.
    SELECT pg_advisory_xact_lock(hashtext('warehouse.queue'), hashtext(n.node_id))
      FROM (SELECT unnest(%(node_ids)s::text[]) AS node_id ORDER BY 1) n
"""
CLAIM: Final[LiteralString] = """
    -- Check and write are one statement; a parcel that has its place keeps it.
    WITH known AS (
        SELECT node_id, parcel_id, hour_at, state FROM warehouse.slot_claim
         WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s)
    ), counted AS (
        INSERT INTO warehouse.slot (node_id, hour_at, parcels_max, parcels)
        SELECT %(node_id)s, %(hour_at)s, %(parcels_max)s, 1
         WHERE %(parcels_max)s >= 1 AND NOT EXISTS (SELECT FROM known)
        ON CONFLICT (node_id, hour_at) DO UPDATE
           SET parcels = slot.parcels + 1, parcels_max = excluded.parcels_max
         WHERE slot.parcels < excluded.parcels_max
     RETURNING node_id, hour_at
    ), claimed AS (
        INSERT INTO warehouse.slot_claim (node_id, parcel_id, hour_at, pack_by)
        SELECT node_id, %(parcel_id)s, hour_at, %(pack_by)s::timestamptz FROM counted
     RETURNING node_id, parcel_id, hour_at, state
    )
    SELECT node_id, parcel_id, hour_at, state FROM known
     UNION ALL
    SELECT node_id, parcel_id, hour_at, state FROM claimed
"""
RELEASE_CLAIM: Final[LiteralString] = """
    WITH gone AS (
        UPDATE warehouse.slot_claim SET state = 'released'
         WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s) AND state = 'held'
     RETURNING node_id, hour_at
    )
    UPDATE warehouse.slot s SET parcels = s.parcels - 1
      FROM gone g WHERE (s.node_id, s.hour_at) = (g.node_id, g.hour_at)
"""
USE_CLAIM: Final[LiteralString] = """
    UPDATE warehouse.slot_claim SET state = 'used'
     WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s) AND state = 'held'
"""
DRIFT: Final[LiteralString] = """
    SELECT 'slot' AS "check", node_id, hour_at, coalesce(s.parcels, 0) AS parcels,
           coalesce(c.claims, 0)::integer AS claims
      FROM warehouse.slot s
      FULL JOIN (SELECT node_id, hour_at, count(*) AS claims
                   FROM warehouse.slot_claim WHERE state IN ('held', 'used') GROUP BY 1, 2) c
           USING (node_id, hour_at)
     WHERE coalesce(s.parcels, 0) <> coalesce(c.claims, 0)
     ORDER BY node_id, hour_at
"""


async def used_slots(conn: Conn, node_ids: Sequence[str], from_at: datetime, to_at: datetime) -> list[Slot]:
    """The hours of these nodes in [from_at, to_at) in which anything is promised."""
    return await many(conn, Slot, USED_SLOTS, node_ids=list(node_ids), from_at=from_at, to_at=to_at)


async def unpicked(
    conn: Conn, node_ids: Sequence[str], to_at: datetime, without: Sequence[UUID] = ()
) -> list[Unpicked]:
    """What these nodes promised for hours before `to_at` and nobody has picked, released to the floor or not yet.

    without  parcels that do not count
    """
    return await many(conn, Unpicked, UNPICKED, node_ids=list(node_ids), to_at=to_at, without=list(without))


async def line_up(conn: Conn, node_ids: Sequence[str]) -> None:
    """Wait until nobody else who took a place in these nodes' queues is undecided, and keep it so until the end of the
    transaction: what is counted from now on is what stands before us.
    """
    await run(conn, LINE_UP, node_ids=list(node_ids))


async def claim(
    conn: Conn, node_id: str, parcel_id: UUID, hour_at: datetime, parcels_max: int, pack_by: datetime | None
) -> Claim | None:
    """Take a place in a node's hour; None when it is full."""
    return await maybe(
        conn,
        Claim,
        CLAIM,
        node_id=node_id,
        parcel_id=parcel_id,
        hour_at=hour_at,
        parcels_max=parcels_max,
        pack_by=pack_by,
    )


async def release_claim(conn: Conn, node_id: str, parcel_id: UUID) -> None:
    """Give a place back; harmless when it was used, or given back before."""
    await run(conn, RELEASE_CLAIM, node_id=node_id, parcel_id=parcel_id)


async def use_claim(conn: Conn, node_id: str, parcel_id: UUID) -> None:
    """The place was used: it is not given back any more."""
    await run(conn, USE_CLAIM, node_id=node_id, parcel_id=parcel_id)


async def drift(conn: Conn) -> list[Drift]:
    """Every hour whose count is not that of its claims."""
    return await many(conn, Drift, DRIFT)
