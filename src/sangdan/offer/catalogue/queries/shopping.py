"""The SQL of showing goods in a shop: the tree of categories, lists, a product's own page, and loading these."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from sangdan.kit.bulk import Bulk
from sangdan.kit.db import Conn, many, maybe

from ..model import Category, Content, Displayed, Listed, Product, ProductText, Sku

CATEGORIES: Final[LiteralString] = """
    SELECT category, name_ko, name_en, picture, place FROM catalogue.category ORDER BY category
"""
_FILED: Final[LiteralString] = """
     WHERE %(category)s::text IS NULL OR p.category COLLATE "C" = %(category)s::text
        OR (p.category COLLATE "C" >= %(category)s::text || '/' AND p.category COLLATE "C" < %(category)s::text || '0')
"""
RATED: Final[LiteralString] = (
    """
    -- '0' is the character after '/': what begins with the category and a slash is filed below it.
    SELECT p.product_id
      FROM catalogue.product p LEFT JOIN reviews.product_rating r USING (product_id)
"""
    + _FILED
    + """
     ORDER BY (coalesce(r.stars, 0) * 1000 + %(prior_milli)s::bigint * %(prior_reviews)s::bigint)
              / (coalesce(r.reviews, 0) + %(prior_reviews)s::bigint) DESC, p.product_id
     LIMIT %(most)s
"""
)
NEWEST: Final[LiteralString] = (
    "SELECT p.product_id FROM catalogue.product p" + _FILED + " ORDER BY p.product_id DESC LIMIT %(most)s"
)
DISPLAYED: Final[LiteralString] = """
    -- A row for each offer of each SKU; of a seller's offers that overlap, the one that began last counts.
    SELECT p.product_id, p.category, p.name_ko, p.name_en, p.brand, p.picture, s.sku, s.weight_g, s.temperature,
           s.age_limit, s.pickup_only, EXISTS (SELECT FROM catalogue.kit_part k WHERE k.kit_sku = s.sku) AS is_kit,
           c.amount, c.unit, c.per, o.seller_id, o.currency, o.price_minor
      FROM catalogue.product p
      JOIN catalogue.sku s ON s.product_id = p.product_id
      LEFT JOIN catalogue.content c ON c.sku = s.sku
      LEFT JOIN LATERAL (
           SELECT DISTINCT ON (f.seller_id) f.seller_id, f.currency, f.price_minor
             FROM catalogue.offer f
            WHERE f.sku = s.sku AND f.valid_from <= %(at)s AND (f.valid_to IS NULL OR f.valid_to > %(at)s)
            ORDER BY f.seller_id, f.valid_from DESC) o ON true
     WHERE p.product_id = ANY(%(product_ids)s::text[])
     ORDER BY p.product_id, s.sku, o.seller_id
"""
PRODUCT: Final[LiteralString] = """
    SELECT product_id, category, name_ko, name_en, brand, options, picture
      FROM catalogue.product WHERE product_id = %(product_id)s
"""
PRODUCTS: Final[LiteralString] = """
    SELECT product_id, category, name_ko, name_en, brand, options, picture
      FROM catalogue.product WHERE product_id = ANY(%(product_ids)s::text[]) ORDER BY product_id
"""
SKUS_OF: Final[LiteralString] = """
    SELECT sku, product_id, gtin, name_ko, name_en, options, weight_g, length_mm, width_mm, height_mm, temperature,
           vat_class, hs_code, origin, age_limit, pickup_only,
           EXISTS (SELECT FROM catalogue.kit_part k WHERE k.kit_sku = sku.sku) AS is_kit
      FROM catalogue.sku WHERE product_id = %(product_id)s ORDER BY sku
"""
TEXT_OF: Final[LiteralString] = """
    SELECT product_id, description_ko, description_en, notice_ko, notice_en
      FROM catalogue.product_text WHERE product_id = %(product_id)s
"""
CONTENTS: Final[LiteralString] = """
    SELECT sku, amount, unit, per FROM catalogue.content WHERE sku = ANY(%(skus)s::text[]) ORDER BY sku
