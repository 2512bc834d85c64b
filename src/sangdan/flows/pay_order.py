"""The gateway has spoken: the order may go on, or ends here."""

from collections import Counter
from datetime import datetime
from typing import Final

from sangdan.kit.db import Conn
from sangdan.kit.events import on, set_timer
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Parcel, Whole
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.events import CallRefused, PaymentAuthorised, PaymentDeclined
from sangdan.ship.warehouse import commands as warehouse

from .cancel_order import cancel, give_back

DECLINED: Final = "payment_declined"


@on(PaymentAuthorised)
async def go_on(conn: Conn, paid: PaymentAuthorised, at: datetime) -> None:
    """Wait for the end of the time in which the shopper may cancel; a cancelled order's money goes back."""
    order = await orders.authorise(conn, paid.order_id, at)
    if order.state == "cancelled":
        await payments.call_off(conn, paid.order_id, "cancelled", at)
    else:
        await set_timer(conn, "order.release", str(paid.order_id), max(at, order.release_at))


@on(PaymentDeclined)
async def stop(conn: Conn, declined: PaymentDeclined, at: datetime) -> None:
    """Without money there is no order: everything held for it goes back."""
    order = await orders.get(conn, declined.order_id)
    if order.state == "placed":
        await cancel(conn, declined.order_id, DECLINED, at)


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


async def _is_here(conn: Conn, whole: Whole, parcel: Parcel) -> bool:
    """Whether a parcel that is still to come has not been handed over."""
    if parcel.state != "released" or not whole.inside(parcel.parcel_no):
        return False
    return (await warehouse.task(conn, parcel.node_id, parcel.parcel_id)).state != "handed_over"
