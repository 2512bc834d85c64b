"""The tables in `goods/` from which the names of the demo world's products are made."""

from functools import cache
from importlib.resources import files
from math import prod
from typing import Final, Literal, NamedTuple

import msgspec

from .romanise import romanise

PACKAGE: Final = "sangdan.tower.twin.model"
DEPARTMENTS: Final = (
    "fresh", "chilled", "frozen", "pantry", "drinks", "household", "beauty", "fashion", "shoes", "electronics", "kids",
    "pets", "books", "overseas",
)  # fmt: skip


class Shelf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A category of a department; what it leaves out is as in the department.

    items  rows: Korean name, English name, alternatives for their `{}` (slots parted by ` / `, words by `|`), packs
           parted by `|`, price in won and weight in grams of the first pack, and the country of origin unless Korea
    """

    category: str
    items: list[list[str | int]]
    brands: list[str] | None = None
    temperature: str | None = None
    vat: str | None = None
    density_g_per_l: int | None = None
    colours: str = ""
    colour_name: str = "colour"
    sizes: str = ""
    age_limit: int = 0
    pickup_only: bool = False
    hs_code: str | None = None
    origins: str = "KR"


class Department(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is sold together.

    share      of the products, percent
    demand     of the order lines, percent
    affinity   departments of one affinity land in one basket
    unbranded  whether names go without the brand: never, also or always
    """

    share: float
    demand: float
    affinity: str
    temperature: str
    vat: str
    density_g_per_l: int
    unbranded: Literal["never", "also", "always"]
    brands: list[str]
    shelf: list[Shelf]
    overseas: bool = False


class Item(NamedTuple):
    """A row of a shelf, taken apart."""

    department: str
    shelf: Shelf
    name_ko: str
    name_en: str
    slots: list[list[str]]
    packs: list[str]
    price_minor: int
    weight_g: int
    origin: str | None
    brands: list[str]  # '' for none

    @property
    def names(self) -> int:
        """How many different names it can make."""
        return len(self.brands) * prod(len(slot) for slot in self.slots)

    def name(self, number: int) -> tuple[str, str, str]:
        """The brand, Korean name and English name of that number, 0 <= number < names."""
        number, brand = divmod(number, len(self.brands))
        words: list[str] = []
        for slot in self.slots:
            number, word = divmod(number, len(slot))
            words.append(slot[word])
        brand_ko, _, brand_en = self.brands[brand].partition("=")
        name_ko = f"{brand_ko} {self.name_ko.format(*words)}"
        name_en = f"{brand_en or romanise(brand_ko).capitalize()} {self.name_en.format(*map(english, words))}"
        return brand_ko, _tidy(name_ko), _capital(_tidy(name_en))


@cache
def departments() -> dict[str, Department]:
    """All departments by name, in the order of DEPARTMENTS."""
    folder = files(PACKAGE) / "goods"
    return {name: msgspec.toml.decode((folder / f"{name}.toml").read_bytes(), type=Department) for name in DEPARTMENTS}


def items(name: str, extra_brands: list[str]) -> list[Item]:
    """The rows of a department.

    extra_brands  more brands than the tables have, for a world of more products
    """
    department = departments()[name]
    rows: list[Item] = []
    for shelf in department.shelf:
        named = [*(shelf.brands or department.brands), *extra_brands]
        brands = {"never": named, "also": ["", *named], "always": ["", *extra_brands]}[department.unbranded]
        for row in shelf.items:
            name_ko, name_en, slots, packs, price, weight, *origin = row
            rows.append(
                Item(
                    department=name,
                    shelf=shelf,
                    name_ko=str(name_ko),
                    name_en=str(name_en),
                    slots=[slot.split("|") for slot in str(slots).split(" / ")],
                    packs=str(packs).split("|") if packs else [],
                    price_minor=int(price),
                    weight_g=int(weight),
                    origin=str(origin[0]) if origin else None,
                    brands=brands,
                )
            )
    return rows


@cache
def lexicon() -> dict[str, str]:
    """English for the Korean words of the tables: `word=English`, parted by semicolons; # begins a comment."""
    text = (files(PACKAGE) / "goods" / "lexicon.txt").read_text(encoding="utf-8")
    entries = (entry.strip() for line in text.splitlines() if not line.startswith("#") for entry in line.split(";"))
    pairs = (entry.partition("=") for entry in entries if entry)
    return {korean: meaning for korean, _, meaning in pairs}


def english(phrase: str) -> str:
    """A phrase of the tables in English: as a whole when the lexicon has it, else word by word; names of places and
    what else is unknown as they sound."""
    known = lexicon()
    if phrase.strip() in known:
        return known[phrase.strip()]
    return " ".join(known[word] if word in known else _spelt(word) for word in phrase.split())


def _spelt(word: str) -> str:
    return word if word.isascii() else romanise(word).capitalize()


def _tidy(name: str) -> str:
    return " ".join(name.split())


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
