"""What each SKU of a product costs at least, in the shop's own currency."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from sangdan.flows.quote_promise.exchange import Exchange
from sangdan.flows.shop_product import PricedOffer
from sangdan.kit.db import Conn
from sangdan.offer.catalogue.model import UnitPrice


class Cheapest(msgspec.Struct, frozen=True):
    """The lowest price of a SKU.

    unit_price  None also of a price in another currency: it is told for what is priced here
    """

    price_minor: int
    seller_id: str
    unit_price: UnitPrice | None


async def cheapest(
    conn: Conn, offers: Sequence[PricedOffer], at: datetime, currency: str = "KRW"
) -> dict[str, Cheapest]:
    """By SKU the cheapest of the offers; nothing of those that cannot be converted now."""
    exchange = Exchange(conn, currency, at)
    await exchange.prepare(each.offer.currency for each in offers)
    found: dict[str, Cheapest] = {}
    for each in offers:
        price = exchange.converted(each.offer.price_minor, each.offer.currency)
        known = found.get(each.offer.sku)
        if price is not None and (known is None or price.amount_minor < known.price_minor):
            told = each.unit_price if each.offer.currency == currency else None
            found[each.offer.sku] = Cheapest(price.amount_minor, each.offer.seller_id, told)
    return found
