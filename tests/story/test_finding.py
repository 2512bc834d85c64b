"""Finding in a real browser: with the keyboard in the wrong language, by department, side by side, unscripted."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest
from playwright.sync_api import Browser, expect

from sangdan.doors.web.assets.build import build

from . import faces, town
from .browser import DESKTOP, PHONE, Language, complaints, opened, visiting
from .tower import WAIT_S, Tower, tower

STORE: Final = "jung-store"
ROWS: Final[dict[str, list[dict[str, Any]]]] = {
    "categories": [
        {"category": "pantry", "name_ko": "가공식품", "name_en": "Pantry"},
        {"category": "pantry/seaweed", "name_ko": "김과 해조류", "name_en": "Seaweed"},
        {"category": "pantry/oil", "name_ko": "기름", "name_en": "Oil"},
    ],
    "products": [
        {"product_id": "gim", "category": "pantry/seaweed", "name_ko": "곱창돌김 50매", "name_en": "Dolgim laver"},
        {"product_id": "oil", "category": "pantry/oil", "name_ko": "저온압착 참기름", "name_en": "Sesame oil"},
    ],
    "nodes": [{
        "node_id": STORE, "kind": "store", "operator_id": "hanbit", "zone_id": "jung", "lat_e6": 37_564_000,
        "lon_e6": 126_997_000, "temperatures": ["ambient"], "calendar_id": "always", "handling_s": 600,
        "parcels_per_hour": 60, "pickup": True, "name_ko": "한빛 중구점", "name_en": "Hanbit Jung-gu",
    }],
    "stock": [{"node_id": STORE, "sku": "gim", "owner_id": "deulnyeok", "on_hand": 7}],
}  # fmt: skip
MISSING: Final[dict[Language, tuple[str, str]]] = {
    "ko": ("없는 상품", "찾으시는 상품이 없어요"),
    "en": ("No such product", "No goods found"),
}
DOLGIM: Final = "rhqckdehfrla"  # 곱창돌김, typed with the keyboard in English


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tower]:
    """The small alliance with a storefront, two departments, a store, and an index of it all."""
    build()
    with tower(storefront="onmaru", search=str(tmp_path_factory.mktemp("index"))) as running:
        keys = town.found(running)
        with town.caller(running, keys["tower"]) as door:
            for kind, rows in ROWS.items():
                body = b"\n".join(map(msgspec.json.encode, rows))
                told = door.post(f"/v1/imports/{kind}", content=body, headers={"content-type": "application/x-ndjson"})
                assert (told.status_code, told.json().get("rejected")) == (200, 0), told.text
        made = running.sangdan("search", "rebuild")
        assert made.returncode == 0, made.stderr
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=WAIT_S * 1000)
    with opened() as browser:
        yield browser


def test_found_in_the_wrong_keyboard_and_put_into_the_basket(chromium: Browser, shop: Tower) -> None:
    """On a phone, in Korean: the place is told first, then what is looked for."""
    with visiting(chromium, shop.address, language="ko", size=PHONE) as context:
        faces.with_axe(context)
        page = context.new_page()
        found = complaints(page)
        page.goto("/shop")
        faces.sound(page)
        page.fill("#postcode", "04524")
        page.locator(".welcome form button").click()
        expect(page.locator(".place-chip")).to_contain_text("중구")
        expect(page.locator(".welcome-fact")).to_contain_text("매장 픽업")
        faces.sound(page)

        page.locator("#q").press_sequentially(DOLGIM)
        expect(page.locator("#suggestions a").first).to_be_visible()
        page.keyboard.press("ArrowDown")
        expect(page.locator("#suggestions a").first).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#q")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".read-as")).to_contain_text("한/영 키를 바꿔")
        expect(page.locator(".goods-when").first).to_be_visible()
        faces.sound(page)

        page.get_by_role("link", name="곱창돌김 50매").click()
        expect(page.locator("h1")).to_have_text("곱창돌김 50매")
        expect(page.locator(".ways > li")).to_have_count(3)
        expect(page.locator(".doors li")).to_contain_text("7개 남음")
        faces.sound(page)
        page.locator(".ways summary").first.click()
        expect(page.locator(".ways details li").first).to_contain_text("한빛 중구점")
        page.select_option("#units", "2")
        page.locator("form.buy button").click()
        expect(page).to_have_url(re.compile("/shop/basket$"))
        expect(page.locator("main")).to_contain_text("곱창돌김 50매")
        assert found == []


def test_found_and_compared_without_any_script(chromium: Browser, shop: Tower) -> None:
    """In English, on a desktop: by district, department and filter; two beside each other; into the basket."""
    with visiting(chromium, shop.address, language="en", theme="dark", scripts=False) as context:
        page = context.new_page()
        page.goto("/shop/place?back=/shop/categories/pantry")
        page.locator("summary").filter(has_text="서울").click()
        page.locator('button[value="jung"]').click()
        expect(page.locator("h1")).to_have_text("Pantry")
        page.get_by_role("link", name="Oil", exact=True).click()
        expect(page.locator(".goods")).to_have_count(1)
        page.goto("/shop/categories/pantry?sort=cheapest")
        expect(page.locator(".compare-bar")).to_be_hidden()
        for mark in page.locator(".goods-pick input").all():
            mark.check()
        page.locator(".compare-bar button").click()
        expect(page.locator('.compare th[scope="col"]')).to_have_count(2)
        page.locator(".compare form button").first.click()
        expect(page).to_have_url(re.compile("/shop/basket$"))
        page.goto("/shop/search?q=sesame")
        expect(page.locator(".goods-name")).to_have_text("Sesame oil")


def test_what_is_not_there_is_said_in_both_languages(chromium: Browser, shop: Tower) -> None:
    for language, gone, nothing in (
        ("ko", "없는 상품", "찾으시는 상품이 없어요"),
        ("en", "No such product", "No goods found"),
    ):
        assert language in ("ko", "en")
        with visiting(chromium, shop.address, language=language, size=DESKTOP) as context:
            faces.with_axe(context)
            page = context.new_page()
            page.goto("/shop/products/vanished")
            expect(page.locator("main h2").first).to_have_text(gone)
            faces.sound(page)
            page.goto("/shop/search?q=qqqqzzzz")
            expect(page.locator("main h2").first).to_have_text(nothing)
            faces.sound(page)
