"""The SQL of loading products, SKUs, offers and kits in bulk."""

from typing import Final, LiteralString

from sangdan.kit.bulk import Bulk

MAKE_PRODUCT: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE catalogue.product) ON COMMIT DROP
"""
COPY_PRODUCTS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, product_id, category, name_ko, name_en, brand, options, picture)
    FROM STDIN (FORMAT csv)
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
    INSERT INTO catalogue.product AS old (product_id, category, name_ko, name_en, brand, options, picture)
    SELECT product_id, category, name_ko, name_en, brand, options, picture FROM pg_temp.incoming ORDER BY product_id
    ON CONFLICT (product_id) DO UPDATE
       SET (category, name_ko, name_en, brand, options, picture)
         = (excluded.category, excluded.name_ko, excluded.name_en, excluded.brand, excluded.options, excluded.picture)
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
