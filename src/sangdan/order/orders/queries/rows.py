"""Orders, their lines and their parcels: read, stepped, cut and counted again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from sangdan.kit.db import Conn, many, maybe, run, value

from ..model import Order, Parcel, ParcelBy, ParcelLine, ParcelOn, ParcelOrder, Rest, Term

_ORDER: Final[LiteralString] = """
    SELECT order_id, client_id, shop_id, shopper_id, state, reason, currency, goods_minor, delivery_minor,
           total_minor, cancelled_minor, cost_minor, co2e_g, postcode, service, promised_at, probability_ppm,
           placed_at, release_at, confirm_days, released_at, shipped_at, delivered_at, confirmed_at, order_ref
      FROM orders.order
"""
ORDER: Final[LiteralString] = _ORDER + " WHERE order_id = %(order_id)s"
LOCKED: Final[LiteralString] = ORDER + " FOR UPDATE"
# Who may know of an order: the tower (NULL), the ally whose shop it is, and whoever sells, handles or carries a part.
_SEEN: Final[LiteralString] = """
       (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s
            OR EXISTS (SELECT FROM orders.line l WHERE l.order_id = "order".order_id AND l.seller_id = %(seen_by)s)
            OR EXISTS (SELECT FROM orders.parcel p WHERE p.order_id = "order".order_id
                          AND %(seen_by)s IN (p.operator_id, p.carrier_id)))
"""
SEE: Final[LiteralString] = ORDER + " AND " + _SEEN
PAGE: Final[LiteralString] = (
    _ORDER
    + " WHERE "
    + _SEEN
    + """
       AND (%(client_id)s::text IS NULL OR client_id = %(client_id)s)
       AND (%(state)s::text IS NULL OR state = %(state)s)
       AND (%(order_ref)s::text IS NULL
            OR order_id IN (SELECT r.order_id FROM orders.reference r  -- a shop's numbers are its own to ask for
                             WHERE r.order_ref = %(order_ref)s
                               AND (%(seen_by)s::text IS NULL OR r.shop_id = %(seen_by)s)))
       AND (placed_at, order_id) > (%(after_at)s::timestamptz, %(after_id)s::uuid)
     ORDER BY placed_at, order_id
     LIMIT %(limit)s
"""
)
ORDERS_OF_PARCELS: Final[LiteralString] = """
    SELECT parcel_id, order_id FROM orders.parcel WHERE parcel_id = ANY(%(parcel_ids)s::uuid[])
"""
PARCELS: Final[LiteralString] = """
    SELECT order_id, parcel_no, parcel_id, node_id, operator_id, carrier_id, service, state, slot_at, ready_at,
           departs_at, promised_at, probability_ppm, fee_minor, carrier_minor, weight_g, re_sourced
      FROM orders.parcel WHERE order_id = %(order_id)s ORDER BY parcel_no
"""
PARCELS_ON: Final[LiteralString] = """
    SELECT departs_at, parcel_id, order_id FROM orders.parcel
     WHERE node_id = %(node_id)s AND state IN ('planned', 'released')
       AND (departs_at, parcel_id) > (%(after_at)s::timestamptz, %(after_id)s::uuid)
     ORDER BY departs_at, parcel_id LIMIT %(limit)s
"""
PARCELS_BY: Final[LiteralString] = """
    SELECT p.node_id, p.departs_at, p.parcel_id, p.order_id, p.service, o.postcode
      FROM orders.parcel p JOIN orders.order o USING (order_id)
     WHERE p.node_id = ANY(%(node_ids)s::text[]) AND p.state IN ('planned', 'released')
       AND p.carrier_id = %(carrier_id)s
       AND (p.node_id, p.departs_at, p.parcel_id) > (%(node_id)s, %(departs_at)s::timestamptz, %(parcel_id)s::uuid)
     ORDER BY p.node_id, p.departs_at, p.parcel_id LIMIT %(limit)s
"""
# One round trip for what nearly every step reads: each part of the order as a list, in key order.
REST: Final[LiteralString] = """
    SELECT coalesce((SELECT jsonb_agg(to_jsonb(l) ORDER BY l.line_no)
                       FROM orders.line l WHERE l.order_id = %(order_id)s), '[]') AS lines,
           coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.parcel_no)
                       FROM orders.parcel p WHERE p.order_id = %(order_id)s), '[]') AS parcels,
           coalesce((SELECT jsonb_agg(to_jsonb(i) ORDER BY i.parcel_no, i.line_no, i.reservation_id)
                       FROM orders.parcel_line i WHERE i.order_id = %(order_id)s), '[]') AS parcel_lines
