"""Units held for baskets and orders, and given back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from msgspec.structs import asdict

from sangdan.kit.db import Conn, many, run, value

from ..model import Held

LOCK_SHELF: Final[LiteralString] = """
    -- Shares change under their shelf's lock only: whoever holds it looks at them as they are.
    SELECT FROM stock.balance WHERE (node_id, sku, owner_id) = (%(node_id)s, %(sku)s, %(owner_id)s) FOR UPDATE
"""
RESERVE: Final[LiteralString] = """
    -- Check and write are one statement: the row lock keeps the check true.
    WITH share AS (
        SELECT a.shop_id, a.units_max - a.taken AS units
          FROM stock.allotment a JOIN stock.balance b USING (node_id, sku, owner_id)
         WHERE (a.node_id, a.sku, a.owner_id, a.shop_id) = (%(node_id)s, %(sku)s, %(owner_id)s, %(shop_id)s)
           AND b.allotted
    ), taken AS (
        UPDATE stock.balance
           SET reserved = reserved + %(units)s
         WHERE (node_id, sku, owner_id) = (%(node_id)s, %(sku)s, %(owner_id)s)
           AND on_hand - reserved - safety >= %(units)s
           AND NOT EXISTS (SELECT FROM share s WHERE s.units < %(units)s)
     RETURNING node_id, sku, owner_id
    ), counted AS (
        UPDATE stock.allotment a SET taken = a.taken + %(units)s
          FROM taken t, share s
         WHERE (a.node_id, a.sku, a.owner_id, a.shop_id) = (t.node_id, t.sku, t.owner_id, s.shop_id)
     RETURNING a.shop_id
    )
    INSERT INTO stock.reservation
           (node_id, reservation_id, order_id, line_no, sku, owner_id, units, expires_at, at, shop_id)
    SELECT node_id, %(reservation_id)s, %(order_id)s, %(line_no)s, sku, owner_id, %(units)s, %(expires_at)s, %(at)s,
           (SELECT shop_id FROM counted)
      FROM taken
"""
RESERVE_DUE: Final[LiteralString] = """
    -- The same, of supply that is awaited.
    WITH taken AS (
        UPDATE stock.inbound
           SET reserved = reserved + %(units)s
         WHERE (node_id, inbound_id, sku, owner_id) = (%(node_id)s, %(inbound_id)s, %(sku)s, %(owner_id)s)
           AND received_at IS NULL AND least(units, preorder_max) - reserved >= %(units)s
     RETURNING node_id, inbound_id, sku, owner_id
    )
    INSERT INTO stock.reservation
           (node_id, reservation_id, order_id, line_no, sku, owner_id, units, inbound_id, expires_at, at)
    SELECT node_id, %(reservation_id)s, %(order_id)s, %(line_no)s, sku, owner_id, %(units)s, inbound_id,
           %(expires_at)s, %(at)s
      FROM taken
"""
LOCK_HELD: Final[LiteralString] = """
    -- A statement of its own: the next one then sees where the units are by now, should their supply have arrived.
    SELECT FROM stock.reservation
     WHERE node_id = ANY(%(node_ids)s::text[]) AND reservation_id = ANY(%(reservation_ids)s::uuid[])
     ORDER BY reservation_id
       FOR UPDATE
"""
END_HOLD: Final[LiteralString] = """
    WITH ended AS (
        UPDATE stock.reservation SET state = %(state)s
         WHERE (node_id, reservation_id) = (%(node_id)s, %(reservation_id)s)
           AND state = 'held' AND order_id IS NULL
     RETURNING node_id, sku, owner_id, shop_id, inbound_id, units
    ), shelf AS (
        UPDATE stock.balance b SET reserved = b.reserved - e.units
          FROM ended e
         WHERE e.inbound_id IS NULL AND (b.node_id, b.sku, b.owner_id) = (e.node_id, e.sku, e.owner_id)
     RETURNING b.node_id, b.sku, b.owner_id
    ), share AS (
        UPDATE stock.allotment a SET taken = a.taken - e.units
          FROM ended e JOIN shelf USING (node_id, sku, owner_id)
         WHERE (a.node_id, a.sku, a.owner_id, a.shop_id) = (e.node_id, e.sku, e.owner_id, e.shop_id)
    ), unpromised AS (
        UPDATE stock.inbound i SET reserved = i.reserved - e.units
          FROM ended e WHERE (i.node_id, i.inbound_id) = (e.node_id, e.inbound_id)
    )
    SELECT count(*) AS ended FROM ended
