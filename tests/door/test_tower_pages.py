"""The tower's lists and what is done in them: who sees what, filters, views, files, actions with their preview."""

import asyncio
import base64
import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final
from urllib.parse import unquote
from uuid import UUID

import httpx
import polars as pl
import pytest
from msgspec.structs import replace

from sangdan.doors.api.app import House, make_app
from sangdan.doors.web.app import make_web
from sangdan.doors.web.tower.orders import ORDERS
from sangdan.doors.web.tower.places import PLACES
from sangdan.flows.shopper_picture import number_of
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine
from sangdan.order.orders import commands as orders

from . import alliance
from .conftest import AT
from .journey import Callers, placed, shipped
from .pages import without_assets
from .test_web import FROM_HERE, NOON, PAGE, PART, sign_in

AUDITED: Final = """
    SELECT string_agg(what || ' ' || reason, '; ' ORDER BY audit_id) AS whole
      FROM kit.audit WHERE starts_with(what, 'order.')
"""
NOTICES: Final = "SELECT count(*) AS n FROM notices.notice WHERE topic = 'late'"
MOVED: Final = "SELECT count(*) AS n FROM kit.event WHERE type = 'orders.re_promised'"


@pytest.fixture(autouse=True)
def assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without their looks."""
    without_assets(monkeypatch)


@pytest.fixture
async def desk(house: House, keys: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """An operator's browser, signed in; the server ends with it."""
    stop = asyncio.Event()
    app = make_app(house, make_web(house, stop, wall=SimClock(NOON)))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sangdan", headers=PAGE) as browser:
        await sign_in(browser, keys["tower"])
        yield browser
        stop.set()


def rows(page: httpx.Response) -> list[str]:
    assert page.status_code == 200, page.text
    return re.findall(r'<tr data-row="([^"]+)"', page.text)


async def send(desk: httpx.AsyncClient, path: str, **sent: Any) -> httpx.Response:
    return await desk.post(path, data=sent, headers=FROM_HERE)


async def test_every_place_of_the_navigation_is_there(desk: httpx.AsyncClient, door: httpx.AsyncClient) -> None:
    await alliance.found(door)
    for place in (each for each in PLACES if each.url.startswith("/tower")):
        page = await desk.get(place.url)
        assert page.status_code == 200, place.url
        if place.url != "/tower":
            assert f'href="{place.url}"' in page.text
            assert 'aria-current="page"' in page.text, place.url
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page.text), place.url


async def test_orders_are_filtered_sorted_and_paged_by_their_address(
    desk: httpx.AsyncClient, door: httpx.AsyncClient, callers: Callers, engine: Engine
) -> None:
    await alliance.found(door)
    ids = [(await placed(callers))["order_id"] for _ in range(3)]
    await callers["shop"].post(f"/v1/orders/{ids[1]}/cancellation", {})

    assert set(rows(await desk.get("/tower/orders"))) == set(ids)
    assert rows(await desk.get("/tower/orders?state=cancelled")) == [ids[1]]
    assert set(rows(await desk.get("/tower/orders?state=open"))) == {ids[0], ids[2]}
    assert rows(await desk.get(f"/tower/orders?q={ids[2]}")) == [ids[2]]
    assert rows(await desk.get(f"/tower/orders?q={ids[2][-8:]}")) == [ids[2]]
    assert rows(await desk.get("/tower/orders?q=nobody")) == []
    assert set(rows(await desk.get("/tower/orders?q=kim"))) == set(ids)
    assert set(rows(await desk.get("/tower/orders?node=house-1"))) >= {ids[0], ids[2]}
    assert rows(await desk.get("/tower/orders?service=dawn")) == []
    assert rows(await desk.get("/tower/orders?placed_from=2030-01-01")) == []
    assert (
        rows(await desk.get("/tower/orders?order=placed")) == rows(await desk.get("/tower/orders?order=-placed"))[::-1]
    )
    odd = await desk.get("/tower/orders?state=eaten&placed_from=soon&q=%00%1b&after=%3Cscript%3E&order='--")
    assert len(rows(odd)) == 3
    assert "There is no such choice." in odd.text or "Give a day such as" in odd.text
    assert "<script>" not in odd.text


