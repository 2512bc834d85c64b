"""The gateway has spoken: the order may go on, or ends here, and with it all that was bought together (ADR 0015)."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.events import on, set_timer
from sangdan.order.orders import commands as orders
from sangdan.order.orders.events import OrderCancelled
from sangdan.order.orders.model import CANCELLABLE, Order, Parcel, Whole
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.events import CallRefused, PaymentAuthorised, PaymentDeclined
from sangdan.ship.warehouse import commands as warehouse

from .cancel_order import cancel, give_back

DECLINED: Final = "payment_declined"


@on(PaymentAuthorised)
async def go_on(conn: Conn, paid: PaymentAuthorised, at: datetime) -> None:
    """Wait for the end of the time in which the shopper may cancel; a cancelled order's money goes back.

    An order of a purchase waits until the money of all of it is held.
    """
    together = await orders.together(conn, paid.order_id)
    if together:
        await _hold_all(conn, together)
    order = await orders.authorise(conn, paid.order_id, at)
    if order.state == "cancelled":
        await payments.call_off(conn, paid.order_id, "cancelled", at)
    elif together:
        await _go_on_together(conn, together, at)
    else:
        await set_timer(conn, "order.release", str(paid.order_id), max(at, order.release_at))


@on(PaymentDeclined)
async def stop(conn: Conn, declined: PaymentDeclined, at: datetime) -> None:
    """Without money there is no order: everything held for it goes back."""
    order = await orders.get(conn, declined.order_id)
    if order.state == "placed":
        await cancel(conn, declined.order_id, DECLINED, at)


@on(OrderCancelled)
async def others_of_a_purchase(conn: Conn, cancelled: OrderCancelled, at: datetime) -> None:
    """One order of a purchase has ended: without its money none of them comes; else the others need not wait for it."""
    together = await orders.together(conn, cancelled.order_id)
    if not together:
        return
    held = await _hold_all(conn, together)
    if not any(_is_unpaid(order) for order in held):
        await _go_on_together(conn, together, at)
        return
    for order in held:
        if order.state in CANCELLABLE:
            await cancel(conn, order.order_id, DECLINED, at)


@on(CallRefused)
async def stop_on_the_floor(conn: Conn, refused: CallRefused, at: datetime) -> None:
    """The money was held and cannot be taken: what has not left its node stays there."""
    if refused.kind != "capture":
        return
    whole = await orders.read(conn, await orders.lock(conn, refused.order_id))
    staying = [parcel for parcel in whole.parcels if await _is_here(conn, whole, parcel)]
    for parcel in staying:
        await warehouse.cancel(conn, parcel.node_id, parcel.parcel_id, at)
    parts = [part for parcel in staying for part in whole.inside(parcel.parcel_no)]
    if not parts:
        return
    units: Counter[int] = Counter()
    for part in parts:
        units[part.line_no] += part.left
    off = [(part.parcel_no, part.reservation_id, part.left) for part in parts]
    taken = await orders.shorten(conn, whole, units, off, DECLINED, at)
    await give_back(conn, whole, taken)
    if taken.whole:
        await payments.call_off(conn, refused.order_id, DECLINED, at)


async def _hold_all(conn: Conn, together: Sequence[UUID]) -> list[Order]:
    """The orders of a purchase, locked in their own sequence: two that are heard of at once see one another."""
    return [await orders.lock(conn, order_id) for order_id in together]


async def _go_on_together(conn: Conn, together: Sequence[UUID], at: datetime) -> None:
    """Let the orders of a purchase go on, once the money of all that still stand is held."""
    whole = [await orders.get(conn, order_id) for order_id in together]
    if not is_paid_for(whole):
        return
    for order in whole:
        if order.state == "authorised":
            await set_timer(conn, "order.release", str(order.order_id), max(at, order.release_at))


def is_paid_for(together: Sequence[Order]) -> bool:
    """Whether the money of all orders of a purchase that still stand is held."""
    return not any(order.state == "placed" or _is_unpaid(order) for order in together)


def _is_unpaid(order: Order) -> bool:
    """Whether an order ended because its money was not to be had; what was on a floor by then ended by itself."""
    return order.state == "cancelled" and order.reason == DECLINED and order.released_at is None


async def _is_here(conn: Conn, whole: Whole, parcel: Parcel) -> bool:
    """Whether a parcel that is still to come has not been handed over."""
    if parcel.state != "released" or not whole.inside(parcel.parcel_no):
        return False
    return (await warehouse.task(conn, parcel.node_id, parcel.parcel_id)).state != "handed_over"
