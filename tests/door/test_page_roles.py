"""Every page is asked by every role, by a foreign ally, by one who is confined elsewhere, and by nobody at all."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from sangdan.doors.access import ALL
from sangdan.doors.api.app import House, make_litestar
from sangdan.doors.web.app import make_web
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine
from sangdan.order.orders import commands as orders

from . import alliance
from .journey import Callers, shipped
from .pages import FROM_HERE, browser, person, post, without_assets
from .reading import foreign

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
# Pages that serve no business of an ally's: coming in, the language, the style page, the shop that is everybody's.
OF_NOBODY: Final = re.compile(r"/(sign-in|sign-out|enter|join|language|style|shop)\b.*|/")
# Lines that are open as long as somebody looks.
STREAMS: Final = frozenset({"/tower/live", "/tower/scenes/{name}/lines", "/tower/scenes/{name:str}/lines"})

# What programs ask: the API, its description, files, figures.
NO_PAGES: Final = ("/v1/", "/assets/", "/health", "/problems", "/metrics", "/openapi")

# What forms ask for, so that more of them come as far as to look whose it is.
WISHES: Final = {"reason": "because", "name": "x", "all": "1", "url": "https://hooks.example.com/x", "id": "x"}

Pages = Mapping[tuple[str, str], Mapping[str, Any]]


@pytest.fixture
def wall() -> SimClock:
    return SimClock(NOON)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_assets(monkeypatch)


@pytest.fixture
async def web(house: House, wall: SimClock) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house, wall) as opened:
        yield opened


@pytest.fixture
def pages(house: House, wall: SimClock) -> Pages:
    """Every page by verb and address, with what it says of those who may come."""
    app: Litestar = make_litestar(house, make_web(house, asyncio.Event(), wall=wall))
    return {
        (method, route.path_format): handler.opt
        for route in app.routes
        if isinstance(route, HTTPRoute) and not route.path_format.startswith(NO_PAGES)
        for method, (handler, _) in route.route_handler_map.items()
        if method in ("GET", "POST")
    }


@pytest.fixture
async def parts(door: httpx.AsyncClient, callers: Callers, engine: Engine, db: Pool) -> dict[str, str]:
    """An order that has shipped, and what stands for each part of an address."""
    await alliance.found(door)
    order = await shipped(callers, engine)
    endpoint = await callers["shop"].post("/v1/webhooks", {"url": "https://hooks.example.com/in"})
    async with db.transaction() as conn:
        assert await orders.get(conn, UUID(order["order_id"]))
    return {
        "order_id": order["order_id"],
        "parcel_id": order["parcels"][0]["parcel_id"],
        "endpoint_id": endpoint.json()["endpoint"]["endpoint_id"],
        "node_id": "house-1",
        "lane_id": "seoul.standard",
        "sku": "tee-m",
        "owner_id": "maker",
        "partner_id": "maker",
        "staff_id": "nobody",
        "client_id": "nobody",
        "product_id": "tee",
        "language": "ko",
        "name": "nothing",
        "kind": "stock",
        "step": "out",
    }


def filled(address: str, parts: Mapping[str, str]) -> str:
    """An address with its parts; what is not known is an id of nothing."""
    nothing = "01890000-0000-7000-8000-000000000001"
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda part: parts.get(part[1], nothing), address)


async def asked(web: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
    return await (web.get(path) if method == "GET" else web.post(path, data=WISHES, headers=FROM_HERE))


async def test_every_page_says_for_whom_it_is(pages: Pages) -> None:
    assert len(pages) > 40
    silent = [route for route, opt in pages.items() if not opt.get("open") and not opt.get("roles")]
    assert silent == []


async def test_nobody_sees_a_page_that_is_not_open(web: httpx.AsyncClient, pages: Pages, parts: dict[str, str]) -> None:
    for (method, address), opt in pages.items():
        if opt.get("open"):
            assert OF_NOBODY.fullmatch(address) or address.startswith("/floor/"), address
            continue
        answer = await asked(web, method, filled(address, parts))
        assert (answer.status_code, answer.headers.get("location", "")[:8]) == (303, "/sign-in"), (method, address)


@pytest.mark.parametrize("role", sorted(ALL))
async def test_roles_are_kept(
    web: httpx.AsyncClient, pages: Pages, parts: dict[str, str], keys: dict[str, str], role: str
) -> None:
    await post(web, "/sign-in", key=keys[role])
    for (method, address), opt in pages.items():
        if opt.get("open") or address in STREAMS:
            continue
        answer = await asked(web, method, filled(address, parts))
        assert answer.status_code < 500, (method, address, answer.text[-600:])
        if role not in opt["roles"]:
            assert answer.status_code == 403, (method, address)


@pytest.mark.parametrize("stranger", ["foreign-shop", "foreign-ally", "foreign-floor", "foreign-courier"])
async def test_a_foreign_ally_learns_nothing_of_an_order(
    web: httpx.AsyncClient, pages: Pages, parts: dict[str, str], keys: dict[str, str], db: Pool, stranger: str
) -> None:
    await post(web, "/sign-in", key=keys[stranger])
    async with db.transaction() as conn:
        facts = await value(conn, "SELECT count(*) FROM kit.event")
    for (method, address), opt in pages.items():
        one_of_theirs = {"order_id", "parcel_id", "endpoint_id", "owner_id"} & set(re.findall(r"\{(\w+)", address))
        if opt.get("open") or address in STREAMS or not one_of_theirs:
            continue
        theirs = await asked(web, method, filled(address, parts))
        nothing = await asked(web, method, filled(address, {}))
        assert theirs.status_code == nothing.status_code, (method, address, "tells that there is something")
        assert theirs.status_code in (303, 403, 404, 422), (method, address, theirs.status_code)
    async with db.transaction() as conn:
        done = "SELECT array_agg(what) FROM kit.audit WHERE actor = %(who)s AND what <> 'session.opened'"
        assert await value(conn, done, who=stranger) is None
        assert await value(conn, "SELECT count(*) FROM kit.event") == facts


async def test_whoever_is_confined_to_other_nodes_works_on_none_of_these(
    web: httpx.AsyncClient, pages: Pages, parts: dict[str, str], db: Pool
) -> None:
    await person(db, "lee", "floor", "house", ("stranger-1",))
    await person(db, "han", "floor", "house", ("house-1",))
    tasks = f"/floor/tasks.json?node={parts['node_id']}"
    await post(web, "/sign-in", name="han", password="a sentence of my own, 1447")
    assert (await web.get(tasks)).status_code == 200
    web.cookies.clear()
    await post(web, "/sign-in", name="lee", password="a sentence of my own, 1447")
    refused = await web.get(tasks)
    assert refused.status_code in (403, 404), refused.text[:300]


async def test_no_page_mixes_languages(
    web: httpx.AsyncClient, pages: Pages, parts: dict[str, str], keys: dict[str, str]
) -> None:
    await post(web, "/sign-in", key=keys["tower"])
    mixed: dict[str, list[str]] = {}
    for language in ("ko", "en"):
        for method, address in pages:
            if address in STREAMS or address.startswith(("/language/", "/sign-out")) or address.endswith("/export"):
                continue
            told = {"accept-language": language, **FROM_HERE}
            path, sent = filled(address, parts), WISHES if method == "POST" else None
            answer = await web.request(method, path, data=sent, headers=told)
            if answer.headers.get("content-type", "").startswith("text/html"):
                mixed[f"{language} {method} {address}"] = list(foreign(answer.text, language))[:5]
    assert len(mixed) > 100
    assert {page: texts for page, texts in mixed.items() if texts} == {}
