"""What a list shows of a product: its price, what is left of it, and by when it can be had."""

from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from sangdan.offer.catalogue.model import UnitPrice
from sangdan.offer.network.model import Postcode

State: TypeAlias = Literal["in_stock", "few", "sold_out", "coming"]


class Looker(msgspec.Struct, frozen=True):
    """Who looks, where it would go, and when.

    shop_id  whose shares of the shelves bound what there is; None: nobody's
    place    None while nobody has said where: there are no ways then, and stock is that of all nodes
    at       aware
    """

    shop_id: str | None
    place: Postcode | None
    at: datetime
    currency: str = "KRW"


class CardWay(msgspec.Struct, frozen=True):
    """One way to have one unit, as far as hours and runs go.

    promised_at      what nodes have promised already may make it later: the promise itself decides
    probability_ppm  that the service's dates must reach
    delivery_minor   what is paid beside the goods
    total_minor      all-in
    node_id          the store, where it is fetched; distance_m to it, as the crow flies
    """

    service: str
    promised_at: datetime
    probability_ppm: int
    delivery_minor: int
    total_minor: int
    node_id: str | None
    distance_m: int | None


class Card(msgspec.Struct, frozen=True):
    """A product in a list; price, stock and ways are those of its cheapest SKU that can be had.

    skus         how many SKUs it has
    price_minor  of one unit, tax included; None when nobody sells it now
    stars_milli  the shrunk average of its reviews, thousandths of a star; None without one
    state        as seen from the place: coming is sold out with supply announced
    left         units, 1..9, when there are few
    ways         soonest first, one a service at most
    """

    product_id: str
    category: str
    name_ko: str
    name_en: str
    brand: str | None
    picture: str | None
    sku: str
    skus: int
    seller_id: str | None
    seller_ko: str | None
    seller_en: str | None
    currency: str
    price_minor: int | None
    unit_price: UnitPrice | None
    stars_milli: int | None
    reviews: int
    age_limit: int
    pickup_only: bool
    temperature: str
    state: State
    left: int | None
    ways: tuple[CardWay, ...]
