"""What became of the orders of a place that went dark."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, many, value

OPEN: Final[LiteralString] = """
    SELECT count(*) AS parcels FROM orders.parcel WHERE node_id = %(node_id)s AND state IN ('planned', 'released')
"""
# Each order that had a parcel in the cold centre when the lights went out: whether one came from elsewhere afterwards,
# and what its shopper was told because of it.
FATES: Final[LiteralString] = """
    SELECT o.order_id, o.state, o.promised_at, o.postcode, o.due, o.refunded, p.again, p.late, h.heard
      FROM (SELECT o.order_id, o.state, o.promised_at, o.postcode, o.total_minor - o.cancelled_minor AS due,
                   o.cancelled_minor AS refunded
              FROM orders.order o WHERE o.order_id = ANY(%(order_ids)s::uuid[])) o
     CROSS JOIN LATERAL (
           SELECT coalesce(bool_or(re_sourced AND state <> 'cancelled'), false) AS again,
                  coalesce(bool_or(re_sourced AND state <> 'cancelled' AND promised_at > o.promised_at), false) AS late
             FROM orders.parcel WHERE order_id = o.order_id) p
     CROSS JOIN LATERAL (
           SELECT count(*)::integer AS heard FROM kit.event e
            WHERE e.subject = o.order_id::text AND e.at >= %(dark)s
              AND (e.type = 'orders.re_promised' AND NOT (e.data ->> 'kept')::boolean
                   AND NOT coalesce((e.data ->> 'quiet')::boolean, false)
                OR e.type IN ('orders.reduced', 'orders.cancelled') AND e.data ->> 'reason' = 'node_out')) h
     ORDER BY o.order_id
"""
AFFECTED: Final[LiteralString] = """
    SELECT DISTINCT order_id FROM orders.parcel
     WHERE node_id = %(node_id)s AND state IN ('planned', 'released') ORDER BY order_id
"""
# Chilled goods that were handed over where it is not cold, or in the dark; the temperatures are the nodes' own ones.
WARM_PARCELS: Final[LiteralString] = """
    SELECT count(DISTINCT t.parcel_id) AS parcels
      FROM warehouse.task t
      JOIN warehouse.task_line l USING (node_id, parcel_id)
      JOIN catalogue.sku s ON s.sku = l.sku
      JOIN network.node n ON n.node_id = t.node_id
     WHERE t.state = 'handed_over' AND s.temperature <> 'ambient'
       AND (NOT s.temperature = ANY(n.temperatures) OR t.node_id = %(node_id)s AND t.handed_over_at >= %(dark)s)
"""
# The lines of an order that come late, and those of which something does not come at all.
BROKEN: Final[LiteralString] = """
    SELECT l.sku, l.seller_id, l.cancelled_units > 0 AS gone FROM orders.line l
     WHERE l.order_id = %(order_id)s
       AND (l.cancelled_units > 0
            OR EXISTS (SELECT FROM orders.parcel_line i JOIN orders.parcel p USING (order_id, parcel_no)
                        WHERE i.order_id = l.order_id AND i.line_no = l.line_no AND i.units > i.lost_units
                          AND p.promised_at > %(promised_at)s))
     ORDER BY l.line_no
"""


class Fate(msgspec.Struct, frozen=True):
    """What became of an order: `again` something of it comes from elsewhere, `late` after the date; what was heard."""

    order_id: UUID
    state: str
    promised_at: datetime
    postcode: str
    due: int
    refunded: int
    again: bool
    late: bool
    heard: int

    @property
    def end(self) -> str:
        """The worst of it: refunded in part or whole, late, kept; left when nothing was done."""
        if self.refunded:
            return "refunded"
        if not self.again:
            return "left"
        return "late" if self.late else "kept"


class Broken(msgspec.Struct, frozen=True):
    """A line that does not come in time, or not at all."""

    sku: str
    seller_id: str
    gone: bool


async def open_parcels(conn: Conn, node_id: str) -> int:
    """How many parcels a node still has to make."""
    return await value(conn, OPEN, node_id=node_id)


async def affected(conn: Conn, node_id: str) -> list[UUID]:
    """The orders of those parcels."""
    return [row[0] for row in await (await conn.execute(AFFECTED, {"node_id": node_id})).fetchall()]


async def fates_of(conn: Conn, order_ids: Sequence[UUID], dark: datetime) -> list[Fate]:
    """What became of orders since an instant."""
    return await many(conn, Fate, FATES, order_ids=list(order_ids), dark=dark)


async def broken_lines(conn: Conn, fate: Fate) -> list[Broken]:
    """The lines of an order that do not come as they were promised."""
    return await many(conn, Broken, BROKEN, order_id=fate.order_id, promised_at=fate.promised_at)


async def warm_parcels(conn: Conn, node_id: str, dark: datetime) -> int:
    """Parcels with chilled goods that left a warm place, or this node in the dark."""
    return await value(conn, WARM_PARCELS, node_id=node_id, dark=dark)
