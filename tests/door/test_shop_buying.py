"""Buying in the storefront: one order however often it is sent, nothing charged for what cannot come."""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, LiteralString

import httpx
import pytest

from sangdan.doors.api.app import House, make_app
from sangdan.doors.web.app import make_web
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine
from sangdan.order.shoppers import commands as shoppers

from . import alliance
from .alliance import POSTCODE, SKU, UNITS
from .journey import Callers, promised
from .pages import without_assets
from .storefront import KIM, Browser, a_shop, order_in, promise_on
from .test_goods import DISCLOSED

SCRIPT: Final = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without their looks."""
    without_assets(monkeypatch)


@pytest.fixture
def app(house: House, founded: None) -> Any:
    return a_shop(house)


@pytest.fixture
def browser(app: Any) -> Browser:
    return Browser(app)


async def count(db: Pool, what: str) -> int:
    statements: dict[str, LiteralString] = {
        "orders": "SELECT count(*) FROM orders.order",
        "payments": "SELECT count(*) FROM payments.payment",
        "reserved": "SELECT coalesce(sum(reserved), 0)::bigint FROM stock.balance",
        "agreements": "SELECT count(*) FROM baskets.agreement",
        "wishes": "SELECT count(*) FROM baskets.wish",
    }
    async with db.connection() as conn:
        return await value(conn, statements[what])


def later(house: House, **by: float) -> None:
    assert isinstance(house.clock, SimClock)
    house.clock.set(house.clock.now() + timedelta(**by))


# --- an order


async def test_a_guest_buys(browser: Browser, db: Pool, house: House, engine: Engine) -> None:
    order_id = await browser.buy()

    page = (await browser.get(f"/shop/orders/{order_id}")).text
    assert "We are confirming your payment" in page
    assert "010-****-6789" in page
    assert "Kim Hana" not in page, "a page may be looked over a shoulder"
    assert await count(db, "agreements") == 3
    assert await count(db, "wishes") == 0
    async with db.transaction() as conn:
        received = await shoppers.recipient(conn, house.vault, order_id)
        assert (received.name, received.phone) == ("Kim Hana", "01023456789")
        shopper_id = await value(conn, "SELECT shopper_id FROM orders.order")
        reach = await shoppers.reach(conn, house.vault, "market", shopper_id)
    assert reach is not None
    assert (reach.phone, reach.consents) == ("01023456789", frozenset())

    await engine.drain()
    assert "Your order is in" in (await browser.get(f"/shop/orders/{order_id}")).text
    assert "Your payment was approved." in (await browser.get(f"/shop/orders/{order_id}")).text


async def test_sent_twice_at_once_and_again_after_going_back_it_is_one_order(browser: Browser, db: Pool) -> None:
    promise_id = await browser.choose()

    answers = await asyncio.gather(*(browser.pay(promise_id) for _ in range(5)))
    [order_id] = {order_in(answer) for answer in answers}

    assert await count(db, "orders") == 1
    assert (await browser.get("/shop/checkout/pay")).headers["location"] == f"/shop/orders/{order_id}"
    assert order_in(await browser.pay(promise_id, name="Somebody Else")) == order_id
    chosen = await browser.post("/shop/checkout/way", way="a~way~on~another tab", postcode=POSTCODE)
    assert "If you ordered on another tab" in (await browser.get(chosen.headers["location"])).text
    assert await count(db, "reserved") == 2


async def test_an_old_tab_does_not_buy_what_another_chose(browser: Browser, db: Pool) -> None:
    old = await browser.choose(1)
    new = await browser.choose(3)

    turned = await browser.pay(old)
    assert turned.headers["location"] == "/shop/checkout?told=other"
    assert await count(db, "orders") == 0
    assert "Another page has changed the basket" in (await browser.get("/shop/checkout?told=other")).text
    order_in(await browser.pay(new))
    assert await count(db, "reserved") == 4


async def test_a_promise_that_ran_out_is_renewed_and_looked_at_before_it_is_paid(
    browser: Browser, db: Pool, house: House
) -> None:
    promise_id = await browser.choose()
    later(house, minutes=20)

    asked = await browser.pay(promise_id, note="by the door")
    assert asked.status_code == 409
    assert "The offer had run out" in asked.text
    assert "by the door" in asked.text, "what was filled in stays"
    assert await count(db, "orders") == 0

    assert promise_on(asked) != promise_id
    order_in(await browser.pay(promise_on(asked)))
    assert await count(db, "orders") == 1
    later(house, minutes=20)
    assert (await browser.pay(promise_on(asked))).status_code == 303, "who bought is led to the order, however late"


async def test_a_pay_page_that_is_opened_late_shows_the_ways_anew(browser: Browser, house: House) -> None:
    await browser.choose()
    later(house, minutes=20)
    turned = await browser.get("/shop/checkout/pay")
    assert turned.headers["location"] == "/shop/checkout?told=expired"


# --- somebody was faster


async def test_who_comes_too_late_is_told_kindly_and_charged_nothing(
    browser: Browser, callers: Callers, db: Pool
) -> None:
    promise_id = await browser.choose(2)
    rest = {"lines": [{"sku": SKU, "units": UNITS - 1}], "postcode": POSTCODE}
    way = await promised(callers, question=rest)
    assert (await callers["shop"].post("/v1/orders", {"token": way["token"], "shopper_id": "lee"})).status_code == 201

    refused = await browser.pay(promise_id)
    assert refused.status_code == 409
    assert "Somebody was a moment faster" in refused.text
    assert "Nothing was ordered and nothing was charged" in refused.text
    assert (await count(db, "orders"), await count(db, "payments")) == (1, 1), "the other's"
    assert await count(db, "wishes") == 1, "the basket is as it was"


async def test_of_six_who_pay_at_once_for_what_is_there_for_four_four_get_it(app: Any, db: Pool) -> None:
    browsers = [Browser(app) for _ in range(6)]
    promises = [await each.choose(UNITS // 4) for each in browsers]
    answers = await asyncio.gather(*(each.pay(promise_id) for each, promise_id in zip(browsers, promises, strict=True)))
    assert Counter(answer.status_code for answer in answers) == {303: 4, 409: 2}
    assert await count(db, "reserved") == UNITS


async def test_a_way_that_became_dearer_than_it_was_shown_is_not_taken(browser: Browser) -> None:
    await browser.put_in()
    [key, *_] = await browser.ways()
    service, node, promised_s, total = key.split("~")
    shown = "~".join([service, node, promised_s, str(int(total) - 1)])

    answer = await browser.post("/shop/checkout/way", way=shown, postcode=POSTCODE)
    assert answer.status_code == 409
    assert "no longer to be had as you saw it" in answer.text
    assert (await browser.get("/shop/checkout/pay")).headers["location"] == "/shop/checkout"


# --- bad input


UNFIT: Final[Sequence[tuple[dict[str, Any], str]]] = (
    ({"name": ""}, "Please fill this in."),
    ({"phone": "12"}, "Write a mobile number like"),
    ({"email": "kim"}, "Write an e-mail address like"),
    ({"line1": "  "}, "Please fill this in."),
    ({"note": "x" * 201}, "at most 200 characters"),
    ({"agreed": ["terms", "privacy"]}, "Please agree to this to order."),
)


async def test_a_form_that_cannot_be_used_says_where_and_orders_nothing(browser: Browser, db: Pool) -> None:
    promise_id = await browser.choose()
    for changed, said in UNFIT:
        answer = await browser.pay(promise_id, **changed)
        assert (answer.status_code, said in answer.text) == (422, True), changed
    assert await count(db, "orders") == 0


async def test_the_recipient_of_an_order_that_is_not_there_is_asked_for(browser: Browser) -> None:
    promise_id = await browser.choose()
    answer = await browser.post(
        "/shop/checkout/pay", promise_id=promise_id, recipient="same", agreed=KIM["agreed"]
    )  # fmt: skip
    assert (answer.status_code, 'id="name-wrong"' in answer.text) == (422, True)


async def test_a_postcode_that_nobody_serves_is_said_beside_its_field(browser: Browser) -> None:
    await browser.put_in()
    for postcode in ("00000", "1234", "abcde", "99999999", SCRIPT[:20]):
        answer = await browser.web.get("/shop/checkout", params={"postcode": postcode})
        assert 400 <= answer.status_code < 500, postcode
        assert 'id="postcode-wrong"' in answer.text
        assert SCRIPT[:20] not in answer.text
        assert "sangdan_postcode" not in answer.headers.get("set-cookie", "")


async def test_script_in_every_field_is_text(browser: Browser) -> None:
    promise_id = await browser.choose()
    wrong = await browser.pay(
        promise_id, name=SCRIPT, line1=SCRIPT, line2=SCRIPT, note=SCRIPT, phone=SCRIPT, email=SCRIPT
    )
    assert wrong.status_code == 422
    order_id = order_in(await browser.pay(promise_id, name=SCRIPT, line1=SCRIPT, line2=SCRIPT, note=SCRIPT))
    found = await browser.post("/shop/orders/find", order_no=SCRIPT, phone=SCRIPT)
    for page in (wrong, await browser.get(f"/shop/orders/{order_id}"), found):
        assert SCRIPT not in page.text
    assert (await browser.put_in(sku=SCRIPT)).status_code in (400, 404, 422)


async def test_units_that_nobody_orders_get_a_clear_answer(browser: Browser) -> None:
    for units in ("0", "-1", "1.5", "many", "10000", "9" * 40, ""):
        answer = await browser.post("/shop/basket/lines", sku=SKU, units=units)
        assert answer.status_code in (400, 422), units
        assert "9999" in answer.text


async def test_an_empty_basket_leads_back(browser: Browser) -> None:
    assert (await browser.get("/shop/checkout")).headers["location"] == "/shop/basket"
    assert (await browser.pay("not a promise")).headers["location"] == "/shop/basket?told=unknown"
    assert (await browser.get("/shop/checkout/pay")).headers["location"] == "/shop/checkout"


# --- one's own


async def test_an_order_is_its_shoppers_alone_until_number_and_phone_are_told(browser: Browser, app: Any) -> None:
    order_id = await browser.buy()
    stranger = Browser(app)
    path = f"/shop/orders/{order_id}"
    number = re.search(r"Order (\d{6}-\w{4}-\w{4})", (await browser.get(path)).text)
    assert number is not None

    assert (await stranger.get(path)).status_code == 404
    for deed in ("cancellation", "confirmation", "again", "reviews"):
        assert (await stranger.post(f"{path}/{deed}", all="1")).status_code == 404
    wrong = await stranger.post("/shop/orders/find", order_no=number[1], phone="010-0000-0000")
    unknown = await stranger.post("/shop/orders/find", order_no="261122-AAAA-AAAA", phone="010-2345-6789")
    assert (wrong.status_code, unknown.status_code) == (404, 404)
    assert "We found no order" in wrong.text
    assert "We found no order" in unknown.text

    told = await stranger.post("/shop/orders/find", order_no=f" {number[1].lower()} ", phone="+82 10 2345 6789")
    assert order_in(told) == order_id
    assert (await stranger.get(path)).status_code == 200


async def test_guessing_phones_ends(browser: Browser, app: Any) -> None:
    stranger = Browser(app)
    answers = [
        await stranger.post("/shop/orders/find", order_no=f"261122{'-' * n}AAAAAAAA", phone="010-0000-0000")
        for n in range(12)
    ]
    assert [each.status_code for each in answers] == [404] * 10 + [429] * 2


# --- afterwards


async def test_part_of_an_order_and_then_the_rest_is_cancelled(browser: Browser, db: Pool, engine: Engine) -> None:
    order_id = await browser.buy(3)
    await engine.drain()
    path = f"/shop/orders/{order_id}"

    assert (await browser.post(f"{path}/cancellation", **{"line-1": "1"})).status_code == 303
    assert await count(db, "reserved") == 2
    page = (await browser.get(path)).text
    assert "₩38,700" in page, "a line costs what was ordered of it, as on a receipt"
    assert "1 of them cancelled" in page
    assert (await browser.post(f"{path}/cancellation", **{"line-1": "99"})).status_code in (400, 422)
    wordy = await browser.post(f"{path}/cancellation", **{"line-1": "two"})
    assert wordy.status_code in (400, 422)
    assert f"{path}/cancellation" in wordy.text, "the order's own page says what is wrong"
    assert (await browser.post(f"{path}/cancellation", all="1")).status_code == 303
    assert await count(db, "reserved") == 0
    await engine.drain()
    page = (await browser.get(path)).text
    assert "This order was cancelled" in page
    assert "nothing was charged" in page


async def test_who_cancels_too_late_is_told_so(browser: Browser, engine: Engine, house: House) -> None:
    order_id = await browser.buy()
    await engine.run_until(house.clock.now() + timedelta(hours=1))
    answer = await browser.post(f"/shop/orders/{order_id}/cancellation", all="1")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert "It cannot be cancelled any more" in answer.text
    assert f"Order {order_id}" not in answer.text, "nobody but us knows it by that name"
    assert "We are preparing your order" in answer.text
    early = await browser.post(f"/shop/orders/{order_id}/confirmation")
    assert (early.status_code, "The purchase cannot be confirmed now" in early.text) == (409, True)


async def test_a_page_that_shows_what_is_gets_nothing_new(browser: Browser, engine: Engine) -> None:
    order_id = await browser.buy()
    page = await browser.get(f"/shop/orders/{order_id}")
    live = re.search(r'hx-get="([^"]+)"', page.text.split('id="order"')[1])
    assert live is not None

    same = await browser.web.get(live[1], headers={"hx-request": "true"})
    assert (same.status_code, same.text) == (204, "")
    await engine.drain()
    moved = await browser.web.get(live[1], headers={"hx-request": "true"})
    assert moved.status_code == 200
    assert "Your payment was approved." in moved.text
    assert "<html" not in moved.text


async def test_the_same_again_needs_only_the_payment(browser: Browser, db: Pool) -> None:
    first = await browser.buy()
    turned = await browser.post(f"/shop/orders/{first}/again")
    assert turned.headers["location"] == "/shop/checkout/pay"
    page = await browser.get("/shop/checkout/pay")
    assert "As last time" in page.text
    assert "Kim Hana" not in page.text, "masked"
    assert "You agreed to the same terms with your last order." in page.text
    assert re.findall(r'type="checkbox" name="agreed" value="(\w+)"', page.text) == ["ads"]

    again = order_in(
        await browser.post(
            "/shop/checkout/pay", promise_id=promise_on(page), recipient="same", agreed=["terms", "privacy", "purchase"]
        )
    )
    assert again != first
    assert await count(db, "reserved") == 4


async def test_without_a_shop_there_is_none(house: House, founded: None) -> None:
    answer = await Browser(make_app(house, make_web(house, asyncio.Event()))).get("/shop/basket")
    assert answer.status_code == 503
    assert "SANGDAN_STOREFRONT" in answer.text


# --- members


async def test_a_member_brings_the_basket_along_and_may_leave(browser: Browser, db: Pool) -> None:
    await browser.put_in(3)
    joined = await browser.post(
        "/shop/sign-up", name="Kim Hana", email="kim@example.com", phone="010-2345-6789",
        password="a long sentence of mine", agreed="on", to="/shop/basket",
    )  # fmt: skip
    assert joined.headers["location"] == "/shop/basket", joined.text
    assert 'value="4"' in (await browser.get("/shop/basket")).text, "three, and a button for one more"
    [key, *_] = await browser.ways()
    await browser.post("/shop/checkout/way", way=key, postcode=POSTCODE)
    page = await browser.get("/shop/checkout/pay")
    assert 'value="Kim Hana"' in page.text
    order_id = order_in(await browser.pay(promise_on(page), keep="on"))
    account = (await browser.get("/shop/account")).text
    assert f"/shop/orders/{order_id}" in account
    assert "1 Sejong-daero, Jung-gu, Seoul" in account, "kept for next time"

    await browser.post("/shop/sign-out")
    assert (await browser.get("/shop/account")).headers["location"].startswith("/shop/sign-in")
    wrong = await browser.post("/shop/sign-in", email="kim@example.com", password="not that sentence")
    assert wrong.status_code in (401, 403)
    entered = await browser.post("/shop/sign-in", email="KIM@example.com", password="a long sentence of mine")
    assert entered.headers["location"] == "/shop/account"
    unsure = await browser.post("/shop/account/leave")
    assert unsure.status_code == 422
    left = await browser.post("/shop/account/leave", sure="leave")
    assert "Your account is deleted" in left.text
    assert "1 open order still arrives" in left.text
    assert (await browser.get("/shop/account")).status_code == 303
    async with db.connection() as conn:
        assert await value(conn, "SELECT count(*) FROM shoppers.person WHERE sealed IS NOT NULL") == 0


async def join(browser: Browser, **told: str) -> Any:
    return await browser.post(
        "/shop/sign-up",
        **{"name": "Lee", "email": "lee@example.com", "password": "a long sentence of mine", "agreed": "on", **told},
    )


async def test_what_a_member_writes_that_cannot_be_kept_is_marked_beside_its_field(browser: Browser) -> None:
    unfit = {"name": ("\0", "가" * 101), "phone": (SCRIPT, "0" * 500), "email": ("\0", "lee@", "a" * 300)}
    for field, each in ((field, each) for field, texts in unfit.items() for each in texts):
        answer = await join(browser, **{field: each})
        assert (answer.status_code, f'id="{field}-wrong"' in answer.text) == (422, True), (field, each)
        assert SCRIPT not in answer.text
    assert (await join(browser)).status_code == 303
    assert (await join(browser, email="LEE@example.com")).status_code == 409, "one account for an address"
    right = {"name": "Lee", "phone": "010-1234-5678"}
    for field, each in (("name", ""), ("name", "\0"), ("name", "가" * 101), ("phone", "1"), ("phone", SCRIPT)):
        answer = await browser.post("/shop/account/particulars", **{**right, field: each})
        assert (answer.status_code, f'id="{field}-wrong"' in answer.text) == (422, True), (field, each)
        assert SCRIPT not in answer.text
    assert (await browser.post("/shop/account/particulars", **{**right, "name": "\x1fLee"})).status_code == 303
    assert 'value="Lee"' in (await browser.get("/shop/account")).text


async def test_a_session_that_ends_before_paying_leads_back_to_the_same_basket(app: Any, browser: Browser) -> None:
    await join(browser)
    promise_id = await browser.choose()
    browser.web.cookies.clear()
    browser.web.cookies.set("sangdan_member", "of a session that is over")
    gone = await Browser(app).pay(promise_id)  # signed out on another tab: nothing tells who it was
    assert "Nothing was ordered" in (await browser.get(gone.headers["location"])).text
    back = await browser.pay(promise_id)
    assert back.headers["location"] == "/shop/sign-in?to=/shop/checkout/pay"
    assert "You were signed out meanwhile" in (await browser.get(back.headers["location"])).text
    await browser.post("/shop/sign-in", email="lee@example.com", password="a long sentence of mine")
    assert promise_on(await browser.get("/shop/checkout/pay")) == promise_id
    order_in(await browser.pay(promise_id))


async def test_nobody_is_led_to_another_site(browser: Browser) -> None:
    await browser.post(
        "/shop/sign-up", name="Lee", email="lee@example.com", password="a long sentence of mine", agreed="on"
    )
    await browser.post("/shop/sign-out")
    for to in ("//evil.example", "https://evil.example", "/shop.evil.example\n", "/tower"):
        entered = await browser.post(
            "/shop/sign-in", email="lee@example.com", password="a long sentence of mine", to=to
        )
        assert entered.headers["location"] == "/shop/account"
        await browser.post("/shop/sign-out")


async def test_the_laws_texts_speak_of_the_shop(browser: Browser) -> None:
    for name in ("terms", "privacy", "withdrawal"):
        page = await browser.get(f"/shop/legal/{name}")
        assert page.status_code == 200
        assert "{" not in page.text.split("<main")[1].split("</main>")[0]
    assert (await browser.get("/shop/legal/nothing")).status_code == 404


async def test_help_tells_whom_to_reach_and_takes_the_number_of_one_s_own_order_along(
    browser: Browser, app: Any, door: httpx.AsyncClient
) -> None:
    told = {**DISCLOSED, "partner_id": "market", "privacy_officer_en": "The head of data"}
    await alliance.bring(door, "disclosures", alliance.lines([told]))
    order_id = await browser.buy()
    number = re.search(r"Order (\d{6}-\w{4}-\w{4})", (await browser.get(f"/shop/orders/{order_id}")).text)
    assert number is not None
    asked = f"/shop/contact?order={order_id}"
    assert f'href="{asked}"' in (await browser.get(f"/shop/orders/{order_id}")).text
    page = (await browser.get(asked)).text
    assert f"mailto:help@maker.example?subject=Order%20{number[1]}" in page
    assert all(each in page for each in ("tel:0000-0001", "Weekdays 09:00", "The head of data", "order " + number[1]))
    stranger = (await Browser(app).get(asked)).text
    assert "mailto:help@maker.example" in stranger
    assert number[1] not in stranger
    assert (await browser.get("/shop/contact?order=x")).status_code == 422
