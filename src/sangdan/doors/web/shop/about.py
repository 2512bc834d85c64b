"""What a product's page tells of the product itself: its place in the shop, its kinds, its notice, who sells it."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from sangdan.flows.cheapest_offers import Cheapest
from sangdan.flows.shop_product import ProductView
from sangdan.offer.catalogue.model import Product, Sku, UnitPrice
from sangdan.offer.partners.model import Disclosure

from ..words import Words


class Variant(msgspec.Struct, frozen=True):
    """A SKU to choose.

    text         what sets it apart from the product's others
    price_minor  None when nobody sells it now
    """

    href: str
    text: str
    price_minor: int | None
    chosen: bool


class Seller(msgspec.Struct, frozen=True):
    """Whoever sells it, with what the law wants told of them."""

    name: str
    told: Sequence[tuple[str, str]]


def crumbs(view: ProductView, say: Words) -> list[tuple[str, str]]:
    """Where the product is filed, as addresses and names."""
    path = [(f"/shop/categories/{each.category}", say.of(each)) for each in view.path]
    return [("/shop", say("Home")), *path, (address_of(view.product.product_id), say.of(view.product))]


def variants(view: ProductView, chosen: Sku, prices: Mapping[str, Cheapest], say: Words) -> list[Variant]:
    """The product's SKUs, to choose from."""
    product_id = view.product.product_id
    return [
        Variant(
            f"{address_of(product_id)}?sku={sku.sku}",
            apart(say.of(sku), say.of(view.product)),
            prices[sku.sku].price_minor if sku.sku in prices else None,
            sku.sku == chosen.sku,
        )
        for sku in view.skus
    ]


def apart(name: str, product: str) -> str:
    """What a SKU's name says beyond its product's: '(black, M)' of a shirt is 'black, M'."""
    rest = name.removeprefix(product).strip()
    inside = rest[1:-1] if rest.startswith("(") and rest.endswith(")") else rest
    return inside or name


def notice(view: ProductView, say: Words) -> list[tuple[str, str]]:
    """The product information that the law wants shown: what, and how it is."""
    if view.text is None:
        return []
    items = view.text.notice_ko if say.language == "ko" else view.text.notice_en
    return [(what.strip(), how.strip()) for what, colon, how in (each.partition(":") for each in items) if colon]


def described(view: ProductView, say: Words) -> str:
    """What is told of it in prose, '' for nothing."""
    if view.text is None:
        return ""
    return view.text.description_ko if say.language == "ko" else view.text.description_en


def sellers(view: ProductView, sku: Sku, say: Words) -> list[Seller]:
    """Everybody who sells a SKU now, by name."""
    selling = {each.offer.seller_id for each in view.offers if each.offer.sku == sku.sku}
    told = {each.partner_id: each for each in view.disclosures}
    named = [each for each in view.sellers if each.partner_id in selling]
    rows = [(say.of(each), told.get(each.partner_id)) for each in named]
    return [Seller(name, () if known is None else disclosed(known, say)) for name, known in sorted(rows, key=_name)]


def disclosed(known: Disclosure, say: Words) -> list[tuple[str, str]]:
    """What must be told of a seller, line by line.

    source  Act on Consumer Protection in Electronic Commerce, article 13
    """
    ko = say.language == "ko"
    authority = known.mail_order_authority_ko if ko else known.mail_order_authority_en
    report = known.mail_order_no and (f"{known.mail_order_no} ({authority})" if authority else known.mail_order_no)
    told = (
        (say("Trade name"), known.trade_name_ko if ko else known.trade_name_en),
        (say("Represented by"), known.representative_ko if ko else known.representative_en),
        (say("Address"), known.address_ko if ko else known.address_en),
        (say("Phone"), known.phone),
        (say("E-mail"), known.email),
        (say("Business number"), known.business_no),
        (say("Mail-order report"), report),
    )
    return [(what, how) for what, how in told if how]


def unit_price(view: ProductView, sku: Sku, price_minor: int | None) -> UnitPrice | None:
    """The price by content that belongs to a price."""
    fitting = (each for each in view.offers if each.offer.sku == sku.sku and each.offer.price_minor == price_minor)
    return next((each.unit_price for each in fitting if each.offer.currency == "KRW"), None)


def linked(
    view: ProductView, sku: Sku, price_minor: int | None, available: bool, here: str, say: Words
) -> dict[str, Any]:
    """The product for search engines.

    available  whether it can be had
    here       the shop's own address
    source     https://schema.org/Product
    """
    product: Product = view.product
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": say.of(sku),
        "sku": sku.sku,
        "category": " / ".join(say.of(each) for each in view.path),
        "url": f"{here.rstrip('/')}{address_of(product.product_id)}",
    }
    if description := described(view, say):
        told["description"] = description
    if product.brand is not None:
        told["brand"] = {"@type": "Brand", "name": product.brand}
    if sku.gtin is not None:
        told["gtin"] = sku.gtin
    if price_minor is not None:
        told["offers"] = {
            "@type": "Offer",
            "price": str(price_minor),
            "priceCurrency": "KRW",
            "availability": f"https://schema.org/{'InStock' if available else 'OutOfStock'}",
            "url": told["url"],
        }
    if view.rating.stars_milli is not None:
        told["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": f"{view.rating.stars_milli / 1000:.1f}",
            "reviewCount": view.rating.reviews,
        }
    return told


def address_of(product_id: str) -> str:
    """A product's page."""
    return f"/shop/products/{product_id}"


def _name(row: tuple[str, Disclosure | None]) -> str:
    return row[0]
