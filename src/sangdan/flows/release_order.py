"""The time to cancel is over: the order goes to the floors, and the money is taken."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.events import due
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Parcel, Whole
from sangdan.pay.payments import commands as payments
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.model import Wanted, WantedLine


@due("order.release")
async def release(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """Each parcel becomes a task on its node, and what is due of the held money is captured.

    An order that already left, or was cancelled, is left alone.
    """
    whole = await orders.release(conn, UUID(key), at)
    if whole is None:
        return
    await warehouse.release(conn, tasks(whole, [p for p in whole.parcels if p.state == "planned"]))
    await payments.request_capture(conn, whole.order.order_id, whole.order.due_minor, at)


def tasks(whole: Whole, parcels: Sequence[Parcel]) -> list[Wanted]:
    """What the floors are asked to make ready: these parcels of an order, with what is left in them."""
    lines = {line.line_no: line for line in whole.lines}
    return [
        Wanted(
            node_id=parcel.node_id,
            parcel_id=parcel.parcel_id,
            order_id=parcel.order_id,
            parcel_no=parcel.parcel_no,
            carrier_id=parcel.carrier_id,
            service=parcel.service,
            due_at=parcel.departs_at,
            lines=tuple(
                WantedLine(
                    line_no=part.line_no,
                    reservation_id=part.reservation_id,
                    sku=lines[part.line_no].sku,
                    owner_id=lines[part.line_no].seller_id,
                    units=part.left,
                )
                for part in whole.inside(parcel.parcel_no)
            ),
        )
        for parcel in parcels
    ]
