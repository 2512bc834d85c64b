"""What is on the shelves, what is due, and whether it all adds up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from sangdan.kit.db import Conn, many, value

from ..model import Balance, Cell, Drift, Holder, Supply

AVAILABLE: Final[LiteralString] = """
    SELECT node_id, sku, owner_id, on_hand - reserved - safety AS units
      FROM stock.balance
     WHERE sku = ANY(%(skus)s::text[]) AND on_hand - reserved - safety > 0
     ORDER BY node_id, sku, owner_id
"""
SUPPLY: Final[LiteralString] = """
    SELECT node_id, inbound_id, sku, owner_id, least(units, preorder_max) - reserved AS units, due_at
      FROM stock.inbound
     WHERE sku = ANY(%(skus)s::text[]) AND received_at IS NULL AND least(units, preorder_max) > reserved
       AND due_at > %(at)s
     ORDER BY node_id, sku, owner_id, due_at, inbound_id
"""
BALANCES: Final[LiteralString] = """
    SELECT node_id, sku, owner_id, on_hand, reserved, safety
      FROM stock.balance
     WHERE (%(node_id)s::text IS NULL OR node_id = %(node_id)s)
       AND (%(sku)s::text IS NULL OR sku = %(sku)s)
       AND (%(owner_id)s::text IS NULL OR owner_id = %(owner_id)s)
       AND (node_id, sku, owner_id) > (%(after_node)s::text, %(after_sku)s::text, %(after_owner)s::text)
     ORDER BY node_id, sku, owner_id
     LIMIT %(limit)s
"""
DRIFT: Final[LiteralString] = """
    SELECT 'on_hand' AS "check", node_id, sku, owner_id, coalesce(b.on_hand, 0) AS balance,
           coalesce(m.units, 0)::bigint AS facts
      FROM stock.balance b
      FULL JOIN (SELECT node_id, sku, owner_id, sum(units) AS units FROM stock.movement GROUP BY 1, 2, 3) m
           USING (node_id, sku, owner_id)
     WHERE coalesce(b.on_hand, 0) <> coalesce(m.units, 0)
     UNION ALL
    SELECT 'reserved', node_id, sku, owner_id, coalesce(b.reserved, 0), coalesce(r.units, 0)::bigint
      FROM stock.balance b
      FULL JOIN (SELECT node_id, sku, owner_id, sum(units) AS units
                   FROM stock.reservation WHERE state = 'held' AND inbound_id IS NULL GROUP BY 1, 2, 3) r
           USING (node_id, sku, owner_id)
     WHERE coalesce(b.reserved, 0) <> coalesce(r.units, 0)
     UNION ALL
    SELECT 'inbound', i.node_id, i.sku, i.owner_id, i.reserved, coalesce(r.units, 0)::bigint
      FROM stock.inbound i
      LEFT JOIN (SELECT node_id, inbound_id, sum(units) AS units
                   FROM stock.reservation WHERE state = 'held' AND inbound_id IS NOT NULL GROUP BY 1, 2) r
           USING (node_id, inbound_id)
     WHERE i.received_at IS NULL AND i.reserved <> coalesce(r.units, 0)
     UNION ALL
    SELECT 'share', node_id, sku, owner_id, coalesce(a.taken, 0), coalesce(r.units, 0)::bigint
      FROM stock.allotment a
      FULL JOIN (SELECT node_id, sku, owner_id, shop_id, sum(units) AS units
                   FROM stock.reservation WHERE state = 'held' AND shop_id IS NOT NULL GROUP BY 1, 2, 3, 4) r
           USING (node_id, sku, owner_id, shop_id)
     WHERE coalesce(a.taken, 0) <> coalesce(r.units, 0)
     UNION ALL
    SELECT 'oversold', node_id, sku, owner_id, on_hand, reserved
      FROM stock.balance WHERE reserved > on_hand OR on_hand < 0
     ORDER BY 1, 2, 3, 4
"""
HOLDERS: Final[LiteralString] = """
    SELECT order_id, sum(units)::bigint AS units
      FROM stock.reservation WHERE state = 'held' AND order_id IS NOT NULL GROUP BY order_id ORDER BY order_id
"""
OVERSOLD: Final[LiteralString] = """
    SELECT count(*) AS cells FROM stock.balance WHERE reserved > on_hand OR on_hand < 0
"""


async def available(conn: Conn, skus: Sequence[str]) -> list[Cell]:
    """Cells that can still give units of these SKUs now."""
    return await many(conn, Cell, AVAILABLE, skus=list(skus))


async def supply(conn: Conn, skus: Sequence[str], at: datetime) -> list[Supply]:
    """Dated inbounds after `at` that can still be promised."""
    return await many(conn, Supply, SUPPLY, skus=list(skus), at=at)


async def balances(
    conn: Conn, node_id: str | None, sku: str | None, owner_id: str | None, after: tuple[str, str, str], limit: int
) -> list[Balance]:
    """A page of cells, by key."""
    return await many(
        conn,
        Balance,
        BALANCES,
        node_id=node_id,
        sku=sku,
        owner_id=owner_id,
        after_node=after[0],
        after_sku=after[1],
        after_owner=after[2],
        limit=limit,
    )


async def drift(conn: Conn) -> list[Drift]:
    """Every balance that differs from the sum of its facts."""
    return await many(conn, Drift, DRIFT)


async def holders(conn: Conn) -> list[Holder]:
    """Every order that holds units."""
    return await many(conn, Holder, HOLDERS)


async def oversold(conn: Conn) -> int:
    """How many cells have promised more than they hold."""
    return await value(conn, OVERSOLD)
