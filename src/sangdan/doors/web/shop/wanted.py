"""What a list's address asks for, and the addresses of its neighbours: another filter, another order, another page."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec
from litestar.datastructures import MultiDict
from msgspec.structs import replace

from sangdan.flows.search_goods import Asked, Facet, Finds, Sort

from ..words import Words, mark
from .shell import Shell

PAGE: Final = 24
FURTHEST: Final = 1000 // PAGE
LONGEST: Final = 200
MOST_BRANDS: Final = 20
BRANDS_SHOWN: Final = 12
CATEGORIES_SHOWN: Final = 12
SORTS: Final[dict[Sort, str]] = {
    "best": mark("Recommended"),
    "soonest": mark("Soonest"),
    "cheapest": mark("Lowest price"),
    "dearest": mark("Highest price"),
    "rated": mark("Best rated"),
}


class Link(msgspec.Struct, frozen=True):
    """A way on from a list.

    goods  how many it leads to, None where nobody counts
    """

    href: str
    text: str
    chosen: bool
    goods: int | None = None


class Facets(msgspec.Struct, frozen=True):
    """What a list can be narrowed down by."""

    available: Sequence[Link]
    categories: Sequence[Link]
    brands: Sequence[Link]
    prices: Sequence[Link]
    ratings: Sequence[Link]

    @property
    def chosen(self) -> list[Link]:
        """The filters that are on: each leads to the list without it."""
        every = (*self.available, *self.categories, *self.brands, *self.prices, *self.ratings)
        return [link for link in every if link.chosen]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A list's address, read. What cannot be read is left out: an address is not typed by hand.

    path      of the page: a search or a category
    category  that the list is of, or that a search is narrowed down to
    price     won from and to, None for no bound
    page      1..FURTHEST
    """

    path: str
    text: str = ""
    category: str | None = None
    brands: tuple[str, ...] = ()
    price: tuple[int | None, int | None] = (None, None)
    rating: int | None = None
    available: bool = False
    sort: Sort = "best"
    page: int = 1

    @property
    def narrowings(self) -> int:
        """How many filters are on."""
        on = (*self.brands, self.price != (None, None), self.rating, self.available, self._narrows_category)
        return sum(bool(each) for each in on)

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is on."""
        return self.narrowings > 0

    @property
    def bare(self) -> str:
        """The same list with no filter on."""
        return replace(
            self, brands=(), price=(None, None), rating=None, available=False, page=1,
            category=None if self.is_search else self.category,
        ).href  # fmt: skip

    @property
    def href(self) -> str:
        """The address itself, the same for the same wishes."""
        asked: list[tuple[str, str]] = []
        if self.is_search:
            asked.append(("q", self.text))
            asked += [("category", self.category)] if self.category else []
        asked += [("brand", brand) for brand in self.brands]
        asked += [("price", _spelled(self.price))] if self.price != (None, None) else []
        asked += [("rating", str(self.rating))] if self.rating else []
        asked += [("available", "1")] if self.available else []
        asked += [("sort", self.sort)] if self.sort != "best" else []
        asked += [("page", str(self.page))] if self.page > 1 else []
        return quote(self.path) + (f"?{urlencode(asked)}" if asked else "")

    def but(self, **changes: Any) -> str:
        """The address with something else; from its first page on."""
        return replace(self, **{"page": 1, **changes}).href

    def turned(self, by: int) -> str:
        """The address so many pages on."""
        return self.but(page=self.page + by)

    def asked(self, *, facets: bool = True) -> Asked:
        """The same as a question to the search."""
        return Asked(
            text=self.text, category=self.category, brands=self.brands, price_from_minor=self.price[0],
            price_to_minor=self.price[1], rating_from=self.rating, available=self.available, sort=self.sort,
            limit=PAGE, offset=(self.page - 1) * PAGE, facets=facets,
        )  # fmt: skip

    @property
    def is_search(self) -> bool:
        """Whether it is a search's page; the other lists are categories."""
        return self.path == "/shop/search"

    @property
    def _narrows_category(self) -> bool:
        return self.is_search and self.category is not None


