"""A lane closes, or a carrier with all of its lanes: nothing is promised by it, and what was to leave by it takes
another way.

Whatever can keep its date does; what nobody else can bring at all stays where it is and waits for the lane. The closing
itself is one small step; what was to leave is then listed page by page, and each order is moved in a transaction of its
own: a stop in between loses nothing, and running twice changes nothing. Whoever took a promise before the closing and
places it afterwards is moved as soon as it is placed.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.events import drop_timer, due, on, set_timer
from sangdan.offer.network import commands as networks
from sangdan.offer.network.errors import ClosingNone
from sangdan.offer.network.model import Closing, Hindrance, Lane, Network, Scope
from sangdan.order.orders import commands as orders
from sangdan.order.orders.events import OrderPlaced
from sangdan.order.orders.model import Parcel, ParcelBy, Whole

from .picture import network_of
from .source_again import another_way, told

PAGE: Final = 200  # parcels that are listed in one transaction
FIRST: Final = ("", datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


async def close(
    conn: Conn, scope: Scope, closed_id: str, reason: Hindrance, until: datetime | None, at: datetime
) -> Closing:
    """Close a lane or a carrier, at once. Again says its cause and its end anew, and looks over its orders.

    until   when it opens again by itself, None while nobody knows
    raises  LaneUnknown, ClosingEndsBefore
    """
    closing = await networks.close_lanes(conn, scope, closed_id, reason, until, at)
    await set_timer(conn, "lane.clear", _key(scope, closed_id), at, {})
    if until is None:
        await drop_timer(conn, "lane.open", _key(scope, closed_id))
    else:
        await set_timer(conn, "lane.open", _key(scope, closed_id), until)
    return closing


async def reopen(conn: Conn, scope: Scope, closed_id: str, at: datetime) -> Closing:
    """Open a lane or a carrier again; what took another way stays on it.

    gives   the closing that ended
    raises  ClosingNone
    """
    await drop_timer(conn, "lane.open", _key(scope, closed_id))
    return await networks.reopen_lanes(conn, scope, closed_id, at)


@due("lane.open")
async def open_in_time(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """The end that was said has come; somebody may have opened it before."""
    scope, closed_id = _named(key)
    try:
        await networks.reopen_lanes(conn, scope, closed_id, at)
    except ClosingNone:
        return


@due("lane.clear")
async def clear(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """List a page of what was to leave; each order's turn comes in a transaction of its own."""
    scope, closed_id = _named(key)
    network = await network_of(conn)
    lanes = [lane for each in network.lanes.values() for lane in each if _covers(scope, closed_id, lane)]
    if not lanes:
        return
    zones = {lane.from_zone for lane in lanes}
    nodes = sorted(node.node_id for node in network.nodes.values() if node.zone_id in zones)
    after = (data["node_id"], datetime.fromisoformat(data["departs_at"]), UUID(data["parcel_id"])) if data else FIRST
    carrier_id = lanes[0].carrier_id
    page = await orders.parcels_by(conn, carrier_id, nodes, after, PAGE)
    stranded = [each.order_id for each in page if _closed(network, each, each.postcode, carrier_id)]
    for order_id in dict.fromkeys(stranded):
        await set_timer(conn, "order.reroute", str(order_id), at)
    if len(page) == PAGE:
        last = page[-1]
        reached = {"node_id": last.node_id, "departs_at": last.departs_at, "parcel_id": last.parcel_id}
        await set_timer(conn, "lane.clear", key, at, reached)


@on(OrderPlaced)
async def look_at(conn: Conn, placed: OrderPlaced, at: datetime) -> None:
    """An order that was promised before a closing, and placed after it, takes another way at once."""
    if not (await network_of(conn)).closings:
        return
    await set_timer(conn, "order.reroute", str(placed.order_id), at)


@due("order.reroute")
async def reroute(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """Bring by another way what an order's lanes cannot. What left its floor meanwhile is left alone."""
    whole = await orders.read(conn, await orders.lock(conn, UUID(key)))
    network = await network_of(conn)
    moved: list[Parcel] = []
    late = False
    for parcel in _stranded(network, whole):
        instead = await another_way(conn, whole, parcel, at)
        moved += instead
        late = late or any(each.promised_at > parcel.promised_at for each in instead)
    await told(conn, whole, moved, at, kept=not late)


def _stranded(network: Network, whole: Whole) -> Sequence[Parcel]:
    still = [parcel for parcel in whole.parcels if parcel.state in ("planned", "released")]
    return [each for each in still if _closed(network, each, whole.order.postcode, each.carrier_id)]


def _closed(network: Network, listed: Parcel | ParcelBy, postcode: str, carrier_id: str | None) -> bool:
    """Whether a parcel finds its lane closed when it is to depart."""
    lane = network.lane_of(listed.node_id, postcode, listed.service, carrier_id)
    closing = None if lane is None else network.closed(lane)
    return closing is not None and (closing.until_at is None or listed.departs_at < closing.until_at)


def _covers(scope: Scope, closed_id: str, lane: Lane) -> bool:
    return closed_id == (lane.lane_id if scope == "lane" else lane.carrier_id)


def _key(scope: Scope, closed_id: str) -> str:
    return f"{scope}:{closed_id}"


def _named(key: str) -> tuple[Scope, str]:
    scope, _, closed_id = key.partition(":")
    return ("lane" if scope == "lane" else "carrier"), closed_id
