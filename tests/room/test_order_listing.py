"""The list of orders at size: a page looks at so many of them and no more, and whoever goes on comes to all."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, Final, LiteralString

import pytest
from msgspec.structs import replace

from sangdan.doors.web.tower.orders import sought
from sangdan.kit import lists
from sangdan.kit.db import Conn, run
from sangdan.kit.lists import Which, Wish
from sangdan.order.orders.queries.listing import ORDERS, Listed

MANY: Final = 4_000
RARE: Final = 400  # one order in so many is of the node and the seller that are looked for
MOST: Final = 500
AT: Final = datetime(2026, 11, 23, tzinfo=UTC)
DAY: Final = timedelta(days=1)
EXPLAIN: Final[LiteralString] = "EXPLAIN (ANALYZE, FORMAT JSON) "

# Every tenth is under way; later orders are not always promised for a later date.
FILL: Final[tuple[LiteralString, ...]] = (
    """
    INSERT INTO orders.order (order_id, client_id, shop_id, shopper_id, promise_id, state, reason, currency,
                              goods_minor, delivery_minor, total_minor, cost_minor, co2e_g, postcode, service,
                              promised_at, probability_ppm, placed_at, release_at, confirm_days, delivered_at)
    SELECT md5('order' || n)::uuid, 'web', 'market', 'shopper-' || n %% 7, md5('promise' || n)::uuid,
           CASE n %% 10 WHEN 0 THEN 'released' WHEN 1 THEN 'cancelled' ELSE 'confirmed' END,
           CASE n %% 10 WHEN 1 THEN 'shopper' END, 'KRW', 1, 0, 1, 0, 0, '04524', 'dawn',
           %(at)s::timestamptz + make_interval(hours => n, mins => 3000 * (n %% 3)), 900000,
           %(at)s::timestamptz + make_interval(hours => n), %(at)s, 7,
           CASE WHEN n %% 10 > 1 THEN %(at)s::timestamptz END
      FROM generate_series(1, %(many)s) AS n
    """,
    """
    INSERT INTO orders.line (order_id, line_no, sku, seller_id, units, unit_price_minor, vat_class)
    SELECT order_id, 1, 'tea', CASE extract(epoch FROM placed_at - %(at)s)::integer / 3600 %% %(rare)s
                               WHEN 10 THEN 'small' ELSE 'large' END, 1, 1, 'standard'
      FROM orders.order
    """,
    """
    INSERT INTO orders.parcel (order_id, parcel_no, parcel_id, node_id, operator_id, service, slot_at, ready_at,
                               departs_at, promised_at, probability_ppm, fee_minor, carrier_minor, weight_g)
    SELECT order_id, 1, order_id, CASE extract(epoch FROM placed_at - %(at)s)::integer / 3600 %% %(rare)s
                                  WHEN 10 THEN 'corner' ELSE 'centre' END, 'hanbit', 'dawn', placed_at, placed_at,
           placed_at, promised_at, 900000, 0, 0, 1
      FROM orders.order
    """,
    "ANALYZE orders.order, orders.line, orders.parcel",
)


@pytest.fixture
async def week(conn: Conn) -> Conn:
    """Some thousand orders."""
    for statement in FILL:
        await run(conn, statement, at=AT, many=MANY, rare=RARE)
    return conn


async def found(conn: Conn, most: int, seen_by: str | None, wish: Wish) -> list[list[Listed]]:
    """The pages of a list for which so many orders are looked at, until its end."""
    listing, pages = replace(ORDERS, most=most), list[list[Listed]]()
    while True:
        rows = await lists.page(conn, Listed, listing, wish, 21, seen_by=seen_by)
        full = len(rows) > 20
        pages.append(rows[:20])
        end = lists.key_of(rows[19], listing, wish.order) if full else await lists.end(
            conn, listing, wish, seen_by=seen_by
        )  # fmt: skip
        if end is None:
            return pages
        wish = replace(wish, after=end)


async def test_whoever_looks_further_comes_to_every_order(week: Conn) -> None:
    for filters, seen_by, orders in (
        ({"node": "corner"}, None, MANY // RARE),
        ({"node": "nowhere"}, None, 0),
        ({}, "small", MANY // RARE),
        ({"state": Which("open"), "node": "corner"}, None, MANY // RARE),
        ({"state": Which("cancelled"), "node": "corner"}, None, 0),
        ({"state": Which("open")}, None, MANY // 10),
        ({"q": sought("shopper-3")}, "market", MANY // 7 + 1),
        ({"promised": {"promised_from": AT + 9 * DAY, "promised_until": AT + 19 * DAY}}, None, 240),
        ({"placed": {"placed_from": AT + 9 * DAY, "placed_until": AT + 19 * DAY}}, None, 240),
    ):
        for order, descending in product(ORDERS.orders, (True, False)):
            wish = Wish(filters, order, descending)
            pages = await found(week, MOST, seen_by, wish)
            whole = await lists.page(week, Listed, replace(ORDERS, most=MANY), wish, MANY, seen_by=seen_by)
            assert [row for page in pages for row in page] == whole
            assert len(whole) == orders, wish


async def test_a_page_stops_looking(week: Conn) -> None:
    pages = await found(week, MOST, None, Wish({"node": "corner"}, "placed"))
    assert [len(page) for page in pages] == [2, 1, 1, 1, 2, 1, 1, 1, 0]


async def test_a_page_reads_no_table_whole(week: Conn) -> None:
    """The planner would rather read all parcels once than look up those of ten thousand orders."""
    for filters, seen_by in (
        ({"node": "nowhere"}, None), ({}, "small"), ({"node": "corner", "state": Which("cancelled")}, "nobody")
    ):  # fmt: skip
        for order in ORDERS.orders:
            for node in await carried_out(week, Wish(filters, order, descending=True), seen_by):
                assert node["Node Type"] != "Seq Scan", node
                assert node["Actual Rows"] * node["Actual Loops"] <= MOST, node


async def carried_out(conn: Conn, wish: Wish, seen_by: str | None) -> list[dict[str, Any]]:
    """How each table was read for a page."""
    sql = ORDERS.statement(wish.filters, wish.order, descending=wish.descending, after=False)
    values = {name: value for name, value in wish.filters.items() if not isinstance(value, Which)}
    asked = await conn.execute(EXPLAIN + sql, {**values, "seen_by": seen_by, "most": MOST, "limit": 51})
    [[[told]]] = await asked.fetchall()
    read = [node for node in nodes_of(told["Plan"]) if "Relation Name" in node]
    assert "order" in {node["Relation Name"] for node in read}
    return read


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a plan that was carried out."""
    if plan["Actual Loops"]:
        yield plan
    for below in plan.get("Plans", []):
        yield from nodes_of(below)