"""
STEP: Final[LiteralString] = """
    UPDATE orders.order
       SET state = %(state)s,
           reason = coalesce(%(reason)s, reason),
           released_at  = CASE WHEN %(state)s = 'released'  THEN %(at)s ELSE released_at END,
           shipped_at   = CASE WHEN %(state)s = 'shipped'   THEN %(at)s ELSE shipped_at END,
           delivered_at = CASE WHEN %(state)s = 'delivered' THEN %(at)s ELSE delivered_at END,
           confirmed_at = CASE WHEN %(state)s = 'confirmed' THEN %(at)s ELSE confirmed_at END
     WHERE order_id = %(order_id)s
"""
STEP_PARCELS: Final[LiteralString] = """
    -- What ended stays ended: the price of a parcel that was given up went back, and does not come again with it.
    UPDATE orders.parcel SET state = %(state)s
     WHERE order_id = %(order_id)s AND parcel_no = ANY(%(parcel_nos)s::integer[]) AND state <> %(state)s
       AND state NOT IN ('delivered', 'cancelled', 'lost')
"""
REDUCE: Final[LiteralString] = """
    UPDATE orders.order SET cancelled_minor = cancelled_minor + %(amount_minor)s WHERE order_id = %(order_id)s
"""
REDUCE_LINES: Final[LiteralString] = """
    -- Units taken off after release are short: the shopper still wanted them.
    UPDATE orders.line l
       SET cancelled_units = l.cancelled_units + w.units,
           short_units = l.short_units + CASE WHEN o.released_at IS NULL THEN 0 ELSE w.units END
      FROM unnest(%(line_nos)s::integer[], %(units)s::bigint[]) AS w (line_no, units), orders.order o
     WHERE l.order_id = %(order_id)s AND l.line_no = w.line_no AND o.order_id = l.order_id
"""
LOSE: Final[LiteralString] = """
    UPDATE orders.parcel_line p SET lost_units = p.lost_units + w.units
      FROM unnest(%(parcel_nos)s::integer[], %(reservation_ids)s::uuid[], %(units)s::bigint[])
           AS w (parcel_no, reservation_id, units)
     WHERE p.order_id = %(order_id)s AND p.parcel_no = w.parcel_no AND p.reservation_id = w.reservation_id
"""
ADD_PARCEL: Final[LiteralString] = """
    INSERT INTO orders.parcel (order_id, parcel_no, parcel_id, node_id, operator_id, carrier_id, service, state,
                               slot_at, ready_at, departs_at, promised_at, probability_ppm, fee_minor,
                               carrier_minor, weight_g, re_sourced)
    VALUES (%(order_id)s, %(parcel_no)s, %(parcel_id)s, %(node_id)s, %(operator_id)s, %(carrier_id)s, %(service)s,
            %(state)s, %(slot_at)s, %(ready_at)s, %(departs_at)s, %(promised_at)s, %(probability_ppm)s,
            %(fee_minor)s, %(carrier_minor)s, %(weight_g)s, %(re_sourced)s)
"""
ADD_PARCEL_LINES: Final[LiteralString] = """
    INSERT INTO orders.parcel_line (order_id, parcel_no, line_no, units, inbound_id, reservation_id)
    SELECT %(order_id)s, %(parcel_no)s, line_no, units, inbound_id, reservation_id
      FROM unnest(%(line_nos)s::integer[], %(units)s::bigint[], %(inbound_ids)s::text[], %(reservation_ids)s::uuid[])
           AS l (line_no, units, inbound_id, reservation_id)
"""
PROMISED_DAYS: Final[LiteralString] = """
    SELECT (avg(extract(epoch FROM promised_at - placed_at)) / 86400)::float8 AS days FROM orders.order
"""
TERMS_OF: Final[LiteralString] = """
    SELECT order_id, state, greatest(placed_at, released_at, shipped_at, delivered_at, confirmed_at) AS last_at
      FROM orders.order WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s) ORDER BY order_id
"""


async def order(conn: Conn, order_id: UUID) -> Order | None:
    """The order, as it stands."""
    return await maybe(conn, Order, ORDER, order_id=order_id)


async def see(conn: Conn, order_id: UUID, seen_by: str | None) -> Order | None:
    """The order, if `seen_by` (an ally; None for the tower) has a part in it."""
    return await maybe(conn, Order, SEE, order_id=order_id, seen_by=seen_by)


async def orders_of_parcels(conn: Conn, parcel_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The order of each parcel, by parcel; unknown ones are left out."""
    found = await many(conn, ParcelOrder, ORDERS_OF_PARCELS, parcel_ids=list(parcel_ids))
    return {each.parcel_id: each.order_id for each in found}


