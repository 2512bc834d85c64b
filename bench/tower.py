"""The tower's pages with a week of the nation's orders: a million, ten thousand parcels of them to come, 400 stores.

The alliance is the demo's at full size. Some questions make the ways, whose open orders are placed through the
production code; the rest of the million are copies of them that have ended, spread over the week. Each page is asked
through the whole application in process, signed in as an operator, one request after the other: what it takes is the
server's, without network.
"""

import asyncio
import gc
import math
import statistics
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Final, LiteralString

import httpx
import psycopg
import uvloop

from sangdan.doors.api.app import House, make_app
from sangdan.doors.web.app import make_web
from sangdan.doors.web.tower.places import PLACES
from sangdan.flows.admit_client import admit
from sangdan.flows.place_order import place
from sangdan.kit import access, postgres
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.kit.migrate import migrate
from sangdan.kit.settings import load
from sangdan.tower.twin.model import Size

from .figures import Figure, Measured, Target
from .live import HEARD, SEND
from .shopping import MORNING, anew, baskets

ORDERS: Final = 1_000_000
OPEN_PARCELS: Final = 10_000
QUESTIONS: Final = 300
TIMES: Final = 30
WARM: Final = 3
SIZE: Final = Size(stores=400, products=1000, members=100)
WEEK_S: Final = 7 * 86_400
FROM_HERE: Final = {"sec-fetch-site": "same-origin"}
PAGE: Final = {"accept": "text/html"}
MOST_MS: Final = 200.0
YARDSTICK: Final = "one order by its id over the API"

# An order that has ended for every number, as one of the open ones is, under an id of its time; the rest hangs on it.
COPIES: Final[LiteralString] = """
    CREATE TEMPORARY TABLE copied AS
    SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(mix, 1, 3) || '8'
            || substr(mix, 4, 15))::uuid AS order_id, source, at, n
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
    SELECT c.order_id, o.client_id, o.shop_id, o.shopper_id, o.promise_id,
           CASE WHEN c.n %% 29 = 0 THEN 'cancelled' WHEN c.at > %(now)s - interval '3 days' THEN 'delivered'
                ELSE 'confirmed' END,
           CASE WHEN c.n %% 29 = 0 THEN 'shopper' END, o.currency, o.goods_minor, o.delivery_minor, o.total_minor, 0,
           o.cost_minor, o.co2e_g, o.postcode, o.service, c.at + (o.promised_at - o.placed_at), o.probability_ppm, c.at,
           c.at + interval '5 minutes', o.confirm_days, c.at, c.at, c.at, c.at, 'R-' || c.n
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
    SELECT c.order_id, p.parcel_no, md5(c.order_id::text || p.parcel_no)::uuid, p.node_id, p.operator_id, p.carrier_id,
           p.service, CASE WHEN c.n %% 29 = 0 THEN 'cancelled' ELSE 'delivered' END, p.slot_at, p.ready_at,
           p.departs_at, p.promised_at, p.probability_ppm, p.fee_minor, p.carrier_minor, p.weight_g
      FROM copied c JOIN orders.parcel p ON p.order_id = c.source
    """,
    """
    INSERT INTO promise.outcome (order_id, parcel_no, node_id, carrier_id, service, promised_at, probability_ppm,
                                 arrived_at, kept, late_s, cause)
    SELECT c.order_id, p.parcel_no, p.node_id, p.carrier_id, p.service, p.promised_at, p.probability_ppm, p.promised_at,
           true, 0, 'kept'
      FROM copied c JOIN orders.parcel p ON p.order_id = c.source WHERE c.n %% 29 <> 0
    """,
)


def measure() -> Measured:
    """Seed the week, and ask for every page."""
    with postgres.throwaway() as server:
        migrate(server.url)
        return uvloop.run(_measure(server.url))


async def _measure(url: str) -> Measured:
    pool = await Pool.open(url, size=4)
    try:
        parcels = await _fill(pool, url)
        clock, key = SimClock(MORNING + timedelta(hours=30)), access.new_key()
        async with pool.transaction() as conn:
            await admit(conn, "bench", "tower", None, None, key, MORNING)
        house = await House.open(pool, clock, Ids(7), load({"SANGDAN_MASTER_KEY": "5a" * 32}))
        gc.collect()
        gc.freeze()
        stop = asyncio.Event()
        app = make_app(house, make_web(house, stop))
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://sangdan", headers=PAGE, timeout=600
        ) as browser:
            entered = await browser.post("/sign-in", data={"key": key}, headers=FROM_HERE)
            assert entered.status_code == 303, entered.text
            figures = await _pages(browser, key)
            stop.set()
    finally:
        await pool.close()
    about = (
        f"{ORDERS:,} orders of a week, {parcels:,} parcels to come, 400 stores; {TIMES} times each, one after the other"
    )
    return Measured("tower", about, figures)


async def _pages(browser: httpx.AsyncClient, key: str) -> list[Figure]:
    began = time.perf_counter()
    while (await browser.get("/tower/risks")).status_code == 503:
        pass  # it waited for some seconds before it said so
    opening_ms = (time.perf_counter() - began) * 1000
    listed = await browser.get("/tower/orders?state=open")
    order_id = listed.text.split('data-row="')[1].split('"')[0]
    plain = await _times(browser, f"/v1/orders/{order_id}", {"authorization": f"Bearer {key}"})
    yardstick_ms = statistics.median(plain)
    pages = {
        "reading the live picture the first time": [opening_ms],
        **{what: await _times(browser, path) for what, path in _addresses(order_id).items()},
    }
    return [
        Figure(
            f"{what}, p95" if len(times) > 1 else what, _p95(times), "ms", YARDSTICK, yardstick_ms, "ms",
            Target("value", at_most=MOST_MS) if len(times) > 1 else None,
        )
        for what, times in pages.items()
    ]  # fmt: skip


def _addresses(order_id: str) -> Mapping[str, str]:
    """Every page of the navigation, and the lists by their dearest filters."""
    asked = {
        "orders under way, the oldest first": "/tower/orders?state=open&order=placed",
        "orders that were cancelled": "/tower/orders?state=cancelled",
        "orders by the date they are promised": "/tower/orders?order=promised",
        "orders of one store": "/tower/orders?node=store-0001",
        "orders placed on one day": "/tower/orders?placed_from=2026-11-20&placed_until=2026-11-20",
        "an order by its shop's number": "/tower/orders?q=R-77777",
        "an order by the end of its id": f"/tower/orders?q={order_id[-8:]}",
        "the page of an order": f"/tower/orders/{order_id}",
        "risks by their chance": "/tower/risks?order=chance",
    }
    return {place.title: place.url for place in PLACES} | asked


async def _times(browser: httpx.AsyncClient, path: str, headers: Mapping[str, str] | None = None) -> list[float]:
    """Milliseconds of each request, after some that are not counted."""
    taken = list[float]()
    for number in range(WARM + TIMES):
        began = time.perf_counter()
        answer = await browser.get(path, headers=dict(headers or {}))
        if number >= WARM:
            taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
    return taken


def _p95(times: list[float]) -> float:
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]


async def _fill(pool: Pool, url: str) -> int:
    """Ten thousand open parcels, and copies of their orders that have ended."""
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
    told = {"now": MORNING, "week_s": WEEK_S, "many": ORDERS, "sources": orders}
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        await conn.execute(COPIES, told)
        for statement in FILL:
            await conn.execute(statement, told)
        await conn.execute("DROP TABLE copied")
        await conn.execute("VACUUM ANALYZE")
    return parcels
