"""A parcel reaches the shopper, or never will: its promise is closed, and the order follows."""

from collections import Counter
from datetime import datetime
from typing import Final

from sangdan.kit.db import Conn
from sangdan.kit.events import on
from sangdan.offer.promise import commands as promise
from sangdan.offer.promise.model.outcome import Cause, Missing, Outcome, cause_of
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Order, Parcel
from sangdan.pay.payments import commands as payments
from sangdan.ship.delivery.events import ParcelDelivered, ParcelLost

LOST: Final = "lost_in_transit"


@on(ParcelDelivered)
async def deliver(conn: Conn, arrived: ParcelDelivered, at: datetime) -> None:
    """Kept or missed, by how much and why. What was fetched kept its promise when it was ready.

    A parcel that was given up and arrives after all stays lost to the order: its price went back and nobody asks for it
    again, its carrier is not paid, its promise was missed.
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
    await promise.close(conn, missed(whole.order, whole.parcel(lost.parcel_no), "lost"))
    if taken.whole:
        await payments.call_off(conn, lost.order_id, LOST, at)
    elif taken.amount_minor > 0:
        await payments.request_refund(conn, lost.order_id, f"lost:{lost.parcel_no}", taken.amount_minor, at)


def outcome(order: Order, parcel: Parcel, handed_over_at: datetime, arrived_at: datetime) -> Outcome:
    """How the promise of a parcel that came ended."""
    late_s = int((arrived_at - _promised(order, parcel).promised_at).total_seconds())
    cause = cause_of(late_s <= 0, parcel.re_sourced, handed_over_at > parcel.departs_at)
    return _closed(order, parcel, arrived_at, late_s, cause)


def missed(order: Order, parcel: Parcel, why: Missing) -> Outcome:
    """The promise of a parcel that will never come."""
    return _closed(order, parcel, None, None, why)


def _promised(order: Order, parcel: Parcel) -> Order | Parcel:
    """A parcel that was sourced again answers for the promise that the order was sold with."""
    return order if parcel.re_sourced else parcel


def _closed(order: Order, parcel: Parcel, arrived_at: datetime | None, late_s: int | None, cause: Cause) -> Outcome:
    promised = _promised(order, parcel)
    return Outcome(
        parcel.order_id,
        parcel.parcel_no,
        parcel.node_id,
        parcel.carrier_id,
        parcel.service,
        promised.promised_at,
        promised.probability_ppm,
        arrived_at,
        cause == "kept",
        late_s,
        cause,
    )
