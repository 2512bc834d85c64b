"""The SQL of reading what is sold, and for how much."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from sangdan.kit.bulk import known
from sangdan.kit.db import Conn, many, maybe

from ..model import KitPart, Offer, Product, Sku

SKUS: Final[LiteralString] = """
    SELECT sku, product_id, gtin, name_ko, name_en, options, weight_g, length_mm, width_mm, height_mm, temperature,
           vat_class, hs_code, origin, age_limit, pickup_only,
           EXISTS (SELECT FROM catalogue.kit_part k WHERE k.kit_sku = sku.sku) AS is_kit
      FROM catalogue.sku WHERE sku = ANY(%(skus)s::text[]) ORDER BY sku
"""
SKU_OF_GTIN: Final[LiteralString] = """
    SELECT sku, product_id, gtin, name_ko, name_en, options, weight_g, length_mm, width_mm, height_mm, temperature,
           vat_class, hs_code, origin, age_limit, pickup_only,
           EXISTS (SELECT FROM catalogue.kit_part k WHERE k.kit_sku = sku.sku) AS is_kit
      FROM catalogue.sku WHERE gtin = ANY(%(gtins)s::text[]) ORDER BY sku LIMIT 1
"""
PRODUCT_PAGE: Final[LiteralString] = """
    SELECT product_id, category, name_ko, name_en, brand, options, picture
      FROM catalogue.product
     WHERE product_id > %(after)s::text ORDER BY product_id LIMIT %(limit)s
"""
OFFERS_FOR: Final[LiteralString] = """
    -- Of a seller's offers that overlap, the one that began last counts.
    SELECT DISTINCT ON (sku, seller_id) sku, seller_id, valid_from, valid_to, currency, price_minor
      FROM catalogue.offer
     WHERE sku = ANY(%(skus)s::text[]) AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
     ORDER BY sku, seller_id, valid_from DESC
"""
KIT_PARTS: Final[LiteralString] = """
    SELECT kit_sku, sku, units FROM catalogue.kit_part WHERE kit_sku = ANY(%(kits)s::text[]) ORDER BY kit_sku, sku
"""
SIBLINGS: Final[LiteralString] = """
    SELECT s.sku, s.product_id, s.gtin, s.name_ko, s.name_en, s.options, s.weight_g, s.length_mm, s.width_mm,
           s.height_mm, s.temperature, s.vat_class, s.hs_code, s.origin, s.age_limit, s.pickup_only,
           EXISTS (SELECT FROM catalogue.kit_part k WHERE k.kit_sku = s.sku) AS is_kit
      FROM catalogue.sku s JOIN catalogue.sku o ON o.product_id = s.product_id
     WHERE o.sku = %(sku)s AND s.sku <> o.sku ORDER BY s.sku
"""
KNOWN_PRODUCTS: Final[LiteralString] = """
    SELECT p.product_id AS id
      FROM unnest(%(ids)s::text[]) AS w (id) JOIN catalogue.product p ON p.product_id = w.id
"""
KNOWN_SKUS: Final[LiteralString] = """
    SELECT s.sku AS id FROM unnest(%(ids)s::text[]) AS w (id) JOIN catalogue.sku s ON s.sku = w.id
"""


async def skus(conn: Conn, wanted: Sequence[str]) -> list[Sku]:
    """Those of the SKUs that exist, by code."""
    return await many(conn, Sku, SKUS, skus=list(wanted))


async def kit_parts(conn: Conn, kits: Sequence[str]) -> list[KitPart]:
    """What kits are made of, by kit and SKU."""
    return await many(conn, KitPart, KIT_PARTS, kits=list(kits))


async def siblings(conn: Conn, sku: str) -> list[Sku]:
    """The other SKUs of a SKU's product, by code."""
    return await many(conn, Sku, SIBLINGS, sku=sku)


async def sku_of_gtin(conn: Conn, gtins: Sequence[str]) -> Sku | None:
    """The SKU that carries one of these spellings of a barcode number."""
    return await maybe(conn, Sku, SKU_OF_GTIN, gtins=list(gtins))


async def product_page(conn: Conn, after: str, limit: int) -> list[Product]:
    """Products by id, after a known one."""
    return await many(conn, Product, PRODUCT_PAGE, after=after, limit=limit)


async def offers_for(conn: Conn, wanted: Sequence[str], at: datetime) -> list[Offer]:
    """What each seller asks for these SKUs at an instant, by SKU and seller."""
    return await many(conn, Offer, OFFERS_FOR, skus=list(wanted), at=at)


async def known_products(conn: Conn, ids: Sequence[str]) -> set[str]:
    """Those of the ids that are products."""
    return await known(conn, KNOWN_PRODUCTS, ids)


async def known_skus(conn: Conn, ids: Sequence[str]) -> set[str]:
    """Those of the ids that are SKUs."""
    return await known(conn, KNOWN_SKUS, ids)