"""

MAKE_CATEGORY: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE catalogue.category) ON COMMIT DROP
"""
COPY_CATEGORIES: Final[LiteralString] = """
    COPY pg_temp.incoming (line, category, name_ko, name_en, picture, place) FROM STDIN (FORMAT csv)
"""
PUT_CATEGORIES: Final[LiteralString] = """
    INSERT INTO catalogue.category AS old (category, name_ko, name_en, picture, place)
    SELECT category, name_ko, name_en, picture, place FROM pg_temp.incoming ORDER BY category
    ON CONFLICT (category) DO UPDATE
       SET (name_ko, name_en, picture, place)
         = (excluded.name_ko, excluded.name_en, excluded.picture, excluded.place)
     WHERE old IS DISTINCT FROM excluded
"""
MAKE_TEXT: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE catalogue.product_text) ON COMMIT DROP
"""
COPY_TEXTS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, product_id, description_ko, description_en, notice_ko, notice_en)
    FROM STDIN (FORMAT csv)
"""
REFUSE_TEXTS: Final[LiteralString] = """
    DELETE FROM pg_temp.incoming i WHERE cardinality(i.notice_ko) <> cardinality(i.notice_en)
 RETURNING i.line, 'notice_en: ' || cardinality(i.notice_en) || ' items, but notice_ko has ' || cardinality(i.notice_ko)
                   AS reason
"""
PUT_TEXTS: Final[LiteralString] = """
    INSERT INTO catalogue.product_text AS old (product_id, description_ko, description_en, notice_ko, notice_en)
    SELECT product_id, description_ko, description_en, notice_ko, notice_en FROM pg_temp.incoming ORDER BY product_id
    ON CONFLICT (product_id) DO UPDATE
       SET (description_ko, description_en, notice_ko, notice_en)
         = (excluded.description_ko, excluded.description_en, excluded.notice_ko, excluded.notice_en)
     WHERE old IS DISTINCT FROM excluded
"""
MAKE_CONTENT: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE catalogue.content) ON COMMIT DROP
"""
COPY_CONTENTS: Final[LiteralString] = """
    COPY pg_temp.incoming (line, sku, amount, unit, per) FROM STDIN (FORMAT csv)
"""
PUT_CONTENTS: Final[LiteralString] = """
    INSERT INTO catalogue.content AS old (sku, amount, unit, per)
    SELECT sku, amount, unit, per FROM pg_temp.incoming ORDER BY sku
    ON CONFLICT (sku) DO UPDATE SET (amount, unit, per) = (excluded.amount, excluded.unit, excluded.per)
     WHERE old IS DISTINCT FROM excluded
"""
BULK_CATEGORIES: Final = Bulk(MAKE_CATEGORY, COPY_CATEGORIES, PUT_CATEGORIES)
BULK_TEXTS: Final = Bulk(MAKE_TEXT, COPY_TEXTS, PUT_TEXTS, (REFUSE_TEXTS,))
BULK_CONTENTS: Final = Bulk(MAKE_CONTENT, COPY_CONTENTS, PUT_CONTENTS)


async def categories(conn: Conn) -> list[Category]:
    """The whole tree, by path."""
    return await many(conn, Category, CATEGORIES)


async def best_rated(conn: Conn, category: str | None, prior_reviews: int, prior_milli: int, most: int) -> list[str]:
    """Products of a category and of those below it, by what their reviews say and by id.

    category       a path, None for all goods
    prior_reviews  so many reviews with `prior_milli` thousandths of a star stand behind every product beforehand
    """
    rows = await many(
        conn, Listed, RATED, category=category, prior_reviews=prior_reviews, prior_milli=prior_milli, most=most
    )
    return [row.product_id for row in rows]


async def newest(conn: Conn, category: str | None, most: int) -> list[str]:
    """The same, the highest id first."""
    return [row.product_id for row in await many(conn, Listed, NEWEST, category=category, most=most)]


async def displayed(conn: Conn, product_ids: Sequence[str], at: datetime) -> list[Displayed]:
    """All that cards of these products say of the goods and their prices, by product, SKU and seller."""
    return await many(conn, Displayed, DISPLAYED, product_ids=list(product_ids), at=at)


async def product(conn: Conn, product_id: str) -> Product | None:
    """A product."""
    return await maybe(conn, Product, PRODUCT, product_id=product_id)


async def products(conn: Conn, product_ids: Sequence[str]) -> list[Product]:
    """Those of the products that exist, by id."""
    return await many(conn, Product, PRODUCTS, product_ids=list(product_ids))


async def skus_of(conn: Conn, product_id: str) -> list[Sku]:
    """The SKUs of a product, by code."""
    return await many(conn, Sku, SKUS_OF, product_id=product_id)


async def text_of(conn: Conn, product_id: str) -> ProductText | None:
    """What is told of a product on its own page; None when nothing is."""
    return await maybe(conn, ProductText, TEXT_OF, product_id=product_id)


async def contents(conn: Conn, skus: Sequence[str]) -> list[Content]:
    """How much is in one unit, of those SKUs that have a unit price."""
    return await many(conn, Content, CONTENTS, skus=list(skus))
