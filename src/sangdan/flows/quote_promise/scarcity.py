"""What a unit is worth more on one node than where it is worth least, in the basket's currency."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.offer.promise import queries as promises
from sangdan.offer.promise.model import Cell

from .exchange import Exchange

# Older prices are of shelves as they are no longer: when nobody prices any more, sources are chosen without.
BELIEVED: Final = timedelta(hours=24)


async def weighed(
    conn: Conn, cells: dict[str, list[Cell]], skus: Sequence[str], exchange: Exchange, at: datetime
) -> dict[str, list[Cell]]:
    """The cells, with the scarcity of those that have a price.

    cells  by node, of these SKUs
    """
    prices = await promises.scarcity(conn, skus, at - BELIEVED)
    if not prices:
        return cells
    await exchange.prepare(each.currency for each in prices)
    converted = {(each.node_id, each.sku): exchange.converted(each.price_minor, each.currency) for each in prices}
    minor = {cell: amount.amount_minor for cell, amount in converted.items() if amount is not None}
    return {
        node_id: [replace(cell, scarcity_minor=minor.get((node_id, cell.sku), 0)) for cell in there]
        for node_id, there in cells.items()
    }
