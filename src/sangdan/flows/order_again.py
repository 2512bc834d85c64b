"""A shopper wants once more what they had: its goods go into the basket, and nothing else into the next order."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model.basket import wishes_of
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.model import Wished


async def order_again(conn: Conn, order_ids: Sequence[UUID], basket_id: UUID, at: datetime) -> list[list[str]]:
    """Fill a basket with what orders had; what was in it already waits for another time.

    gives   for each order the SKUs that are still in the catalogue
    raises  NoSuchPromise, BasketFull
    """
    had: list[Counter[str]] = []
    for order_id in order_ids:
        units = Counter[str]()
        for each in wishes_of((await promises.taken_on(conn, order_id)).lines):
            units[each.sku] += each.units
        had.append(units)
    wanted = sum(had, Counter[str]())
    known = await catalogue.known_skus(conn, sorted(wanted))
    await baskets.touch(conn, basket_id, at)
    for each in await baskets.wishes(conn, basket_id):
        if each.chosen and each.sku not in wanted:
            await baskets.put(conn, basket_id, replace(each, chosen=False), at)
    for sku, units in wanted.items():
        if sku in known:
            await baskets.put(conn, basket_id, Wished(sku, units, chosen=True), at)
    return [[sku for sku in units if sku in known] for units in had]
