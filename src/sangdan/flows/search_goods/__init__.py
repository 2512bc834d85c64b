"""Find goods: what a shopper typed is read, the index asked, and the finds weighed by how they can be had."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import msgspec

from sangdan.offer.search.errors import SearchBuilding, SearchMissing, SearchOff
from sangdan.offer.search.model.listing import DEEPEST, MOST, Asked, Facet, Facets, Hit, Sort, Standing, blended
from sangdan.offer.search.model.reading import Because
from sangdan.offer.search.model.suggesting import Suggestion

from .finder import Finder, folder_of, installed

__all__ = [
    "DEEPEST", "MOST", "Asked", "Because", "Facet", "Facets", "Finder", "Finds", "Hit", "Look", "SearchBuilding",
    "SearchMissing", "SearchOff", "Sort", "Standing", "Suggestion", "folder_of", "installed", "search",
]  # fmt: skip

# How products can be had where the shopper is, by id.
Look = Callable[[Sequence[str]], Awaitable[Mapping[str, Standing]]]

# So many of the best finds are weighed by how they can be had; what comes after them stays in the order of the index.
WEIGHED: Final = 60
# So many are looked through for those that are there.
SIFTED: Final = 200


class Finds(msgspec.Struct, frozen=True, kw_only=True):
    """What there is.

    total    of all that fit; of what must be available, of the best SIFTED
    read_as  what was sought instead of what was typed, '' when as typed
    because  why
    relaxed  nothing has all of the words: these have some
    """

    hits: list[Hit]
    total: int
    categories: list[Facet]
    brands: list[Facet]
    prices: list[Facet]
    ratings: list[Facet]
    read_as: str
    because: Because
    relaxed: bool


async def search(finder: Finder, asked: Asked, look: Look | None = None) -> Finds:
    """Find goods.

    look    says how they can be had; without it `available` and `soonest` are as if nobody had asked for them
    raises  SearchOff, SearchMissing, SearchBuilding
    """
    last = asked.offset + asked.limit
    sifts = asked.available or asked.sort == "soonest"
    weighed = 0 if look is None else SIFTED if sifts else WEIGHED if asked.sort == "best" else 0
    answer = finder.ask(msgspec.structs.replace(asked, available=False), max(last, weighed))
    hits, total = list(answer.hits), answer.total
    if look is not None and weighed and hits:
        best = hits[:weighed]
        best = blended(best, await look([hit.product_id for hit in best]), asked)
        hits, total = (best, len(best)) if asked.available else (best + hits[weighed:], total)
    facets = answer.facets
    return Finds(
        hits=hits[asked.offset : last], total=total, categories=list(facets.categories), brands=list(facets.brands),
        prices=list(facets.prices), ratings=list(facets.ratings), read_as=answer.read_as, because=answer.because,
        relaxed=answer.relaxed,
    )  # fmt: skip
