"""How long parcels took, and what was learned of it."""

from datetime import datetime, timedelta
from typing import Final, LiteralString
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from sangdan.kit.db import Conn, many, run, value

TRAVELLED: Final[LiteralString] = """
    -- A bounded sample: of every part of the time the first so many orders, with the parcels for carriers. One that
    -- was sourced again, or not found, says nothing of its way.
    SELECT o.order_id, o.placed_at, o.postcode, p.parcel_no, p.node_id, p.carrier_id, p.service, p.departs_at,
           p.weight_g, d.handed_over_at, x.arrived_at
      FROM generate_series(0, %(parts)s - 1) AS s (part)
     CROSS JOIN LATERAL (
           SELECT order_id, placed_at, postcode FROM orders.placed_fact
            WHERE placed_at >= %(since)s::timestamptz + s.part * %(part)s::interval
              AND placed_at < %(since)s::timestamptz + (s.part + 1) * %(part)s::interval
            ORDER BY placed_at, order_id LIMIT %(each)s) o
      JOIN orders.parcel_fact p ON p.order_id = o.order_id
      LEFT JOIN delivery.parcel_fact d ON d.order_id = p.order_id AND d.parcel_id = p.parcel_id
      LEFT JOIN promise.outcome x ON x.order_id = p.order_id AND x.parcel_no = p.parcel_no
     WHERE p.carrier_id IS NOT NULL AND NOT p.re_sourced AND p.state <> 'cancelled'
       AND (x.cause IS NULL OR x.cause NOT IN ('not_found', 'node_out'))
     ORDER BY o.placed_at, o.order_id, p.parcel_no
"""
LOCK_SNAPSHOTS: Final[LiteralString] = "SELECT pg_advisory_xact_lock(hashtext('sangdan.transit'))::text AS locked"
NEXT_SNAPSHOT: Final[LiteralString] = "SELECT coalesce(max(snapshot_no), 0) + 1 FROM promise.transit_snapshot"
NEWEST_SNAPSHOT: Final[LiteralString] = """
    SELECT max(snapshot_no) FROM promise.transit_snapshot WHERE learned_at > %(since)s
"""
NEWEST_LEARNED: Final[LiteralString] = "SELECT max(learned_at) FROM promise.transit_snapshot"
KEEP_SNAPSHOT: Final[LiteralString] = """
    INSERT INTO promise.transit_snapshot (snapshot_no, service, learned_at, completed, body)
    VALUES (%(snapshot_no)s, %(service)s, %(learned_at)s, %(completed)s, %(body)s)
"""
FORGET_SNAPSHOTS: Final[LiteralString] = "DELETE FROM promise.transit_snapshot WHERE snapshot_no <= %(until_no)s"
SNAPSHOTS: Final[LiteralString] = """
    SELECT snapshot_no, service, learned_at, completed, body FROM promise.transit_snapshot
     WHERE snapshot_no = %(snapshot_no)s ORDER BY service
"""


class Travelled(msgspec.Struct, frozen=True):
    """A parcel that a carrier was to bring, and when it left its node and arrived; None while it has not."""

    order_id: UUID
    placed_at: datetime
    postcode: str
    parcel_no: int
    node_id: str
    carrier_id: str
    service: str
    departs_at: datetime
    weight_g: int
    handed_over_at: datetime | None
    arrived_at: datetime | None


class StoredSnapshot(msgspec.Struct, frozen=True):
    """What was learned of a service; `completed` parcels of those it was learned from had arrived."""

    snapshot_no: int
    service: str
    learned_at: datetime
    completed: int
    body: bytes


async def travelled(conn: Conn, since: datetime, part: timedelta, parts: int, each: int) -> list[Travelled]:
    """Parcels promised since an instant, by time: of each of so many parts of so long, those of the first orders."""
    return await many(conn, Travelled, TRAVELLED, since=since, part=part, parts=parts, each=each)


async def lock_snapshots(conn: Conn) -> None:
    """Let nobody else learn before this transaction ends."""
    await value(conn, LOCK_SNAPSHOTS)


async def next_snapshot_no(conn: Conn) -> int:
    """The number of the next snapshot; under the lock."""
    return await value(conn, NEXT_SNAPSHOT)


async def newest_snapshot_no(conn: Conn, since: datetime) -> int | None:
    """The number of the latest snapshot that was learned after an instant."""
    return await value(conn, NEWEST_SNAPSHOT, since=since)


async def newest_learned_at(conn: Conn) -> datetime | None:
    """When the latest snapshot was learned; None before the first."""
    return await value(conn, NEWEST_LEARNED)


async def keep_snapshot(conn: Conn, snapshot: StoredSnapshot) -> None:
    """Store a service's part of a new snapshot."""
    await run(conn, KEEP_SNAPSHOT, **asdict(snapshot))


async def forget_snapshots(conn: Conn, until_no: int) -> None:
    """Let go of the snapshots up to a number."""
    await run(conn, FORGET_SNAPSHOTS, until_no=until_no)


async def snapshots(conn: Conn, snapshot_no: int) -> list[StoredSnapshot]:
    """A snapshot's parts, by service; empty when there is no such number."""
    return await many(conn, StoredSnapshot, SNAPSHOTS, snapshot_no=snapshot_no)
