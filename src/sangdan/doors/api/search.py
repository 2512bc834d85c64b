"""Finding goods, and what somebody who types may want to type."""

from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from sangdan.doors.problems import problems
from sangdan.flows.picture import network_of
from sangdan.flows.search_goods import (
    DEEPEST,
    MOST,
    Asked,
    Finds,
    SearchBuilding,
    SearchMissing,
    SearchOff,
    Sort,
    Suggestion,
    search,
)
from sangdan.flows.search_goods.window import Window
from sangdan.offer.network.errors import PostcodeMalformed, PostcodeUnknown
from sangdan.offer.search.model.words import MOST_CHARS

from .looking import Looking

_WON = 1_000_000_000_000

Text = Annotated[str, QueryParameter(max_length=MOST_CHARS, description="What was typed; without it everything.")]
Category = Annotated[str | None, QueryParameter(max_length=200, description="A path: chilled holds chilled/dairy.")]
Brands = Annotated[list[str] | None, QueryParameter(max_items=50, description="Any of these brands.")]
Won = Annotated[int | None, QueryParameter(ge=0, le=_WON, description="Won, included.")]
Stars = Annotated[int | None, QueryParameter(ge=1, le=5, description="So many stars and more.")]
Place = Annotated[
    str | None, QueryParameter(max_length=20, description="A postcode: what can be had there soon comes first.")
]
There = Annotated[bool, QueryParameter(description="Only what can be had, at the postcode if there is one.")]
Sorted = Annotated[Sort, QueryParameter(description="best, soonest, cheapest, dearest or rated.")]
Rows = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many.")]
Skipped = Annotated[int, QueryParameter(ge=0, le=DEEPEST, description="After so many.")]
Counted = Annotated[bool, QueryParameter(description="Whether to count what the finds could be narrowed by.")]
Few = Annotated[int, QueryParameter(ge=1, le=20, description="How many.")]


class Suggestions(msgspec.Struct, frozen=True):
    """What may be meant, best first."""

    items: tuple[Suggestion, ...]


# The index is asked without the database: it takes a connection only where a place has to be looked at.
@get(
    "/v1/search",
    tags=["catalogue"],
    opt={"own_transactions": True},
    responses=problems(SearchOff, SearchMissing, SearchBuilding, PostcodeMalformed, PostcodeUnknown),
)
async def find(
    looking: NamedDependency[Looking],
    q: Text = "",
    category: Category = None,
    brand: Brands = None,
    price_from: Won = None,
    price_to: Won = None,
    rating_from: Stars = None,
    postcode: Place = None,
    available: There = False,
    sort: Sorted = "best",
    limit: Rows = 20,
    offset: Skipped = 0,
    facets: Counted = True,
) -> Finds:
    """Products that fit what was typed, whatever the keyboard, the spacing and the spelling; 초성 will do."""
    asked = Asked(
        text=q, category=category, brands=brand or (), price_from_minor=price_from, price_to_minor=price_to,
        rating_from=rating_from, available=available, sort=sort, limit=limit, offset=offset, facets=facets,
    )  # fmt: skip
    if postcode is None and not available:
        return await search(looking.finder, asked)
    async with looking.pool.connection() as conn:
        network = await network_of(conn)
        window = Window(conn, network, looking.looker(network, postcode), looking.shelves)
        return await search(looking.finder, asked, window.look)


@get(
    "/v1/suggestions",
    tags=["catalogue"],
    opt={"own_transactions": True},
    responses=problems(SearchOff, SearchMissing, SearchBuilding),
)
async def suggest(looking: NamedDependency[Looking], q: Text = "", limit: Few = 8) -> Suggestions:
    """What somebody who has typed so far may want: words, brands, categories and products."""
    return Suggestions(looking.finder.suggest(q, limit))
