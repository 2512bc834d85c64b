"""A shopper wants once more what they had: its goods go into the basket, and nothing else into the next order."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model.basket import wishes_of
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.model import Wished


async def order_again(conn: Conn, order_id: UUID, basket_id: UUID, at: datetime) -> int:
    """Fill a basket with what an order had; what was in it already waits for another time.

    gives   how many different goods of the order are still in the catalogue
    raises  NoSuchPromise, BasketFull
    """
    wished = wishes_of((await promises.taken_on(conn, order_id)).lines)
    units: dict[str, int] = {}
    for each in wished:
        units[each.sku] = units.get(each.sku, 0) + each.units
    known = await catalogue.known_skus(conn, sorted(units))
    await baskets.touch(conn, basket_id, at)
    for each in await baskets.wishes(conn, basket_id):
        if each.chosen and each.sku not in units:
            await baskets.put(conn, basket_id, replace(each, chosen=False), at)
    for sku in units:
        if sku in known:
            await baskets.put(conn, basket_id, Wished(sku, units[sku], chosen=True), at)
    return len(known)
