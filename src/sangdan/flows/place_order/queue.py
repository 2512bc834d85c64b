"""Whose turn it is in a store: orders that came since the quote are picked first, and may make a date untrue."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sangdan.kit.db import Conn
from sangdan.offer.promise.model import Inputs, Unpicked, Way, overtaken
from sangdan.ship.warehouse import commands as warehouse

from .taken import Taken

# Nobody is promised a turn so far ahead.
FAR: Final = timedelta(days=400)


async def turned_away(conn: Conn, batch: Sequence[Taken], at: datetime) -> Mapping[int, list[str]]:
    """Orders of a batch that would be late at a store, or make others late there: by their position, at which stores.

    batch  no two orders at one store; the stores' queues stay locked until our transaction ends
    gives  nothing for an order that is in time
    """
    stores = sorted({store for taken in batch for store in taken.promise.slip.queues})
    if not stores:
        return {}
    queues = await lock_queues(conn, stores, at)
    away: dict[int, list[str]] = {}
    for number, taken in enumerate(batch):
        here = taken.promise.slip.queues
        late = late_at(taken.promise.facts, taken.promise.way, queues, here, at) if here else []
        if late:
            away[number] = late
    return away


async def lock_queues(conn: Conn, stores: Collection[str], at: datetime) -> Mapping[str, Sequence[Unpicked]]:
    """What stores have to pick, and nobody may add to it until our transaction ends."""
    node_ids = sorted(stores)
    if not node_ids:
        return {}
    await warehouse.line_up(conn, node_ids)
    queues: defaultdict[str, list[Unpicked]] = defaultdict(list)
    for each in await warehouse.unpicked(conn, node_ids, at + FAR):
        pack_by = None if each.pack_by is None else int(each.pack_by.timestamp())
        queues[each.node_id].append(Unpicked(int(each.hour_at.timestamp()), each.parcels, pack_by))
    return queues


def late_at(
    facts: Inputs, way: Way, queues: Mapping[str, Sequence[Unpicked]], stores: Collection[str], at: datetime
) -> list[str]:
    """Those of a way's stores where its turn makes it, or somebody before it, late."""
    return overtaken(facts, way, {store: queues.get(store, ()) for store in stores}, int(at.timestamp()))
