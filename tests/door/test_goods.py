"""A shop asks for its goods over HTTP: categories, lists, a product's page, and what shoppers say of them."""

from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from sangdan.kit.engine import Engine

from . import alliance
from .alliance import POSTCODE, SKU, UNITS, lines
from .conftest import AT
from .journey import Callers, shipped

DISCLOSED = {
    "partner_id": "maker", "trade_name_ko": "주식회사 메이커", "trade_name_en": "Maker Co., Ltd.",
    "representative_ko": "대표이사", "representative_en": "The managing director", "address_ko": "서울",
    "address_en": "Seoul", "phone": "0000-0001", "email": "help@maker.example", "business_no": "000-00-00001",
}  # fmt: skip


@pytest.fixture
async def shop(door: httpx.AsyncClient, callers: Callers) -> Callers:
    """The alliance, with all that a shop shows of its one product."""
    await alliance.found(door)
    for kind, row in {
        "categories": {"category": "tops", "name_ko": "상의", "name_en": "Tops", "picture": "t-shirt", "place": 1},
        "contents": {"sku": SKU, "amount": 3, "unit": "each", "per": 1},
        "product-texts": {"product_id": "tee", "description_ko": "순면", "notice_ko": ["소재: 면"],
                          "notice_en": ["Material: cotton"]},
        "disclosures": DISCLOSED,
    }.items():  # fmt: skip
        assert (await alliance.bring(door, kind, lines([row]))).json()["rejected"] == 0
    return callers


async def test_a_list_tells_price_stock_and_date(shop: Callers) -> None:
    answer = await shop["shop"].get("/v1/goods", category="tops", postcode=POSTCODE)
    [card] = answer.json()["items"]
    assert (card["product_id"], card["sku"], card["price_minor"]) == ("tee", SKU, 12_900)
    assert card["unit_price"] == {"amount_minor": 4300, "per": 1, "unit": "each"}
    assert card["state"] == ("few" if UNITS < 10 else "in_stock")
    [way] = card["ways"]
    assert (way["service"], way["total_minor"] - way["delivery_minor"]) == ("standard", 12_900)

    promise = (
        await shop["shop"].post("/v1/promises", {"lines": [{"sku": SKU, "units": 1}], "postcode": POSTCODE})
    ).json()
    assert promise["ways"][0]["way"]["promised_at"] == way["promised_at"]
    assert promise["ways"][0]["way"]["price"]["total_minor"] == way["total_minor"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"postcode": "99999"}, 422, "postcode-unknown"),
        ({"postcode": "abc"}, 422, "postcode-malformed"),
        ({"cursor": "x"}, 422, "cursor-unreadable"),
        ({"sort": "cheap"}, 422, "invalid-request"),
        ({"limit": 51}, 422, "invalid-request"),
    ],
)
async def test_a_list_that_cannot_be_is_said(
    shop: Callers, query: dict[str, str | int], status: int, code: str
) -> None:
    answer = await shop["shop"].get("/v1/goods", **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_category_of_nothing_is_empty(shop: Callers) -> None:
    assert (await shop["shop"].get("/v1/goods", category="no/such")).json() == {"items": [], "next": None}
    assert (await shop["shop"].get("/v1/categories")).json()["items"][0]["name_ko"] == "상의"


async def test_a_products_page_tells_all_the_law_wants(shop: Callers) -> None:
    told = (await shop["shop"].get("/v1/products/tee")).json()
    assert [each["category"] for each in told["path"]] == ["tops"]
    assert told["text"]["notice_ko"] == ["소재: 면"]
    assert told["offers"][0]["unit_price"]["amount_minor"] == 4300
    assert [each["business_no"] for each in told["disclosures"]] == ["000-00-00001"]

    gone = await shop["shop"].get("/v1/products/nothing")
    assert (gone.status_code, gone.json()["code"]) == (404, "product-gone")


async def test_a_review_from_the_doorstep_to_the_shop(shop: Callers, engine: Engine) -> None:
    order = await shipped(shop, engine)
    said = {"order_id": order["order_id"], "line_no": 1, "stars": 4, "body": "색이 예뻐요 <script>alert(1)</script>"}
    early = await shop["shop"].post("/v1/reviews", said)
    assert (early.status_code, early.json()["code"]) == (409, "not-reviewable")

    parcel = f"/v1/parcels/{order['parcels'][0]['parcel_id']}/tracking"
    await shop["courier"].post(parcel, {"at": (AT + timedelta(hours=1)).isoformat(), "state": "delivered"})
    await engine.drain()
    key = uuid4().hex
    first = await shop["shop"].post("/v1/reviews", said, key=key)
    again = await shop["shop"].post("/v1/reviews", said, key=key)
    assert (first.status_code, first.json()) == (201, again.json())
    twice = await shop["shop"].post("/v1/reviews", said)
    assert (twice.status_code, twice.json()["code"]) == (409, "review-exists")

    shown = (await shop["ally"].get("/v1/products/tee/reviews")).json()
    assert shown["items"][0]["body"] == said["body"]
    assert "kim" not in str(shown)
    assert shown["stars_milli"] == 4000
    review = f"/v1/reviews/{first.json()['review_id']}"
    assert (await shop["shop"].post(f"{review}/reports", {"reason": "abuse", "reporter": "lee"})).json()["noted"]
    assert [each["reports"] for each in (await shop["shop"].get("/v1/reviews")).json()["items"]] == [1]

    mute = await shop["shop"].post(f"{review}/decision", {"state": "hidden"})
    assert (mute.status_code, mute.json()["code"]) == (422, "review-without-reason")
    hidden = await shop["shop"].post(f"{review}/decision", {"state": "hidden", "reason": "script"})
    assert hidden.json()["state"] == "hidden"
    assert (await shop["shop"].get("/v1/products/tee/reviews")).json()["items"] == []
    assert (await shop["foreign-shop"].post(f"{review}/decision", {"state": "shown"})).status_code == 404
