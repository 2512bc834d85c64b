"""Goods as a shop shows them: categories, lists with price, stock and date, and a product's own page."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from sangdan.doors.problems import problems
from sangdan.flows.picture import Shelves, network_of
from sangdan.flows.shop_product import ProductView, product_view
from sangdan.flows.shop_window import Card, Looker, Sort, goods_page
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.errors import ProductGone
from sangdan.offer.catalogue.model import Category
from sangdan.offer.network.errors import PostcodeMalformed, PostcodeUnknown

from .fields import CodeInPath
from .pages import Cursor, CursorUnreadable, Page, read_cursor, said

Path = Annotated[
    str | None, QueryParameter(max_length=200, description="A category; what is filed below it is in it too.")
]
Place = Annotated[
    str | None,
    QueryParameter(max_length=20, description="A postcode: the ways to receive one unit there. Without it no ways."),
]
Few = Annotated[int, QueryParameter(ge=1, le=50, description="Products on a page.")]
Sorted = Annotated[Sort, QueryParameter(description="rated: best reviews first; new: the latest first.")]


class Tree(msgspec.Struct, frozen=True):
    """All categories, by path."""

    items: list[Category]


@get("/v1/categories", tags=["catalogue"], responses=problems())
async def categories(conn: NamedDependency[Conn]) -> Tree:
    """The tree of categories: a path like fresh/fruit lies below fresh."""
    return Tree(await catalogue.categories(conn))


@get("/v1/goods", tags=["catalogue"], responses=problems(CursorUnreadable, PostcodeMalformed, PostcodeUnknown))
async def goods(
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    shelves: NamedDependency[Shelves],
    at: NamedDependency[datetime],
    category: Path = None,
    postcode: Place = None,
    sort: Sorted = "rated",
    cursor: Cursor = None,
    limit: Few = 20,
) -> Page[Card]:
    """Products of a category with price, stock and the soonest date of each service, as a list shows them."""
    network = await network_of(conn)
    place = None if postcode is None else network.zone_of(postcode)
    skip = max(0, read_cursor(cursor, 0, int))
    looker = Looker(seer.partner_id, place, at)
    page, more = await goods_page(conn, network, looker, category, sort=sort, skip=skip, limit=limit, shelves=shelves)
    return Page(page, None if more is None else said(more))


@get("/v1/products/{product_id:str}", tags=["catalogue"], responses=problems(ProductGone))
async def product(product_id: CodeInPath, conn: NamedDependency[Conn], at: NamedDependency[datetime]) -> ProductView:
    """One product: its texts, SKUs, offers with unit prices, sellers with what must be told of them, and its rating."""
    return await product_view(conn, product_id, at)
