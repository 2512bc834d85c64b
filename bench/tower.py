"""The tower's pages with a week of the nation's orders, each asked through the whole application in process.

Signed in as an operator, one request after the other: what a page takes is the server's, without network. The lists are
asked by their dearest filters too, also for what nothing fits, and as an ally sees them that has a small part. Of the
dearest the processor time is told as well, the database's with it, which other work on the machine does not lengthen.
"""

import asyncio
import gc
import math
import statistics
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import UUID

import httpx
import msgspec
import uvloop

from sangdan.doors.api.app import House, make_app
from sangdan.doors.api.envelope import App
from sangdan.doors.web.app import make_web
from sangdan.doors.web.tower.places import PLACES
from sangdan.flows.admit_client import admit
from sangdan.kit import access, postgres
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.kit.migrate import migrate
from sangdan.kit.settings import load

from . import ground, week
from .figures import Figure, Measured, Target
from .shopping import MORNING

TIMES: Final = 30
WARM: Final = 3
FROM_HERE: Final = {"sec-fetch-site": "same-origin"}
PAGE: Final = {"accept": "text/html"}
MOST_MS: Final = 200.0
DEAREST: Final = 8
YARDSTICK: Final = "one order by its id over the API"
# Sells in every three hundredth order.
SMALL_ALLY: Final = "norvale"


def measure() -> Measured:
    """Seed the week, and ask for every page."""
    with postgres.throwaway() as server:
        migrate(server.url)
        return uvloop.run(_measure(server))


class Taken(msgspec.Struct, frozen=True):
    """What a page took: milliseconds of each request, and processor time of one on average."""

    ms: Sequence[float]
    cpu_ms: float


async def _measure(server: postgres.Server) -> Measured:
    pool = await Pool.open(server.url, size=4)
    try:
        parcels = await week.fill(pool, server.url)
        keys = {None: access.new_key(), SMALL_ALLY: access.new_key()}
        async with pool.transaction() as conn:
            for seen_by, key in keys.items():
                role: access.Role = "tower" if seen_by is None else "ally"
                await admit(conn, f"bench-{role}", role, seen_by, None, key, MORNING)
        clock = SimClock(MORNING + timedelta(hours=30))
        house = await House.open(pool, clock, Ids(7), load({"SANGDAN_MASTER_KEY": "5a" * 32}))
        gc.collect()
        gc.freeze()
        stop = asyncio.Event()
        app = make_app(house, make_web(house, stop))
        async with _browser(app, keys[None]) as operator, _browser(app, keys[SMALL_ALLY]) as ally:
            await week.deliver(server.url, await _endpoint(operator, keys[None]))
            figures = await _pages(server, operator, ally, keys[None])
            stop.set()
    finally:
        await pool.close()
    about = (
        f"{week.ORDERS:,} orders of a week, {parcels:,} parcels to come, 400 stores; {TIMES} times each, one after "
        "the other"
    )
    return Measured("tower", about, figures)


