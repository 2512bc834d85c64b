"""Finding in the storefront: where to, what, when; and what is said when there is no such place, product or way."""

import asyncio
import json
import re
from html import unescape
from typing import Any, Final

import httpx
import pytest
from msgspec.structs import replace

from sangdan.doors.api.app import House, make_app
from sangdan.doors.web.app import make_web
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool

from .alliance import POSTCODE, ROWS, SKU, bring, lines
from .conftest import AT
from .pages import without_assets
from .storefront import Browser, a_shop

SCRIPT: Final = "</script><script>alert(1)</script>"
NOBODY: Final = "63000"
CATEGORIES: Final = [
    {"category": "clothes", "name_ko": "옷", "name_en": "Clothes"},
    {"category": "clothes/tops", "name_ko": "윗옷", "name_en": "Tops"},
]
TEE: Final = {"product_id": "tee", "category": "clothes/tops", "name_ko": "면 티셔츠", "name_en": "Cotton tee"}
SKUS: Final = ROWS["skus"][0]
OFFER: Final = ROWS["offers"][0]
UNFIT: Final[tuple[tuple[dict[str, str], int, str], ...]] = (
    ({"postcode": "4524"}, 422, "4524 looks like 04524"),
    ({"postcode": SCRIPT}, 422, "is not five digits"),
    ({"postcode": ""}, 422, "is not five digits"),
    ({"postcode": "99999"}, 422, "Postcode 99999 does not exist"),
    ({"postcode": NOBODY}, 404, f"Nobody brings anything to {NOBODY} (Jeju-si, Jeju) yet"),
    ({"zone_id": SCRIPT}, 404, "There is no district"),
)
JSON_LD: Final = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


@pytest.fixture(autouse=True)
def assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without their looks."""
    without_assets(monkeypatch)


@pytest.fixture
async def shop(door: httpx.AsyncClient, founded: None, house: House) -> Browser:
    """A browser in a shop with two categories, and a postcode that nobody brings anything to."""
    jeju = {"name_ko": "제주특별자치도 제주시", "name_en": "Jeju-si, Jeju", "lat_e6": 33_500_000, "lon_e6": 126_530_000}
    rows: dict[str, Any] = {
        "categories": CATEGORIES,
        "products": [TEE],
        "zones": [{"zone_id": "jeju", **jeju}],
        "postcodes": [{"postcode": NOBODY, "zone_id": "jeju", "area": "jeju"}],
    }
    for kind, each in rows.items():
        answer = await bring(door, kind, lines(each))
        assert answer.json()["rejected"] == 0, answer.text
    return Browser(a_shop(house))


async def go_to(shop: Browser, postcode: str = POSTCODE) -> httpx.Response:
    """Say where goods should go."""
    return await shop.post("/shop/place", postcode=postcode, back="/shop")


def linked(page: httpx.Response) -> dict[str, Any]:
    """What a product's page tells search engines."""
    found = JSON_LD.search(page.text)
    assert found is not None
    return json.loads(found[1])


# --- where to


async def test_without_a_place_one_is_asked_for_it_and_sees_prices_but_no_dates(shop: Browser) -> None:
    home = (await shop.get("/shop")).text
    assert "Where should it go?" in home
    assert "₩12,900" in home
    assert "Arrives" not in home
    product = (await shop.get("/shop/products/tee")).text
    assert "Tell us where to, and we tell you when." in product
    assert 'action="/shop/basket/lines"' in product


async def test_a_postcode_is_remembered_and_one_is_sent_back(shop: Browser) -> None:
    answer = await shop.post("/shop/place", postcode=" 04-524 ", back=f"/shop/products/tee?sku={SKU}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/shop/products/tee?sku={SKU}")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "Arrives" in (await shop.get("/shop")).text
    assert "04524" in (await shop.get("/shop/place")).text


async def test_what_search_engines_read_names_our_address_once_it_is_told(house: House, shop: Browser) -> None:
    named = replace(house, settings=replace(house.settings, public_url="https://shop.example/"))
    for browser, address in ((shop, "http://evil.example"), (Browser(a_shop(named)), "https://shop.example")):
        page = await browser.web.get("/shop/products/tee", headers={"host": "evil.example"})
        assert linked(page)["url"] == f"{address}/shop/products/tee"


