"""Several orders of a purchase are cancelled in one step: those that were asked for, or none."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.problems import Conflict
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import CANCELLABLE

from .cancel_order import cancel


class PartsMoved(Conflict):
    """An order is being prepared, or was cancelled, that was to be cancelled with those it was bought with."""

    code = "parts-moved"


async def cancel_purchase(
    conn: Conn, together: Sequence[UUID], wanted: Collection[UUID], reason: str, at: datetime
) -> list[UUID]:
    """Cancel orders of a purchase before any of them is released.

    together  all of the purchase, in its sequence: the one in which they are locked
    wanted    those that are to end, some of them
    gives     what was cancelled
    raises    PartsMoved with nothing cancelled, when one of them cannot be
    """
    held = [await orders.lock(conn, order_id) for order_id in together]
    ending = [order.order_id for order in held if order.order_id in wanted and order.state in CANCELLABLE]
    if not ending or len(ending) < len(set(wanted)):
        moved = [str(order_id) for order_id in wanted if order_id not in ending]
        raise PartsMoved("Not all of these orders can be cancelled any more; look at how each stands.", orders=moved)
    for order_id in ending:
        await cancel(conn, order_id, reason, at)
    return ending
