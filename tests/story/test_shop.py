"""Shopping in a real browser: bought for tomorrow and for the store, refused the last one, followed, cancelled."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from sangdan.doors.web.assets.build import build

from . import faces, town
from .browser import DESKTOP, PHONE, Language, complaints, opened, visiting
from .tower import Tower, tower

STORE: Final = "jung-store"
# A store around the corner, which has seaweed and oil.
CORNER: Final[dict[str, list[dict[str, Any]]]] = {
    "nodes": [{
        "node_id": STORE, "kind": "store", "operator_id": "hanbit", "zone_id": "jung", "lat_e6": 37_564_000,
        "lon_e6": 126_997_000, "temperatures": ["ambient"], "calendar_id": "always", "handling_s": 600,
        "parcels_per_hour": 60, "pickup": True, "name_ko": "한빛 중구점", "name_en": "Hanbit Jung-gu",
    }],
    "stock": [
        {"node_id": STORE, "sku": sku, "owner_id": "deulnyeok", "on_hand": 500} for sku in ("gim", "oil")
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def shop() -> Iterator[Tower]:
    """The small alliance with 온마루's storefront, and a store."""
    build()
    with tower(storefront="onmaru", release_after_s="3600") as running:
        keys = town.found(running)
        with town.caller(running, keys["tower"]) as door:
            for kind, rows in CORNER.items():
                body = b"\n".join(map(msgspec.json.encode, rows))
                told = door.post(f"/v1/imports/{kind}", content=body, headers={"content-type": "application/x-ndjson"})
                assert (told.status_code, told.json().get("rejected")) == (200, 0), told.text
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)
    with opened() as browser:
        yield browser


@contextmanager
def shopper(
    chromium: Browser, shop: Tower, language: Language = "en", *, small: bool = False, scripts: bool = True
) -> Generator[Page]:
    """A page of somebody who has never been here; whatever it complains of fails the test."""
    size = PHONE if small else DESKTOP
    with visiting(chromium, shop.address, language=language, size=size, scripts=scripts) as context:
        _here(context, shop)
        if scripts:
            faces.with_axe(context)
        page = context.new_page()
        found = complaints(page)
        yield page
        # A browser complains of every refusal, also of one that its page is made for.
        assert [each for each in found if "409 (Conflict)" not in each] == []


def _here(context: BrowserContext, shop: Tower) -> None:
    context.add_cookies([{"name": "sangdan_postcode", "value": town.POSTCODE, "url": shop.address}])


def put_in(page: Page, sku: str) -> None:
    page.goto(f"/shop/products/{sku}")
    page.locator("form.buy button").click()
    expect(page).to_have_url(re.compile("/shop/basket$"))


def to_pay(page: Page, service: str) -> None:
    """From the basket to the pay page, by a service."""
    page.locator('a[href="/shop/checkout"]:visible').click()
    page.locator(f'input[name="way"][value^="{service}~"]').first.check()
    page.locator('form[action="/shop/checkout/way"] > button').click()
    expect(page).to_have_url(re.compile("/shop/checkout/pay$"))


def fill_in(page: Page) -> None:
    page.fill("#name", "김하나")
    page.fill("#phone", "010-2345-6789")
    if page.locator("#line1").count():
        page.fill("#line1", "서울특별시 중구 세종대로 110")
        page.fill("#line2", "1층")
    for text in ("terms", "privacy", "purchase"):
        page.check(f'input[name="agreed"][value="{text}"]')


def pay(page: Page) -> None:
    page.locator("form#pay aside > button").click()


SAID: Final[dict[Language, dict[str, str]]] = {
    "ko": {"paid": "결제가 승인됐어요.", "cancelled": "취소된 주문이에요", "released": "청구된 금액은 없어요"},
    "en": {
        "paid": "Your payment was approved.",
        "cancelled": "This order was cancelled",
        "released": "nothing was charged",
    },
}


@pytest.mark.parametrize(("language", "small"), [("ko", True), ("en", False)])
def test_bought_for_tomorrow_followed_and_cancelled(
    chromium: Browser, shop: Tower, language: Language, small: bool
) -> None:
    said = SAID[language]
    with shopper(chromium, shop, language, small=small) as page:
        put_in(page, "gim")
        faces.sound(page)
        page.locator('a[href="/shop/checkout"]:visible').click()
        expect(page).to_have_url(re.compile("/shop/checkout$"))
        faces.sound(page)
        page.go_back()
        to_pay(page, "next_day")
        faces.sound(page)
        fill_in(page)
        pay(page)
        expect(page).to_have_url(re.compile(r"/shop/orders/[0-9a-f-]{36}\?thanks=1$"))
        # The page follows the order by itself.
        expect(page.locator("#order")).to_contain_text(said["paid"])
        faces.sound(page)
        paid_for = page.url

        page.go_back()
        expect(page).to_have_url(re.compile(r"/shop/orders/[0-9a-f-]{36}$"))
        page.goto(paid_for)
        page.locator("details.cancel summary").last.click()
        page.locator('button[name="all"]').click()
        expect(page.locator("h1")).to_have_text(said["cancelled"])
        expect(page.locator("#order")).to_contain_text(said["released"])


