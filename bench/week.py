"""A week of the nation's orders for the tower to show: a million, ten thousand parcels of them to come, 400 stores.

Some questions make the ways, whose open orders are placed through the production code. The rest are copies of them that
have ended, spread over the week, over the stores and over many shoppers, each with what an ended order leaves behind:
parcels and how their promises ended, what left the shelves, messages, lines of the ledger, events for an endpoint.
"""

from datetime import timedelta
from typing import Final, LiteralString
from uuid import UUID

import psycopg

from sangdan.flows.place_order import place
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.tower.twin.model import Size

from .live import HEARD, SEND
from .shopping import MORNING, anew, baskets

ORDERS: Final = 1_000_000
OPEN_PARCELS: Final = 10_000
QUESTIONS: Final = 300
SIZE: Final = Size(stores=400, products=1000, members=100)
WEEK: Final = timedelta(days=7)
AUDITED: Final = 100_000
REVIEWED: Final = 100_000

# An order that has ended for every number, as one of the open ones is, under an id of its time; the rest hangs on it.
COPIES: Final[LiteralString] = """
    CREATE TEMPORARY TABLE copied AS
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(mix, 1, 3) || '8'
            || substr(mix, 4, 15))::uuid AS order_id, source, at, n,
           'store-' || lpad((n %% 400 + 1)::text, 4, '0') AS store, 's-' || n %% 40000 AS shopper_id,
           CASE WHEN n %% 29 = 0 THEN 'cancelled' WHEN at > %(now)s::timestamptz - interval '3 days' THEN 'delivered'
                ELSE 'confirmed' END AS state
      FROM (SELECT n, md5(n::text) AS mix, source,
                   %(now)s::timestamptz - make_interval(secs => n * %(week_s)s::float8 / %(many)s) AS at
              FROM generate_series(1, %(many)s) AS n
              JOIN (SELECT order_id AS source, row_number() OVER (ORDER BY order_id) - 1 AS place
                      FROM orders.order) o ON o.place = n %% %(sources)s) s
"""
FILL: Final[tuple[LiteralString, ...]] = (
    "CREATE INDEX ON copied (source)",
    "ANALYZE copied",
    """
    INSERT INTO orders.order (order_id, client_id, shop_id, shopper_id, promise_id, state, reason, currency,
                              goods_minor, delivery_minor, total_minor, cancelled_minor, cost_minor, co2e_g, postcode,
                              service, promised_at, probability_ppm, placed_at, release_at, confirm_days, released_at,
                              shipped_at, delivered_at, confirmed_at, order_ref)
    SELECT c.order_id, o.client_id, o.shop_id, c.shopper_id, o.promise_id, c.state,
           CASE WHEN c.state = 'cancelled' THEN 'shopper' END, o.currency, o.goods_minor, o.delivery_minor,
           o.total_minor, 0, o.cost_minor, o.co2e_g, o.postcode, o.service, c.at + (o.promised_at - o.placed_at),
           o.probability_ppm, c.at, c.at + interval '5 minutes', o.confirm_days, c.at, c.at,
           CASE WHEN c.state <> 'cancelled' THEN c.at END, CASE WHEN c.state = 'confirmed' THEN c.at END, 'R-' || c.n
      FROM copied c JOIN orders.order o ON o.order_id = c.source
    """,
    """
    INSERT INTO orders.reference (client_id, shop_id, order_ref, order_id)
    SELECT o.client_id, o.shop_id, 'R-' || c.n, c.order_id FROM copied c JOIN orders.order o ON o.order_id = c.source
    """,
    """
    INSERT INTO orders.line (order_id, line_no, sku, seller_id, units, unit_price_minor, vat_class)
    SELECT c.order_id, l.line_no, l.sku, l.seller_id, l.units, l.unit_price_minor, l.vat_class
      FROM copied c JOIN orders.line l ON l.order_id = c.source
    """,
    """
    INSERT INTO orders.parcel (order_id, parcel_no, parcel_id, node_id, operator_id, carrier_id, service, state,
                               slot_at, ready_at, departs_at, promised_at, probability_ppm, fee_minor, carrier_minor,
                               weight_g)
    SELECT c.order_id, p.parcel_no, md5(c.order_id::text || p.parcel_no)::uuid,
           CASE WHEN starts_with(p.node_id, 'store-') THEN c.store ELSE p.node_id END, p.operator_id, p.carrier_id,
           p.service, CASE WHEN c.state = 'cancelled' THEN 'cancelled' ELSE 'delivered' END, p.slot_at - gone.by,
           p.ready_at - gone.by, p.departs_at - gone.by, p.promised_at - gone.by, p.probability_ppm, p.fee_minor,
           p.carrier_minor, p.weight_g
      FROM copied c JOIN orders.parcel p ON p.order_id = c.source
     CROSS JOIN LATERAL (SELECT %(now)s::timestamptz - c.at AS by) gone
    """,
    """
    INSERT INTO promise.outcome (order_id, parcel_no, node_id, carrier_id, service, promised_at, probability_ppm,
                                 arrived_at, kept, late_s, cause)
    SELECT p.order_id, p.parcel_no, p.node_id, p.carrier_id, p.service, p.promised_at, p.probability_ppm, p.promised_at,
           true, 0, 'kept'
      FROM orders.parcel p WHERE p.state = 'delivered'
    """,
    """
    INSERT INTO stock.movement (node_id, movement_id, sku, owner_id, units, kind, reference, at)
    SELECT p.node_id, p.parcel_id, l.sku, l.seller_id, -l.units, 'ship', p.order_id::text, p.departs_at
      FROM orders.parcel p JOIN orders.line l ON (l.order_id, l.line_no) = (p.order_id, 1)
     WHERE p.state = 'delivered'
    """,
    """
    INSERT INTO notices.notice (order_id, notice_id, topic, shop_id, shopper_id, causes, at, state, because, due_at,
                                template, args, language, channel, receiver, sent_at)
    SELECT c.order_id, (substr(replace(c.order_id::text, '-', ''), 1, 16)
                        || substr(md5(c.order_id::text || topic), 1, 16))::uuid,
           topic, 'market', c.shopper_id, '{}', c.at, CASE WHEN failed THEN 'failed' ELSE 'sent' END,
           CASE WHEN failed THEN 'unreachable' END, c.at, topic, '{}', 'ko', 'alimtalk',
           '010-****-' || lpad((c.n %% 10000)::text, 4, '0'), CASE WHEN NOT failed THEN c.at END
      FROM copied c CROSS JOIN (VALUES ('placed'), ('shipped'), ('delivered')) AS t (topic)
     CROSS JOIN LATERAL (SELECT c.n %% 500 = 0 AS failed) f
    """,
    """
    INSERT INTO kit.transfer (book, transfer_id, currency, debit, credit, amount_minor, phase, kind, reference, at)
    SELECT 'alliance', md5(c.order_id::text || l.line_no || k.kind)::uuid, 'KRW', k.debit, k.credit,
           l.unit_price_minor * l.units / k.part + 1, 'single', k.kind, c.order_id::text, c.at
      FROM copied c JOIN orders.line l ON l.order_id = c.source
     CROSS JOIN LATERAL (VALUES ('goods', 'due:market', 'due:' || l.seller_id, 1),
                                ('commission', 'due:' || l.seller_id, 'due:market', 10))
                AS k (kind, debit, credit, part)
     WHERE c.state = 'confirmed' AND l.seller_id <> 'market'
    """,
    """
    INSERT INTO kit.account (book, account, currency, debits_minor, credits_minor)
    SELECT 'alliance', account, 'KRW', sum(debit), sum(credit)
      FROM (SELECT debit AS account, amount_minor AS debit, 0 AS credit FROM kit.transfer WHERE book = 'alliance'
             UNION ALL
            SELECT credit, 0, amount_minor FROM kit.transfer WHERE book = 'alliance') t
     GROUP BY account
    """,
    """
    INSERT INTO kit.audit (audit_id, at, actor, role, partner_id, what, subject, before, after, reason, request_id)
    SELECT c.order_id, c.at, 'staff.' || c.n %% 200, 'tower', CASE WHEN c.n %% 3 = 0 THEN 'neoul' END,
           CASE WHEN c.n %% 50 = 0 THEN 'node.hours-changed' ELSE 'stock.adjusted' END,
           'cell/' || c.store || '/' || c.n, '{"on_hand": 1}', '{"on_hand": 2}', 'counted', md5(c.n::text)
      FROM copied c WHERE c.n <= %(audited)s
    """,
    """
    INSERT INTO reviews.review (product_id, review_id, order_id, line_no, sku, shop_id, shopper_id, stars, body, state,
                                written_at)
    SELECT s.product_id, c.order_id, c.order_id, l.line_no, l.sku, 'market', c.shopper_id, c.n %% 5 + 1,
           'As described.', CASE WHEN c.n %% 1000 = 0 THEN 'waiting' ELSE 'shown' END, c.at
      FROM copied c JOIN orders.line l ON (l.order_id, l.line_no) = (c.source, 1) JOIN catalogue.sku s USING (sku)
     WHERE c.n <= %(reviewed)s
    """,
)
# One event of each order that has ended, for an endpoint.
DELIVERED: Final[LiteralString] = """
    INSERT INTO webhooks.delivery (endpoint_id, event_id, position, type, state, attempts, due_at, queued_at, tried_at,
                                   status)
    SELECT %(endpoint_id)s, order_id, 1, 'order.delivered',
           CASE WHEN right(order_id::text, 2) = '00' THEN 'failed' ELSE 'done' END, 1, placed_at, placed_at, placed_at,
           200
      FROM orders.order WHERE state IN ('delivered', 'confirmed')
"""