@asynccontextmanager
async def _browser(app: App, key: str) -> AsyncGenerator[httpx.AsyncClient]:
    """Somebody who has signed in."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sangdan", headers=PAGE, timeout=600) as browser:
        entered = await browser.post("/sign-in", data={"key": key}, headers=FROM_HERE)
        assert entered.status_code == 303, entered.text
        yield browser


async def _endpoint(browser: httpx.AsyncClient, key: str) -> UUID:
    """Whom events are sent to."""
    authorised = {"authorization": f"Bearer {key}"}
    made = await browser.post("/v1/webhooks", json={"url": "https://shop.example/events"}, headers=authorised)
    assert made.status_code == 201, made.text
    return UUID(made.json()["endpoint"]["endpoint_id"])


async def _pages(
    server: postgres.Server, operator: httpx.AsyncClient, ally: httpx.AsyncClient, key: str
) -> list[Figure]:
    began = time.perf_counter()
    while (await operator.get("/tower/risks")).status_code == 503:
        pass  # it waited for some seconds before it said so
    opening_ms = (time.perf_counter() - began) * 1000
    listed = await operator.get("/tower/orders?state=open")
    order_id = listed.text.split('data-row="')[1].split('"')[0]
    plain = await _taken(server, operator, f"/v1/orders/{order_id}", key)
    pages = {what: await _taken(server, operator, path) for what, path in _addresses(order_id).items()}
    pages |= {f"{what}, for an ally": await _taken(server, ally, path) for what, path in _of_an_ally().items()}

    def figure(what: str, ms: float, of_ms: float, target: Target | None = None) -> Figure:
        return Figure(what, ms, "ms", YARDSTICK, of_ms, "ms", target)

    usual_ms, most = statistics.median(plain.ms), Target("value", at_most=MOST_MS)
    dearest = sorted(pages, key=lambda what: pages[what].cpu_ms, reverse=True)[:DEAREST]
    return [
        figure("reading the live picture the first time", opening_ms, usual_ms),
        *(figure(f"{what}, p95", _p95(taken.ms), usual_ms, most) for what, taken in pages.items()),
        *(figure(f"processor time: {what}", pages[what].cpu_ms, plain.cpu_ms) for what in dearest),
    ]


def _addresses(order_id: str) -> Mapping[str, str]:
    """Every page of the navigation, what is a step below it, and the lists by their dearest filters."""
    day = "placed_from=2026-11-20&placed_until=2026-11-20"
    asked = {
        "orders under way, the oldest first": "/tower/orders?state=open&order=placed",
        "orders that were cancelled": "/tower/orders?state=cancelled",
        "orders by the date they are promised": "/tower/orders?order=promised",
        "orders of one store": "/tower/orders?node=store-0001",
        "orders of one store by their date": "/tower/orders?node=store-0001&order=promised",
        "orders of a node that has none": "/tower/orders?node=none",
        "cancelled orders of one store": "/tower/orders?node=store-0001&state=cancelled&order=placed",
        "orders placed on one day": f"/tower/orders?{day}",
        "orders placed on one day by their date": f"/tower/orders?{day}&order=promised",
        "orders promised for one day": "/tower/orders?promised_from=2026-11-20&promised_until=2026-11-20",
        "an order by its shop's number": "/tower/orders?q=R-77777",
        "the orders of a shopper": "/tower/orders?q=s-77",
        "an order by the end of its id": f"/tower/orders?q={order_id[-8:]}",
        "the page of an order": f"/tower/orders/{order_id}",
        "risks by their chance": "/tower/risks?order=chance",
        "risks of one node": "/tower/risks?node=fc-daegu&left=24",
        "stock of one SKU's beginning": "/tower/stock?q=a&order=sku",
        "stock with nothing left": "/tower/stock?left=none",
        "messages that failed": "/tower/notices?state=failed",
        "messages of a topic that never was": "/tower/notices?topic=ready",
        "deliveries of events": "/tower/webhooks/deliveries",
        "deliveries that failed": "/tower/webhooks/deliveries?state=failed",
        "an ally's statement": "/tower/settlement/haedeun?from=2026-11-16&to=2026-11-25",
        "lines of the ledger": "/tower/settlement/lines",
        "lines of one kind of an ally": "/tower/settlement/lines?account=norvale&kind=commission",
        "the audit trail of somebody": "/tower/audit?q=staff.7",
        "who read of persons": "/tower/audit/readings",
        "reviews that wait": "/tower/reviews?state=open",
        "reviews with one star": "/tower/reviews?stars=1",
        "lanes": "/tower/network/lanes",
        "calendars": "/tower/network/calendars",
    }
    return {place.title: place.url for place in PLACES if place.url.startswith("/tower")} | asked


def _of_an_ally() -> Mapping[str, str]:
    return {
        "Risks": "/tower/risks",
        "Orders": "/tower/orders",
        "Orders under way": "/tower/orders?state=open",
        "Orders of a node that has none": "/tower/orders?node=none",
        "Stock": "/tower/stock",
        "Audit trail": "/tower/audit",
        "Lines of the ledger": "/tower/settlement/lines",
        "Deliveries of events": "/tower/webhooks/deliveries",
    }


async def _taken(server: postgres.Server, browser: httpx.AsyncClient, path: str, key: str | None = None) -> Taken:
    """What a page takes, asked again and again, after some times that are not counted.

    key  of the API; None for a page
    """
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    taken, spent_s = list[float](), 0.0
    for number in range(WARM + TIMES):
        if number == WARM:
            spent_s = _cpu_s(server)
        began = time.perf_counter()
        answer = await browser.get(path, headers=headers)
        if number >= WARM:
            taken.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
    return Taken(taken, 1000 * (_cpu_s(server) - spent_s) / TIMES)


def _cpu_s(server: postgres.Server) -> float:
    """Processor seconds, ours and the database's, so far."""
    return time.process_time() + ground.server_cpu_s(server)


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]