def test_bought_for_the_store_without_any_script(chromium: Browser, shop: Tower) -> None:
    with shopper(chromium, shop, scripts=False) as page:
        put_in(page, "oil")
        page.locator('button[name="units"][value="2"]').click()
        to_pay(page, "pickup")
        assert page.locator("#line1").count() == 0, "nobody brings it"
        fill_in(page)
        pay(page)
        expect(page.locator(".order-head")).to_contain_text("Hanbit Jung-gu")
        expect(page.locator("aside")).to_contain_text("₩20,000")


def test_who_is_a_moment_late_for_the_last_one_gets_the_next_best(chromium: Browser, shop: Tower) -> None:
    with shopper(chromium, shop) as late, shopper(chromium, shop, "ko", small=True) as soon:
        for page in (late, soon):
            put_in(page, "near-jar")
            to_pay(page, "next_day")
            fill_in(page)
        pay(soon)
        expect(soon).to_have_url(re.compile("thanks=1$"))

        with late.expect_response(re.compile("/shop/checkout/pay$")) as answered:
            pay(late)
        assert answered.value.status == 409
        expect(late.locator("h1")).to_have_text("Somebody was a moment faster")
        expect(late.locator(".refused")).to_contain_text("Nothing was ordered and nothing was charged")
        faces.sound(late)
        late.locator('form[action="/shop/checkout/way"] > button').click()
        expect(late).to_have_url(re.compile("/shop/checkout/pay$"))
        fill_in(late)
        pay(late)
        expect(late).to_have_url(re.compile("thanks=1$"))


@pytest.mark.parametrize(("language", "small", "scripts"), [("ko", True, True), ("en", False, False)])
def test_received_in_parts_paid_once_and_one_part_cancelled(
    chromium: Browser, shop: Tower, language: Language, small: bool, scripts: bool
) -> None:
    with shopper(chromium, shop, language, small=small, scripts=scripts) as page:
        put_in(page, "tea")
        put_in(page, "oil")
        page.locator('a[href="/shop/checkout"]:visible').click()
        page.locator("a.in-parts").click()
        for number, sku in enumerate(("tea", "oil"), start=1):
            page.locator(f'select[name="put"]:has(option[value$="~{sku}"])').select_option(f"{number}~{sku}")
        page.locator('button[form="arrange"]').click()
        page.locator('input[name="way-1"][value^="standard~"]').first.check()
        page.locator('input[name="way-2"][value^="pickup~"]').first.check()
        marked = page.locator(".in-several .way input:checked").all()
        total = sum(int(each.get_attribute("data-minor") or "") for each in marked)
        if scripts:
            expect(page.locator("[data-total]")).to_contain_text(f"{total:,}")
            faces.sound(page)
        page.locator("form.in-several aside button").click()
        expect(page).to_have_url(re.compile("/shop/checkout/pay$"))
        expect(page.locator("form#pay aside")).to_contain_text(f"{total:,}")
        if scripts:
            faces.sound(page)
        fill_in(page)
        pay(page)
        expect(page).to_have_url(re.compile(r"/shop/purchases/[0-9a-f-]{36}\?thanks=1$"))
        expect(page.locator(".told-part")).to_have_count(2)
        expect(page.locator("#purchase aside .total")).to_contain_text(f"{total:,}")
        if scripts:
            faces.sound(page)

        page.locator(".part-foot a").last.click()
        expect(page.locator(".purchase li")).to_have_count(2)
        page.locator("details.cancel summary").last.click()
        page.locator('button[name="all"]').click()
        expect(page.locator("h1")).to_have_text(SAID[language]["cancelled"])
        page.locator(".purchase a").first.click()
        expect(page.locator("h1")).not_to_have_text(SAID[language]["cancelled"])
        page.locator("details.cancel summary").click()
        page.locator('form[action$="/cancellation"] button').click()
        expect(page.locator("h1")).to_have_text(SAID[language]["cancelled"])
