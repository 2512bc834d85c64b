"""An operator in a browser: a promise is at risk, the list says why, and it is saved before the shopper knows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from sangdan.client import Sangdan
from sangdan.client.types import WishedFor

from . import town
from .browser import Language, complaints, opened, visiting
from .tower import Tower, tower

# From Gimpo, dearer and two hours later than from Icheon: in time still when Icheon's van is gone.
LATER: Final = {
    "lane_id": "gimpo.next_day", "from_zone": "gimpo", "to_zone": "jung", "service": "next_day", "carrier_id": "baram",
    "calendar_id": "always", "cut_offs": ["23:00"], "departures": ["23:00"],
    "transit_s": [21_600, 25_200, 28_800, 32_400, 36_000, 43_200, 50_400, 61_200, 86_400, 172_800],
    "temperatures": ["ambient"], "currency": "KRW", "base_minor": 5200, "per_kg_minor": 100, "max_weight_g": 20_000,
    "distance_m": 60_000, "co2e_mg_per_kg_km": 105,
}  # fmt: skip
SAID: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "why": "It missed the departure", "save": "Send from elsewhere", "from": "icheon", "to": "gimpo",
        "done": "1 was done.", "back": "Back to the list"
    },
    "ko": {
        "why": "출발을 놓쳤습니다", "save": "다른 곳에서 보내기", "from": "icheon", "to": "gimpo",
        "done": "1건을 처리했습니다.", "back": "목록으로"
    },
}  # fmt: skip


def late(shop: Sangdan) -> UUID:
    """An order whose van has left without it."""
    way = shop.promises.ask(postcode=town.POSTCODE, lines=[WishedFor(sku="gim", units=1)]).ways[0]
    order = shop.orders.place(token=way.token, shopper_id="kim")
    now = shop.sandbox.clock_now().now
    shop.sandbox.clock_move(to=now + timedelta(minutes=6))
    [parcel] = shop.orders.get(order.order_id).parcels
    assert parcel.node_id == town.ICHEON
    shop.sandbox.clock_move(to=parcel.departs_at + timedelta(minutes=10))
    return order.order_id


def save(page: Page, order_id: UUID, said: Mapping[str, str]) -> None:
    """From whatever page it is: to the risks by the keyboard, and another way for the one that is meant."""
    page.keyboard.press("g")
    page.keyboard.press("r")
    row = page.locator(f"tr[data-row]:has(a[href$='{order_id}'])")
    expect(row).to_contain_text(said["why"])
    page.keyboard.press("j")
    while "current" not in (row.get_attribute("class") or ""):
        page.keyboard.press("j")
    page.keyboard.press("x")
    expect(row.locator("input")).to_be_checked()
    page.get_by_role("button", name=said["save"]).click()
    turn = page.locator(".turn")
    expect(turn).to_contain_text(said["from"])
    expect(turn.locator(".then")).to_contain_text(said["to"])
    page.locator("input[name=reason]").fill("the van left without it")
    page.get_by_role("button", name=said["save"]).click()
    expect(page.get_by_role("status").filter(has_text=said["done"])).to_be_visible()
    page.get_by_role("link", name=said["back"]).click()


def gone(page: Page, order_id: UUID) -> None:
    """The list follows the facts by itself within a second; a reload shows it."""
    row = page.locator(f"a[href$='{order_id}']")
    for tries_left in range(10, -1, -1):
        page.reload()
        try:
            expect(row).to_have_count(0, timeout=1_000)
        except AssertionError:
            if not tries_left:
                raise
        else:
            return


@pytest.fixture(scope="module")
def browser() -> Any:
    with opened() as found:
        yield found


def test_a_promise_at_risk_is_seen_and_saved(browser: Browser) -> None:
    with tower("--sandbox") as served:
        keys = town.found(served)
        with town.caller(served, keys["tower"]) as door:
            body, kind = msgspec.json.encode(LATER), {"content-type": "application/x-ndjson"}
            assert door.post("/v1/imports/lanes", content=body, headers=kind).json()["rejected"] == 0
        with Sangdan(served.address, keys["onmaru-web"]) as shop:
            for language in SAID:
                saved(browser, served, keys["tower"], shop, language)
        with served.database() as conn:
            noted = conn.execute("SELECT count(*) FROM kit.audit WHERE what = 'parcel.sent-another-way'").fetchone()
            told = conn.execute("SELECT count(*) FROM notices.notice WHERE topic IN ('changed', 'late')").fetchone()
        assert (noted, told) == ((2,), (0,)), "the date stands, so that the shopper need not hear of it"
        assert served.drift()["rows"] == []


def saved(browser: Browser, served: Tower, key: str, shop: Sangdan, language: Language) -> None:
    order_id = late(shop)
    before: datetime = shop.orders.get(order_id).promised_at
    with visiting(browser, served.address, language=language) as context:
        page = context.new_page()
        wrong = complaints(page)
        page.goto("/sign-in")
        page.locator("details:has(input[name=key]) summary").click()
        page.locator("input[name=key]").fill(key)
        page.locator("input[name=key]").press("Enter")
        page.wait_for_url("**/tower")
        page.goto("/tower/orders")
        save(page, order_id, SAID[language])
        gone(page, order_id)
        assert not wrong
    order = shop.orders.get(order_id)
    assert [(each.node_id, each.state) for each in order.parcels if each.state != "cancelled"] == [
        (town.GIMPO, "released")
    ]
    assert order.promised_at == before
