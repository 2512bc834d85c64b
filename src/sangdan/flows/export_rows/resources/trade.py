"""Exports of what was ordered, paid, packed, carried and settled: to each ally its part."""

from typing import Final, LiteralString

from .resource import ALLIES, EVERYBODY, SHOPS, Resource

ORDERS: Final[LiteralString] = """
    -- Sums and the shopper's id are for the shop alone.
    SELECT o.order_id, o.shop_id, CASE WHEN mine THEN o.client_id END AS client_id,
           CASE WHEN mine THEN o.shopper_id END AS shopper_id, o.state, o.reason, o.currency,
           CASE WHEN mine THEN o.goods_minor END AS goods_minor,
           CASE WHEN mine THEN o.delivery_minor END AS delivery_minor,
           CASE WHEN mine THEN o.total_minor END AS total_minor,
           CASE WHEN mine THEN o.cancelled_minor END AS cancelled_minor,
           o.service, o.promised_at, o.probability_ppm, o.placed_at, o.released_at, o.shipped_at, o.delivered_at,
           o.confirmed_at
      FROM orders.order o
     CROSS JOIN LATERAL (SELECT %(seen_by)s::text IS NULL OR o.shop_id = %(seen_by)s AS mine) seen
     WHERE o.placed_at >= %(since)s AND o.placed_at < %(until)s
       AND (mine
            OR EXISTS (SELECT FROM orders.line l WHERE l.order_id = o.order_id AND l.seller_id = %(seen_by)s)
            OR EXISTS (SELECT FROM orders.parcel p
                        WHERE p.order_id = o.order_id AND %(seen_by)s IN (p.operator_id, p.carrier_id)))
     ORDER BY o.placed_at, o.order_id
"""
LINES: Final[LiteralString] = """
    SELECT l.order_id, l.line_no, o.placed_at, o.shop_id, l.sku, l.seller_id, l.units, l.cancelled_units, l.short_units,
           l.unit_price_minor, o.currency, l.vat_class
      FROM orders.order o JOIN orders.line l USING (order_id)
     WHERE o.placed_at >= %(since)s AND o.placed_at < %(until)s
       AND (%(seen_by)s::text IS NULL OR o.shop_id = %(seen_by)s OR l.seller_id = %(seen_by)s)
     ORDER BY o.placed_at, l.order_id, l.line_no
"""
PARCELS: Final[LiteralString] = """
    -- A courier's key shows what it carries; any other ally's also what it packs or sells.
    SELECT p.order_id, p.parcel_no, p.parcel_id, o.placed_at, o.shop_id, p.node_id, p.operator_id, p.carrier_id,
           p.service, p.state, p.ready_at, p.departs_at, p.promised_at, p.probability_ppm, p.weight_g, p.re_sourced
      FROM orders.order o JOIN orders.parcel p USING (order_id)
     WHERE o.placed_at >= %(since)s AND o.placed_at < %(until)s
       AND (%(seen_by)s::text IS NULL OR p.carrier_id = %(seen_by)s
            OR %(role)s <> 'courier'
               AND (%(seen_by)s IN (o.shop_id, p.operator_id)
                    OR EXISTS (SELECT FROM orders.parcel_line i JOIN orders.line l USING (order_id, line_no)
                                WHERE (i.order_id, i.parcel_no) = (p.order_id, p.parcel_no)
                                  AND l.seller_id = %(seen_by)s)))
     ORDER BY o.placed_at, p.order_id, p.parcel_no
"""
PAYMENTS: Final[LiteralString] = """
    SELECT order_id, payment_id, shop_id, currency, state, amount_minor, captured_minor, refunded_minor, requested_at
      FROM payments.payment
     WHERE requested_at >= %(since)s AND requested_at < %(until)s
       AND (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s)
     ORDER BY requested_at, order_id
"""
STATEMENTS: Final[LiteralString] = """
    SELECT partner_id, currency, period_from, period_to, lines, owed_minor, closed_at
      FROM settlement.statement
     WHERE period_from >= %(since)s AND period_from < %(until)s
       AND (%(seen_by)s::text IS NULL OR partner_id = %(seen_by)s)
     ORDER BY period_from, partner_id, currency
"""
TRANSFERS: Final[LiteralString] = """
    -- The alliance's book as each ally's statement tells it, before and after it is closed.
    SELECT substr(s.account, 5) AS partner_id, t.currency, t.at, t.transfer_id, t.kind, t.reference, s.net_minor
      FROM kit.transfer t
     CROSS JOIN LATERAL (VALUES (t.debit, -t.amount_minor), (t.credit, t.amount_minor)) AS s (account, net_minor)
     WHERE t.book = 'alliance' AND t.phase IN ('single', 'post') AND s.account LIKE 'due:%%'
       AND t.at >= %(since)s AND t.at < %(until)s
       AND (%(seen_by)s::text IS NULL OR s.account = 'due:' || %(seen_by)s)
     ORDER BY t.at, t.transfer_id, s.account
"""
MOVEMENTS: Final[LiteralString] = """
    SELECT m.node_id, m.movement_id, m.sku, m.owner_id, m.units, m.kind, m.reference, m.at
      FROM stock.movement m
     WHERE m.at >= %(since)s AND m.at < %(until)s
       AND (%(seen_by)s::text IS NULL OR m.owner_id = %(seen_by)s
            OR m.node_id IN (SELECT n.node_id FROM network.node n WHERE n.operator_id = %(seen_by)s))
     ORDER BY m.at, m.node_id, m.movement_id
"""
RESERVATIONS: Final[LiteralString] = """
    SELECT r.node_id, r.reservation_id, r.order_id, r.line_no, r.sku, r.owner_id, r.units, r.inbound_id, r.state,
           r.expires_at, r.at
      FROM stock.reservation r
     WHERE r.at >= %(since)s AND r.at < %(until)s
       AND (%(seen_by)s::text IS NULL OR r.owner_id = %(seen_by)s
            OR r.node_id IN (SELECT n.node_id FROM network.node n WHERE n.operator_id = %(seen_by)s))
     ORDER BY r.at, r.node_id, r.reservation_id
"""
OUTCOMES: Final[LiteralString] = """
    SELECT c.order_id, c.parcel_no, o.shop_id, c.node_id, c.carrier_id, c.service, c.promised_at, c.probability_ppm,
           c.arrived_at, c.kept, c.late_s, c.cause
      FROM promise.outcome c
      JOIN orders.order o USING (order_id)
      JOIN orders.parcel p USING (order_id, parcel_no)
     WHERE c.promised_at >= %(since)s AND c.promised_at < %(until)s
       AND (%(seen_by)s::text IS NULL OR c.carrier_id = %(seen_by)s
            OR %(role)s <> 'courier' AND %(seen_by)s IN (o.shop_id, p.operator_id))
     ORDER BY c.promised_at, c.order_id, c.parcel_no
"""
TASKS: Final[LiteralString] = """
    SELECT t.node_id, t.parcel_id, t.order_id, t.parcel_no, t.carrier_id, t.service, t.state, t.due_at, t.sscc,
           t.picked_at, t.packed_at, t.handed_over_at
      FROM warehouse.task t
     WHERE t.due_at >= %(since)s AND t.due_at < %(until)s
       AND (%(seen_by)s::text IS NULL
            OR t.node_id IN (SELECT n.node_id FROM network.node n WHERE n.operator_id = %(seen_by)s))
     ORDER BY t.due_at, t.node_id, t.parcel_id
"""
TRACKING: Final[LiteralString] = """
    -- Without what carriers write in their own words: names and door codes stand there.
    SELECT r.order_id, r.parcel_id, d.parcel_no, d.carrier_id, d.sscc, r.at, r.state
      FROM delivery.tracking r
      JOIN delivery.parcel d USING (order_id, parcel_id)
      JOIN orders.order o USING (order_id)
      JOIN orders.parcel p ON (p.order_id, p.parcel_no) = (d.order_id, d.parcel_no)
     WHERE r.at >= %(since)s AND r.at < %(until)s
       AND (%(seen_by)s::text IS NULL OR d.carrier_id = %(seen_by)s
            OR %(role)s <> 'courier' AND %(seen_by)s IN (o.shop_id, p.operator_id))
     ORDER BY r.at, r.order_id, r.parcel_id, r.state
"""
NOTICES: Final[LiteralString] = """
    -- That something was told, by which way and how it went: not to whom, nor the words.
    SELECT order_id, notice_id, topic, shop_id, at, state, because, template, language, channel, attempts, sent_at
      FROM notices.notice
     WHERE at >= %(since)s AND at < %(until)s AND (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s)
     ORDER BY at, order_id, notice_id
"""

