"""All SQL of the live picture: it reads the views of other rooms, one family of keys at a time, and writes nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, LiteralString
from uuid import UUID

from sangdan.kit.db import Conn, many, run

from .model import Order, Packed, Parcel, Past

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
# Pages read at several instants would count what happens in between twice, or not at all.
ONE_INSTANT: Final[LiteralString] = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
ORDERS: Final[LiteralString] = """
    SELECT order_id, shop_id, state, currency, cost_minor, co2e_g, postcode, placed_at, sellers
      FROM orders.order_seen
     WHERE order_id = ANY(%(order_ids)s::uuid[])
"""
UNDER_WAY: Final[LiteralString] = """
    SELECT order_id, shop_id, state, currency, cost_minor, co2e_g, postcode, placed_at, sellers
      FROM orders.open_seen
     WHERE (placed_at, order_id) > (%(at)s, %(after)s)
     ORDER BY placed_at, order_id
     LIMIT %(limit)s
"""
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

# What `tallies` says of each order, summed up where the orders are; '' is the tower. It and an order's own shop see
# all of it and are summed up at once; only the others' parts have to be told from one another.
PAST: Final[LiteralString] = """
    WITH ended AS MATERIALIZED (
         SELECT order_id, shop_id, currency, state = 'cancelled' AS cancelled, cost_minor, co2e_g
           FROM orders.ended_seen
          WHERE placed_at >= %(since)s AND placed_at < %(until)s AND order_id <> ALL (%(known)s::uuid[])),
    part AS MATERIALIZED (
         SELECT e.order_id, e.shop_id, e.currency, p.parcel_no, p.operator_id, p.carrier_id,
                p.state <> 'cancelled' AS live, f.kept, f.probability_ppm
           FROM ended e
           JOIN orders.part_seen p ON p.order_id = e.order_id
           LEFT JOIN promise.outcome_fact f ON (f.order_id, f.parcel_no) = (p.order_id, p.parcel_no)),
    counted AS MATERIALIZED (
         SELECT e.order_id, e.shop_id, e.currency, e.cancelled::int AS cancelled,
                coalesce(n.parts > 0, false)::int AS sourced, coalesce(n.parts > 1, false)::int AS split,
                CASE WHEN e.cancelled THEN 0 ELSE e.cost_minor END AS cost_minor,
                CASE WHEN e.cancelled THEN 0 ELSE e.co2e_g END AS co2e_g
           FROM ended e
           LEFT JOIN (SELECT order_id, count(*) FILTER (WHERE live) AS parts FROM part GROUP BY order_id) n
                     ON n.order_id = e.order_id),
    other AS (
         SELECT p.order_id, s.seer
           FROM part p CROSS JOIN LATERAL (VALUES (p.operator_id), (p.carrier_id)) AS s (seer)
          WHERE s.seer <> p.shop_id
          UNION
         SELECT l.order_id, l.seller_id
           FROM ended e JOIN orders.seller_seen l ON l.order_id = e.order_id
          WHERE l.seller_id <> e.shop_id),
    part_other AS (
         SELECT p.order_id, p.parcel_no, s.seer
           FROM part p CROSS JOIN LATERAL (VALUES (p.operator_id), (p.carrier_id)) AS s (seer)
          WHERE s.seer <> p.shop_id AND p.kept IS NOT NULL
          UNION
         SELECT l.order_id, l.parcel_no, l.seller_id
           FROM ended e JOIN orders.part_seller_seen l ON l.order_id = e.order_id
          WHERE l.seller_id <> e.shop_id)
    SELECT currency, seer, sum(orders)::bigint AS orders, sum(cancelled)::bigint AS cancelled,
           sum(sourced)::bigint AS sourced, sum(split)::bigint AS split, sum(closed)::bigint AS closed,
           sum(kept)::bigint AS kept, sum(stated_ppm)::bigint AS stated_ppm, sum(cost_minor)::bigint AS cost_minor,
           sum(co2e_g)::bigint AS co2e_g
      FROM (SELECT c.currency, s.seer, c.orders, c.cancelled, c.sourced, c.split, 0 AS closed, 0 AS kept,
                   0 AS stated_ppm, c.cost_minor, c.co2e_g
              FROM (SELECT currency, shop_id, count(*) AS orders, sum(cancelled) AS cancelled, sum(sourced) AS sourced,
                           sum(split) AS split, sum(cost_minor) AS cost_minor, sum(co2e_g) AS co2e_g
                      FROM counted GROUP BY currency, shop_id) c
             CROSS JOIN LATERAL (VALUES (''), (c.shop_id)) AS s (seer)
             UNION ALL
            SELECT c.currency, o.seer, count(*), sum(c.cancelled), sum(c.sourced), sum(c.split), 0, 0, 0, 0, 0
              FROM other o JOIN counted c ON c.order_id = o.order_id
             GROUP BY c.currency, o.seer
             UNION ALL
            SELECT c.currency, s.seer, 0, 0, 0, 0, c.closed, c.kept, c.stated_ppm, 0, 0
              FROM (SELECT currency, shop_id, count(*) AS closed, sum(kept::int) AS kept,
                           sum(probability_ppm) AS stated_ppm
                      FROM part WHERE kept IS NOT NULL GROUP BY currency, shop_id) c
             CROSS JOIN LATERAL (VALUES (''), (c.shop_id)) AS s (seer)
             UNION ALL
            SELECT p.currency, o.seer, 0, 0, 0, 0, count(*), sum(p.kept::int), sum(p.probability_ppm), 0, 0
              FROM part_other o JOIN part p ON (p.order_id, p.parcel_no) = (o.order_id, o.parcel_no)
             WHERE p.kept IS NOT NULL
             GROUP BY p.currency, o.seer) each_order
     GROUP BY currency, seer
"""


async def one_instant(conn: Conn) -> None:
    """Have all that this transaction reads be as it is now; only before its first statement."""
    await run(conn, ONE_INSTANT)


async def orders(conn: Conn, order_ids: Sequence[UUID]) -> list[Order]:
    """These orders."""
    return await many(conn, Order, ORDERS, order_ids=list(order_ids))


async def under_way(conn: Conn, after: Order | None, limit: int) -> list[Order]:
    """Orders that have not ended, the oldest first, after a known one."""
    at, order_id = (_NEVER, UUID(int=0)) if after is None else (after.placed_at, after.order_id)
    return await many(conn, Order, UNDER_WAY, at=at, after=order_id, limit=limit)


async def past(conn: Conn, since: datetime, until: datetime, known: Sequence[UUID]) -> list[Past]:
    """What the orders that have ended add to the counters of the tower and of each ally, by currency.

    since, until  when they were placed, until not included
    known         orders that are counted elsewhere
    """
    return await many(conn, Past, PAST, since=since, until=until, known=list(known))


async def parcels(conn: Conn, order_ids: Sequence[UUID]) -> list[Parcel]:
    """All parcels of these orders, by order and number."""
    return await many(conn, Parcel, PARCELS, order_ids=list(order_ids))


async def packed(conn: Conn, on_floor: Sequence[tuple[str, UUID]]) -> set[UUID]:
    """Which of these parcels, by node and id, are packed and have not left."""
    node_ids, parcel_ids = [node_id for node_id, _ in on_floor], [parcel_id for _, parcel_id in on_floor]
    return {each.parcel_id for each in await many(conn, Packed, PACKED, node_ids=node_ids, parcel_ids=parcel_ids)}
