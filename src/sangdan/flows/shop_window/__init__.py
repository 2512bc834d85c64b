"""Products as a list shows them: price, stock and date of many in one go, over every node.

What reaches a place is worked out once a minute; what lies on the shelves is as fresh as the picture in memory; prices
are those of the instant. The promise is asked when one product is looked at, and decides.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

import numpy as np

from sangdan.flows.learn_transit import Shelf
from sangdan.flows.picture import Shelves
from sangdan.flows.quote_promise.atlas import TEMPERATURES, atlas_of
from sangdan.flows.quote_promise.exchange import Exchange
from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.model import Content, Displayed, unit_price
from sangdan.offer.network.model import Network
from sangdan.offer.promise.ports import Transit
from sangdan.offer.reviews import commands as reviews
from sangdan.offer.reviews.model import Rating

from .card import Card, CardWay, Looker, State
from .choose import Wares, ways
from .lists import Sort, listed
from .outlook import Outlook, outlook_of
from .stocked import Stocked, stocked

__all__ = ["Card", "CardWay", "Looker", "Sort", "State", "cards", "goods_page"]

# From so many units on, nobody counts them.
PLENTY: Final = 10
_learned: dict[tuple[str, int, str], Shelf] = {}


def learned_of(conn: Conn) -> Shelf:
    """Where what was learned of a database's transit times is kept."""
    info = conn.info
    return _learned.setdefault((info.host, info.port, info.dbname), Shelf())


async def cards(
    conn: Conn,
    network: Network,
    looker: Looker,
    product_ids: Sequence[str],
    shelves: Shelves | None = None,
    transit: Transit | None = None,
) -> list[Card]:
    """Cards of products, in the order asked for; those that do not exist are left out.

    product_ids  each once
    shelves      the picture of the stock; None: the database
    transit      knows how long parcels take; None: what was learned of this database's
    """
    atlas = atlas_of(network)
    rows = await catalogue.displayed(conn, product_ids, looker.at)
    rated = await reviews.ratings(conn, product_ids)
    knows = transit if transit is not None else await learned_of(conn).transit(conn, looker.at)
    outlook = await outlook_of(conn, network, looker, atlas, knows)
    exchange = Exchange(conn, looker.currency, looker.at)
    await exchange.prepare(row.currency for row in rows if row.currency is not None)
    goods = [next(same) for _, same in groupby(rows, lambda row: row.sku)]
    place = {row.sku: number for number, row in enumerate(goods)}
    prices: dict[tuple[int, str], int] = {}
    for row in rows:
        if row.seller_id is None or row.currency is None or row.price_minor is None:
            continue
        if (price := exchange.converted(row.price_minor, row.currency)) is not None:
            prices[place[row.sku], row.seller_id] = price.amount_minor
    kits = [row.sku for row in goods if row.is_kit]
    found = await stocked(conn, [row.sku for row in goods], kits, prices, looker.shop_id, atlas, shelves)
    shop = _Shop(looker, outlook, goods, prices, found)
    made = {
        product_id: shop.card(list(same), rated.get(product_id))
        for product_id, same in groupby(range(len(goods)), lambda number: goods[number].product_id)
    }
    return [made[product_id] for product_id in product_ids if product_id in made]


async def goods_page(
    conn: Conn,
    network: Network,
    looker: Looker,
    category: str | None,
    *,
    sort: Sort = "rated",
    skip: int = 0,
    limit: int = 20,
    shelves: Shelves | None = None,
    transit: Transit | None = None,
) -> tuple[list[Card], int | None]:
    """A page of a category and of those below it.

    category  a path like fresh/fruit; None: all goods
    skip      so many products come before
    limit     >= 1
    gives     the cards, and what to skip for the next page, None on the last
    """
    product_ids = await listed(conn, category, sort, looker.at)
    page = product_ids[skip : skip + limit]
    more = skip + limit if len(product_ids) > skip + limit else None
    return await cards(conn, network, looker, page, shelves, transit), more


class _Shop:
    """One list's goods, with what was found of them."""

    def __init__(
        self,
        looker: Looker,
        outlook: Outlook,
        goods: Sequence[Displayed],
        prices: Mapping[tuple[int, str], int],
        found: Stocked,
    ) -> None:
        self._looker = looker
        self._outlook = outlook
        self._goods = goods
        cold = np.array([TEMPERATURES.index(row.temperature) for row in goods], np.int64)
        wares = Wares(
            weight_g=np.array([row.weight_g for row in goods], np.int64),
            cold=cold,
            pickup_only=np.array([row.pickup_only for row in goods], np.bool_),
        )
        self._ways = ways(outlook, wares, found)
        reached = outlook.reached[cold[found.sku], found.node] if len(goods) else np.zeros(0, np.bool_)
        self._left = np.bincount(found.sku[reached], found.units[reached], len(goods)).astype(np.int64)
        self._due = frozenset(found.due)
        self._offers = _by_sku(prices)
        self._there = {
            (int(sku), int(price)) for sku, price in zip(found.sku[reached], found.price[reached], strict=True)
        }

    def card(self, skus: Sequence[int], rating: Rating | None) -> Card:
        """The card of one product.

        skus  places of its SKUs, at least one
        """
        number, price, seller_id = min((self._best(sku) for sku in skus), key=self._rank)
        row, ways = self._goods[number], tuple(self._ways[number])
        left = int(self._left[number])
        here = left > 0 and (bool(ways) or self._looker.place is None)
        state: State = ("few" if left < PLENTY else "in_stock") if here else "sold_out"
        if not here and any(sku in self._due for sku in skus):
            state = "coming"
        seller = None if seller_id is None else self._outlook.partners.get(seller_id)
        told = None
        if price is not None and row.amount is not None and row.unit is not None and row.per is not None:
            told = unit_price(price, Content(row.sku, row.amount, row.unit, row.per))
        return Card(
            product_id=row.product_id,
            category=row.category,
            name_ko=row.name_ko,
            name_en=row.name_en,
            brand=row.brand,
            picture=row.picture,
            sku=row.sku,
            skus=len(skus),
            seller_id=seller_id,
            seller_ko=None if seller is None else seller.name_ko,
            seller_en=None if seller is None else seller.name_en,
            currency=self._looker.currency,
            price_minor=price,
            unit_price=told,
            stars_milli=None if rating is None else rating.stars_milli,
            reviews=0 if rating is None else rating.reviews,
            age_limit=row.age_limit,
            pickup_only=row.pickup_only,
            temperature=row.temperature,
            state=state,
            left=left if state == "few" else None,
            ways=ways,
        )

    def _best(self, sku: int) -> tuple[int, int | None, str | None]:
        """What the cheapest who has it asks for a SKU; the cheapest of all when nobody has it."""
        offers = self._offers.get(sku, [])
        having = [offer for offer in offers if (sku, offer[0]) in self._there]
        price, seller_id = min(having or offers, default=(None, None))
        return sku, price, seller_id

    def _rank(self, best: tuple[int, int | None, str | None]) -> tuple[bool, bool, int, int]:
        sku, price, _ = best
        there = bool(self._left[sku]) and (bool(self._ways[sku]) or self._looker.place is None)
        return not there, price is None, price or 0, sku


def _by_sku(prices: Mapping[tuple[int, str], int]) -> dict[int, list[tuple[int, str]]]:
    offers: dict[int, list[tuple[int, str]]] = {}
    for (sku, seller_id), price in prices.items():
        offers.setdefault(sku, []).append((price, seller_id))
    return offers
