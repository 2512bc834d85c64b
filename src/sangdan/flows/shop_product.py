"""One product with all that its page tells beside the promise: texts, SKUs, offers, sellers, and what reviews say."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.model import Category, Content, Offer, Product, ProductText, Sku, UnitPrice, unit_price
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.model import Disclosure, Partner
from sangdan.offer.reviews import commands as reviews
from sangdan.offer.reviews.model import Rating


class PricedOffer(msgspec.Struct, frozen=True):
    """An offer, and what so much of the goods costs by it; None for goods that have no unit price."""

    offer: Offer
    unit_price: UnitPrice | None


class ProductView(msgspec.Struct, frozen=True):
    """A product as it is shown.

    path         the categories that it is filed under, the widest first; without those that nobody named
    text         None when nothing is told of it
    offers       that are valid now, by SKU and seller
    sellers      of these offers, by id
    disclosures  what must be told of them; of a seller that has said nothing there is none
    """

    product: Product
    path: list[Category]
    text: ProductText | None
    skus: list[Sku]
    offers: list[PricedOffer]
    sellers: list[Partner]
    disclosures: list[Disclosure]
    rating: Rating


async def product_view(conn: Conn, product_id: str, at: datetime) -> ProductView:
    """Look a product up.

    raises  ProductGone
    """
    product = await catalogue.product(conn, product_id)
    skus = await catalogue.skus_of(conn, product_id)
    codes = [sku.sku for sku in skus]
    contents = {each.sku: each for each in await catalogue.contents(conn, codes)}
    offers = await catalogue.offers_for(conn, codes, at)
    sellers = sorted({offer.seller_id for offer in offers})
    return ProductView(
        product=product,
        path=path_of(product.category, await catalogue.categories(conn)),
        text=await catalogue.text_of(conn, product_id),
        skus=skus,
        offers=[PricedOffer(offer, _told(offer, contents.get(offer.sku))) for offer in offers],
        sellers=await partners.partners(conn, sellers),
        disclosures=await partners.disclosures(conn, sellers),
        rating=await reviews.rating(conn, product_id),
    )


def path_of(category: str, known: Sequence[Category]) -> list[Category]:
    """The categories that hold a path, and the one of the path itself, the widest first."""
    by_path = {each.category: each for each in known}
    steps = category.split("/")
    paths = ("/".join(steps[:many]) for many in range(1, len(steps) + 1))
    return [by_path[path] for path in paths if path in by_path]


def _told(offer: Offer, content: Content | None) -> UnitPrice | None:
    return None if content is None else unit_price(offer.price_minor, content)
