"""Facts of an order -> notices to its shopper. What they say is decided when they are due: see `send_notices`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.events import on
from sangdan.order.orders import commands as orders
from sangdan.order.orders.events import OrderAuthorised, OrderCancelled, OrderReduced, OrderRePromised
from sangdan.order.shoppers.events import ShopperErased
from sangdan.ship.delivery.events import ParcelDelivered
from sangdan.ship.warehouse.events import ParcelHandedOver
from sangdan.talk.notices import commands as notices
from sangdan.talk.notices.model import RE_PROMISED

from .pay_order import is_paid_for


@on(OrderAuthorised)
async def tell_placed(conn: Conn, paid: OrderAuthorised, at: datetime) -> None:
    """An order stands once its money is held; one that is declined at once is told of in one message."""
    together = await orders.together(conn, paid.order_id)
    if together:
        await _tell_bought(conn, together, at)
    else:
        await notices.note(conn, paid.order_id, "placed", "", "authorised", at)


@on(OrderCancelled)
async def tell_ended(conn: Conn, cancelled: OrderCancelled, at: datetime) -> None:
    """Nothing of the order will come; what it was bought with may have waited for its money alone."""
    await notices.note(conn, cancelled.order_id, "ended", "", cancelled.reason, at)
    await _tell_bought(conn, await orders.together(conn, cancelled.order_id), at)


async def _tell_bought(conn: Conn, together: Sequence[UUID], at: datetime) -> None:
    """A purchase is told of once, when the money of all of it is held that still stands."""
    bought = [await orders.get(conn, order_id) for order_id in together]
    if is_paid_for(bought) and any(order.state != "cancelled" for order in bought):
        await notices.note(conn, together[0], "placed", "", "authorised", at)


@on(OrderReduced)
async def tell_reduced(conn: Conn, reduced: OrderReduced, at: datetime) -> None:
    """Something will not come. The same fact heard again makes a notice with nothing new in it, which is not sent."""
    await notices.note(conn, reduced.order_id, "changed", at.isoformat(), reduced.reason, at)


@on(OrderRePromised)
async def tell_moved(conn: Conn, moved: OrderRePromised, at: datetime) -> None:
    """Who keeps the date they were given is not told where it comes from."""
    if not moved.kept:
        await notices.note(conn, moved.order_id, "changed", f"parcel-{moved.parcel_no}", moved.why or RE_PROMISED, at)


@on(ParcelHandedOver)
async def tell_on_its_way(conn: Conn, gone: ParcelHandedOver, at: datetime) -> None:
    """A carrier has it, or it waits for the shopper."""
    topic = "ready" if gone.carrier_id is None else "shipped"
    await notices.note(conn, gone.order_id, topic, gone.parcel_no, topic, at)


@on(ParcelDelivered)
async def tell_delivered(conn: Conn, arrived: ParcelDelivered, at: datetime) -> None:
    """It is at the door; who fetched it knows."""
    if arrived.carrier_id is not None:
        await notices.note(conn, arrived.order_id, "delivered", arrived.parcel_no, "delivered", at)


@on(ShopperErased)
async def forget(conn: Conn, gone: ShopperErased, at: datetime) -> None:
    """Even masked, no address of somebody who left is kept."""
    await notices.forget(conn, gone.shop_id, gone.shopper_id)
