"""The gateway has spoken: the order may go on, or ends here."""

from datetime import datetime

from sangdan.kit.db import Conn
from sangdan.kit.events import on, set_timer
from sangdan.order.orders import commands as orders
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.events import PaymentAuthorised, PaymentDeclined

from .cancel_order import cancel


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
        await cancel(conn, declined.order_id, "payment_declined", at)
