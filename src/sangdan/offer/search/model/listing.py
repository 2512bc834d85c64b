"""What an index knows of a product, and what is asked of it."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec

Sort = Literal["best", "soonest", "cheapest", "dearest", "rated"]

MOST: Final = 100
DEEPEST: Final = 1000
PRICES: Final = (0, 5_000, 10_000, 30_000, 50_000, 100_000)
STARS: Final = (1, 2, 3, 4)


class Listing(msgspec.Struct, frozen=True):
    """A product as it is sold now.

    options      every value that a shopper can choose
    codes        its SKUs and their barcode numbers
    price_minor  of the cheapest offer in won, None when nobody offers it
    reviews      shown ones, and all their stars together
    """

    product_id: str
    category: str
    name_ko: str
    name_en: str
    brand: str | None
    options: Sequence[str]
    codes: Sequence[str]
    price_minor: int | None
    reviews: int = 0
    stars: int = 0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a shopper looks for.

    text              as typed; '' finds everything
    category          a path: 'chilled' holds 'chilled/dairy'
    brands            any of them
    price_from_minor  price_to_minor  won, both included
    rating_from       stars, 1..5
    available         only what can be had where the shopper is; needs somebody who knows
    limit             1..MOST
    offset            0..DEEPEST
    facets            whether to count what the finds could be narrowed by
    """

    text: str = ""
    category: str | None = None
    brands: Sequence[str] = ()
    price_from_minor: int | None = None
    price_to_minor: int | None = None
    rating_from: int | None = None
    available: bool = False
    sort: Sort = "best"
    limit: int = 20
    offset: int = 0
    facets: bool = True


class Shown(msgspec.Struct, frozen=True, array_like=True):
    """What an index tells of a product by itself."""

    product_id: str
    name_ko: str
    name_en: str
    brand: str | None
    category: str


class Hit(msgspec.Struct, frozen=True):
    """One find.

    price_minor  of the cheapest offer in won, None when nobody offers it
    relevance    how well it fits, 0 and more; comparable within one answer
    """

    product_id: str
    name_ko: str
    name_en: str
    brand: str | None
    category: str
    price_minor: int | None
    relevance: float


class Facet(msgspec.Struct, frozen=True):
    """A value, and how many of the goods that were found have it."""

    value: str
    goods: int


class Facets(msgspec.Struct, frozen=True):
    """What the finds could be narrowed by.

    prices   '5000-10000' includes the first won and not the last; '100000-' has no end
    ratings  '4' is four stars and more
    """

    categories: Sequence[Facet] = ()
    brands: Sequence[Facet] = ()
    prices: Sequence[Facet] = ()
    ratings: Sequence[Facet] = ()


class Standing(msgspec.Struct, frozen=True):
    """How a product can be had where the shopper is.

    soonest_s  seconds until it can be in the shopper's hands, None when nobody can say
    """

    available: bool
    soonest_s: int | None = None


_DAY_S: Final = 86_400
_GONE: Final = 0.35
_SLOWEST: Final = 0.75


def weighed(relevance: float, standing: Standing | None) -> float:
    """How much a find is worth to a shopper who wants to have it.

    relevance  0 and more
    standing   None: nothing is known, and nothing taken off
    gives      all of it for what is there within a day, three quarters for what takes a week or more, a third for what
               cannot be had: a far better fit still comes before a poor one that is at hand
    """
    if standing is None:
        return relevance
    if not standing.available:
        return relevance * _GONE
    if standing.soonest_s is None:
        return relevance * _SLOWEST
    late = min(max(standing.soonest_s - _DAY_S, 0) / (6 * _DAY_S), 1.0)
    return relevance * (1 - (1 - _SLOWEST) * late)


def blended(hits: Sequence[Hit], standings: Mapping[str, Standing], asked: Asked) -> list[Hit]:
    """The best finds in the order in which a shopper should see them.

    hits       by relevance
    standings  by product; what is missing is not judged
    """
    seen = [hit for hit in hits if not asked.available or _there(standings.get(hit.product_id))]
    if asked.sort == "soonest":
        return sorted(seen, key=lambda hit: _soonest(standings.get(hit.product_id)))
    if asked.sort == "best":
        return sorted(seen, key=lambda hit: -weighed(hit.relevance, standings.get(hit.product_id)))
    return seen


def _there(standing: Standing | None) -> bool:
    return standing is not None and standing.available


def _soonest(standing: Standing | None) -> tuple[bool, int]:
    if standing is None or not standing.available or standing.soonest_s is None:
        return True, 0
    return False, standing.soonest_s
