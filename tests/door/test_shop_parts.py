"""A basket in parts, each its own way: one purchase, nothing of it when a part cannot come, and that said of it."""

import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import httpx
import msgspec
import pytest

from sangdan.doors.api.app import House
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, many, run, value
from sangdan.kit.engine import Engine
from sangdan.order.orders import commands as orders
from sangdan.order.shoppers import commands as shoppers

from .alliance import POSTCODE, SKU
from .journey import Callers
from .pages import without_assets
from .storefront import Browser, a_shop, order_in, promise_on
from .two_ways import CAP, CAPS, way, widen

APART = [f"1~{SKU}", f"2~{CAP}"]


class Line(msgspec.Struct, frozen=True):
    order_id: UUID
    sku: str
    units: int


@pytest.fixture(autouse=True)
def assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without their looks."""
    without_assets(monkeypatch)


@pytest.fixture
async def browser(house: House, door: httpx.AsyncClient, founded: None) -> Browser:
    """Somebody with two tees and a cap in the basket."""
    await widen(door)
    shopper = Browser(a_shop(house))
    await shopper.put_in(2)
    await shopper.put_in(1, CAP)
    return shopper


async def parts(browser: Browser, put: Sequence[str] = APART) -> httpx.Response:
    return await browser.web.get("/shop/checkout/parts", params={"postcode": POSTCODE, "put": list(put)})


def keys_on(page: httpx.Response) -> dict[str, str]:
    """The first way of each part, or the one that is kept."""
    kept = re.findall(r'type="hidden" name="(way-\d)" value="([^"]+)"', page.text)
    offered = re.findall(r'type="radio" name="(way-\d)" value="([^"]+)"', page.text)
    return dict([*reversed(offered), *kept])


async def choose(browser: Browser, put: Sequence[str] = APART, **changed: str) -> httpx.Response:
    keys = keys_on(await parts(browser, put))
    return await browser.post("/shop/checkout/parts", postcode=POSTCODE, put=list(put), **{**keys, **changed})


async def chosen(browser: Browser) -> str:
    """Choose both; gives the promise that the pay page is about."""
    answer = await choose(browser)
    assert answer.headers.get("location") == "/shop/checkout/pay", answer.text
    return promise_on(await browser.get("/shop/checkout/pay"))


async def count(db: Pool) -> tuple[int, int]:
    """Orders, and payments."""
    async with db.connection() as conn:
        return await value(conn, "SELECT count(*) FROM orders.order"), await value(
            conn, "SELECT count(*) FROM payments.payment"
        )


async def together(db: Pool, order_id: UUID) -> list[UUID]:
    async with db.connection() as conn:
        return list(await orders.together(conn, order_id))


async def test_what_goes_no_way_together_is_proposed_in_parts(browser: Browser) -> None:
    """Nobody sends the cap by parcel but the store that has it; both together come from nowhere."""
    page = await browser.web.get("/shop/checkout/parts", params={"postcode": POSTCODE})
    assert page.status_code == 200
    assert set(keys_on(page)) == {"way-1", "way-2"}
    assert re.search(r"way-2[^>]*value=\"(pickup|standard)~", page.text)
    assert "/shop/checkout/parts?postcode" in (await browser.get(f"/shop/checkout?postcode={POSTCODE}")).text


async def test_two_parts_are_paid_for_at_once_and_followed_together(
    browser: Browser, db: Pool, house: House, engine: Engine
) -> None:
    page = await parts(browser)
    [pickup] = [key for key in re.findall(r'name="way-2" value="([^"]+)"', page.text) if key.startswith("pickup~")]
    assert re.search(r"Pick up in store · [^·<]+, [\d.,]+ k?m away · No charge", page.text)
    assert (await choose(browser, **{"way-2": pickup})).headers["location"] == "/shop/checkout/pay"
    paying = await browser.get("/shop/checkout/pay")
    assert "Part 1 of 2" in paying.text
    total = sum(int(key.split("~")[3]) for key in (keys_on(page)["way-1"], pickup))
    assert f"₩{total:,}" in paying.text

    first = order_in(await browser.pay(promise_on(paying)))
    ids = await together(db, first)
    assert (ids[0], len(ids)) == (first, 2)
    assert await count(db) == (2, 2)
    async with db.transaction() as conn:
        lines = await many(conn, Line, "SELECT order_id, sku, units FROM orders.line ORDER BY sku DESC")
        assert lines == [Line(ids[0], SKU, 2), Line(ids[1], CAP, 1)]
        assert await value(conn, "SELECT sum(total_minor)::bigint FROM orders.order") == total
        assert await value(conn, "SELECT count(DISTINCT shopper_id) FROM orders.order") == 1
        assert (await shoppers.recipient(conn, house.vault, ids[1])).lines == ("Corner",)
        assert (await shoppers.recipient(conn, house.vault, ids[0])).lines[0].startswith("1 Sejong")
        assert await value(conn, "SELECT count(*) FROM baskets.wish") == 0
    await engine.drain()
    for order_id in ids:
        told = (await browser.get(f"/shop/orders/{order_id}")).text
        assert "What you bought together" in told
        assert f"₩{total:,}" in told
        assert all(f"/shop/orders/{each}" in told for each in ids)
        assert f"/shop/purchases/{first}" in told


async def test_sent_twice_or_again_after_going_back_it_is_one_purchase(browser: Browser, db: Pool) -> None:
    promise_id = await chosen(browser)
    first = order_in(await browser.pay(promise_id))
    assert order_in(await browser.pay(promise_id)) == first
    assert (await browser.get("/shop/checkout/pay")).headers["location"] == f"/shop/purchases/{first}"
    assert await count(db) == (2, 2)


async def test_its_number_finds_it_and_the_number_of_a_part_that_part(browser: Browser, house: House, db: Pool) -> None:
    ids = await together(db, order_in(await browser.pay(await chosen(browser))))
    for order_id in ids:
        number = re.search(r"Order (\d{6}-\w{4}-\w{4}(?:-2)?)<?", (await browser.get(f"/shop/orders/{order_id}")).text)
        assert number is not None
        stranger = Browser(a_shop(house))
        found = await stranger.post("/shop/orders/find", order_no=number[1].lower(), phone="010-2345-6789")
        assert order_in(found) == order_id
        assert (await stranger.get(f"/shop/purchases/{ids[0]}")).status_code == 200, "whoever finds one sees all"


async def test_an_old_tab_does_not_buy_in_parts_what_another_chose_whole(browser: Browser, db: Pool) -> None:
    old = await chosen(browser)
    new = await chosen(browser)
    assert (await browser.pay(old)).headers["location"] == "/shop/checkout?told=other"
    assert await count(db) == (0, 0)
    order_in(await browser.pay(new))


async def test_what_ran_out_is_asked_for_again_and_looked_at_before_it_is_paid(
    browser: Browser, db: Pool, house: House
) -> None:
    promise_id = await chosen(browser)
    assert isinstance(house.clock, SimClock)
    house.clock.set(house.clock.now() + timedelta(minutes=20))
    late = await browser.get("/shop/checkout/pay")
    assert late.headers["location"].startswith("/shop/checkout/parts?told=expired&postcode=")
    assert "That offer has run out" in (await browser.get(late.headers["location"])).text

    asked = await browser.pay(promise_id, note="by the door")
    assert (asked.status_code, "by the door" in asked.text) == (409, True)
    assert await count(db) == (0, 0)
    order_in(await browser.pay(promise_on(asked)))
    assert await count(db) == (2, 2)


async def sold_out(callers: Callers) -> None:
    """Somebody else takes all caps."""
    rest = await way(callers, CAP, CAPS, "pickup")
    answer = await callers["shop"].post("/v1/orders", {"token": rest["token"], "shopper_id": "lee"})
    assert answer.status_code == 201


async def test_a_choice_that_another_key_sealed_is_made_anew(browser: Browser, db: Pool) -> None:
    """As after an upgrade that spells promises otherwise, or a backup with another secret."""
    promise_id = await chosen(browser)
    async with db.connection() as conn:
        await run(conn, "UPDATE baskets.choice SET token = 'x'")
    seen, paid = (
        await browser.get("/shop/checkout/pay"),
        await browser.post("/shop/checkout/pay", promise_id=promise_id),
    )
    assert (seen.status_code, seen.headers["location"]) == (303, "/shop/checkout/parts?told=expired")
    assert (paid.status_code, paid.headers["location"]) == (303, "/shop/checkout/parts?told=changed")
    assert set(keys_on(await browser.get("/shop/checkout/parts?told=changed"))) == {"way-1", "way-2"}
    assert await count(db) == (0, 0)


async def test_when_one_part_is_gone_nothing_is_charged_and_only_that_part_is_asked_about(
    browser: Browser, callers: Callers, db: Pool
) -> None:
    promise_id = await chosen(browser)
    await sold_out(callers)
    refused = await browser.pay(promise_id)

    assert refused.status_code == 409
    assert "Nothing was ordered and nothing was charged" in refused.text
    assert "as you chose" in refused.text, "the other part stands"
    assert "There is no way for this now" in refused.text
    assert await count(db) == (1, 1), "the other's"
    assert set(keys_on(refused)) == {"way-1"}


async def test_a_part_that_can_still_come_otherwise_goes_on_from_there(
    browser: Browser, callers: Callers, db: Pool
) -> None:
    promise_id = await chosen(browser)
    rest = await way(callers, SKU, 19, "standard")
    await callers["shop"].post("/v1/orders", {"token": rest["token"], "shopper_id": "lee"})
    refused = await browser.pay(promise_id)
    assert (refused.status_code, "as you chose" in refused.text) == (409, True)
    assert await count(db) == (1, 1)

    await browser.post(f"/shop/basket/lines/{SKU}", units="1")
    turned = await choose(browser)
    assert turned.headers["location"] == "/shop/checkout/pay"
    order_in(await browser.pay(promise_on(await browser.get("/shop/checkout/pay"))))
    assert await count(db) == (3, 3)


async def test_parts_that_are_not_the_basket_are_shown_anew(browser: Browser, db: Pool) -> None:
    keys = keys_on(await parts(browser))
    unfit: tuple[list[str], ...] = (
        [], [f"1~{SKU}"], [*APART, f"1~{CAP}"], [*APART, "3~ghost"], [f"9~{SKU}", f"2~{CAP}"], ["1~", "~", "<b>"],
    )  # fmt: skip
    for put in unfit:
        answer = await browser.post("/shop/checkout/parts", postcode=POSTCODE, put=put, **keys)
        assert answer.headers["location"] == "/shop/checkout/parts?told=other", put
        assert (await parts(browser, put)).status_code == 200
    await browser.post(f"/shop/basket/lines/{CAP}", units="0")
    gone = await browser.post("/shop/checkout/parts", postcode=POSTCODE, put=APART, **keys)
    assert gone.headers["location"] == "/shop/checkout/parts?told=other"
    assert await count(db) == (0, 0)


async def test_a_way_that_became_dearer_or_was_never_shown_is_not_taken(browser: Browser) -> None:
    keys = keys_on(await parts(browser))
    cheaper = re.sub(r"\d+$", lambda total: str(int(total[0]) - 1), keys["way-1"])
    for unfit in (cheaper, "", "quick~~1~1", "<script>"):
        answer = await choose(browser, **{"way-1": unfit})
        assert (answer.status_code, "no longer to be had" in answer.text) == (409, True), unfit
    nowhere = await browser.post("/shop/checkout/parts", put=APART, **{**keys, "postcode": "00000"})
    assert nowhere.headers["location"] == "/shop/checkout?postcode=00000"


async def test_one_part_alone_is_an_order_like_any(browser: Browser, db: Pool) -> None:
    await browser.post(f"/shop/basket/lines/{CAP}", units="0")
    assert (await choose(browser, [f"3~{SKU}"])).headers["location"] == "/shop/checkout/pay"
    order_id = order_in(await browser.pay(promise_on(await browser.get("/shop/checkout/pay"))))
    assert await together(db, order_id) == []
    assert await count(db) == (1, 1)