async def fill(pool: Pool, url: str) -> int:
    """Ten thousand open parcels, and copies of their orders that have ended; gives how many are open."""
    ids, taken = Ids(7), await baskets(pool, QUESTIONS, SIZE)
    parcels = orders = 0
    while parcels < OPEN_PARCELS:
        async with pool.transaction() as conn:
            for each in taken:
                assert not await place(conn, anew(each, ids), MORNING)
                parcels, orders = parcels + len(each.promise.way.parcels), orders + 1
    async with pool.transaction() as conn:
        await conn.execute(SEND, {"many": OPEN_PARCELS // 3, "at": MORNING})
        await conn.execute(HEARD)
    told = {
        "now": MORNING, "week_s": WEEK.total_seconds(), "many": ORDERS, "sources": orders, "audited": AUDITED,
        "reviewed": REVIEWED,
    }  # fmt: skip
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        await conn.execute(COPIES, told)
        for statement in FILL:
            await conn.execute(statement, told)
        await conn.execute("DROP TABLE copied")
    return parcels


async def deliver(url: str, endpoint_id: UUID) -> None:
    """An endpoint was told of every order; then the database's figures of all of it are put in order."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        await conn.execute(DELIVERED, {"endpoint_id": endpoint_id})
        await conn.execute("VACUUM ANALYZE")
