"""구매확정: the order is settled between the allies."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.events import drop_timer, due, on, set_timer
from sangdan.order.orders import commands as orders
from sangdan.order.orders.events import OrderDelivered


@on(OrderDelivered)
async def start_term(conn: Conn, arrived: OrderDelivered, at: datetime) -> None:
    """The dated term begins; a shopper who confirms earlier ends it."""
    order = await orders.get(conn, arrived.order_id)
    await set_timer(conn, "order.confirm", str(arrived.order_id), at + timedelta(days=order.confirm_days))


@due("order.confirm")
async def confirm_by_term(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """Nobody objected."""
    await orders.confirm(conn, UUID(key), at)


async def confirm(conn: Conn, order_id: UUID, at: datetime) -> None:
    """The shopper confirms; harmless twice.

    raises  NoSuchOrder, WrongState before everything has arrived
    """
    await orders.confirm(conn, order_id, at)
    await drop_timer(conn, "order.confirm", str(order_id))
