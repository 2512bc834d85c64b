"""Products, their sellable combinations, and what the allies ask for them."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from sangdan.kit.gs1 import GTIN_LENGTHS, valid_gtin
from sangdan.kit.money import allocate

from .errors import GtinWrong


class Product(msgspec.Struct, frozen=True):
    """What shoppers compare; `options` are the names of what they choose, e.g. size and colour."""

    product_id: str
    category: str
    name_ko: str
    name_en: str
    brand: str | None
    options: Sequence[str]


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
