"""Not on the shelf: the stock is corrected, and what is missing comes from elsewhere, or its price goes back.

The node that did not find the units is not asked again for this order. A source that keeps the date the shopper was
given goes before one that does not; when none can keep it the date moves and the shopper is told; when there is no
source at all the units come off the order.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace
from psycopg import Rollback

from sangdan.kit.db import Conn
from sangdan.kit.events import on
from sangdan.kit.ids import derive
from sangdan.offer.promise.errors import NotForSale, NoWay
from sangdan.offer.promise.model import Inputs, Way, ways_of
from sangdan.offer.promise.model.answer import Parcel as Planned
from sangdan.offer.promise.model.basket import Basket, Wish
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import Held
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Parcel, Whole
from sangdan.pay.payments import commands as payments
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.errors import NodeFull
from sangdan.ship.warehouse.events import ParcelPicked
from sangdan.ship.warehouse.model import Short

from .picture import network_of
from .quote_promise import gather
from .release_order import tasks

REASON: Final = "not_on_shelf"


@on(ParcelPicked)
async def re_source(conn: Conn, picked: ParcelPicked, at: datetime) -> None:
    """All that is missing from one source, if any has it; else line by line."""
    if not picked.short:
        return
    whole = await orders.read(conn, await orders.lock(conn, picked.order_id))
    lost = [(short.reservation_id, short.units) for short in picked.short]
    await stock.lose(conn, picked.node_id, lost, str(picked.parcel_id), at)
    groups = [list(picked.short)] if len(picked.short) == 1 else [list(picked.short), *([s] for s in picked.short)]
    missing = list(picked.short)
    for group in groups:
        if all(short in missing for short in group) and await _move(conn, whole, picked, group, at):
            missing = [short for short in missing if short not in group]
            whole = await orders.read(conn, await orders.get(conn, picked.order_id))
    if missing:
        await _take_off(conn, whole, picked, missing, at)


async def _move(conn: Conn, whole: Whole, picked: ParcelPicked, shorts: Sequence[Short], at: datetime) -> bool:
    """Find these units elsewhere and hold them; False when nobody can give them."""
    before = next(parcel for parcel in whole.parcels if parcel.parcel_no == picked.parcel_no)
    found = await _ways(conn, whole, before, shorts, at)
    for facts, way in sorted(found, key=lambda each: _preferred(each[1], before)):
        if await _take(conn, whole, before, shorts, facts, way, at):
            return True
    return False


async def _ways(
    conn: Conn, whole: Whole, before: Parcel, shorts: Sequence[Short], at: datetime
) -> list[tuple[Inputs, Way]]:
    """How the same service could bring the units in one parcel, from nodes that have not failed this order."""
    if before.carrier_id is None:
        return []  # it waits at the counter of one store: no other store can fill it
    refusers = {before.node_id} | {
        parcel.node_id
        for parcel in whole.parcels
        if any(part.parcel_no == parcel.parcel_no and part.lost_units for part in whole.parcel_lines)
    }
    order = whole.order
    basket = Basket(
        wishes=tuple(Wish(short.sku, short.units, short.owner_id) for short in shorts),
        postcode=order.postcode,
        currency=order.currency,
        birth_year=await orders.birth_year(conn, order.shopper_id),
    )
    try:
        facts = await gather(conn, await network_of(conn), basket, at, without=frozenset(refusers))
    except (NotForSale, NoWay):
        return []
    facts = replace(facts, policy=replace(facts.policy, max_parcels=1))
    return [(facts, way) for way in ways_of(facts, before.service)]


def _preferred(way: Way, before: Parcel) -> tuple[bool, int, datetime]:
    """First those that keep the date, cheapest for the alliance first; then the soonest."""
    return way.promised_at > before.promised_at, way.cost_minor, way.promised_at


async def _take(
    conn: Conn, whole: Whole, before: Parcel, shorts: Sequence[Short], facts: Inputs, way: Way, at: datetime
) -> bool:
    """Hold a way's units and hour, and give its parcel to the floor; False, and nothing held, when it went meanwhile."""
    order_id, planned = whole.order.order_id, way.parcels[0]
    parcel_no = 1 + max(parcel.parcel_no for parcel in whole.parcels)
    parcel_id = derive(order_id, "parcel", parcel_no)
    capacity = next(node.parcels_per_hour for node in facts.nodes if node.node_id == planned.node_id)
    moved = False
    async with conn.transaction() as attempt:
        contents = await _hold(conn, order_id, parcel_no, planned, shorts, at)
        if contents is None or not await _claim(conn, planned, parcel_id, capacity):
            raise Rollback(attempt)
        kept = way.promised_at <= before.promised_at
        parcel = _parcel(whole, planned, parcel_no, parcel_id, before.promised_at if kept else way.promised_at)
        lost = [(before.parcel_no, short.reservation_id, short.units) for short in shorts]
        await orders.move_to(conn, whole, lost, parcel, contents, kept, at)
        after = await orders.read(conn, whole.order)
        await warehouse.release(conn, tasks(after, [parcel]))
        moved = True
    return moved


async def _hold(
    conn: Conn, order_id: UUID, parcel_no: int, planned: Planned, shorts: Sequence[Short], at: datetime
) -> list[tuple[int, int, UUID]] | None:
    """Hold each missing unit on the new node; None when one is gone."""
    contents: list[tuple[int, int, UUID]] = []
    for short in shorts:
        reservation_id = derive(order_id, "reservation", parcel_no, short.line_no, str(short.reservation_id))
        wanted = Held(
            planned.node_id, reservation_id, short.line_no, short.sku, short.owner_id, short.units, inbound_id=None
        )
        if not await stock.hold(conn, order_id, wanted, at):
            return None
        contents.append((short.line_no, short.units, reservation_id))
    return contents


async def _claim(conn: Conn, planned: Planned, parcel_id: UUID, capacity: int) -> bool:
    try:
        await warehouse.claim(conn, planned.node_id, parcel_id, planned.slot_at, capacity)
    except NodeFull:
        return False
    return True


def _parcel(whole: Whole, planned: Planned, parcel_no: int, parcel_id: UUID, promised_at: datetime) -> Parcel:
    """The new parcel; the shopper pays nothing for it."""
    return Parcel(
        order_id=whole.order.order_id,
        parcel_no=parcel_no,
        parcel_id=parcel_id,
        node_id=planned.node_id,
        operator_id=planned.operator_id,
        carrier_id=planned.carrier_id,
        service=planned.service,
        state="released",
        slot_at=planned.slot_at,
        ready_at=planned.ready_at,
        departs_at=planned.departs_at,
        promised_at=promised_at,
        probability_ppm=planned.probability_ppm,
        fee_minor=0,
        carrier_minor=planned.carrier_minor,
        weight_g=planned.weight_g,
        re_sourced=True,
    )


async def _take_off(conn: Conn, whole: Whole, picked: ParcelPicked, shorts: Sequence[Short], at: datetime) -> None:
    """Nobody has the units: they come off the order, and their price goes back to the shopper."""
    units: dict[int, int] = {}
    for short in shorts:
        units[short.line_no] = units.get(short.line_no, 0) + short.units
    parts = [(picked.parcel_no, short.reservation_id, short.units) for short in shorts]
    taken = await orders.shorten(conn, whole, units, parts, REASON, at)
    if taken.whole:
        await payments.call_off(conn, picked.order_id, REASON, at)
    elif taken.amount_minor > 0:
        await payments.request_refund(conn, picked.order_id, f"short:{picked.parcel_no}", taken.amount_minor, at)
