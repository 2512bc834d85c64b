"""What was ordered lately, and what scarce units are worth."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from sangdan.kit.db import Conn, many, one, run

LOCK_ROUND: Final[LiteralString] = """
    SELECT read_at, read_id, after_sku, began_at, looked_at, scarce, ended_at FROM promise.scarcity_round FOR UPDATE
"""
ROUND: Final[LiteralString] = """
    SELECT read_at, read_id, after_sku, began_at, looked_at, scarce, ended_at FROM promise.scarcity_round
"""
KEEP_ROUND: Final[LiteralString] = """
    UPDATE promise.scarcity_round
       SET read_at = %(read_at)s, read_id = %(read_id)s, after_sku = %(after_sku)s, began_at = %(began_at)s,
           looked_at = %(looked_at)s, scarce = %(scarce)s, ended_at = %(ended_at)s
"""
PLACED: Final[LiteralString] = """
    SELECT order_id, placed_at, postcode FROM orders.placed_fact
     WHERE (placed_at, order_id) > (%(after_at)s, %(after_id)s) AND placed_at <= %(until)s
     ORDER BY placed_at, order_id LIMIT %(limit)s
"""
ORDERED: Final[LiteralString] = """
    SELECT order_id, sku, sum(units)::bigint AS units FROM orders.line_fact
     WHERE order_id = ANY(%(order_ids)s::uuid[]) GROUP BY order_id, sku ORDER BY order_id, sku
"""
REMEMBER: Final[LiteralString] = """
    INSERT INTO promise.wanted (sku, order_id, postcode, units, at)
    SELECT n.sku, n.order_id, n.postcode, n.units, n.at
      FROM unnest(%(skus)s::text[], %(order_ids)s::uuid[], %(postcodes)s::text[], %(units)s::bigint[],
                  %(ats)s::timestamptz[]) AS n (sku, order_id, postcode, units, at)
     ORDER BY n.sku, n.order_id
    ON CONFLICT (sku, order_id) DO NOTHING
"""
NEXT_SKUS: Final[LiteralString] = """
    SELECT sku FROM promise.wanted WHERE sku > %(after)s GROUP BY sku ORDER BY sku LIMIT %(limit)s
"""
# The latest of each SKU stay; what is older than `since` goes with the rest.
TRIM: Final[LiteralString] = """
    DELETE FROM promise.wanted w
     USING (SELECT sku, order_id, row_number() OVER (PARTITION BY sku ORDER BY at DESC, order_id) AS place
              FROM promise.wanted WHERE sku = ANY(%(skus)s::text[])) AS n
     WHERE (w.sku, w.order_id) = (n.sku, n.order_id) AND (n.place > %(most)s OR w.at < %(since)s)
"""
WANTED: Final[LiteralString] = """
    SELECT sku, order_id, postcode, units, at FROM promise.wanted
     WHERE sku = ANY(%(skus)s::text[]) ORDER BY sku, at, order_id
"""
FORGET_PRICES: Final[LiteralString] = "DELETE FROM promise.scarcity WHERE sku = ANY(%(skus)s::text[])"
FORGET_OLD_PRICES: Final[LiteralString] = "DELETE FROM promise.scarcity WHERE priced_at < %(since)s"
WRITE_PRICES: Final[LiteralString] = """
    INSERT INTO promise.scarcity (node_id, sku, price_minor, currency, priced_at)
    SELECT n.node_id, n.sku, n.price_minor, %(currency)s, %(at)s
      FROM unnest(%(node_ids)s::text[], %(skus)s::text[], %(prices)s::bigint[]) AS n (node_id, sku, price_minor)
     ORDER BY n.node_id, n.sku
"""
SCARCITY: Final[LiteralString] = """
    SELECT node_id, sku, price_minor, currency, priced_at FROM promise.scarcity
     WHERE sku = ANY(%(skus)s::text[]) AND priced_at > %(since)s ORDER BY sku, node_id
"""
DEAREST: Final[LiteralString] = """
    SELECT node_id, sku, price_minor, currency, priced_at FROM promise.scarcity
     WHERE (%(node_id)s::text IS NULL OR node_id = %(node_id)s) AND (%(sku)s::text IS NULL OR sku = %(sku)s)
     ORDER BY price_minor DESC, sku, node_id LIMIT %(limit)s
