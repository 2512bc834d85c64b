"""All SQL of analytics: it reads the views of other rooms, one family of keys at a time, and writes nothing."""

from datetime import datetime
from typing import Final, LiteralString

from sangdan.kit.db import Conn, many, one

from .model import Accuracy, Cause, Cost, Speed, StateCount, Totals

# seen_by: the ally whose shop's orders are asked for; NULL for the whole alliance.
_PLACED: Final[LiteralString] = """
       o.placed_at >= %(from_at)s AND o.placed_at < %(to_at)s
       AND (%(seen_by)s::text IS NULL OR o.shop_id = %(seen_by)s)
"""
STATES: Final[LiteralString] = (
    """
    SELECT o.state, o.reason, count(*) AS orders
      FROM orders.order_fact o
     WHERE """
    + _PLACED
    + """
     GROUP BY o.state, o.reason ORDER BY o.state, o.reason NULLS FIRST
"""
)
TOTALS: Final[LiteralString] = (
    """
    WITH judged AS (
        SELECT o.wanted_units, least(o.units_shipped, o.wanted_units) AS units_shipped, o.live_parcels,
               o.released_at IS NOT NULL AND o.state IN ('delivered', 'confirmed', 'cancelled') AS ended,
               o.shipped_at IS NOT NULL AS left_floor,
               o.units_delivered = o.wanted_units AS in_full,
               o.live_parcels > 0 AND coalesce(k.kept, 0) >= o.live_parcels AS on_time,
               NOT o.re_sourced AND o.lost_parcels = 0 AS in_one_go
          FROM orders.order_fact o
          LEFT JOIN LATERAL (
               SELECT f.order_id, count(*) AS kept FROM promise.outcome_fact f
                WHERE f.order_id = o.order_id AND f.kept GROUP BY f.order_id) k ON true
         WHERE """
    + _PLACED
    + """
    )
    SELECT count(*) AS orders,
           count(*) FILTER (WHERE ended) AS ended,
           count(*) FILTER (WHERE ended AND on_time) AS on_time,
           count(*) FILTER (WHERE ended AND in_full) AS in_full,
           count(*) FILTER (WHERE ended AND on_time AND in_full) AS on_time_in_full,
           count(*) FILTER (WHERE ended AND on_time AND in_full AND in_one_go) AS perfect,
           coalesce(sum(wanted_units) FILTER (WHERE ended OR left_floor), 0)::bigint AS units,
           coalesce(sum(units_shipped) FILTER (WHERE ended OR left_floor), 0)::bigint AS units_shipped,
           count(*) FILTER (WHERE live_parcels > 0) AS sourced,
           count(*) FILTER (WHERE live_parcels > 1) AS split
      FROM judged
"""
)
SPEED: Final[LiteralString] = (
    """
    SELECT count(*) AS orders,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY s.seconds) AS median_s,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY s.seconds) AS p90_s
      FROM (SELECT extract(epoch FROM o.shipped_at - o.placed_at)::bigint AS seconds
              FROM orders.order_fact o
             WHERE o.shipped_at IS NOT NULL AND """
    + _PLACED
    + """) s
"""
)
ACCURACY: Final[LiteralString] = (
    """
    -- Each closed promise counts four times: for all, for its node, its carrier and its service.
    SELECT g.by, g.name, count(*) AS parcels,
           round(avg(f.probability_ppm))::integer AS stated_ppm,
           round(count(*) FILTER (WHERE f.kept) * 1000000.0 / count(*))::integer AS kept_ppm,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY f.late_s) FILTER (WHERE NOT f.kept) AS late_s
      FROM orders.order_fact o
      JOIN promise.outcome_fact f USING (order_id)
     CROSS JOIN LATERAL (VALUES (0, 'all', ''), (1, 'node', f.node_id::text),
                                (2, 'carrier', coalesce(f.carrier_id::text, '-')), (3, 'service', f.service))
                     AS g (place, by, name)
     WHERE """
    + _PLACED
    + """
     GROUP BY g.place, g.by, g.name ORDER BY g.place, g.name COLLATE "C"
"""
)
CAUSES: Final[LiteralString] = (
    """
    SELECT f.cause, count(*) AS parcels
      FROM orders.order_fact o JOIN promise.outcome_fact f USING (order_id)
     WHERE """
    + _PLACED
    + """
     GROUP BY f.cause ORDER BY f.cause
"""
)
COSTS: Final[LiteralString] = (
    """
    SELECT o.currency, count(*) AS orders,
           sum(o.cost_minor)::bigint AS cost_minor, round(avg(o.cost_minor))::bigint AS cost_per_order_minor,
           sum(o.co2e_g)::bigint AS co2e_g, round(avg(o.co2e_g))::bigint AS co2e_per_order_g
      FROM orders.order_fact o
     WHERE o.state <> 'cancelled' AND """
    + _PLACED
    + """
     GROUP BY o.currency ORDER BY o.currency
"""
)


async def states(conn: Conn, from_at: datetime, to_at: datetime, seen_by: str | None) -> list[StateCount]:
    """Orders by state, and by reason where they were cancelled."""
    return await many(conn, StateCount, STATES, from_at=from_at, to_at=to_at, seen_by=seen_by)


async def totals(conn: Conn, from_at: datetime, to_at: datetime, seen_by: str | None) -> Totals:
    """What there is to count."""
    return await one(conn, Totals, TOTALS, from_at=from_at, to_at=to_at, seen_by=seen_by)


async def speed(conn: Conn, from_at: datetime, to_at: datetime, seen_by: str | None) -> Speed:
    """Click to ship."""
    return await one(conn, Speed, SPEED, from_at=from_at, to_at=to_at, seen_by=seen_by)


async def accuracy(conn: Conn, from_at: datetime, to_at: datetime, seen_by: str | None) -> list[Accuracy]:
    """What was promised against what was kept."""
    return await many(conn, Accuracy, ACCURACY, from_at=from_at, to_at=to_at, seen_by=seen_by)


async def causes(conn: Conn, from_at: datetime, to_at: datetime, seen_by: str | None) -> list[Cause]:
    """Promises by how they ended."""
    return await many(conn, Cause, CAUSES, from_at=from_at, to_at=to_at, seen_by=seen_by)


async def costs(conn: Conn, from_at: datetime, to_at: datetime, seen_by: str | None) -> list[Cost]:
    """Cost and carbon, by currency."""
    return await many(conn, Cost, COSTS, from_at=from_at, to_at=to_at, seen_by=seen_by)
