"""Goods as a shop shows them: categories, lists with price, stock and date, and a product's own page."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from sangdan.doors.problems import problems
from sangdan.flows.picture import network_of
from sangdan.flows.shop_product import ProductView, product_view
from sangdan.flows.shop_window import Card, Sort, goods_page
from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.errors import ProductGone
from sangdan.offer.catalogue.model import Category
from sangdan.offer.network.errors import PostcodeMalformed, PostcodeUnknown

from .fields import CodeInPath
from .looking import Looking
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


# It only reads, each thing as it is now: a transaction around it would be two more ways to the database.
@get(
    "/v1/goods",
    tags=["catalogue"],
    opt={"own_transactions": True},
    responses=problems(CursorUnreadable, PostcodeMalformed, PostcodeUnknown),
)
async def goods(
    looking: NamedDependency[Looking],
    category: Path = None,
    postcode: Place = None,
    sort: Sorted = "rated",
    cursor: Cursor = None,
    limit: Few = 20,
) -> Page[Card]:
    """Products of a category with price, stock and the soonest date of each service, as a list shows them."""
    skip = max(0, read_cursor(cursor, 0, int))
    async with looking.pool.connection() as conn:
        network = await network_of(conn)
        looker = looking.looker(network, postcode)
        page, more = await goods_page(
            conn, network, looker, category, sort=sort, skip=skip, limit=limit, shelves=looking.shelves
        )
    return Page(page, None if more is None else said(more))


@get("/v1/products/{product_id:str}", tags=["catalogue"], responses=problems(ProductGone))
async def product(product_id: CodeInPath, conn: NamedDependency[Conn], at: NamedDependency[datetime]) -> ProductView:
    """One product: its texts, SKUs, offers with unit prices, sellers with what must be told of them, and its rating."""
    return await product_view(conn, product_id, at)
