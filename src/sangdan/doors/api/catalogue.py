"""What is sold, where, and by whom: reference data that every ally may read."""

from datetime import datetime

import msgspec
from litestar import get
from litestar.di import NamedDependency

from sangdan.doors.problems import problems
from sangdan.flows.picture import network_of
from sangdan.kit.db import Conn
from sangdan.kit.problems import NotFound
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.errors import SkuUnknown
from sangdan.offer.catalogue.model import KitPart, Offer, Product, Sku
from sangdan.offer.network.model import Node
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.model import Partner

from .fields import CodeInPath
from .pages import Cursor, CursorUnreadable, Limit, Page, page, read_cursor


class NoSuchSku(NotFound):
    """The catalogue has no such SKU."""

    code = "no-such-sku"


class SkuView(msgspec.Struct, frozen=True):
    """A SKU, and what each seller asks for it now; of a kit also what is in it."""

    sku: Sku
    offers: list[Offer]
    parts: list[KitPart]


@get("/v1/products", tags=["catalogue"], responses=problems(CursorUnreadable))
async def products(conn: NamedDependency[Conn], cursor: Cursor = None, limit: Limit = 50) -> Page[Product]:
    """Products by id."""
    rows = await catalogue.product_page(conn, read_cursor(cursor, "", str), limit + 1)
    return page(rows, limit, lambda product: product.product_id)


@get("/v1/skus/{sku:str}", tags=["catalogue"], responses=problems(NoSuchSku))
async def sku(sku: CodeInPath, conn: NamedDependency[Conn], at: NamedDependency[datetime]) -> SkuView:
    """One SKU with the offers that are valid now."""
    try:
        found = (await catalogue.skus(conn, [sku]))[sku]
    except SkuUnknown as unknown:
        raise NoSuchSku(f"The catalogue has no SKU {sku}.", sku=sku) from unknown
    parts = await catalogue.kit_parts(conn, [sku]) if found.is_kit else []
    return SkuView(found, await catalogue.offers_for(conn, [sku], at), parts)


@get("/v1/nodes", tags=["network"], responses=problems(CursorUnreadable))
async def nodes(conn: NamedDependency[Conn], cursor: Cursor = None, limit: Limit = 50) -> Page[Node]:
    """Places that hold goods, by id."""
    after = read_cursor(cursor, "", str)
    known = (await network_of(conn)).nodes
    later = [known[node_id] for node_id in sorted(known) if node_id > after]
    return page(later[: limit + 1], limit, lambda node: node.node_id)


@get("/v1/partners", tags=["network"], responses=problems())
async def list_partners(conn: NamedDependency[Conn]) -> list[Partner]:
    """The allies, by id."""
    return await partners.partners(conn, None)
