"""What `client.catalogue` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime

import msgspec


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """What shoppers compare."""

    product_id: str
    category: str
    name_ko: str
    name_en: str
    brand: str | None
    options: tuple[str, ...]
    picture: str | None = None


class Sku(msgspec.Struct, frozen=True, kw_only=True):
    """One sellable combination of a product's options, shared by all who sell it."""

    sku: str
    product_id: str
    gtin: str | None
    name_ko: str
    name_en: str
    options: tuple[str, ...]
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    temperature: str
    vat_class: str
    hs_code: str | None
    origin: str | None
    age_limit: int
    pickup_only: bool
    is_kit: bool = False


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An ally's price of one unit from `valid_from` until before `valid_to`; None: until further notice."""

    sku: str
    seller_id: str
    valid_from: datetime
    valid_to: datetime | None
    currency: str
    price_minor: int


class KitPart(msgspec.Struct, frozen=True, kw_only=True):
    """So many units of a SKU are in one kit, >= 1."""

    kit_sku: str
    sku: str
    units: int


class SkuView(msgspec.Struct, frozen=True, kw_only=True):
    """A SKU, and what each seller asks for it now; of a kit also what is in it."""

    sku: Sku
    offers: tuple[Offer, ...]
    parts: tuple[KitPart, ...]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A place that holds goods and sends or hands them out."""

    node_id: str
    kind: str
    operator_id: str
    name_ko: str
    name_en: str
    zone_id: str
    lat_e6: int
    lon_e6: int
    temperatures: tuple[str, ...]
    calendar_id: str
    handling_s: int
    parcels_per_hour: int
    pickup: bool


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """An ally."""

    partner_id: str
    kind: str
    name_ko: str
    name_en: str