async def test_a_district_does_where_the_postcode_is_not_known(shop: Browser) -> None:
    answer = await shop.post("/shop/place", zone_id="seoul", back="//evil.example")
    assert (answer.status_code, answer.headers["location"]) == (303, "/shop")
    assert "Arrives" in (await shop.get("/shop/products/tee")).text


async def test_a_place_that_will_not_do_is_told_so(shop: Browser) -> None:
    for form, status, told in UNFIT:
        answer = await shop.post("/shop/place", **form)
        assert answer.status_code == status, form
        assert told in unescape(answer.text)
        assert "<script>alert" not in answer.text
        assert "set-cookie" not in answer.headers


async def test_a_cookie_of_a_place_that_is_no_more_is_as_if_nobody_had_said(shop: Browser) -> None:
    for told in ("99999", NOBODY, "<b>", "0452"):
        shop.web.cookies.set("sangdan_postcode", told)
        page = await shop.get("/shop")
        assert (page.status_code, "Where should it go?" in page.text) == (200, True)


# --- a product


async def test_a_product_tells_every_way_to_have_it_here_and_now(shop: Browser) -> None:
    await go_to(shop)
    page = await shop.get("/shop/products/tee")
    assert (page.status_code, page.headers["content-language"]) == (200, "en")
    assert "Arrives" in page.text
    assert re.search(r"\d\d of 100 orders arrive by then", page.text)
    # 12,900 of goods and 2,500 of delivery: all in, before anything is in a basket.
    assert "₩15,400" in page.text
    assert "₩2,500 delivery included" in page.text
    assert "What is not possible, and why" in page.text
    assert "house-1" not in page.text, "places are told by name"
    assert [step for step in ("Clothes", "Tops") if f">{step}</a>" in page.text] == ["Clothes", "Tops"]


async def test_search_engines_read_the_same_price_and_the_name_breaks_nothing(
    shop: Browser, door: httpx.AsyncClient
) -> None:
    evil = TEE | {"name_ko": SCRIPT, "name_en": SCRIPT}
    assert (await bring(door, "products", lines([evil]))).json()["rejected"] == 0
    page = await shop.get("/shop/products/tee")
    told = linked(page)
    assert (told["@type"], told["offers"]["price"], told["offers"]["priceCurrency"]) == ("Product", "12900", "KRW")
    assert told["offers"]["availability"].endswith("/InStock")
    assert "<script>alert" not in page.text


async def test_what_cannot_reach_one_says_why_and_is_not_sold(shop: Browser, db: Pool) -> None:
    await go_to(shop)
    async with db.transaction() as conn:
        await conn.execute("UPDATE stock.balance SET on_hand = 0")
    page = await shop.get("/shop/products/tee")
    assert page.status_code == 200
    assert "It cannot reach you now" in page.text
    assert 'action="/shop/basket/lines"' not in page.text
    assert "Sold out" in (await shop.get("/shop/categories/clothes")).text
    assert linked(page)["offers"]["availability"].endswith("/OutOfStock")


async def test_a_product_that_vanished_is_said_to_have_with_others_to_look_at(shop: Browser) -> None:
    for path in ("/shop/products/gone", "/shop/products/" + "x" * 3000, "/shop/products/%3Cscript%3E"):
        page = await shop.get(path)
        assert page.status_code == 404
        assert "it is sold no longer" in page.text
        assert "Cotton tee" in page.text
        assert "<script>" not in page.text


async def test_a_product_of_which_nothing_is_sold_any_more_has_vanished(shop: Browser, door: httpx.AsyncClient) -> None:
    await bring(door, "products", lines([TEE | {"product_id": "bare"}]))
    assert (await shop.get("/shop/products/bare")).status_code == 404


async def test_a_kind_that_is_not_there_shows_the_first_that_is(shop: Browser) -> None:
    page = await shop.get("/shop/products/tee?sku=tee-xxl")
    assert (page.status_code, f'value="{SKU}"' in page.text) == (200, True)


# --- lists


async def test_a_category_stands_without_a_search_and_one_that_is_not_there_is_told(shop: Browser) -> None:
    await go_to(shop)
    for path in ("/shop/categories/clothes", "/shop/categories/clothes/tops?page=1&sort=wildest"):
        page = await shop.get(path)
        assert (page.status_code, "Cotton tee" in page.text) == (200, True)
    missing = await shop.get("/shop/categories/clothes/hats")
    assert missing.status_code == 404
    assert "There is no category" in missing.text


