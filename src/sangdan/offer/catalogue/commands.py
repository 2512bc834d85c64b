"""The verbs of the catalogue room: find what is sold and for how much, bring rows in."""

from collections.abc import Sequence
from datetime import datetime

from sangdan.kit import bulk
from sangdan.kit.db import Conn

from .errors import BarcodeUnknown, ProductGone, SkuUnknown
from .model import Offer, Product, Sku, gtin_forms
from .queries import loading, reading, shopping
from .queries.reading import kit_parts, known_products, known_skus, product_page, siblings
from .queries.shopping import best_rated, categories, contents, displayed, newest, products, skus_of, text_of

__all__ = [
    "best_rated", "by_gtin", "categories", "contents", "displayed", "kit_parts", "known_products", "known_skus",
    "load_categories", "load_contents", "load_kits", "load_offers", "load_products", "load_skus", "load_texts",
    "newest", "offers_for", "product", "product_page", "products", "siblings", "skus", "skus_of", "text_of",
]  # fmt: skip


async def skus(conn: Conn, wanted: Sequence[str]) -> dict[str, Sku]:
    """SKUs by code, in the order asked for.

    wanted  codes; one may come twice
    raises  SkuUnknown naming every code that does not exist
    """
    found = {each.sku: each for each in await reading.skus(conn, wanted)}
    if missing := [code for code in dict.fromkeys(wanted) if code not in found]:
        named = ", ".join(code[:64] for code in missing[:20])
        raise SkuUnknown(f"Not in the catalogue: {named}. Take the SKU code of an offer.", skus=missing, named=named)
    return {code: found[code] for code in wanted}


async def by_gtin(conn: Conn, gtin: str) -> Sku:
    """The SKU behind a scanned barcode, however many leading zeros the scanner gives.

    raises  GtinWrong when the check digit does not fit, BarcodeUnknown when no SKU carries it
    """
    if (found := await reading.sku_of_gtin(conn, gtin_forms(gtin))) is None:
        raise BarcodeUnknown(f"No SKU carries the barcode {gtin}.", gtin=gtin)
    return found


async def offers_for(conn: Conn, wanted: Sequence[str], at: datetime) -> list[Offer]:
    """Every seller's offer of these SKUs that is valid at an instant, by SKU and seller.

    at     aware; an offer is valid from `valid_from` until before `valid_to`
    gives  at most one for a SKU and seller: of those that overlap, the one that began last
    """
    return await reading.offers_for(conn, wanted, at)


async def product(conn: Conn, product_id: str) -> Product:
    """A product.

    raises  ProductGone when there is none, or none any more
    """
    if (found := await shopping.product(conn, product_id)) is None:
        raise ProductGone(
            f"There is no product {product_id[:64]!r}, or it is sold no longer.", product_id=product_id[:64]
        )
    return found


async def load_categories(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring the names of categories in; rows as CSV in the order of their statement, as for all of these."""
    return await bulk.load(conn, shopping.BULK_CATEGORIES, rows)


async def load_texts(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring what is told of products in; refused: notices that differ in number between the languages."""
    return await bulk.load(conn, shopping.BULK_TEXTS, rows)


async def load_contents(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring in how much is in one unit."""
    return await bulk.load(conn, shopping.BULK_CONTENTS, rows)


async def load_products(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring products in."""
    return await bulk.load(conn, loading.BULK_PRODUCTS, rows)


async def load_skus(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring SKUs in; refused: option values that do not match the product's, a GTIN that another SKU carries."""
    return await bulk.load(conn, loading.BULK_SKUS, rows)


async def load_offers(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring offers in."""
    return await bulk.load(conn, loading.BULK_OFFERS, rows)


async def load_kits(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Say what kits are made of; a part of which a kit has 0 units leaves it. Refused: a kit in a kit."""
    return await bulk.load(conn, loading.BULK_KITS, rows)
