"""Orders as people look for them: by number, state, shop and day."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit import lists
from sangdan.kit.db import Conn
from sangdan.kit.lists import Listing, Wish

ROWS: Final[LiteralString] = "SELECT * FROM orders.order o WHERE true"
# OFFSET 0 keeps a question about each row from becoming one about all: the planner would read whole tables for it.
LISTED: Final[LiteralString] = (
    "WITH looked AS ("
    + ROWS
    + """)
    SELECT o.order_id, o.shop_id, o.state, o.service, o.postcode, o.currency, o.promised_at, o.probability_ppm,
           o.placed_at,
           CASE WHEN %(seen_by)s::text IS NULL OR o.shop_id = %(seen_by)s THEN o.order_ref END AS order_ref,
           CASE WHEN %(seen_by)s::text IS NULL OR o.shop_id = %(seen_by)s
                THEN o.total_minor - o.cancelled_minor END AS due_minor
      FROM looked o
     WHERE (%(seen_by)s::text IS NULL OR o.shop_id = %(seen_by)s
            OR EXISTS (SELECT FROM orders.line l
                        WHERE l.order_id = o.order_id AND l.seller_id = %(seen_by)s OFFSET 0)
            OR EXISTS (SELECT FROM orders.parcel p
                        WHERE p.order_id = o.order_id AND %(seen_by)s IN (p.operator_id, p.carrier_id) OFFSET 0))
"""
)
# Few orders are under way, and few fit a search.
_UNDER_WAY: Final = frozenset({"state:open", "state:placed", "state:authorised", "state:released", "state:shipped"})
# Sorted by their date they are taken out first: the planner takes them for evenly spread, and goes through all.
_APART: Final[LiteralString] = """
    SELECT * FROM (SELECT * FROM orders.order WHERE delivered_at IS NULL AND reason IS NULL OFFSET 0) o WHERE true
"""
# What is under way was neither delivered nor called off: so says the index of those rows alone, word for word.
ORDERS: Final = Listing(
    select=LISTED,
    where={
        # By the shop's number, the shopper, the beginning of the id, or the end of it, as shoppers are told.
        "q": """o.order_id = ANY(ARRAY(
                 SELECT r.order_id FROM orders.reference r
                  WHERE r.order_ref = %(q)s AND (%(seen_by)s::text IS NULL OR r.shop_id = %(seen_by)s)
                  UNION ALL
                (SELECT s.order_id FROM orders.order s
                  WHERE s.shopper_id = %(q)s AND (%(seen_by)s::text IS NULL OR s.shop_id = %(seen_by)s) LIMIT 1000)
                  UNION ALL
                (SELECT i.order_id FROM orders.order i
                  WHERE i.order_id BETWEEN %(q_first)s::uuid AND %(q_last)s::uuid ORDER BY i.order_id LIMIT 1000)
                  UNION ALL
                 SELECT e.order_id FROM orders.order e WHERE right(e.order_id::text, 8) = %(q_end)s::text))""",
        "state:open": """o.state IN ('placed', 'authorised', 'released', 'shipped')
                         AND o.delivered_at IS NULL AND o.reason IS NULL""",
        "state:placed": "o.state = 'placed' AND o.delivered_at IS NULL AND o.reason IS NULL",
        "state:authorised": "o.state = 'authorised' AND o.delivered_at IS NULL AND o.reason IS NULL",
        "state:released": "o.state = 'released' AND o.delivered_at IS NULL AND o.reason IS NULL",
        "state:shipped": "o.state = 'shipped' AND o.delivered_at IS NULL AND o.reason IS NULL",
        "state:delivered": "o.state = 'delivered'",
        "state:confirmed": "o.state = 'confirmed'",
        "state:cancelled": "o.state = 'cancelled'",
        "shop": "o.shop_id = %(shop)s",
        "service": "o.service = %(service)s",
        "node": """EXISTS (SELECT FROM orders.parcel p
                            WHERE p.order_id = o.order_id AND p.node_id = %(node)s AND p.state <> 'cancelled'
                           OFFSET 0)""",
        "placed": "o.placed_at >= %(placed_from)s AND o.placed_at < %(placed_until)s",
        "promised": "o.promised_at >= %(promised_from)s AND o.promised_at < %(promised_until)s",
    },
    orders={
        "placed": lists.Order(
            (("o.placed_at", "timestamptz"), ("o.order_id", "uuid")), ("placed_at", "order_id"),
            served=_UNDER_WAY | {"q", "placed"},
            # Nothing is promised for before it is placed; a promise may be taken some minutes after it was made.
            bounds={"promised": "o.placed_at < %(promised_until)s::timestamptz + interval '1 hour'"},
        ),
        "promised": lists.Order(
            (("o.promised_at", "timestamptz"), ("o.order_id", "uuid")), ("promised_at", "order_id"),
            served=_UNDER_WAY | {"q", "promised"},
            bounds={"placed": "o.promised_at >= %(placed_from)s::timestamptz - interval '1 hour'"},
            apart=dict.fromkeys(_UNDER_WAY, _APART),
        ),
    },
    rows=ROWS,
)  # fmt: skip


class Listed(msgspec.Struct, frozen=True):
    """An order in a list; order_ref and due_minor are None for an ally that only has a part in it."""

    order_id: UUID
    shop_id: str
    state: str
    service: str
    postcode: str
    currency: str
    promised_at: datetime
    probability_ppm: int
    placed_at: datetime
    order_ref: str | None
    due_minor: int | None


async def listed(conn: Conn, seen_by: str | None, wish: Wish, limit: int) -> Sequence[Listed]:
    """A page of orders; seen_by as in `see`."""
    return await lists.page(conn, Listed, ORDERS, wish, limit, seen_by=seen_by)
