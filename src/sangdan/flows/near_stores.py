"""Where a shopper can go: the nearest stores, when they are open, and what is on their shelves."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import msgspec
import numpy as np

from sangdan.flows.picture import Shelves
from sangdan.flows.quote_promise import Wish
from sangdan.flows.quote_promise.atlas import atlas_of
from sangdan.flows.quote_promise.exchange import Exchange
from sangdan.flows.quote_promise.goods import Goods, read
from sangdan.flows.quote_promise.pick import PICKUP_WITHIN_M
from sangdan.kit.calendars import Window
from sangdan.kit.db import Conn
from sangdan.offer.network.model import Network, Node, Postcode
from sangdan.offer.promise.model import Cell

# A store that does not open within so long is not one to go to.
AHEAD: Final = timedelta(days=7)


class Door(msgspec.Struct, frozen=True):
    """A store that shoppers may go to.

    distance_m  as the crow flies, from the middle of the shopper's zone
    open        from when to when it is open: that has begun when the store is open now
    """

    node: Node
    distance_m: int
    open: Window


class StoreNear(msgspec.Struct, frozen=True):
    """A store that has something.

    units  on its shelf that can still be promised, >= 1; of a kit: whole ones
    """

    door: Door
    units: int


def doors_near(network: Network, place: Postcode, at: datetime) -> Iterator[Door]:
    """The stores that work and will open, nearest first; none that is too far to fetch anything there.

    place  of the shopper
    """
    atlas = atlas_of(network)
    distances_m = atlas.distances_m(place.zone_id)
    near = np.flatnonzero(distances_m <= PICKUP_WITHIN_M).tolist()
    for number in sorted(near, key=lambda number: int(distances_m[number])):
        node = atlas.nodes[number]
        if node.pickup and network.out(node.node_id, at) is None:
            windows = network.calendar(node.calendar_id).windows(at, at + AHEAD)
            if windows:
                yield Door(node, int(distances_m[number]), windows[0])


async def near_stores(
    conn: Conn,
    network: Network,
    sku: str,
    place: Postcode,
    at: datetime,
    *,
    most: int,
    shop_id: str | None = None,
    shelves: Shelves | None = None,
    currency: str = "KRW",
) -> list[StoreNear]:
    """The nearest stores that hold a unit of a SKU, which may be a kit.

    place    of the shopper
    most     stores at most, >= 1
    shop_id  whose shares of the shelves bound what there is; None: nobody's
    shelves  the picture of the stock; None: the database
    raises   SkuUnknown, NotForSale, NoRate
    """
    goods = await read(conn, [Wish(sku, 1)], Exchange(conn, currency, at), at, shop_id, shelves)
    having = (
        StoreNear(door, units)
        for door in doors_near(network, place, at)
        if door.node.node_id in goods.cells and (units := _whole(goods, door.node))
    )
    return list(islice(having, most))


def _whole(goods: Goods, node: Node) -> int:
    """How many units of one wish a node has on its shelf: of a kit, as many as its scarcest part allows."""
    wanted: Counter[tuple[str, str | None]] = Counter()
    for line in goods.lines:
        if line.temperature not in node.temperatures:
            return 0
        wanted[line.sku, line.seller_id] += line.units
    return min(_held(goods.cells, node.node_id, *part) // units for part, units in wanted.items())


def _held(cells: Mapping[str, Sequence[Cell]], node_id: str, sku: str, seller_id: str | None) -> int:
    return sum(cell.units for cell in cells[node_id] if cell.sku == sku and seller_id in (None, cell.owner_id))