TRADE: Final = (
    Resource("orders", "an order that the asker has a part in, by time of placing", ORDERS, ALLIES, timed=True),
    Resource("lines", "a line of an order; a seller's own, by time of placing", LINES, ALLIES, timed=True),
    Resource("parcels", "a parcel as promised, by time of placing", PARCELS, EVERYBODY, timed=True),
    Resource("payments", "a payment of the asker's shop, by time of request", PAYMENTS, SHOPS, timed=True),
    Resource("statements", "a closed statement; an ally's own, by the period's beginning", STATEMENTS, timed=True),
    Resource("transfers", "a line of an ally's statement, from the ledger, by time", TRANSFERS, timed=True),
    Resource("movements", "what changed the units on a shelf, by time", MOVEMENTS, ALLIES, timed=True),
    Resource("reservations", "units that were held, by time", RESERVATIONS, ALLIES, timed=True),
    Resource("outcomes", "how a promise ended, by the promised time", OUTCOMES, EVERYBODY, timed=True),
    Resource("tasks", "a parcel's way over a floor of the asker's, by due time", TASKS, ALLIES, timed=True),
    Resource("tracking", "a carrier's report, by its time", TRACKING, EVERYBODY, timed=True),
    Resource("notices", "that a shopper was told something, by time", NOTICES, SHOPS, timed=True),
)
