"""What would change, before anything does: open promises, crowded hours, and what shoppers would be offered."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from sangdan.flows.picture import network_of
from sangdan.flows.quote_promise import Basket, Wish, ask
from sangdan.kit.db import Conn
from sangdan.kit.problems import Problem
from sangdan.offer.network.model import Network
from sangdan.offer.promise.model import Way
from sangdan.offer.promise.ports import AS_CONFIGURED, Transit
from sangdan.order.orders import queries as orders
from sangdan.order.orders.queries import AskedFor, Planned
from sangdan.ship.warehouse import commands as warehouse

from .draft import DayDraft, Draft, LaneDraft, NodeDraft, WeekDraft, applied, lane_called, seal_of, standing
from .effects import Crowded, Moved, Shifted, crowded, moved, shifted

# More open parcels than this are not looked at one by one: the soonest tell enough.
MOST_PARCELS: Final = 20_000
# So many baskets are asked about twice.
BASKETS: Final = 12
AHEAD: Final = timedelta(days=14)


class Preview(msgspec.Struct, frozen=True):
    """What a change would do.

    nodes         that it concerns, by id
    looked_at     open parcels that were weighed; `more` when there are others behind them
    shifted       of those, what could not leave as planned, soonest first
    crowded       hours that would hold more than they may
    asked         how many baskets were asked about as things are, and as they would be
    moved         the ways of those baskets that would differ; counts says how many by kind
    seal          names the terms that were looked at: saving is refused once they are others
    """

    nodes: Sequence[str]
    looked_at: int
    more: bool
    shifted: Sequence[Shifted]
    crowded: Sequence[Crowded]
    asked: int
    moved: Sequence[Moved]
    counts: dict[str, int]
    seal: str


async def preview(conn: Conn, draft: Draft, at: datetime, *, transit: Transit = AS_CONFIGURED) -> Preview:
    """Weigh a change against all that is promised and a handful of what is asked; writes nothing.

    at       aware
    transit  knows how long parcels take
    raises   what `applied` raises
    """
    before = await network_of(conn)
    after = applied(draft, before)
    nodes = concerned_nodes(draft, before)
    parcels = [each for each in await orders.concerned(conn, nodes, MOST_PARCELS + 1) if _touches(draft, before, each)]
    looked_at = parcels[:MOST_PARCELS]
    hour_at = at.replace(minute=0, second=0, microsecond=0)
    slots = await warehouse.used_slots(conn, sorted(nodes), hour_at, at + AHEAD)
    baskets = await _baskets(conn, looked_at, nodes)
    ways = await _moved(conn, baskets, before, after, at, transit)
    return Preview(
        nodes=sorted(nodes),
        looked_at=len(looked_at),
        more=len(parcels) > MOST_PARCELS,
        shifted=shifted(looked_at, before, after),
        crowded=crowded(slots, before, after),
        asked=len(baskets),
        moved=ways,
        counts=dict(Counter(each.what for each in ways)),
        seal=seal_of(standing(draft, before)),
    )


def concerned_nodes(draft: Draft, network: Network) -> set[str]:
    """The nodes that a change concerns: itself, those that go by its calendar, those from which its lanes leave."""
    match draft:
        case NodeDraft():
            return {draft.node_id}
        case LaneDraft():
            zones = {lane_called(network, draft.lane_id).from_zone}
            return {node.node_id for node in network.nodes.values() if node.zone_id in zones}
        case WeekDraft() | DayDraft():
            known = draft.calendar_id
            lanes = (lane for each in network.lanes.values() for lane in each)
            zones = {lane.from_zone for lane in lanes if lane.calendar_id == known}
            nodes = network.nodes.values()
            return {node.node_id for node in nodes if node.calendar_id == known or node.zone_id in zones}


def _touches(draft: Draft, network: Network, parcel: Planned) -> bool:
    """Whether a parcel goes by what is changed."""
    if isinstance(draft, NodeDraft):
        return True
    lane = network.lane_of(parcel.node_id, parcel.postcode, parcel.service, parcel.carrier_id)
    if isinstance(draft, LaneDraft):
        return lane is not None and lane.lane_id == draft.lane_id
    calendars = {network.node(parcel.node_id).calendar_id, None if lane is None else lane.calendar_id}
    return draft.calendar_id in calendars


async def _baskets(conn: Conn, parcels: Sequence[Planned], nodes: Collection[str]) -> list[AskedFor]:
    """Of the orders that a change concerns the latest, and others besides until there are enough."""
    latest = sorted({each.order_id for each in parcels}, reverse=True)[:BASKETS]
    return await orders.asked_for(conn, latest, nodes, BASKETS)


async def _moved(
    conn: Conn, baskets: Collection[AskedFor], before: Network, after: Network, at: datetime, transit: Transit
) -> list[Moved]:
    found: list[Moved] = []
    for each in baskets:
        basket = Basket(
            wishes=tuple(
                Wish(sku, units, seller) for sku, seller, units in zip(each.skus, each.sellers, each.units, strict=True)
            ),
            postcode=each.postcode, currency=each.currency, shop_id=each.shop_id,
        )  # fmt: skip
        was = await _ways(conn, before, basket, at, transit)
        now = await _ways(conn, after, basket, at, transit)
        found += moved(each.order_id, each.postcode, was, now)
    return found


async def _ways(conn: Conn, network: Network, basket: Basket, at: datetime, transit: Transit) -> Sequence[Way]:
    """What a shopper would be offered; nothing where the answer would be a problem."""
    try:
        _, quote = await ask(conn, network, basket, at, transit=transit)
    except Problem:
        return ()
    return quote.ways
