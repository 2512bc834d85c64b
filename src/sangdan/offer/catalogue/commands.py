"""The verbs of the catalogue room: find what is sold and for how much, bring rows in."""

from collections.abc import Sequence
from datetime import datetime

from sangdan.kit import bulk
from sangdan.kit.db import Conn

from . import queries
from .errors import BarcodeUnknown, SkuUnknown
from .model import Offer, Sku, gtin_forms
from .queries import kit_parts, known_products, known_skus, product_page, siblings

__all__ = [
    "by_gtin", "kit_parts", "known_products", "known_skus", "load_kits", "load_offers", "load_products", "load_skus",
    "offers_for", "product_page", "siblings", "skus",
]  # fmt: skip


async def skus(conn: Conn, wanted: Sequence[str]) -> dict[str, Sku]:
    """SKUs by code, in the order asked for.

    wanted  codes; one may come twice
    raises  SkuUnknown naming every code that does not exist
    """
    found = {each.sku: each for each in await queries.skus(conn, wanted)}
    if missing := [code for code in dict.fromkeys(wanted) if code not in found]:
        named = ", ".join(code[:64] for code in missing[:20])
        raise SkuUnknown(f"Not in the catalogue: {named}. Take the SKU code of an offer.", skus=missing, named=named)
    return {code: found[code] for code in wanted}


async def by_gtin(conn: Conn, gtin: str) -> Sku:
    """The SKU behind a scanned barcode, however many leading zeros the scanner gives.

    raises  GtinWrong when the check digit does not fit, BarcodeUnknown when no SKU carries it
    """
    if (found := await queries.sku_of_gtin(conn, gtin_forms(gtin))) is None:
        raise BarcodeUnknown(f"No SKU carries the barcode {gtin}.", gtin=gtin)
    return found


async def offers_for(conn: Conn, wanted: Sequence[str], at: datetime) -> list[Offer]:
    """Every seller's offer of these SKUs that is valid at an instant, by SKU and seller.

    at     aware; an offer is valid from `valid_from` until before `valid_to`
    gives  at most one for a SKU and seller: of those that overlap, the one that began last
    """
    return await queries.offers_for(conn, wanted, at)


async def load_products(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring products in; rows as CSV in the order of their statement, as for all of these."""
    return await bulk.load(conn, queries.BULK_PRODUCTS, rows)


async def load_skus(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring SKUs in; refused: option values that do not match the product's, a GTIN that another SKU carries."""
    return await bulk.load(conn, queries.BULK_SKUS, rows)


async def load_offers(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring offers in."""
    return await bulk.load(conn, queries.BULK_OFFERS, rows)


async def load_kits(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Say what kits are made of; a part of which a kit has 0 units leaves it. Refused: a kit in a kit."""
    return await bulk.load(conn, queries.BULK_KITS, rows)
