"""What the database says when a race is over."""

from typing import Any, Final, LiteralString

import msgspec

from sangdan.flows.drift import Drift, drift
from sangdan.kit.db import Conn

ORDERS: Final[LiteralString] = """
    SELECT l.order_id, l.line_no, p.node_id, l.units, l.inbound_id
      FROM orders.parcel_line l JOIN orders.parcel p USING (order_id, parcel_no)
"""
COPIES: Final[LiteralString] = """
    SELECT o.order_id,
           (SELECT count(*) FROM kit.event e WHERE (e.subject, e.type) = (o.order_id::text, 'orders.placed')),
           (SELECT count(*) FROM payments.payment y WHERE y.order_id = o.order_id),
           (SELECT count(*) FROM promise.promise q WHERE q.order_id = o.order_id)
      FROM orders.order o
"""
BALANCES: Final[LiteralString] = "SELECT node_id, sku, on_hand, reserved, safety FROM stock.balance"
DUES: Final[LiteralString] = """
    SELECT inbound_id, reserved FROM stock.inbound WHERE received_at IS NULL
"""
SHARES: Final[LiteralString] = "SELECT node_id, sku, shop_id, units_max, taken FROM stock.allotment"
HOURS: Final[LiteralString] = "SELECT node_id, hour_at, parcels, parcels_max FROM warehouse.slot"
COUNTED: Final[LiteralString] = """
    SELECT reference, sum(units)::bigint FROM stock.movement WHERE kind = 'count' GROUP BY reference
"""
KEYS: Final[LiteralString] = "SELECT key FROM kit.request"


class Facts(msgspec.Struct, frozen=True):
    """What the database says: rows of the statements above, and what its own proof finds."""

    orders: list[tuple[Any, ...]]
    copies: list[tuple[Any, ...]]
    balances: list[tuple[Any, ...]]
    dues: list[tuple[Any, ...]]
    shares: list[tuple[Any, ...]]
    hours: list[tuple[Any, ...]]
    counted: dict[str, int]
    keys: set[str]
    drift: list[Drift]


async def facts(conn: Conn) -> Facts:
    """Read them; nobody writes meanwhile."""
    return Facts(
        orders=await _rows(conn, ORDERS),
        copies=await _rows(conn, COPIES),
        balances=await _rows(conn, BALANCES),
        dues=await _rows(conn, DUES),
        shares=await _rows(conn, SHARES),
        hours=await _rows(conn, HOURS),
        counted=dict(await _rows(conn, COUNTED)),
        keys={key for (key,) in await _rows(conn, KEYS)},
        drift=await drift(conn),
    )


async def _rows(conn: Conn, sql: LiteralString) -> list[Any]:
    return await (await conn.execute(sql)).fetchall()
