"""All SQL of the search room: the catalogue as it is looked for, and what changed of it.

Following works as for the picture of the stock: a snapshot of PostgreSQL's says which transactions it saw, so whatever
the one before did not see and this one does is new.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.bulk import Bulk
from sangdan.kit.db import Conn, many, run, value

from .model.listing import Listing

ORIGIN: Final[LiteralString] = """
    SELECT (SELECT system_identifier::text FROM pg_control_system()) || '-'
               || (SELECT oid::text FROM pg_database WHERE datname = current_database()) || '-'
               || 'search.change'::regclass::oid::text AS origin
"""
FOLLOW: Final[LiteralString] = """
    INSERT INTO search.follower (follower_id, seen_at, needs)
    VALUES (%(follower_id)s, %(at)s, pg_snapshot_xmin(pg_current_snapshot()))
"""
BEAT: Final[LiteralString] = """
    UPDATE search.follower SET seen_at = %(at)s, needs = pg_snapshot_xmin(%(instant)s::text::pg_snapshot)
     WHERE follower_id = %(follower_id)s
"""
LEAVE: Final[LiteralString] = "DELETE FROM search.follower WHERE follower_id = %(follower_id)s"
TIDY: Final[LiteralString] = """
    WITH gone AS (
        DELETE FROM search.follower WHERE seen_at < %(before)s
    )
    DELETE FROM search.change
     WHERE xid < coalesce((SELECT needs FROM search.follower WHERE seen_at >= %(before)s ORDER BY needs LIMIT 1),
                          pg_snapshot_xmin(pg_current_snapshot()))
"""
CHANGES: Final[LiteralString] = """
    -- One statement, so one snapshot: what is listed is exactly what it sees and the one before did not.
    SELECT n.instant, n.listed, c.kind, c.told
      FROM (SELECT pg_current_snapshot()::text AS instant,
                   EXISTS (SELECT FROM search.follower WHERE follower_id = %(follower_id)s) AS listed) n
      LEFT JOIN search.change c
        ON c.xid >= pg_snapshot_xmax(%(instant)s::text::pg_snapshot)
        OR c.xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(instant)s::text::pg_snapshot)))
     ORDER BY c.seq
"""
PRICED: Final[LiteralString] = """
    SELECT product_id FROM catalogue.product_offer WHERE valid_from > %(after)s AND valid_from <= %(at)s
     UNION
    SELECT product_id FROM catalogue.product_offer WHERE valid_to > %(after)s AND valid_to <= %(at)s
"""
BRANDS: Final[LiteralString] = "SELECT DISTINCT brand FROM catalogue.listing WHERE brand IS NOT NULL ORDER BY brand"
CATEGORIES: Final[LiteralString] = "SELECT category, name_ko, name_en FROM catalogue.category_name ORDER BY category"
COUNT: Final[LiteralString] = "SELECT count(*) FROM catalogue.listing"
PAGE: Final[LiteralString] = """
    SELECT product_id FROM catalogue.listing WHERE product_id > %(after)s ORDER BY product_id LIMIT %(limit)s
"""
LISTINGS: Final[LiteralString] = """
    -- Of a seller's offers of a SKU that overlap, the one that began last counts.
    WITH asked AS MATERIALIZED (
        SELECT product_id, min(price_minor) AS price_minor
          FROM (SELECT DISTINCT ON (sku, seller_id) product_id, currency, price_minor
                  FROM catalogue.product_offer
                 WHERE product_id = ANY (%(ids)s::text[])
                   AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
                 ORDER BY sku, seller_id, valid_from DESC) o
         WHERE currency = 'KRW' GROUP BY product_id
    )
    SELECT l.product_id, l.category, l.name_ko, l.name_en, l.brand, l.options, l.codes, asked.price_minor,
           coalesce(r.reviews, 0) AS reviews, coalesce(r.stars, 0) AS stars
      FROM catalogue.listing l
      LEFT JOIN asked ON asked.product_id = l.product_id
      LEFT JOIN reviews.product_rating r ON r.product_id = l.product_id
     WHERE l.product_id = ANY (%(ids)s::text[])
     ORDER BY l.product_id
