"""A parcel leaves its node: the units are off the shelf, and it is on its way."""

from datetime import datetime

from sangdan.kit.db import Conn
from sangdan.kit.events import on
from sangdan.offer.promise import commands as promise
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.warehouse.events import ParcelHandedOver

from .deliver_parcel import outcome


@on(ParcelHandedOver)
async def ship(conn: Conn, gone: ParcelHandedOver, at: datetime) -> None:
    """What waits at the counter keeps its promise now; what a carrier has keeps it at the door.

    However late this is heard, it happened when the parcel left.
    """
    whole = await orders.read(conn, await orders.lock(conn, gone.order_id))
    parcel = whole.parcel(gone.parcel_no)
    if parcel.state != "released":
        return  # heard before
    parts = [(part.reservation_id, part.left) for part in whole.inside(gone.parcel_no)]
    await stock.ship(conn, gone.node_id, parts, gone.sscc, gone.at)
    await delivery.start(conn, gone.order_id, gone.parcel_id, gone.parcel_no, gone.carrier_id, gone.sscc, gone.at)
    await orders.parcel_became(conn, gone.order_id, gone.parcel_no, "shipped", gone.at)
    if gone.carrier_id is None:
        await promise.close(conn, outcome(whole.order, parcel, gone.at, gone.at))
