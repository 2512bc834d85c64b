"""What a page of facts speaks of: their orders, lines and parcels, in four statements however long the page is.

Only what never changes is read, so that an event tells the same today and in a year.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, many
from sangdan.kit.feed import Entry

ORDERS: Final[LiteralString] = """
    SELECT order_id, shop_id, currency, service, promised_at, placed_at, goods_minor, delivery_minor, total_minor
      FROM orders.order WHERE order_id = ANY (%(order_ids)s::uuid[])
"""
LINES: Final[LiteralString] = """
    SELECT order_id, line_no, sku, seller_id, units, unit_price_minor
      FROM orders.line WHERE order_id = ANY (%(order_ids)s::uuid[]) ORDER BY order_id, line_no
"""
PARCELS: Final[LiteralString] = """
    SELECT order_id, parcel_no, parcel_id, node_id, operator_id, carrier_id, service, promised_at, re_sourced
      FROM orders.parcel WHERE order_id = ANY (%(order_ids)s::uuid[]) ORDER BY order_id, parcel_no
"""
CONTENTS: Final[LiteralString] = """
    SELECT order_id, parcel_no, line_no, sum(units)::bigint AS units
      FROM orders.parcel_line WHERE order_id = ANY (%(order_ids)s::uuid[])
     GROUP BY order_id, parcel_no, line_no ORDER BY order_id, parcel_no, line_no
"""


class Order(msgspec.Struct, frozen=True):
    """An order as it was placed; amounts in the currency's minor unit."""

    order_id: UUID
    shop_id: str
    currency: str
    service: str
    promised_at: datetime
    placed_at: datetime
    goods_minor: int
    delivery_minor: int
    total_minor: int


class Line(msgspec.Struct, frozen=True):
    """A line as it was ordered."""

    order_id: UUID
    line_no: int
    sku: str
    seller_id: str
    units: int
    unit_price_minor: int


class Parcel(msgspec.Struct, frozen=True):
    """A parcel as it was promised; re_sourced: it took the place of another."""

    order_id: UUID
    parcel_no: int
    parcel_id: UUID
    node_id: str
    operator_id: str
    carrier_id: str | None
    service: str
    promised_at: datetime
    re_sourced: bool


class Content(msgspec.Struct, frozen=True):
    """Units of a line in a parcel."""

    order_id: UUID
    parcel_no: int
    line_no: int
    units: int


class Around(msgspec.Struct, frozen=True):
    """One order and all that hangs on it, by number."""

    order: Order
    lines: dict[int, Line]
    parcels: dict[int, Parcel]
    contents: dict[int, list[Content]]


async def gather(conn: Conn, entries: Sequence[Entry]) -> dict[UUID, Around]:
    """The orders that a page of facts speaks of, by id."""
    wanted = list({UUID(entry.data["order_id"]) for entry in entries if "order_id" in entry.data})
    if not wanted:
        return {}
    found = {
        order.order_id: Around(order, {}, {}, defaultdict(list))
        for order in await many(conn, Order, ORDERS, order_ids=wanted)
    }
    for line in await many(conn, Line, LINES, order_ids=wanted):
        found[line.order_id].lines[line.line_no] = line
    for parcel in await many(conn, Parcel, PARCELS, order_ids=wanted):
        found[parcel.order_id].parcels[parcel.parcel_no] = parcel
    for content in await many(conn, Content, CONTENTS, order_ids=wanted):
        found[content.order_id].contents[content.parcel_no].append(content)
    return found
