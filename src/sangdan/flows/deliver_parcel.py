"""A parcel reaches the shopper, or never will: its promise is closed, and the order follows."""

from collections import Counter
from datetime import datetime
from typing import Final

from sangdan.kit.db import Conn
from sangdan.kit.events import on
from sangdan.offer.promise import commands as promise
from sangdan.offer.promise.model.outcome import Outcome, cause_of
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Order, Parcel
from sangdan.pay.payments import commands as payments
from sangdan.ship.delivery.events import ParcelDelivered, ParcelLost

LOST: Final = "lost_in_transit"


@on(ParcelDelivered)
async def deliver(conn: Conn, arrived: ParcelDelivered, at: datetime) -> None:
    """Kept or missed, by how much and why. What was fetched kept its promise when it was ready.

    A parcel that was given up and arrives after all stays lost to the order: its price went back, nobody asks for it
    again, and the carrier is not paid. Only its promise is closed, as late as it came.
    """
    order = await orders.parcel_became(conn, arrived.order_id, arrived.parcel_no, "delivered", at)
    if arrived.carrier_id is None:
        return
    whole = await orders.read(conn, order)
    await promise.close(conn, outcome(order, whole.parcel(arrived.parcel_no), arrived.handed_over_at, arrived.at))


@on(ParcelLost)
async def lose(conn: Conn, lost: ParcelLost, at: datetime) -> None:
    """The carrier gave it up: what was in it comes off the order, and its price goes back to the shopper."""
    whole = await orders.read(conn, await orders.lock(conn, lost.order_id))
    inside = whole.inside(lost.parcel_no)
    if not inside or whole.parcel(lost.parcel_no).state != "shipped":
        return
    units: Counter[int] = Counter()
    for part in inside:
        units[part.line_no] += part.left
    parts = [(part.parcel_no, part.reservation_id, part.left) for part in inside]
    taken = await orders.shorten(conn, whole, units, parts, LOST, at, emptied="lost")
    if taken.whole:
        await payments.call_off(conn, lost.order_id, LOST, at)
    elif taken.amount_minor > 0:
        await payments.request_refund(conn, lost.order_id, f"lost:{lost.parcel_no}", taken.amount_minor, at)


def outcome(order: Order, parcel: Parcel, handed_over_at: datetime, arrived_at: datetime) -> Outcome:
    """How a parcel's promise ended. One that was sourced again answers for the promise that the order was sold with."""
    promised = order if parcel.re_sourced else parcel
    late_s = int((arrived_at - promised.promised_at).total_seconds())
    kept = late_s <= 0
    return Outcome(
        parcel.order_id,
        parcel.parcel_no,
        parcel.node_id,
        parcel.carrier_id,
        parcel.service,
        promised.promised_at,
        promised.probability_ppm,
        arrived_at,
        kept,
        late_s,
        cause_of(kept, parcel.re_sourced, handed_over_at > parcel.departs_at),
    )
