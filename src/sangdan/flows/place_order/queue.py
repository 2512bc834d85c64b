"""Whose turn it is in a store: orders that came since the quote are picked first, and may make a date untrue."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sangdan.kit.db import Conn
from sangdan.offer.promise.model import Unpicked, overtaken
from sangdan.ship.warehouse import commands as warehouse

from .taken import Taken

# By store, and in it by hour: parcels that wait to be picked.
Queues = dict[str, dict[int, int]]


async def turned_away(conn: Conn, batch: Sequence[Taken], at: datetime) -> Mapping[int, list[str]]:
    """Orders of a batch that a store's queue would make late, by their position: at which stores.

    batch  no two orders at one store
    gives  nobody who is not late. Whoever places at the same store, for whichever hour, waits for our end
    """
    stores = [queued_at(taken) for taken in batch]
    if not any(stores):
        return {}
    slots = [parcel.slot_at for taken, here in zip(batch, stores, strict=True) for parcel in taken.promise.way.parcels
             if parcel.node_id in here]  # fmt: skip
    queues = await _lined_up(conn, {each for here in stores for each in here}, max(slots) + timedelta(seconds=1))
    away: dict[int, list[str]] = {}
    for number, (taken, here) in enumerate(zip(batch, stores, strict=True)):
        if not here:
            continue
        late = overtaken(taken.promise.facts, taken.promise.way, _unpicked(queues, taken, here), int(at.timestamp()))
        if late:
            away[number] = late
    return away


def queued_at(taken: Taken) -> set[str]:
    """The stores, with a queue of their own, that an order comes from; in a batch each is at one order's alone."""
    sources = {parcel.node_id for parcel in taken.promise.way.parcels}
    return {
        node.node_id for node in taken.promise.facts.nodes if node.node_id in sources and (node.pickup or node.unpicked)
    }


async def _lined_up(conn: Conn, stores: Iterable[str], until: datetime) -> Queues:
    """What the stores have to pick, and nobody may add to it until our transaction ends."""
    node_ids = sorted(stores)
    await warehouse.line_up(conn, node_ids)
    queues: Queues = {node_id: defaultdict(int) for node_id in node_ids}
    for each in await warehouse.unpicked(conn, node_ids, until):
        queues[each.node_id][int(each.hour_at.timestamp())] += each.parcels
    return queues


def _unpicked(queues: Queues, taken: Taken, here: Iterable[str]) -> dict[str, list[Unpicked]]:
    """The queues as one order meets them: up to its own last hour."""
    last = max(int(parcel.slot_at.timestamp()) for parcel in taken.promise.way.parcels if parcel.node_id in here)
    return {
        node_id: [Unpicked(hour, parcels) for hour, parcels in sorted(queues[node_id].items()) if hour <= last]
        for node_id in here
    }