"""
SYNONYMS: Final[LiteralString] = "SELECT word, same, mutual FROM search.synonym ORDER BY word, same"

MAKE_SYNONYM: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (line bigint NOT NULL, LIKE search.synonym) ON COMMIT DROP
"""
COPY_SYNONYMS: Final[LiteralString] = "COPY pg_temp.incoming (line, word, same, mutual) FROM STDIN (FORMAT csv)"
PUT_SYNONYMS: Final[LiteralString] = """
    INSERT INTO search.synonym AS old (word, same, mutual)
    SELECT word, same, mutual FROM pg_temp.incoming ORDER BY word, same
    ON CONFLICT (word, same) DO UPDATE SET mutual = excluded.mutual WHERE old.mutual <> excluded.mutual
"""
BULK_SYNONYMS: Final = Bulk(MAKE_SYNONYM, COPY_SYNONYMS, PUT_SYNONYMS)


class Change(msgspec.Struct, frozen=True):
    """What one statement changed; without kind and told when there is nothing new."""

    instant: str
    listed: bool
    kind: str | None
    told: str | None


class Synonym(msgspec.Struct, frozen=True):
    """Who seeks `word` finds `same` as well; and the other way round where it is mutual."""

    word: str
    same: str
    mutual: bool


class Category(msgspec.Struct, frozen=True):
    """What people call a category."""

    category: str
    name_ko: str
    name_en: str


class _Id(msgspec.Struct, frozen=True):
    product_id: str


class _Brand(msgspec.Struct, frozen=True):
    brand: str


async def origin(conn: Conn) -> str:
    """Which database this is."""
    return await value(conn, ORIGIN)


async def follow(conn: Conn, follower_id: UUID, at: datetime) -> None:
    """Have changes written down from now on."""
    await run(conn, FOLLOW, follower_id=follower_id, at=at)


async def beat(conn: Conn, follower_id: UUID, instant: str, at: datetime) -> bool:
    """Say that we follow, and up to where; False when we are not listed any more."""
    return await run(conn, BEAT, follower_id=follower_id, instant=instant, at=at) == 1


async def leave(conn: Conn, follower_id: UUID) -> None:
    """Have nothing written down for us any more."""
    await run(conn, LEAVE, follower_id=follower_id)


async def tidy(conn: Conn, before: datetime) -> None:
    """Forget who was not seen since, and the changes that nobody needs."""
    await run(conn, TIDY, before=before)


async def changes(conn: Conn, follower_id: UUID, instant: str) -> list[Change]:
    """What changed since a snapshot; at least one row."""
    return await many(conn, Change, CHANGES, follower_id=follower_id, instant=instant)


async def priced(conn: Conn, after: datetime, at: datetime) -> list[str]:
    """Products of which an offer began or ended after one instant, and not after another."""
    return [row.product_id for row in await many(conn, _Id, PRICED, after=after, at=at)]


async def brands(conn: Conn) -> list[str]:
    """Every brand there is."""
    return [row.brand for row in await many(conn, _Brand, BRANDS)]


async def categories(conn: Conn) -> list[Category]:
    """Every category that has names, by path."""
    return await many(conn, Category, CATEGORIES)


async def count(conn: Conn) -> int:
    """How many products there are."""
    return await value(conn, COUNT)


async def page(conn: Conn, after: str, limit: int) -> list[str]:
    """Ids of products after a known one."""
    return [row.product_id for row in await many(conn, _Id, PAGE, after=after, limit=limit)]


async def listings(conn: Conn, ids: Sequence[str], at: datetime) -> list[Listing]:
    """Those of the products that exist, as they are sold at an instant, by id."""
    return await many(conn, Listing, LISTINGS, ids=list(ids), at=at)


async def synonyms(conn: Conn) -> list[Synonym]:
    """The alliance's own other names."""
    return await many(conn, Synonym, SYNONYMS)
