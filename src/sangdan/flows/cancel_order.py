"""An order is cancelled, in whole or in part: units, capacity and money go back in the same step."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.kit.events import drop_timer
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Cut, Whole
from sangdan.pay.payments import commands as payments
from sangdan.ship.warehouse import commands as warehouse


async def cancel(conn: Conn, order_id: UUID, reason: str, at: datetime, wish: Mapping[int, int] | None = None) -> Cut:
    """Cancel before release.

    reason  a code: 'shopper', 'payment_declined', ...
    wish    units by line number, >= 1; None for the whole order
    gives   what was cut
    raises  NoSuchOrder, NoSuchLine, WrongState once the order is released
    """
    whole, taken = await orders.cancel(conn, order_id, reason, at, wish)
    await give_back(conn, whole, taken)
    if taken.whole:
        await payments.call_off(conn, order_id, reason, at)
        await drop_timer(conn, "order.release", str(order_id))
    return taken


async def give_back(conn: Conn, whole: Whole, taken: Cut) -> None:
    """Units go back to where they were held, and the hours of parcels that became empty to their floors."""
    units = {reservation_id: n for _, reservation_id, n in taken.parts}
    held = [h for h in await stock.held(conn, whole.order.order_id) if h.reservation_id in units]
    await stock.let_go(conn, [replace(h, units=units[h.reservation_id]) for h in held])
    for parcel in whole.parcels:
        if parcel.parcel_no in taken.emptied:
            await warehouse.release_claim(conn, parcel.node_id, parcel.parcel_id)
