"""Whether orders' rows agree with one another."""

from collections.abc import Sequence
from typing import Final, LiteralString
from uuid import UUID

from sangdan.kit.db import Conn, many

from ..model import Drift

DRIFT: Final[LiteralString] = """
    -- What is left of a line is what its parcels hold.
    SELECT 'line' AS "check", l.order_id, l.line_no, l.units - l.cancelled_units AS written,
           coalesce(p.units, 0)::bigint AS counted
      FROM orders.line l
      LEFT JOIN (SELECT order_id, line_no, sum(units - lost_units) AS units FROM orders.parcel_line GROUP BY 1, 2) p
           USING (order_id, line_no)
     WHERE l.units - l.cancelled_units <> coalesce(p.units, 0)
     UNION ALL
    SELECT 'goods', o.order_id, 0, o.goods_minor, coalesce(l.goods_minor, 0)::bigint
      FROM orders.order o
      LEFT JOIN (SELECT order_id, sum(units * unit_price_minor) AS goods_minor FROM orders.line GROUP BY 1) l
           USING (order_id)
     WHERE o.goods_minor <> coalesce(l.goods_minor, 0)
     UNION ALL
    -- An order that has ended has no parcel that is still to come.
    SELECT 'ended', o.order_id, p.parcel_no, 0, 1
      FROM orders.order o JOIN orders.parcel p USING (order_id)
     WHERE o.state IN ('delivered', 'confirmed', 'cancelled') AND p.state IN ('planned', 'released', 'shipped')
     UNION ALL
    -- Placing writes an order with all its rows, and no constraint looks each of them up (decisions/0010).
    SELECT 'stray line', l.order_id, l.line_no, 1, 0
      FROM orders.line l WHERE NOT EXISTS (SELECT FROM orders.order o WHERE o.order_id = l.order_id)
     UNION ALL
    SELECT 'stray parcel', p.order_id, p.parcel_no, 1, 0
      FROM orders.parcel p WHERE NOT EXISTS (SELECT FROM orders.order o WHERE o.order_id = p.order_id)
     UNION ALL
    SELECT 'stray part', i.order_id, i.line_no, 1, 0
      FROM orders.parcel_line i
     WHERE NOT EXISTS (SELECT FROM orders.parcel p WHERE (p.order_id, p.parcel_no) = (i.order_id, i.parcel_no))
        OR NOT EXISTS (SELECT FROM orders.line l WHERE (l.order_id, l.line_no) = (i.order_id, i.line_no))
     ORDER BY 1, 2, 3
"""
ENDED: Final[LiteralString] = """
    SELECT order_id FROM orders.order
     WHERE order_id = ANY(%(order_ids)s::uuid[]) AND state IN ('delivered', 'confirmed', 'cancelled')
     ORDER BY order_id
"""


async def drift(conn: Conn) -> list[Drift]:
    """Orders whose rows do not agree."""
    return await many(conn, Drift, DRIFT)


async def ended(conn: Conn, order_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the orders that are over."""
    return [row[0] for row in await (await conn.execute(ENDED, {"order_ids": list(order_ids)})).fetchall()]
