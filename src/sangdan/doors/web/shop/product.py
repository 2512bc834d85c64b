"""A product's page: what it is, how it can be had here and now, who has it close by, what buyers say, who sells it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sangdan.doors.problems import status_of
from sangdan.doors.texts import render
from sangdan.flows.cheapest_offers import cheapest
from sangdan.flows.near_stores import StoreNear, near_stores
from sangdan.flows.picture import Shelves, network_of
from sangdan.flows.shop_product import ProductView, product_view
from sangdan.flows.shop_window import Card, Looker, goods_page
from sangdan.kit.db import Conn, Pool
from sangdan.offer.catalogue.errors import ProductGone
from sangdan.offer.catalogue.model import Product, Sku
from sangdan.offer.network.model import Network
from sangdan.offer.promise.errors import NoRate, NotForSale
from sangdan.offer.reviews import commands as reviews

from ..answers import html, spoken, words
from .about import crumbs, described, linked, notice, sellers, unit_price, variants
from .booth import Booth
from .compare import MOST, address
from .home import looker_of
from .shell import Shell
from .telling import Teller
from .ways import Asker, Received

SIMILAR: Final = 4
STORES: Final = 5
REVIEWS: Final = 5
LONGEST: Final = 64


@get("/products/{product_id:str}", opt={"open": True})
async def page(
    request: Request[Any, Any, Any],
    product_id: FromPath[str],
    shell: NamedDependency[Shell],
    booth: NamedDependency[Booth],
    pool: NamedDependency[Pool],
    shelves: NamedDependency[Shelves],
    here: NamedDependency[str],
    at: NamedDependency[datetime],
) -> Response[str]:
    """A product, and how to have it."""
    say = words(request)
    async with pool.transaction() as conn:
        network = await network_of(conn)
        looker = looker_of(shell, network, at)
        try:
            view = await view_of(conn, product_id, at)
        except ProductGone as missing:
            instead, _ = await goods_page(conn, network, looker, None, limit=SIMILAR, shelves=shelves)
            return gone(request, shell, missing, instead, at)
        prices = await cheapest(conn, view.offers, at)
        asked = request.query_params.get("sku")
        sku = next((each for each in view.skus if each.sku == asked), None) or first(view.skus, set(prices))
        received, stores = Received(), list[StoreNear]()
        if shell.place is not None and sku.sku in prices:
            received = await Asker(booth, network, say, at).receive(conn, sku, shell.place)
            stores = await _stores(conn, network, sku, looker, shelves)
        similar = await _similar(conn, network, looker, view.product, shelves)
        shown = await reviews.page(conn, view.product.product_id, limit=REVIEWS)
    price = prices.get(sku.sku)
    price_minor = received.price_minor or (None if price is None else price.price_minor)
    return html(
        request, "shop/product.html", shell=shell, tell=Teller(say, at), view=view, sku=sku, received=received,
        price_minor=price_minor, unit_price=unit_price(view, sku, price_minor), stores=stores, similar=similar,
        reviews=shown, crumbs=crumbs(view, say), variants=variants(view, sku, prices, say),
        description=described(view, say), notice=notice(view, say), sellers=sellers(view, sku, say),
        linked=linked(view, sku, price_minor, bool(received.ways or shell.place is None), here, say),
        compare_href=address([view.product.product_id, *(card.product_id for card in similar)][:MOST]),
    )  # fmt: skip


def first(skus: Sequence[Sku], sold: set[str]) -> Sku:
    """The SKU that a product's page opens with: the first that somebody sells, else the first there is."""
    return next((each for each in skus if each.sku in sold), skus[0])


async def view_of(conn: Conn, product_id: str, at: datetime) -> ProductView:
    """The product; one of which nothing is left to sell has vanished like one that was taken out.

    raises  ProductGone
    """
    view = await product_view(conn, product_id[:LONGEST], at)
    if not view.skus:
        raise ProductGone(
            f"Nothing of product {product_id[:LONGEST]!r} is sold any more.", product_id=product_id[:LONGEST]
        )
    return view


def gone(
    request: Request[Any, Any, Any], shell: Shell, missing: ProductGone, instead: Sequence[Card], at: datetime
) -> Response[str]:
    """What to say, and to offer, in place of a product that is not there."""
    title, detail = render(missing, spoken(request))
    return html(
        request, "shop/gone.html", status_of(ProductGone), shell=shell, tell=Teller(words(request), at), title=title,
        detail=detail, instead=instead,
    )  # fmt: skip


async def _stores(conn: Conn, network: Network, sku: Sku, looker: Looker, shelves: Shelves) -> list[StoreNear]:
    assert looker.place is not None
    try:
        return await near_stores(
            conn, network, sku.sku, looker.place, looker.at, most=STORES, shop_id=looker.shop_id, shelves=shelves
        )
    except (NotForSale, NoRate):
        return []


async def _similar(conn: Conn, network: Network, looker: Looker, product: Product, shelves: Shelves) -> list[Card]:
    """Others of its category, the best rated first."""
    found, _ = await goods_page(conn, network, looker, product.category, limit=SIMILAR + 1, shelves=shelves)
    return [card for card in found if card.product_id != product.product_id][:SIMILAR]
