"""A node goes out of service: nothing is promised from it any more, and its open orders come from elsewhere.

The closing itself is one small step. What the node still had to make is then listed page by page, soonest first, and
each order is moved in a transaction of its own: a stop in between loses nothing, and running twice changes nothing.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.kit.events import due, set_timer
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.network import commands as networks
from sangdan.offer.network.model import Network, Outage, Trouble
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Parcel, Whole
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.model import Short

from .picture import network_of
from .source_again import everything_in, source_again

REASON: Final = "node_out"
PAGE: Final = 200  # parcels that are listed in one transaction
FIRST: Final = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


async def close(conn: Conn, node_id: str, reason: Trouble, until: datetime | None, at: datetime) -> Outage:
    """Take a node out of service, at once. Closing it again says its cause and its end anew, and looks over its orders.

    reason  what happened: decides which goods nobody may sell until somebody has looked at them
    until   when it will work again, None while nobody knows
    raises  NodeUnknown, OutageEndsBefore
    """
    outage = await networks.close(conn, node_id, reason, until, at)
    await set_timer(conn, "node.clear", node_id, at, {})
    return outage


async def reopen(conn: Conn, node_id: str, at: datetime, *, checked: bool = False) -> Outage | None:
    """Take a node back into service; what was moved from it stays where it is now.

    checked  somebody has looked at its goods: what is still on the books may be sold again
    gives    the outage that ended; None when only its quarantine did
    raises   OutageNone
    """
    return await networks.reopen(conn, node_id, at, checked=checked)


@due("node.clear")
async def clear(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """List a page of what a node has to make; each order's turn comes in a transaction of its own."""
    after = (datetime.fromisoformat(data["departs_at"]), UUID(data["parcel_id"])) if data else FIRST
    page = await orders.parcels_on(conn, key, after, PAGE)
    for order_id in dict.fromkeys(parcel.order_id for parcel in page):
        await set_timer(conn, "order.move", str(order_id), at)
    if len(page) == PAGE:
        last = page[-1]
        await set_timer(conn, "node.clear", key, at, {"departs_at": last.departs_at, "parcel_id": last.parcel_id})


@due("order.move")
async def move(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """Bring what an order's nodes cannot make from elsewhere. What left its floor meanwhile is left alone."""
    whole = await orders.read(conn, await orders.lock(conn, UUID(key)))
    network = await network_of(conn)
    skus = await catalogue.skus(conn, sorted({line.sku for line in whole.lines}))
    temperatures = {line.line_no: skus[line.sku].temperature for line in whole.lines}
    held = {each.reservation_id: each for each in await stock.held(conn, whole.order.order_id)}
    shorts: dict[int, list[Short]] = {}
    for parcel in whole.parcels:
        spoilt = _spoilt(network, whole, parcel, temperatures)
        if not _stranded(network, parcel, at) and not spoilt:
            continue
        if await warehouse.withdraw(conn, parcel.node_id, parcel.parcel_id, at, packed=spoilt):
            shorts[parcel.parcel_no] = everything_in(whole, parcel)
    gone = [(short.reservation_id, short.units) for each in shorts.values() for short in each]
    await stock.let_go(conn, [replace(held[reservation_id], units=units) for reservation_id, units in gone])
    await source_again(conn, whole, shorts, REASON, "node_out", at)


def _stranded(network: Network, parcel: Parcel, at: datetime) -> bool:
    """Whether its node cannot make a parcel in the hour that was kept for it."""
    outage = network.out(parcel.node_id, at)
    open_ = parcel.state in ("planned", "released")
    return open_ and outage is not None and (outage.until_at is None or parcel.slot_at < outage.until_at)


def _spoilt(network: Network, whole: Whole, parcel: Parcel, temperatures: Mapping[int, str]) -> bool:
    """Whether goods in a parcel are in quarantine, though it may be packed."""
    kept = network.node(parcel.node_id).temperatures
    open_ = parcel.state in ("planned", "released")
    return open_ and any(temperatures[part.line_no] not in kept for part in whole.inside(parcel.parcel_no))
