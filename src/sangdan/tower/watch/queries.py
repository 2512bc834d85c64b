"""All SQL of the live picture: it reads the views of other rooms, one family of keys at a time, and writes nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from sangdan.kit.db import Conn, many, run

from .model import Order, Packed, Parcel

# Pages read at several instants would count what happens in between twice, or not at all.
ONE_INSTANT: Final[LiteralString] = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
_ORDERS: Final[LiteralString] = """
    SELECT order_id, shop_id, state, currency, cost_minor, co2e_g, postcode, placed_at, sellers
      FROM orders.order_seen
"""
ORDERS: Final[LiteralString] = _ORDERS + " WHERE order_id = ANY(%(order_ids)s::uuid[])"
PAGE: Final[LiteralString] = (
    _ORDERS
    + """
     WHERE order_id > %(after)s
       AND (placed_at >= %(since)s OR state NOT IN ('delivered', 'confirmed', 'cancelled'))
     ORDER BY order_id
     LIMIT %(limit)s
"""
)
PARCELS: Final[LiteralString] = """
    SELECT p.order_id, p.parcel_no, p.parcel_id, p.node_id, p.operator_id, p.carrier_id, p.service, p.state, p.ready_at,
           p.departs_at, p.promised_at, p.probability_ppm, p.sellers,
           d.state AS road_state, d.handed_over_at, f.kept, f.probability_ppm AS closed_ppm
      FROM orders.parcel_seen p
      LEFT JOIN delivery.parcel_seen d USING (order_id, parcel_id)
      LEFT JOIN promise.outcome_fact f USING (order_id, parcel_no)
     WHERE p.order_id = ANY(%(order_ids)s::uuid[])
     ORDER BY p.order_id, p.parcel_no
"""
PACKED: Final[LiteralString] = """
    SELECT t.parcel_id
      FROM unnest(%(node_ids)s::text[], %(parcel_ids)s::uuid[]) AS w (node_id, parcel_id)
      JOIN warehouse.task_seen t ON (t.node_id, t.parcel_id) = (w.node_id, w.parcel_id)
     WHERE t.state = 'packed'
"""


async def one_instant(conn: Conn) -> None:
    """Have all that this transaction reads be as it is now; only before its first statement."""
    await run(conn, ONE_INSTANT)


async def orders(conn: Conn, order_ids: Sequence[UUID]) -> list[Order]:
    """These orders."""
    return await many(conn, Order, ORDERS, order_ids=list(order_ids))


async def page(conn: Conn, after: UUID, since: datetime, limit: int) -> list[Order]:
    """Orders by id, after a known one: those placed since an instant, and older ones that are still open."""
    return await many(conn, Order, PAGE, after=after, since=since, limit=limit)


async def parcels(conn: Conn, order_ids: Sequence[UUID]) -> list[Parcel]:
    """All parcels of these orders, by order and number."""
    return await many(conn, Parcel, PARCELS, order_ids=list(order_ids))


async def packed(conn: Conn, on_floor: Sequence[tuple[str, UUID]]) -> set[UUID]:
    """Which of these parcels, by node and id, are packed and have not left."""
    node_ids, parcel_ids = [node_id for node_id, _ in on_floor], [parcel_id for _, parcel_id in on_floor]
    return {each.parcel_id for each in await many(conn, Packed, PACKED, node_ids=node_ids, parcel_ids=parcel_ids)}