"""


class Round(msgspec.Struct, frozen=True):
    """How far the pricing of scarcity has come.

    read_at, read_id  the last order that was read, None before the first
    after_sku         the last SKU that was priced in this round
    began_at          of the round under way, None between rounds
    looked_at         SKUs of this round or, between rounds, of the last; `scarce` of them have prices
    ended_at          of the last whole round
    """

    read_at: datetime | None
    read_id: UUID | None
    after_sku: str
    began_at: datetime | None
    looked_at: int
    scarce: int
    ended_at: datetime | None


class Sku(msgspec.Struct, frozen=True):
    """A SKU's code."""

    sku: str


class Placed(msgspec.Struct, frozen=True):
    """An order, as far as sourcing learns from it."""

    order_id: UUID
    placed_at: datetime
    postcode: str


class Ordered(msgspec.Struct, frozen=True):
    """Units of a SKU in an order."""

    order_id: UUID
    sku: str
    units: int


class Asked(msgspec.Struct, frozen=True):
    """An order of a SKU that is remembered."""

    sku: str
    order_id: UUID
    postcode: str
    units: int
    at: datetime


class Scarcity(msgspec.Struct, frozen=True):
    """What a unit is worth more on a node than where the SKU is worth least, > 0."""

    node_id: str
    sku: str
    price_minor: int
    currency: str
    priced_at: datetime


async def lock_round(conn: Conn) -> Round:
    """How far the pricing has come; nobody else goes on with it until this transaction ends."""
    return await one(conn, Round, LOCK_ROUND)


async def round_now(conn: Conn) -> Round:
    """How far the pricing has come."""
    return await one(conn, Round, ROUND)


async def keep_round(conn: Conn, to: Round) -> None:
    """Write how far it has come."""
    await run(conn, KEEP_ROUND, **asdict(to))


async def placed(conn: Conn, after: tuple[datetime, UUID], until: datetime, limit: int) -> list[Placed]:
    """Orders by the time at which they were placed, after a known one."""
    after_at, after_id = after
    return await many(conn, Placed, PLACED, after_at=after_at, after_id=after_id, until=until, limit=limit)


async def ordered(conn: Conn, order_ids: Sequence[UUID]) -> list[Ordered]:
    """What is in these orders, each SKU once an order."""
    return await many(conn, Ordered, ORDERED, order_ids=list(order_ids))


async def remember(conn: Conn, asked: Sequence[Asked]) -> None:
    """Keep orders of SKUs; those that are kept already stay as they are."""
    await run(
        conn,
        REMEMBER,
        skus=[each.sku for each in asked],
        order_ids=[each.order_id for each in asked],
        postcodes=[each.postcode for each in asked],
        units=[each.units for each in asked],
        ats=[each.at for each in asked],
    )


async def next_skus(conn: Conn, after: str, limit: int) -> list[str]:
    """SKUs that were ordered lately, by code, after a known one."""
    return [each.sku for each in await many(conn, Sku, NEXT_SKUS, after=after, limit=limit)]


async def trim(conn: Conn, skus: Sequence[str], most: int, since: datetime) -> None:
    """Forget all but the latest orders of these SKUs, and those before an instant."""
    await run(conn, TRIM, skus=list(skus), most=most, since=since)


async def wanted(conn: Conn, skus: Sequence[str]) -> list[Asked]:
    """The remembered orders of these SKUs, by SKU, the oldest first."""
    return await many(conn, Asked, WANTED, skus=list(skus))


async def reprice(
    conn: Conn, skus: Sequence[str], prices: Sequence[tuple[str, str, int]], currency: str, at: datetime
) -> None:
    """Put prices in place of all that these SKUs had.

    prices  (node, SKU, minor units > 0), each node and SKU once
    """
    await run(conn, FORGET_PRICES, skus=list(skus))
    node_ids, codes, amounts = [p[0] for p in prices], [p[1] for p in prices], [p[2] for p in prices]
    await run(conn, WRITE_PRICES, node_ids=node_ids, skus=codes, prices=amounts, currency=currency, at=at)


async def forget_old_prices(conn: Conn, since: datetime) -> None:
    """Let go of what was priced before an instant."""
    await run(conn, FORGET_OLD_PRICES, since=since)


async def scarcity(conn: Conn, skus: Sequence[str], since: datetime) -> list[Scarcity]:
    """The prices of these SKUs that were made after an instant, by SKU and node."""
    return await many(conn, Scarcity, SCARCITY, skus=list(skus), since=since)


async def dearest(conn: Conn, node_id: str | None, sku: str | None, limit: int) -> list[Scarcity]:
    """The highest prices, of a node, a SKU or all."""
    return await many(conn, Scarcity, DEAREST, node_id=node_id, sku=sku, limit=limit)
