"""The sellable forms of a product: its packs, colours and sizes, with weight, measures and price."""

import math
from collections.abc import Iterator
from itertools import product as pairs
from typing import Final, NamedTuple

import numpy as np

from sangdan.kit.gs1 import check_digit

from .grammar import Department, Item, english
from .packs import in_english, ratio
from .randomness import some

# Where a name says that its goods come from.
_ORIGINS: Final = {
    "미국산": "US", "호주산": "AU", "칠레": "CL", "노르웨이": "NO", "필리핀산": "PH", "태국산": "TH", "히말라야": "PK",
    "에티오피아": "ET", "콜롬비아": "CO", "브라질": "BR", "케냐": "KE", "과테말라": "GT",
}  # fmt: skip
INTERNAL_PREFIX: Final = "25"  # GS1 keeps 20 to 29 for numbers inside a company: never another firm's goods
_NUMBERS: Final = 10**10
_STEP: Final = 7_368_787_421  # odd and no multiple of five, so it visits every number once
_PROPORTIONS: Final = (1.5, 1.15, 0.75)
_PACKS: Final = (0.66, 0.26, 0.08)  # how often a product comes in one, two, three packs


class Variant(NamedTuple):
    """One sellable form: what it is called in both languages, and its size against the product's first pack."""

    values: list[str]
    values_en: list[str]
    ratio: float


class Variants(NamedTuple):
    """All forms of a product and what they differ in."""

    options: list[str]
    forms: list[Variant]


def gtin(number: int) -> str:
    """The thirteen digits of the demo world's goods of that number, 0 <= number < 10^10."""
    digits = INTERNAL_PREFIX + f"{number * _STEP % _NUMBERS:010d}"
    return digits + str(check_digit(digits))


def variants(item: Item, rng: np.random.Generator) -> Variants:
    """Draw the forms in which a product is sold: one to three packs, or colours with a run of neighbouring sizes."""
    if item.packs:
        count = min(1 + int(rng.choice(3, p=_PACKS)), len(item.packs))
        packs = some(item.packs, count, rng)
        forms = [Variant([pack], [in_english(pack)], ratio(pack, item.packs[0], item.weight_g)) for pack in packs]
        return Variants(["pack"], forms)
    shelf = item.shelf
    colours = shelf.colours.split("|") if shelf.colours else []
    sizes = shelf.sizes.split("|") if shelf.sizes else []
    if colours:
        colours = some(colours, min(1 + int(rng.integers(2)), len(colours)), rng)
    if sizes:
        length = min(2 + int(rng.integers(3)), len(sizes))
        start = int(rng.integers(len(sizes) - length + 1))
        sizes = sizes[start : start + length]
    options = [name for name, values in ((shelf.colour_name, colours), ("size", sizes)) if values]
    forms = [
        Variant([v for v in (colour, size) if v], [v for v in (english(colour), size) if v], 1.0)
        for colour, size in pairs(colours or [""], sizes or [""])
    ]
    return Variants(options, forms)


def rows(
    item: Item,
    department: Department,
    product_id: str,
    names: tuple[str, str],
    made: Variants,
    rng: np.random.Generator,
) -> Iterator[dict[str, object]]:
    """The rows of catalogue.sku for one product, without GTINs, each with its price in won as `price_minor`.

    names  of the product, in Korean and English
    made   as `variants` gives
    """
    shelf = item.shelf
    fame = float(rng.lognormal(0.0, 0.16))
    origin = _origin(item, names[0], rng)
    stretch = rng.normal(1.0, 0.06, size=3)
    for number, form in enumerate(made.forms, start=1):
        weight_g = max(5, round(item.weight_g * form.ratio))
        litres = weight_g / (shelf.density_g_per_l or department.density_g_per_l)
        scale = (litres * 1e6 / math.prod(_PROPORTIONS)) ** (1 / 3)
        length, width, height = (max(10, round(scale * p * s)) for p, s in zip(_PROPORTIONS, stretch, strict=True))
        packed = made.options == ["pack"]
        ending = [f" {' '.join(form.values)}", f" {' '.join(form.values_en)}"] if packed else _bracketed(form)
        yield {
            "sku": f"{product_id}-{number:02d}",
            "product_id": product_id,
            "name_ko": names[0] + ending[0],
            "name_en": names[1] + ending[1],
            "options": form.values if made.options else [],
            "weight_g": weight_g,
            "length_mm": length,
            "width_mm": width,
            "height_mm": height,
            "temperature": shelf.temperature or department.temperature,
            "vat_class": shelf.vat or department.vat,
            "hs_code": shelf.hs_code,
            "origin": origin,
            "age_limit": shelf.age_limit,
            "pickup_only": shelf.pickup_only,
            "price_minor": tag_price(item.price_minor * fame * form.ratio**0.9),
        }


def tag_price(won: float) -> int:
    """A price as a label would show it: 3,980, 12,900, 129,000."""
    if won < 10_000:
        return max(500, round(won / 500) * 500 - 20)
    if won < 100_000:
        return round(won / 1000) * 1000 - 100
    return round(won / 5000) * 5000 - 1000


def _bracketed(form: Variant) -> list[str]:
    return [f" ({', '.join(values)})" if values else "" for values in (form.values, form.values_en)]


def _origin(item: Item, name: str, rng: np.random.Generator) -> str:
    told = next((country for word, country in _ORIGINS.items() if word in name), None)
    origins = item.shelf.origins.split("|")
    return told or item.origin or origins[int(rng.integers(len(origins)))]
