"""What is in a shopper's basket, as it is today: names, prices, what is left; and what has vanished meanwhile."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.model import Displayed, Sku
from sangdan.offer.stock import commands as stock
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.model import Wished

from .quote_promise import Wish
from .quote_promise.exchange import Exchange

CURRENCY: Final = "KRW"


class Good(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a basket.

    picture         name of the product's picture, None without one
    price_minor     of one unit at its cheapest seller, VAT included; None when nobody sells it now
    left            units that can be promised somewhere now; None where that says nothing, as of a kit
    """

    sku: str
    product_id: str
    name_ko: str
    name_en: str
    picture: str | None
    units: int
    chosen: bool
    price_minor: int | None
    left: int | None
    temperature: str
    age_limit: int
    pickup_only: bool

    @property
    def is_there(self) -> bool:
        """Whether it can be ordered at all today."""
        return self.price_minor is not None and (self.left is None or self.left > 0)

    @property
    def sum_minor(self) -> int:
        """What the line comes to."""
        return self.units * (self.price_minor or 0)


class InBasket(msgspec.Struct, frozen=True):
    """A basket as it is today.

    vanished  SKUs that the catalogue does not know any more
    """

    currency: str
    goods: tuple[Good, ...]
    vanished: tuple[str, ...]

    @property
    def next_order(self) -> list[Good]:
        """What goes into the next order."""
        return [good for good in self.goods if good.chosen and good.is_there]

    @property
    def goods_minor(self) -> int:
        """What the goods of the next order come to."""
        return sum(good.sum_minor for good in self.next_order)

    @property
    def age_limit(self) -> int:
        """The age that whoever orders all of it must have."""
        return max((good.age_limit for good in self.next_order), default=0)

    @property
    def wishes(self) -> tuple[Wish, ...]:
        """The next order, as a question to the promise."""
        return tuple(Wish(good.sku, good.units) for good in self.next_order)


async def look(conn: Conn, basket_id: UUID | None, at: datetime) -> InBasket:
    """A basket as it is at an instant; None is an empty one."""
    wished = [] if basket_id is None else await baskets.wishes(conn, basket_id)
    known = await catalogue.known_skus(conn, [each.sku for each in wished])
    there = [each for each in wished if each.sku in known]
    skus = await catalogue.skus(conn, [each.sku for each in there])
    shown = await catalogue.displayed(conn, sorted({sku.product_id for sku in skus.values()}), at)
    pictures = {each.product_id: each.picture for each in shown}
    prices = await _cheapest(conn, shown, at)
    left: defaultdict[str, int] = defaultdict(int)
    for cell in await stock.available(conn, sorted(skus)):
        left[cell.sku] += cell.units
    goods = (_good(each, skus[each.sku], pictures, prices, left) for each in there)
    return InBasket(CURRENCY, tuple(goods), tuple(each.sku for each in wished if each.sku not in known))


async def _cheapest(conn: Conn, shown: Sequence[Displayed], at: datetime) -> dict[str, int]:
    """What a unit of each SKU costs at its cheapest seller; nothing of what nobody sells."""
    exchange = Exchange(conn, CURRENCY, at)
    await exchange.prepare(each.currency for each in shown if each.currency is not None)
    prices: dict[str, int] = {}
    for each in shown:
        if each.price_minor is None or each.currency is None:
            continue
        price = exchange.converted(each.price_minor, each.currency)
        if price is not None:
            prices[each.sku] = min(price.amount_minor, prices.get(each.sku, price.amount_minor))
    return prices


def _good(
    wished: Wished, sku: Sku, pictures: dict[str, str | None], prices: dict[str, int], left: dict[str, int]
) -> Good:
    return Good(
        sku=sku.sku,
        product_id=sku.product_id,
        name_ko=sku.name_ko,
        name_en=sku.name_en,
        picture=pictures.get(sku.product_id),
        units=wished.units,
        chosen=wished.chosen,
        price_minor=prices.get(sku.sku),
        left=None if sku.is_kit else left.get(sku.sku, 0),
        temperature=sku.temperature,
        age_limit=sku.age_limit,
        pickup_only=sku.pickup_only,
    )
