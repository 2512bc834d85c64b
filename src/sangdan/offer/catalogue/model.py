"""Products, their sellable combinations, and what the allies ask for them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from sangdan.kit.gs1 import GTIN_LENGTHS, valid_gtin
from sangdan.kit.money import allocate

from .errors import GtinWrong


class Product(msgspec.Struct, frozen=True):
    """What shoppers compare.

    options  the names of what they choose, e.g. size and colour
    picture  the name of a picture, None without one
    """

    product_id: str
    category: str
    name_ko: str
    name_en: str
    brand: str | None
    options: Sequence[str]
    picture: str | None = None


class Sku(msgspec.Struct, frozen=True):
    """One sellable combination of a product's options, shared by all who sell it.

    options      values, in the order of the product's option names
    temperature  ambient, chilled or frozen
    vat_class    standard, exempt or zero
    age_limit    years, 0 for none
    pickup_only  handed over in person only (alcohol)
    is_kit       sold from its parts: it never lies on a shelf itself
    """

    sku: str
    product_id: str
    gtin: str | None
    name_ko: str
    name_en: str
    options: Sequence[str]
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


class KitPart(msgspec.Struct, frozen=True):
    """So many units of a SKU are in one kit, >= 1."""

    kit_sku: str
    sku: str
    units: int


class Offer(msgspec.Struct, frozen=True):
    """An ally's price of one unit from `valid_from` until before `valid_to`; None: until further notice."""

    sku: str
    seller_id: str
    valid_from: datetime
    valid_to: datetime | None
    currency: str
    price_minor: int


class Category(msgspec.Struct, frozen=True):
    """How goods are filed: a path like fresh/fruit, and what people call it.

    place  among those beside it, ascending
    """

    category: str
    name_ko: str
    name_en: str
    picture: str | None
    place: int


class ProductText(msgspec.Struct, frozen=True):
    """What is told of a product on its own page.

    notice_ko  상품정보제공고시, each item as 'what: how it is'
    notice_en  the same items in the same order
    """

    product_id: str
    description_ko: str
    description_en: str
    notice_ko: Sequence[str]
    notice_en: Sequence[str]


class Content(msgspec.Struct, frozen=True):
    """How much is in one unit of a SKU, and for how much of it a price is told.

    unit  g, ml, m, sheet or each
    """

    sku: str
    amount: int
    unit: str
    per: int


class UnitPrice(msgspec.Struct, frozen=True):
    """What so much of the goods costs, e.g. 1,980 for 100 g."""

    amount_minor: int
    per: int
    unit: str


class Listed(msgspec.Struct, frozen=True):
    """A product in a list."""

    product_id: str


class Displayed(msgspec.Struct, frozen=True):
    """What a card needs to know of a SKU and one seller's offer of it; without a seller nobody offers it."""

    product_id: str
    category: str
    name_ko: str
    name_en: str
    brand: str | None
    picture: str | None
    sku: str
    weight_g: int
    temperature: str
    age_limit: int
    pickup_only: bool
    is_kit: bool
    amount: int | None
    unit: str | None
    per: int | None
    seller_id: str | None
    currency: str | None
    price_minor: int | None


def unit_price(price_minor: int, content: Content) -> UnitPrice:
    """The price by content, rounded half even once.

    price_minor  of one unit, >= 0
    source       가격표시제 실시요령: 단위가격
    """
    exact, rest = divmod(price_minor * content.per, content.amount)
    up = 2 * rest > content.amount or (2 * rest == content.amount and exact % 2 == 1)
    return UnitPrice(exact + up, content.per, content.unit)


def part_prices(price_minor: int, parts: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Spread a kit's price over the units in it, without losing or making a minor unit.

    price_minor  of one kit, >= 0
    parts        at least one: units in the kit, >= 1, and what they are worth together, >= 0
    gives        for each part (units, price of each) once or twice, as the part's share divides by its units or not;
                 units times price sum to `price_minor`
    source       largest remainder over the parts; what a part's units cannot share evenly makes the last of them dearer
    """
    shares = allocate(price_minor, [worth_minor for _, worth_minor in parts])
    prices: list[list[tuple[int, int]]] = []
    for (units, _), share_minor in zip(parts, shares, strict=True):
        each_minor, dearer = divmod(share_minor, units)
        groups = ((units - dearer, each_minor), (dearer, each_minor + 1))
        prices.append([group for group in groups if group[0] > 0])
    return prices


def gtin_forms(gtin: str) -> list[str]:
    """Every way to write one barcode number: a scanner may give 12 digits where the catalogue has 13.

    gtin    8, 12, 13 or 14 digits
    gives   the number at each GTIN length that holds it, shortest first
    raises  GtinWrong for another length or a check digit that does not fit
    source  GS1 General Specifications 3.3: shorter GTINs are filled with zeros on the left
    """
    if not valid_gtin(gtin):
        raise GtinWrong(f"{gtin[:20]!r} is not a GTIN: a digit was lost or mistyped.", gtin=gtin)
    bare = gtin.lstrip("0")
    return [bare.zfill(length) for length in sorted(GTIN_LENGTHS) if length >= len(bare)]
