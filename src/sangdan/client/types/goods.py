"""What `client.goods` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime

import msgspec

from .catalogue import Offer, Partner, Product, Sku


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """How goods are filed: a path like fresh/fruit, and what people call it."""

    category: str
    name_ko: str
    name_en: str
    picture: str | None
    place: int


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """All categories, by path."""

    items: tuple[Category, ...]


class UnitPrice(msgspec.Struct, frozen=True, kw_only=True):
    """What so much of the goods costs, e.g. 1,980 for 100 g."""

    amount_minor: int
    per: int
    unit: str


class CardWay(msgspec.Struct, frozen=True, kw_only=True):
    """One way to have one unit, as far as hours and runs go."""

    service: str
    promised_at: datetime
    probability_ppm: int
    delivery_minor: int
    total_minor: int
    node_id: str | None
    distance_m: int | None


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A product in a list; price, stock and ways are those of its cheapest SKU that can be had."""

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
    state: str
    left: int | None
    ways: tuple[CardWay, ...]


class ProductText(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a product on its own page."""

    product_id: str
    description_ko: str
    description_en: str
    notice_ko: tuple[str, ...]
    notice_en: tuple[str, ...]


class PricedOffer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer, and what so much of the goods costs by it; None for goods that have no unit price."""

    offer: Offer
    unit_price: UnitPrice | None


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """What a shop must tell of a seller, or of itself."""

    partner_id: str
    trade_name_ko: str
    trade_name_en: str
    representative_ko: str
    representative_en: str
    address_ko: str
    address_en: str
    phone: str
    email: str
    business_no: str
    mail_order_no: str | None
    mail_order_authority_ko: str | None
    mail_order_authority_en: str | None
    privacy_officer_ko: str | None
    privacy_officer_en: str | None


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """The shown reviews of a product, counted by stars."""

    product_id: str
    ones: int
    twos: int
    threes: int
    fours: int
    fives: int


class ProductView(msgspec.Struct, frozen=True, kw_only=True):
    """A product as it is shown."""

    product: Product
    path: tuple[Category, ...]
    text: ProductText | None
    skus: tuple[Sku, ...]
    offers: tuple[PricedOffer, ...]
    sellers: tuple[Partner, ...]
    disclosures: tuple[Disclosure, ...]
    rating: Rating
