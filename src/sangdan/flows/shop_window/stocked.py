"""What lies where of the goods of a list, as columns: from the picture in memory, or from the database."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
import numpy as np

from sangdan.flows.picture import Shelves
from sangdan.flows.quote_promise.atlas import Atlas
from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.promise.model.prune import Numbers
from sangdan.offer.stock import commands as stock


class Stocked(msgspec.Struct, frozen=True, eq=False):
    """A row for each SKU, node and owner with units that can be promised.

    sku    by row: its place among those asked for
    node   by row: its number in the atlas
    price  by row: what the owner asks for one unit
    units  by row, >= 1
    due    places of SKUs of which supply was announced
    """

    sku: Numbers
    node: Numbers
    price: Numbers
    units: Numbers
    due: Collection[int]


Rows = list[tuple[int, str, str, int]]
# By place of a SKU and seller: what is asked.
Prices = Mapping[tuple[int, str], int]


async def stocked(
    conn: Conn, skus: Sequence[str], kits: Collection[str], prices: Prices, shop_id: str | None, atlas: Atlas,
    shelves: Shelves | None,
) -> Stocked:  # fmt: skip
    """Look the goods up.

    skus     each once
    kits     those of them that are sold from their parts
    shop_id  whose shares bound what there is
    shelves  the picture; None: the database is asked for everything
    """
    swept = None if shelves is None else shelves.sweep(skus)
    if swept is None:
        rows = await _asked(conn, skus, range(len(skus)), shop_id)
        found = _columns(rows, prices, atlas)
    else:
        number = np.array([atlas.number.get(node_id, -1) for node_id in swept.nodes] or [-1], np.int64)
        price = np.full((len(skus), len(swept.owners) or 1), -1, np.int64)
        place = {owner_id: each for each, owner_id in enumerate(swept.owners)}
        for (sku, seller_id), asked in prices.items():
            if seller_id in place:
                price[sku, place[seller_id]] = asked
        found = _kept(swept.sku, number[swept.node], price[swept.sku, swept.owner], swept.units, swept.due)
        if swept.shared:
            rows = await _asked(conn, skus, swept.shared, shop_id)
            found = _joined(found, _columns(rows, prices, atlas))
    if kits:
        rows = await _of_kits(conn, skus, kits, prices, shop_id)
        found = _joined(found, _columns(rows, prices, atlas))
    return found


def _kept(sku: Numbers, node: Numbers, price: Numbers, units: Numbers, due: Collection[int]) -> Stocked:
    """What somebody sells from a node that is known."""
    good = (node >= 0) & (price >= 0)
    return Stocked(sku[good], node[good], price[good], units[good], due)


def _columns(rows: Rows, prices: Prices, atlas: Atlas) -> Stocked:
    told = [
        (sku, atlas.number.get(node_id, -1), prices.get((sku, owner_id), -1), units)
        for sku, node_id, owner_id, units in rows
    ]
    sku, node, price, units = np.array(told, np.int64).reshape(-1, 4).T
    return _kept(sku, node, price, units, ())


def _joined(some: Stocked, more: Stocked) -> Stocked:
    return Stocked(
        np.concatenate([some.sku, more.sku]), np.concatenate([some.node, more.node]),
        np.concatenate([some.price, more.price]), np.concatenate([some.units, more.units]), {*some.due, *more.due},
    )  # fmt: skip


async def _asked(conn: Conn, skus: Sequence[str], places: Collection[int], shop_id: str | None) -> Rows:
    """Cells of the SKUs at some places, as the database has them, within the shop's shares."""
    place = {skus[each]: each for each in places}
    cells = await stock.available(conn, list(place))
    units = {(cell.sku, cell.node_id, cell.owner_id): cell.units for cell in cells}
    for share in await stock.shares(conn, shop_id, list(place)) if shop_id is not None else ():
        key = share.sku, share.node_id, share.owner_id
        units[key] = min(units.get(key, 0), share.units)
    return [(place[sku], node_id, owner_id, many) for (sku, node_id, owner_id), many in units.items() if many > 0]


async def _of_kits(conn: Conn, skus: Sequence[str], kits: Collection[str], prices: Prices, shop_id: str | None) -> Rows:
    """Kits that can be put together at one node from the parts of one who sells the kit."""
    parts = await catalogue.kit_parts(conn, sorted(kits))
    codes = sorted({part.sku for part in parts})
    there = {
        (codes[sku], node_id, owner_id): units
        for sku, node_id, owner_id, units in await _asked(conn, codes, range(len(codes)), shop_id)
    }
    rows: Rows = []
    for place, kit in ((skus.index(kit), kit) for kit in sorted(kits)):
        needed = [part for part in parts if part.kit_sku == kit]
        for node_id, owner_id in sorted({(node_id, owner_id) for _, node_id, owner_id in there}):
            many = min((there.get((part.sku, node_id, owner_id), 0) // part.units for part in needed), default=0)
            if many > 0 and (place, owner_id) in prices:
                rows.append((place, node_id, owner_id, many))
    return rows
