"""All that buyers say of a product, page by page: the newest, the best or the lowest first, of some stars or all."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sangdan.flows.shop_product import ProductView
from sangdan.kit.db import Pool
from sangdan.kit.lists import Wish, key_of
from sangdan.offer.catalogue.errors import ProductGone
from sangdan.offer.reviews import commands as reviews
from sangdan.offer.reviews.model import STARS, Shown

from ..answers import html, words
from ..words import Words, mark
from .about import address_of, crumbs
from .product import gone, view_of
from .shell import Shell
from .telling import Teller
from .wanted import Link

PER_PAGE: Final = 20
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
KEY: Final = re.compile(r"(?:(?P<stars>[1-5])\.)?(?P<micros>[0-9]{1,17})\.(?P<review>[0-9a-f]{32})")
# By what the address says: how the buttons call it, the listing's order, whether from the end.
SORTS: Final[Mapping[str, tuple[str, str, bool]]] = {
    "newest": (mark("Newest first"), "written", True),
    "best": (mark("Best first"), "stars", True),
    "lowest": (mark("Lowest first"), "stars", False),
}


@get("/products/{product_id:str}/reviews", opt={"open": True})
async def page(
    request: Request[Any, Any, Any],
    product_id: FromPath[str],
    shell: NamedDependency[Shell],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[str]:
    """A page of reviews. What the address says wrongly is as if it said nothing."""
    say, asked = words(request), request.query_params
    sort = str(asked.get("order", ""))
    sort = sort if sort in SORTS else "newest"
    stars = int(str(asked.get("stars", ""))) if str(asked.get("stars", "")) in map(str, STARS) else 0
    _, order, descending = SORTS[sort]
    after = _read(str(asked.get("after", "")), order)
    async with pool.transaction() as conn:
        try:
            view = await view_of(conn, product_id, at)
        except ProductGone as missing:
            return gone(request, shell, missing, (), at)
        wish = Wish({"stars": stars} if stars else {}, order, descending, after)
        found = await reviews.shown(conn, view.product.product_id, wish, PER_PAGE + 1)
    here = f"{address_of(view.product.product_id)}/reviews"
    last = found[PER_PAGE - 1] if len(found) > PER_PAGE else None
    return html(
        request, "shop/said_all.html", shell=shell, tell=Teller(say, at), view=view, reviews=found[:PER_PAGE],
        crumbs=[*crumbs(view, say), (here, say("What buyers say"))], stars=_stars(here, view, sort, stars, say),
        sorts=[Link(_address(here, each, stars), say(name), each == sort) for each, (name, _, _) in SORTS.items()],
        previous=_address(here, sort, stars) if after else None,
        next=None if last is None else _address(here, sort, stars, _written(last, order)),
    )  # fmt: skip


def _stars(here: str, view: ProductView, sort: str, chosen: int, say: Words) -> list[Link]:
    """All, then those of five stars down to one that anybody gave."""
    links = [Link(_address(here, sort, 0), say("All stars"), not chosen)]
    for star in reversed(STARS):
        if view.rating.counts[star - 1]:
            text = say.many("%(num)s star", "%(num)s stars", star)
            links.append(Link(_address(here, sort, star), text, star == chosen))
    return links


def _address(here: str, sort: str, stars: int, after: str = "") -> str:
    wanted = {"order": "" if sort == "newest" else sort, "stars": str(stars or ""), "after": after}
    query = urlencode({name: value for name, value in wanted.items() if value})
    return f"{here}?{query}" if query else here


def _written(last: Shown, order: str) -> str:
    """The key of a page's last review, for an address."""
    *before, written_at, review_id = key_of(last, reviews.SHOWN, order)
    return ".".join([*map(str, before), str((written_at - EPOCH) // MICROSECOND), review_id.hex])


def _read(text: str, order: str) -> tuple[Any, ...] | None:
    """The same read back; None of what is none, or of another order."""
    found = KEY.fullmatch(text)
    if found is None or (found["stars"] is None) != (order == "written"):
        return None
    when = EPOCH + int(found["micros"]) * MICROSECOND, UUID(hex=found["review"])
    return when if found["stars"] is None else (int(found["stars"]), *when)
