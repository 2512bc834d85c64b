"""An operator in a browser: a promise is at risk, the list says why, and it is saved before the shopper knows.

What nobody can save gets a later date, which its shopper takes.
"""

import re
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
from .browser import PHONE, Language, complaints, opened, visiting
from .test_shop import fill_in, pay, put_in, to_pay
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


# The key with X on it, on a keyboard that is set to Hangul.
HANGUL_X: Final = "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'ㅌ', code: 'KeyX', bubbles: true}))"


def late(shop: Sangdan) -> UUID:
    """An order whose van has left without it."""
    way = shop.promises.ask(postcode=town.POSTCODE, lines=[WishedFor(sku="gim", units=1)]).ways[0]
    order = shop.orders.place(token=way.token, shopper_id="kim")
    left_behind(shop, order.order_id)
    return order.order_id


def left_behind(shop: Sangdan, order_id: UUID) -> None:
    """It is released, and then the van leaves without it."""
    now = shop.sandbox.clock_now().now
    shop.sandbox.clock_move(to=now + timedelta(minutes=6))
    [parcel] = shop.orders.get(order_id).parcels
    assert parcel.node_id == town.ICHEON
    shop.sandbox.clock_move(to=parcel.departs_at + timedelta(minutes=10))


def save(page: Page, order_id: UUID, said: Mapping[str, str]) -> None:
    """From whatever page it is: to the risks by the keyboard, and another way for the one that is meant."""
    page.keyboard.press("g")
    page.keyboard.press("r")
    row = page.locator(f"tr[data-row]:has(a[href$='{order_id}'])")
    expect(row).to_contain_text(said["why"])
    page.keyboard.press("j")
    while "current" not in (row.get_attribute("class") or ""):
        page.keyboard.press("j")
    page.evaluate(HANGUL_X)
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
    with tower("--sandbox", storefront="onmaru") as served:
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
        with Sangdan(served.address, keys["onmaru-web"]) as shop:
            promised_later(browser, served, keys["tower"], shop)
        assert served.drift()["rows"] == []


def sign_in(page: Page, key: str) -> None:
    page.goto("/sign-in")
    page.locator("details:has(input[name=key]) summary").click()
    page.locator("input[name=key]").fill(key)
    page.locator("input[name=key]").press("Enter")
    page.wait_for_url("**/tower")


def saved(browser: Browser, served: Tower, key: str, shop: Sangdan, language: Language) -> None:
    order_id = late(shop)
    before: datetime = shop.orders.get(order_id).promised_at
    with visiting(browser, served.address, language=language) as context:
        page = context.new_page()
        wrong = complaints(page)
        sign_in(page, key)
        page.goto("/tower/orders")
        save(page, order_id, SAID[language])
        gone(page, order_id)
        assert not wrong
    order = shop.orders.get(order_id)
    assert [(each.node_id, each.state) for each in order.parcels if each.state != "cancelled"] == [
        (town.GIMPO, "released")
    ]
    assert order.promised_at == before


def promised_later(browser: Browser, served: Tower, key: str, shop: Sangdan) -> None:
    """Oil lies in Icheon only: the operator chooses a later date, and the shopper says on the phone that it is fine."""
    with visiting(browser, served.address, language="ko", size=PHONE) as context:
        context.add_cookies([{"name": "sangdan_postcode", "value": town.POSTCODE, "url": served.address}])
        phone = context.new_page()
        put_in(phone, "oil")
        to_pay(phone, "next_day")
        fill_in(phone)
        pay(phone)
        expect(phone).to_have_url(re.compile("thanks=1$"))
        order_id = UUID(phone.url.rpartition("/")[2].partition("?")[0])
        before = shop.orders.get(order_id).promised_at
        left_behind(shop, order_id)
        phone.goto(f"/shop/orders/{order_id}")
        expect(phone.locator("#later-title")).to_have_count(0)

        given_a_date(browser, served, key, order_id)
        [parcel] = [each for each in shop.orders.get(order_id).parcels if each.state != "cancelled"]
        assert (parcel.node_id, parcel.promised_at > before) == (town.ICHEON, True)

        phone.goto(f"/shop/orders/{order_id}")
        expect(phone.locator("#later-title")).to_be_visible()
        phone.locator('button[name="answer"][value="take"]').click()
        expect(phone.locator("#later-title")).to_have_count(0)
        expect(phone.locator("#order")).to_contain_text("새 날짜에 받기로 하셨어요")
    with served.database() as conn:
        taken = conn.execute("SELECT count(*) FROM kit.event WHERE type = 'orders.date_accepted'").fetchone()
        given = conn.execute("SELECT count(*) FROM kit.audit WHERE what = 'parcel.date-given'").fetchone()
    assert (taken, given) == ((1,), (1,))


def given_a_date(browser: Browser, served: Tower, key: str, order_id: UUID) -> None:
    """From the list of risks to the dates that can still be had, and the soonest of them with what it means."""
    with visiting(browser, served.address, language="en") as context:
        page = context.new_page()
        wrong = complaints(page)
        sign_in(page, key)
        page.goto("/tower/risks")
        row = page.locator(f"tr[data-row]:has(a[href$='{order_id}'])")
        row.locator("input").check()
        page.get_by_role("button", name="Give a later date").click()
        page.get_by_role("link", name="Choose another date").click()
        page.locator(".dates input").first.check()
        page.get_by_role("button", name="See what happens").click()
        expect(page.locator(".sayings")).to_contain_text("It missed the run that it was meant for")
        page.locator("input[name=reason]").fill("no other van goes today")
        page.get_by_role("button", name="Give a later date").click()
        expect(page.get_by_role("status").filter(has_text="1 was done.")).to_be_visible()
        assert not wrong
