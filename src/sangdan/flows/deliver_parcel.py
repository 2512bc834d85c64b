"""A parcel reaches the shopper, or never will: its promise is closed, and the order follows."""

from datetime import datetime

from sangdan.kit.db import Conn
from sangdan.kit.events import on
from sangdan.offer.promise import commands as promise
from sangdan.offer.promise.model.outcome import Outcome, cause_of
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Order, Parcel
from sangdan.pay.payments import commands as payments
from sangdan.ship.delivery.events import ParcelDelivered, ParcelLost


@on(ParcelDelivered)
async def deliver(conn: Conn, arrived: ParcelDelivered, at: datetime) -> None:
    """Kept or missed, by how much and why. What was fetched kept its promise when it was ready."""
    order = await orders.parcel_became(conn, arrived.order_id, arrived.parcel_no, "delivered", at)
    if arrived.carrier_id is None:
        return
    parcels = await orders.parcels(conn, order.order_id)
    parcel = next(p for p in parcels if p.parcel_no == arrived.parcel_no)
    await promise.close(conn, outcome(order, parcel, arrived.handed_over_at, arrived.at))


@on(ParcelLost)
async def lose(conn: Conn, lost: ParcelLost, at: datetime) -> None:
    """The carrier gave it up: what was in it comes off the order, and its price goes back to the shopper."""
    whole = await orders.read(conn, await orders.lock(conn, lost.order_id))
    inside = [part for part in whole.parcel_lines if part.parcel_no == lost.parcel_no and part.units > part.lost_units]
    if not inside:
        return
    units: dict[int, int] = {}
    for part in inside:
        units[part.line_no] = units.get(part.line_no, 0) + part.units - part.lost_units
    parts = [(part.parcel_no, part.reservation_id, part.units - part.lost_units) for part in inside]
    taken = await orders.shorten(conn, whole, units, parts, "lost_in_transit", at)
    await orders.parcel_became(conn, lost.order_id, lost.parcel_no, "lost", at)
    if taken.whole:
        await payments.call_off(conn, lost.order_id, "lost_in_transit", at)
    else:
        await payments.request_refund(conn, lost.order_id, f"lost:{lost.parcel_no}", taken.amount_minor, at)


def outcome(order: Order, parcel: Parcel, handed_over_at: datetime, arrived_at: datetime) -> Outcome:
    """How a parcel's promise ended. One that was sourced again answers for the date that the order was sold with."""
    promised_at = order.promised_at if parcel.re_sourced else parcel.promised_at
    late_s = int((arrived_at - promised_at).total_seconds())
    kept = late_s <= 0
    return Outcome(
        parcel.order_id,
        parcel.parcel_no,
        parcel.node_id,
        parcel.carrier_id,
        parcel.service,
        promised_at,
        parcel.probability_ppm,
        arrived_at,
        kept,
        late_s,
        cause_of(kept, parcel.re_sourced, handed_over_at > parcel.departs_at),
    )
