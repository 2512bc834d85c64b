"""The verbs of delivery."""

from datetime import datetime
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.events import emit

from . import queries
from .errors import NoSuchParcel
from .events import ParcelDelivered, ParcelLost, ParcelMoved
from .model import Parcel, Report, after, handed_over
from .queries import by_sscc, locked, parcels, these, tracking, with_carrier

__all__ = ["by_sscc", "locked", "parcel", "parcels", "start", "these", "track", "tracking", "with_carrier"]


async def start(
    conn: Conn, order_id: UUID, parcel_id: UUID, parcel_no: int, carrier_id: str | None, sscc: str, at: datetime
) -> None:
    """A parcel leaves the floor; harmless twice.

    carrier_id  None when the shopper fetches it
    """
    await queries.add(conn, handed_over(order_id, parcel_id, parcel_no, carrier_id, sscc, at))


async def parcel(conn: Conn, order_id: UUID, parcel_id: UUID, seen_by: str | None) -> Parcel:
    """A parcel on its way.

    seen_by  the carrier that asks; None for whoever may see the order
    raises   NoSuchParcel, also when another carrier has it
    """
    found = await queries.parcel(conn, order_id, parcel_id, seen_by)
    if found is None:
        raise _no_parcel(parcel_id)
    return found


async def track(conn: Conn, report: Report, seen_by: str | None, at: datetime) -> Parcel:
    """Take a carrier's report; late, double and disordered ones are kept and harm nothing.

    report   its instant is the carrier's
    seen_by  the carrier that reports; None for the tower
    at       now
    gives    the parcel as the report leaves it
    raises   NoSuchParcel
    """
    before = await queries.locked(conn, report.order_id, report.parcel_id, seen_by)
    if before is None:
        raise _no_parcel(report.parcel_id)
    moved = after(before, report)
    await queries.track(conn, moved, report)
    if moved.state == before.state:
        return moved
    if moved.delivered_at is not None:
        delivered = ParcelDelivered(
            order_id=moved.order_id,
            parcel_id=moved.parcel_id,
            parcel_no=moved.parcel_no,
            carrier_id=moved.carrier_id,
            handed_over_at=moved.handed_over_at,
            at=moved.delivered_at,
        )
        await emit(conn, at, delivered)
    elif moved.state == "lost":
        lost = ParcelLost(
            order_id=moved.order_id, parcel_id=moved.parcel_id, parcel_no=moved.parcel_no, at=moved.state_at
        )
        await emit(conn, at, lost)
    else:
        on = ParcelMoved(
            order_id=moved.order_id,
            parcel_id=moved.parcel_id,
            parcel_no=moved.parcel_no,
            state=moved.state,
            at=moved.state_at,
        )
        await emit(conn, at, on)
    return moved


def _no_parcel(parcel_id: UUID) -> NoSuchParcel:
    return NoSuchParcel(f"Parcel {parcel_id} was not handed over.", parcel_id=str(parcel_id))
