"""All SQL of the catalogue room: reading what is sold, loading rows in bulk."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from sangdan.kit.bulk import Bulk, known
from sangdan.kit.db import Conn, many, maybe

from .model import KitPart, Offer, Product, Sku

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
    SELECT product_id, category, name_ko, name_en, brand, options
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

MAKE_PRODUCT: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE catalogue.product) ON COMMIT DROP
"""
COPY_PRODUCTS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, product_id, category, name_ko, name_en, brand, options) FROM STDIN (FORMAT csv)
"""
REFUSE_PRODUCTS: Final[LiteralString] = """
    -- SKUs carry one value for each option name.
    DELETE FROM pg_temp.incoming i
     USING catalogue.product p
     WHERE p.product_id = i.product_id AND cardinality(p.options) <> cardinality(i.options)
       AND EXISTS (SELECT FROM catalogue.sku s WHERE s.product_id = i.product_id)
 RETURNING i.line, 'options: this product has SKUs with ' || cardinality(p.options) || ' option values each' AS reason
"""
PUT_PRODUCTS: Final[LiteralString] = """
    INSERT INTO catalogue.product AS old (product_id, category, name_ko, name_en, brand, options)
    SELECT product_id, category, name_ko, name_en, brand, options FROM pg_temp.incoming ORDER BY product_id
    ON CONFLICT (product_id) DO UPDATE
       SET (category, name_ko, name_en, brand, options)
         = (excluded.category, excluded.name_ko, excluded.name_en, excluded.brand, excluded.options)
     WHERE old IS DISTINCT FROM excluded
"""

MAKE_SKU: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE catalogue.sku) ON COMMIT DROP
"""
COPY_SKUS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, sku, product_id, gtin, name_ko, name_en, options, weight_g, length_mm, width_mm,
                           height_mm, temperature, vat_class, hs_code, origin, age_limit, pickup_only)
    FROM STDIN (FORMAT csv)
"""
REFUSE_SKUS_OPTIONS: Final[LiteralString] = """
    DELETE FROM pg_temp.incoming i
     USING catalogue.product p
     WHERE p.product_id = i.product_id AND cardinality(p.options) <> cardinality(i.options)
 RETURNING i.line, 'options: ' || cardinality(i.options) || ' values, but product ' || i.product_id || ' has '
                   || cardinality(p.options) || ' option names' AS reason
"""
REFUSE_SKUS_GTIN: Final[LiteralString] = """
    DELETE FROM pg_temp.incoming i
     USING catalogue.sku s
     WHERE s.gtin = i.gtin AND s.sku <> i.sku
 RETURNING i.line, 'gtin: ' || i.gtin || ' belongs to SKU ' || s.sku AS reason
"""
PUT_SKUS: Final[LiteralString] = """
    INSERT INTO catalogue.sku AS old (sku, product_id, gtin, name_ko, name_en, options, weight_g, length_mm, width_mm,
                                      height_mm, temperature, vat_class, hs_code, origin, age_limit, pickup_only)
    SELECT sku, product_id, gtin, name_ko, name_en, options, weight_g, length_mm, width_mm, height_mm, temperature,
           vat_class, hs_code, origin, age_limit, pickup_only
      FROM pg_temp.incoming ORDER BY sku
    ON CONFLICT (sku) DO UPDATE
       SET (product_id, gtin, name_ko, name_en, options, weight_g, length_mm, width_mm, height_mm, temperature,
            vat_class, hs_code, origin, age_limit, pickup_only)
         = (excluded.product_id, excluded.gtin, excluded.name_ko, excluded.name_en, excluded.options, excluded.weight_g,
            excluded.length_mm, excluded.width_mm, excluded.height_mm, excluded.temperature, excluded.vat_class,
            excluded.hs_code, excluded.origin, excluded.age_limit, excluded.pickup_only)
     WHERE old IS DISTINCT FROM excluded
"""

MAKE_OFFER: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE catalogue.offer) ON COMMIT DROP
"""
COPY_OFFERS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, sku, seller_id, valid_from, valid_to, currency, price_minor) FROM STDIN (FORMAT csv)
"""
PUT_OFFERS: Final[LiteralString] = """
    INSERT INTO catalogue.offer AS old (sku, seller_id, valid_from, valid_to, currency, price_minor)
    SELECT sku, seller_id, valid_from, valid_to, currency, price_minor
      FROM pg_temp.incoming ORDER BY sku, seller_id, valid_from
    ON CONFLICT (sku, seller_id, valid_from) DO UPDATE
       SET (valid_to, currency, price_minor) = (excluded.valid_to, excluded.currency, excluded.price_minor)
     WHERE old IS DISTINCT FROM excluded
"""

MAKE_KIT: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (
        line bigint NOT NULL, kit_sku kit.code NOT NULL, sku kit.code NOT NULL, units bigint NOT NULL
    ) ON COMMIT DROP
"""
COPY_KITS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, kit_sku, sku, units) FROM STDIN (FORMAT csv)
"""
LOCK_KITS: Final[LiteralString] = """
    -- Two imports at once could make a kit of a part and a part of that kit: one waits for the other.
    LOCK TABLE catalogue.kit_part IN SHARE ROW EXCLUSIVE MODE
"""
REFUSE_KITS: Final[LiteralString] = """
    -- A kit's parts are goods that lie on shelves.
    WITH said AS (
        SELECT kit_sku, sku FROM pg_temp.incoming WHERE units > 0
         UNION
        SELECT kit_sku, sku FROM catalogue.kit_part
    )
    DELETE FROM pg_temp.incoming i
     WHERE i.units > 0
       AND (i.sku IN (SELECT kit_sku FROM said) OR i.kit_sku IN (SELECT sku FROM said))
 RETURNING i.line,
           CASE WHEN i.sku = i.kit_sku THEN 'sku: a kit is no part of itself'
                WHEN i.sku IN (SELECT kit_sku FROM said) THEN 'sku: ' || i.sku || ' is a kit; name its parts instead'
                ELSE 'kit_sku: ' || i.kit_sku || ' is part of another kit' END AS reason
"""
PUT_KITS: Final[LiteralString] = """
    -- None of a part any more: it is taken out.
    WITH gone AS (
        DELETE FROM catalogue.kit_part k
         USING pg_temp.incoming i
         WHERE (k.kit_sku, k.sku) = (i.kit_sku, i.sku) AND i.units = 0
     RETURNING k.kit_sku
    ), put AS (
        INSERT INTO catalogue.kit_part AS old (kit_sku, sku, units)
        SELECT kit_sku, sku, units FROM pg_temp.incoming WHERE units > 0 ORDER BY kit_sku, sku
        ON CONFLICT (kit_sku, sku) DO UPDATE SET units = excluded.units WHERE old.units <> excluded.units
     RETURNING old.kit_sku
    )
    SELECT kit_sku FROM gone UNION ALL SELECT kit_sku FROM put
"""

BULK_PRODUCTS: Final = Bulk(MAKE_PRODUCT, COPY_PRODUCTS, PUT_PRODUCTS, (REFUSE_PRODUCTS,))
BULK_SKUS: Final = Bulk(MAKE_SKU, COPY_SKUS, PUT_SKUS, (REFUSE_SKUS_OPTIONS, REFUSE_SKUS_GTIN))
BULK_OFFERS: Final = Bulk(MAKE_OFFER, COPY_OFFERS, PUT_OFFERS)
BULK_KITS: Final = Bulk(MAKE_KIT, COPY_KITS, PUT_KITS, (REFUSE_KITS,), LOCK_KITS)


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
