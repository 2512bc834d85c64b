"""All SQL of delivery: one statement, one function, no decisions."""

from collections.abc import Mapping
from typing import Final, LiteralString
from uuid import UUID

from msgspec.structs import asdict

from sangdan.kit.db import Conn, many, maybe, run

from .model import Parcel, Report, Tracked

ADD: Final[LiteralString] = """
    INSERT INTO delivery.parcel (order_id, parcel_id, parcel_no, carrier_id, sscc, state, state_at,
                                 handed_over_at, delivered_at)
    VALUES (%(order_id)s, %(parcel_id)s, %(parcel_no)s, %(carrier_id)s, %(sscc)s, %(state)s, %(state_at)s,
            %(handed_over_at)s, %(delivered_at)s)
    ON CONFLICT (order_id, parcel_id) DO NOTHING
"""
_PARCEL: Final[LiteralString] = """
    SELECT order_id, parcel_id, parcel_no, carrier_id, sscc, state, state_at, handed_over_at, delivered_at
      FROM delivery.parcel
"""
PARCEL: Final[LiteralString] = (
    _PARCEL
    + """
     WHERE (order_id, parcel_id) = (%(order_id)s, %(parcel_id)s)
       AND (%(seen_by)s::text IS NULL OR carrier_id = %(seen_by)s)
"""
)
LOCKED: Final[LiteralString] = PARCEL + " FOR UPDATE"
PARCELS: Final[LiteralString] = _PARCEL + " WHERE order_id = %(order_id)s ORDER BY parcel_no"
BY_SSCC: Final[LiteralString] = (
    _PARCEL
    + """
     WHERE sscc = %(sscc)s AND (%(seen_by)s::text IS NULL OR carrier_id = %(seen_by)s)
     ORDER BY handed_over_at DESC LIMIT 1
"""
)
WITH_CARRIER: Final[LiteralString] = (
    _PARCEL
    + """
     WHERE carrier_id = %(carrier_id)s AND state = 'in_transit'
     ORDER BY handed_over_at DESC LIMIT %(limit)s
"""
)
THESE: Final[LiteralString] = (
    _PARCEL + " WHERE order_id = ANY(%(order_ids)s::uuid[]) AND parcel_id = ANY(%(parcel_ids)s::uuid[])"
)
TRACK: Final[LiteralString] = """
    -- The report is kept whatever it changes; the same report again is the same row.
    WITH moved AS (
        UPDATE delivery.parcel
           SET state = %(state)s, state_at = %(state_at)s, delivered_at = %(delivered_at)s
         WHERE (order_id, parcel_id) = (%(order_id)s, %(parcel_id)s)
    )
    INSERT INTO delivery.tracking (order_id, parcel_id, at, state, detail)
    VALUES (%(order_id)s, %(parcel_id)s, %(at)s, %(told)s, %(detail)s)
    ON CONFLICT (order_id, parcel_id, at, state) DO NOTHING
"""
TRACKING: Final[LiteralString] = """
    SELECT at, state, detail FROM delivery.tracking
     WHERE (order_id, parcel_id) = (%(order_id)s, %(parcel_id)s) ORDER BY at, state
"""


async def add(conn: Conn, parcel: Parcel) -> None:
    """Write a parcel that was handed over; one that is known stays as it is."""
    await run(conn, ADD, **asdict(parcel))


async def parcel(conn: Conn, order_id: UUID, parcel_id: UUID, seen_by: str | None) -> Parcel | None:
    """The parcel, if `seen_by` (a carrier; None for whoever may see the order) carries it."""
    return await maybe(conn, Parcel, PARCEL, order_id=order_id, parcel_id=parcel_id, seen_by=seen_by)


async def locked(conn: Conn, order_id: UUID, parcel_id: UUID, seen_by: str | None) -> Parcel | None:
    """The parcel, with its row locked."""
    return await maybe(conn, Parcel, LOCKED, order_id=order_id, parcel_id=parcel_id, seen_by=seen_by)


async def parcels(conn: Conn, order_id: UUID) -> list[Parcel]:
    """An order's parcels that left their floors, by number."""
    return await many(conn, Parcel, PARCELS, order_id=order_id)


async def by_sscc(conn: Conn, sscc: str, seen_by: str | None) -> Parcel | None:
    """The parcel with this label, if `seen_by` carries it."""
    return await maybe(conn, Parcel, BY_SSCC, sscc=sscc, seen_by=seen_by)


async def with_carrier(conn: Conn, carrier_id: str, limit: int) -> list[Parcel]:
    """What a carrier took over and has not brought out yet, the latest first."""
    return await many(conn, Parcel, WITH_CARRIER, carrier_id=carrier_id, limit=limit)


async def these(conn: Conn, parcels_of: Mapping[UUID, UUID]) -> list[Parcel]:
    """Parcels that left their floors; parcels_of: each parcel's order."""
    return await many(conn, Parcel, THESE, order_ids=list(parcels_of.values()), parcel_ids=list(parcels_of))


async def track(conn: Conn, moved: Parcel, report: Report) -> None:
    """Keep a report, and the parcel as it leaves it."""
    await run(
        conn,
        TRACK,
        order_id=moved.order_id,
        parcel_id=moved.parcel_id,
        state=moved.state,
        state_at=moved.state_at,
        delivered_at=moved.delivered_at,
        at=report.at,
        told=report.state,
        detail=report.detail,
    )


async def tracking(conn: Conn, order_id: UUID, parcel_id: UUID) -> list[Tracked]:
    """All reports of a parcel, by the carrier's time."""
    return await many(conn, Tracked, TRACKING, order_id=order_id, parcel_id=parcel_id)