async def test_a_search_that_is_not_there_says_so_and_whoever_types_is_left_in_peace(shop: Browser) -> None:
    page = await shop.get("/shop/search?q=tee")
    assert page.status_code == 409
    assert "Searching is switched off here" in page.text
    quiet = await shop.get("/shop/suggestions?q=te")
    assert (quiet.status_code, quiet.text.strip()) == (200, "")
    assert (await shop.get("/shop/search")).status_code == 200, "all goods need no search"


async def test_pages_that_may_be_found_say_what_they_are_and_one_s_own_are_kept_out(shop: Browser) -> None:
    for path in ("/shop", "/shop/categories/clothes", "/shop/products/tee", "/shop/contact"):
        page = (await shop.get(path)).text
        assert re.search(r'<meta name="description" content="[^"]{20,}">', page), path
        assert re.search(r'<meta property="og:title" content="[^"]+">', page), path
        assert "noindex" not in page, path
    for path in ("/shop/basket", "/shop/sign-in", "/shop/orders/find", "/shop/compare", "/shop/place"):
        assert '<meta name="robots" content="noindex">' in (await shop.get(path)).text, path


# --- beside each other


async def test_a_comparison_holds_four_and_says_what_it_leaves_out(shop: Browser) -> None:
    await go_to(shop)
    alone = (await shop.get("/shop/compare?product=tee&product=tee&product=gone")).text
    assert alone.count('scope="col"') == 1
    assert "What is not shown here is not sold any more." in alone
    many = (await shop.get("/shop/compare?" + "&".join(f"product=p{n}" for n in range(9)))).text
    assert "Only 4 products fit beside each other" in many
    assert "Nothing to compare yet" in (await shop.get("/shop/compare")).text


async def test_a_problem_in_the_shop_leads_back_to_the_shop(shop: Browser) -> None:
    page = await shop.get("/shop/categories/nothing")
    assert page.status_code == 404
    assert 'href="/shop"' in page.text
    assert 'href="/tower"' not in page.text


async def test_what_is_new_is_new_in_every_department(shop: Browser, door: httpx.AsyncClient) -> None:
    kinds = {"shoes": 5, "drinks": 1}
    names = [f"{kind}-{n}" for kind, most in kinds.items() for n in range(most)]
    await bring(door, "categories", lines([{"category": kind, "name_ko": kind, "name_en": kind} for kind in kinds]))
    await bring(door, "products", lines(
        [{"product_id": name, "category": name.partition("-")[0], "name_ko": name, "name_en": name} for name in names]
    ))  # fmt: skip
    await bring(door, "skus", lines([{**SKUS, "sku": f"{name}-a", "product_id": name} for name in names]))
    await bring(door, "offers", lines([{**OFFER, "sku": f"{name}-a"} for name in names]))
    new = (await shop.get("/shop")).text.partition('id="new-title"')[2]
    assert [name for name in (*names, "tee") if f"/shop/products/{name}" in new] == ["shoes-4", "drinks-0", "tee"]


async def test_a_dearer_sellers_way_says_who_sells_it_and_for_how_much(shop: Browser, door: httpx.AsyncClient) -> None:
    store = next(each for each in ROWS["nodes"] if each["node_id"] == "house-1")
    await bring(door, "nodes", lines([{**store, "node_id": "store-1", "kind": "store", "pickup": True}]))
    await bring(door, "offers", lines([{**OFFER, "sku": SKU, "seller_id": "stranger", "price_minor": 13_900}]))
    await bring(door, "stock", lines([{"node_id": "store-1", "sku": SKU, "owner_id": "stranger", "on_hand": 5}]))
    await go_to(shop)
    page = unescape((await shop.get("/shop/products/tee")).text)
    assert "Another seller with a price of its own: Name, ₩13,900" in page
    await shop.put_in(2)
    checkout = unescape((await shop.get("/shop/checkout")).text)
    assert "Sold by Name, whose prices come to ₩2,000 more" in checkout


async def test_what_cannot_come_is_called_by_its_name(shop: Browser) -> None:
    await go_to(shop)
    await shop.put_in(999)
    page = (await shop.get("/shop/checkout")).text
    assert "cannot come together" in page
    assert SKU not in page


async def test_without_a_shop_the_pages_say_what_is_missing(house: House, keys: dict[str, str]) -> None:
    assert keys
    closed = Browser(make_app(house, make_web(house, asyncio.Event(), wall=SimClock(AT))))
    page = await closed.get("/shop")
    assert page.status_code == 503
    assert "SANGDAN_STOREFRONT" in page.text