def read(path: str, asked: MultiDict[str], category: str | None = None) -> Wanted:
    """Read an address.

    category  of a category's page; a search reads its own
    """
    rating = asked.get("rating", "")
    brands = [brand[:LONGEST] for brand in asked.getall("brand", []) if brand]
    return Wanted(
        path=path,
        text=asked.get("q", "").replace("\0", "").strip()[:LONGEST],
        category=category or asked.get("category", "")[:LONGEST] or None,
        brands=tuple(dict.fromkeys(brands))[:MOST_BRANDS],
        price=_price(asked.get("price", "")),
        rating=int(rating) if rating in ("1", "2", "3", "4", "5") else None,
        available=asked.get("available") == "1",
        sort=_sort(asked.get("sort", "")),
        page=min(max(_whole(asked.get("page", "")) or 1, 1), FURTHEST),
    )


def sorts(wanted: Wanted, say: Words, *, dated: bool = True) -> list[Link]:
    """The orders that the list can stand in.

    dated  whether anybody knows when things come: somebody said where to
    """
    orders: list[Sort] = [sort for sort in SORTS if dated or sort != "soonest"]
    return [Link(wanted.but(sort=sort), say(SORTS[sort]), wanted.sort == sort) for sort in orders]


def facets_of(wanted: Wanted, shell: Shell, say: Words, counted: Finds) -> Facets:
    """What the list can be narrowed down by, each with how many would be left.

    counted  by the search. Brands are names that stand as they are written: in English those in Latin letters alone
    """
    names = {each.category: say.of(each) for each in shell.categories}
    readable = [each for each in counted.brands if say.language == "ko" or each.value.isascii()]
    return Facets(
        available=_available(wanted, shell, say),
        categories=[
            _category(wanted, names[each.value], each)
            for each in _narrowest(wanted, counted.categories)
            if each.value in names and wanted.is_search
        ][:CATEGORIES_SHOWN],
        brands=[_brand(wanted, each) for each in readable[:BRANDS_SHOWN]],
        prices=[_price_link(wanted, say, each) for each in counted.prices if each.goods],
        ratings=[_rating(wanted, say, each) for each in counted.ratings if each.goods],
    )


def _available(wanted: Wanted, shell: Shell, say: Words) -> list[Link]:
    if shell.place is None:
        return []
    here = say("Reaches %(place)s", place=shell.place_name(say))
    return [Link(wanted.but(available=not wanted.available), here, wanted.available)]


def _narrowest(wanted: Wanted, counted: Sequence[Facet]) -> list[Facet]:
    """Categories without those that are above another one of them; what was chosen stays."""
    above = {each.value.rpartition("/")[0] for each in counted}
    return [each for each in counted if each.value not in above or each.value == wanted.category]


def _category(wanted: Wanted, name: str, each: Facet) -> Link:
    chosen = wanted.category == each.value
    return Link(wanted.but(category=None if chosen else each.value), name, chosen, each.goods)


def _brand(wanted: Wanted, each: Facet) -> Link:
    chosen = each.value in wanted.brands
    brands = tuple(b for b in wanted.brands if b != each.value) if chosen else (*wanted.brands, each.value)
    return Link(wanted.but(brands=brands), each.value, chosen, each.goods)


def _price_link(wanted: Wanted, say: Words, each: Facet) -> Link:
    price = _price(each.value)
    chosen = wanted.price == price
    return Link(wanted.but(price=(None, None) if chosen else price), _price_said(price, say), chosen, each.goods)


def _rating(wanted: Wanted, say: Words, each: Facet) -> Link:
    chosen = str(wanted.rating) == each.value
    text = say("Rated %(n)s and up", n=each.value)
    return Link(wanted.but(rating=None if chosen else int(each.value)), text, chosen, each.goods)


def _sort(text: str) -> Sort:
    for sort in SORTS:
        if sort == text:
            return sort
    return "best"


def _price(text: str) -> tuple[int | None, int | None]:
    """'5000-10000', '-5000' or '100000-'."""
    low, dash, high = text.partition("-")
    return (_whole(low), _whole(high)) if dash else (None, None)


def _spelled(price: tuple[int | None, int | None]) -> str:
    return "-".join("" if each is None else str(each) for each in price)


def _price_said(price: tuple[int | None, int | None], say: Words) -> str:
    low, high = price
    if high is None:
        return say("%(price)s and more", price=say.money(low or 0, "KRW"))
    if not low:
        return say("Under %(price)s", price=say.money(high, "KRW"))
    return say("%(low)s – %(high)s", low=say.money(low, "KRW"), high=say.money(high, "KRW"))


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