async def test_a_page_goes_on_where_it_stopped_and_tells_no_stranger_where_that_is(
    desk: httpx.AsyncClient,
    door: httpx.AsyncClient,
    callers: Callers,
    keys: dict[str, str],
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await alliance.found(door)
    for _ in range(3):
        await placed(callers)
    monkeypatch.setattr(ORDERS.source, "_listing", replace(orders.ORDERS, most=2))
    everything = rows(await desk.get("/tower/orders"))
    for name, seen in (("tower", everything[2:]), ("foreign-ally", [])):
        await sign_in(desk, keys[name])
        [after] = re.findall(r"[?&](?:amp;)?after=([^&\"]+)", (await desk.get("/tower/orders")).text)
        assert b"2026" not in base64.urlsafe_b64decode(unquote(after)), name
        assert rows(await desk.get(f"/tower/orders?after={after}")) == seen, name


async def test_an_ally_sees_its_part_and_a_stranger_nothing(
    desk: httpx.AsyncClient, door: httpx.AsyncClient, callers: Callers, keys: dict[str, str], engine: Engine
) -> None:
    await alliance.found(door)
    order_id = (await placed(callers))["order_id"]
    for name, seen in (("shop", [order_id]), ("ally", [order_id]), ("foreign-shop", []), ("foreign-ally", [])):
        await sign_in(desk, keys[name])
        listed = await desk.get("/tower/orders")
        assert rows(listed) == seen, name
        assert ("kim" in listed.text) is False
        cancelled = await send(desk, "/tower/orders/actions/cancel/do", id=order_id, reason="mine")
        if name.startswith("foreign-shop"):
            assert "There is no order" in cancelled.text
        elif "ally" in name:
            assert cancelled.status_code == 404
    for name in ("floor", "courier"):
        await sign_in(desk, keys[name])
        for path in ("/tower/orders", "/tower/risks", "/tower/promises", "/tower/orders/export"):
            assert (await desk.get(path)).status_code == 403, (name, path)


async def test_what_is_cancelled_is_shown_first_then_done_once_and_noted(
    desk: httpx.AsyncClient, door: httpx.AsyncClient, callers: Callers, engine: Engine, db: Pool
) -> None:
    await alliance.found(door)
    on_floor = (await shipped(callers, engine))["order_id"]
    free = (await placed(callers))["order_id"]

    shown = await send(desk, "/tower/orders/actions/cancel", id=[free, on_floor, "x", free], query="state=open")
    assert shown.text.count('name="id"') == 1
    assert "cannot be done" in shown.text
    assert f"<b>{number_of(UUID(on_floor))}</b>" in shown.text, "what is refused is called by its number"
    assert rows(await desk.get("/tower/orders?state=cancelled")) == [], "a preview changes nothing"

    for done in ("1 was done.", "cannot be done"):
        answer = await send(desk, "/tower/orders/actions/cancel/do", id=free, reason=" a  twin order ")
        assert done in answer.text
    assert rows(await desk.get("/tower/orders?state=cancelled")) == [free]
    async with db.connection() as conn:
        assert await value(conn, AUDITED) == "order.cancelled a twin order"
    assert "No row was chosen" in (await send(desk, "/tower/orders/actions/cancel")).text
    assert (await send(desk, "/tower/orders/actions/eat", id=free)).status_code == 404


async def test_an_order_s_page_cancels_it_and_tells_so(
    desk: httpx.AsyncClient, door: httpx.AsyncClient, callers: Callers
) -> None:
    await alliance.found(door)
    order_id = (await placed(callers))["order_id"]
    assert "Cancel the order" in (await desk.get(f"/tower/orders/{order_id}")).text
    gone = await send(desk, f"/tower/orders/{order_id}/cancellation", reason="the shopper called")
    assert gone.headers["location"] == f"/tower/orders/{order_id}"
    page = await desk.get(f"/tower/orders/{order_id}")
    assert "Cancelled" in page.text
    assert 'id="cancel"' not in page.text
    assert (await send(desk, f"/tower/orders/{order_id}/confirmation")).status_code == 409


async def test_the_whole_filtered_list_is_exported_and_formulas_stay_text(
    desk: httpx.AsyncClient, door: httpx.AsyncClient, callers: Callers
) -> None:
    await alliance.found(door)
    ids = {(await placed(callers))["order_id"] for _ in range(2)}

    told = await desk.get("/tower/orders/export?format=excel&state=open&after=W10")
    assert told.headers["content-disposition"] == 'attachment; filename="orders.csv"'
    head, *lines = list(csv.reader(io.StringIO(told.content.decode("utf-8-sig"))))
    assert head[:3] == ["Order", "State", "Promised by"]
    assert {line[0] for line in lines} == ids
    assert all(line[2].endswith("+09:00") for line in lines)

    sheet = pl.read_excel(io.BytesIO((await desk.get("/tower/orders/export?format=xlsx")).content))
    assert set(sheet["Order"]) == ids
    assert (await desk.get("/tower/orders/export?format=exe")).status_code in (400, 422)


async def test_views_are_kept_by_their_owner_and_shared_with_their_ally_alone(
    desk: httpx.AsyncClient, door: httpx.AsyncClient, keys: dict[str, str]
) -> None:
    await alliance.found(door)
    query = "state=open&evil=%3Cscript%3E&order=placed"
    kept = await send(desk, "/tower/orders/views", name="  Mine <b> ", query=query)
    assert kept.headers["location"] == "/tower/orders?state=open&order=placed"
    await send(desk, "/tower/orders/views", name="Mine <b>", query="state=shipped")
    await send(desk, "/tower/orders/views", name="Ours", query="state=open", shared="1")
    await send(desk, "/tower/orders/views", name="", query="state=open")
    page = (await desk.get("/tower/orders")).text
    assert page.count("Mine &lt;b&gt;</a>") == 1
    assert "state=shipped" in page
    [view_id] = set(re.findall(r"/tower/orders/views/([0-9a-f-]+)/remove[^/]+Remove the view Mine", page))

    await sign_in(desk, keys["shop"])
    assert "Ours" not in (await desk.get("/tower/orders")).text
    assert (await send(desk, f"/tower/orders/views/{view_id}/remove")).status_code == 404
    await sign_in(desk, keys["tower"])
    assert (await send(desk, f"/tower/orders/views/{view_id}/remove")).status_code == 303
    assert "Mine" not in (await desk.get("/tower/orders")).text


async def test_risks_tell_why_and_the_shopper_is_told_with_a_reason(
    desk: httpx.AsyncClient, door: httpx.AsyncClient, callers: Callers, engine: Engine, house: House, db: Pool
) -> None:
    await alliance.found(door)
    order = await placed(callers)
    await engine.run_until(AT + timedelta(hours=1))
    assert "Nothing is at risk" in (await desk.get("/tower/risks")).text
    assert isinstance(house.clock, SimClock)
    house.clock.set(AT + timedelta(days=3))

    async with asyncio.timeout(20):
        while not (risky := rows(await desk.get("/tower/risks"))):
            pass  # the picture follows twice a second
    [parcel_id] = risky
    assert order["order_id"] in (await desk.get("/tower/risks?order=chance")).text
    assert rows(await desk.get("/tower/risks?code=lost")) == []
    path = "/tower/risks/actions/tell"
    assert "The shopper is told once" in (await send(desk, path, id=parcel_id)).text
    async with db.connection() as conn:
        assert await value(conn, NOTICES) == 0
        for _ in range(2):
            assert "1 was done." in (await send(desk, f"{path}/do", id=parcel_id, reason="late")).text
        assert await value(conn, NOTICES) == 1
    refused = await send(desk, "/tower/risks/actions/elsewhere/do", id=[parcel_id, "nonsense"], reason="late")
    assert "2 cannot be done" in refused.text


async def test_a_date_is_chosen_foretold_in_both_languages_and_given_once(
    desk: httpx.AsyncClient, door: httpx.AsyncClient, callers: Callers, engine: Engine, house: House, db: Pool,
) -> None:  # fmt: skip
    await alliance.found(door)
    order = await placed(callers)
    await engine.run_until(AT + timedelta(hours=1))
    assert isinstance(house.clock, SimClock)
    house.clock.set(AT + timedelta(days=3))
    async with asyncio.timeout(20):
        while not (risky := rows(await desk.get("/tower/risks?try=later"))):
            pass  # the picture follows twice a second
    [parcel_id] = risky
    path = "/tower/risks/actions/later"
    page = (await desk.get(f"/tower/risks/{parcel_id}/dates")).text
    pins = re.findall(r'name="id" value="([^"]+)"', page)
    assert len(pins) == 1, "one house, one service"
    assert all(pin.startswith(f"{parcel_id}~") for pin in pins)
    shown = (await send(desk, path, id=pins[-1])).text
    assert f'value="{pins[-1]}"' in shown, "what is shown is what is done"
    assert '<section lang="ko">' in shown
    assert "Your delivery comes later" in shown
    assert "free of charge" in shown
    bulk = (await send(desk, "/tower/risks/actions/best", id=[parcel_id, "nonsense"])).text
    assert f'value="{pins[0]}"' in bulk
    assert "1 cannot be done" in bulk
    async with db.connection() as conn:
        assert await value(conn, MOVED) == 0, "nothing was done yet"
        assert "1 was done." in (await send(desk, f"{path}/do", id=pins[-1], reason="no van")).text
        assert "1 cannot be done" in (await send(desk, f"{path}/do", id=pins[-1], reason="no van")).text
        assert await value(conn, MOVED) == 1
        assert await value(conn, "SELECT reason FROM kit.audit WHERE what = 'parcel.date-given'") == "no van"
    assert (await desk.get(f"/tower/risks/{parcel_id}/dates")).status_code == 409
    assert order["order_id"] in (await desk.get(f"/tower/orders/{order['order_id']}")).text


@pytest.mark.parametrize(("role", "status"), [("shop", 200), ("ally", 403), ("foreign-ally", 404), ("floor", 403)])
async def test_dates_are_given_by_whoever_sold_it(
    desk: httpx.AsyncClient, door: httpx.AsyncClient, callers: Callers, engine: Engine,
    keys: dict[str, str], role: str, status: int,
) -> None:  # fmt: skip
    await alliance.found(door)
    order = await placed(callers)
    await engine.run_until(AT + timedelta(hours=1))
    [parcel] = (await callers["shop"].get(f"/v1/orders/{order['order_id']}")).json()["parcels"]
    await sign_in(desk, keys[role])
    assert (await desk.get(f"/tower/risks/{parcel['parcel_id']}/dates")).status_code == status
    answer = await send(desk, "/tower/risks/actions/later", id=parcel["parcel_id"])
    assert ("This would happen to 1 row" in answer.text) == (status == 200)


async def test_the_promise_explorer_answers_a_basket_and_says_what_it_cannot_read(
    desk: httpx.AsyncClient, door: httpx.AsyncClient, callers: Callers
) -> None:
    await alliance.found(door)
    order_id = (await placed(callers))["order_id"]
    good = {"basket": f"{alliance.SKU} x 2", "postcode": alliance.POSTCODE}
    page = await desk.get("/tower/promises", params=good)
    assert "next day" in page.text
    assert "The shopper pays" in page.text
    told = await desk.get("/tower/promises/explanation", params=good, headers=PART)
    assert "What each won is for" in told.text
    assert "What each won is for" in (await desk.get("/tower/promises/explanation", params={"order": order_id})).text
    for bad, said in (
        ({"basket": "<script>", "postcode": "04524"}, "write a SKU and how many"),
        ({"basket": "nothing-known", "postcode": alliance.POSTCODE}, "nothing-known"),
        ({"basket": alliance.SKU, "postcode": "99999"}, "99999"),
        ({"basket": alliance.SKU, "postcode": "abc"}, "abc"),
        ({"basket": "", "postcode": alliance.POSTCODE}, "basket"),
    ):
        answer = await desk.get("/tower/promises", params=bad)
        assert answer.status_code == 200
        assert said in answer.text
        assert "<script>" not in answer.text
    assert (await desk.get("/tower/promises/explanation", params={"order": "17"})).status_code == 422


async def test_a_page_that_breaks_tells_the_number_it_has_in_the_logs(
    desk: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sangdan.doors.web.tower.orders.story_of", None)
    answer = await desk.get(f"/tower/orders/{UUID(int=7)}")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text


async def test_a_form_of_another_kind_breaks_nothing(desk: httpx.AsyncClient, door: httpx.AsyncClient) -> None:
    await alliance.found(door)
    many = "multipart/form-data; boundary=x"
    file = b'--x\r\ncontent-disposition: form-data; name="id"; filename="a"\r\n\r\n1\r\n--x--'
    for path in ("views", "actions/cancel", "actions/cancel/do"):
        for kind, body in (
            ("application/json", b'{"id": ["x"]}'),
            ("application/x-www-form-urlencoded", b"id=%ff%00&id=&query=%26%26&name=%00&reason=%ff"),
            (many, b"--x\r\nnonsense"),
            (many, file),
            ("text/plain", b""),
        ):
            headers = FROM_HERE | {"content-type": kind}
            answer = await desk.post(f"/tower/orders/{path}", content=body, headers=headers)
            assert answer.status_code < 500, (path, kind, answer.text)
