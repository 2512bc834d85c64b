"""Not on the shelf: the stock is corrected, and what is missing comes from elsewhere, or its price goes back.

A node that did not find something is not asked again for this order.
"""

from datetime import datetime
from typing import Final

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.kit.events import on
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders
from sangdan.ship.warehouse.events import ParcelPicked

from .source_again import source_again

REASON: Final = "not_on_shelf"


@on(ParcelPicked)
async def re_source(conn: Conn, picked: ParcelPicked, at: datetime) -> None:
    """What is missing is gone from the shelf, whoever has it elsewhere; a fact heard before changes nothing."""
    whole = await orders.read(conn, await orders.lock(conn, picked.order_id))
    if sum(part.left for part in whole.inside(picked.parcel_no)) <= picked.found_units:
        return
    await _correct(conn, picked, at)
    await source_again(conn, whole, {picked.parcel_no: picked.short}, REASON, "not_found", at)


async def _correct(conn: Conn, picked: ParcelPicked, at: datetime) -> None:
    """The shelf loses what is not on it; what was promised of an inbound that has not come goes back to that."""
    held = {each.reservation_id: each for each in await stock.held(conn, picked.order_id)}
    awaited = [s for s in picked.short if held[s.reservation_id].inbound_id is not None]
    await stock.let_go(conn, [replace(held[short.reservation_id], units=short.units) for short in awaited])
    gone = [(short.reservation_id, short.units) for short in picked.short if short not in awaited]
    await stock.lose(conn, picked.node_id, gone, str(picked.parcel_id), at)