"""
HELD: Final[LiteralString] = """
    SELECT node_id, reservation_id, line_no, sku, owner_id, units, inbound_id
      FROM stock.reservation
     WHERE order_id = %(order_id)s AND state = 'held'
     ORDER BY reservation_id
       FOR UPDATE
"""
LET_GO: Final[LiteralString] = """
    -- Gives back units of orders' reservations, in whole or in part; what was held against an inbound goes back there.
    WITH wish AS (
        SELECT node_id, reservation_id, units
          FROM unnest(%(node_ids)s::text[], %(reservation_ids)s::uuid[], %(units)s::bigint[])
               AS w (node_id, reservation_id, units)
    ), gone AS (
        UPDATE stock.reservation r
           SET units = CASE WHEN r.units = w.units THEN r.units ELSE r.units - w.units END,
               state = CASE WHEN r.units = w.units THEN 'released' ELSE r.state END
          FROM wish w
         WHERE (r.node_id, r.reservation_id) = (w.node_id, w.reservation_id)
           AND r.state = 'held' AND r.units >= w.units
     RETURNING r.node_id, r.sku, r.owner_id, r.shop_id, r.inbound_id, w.units
    ), shelf AS (
        SELECT b.node_id, b.sku, b.owner_id, g.units
          FROM stock.balance b
          JOIN (SELECT node_id, sku, owner_id, sum(units)::bigint AS units
                  FROM gone WHERE inbound_id IS NULL GROUP BY 1, 2, 3) g USING (node_id, sku, owner_id)
         ORDER BY b.node_id, b.sku, b.owner_id
           FOR UPDATE OF b
    ), back AS (
        UPDATE stock.balance b SET reserved = b.reserved - s.units
          FROM shelf s WHERE (b.node_id, b.sku, b.owner_id) = (s.node_id, s.sku, s.owner_id)
     RETURNING b.node_id, b.sku, b.owner_id
    ), share AS (
        UPDATE stock.allotment a SET taken = a.taken - t.units
          FROM (SELECT node_id, sku, owner_id, shop_id, sum(units)::bigint AS units
                  FROM gone WHERE shop_id IS NOT NULL GROUP BY 1, 2, 3, 4) t
          JOIN back USING (node_id, sku, owner_id)
         WHERE (a.node_id, a.sku, a.owner_id, a.shop_id) = (t.node_id, t.sku, t.owner_id, t.shop_id)
    ), unpromised AS (
        UPDATE stock.inbound i SET reserved = i.reserved - g.units
          FROM (SELECT node_id, inbound_id, sum(units)::bigint AS units
                  FROM gone WHERE inbound_id IS NOT NULL GROUP BY 1, 2) g
         WHERE (i.node_id, i.inbound_id) = (g.node_id, g.inbound_id)
    )
    SELECT count(*) AS gone FROM gone
"""


async def reserve(
    conn: Conn,
    wanted: Held,
    at: datetime,
    *,
    order_id: UUID | None = None,
    expires_at: datetime | None = None,
    shop_id: str | None = None,
) -> bool:
    """Hold units; False when the shelf, the shop's share of it, or the inbound cannot cover them.

    order_id    for an order that is placed already; None for a basket
    expires_at  when a basket's hold ends
    shop_id     the ally whose share of the shelf bounds it; None bounds nothing
    """
    holder = {"order_id": order_id, "expires_at": expires_at, "at": at, **asdict(wanted)}
    if wanted.inbound_id is not None:
        return await run(conn, RESERVE_DUE, **holder) == 1
    if shop_id is not None:
        await run(conn, LOCK_SHELF, node_id=wanted.node_id, sku=wanted.sku, owner_id=wanted.owner_id)
    return await run(conn, RESERVE, shop_id=shop_id, **holder) == 1


async def end_hold(conn: Conn, node_id: str, reservation_id: UUID, state: str) -> bool:
    """End a basket's hold and give the units back; False when it has ended already."""
    await run(conn, LOCK_HELD, node_ids=[node_id], reservation_ids=[reservation_id])
    return await value(conn, END_HOLD, node_id=node_id, reservation_id=reservation_id, state=state) == 1


async def held(conn: Conn, order_id: UUID) -> list[Held]:
    """What an order still holds, locked."""
    return await many(conn, Held, HELD, order_id=order_id)


async def let_go(conn: Conn, parts: Sequence[Held]) -> int:
    """Give units back; gives how many reservations were touched."""
    node_ids, reservation_ids = [part.node_id for part in parts], [part.reservation_id for part in parts]
    await run(conn, LOCK_HELD, node_ids=node_ids, reservation_ids=reservation_ids)
    units = [part.units for part in parts]
    return await value(conn, LET_GO, node_ids=node_ids, reservation_ids=reservation_ids, units=units)