async def locked(conn: Conn, order_id: UUID) -> Order | None:
    """The order, with its row locked: what follows sees nobody else's changes."""
    return await maybe(conn, Order, LOCKED, order_id=order_id)


async def page(
    conn: Conn,
    client_id: str | None,
    seen_by: str | None,
    state: str | None,
    after: tuple[datetime, UUID],
    limit: int,
    order_ref: str | None = None,
) -> list[Order]:
    """Orders by time of placing, after a known one; seen_by as in `see`, order_ref the shop's own number."""
    return await many(
        conn,
        Order,
        PAGE,
        client_id=client_id,
        seen_by=seen_by,
        state=state,
        order_ref=order_ref,
        after_at=after[0],
        after_id=after[1],
        limit=limit,
    )


async def rest(conn: Conn, order_id: UUID) -> Rest:
    """The order's lines and parcels and what is in them, each by number."""
    row = await (await conn.execute(REST, {"order_id": order_id})).fetchone()
    return msgspec.convert(row, Rest)


async def parcels(conn: Conn, order_id: UUID) -> list[Parcel]:
    """The order's parcels, by number."""
    return await many(conn, Parcel, PARCELS, order_id=order_id)


async def parcels_on(conn: Conn, node_id: str, after: tuple[datetime, UUID], limit: int) -> list[ParcelOn]:
    """A page of what a node still has to make, by departure, after a known (departs_at, parcel_id)."""
    return await many(conn, ParcelOn, PARCELS_ON, node_id=node_id, after_at=after[0], after_id=after[1], limit=limit)


async def parcels_by(
    conn: Conn, carrier_id: str, node_ids: Sequence[str], after: tuple[str, datetime, UUID], limit: int
) -> list[ParcelBy]:
    """A page of what nodes still have to give a carrier, after a known (node_id, departs_at, parcel_id)."""
    return await many(
        conn, ParcelBy, PARCELS_BY, carrier_id=carrier_id, node_ids=list(node_ids), node_id=after[0],
        departs_at=after[1], parcel_id=after[2], limit=limit,
    )  # fmt: skip


async def step(conn: Conn, order_id: UUID, state: str, at: datetime, reason: str | None = None) -> None:
    """Write the order's new state."""
    await run(conn, STEP, order_id=order_id, state=state, at=at, reason=reason)


async def step_parcels(conn: Conn, order_id: UUID, parcel_nos: Sequence[int], state: str) -> int:
    """Write parcels' new state, but of those that have ended; gives how many changed."""
    return await run(conn, STEP_PARCELS, order_id=order_id, parcel_nos=list(parcel_nos), state=state)


async def reduce(conn: Conn, order_id: UUID, units: Mapping[int, int], amount_minor: int) -> None:
    """Take units, and what they cost, off the order."""
    await run(conn, REDUCE, order_id=order_id, amount_minor=amount_minor)
    await run(conn, REDUCE_LINES, order_id=order_id, line_nos=list(units), units=list(units.values()))


async def lose(conn: Conn, order_id: UUID, parts: Sequence[tuple[int, UUID, int]]) -> None:
    """Units will not come with their parcel; parts are (parcel number, reservation, units)."""
    await run(
        conn,
        LOSE,
        order_id=order_id,
        parcel_nos=[p[0] for p in parts],
        reservation_ids=[p[1] for p in parts],
        units=[p[2] for p in parts],
    )


async def add_parcel(conn: Conn, parcel: Parcel, contents: Sequence[ParcelLine]) -> None:
    """A further parcel of a placed order."""
    await run(conn, ADD_PARCEL, **asdict(parcel))
    await run(
        conn,
        ADD_PARCEL_LINES,
        order_id=parcel.order_id,
        parcel_no=parcel.parcel_no,
        line_nos=[part.line_no for part in contents],
        units=[part.units for part in contents],
        inbound_ids=[part.inbound_id for part in contents],
        reservation_ids=[part.reservation_id for part in contents],
    )


async def terms_of(conn: Conn, shop_id: str, shopper_id: str) -> list[Term]:
    """A shopper's orders in a shop, with the last instant that each row tells."""
    return await many(conn, Term, TERMS_OF, shop_id=shop_id, shopper_id=shopper_id)


async def promised_days(conn: Conn) -> float | None:
    """Days from placing to the promised instant, on the mean of all orders; None without one."""
    return await value(conn, PROMISED_DAYS)
