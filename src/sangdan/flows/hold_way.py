"""A whole way is held: its units and its places in the floors' hours, until it is taken, released or has run out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.kit.events import drop_timer, due, set_timer
from sangdan.kit.ids import derive
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.model import Parcel, places
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import Held
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.model import HeldPlace, HeldUnits, Hold
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.errors import NodeFull

from .check_nodes import check_nodes
from .place_order import Buyer, PromiseTaken, Short, StockGone, Taken
from .place_order.queue import turned_away

TIMER = "baskets.hold"


async def hold(
    conn: Conn, token: str, client_id: str, shop_id: str, hold_s: int, secret: bytes, at: datetime, *, most: int
) -> Hold:
    """Keep a promise's way for a shopper. It never outlives the promise itself.

    token    as it was handed out to this client
    shop_id  the ally whose shop asks, and takes from its shares
    hold_s   for how long, >= 1
    secret   the alliance's promise key
    most     promises that this client may hold at a time, >= 1
    raises   PromiseAltered, PromiseForeign, PromiseExpired, PromiseOutdated, PromiseTaken, TooManyHolds, HeldAlready,
             NodeOut, and StockGone when goods, hour or turn went in between: the caller rolls back
    """
    opened = promises.open_(token, client_id, at, secret)
    until = min(at + timedelta(seconds=hold_s), opened.way.expires_at)
    order_id = derive(opened.promise_id, "order")
    if await promises.given(conn, order_id) is not None:
        raise PromiseTaken(
            f"This promise was taken by order {order_id}; ask again for another.", order_id=str(order_id)
        )
    await _end_what_ran_out(conn, order_id, at)
    held = await baskets.open_(conn, order_id, client_id, token, until, most, at)
    wanted = sorted(_units(opened, held), key=_shelf)
    await check_nodes(conn, [(each.node_id, each.sku) for each in wanted], at)
    taken = Taken(order_id=order_id, buyer=Buyer(client_id, shop_id, ""), promise=opened, release_at=at, confirm_days=0)
    short: list[Short] = [
        {"what": "turn", "node_id": node_id}
        for stores in (await turned_away(conn, [taken], at)).values() for node_id in stores
    ]  # fmt: skip
    short += [
        {"what": "shelf" if each.inbound_id is None else "inbound", "node_id": each.node_id, "sku": each.sku}
        for each in wanted if not await stock.keep(conn, each, until, shop_id, at)
    ]  # fmt: skip
    kept, full = await _places(conn, opened, held)
    short += full
    if short:
        names = ", ".join(sorted({each.get("sku", each["node_id"]) for each in short}))
        raise StockGone(f"Somebody else was faster: {names} cannot be held any more.", short=short)
    units = tuple(HeldUnits(each.node_id, each.reservation_id) for each in wanted)
    held = replace(held, units=units, places=tuple(kept))
    await baskets.fill(conn, held)
    await set_timer(conn, TIMER, str(order_id), until, {})
    return held


async def release(conn: Conn, hold_id: UUID, client_id: str, at: datetime) -> None:
    """The shopper does not want it: everything is free again.

    raises  NoSuchHold
    """
    await _give_back(conn, await baskets.stands(conn, hold_id, client_id, at), "released")


async def end(conn: Conn, hold_id: UUID, client_id: str, at: datetime) -> str:
    """The shopper takes it: what was held is free for the order that is placed in the same transaction.

    gives   the way's token
    raises  NoSuchHold
    """
    held = await baskets.stands(conn, hold_id, client_id, at)
    # Whoever places stands in line before they look at shelves.
    await warehouse.line_up(conn, sorted({place.node_id for place in held.places if place.queued}))
    await _give_back(conn, held, "taken")
    return held.token


async def token_of(conn: Conn, hold_id: UUID, client_id: str, at: datetime) -> str:
    """The token of a way that stands held, to open before its order is placed with `end`.

    raises  NoSuchHold
    """
    return (await baskets.stands(conn, hold_id, client_id, at)).token


@due(TIMER)
async def expire(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """A hold runs out; nothing to do when it ended before, or was begun anew meanwhile."""
    await _end_what_ran_out(conn, UUID(key), at)


async def _end_what_ran_out(conn: Conn, hold_id: UUID, at: datetime) -> None:
    held = await baskets.locked(conn, hold_id)
    if held is not None and held.expires_at <= at:
        await _give_back(conn, held, "expired")


async def _give_back(conn: Conn, held: Hold, state: str) -> None:
    """Shelves first and then hours, each in the order in which they were taken."""
    for part in held.units:
        await stock.end(conn, part.node_id, part.reservation_id, "expired" if state == "expired" else "released")
    for place in held.places:
        await warehouse.release_claim(conn, place.node_id, place.parcel_id)
    await baskets.end(conn, held.order_id, state)
    if state != "expired":
        await drop_timer(conn, TIMER, str(held.order_id))


def _units(opened: Opened, held: Hold) -> Iterator[Held]:
    """What the way takes of each shelf and inbound; lines of one cell are held apart, as their order will."""
    lines = {line.line_no: line for line in opened.way.lines}
    for parcel in opened.way.parcels:
        for part in parcel.contents:
            named = derive(held.order_id, "hold", held.turn, parcel.parcel_no, part.line_no, part.inbound_id or "")
            line = lines[part.line_no]
            yield Held(
                parcel.node_id, named, part.line_no, line.sku, line.seller_id, part.units, part.inbound_id
            )  # fmt: skip


def _shelf(wanted: Held) -> tuple[bool, str, str, str, str, int | None]:
    """Shelves before dated supply, each in the order in which everybody locks them."""
    due_id = wanted.inbound_id or ""
    return wanted.inbound_id is not None, wanted.node_id, due_id or wanted.sku, wanted.owner_id, due_id, wanted.line_no


async def _places(conn: Conn, opened: Opened, held: Hold) -> tuple[list[HeldPlace], list[Short]]:
    """Take the parcels' places in their floors' hours; gives them, and what was full."""
    most = {node.node_id: node.parcels_per_hour for node in opened.facts.nodes}
    pack_by = {
        parcel.parcel_no: None if place.pack_by is None else datetime.fromtimestamp(place.pack_by, UTC)
        for parcel, (_, place) in zip(opened.way.parcels, places(opened.facts, opened.way), strict=True)
    }
    kept: list[HeldPlace] = []
    full: list[Short] = []
    for parcel in sorted(opened.way.parcels, key=_hour):
        named = derive(held.order_id, "held parcel", held.turn, parcel.parcel_no)
        try:
            await warehouse.claim(
                conn, parcel.node_id, named, parcel.slot_at, most[parcel.node_id], pack_by[parcel.parcel_no]
            )
        except NodeFull:
            full.append({"what": "capacity", "node_id": parcel.node_id, "hour_at": parcel.slot_at.isoformat()})
        else:
            kept.append(HeldPlace(parcel.node_id, named, parcel.node_id in opened.slip.queues))
    return kept, full


def _hour(parcel: Parcel) -> tuple[str, datetime]:
    return parcel.node_id, parcel.slot_at
