"""The page of a purchase in parts: all of it is followed, cancelled and ordered again as one."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from sangdan.doors.api.app import House
from sangdan.flows.cancel_order import cancel
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine
from sangdan.order.orders import commands as orders
from sangdan.order.shoppers import commands as shoppers

from .alliance import POSTCODE, SKU
from .conftest import AT
from .pages import without_assets
from .storefront import Browser, a_shop, order_in, promise_on
from .two_ways import CAP, widen

APART = [f"1~{SKU}", f"2~{CAP}"]
WAY = re.compile(r'type="radio" name="way-(\d)" value="([^"]+)"')
NAMED = re.compile(r'type="hidden" name="part" value="([0-9a-f-]{36})"')


@pytest.fixture(autouse=True)
def assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without their looks."""
    without_assets(monkeypatch)


@pytest.fixture
async def browser(house: House, door: httpx.AsyncClient, founded: None) -> Browser:
    await widen(door)
    return Browser(a_shop(house))


async def bought(browser: Browser) -> str:
    """Two tees by parcel and a cap from the store; gives the page of both."""
    await browser.put_in(2)
    await browser.put_in(1, CAP)
    page = await browser.web.get("/shop/checkout/parts", params={"postcode": POSTCODE, "put": APART})
    ways = {f"way-{part}": key for part, key in WAY.findall(page.text) if part == "1" or key.startswith("pickup~")}
    await browser.post("/shop/checkout/parts", postcode=POSTCODE, put=APART, **ways)
    paid = await browser.pay(promise_on(await browser.get("/shop/checkout/pay")))
    assert paid.headers["location"] == f"/shop/purchases/{order_in(paid)}?thanks=1"
    return f"/shop/purchases/{order_in(paid)}"


async def ids_of(db: Pool, path: str) -> tuple[UUID, ...]:
    async with db.connection() as conn:
        return await orders.together(conn, UUID(path.rpartition("/")[2]))


async def states(db: Pool, path: str) -> list[str]:
    async with db.connection() as conn:
        return [(await orders.get(conn, each)).state for each in await ids_of(db, path)]


async def count(db: Pool) -> int:
    async with db.connection() as conn:
        return await value(conn, "SELECT count(*) FROM orders.order")


async def test_all_parts_are_followed_on_one_page_that_lives(browser: Browser, db: Pool, engine: Engine) -> None:
    path = await bought(browser)
    thanked = (await browser.get(f"{path}?thanks=1")).text
    assert "Thank you! Your order is in." in thanked
    live = re.search(r'hx-get="([^"]+)"', thanked.split('id="purchase"')[1])
    assert live is not None
    assert (await browser.web.get(live[1], headers={"hx-request": "true"})).status_code == 204
    await engine.drain()
    moved = (await browser.web.get(live[1], headers={"hx-request": "true"})).text
    assert ("<html" in moved, "Your order is in" in moved) == (False, True)
    for number, order_id in enumerate(await ids_of(db, path), start=1):
        assert f"Part {number} of 2" in moved
        assert f'href="/shop/orders/{order_id}"' in moved
    assert "Kim Hana" not in moved
    assert "010-****-6789" in moved, "masked"
    listed = (await browser.get("/shop/orders")).text
    assert (listed.count('<ul class="parts-listed"'), listed.count(f'href="{path}"')) == (1, 1)
    assert all(listed.count(f'href="/shop/orders/{each}"') == 1 for each in await ids_of(db, path))


async def test_all_of_it_is_cancelled_in_one_step(browser: Browser, db: Pool, engine: Engine) -> None:
    path = await bought(browser)
    await engine.drain()
    page = (await browser.get(path)).text
    assert "Cancel all parts" in page
    answer = await browser.post(f"{path}/cancellation", part=NAMED.findall(page))
    assert answer.headers["location"] == path
    assert await states(db, path) == ["cancelled", "cancelled"]
    await engine.drain()
    ended = (await browser.get(path)).text
    assert ("This order was cancelled" in ended, f"{path}/cancellation" in ended) == (True, False)
    assert ended.count("You asked for it. Your payment was released; nothing was charged.") == 2
    assert (await browser.post(f"{path}/cancellation", part=NAMED.findall(page))).status_code == 409


async def test_a_payment_that_is_declined_is_said_of_all_parts(browser: Browser, db: Pool, engine: Engine) -> None:
    path = await bought(browser)
    _, second = await ids_of(db, path)
    async with db.transaction() as conn:
        await cancel(conn, second, "payment_declined", AT)
    await engine.drain()
    page = (await browser.get(path)).text
    assert page.count("Why: the payment was not approved.") == 2
    assert "It comes in" not in page


async def test_only_what_the_button_named_is_cancelled_or_nothing(
    browser: Browser, db: Pool, engine: Engine, house: House
) -> None:
    path = await bought(browser)
    await engine.drain()
    first, second = await ids_of(db, path)
    old = NAMED.findall((await browser.get(path)).text)
    await browser.post(f"/shop/orders/{second}/cancellation", all="1")
    refused = await browser.post(f"{path}/cancellation", part=old)
    assert (refused.status_code, "Nothing was cancelled" in refused.text) == (409, True)
    for unfit in ([], ["x"], ["00000000-0000-0000-0000-000000000000"]):
        assert (await browser.post(f"{path}/cancellation", part=unfit)).status_code == 409
    assert await states(db, path) == ["authorised", "cancelled"]
    assert NAMED.findall(refused.text) == [str(first)]
    await engine.run_until(house.clock.now() + timedelta(hours=1))
    assert (await browser.post(f"{path}/cancellation", part=[str(first)])).status_code == 409
    assert NAMED.findall((await browser.get(path)).text) == []


async def test_all_of_it_is_confirmed_in_one_step(browser: Browser, db: Pool, engine: Engine, house: House) -> None:
    path = await bought(browser)
    await engine.run_until(house.clock.now() + timedelta(hours=1))
    early = await browser.post(f"{path}/confirmation")
    assert (early.status_code, "The purchase cannot be confirmed now" in early.text) == (409, True)
    assert "Everything arrived as it should" not in early.text
    async with db.transaction() as conn:
        await conn.execute("UPDATE orders.order SET state = 'delivered', delivered_at = released_at")
    page = (await browser.get(path)).text
    assert ("All parts have arrived" in page, "Everything arrived as it should" in page) == (True, True)
    assert (await browser.post(f"{path}/confirmation")).headers["location"] == path
    assert await states(db, path) == ["confirmed", "confirmed"]
    assert "Everything arrived as it should" not in (await browser.get(path)).text


async def test_all_of_it_again_needs_only_the_payment(browser: Browser, db: Pool, house: House) -> None:
    path = await bought(browser)
    turned = await browser.post(f"{path}/again")
    assert turned.headers["location"] == "/shop/checkout/pay"
    page = await browser.get("/shop/checkout/pay")
    assert ("Part 2 of 2" in page.text, "As last time" in page.text) == (True, True)
    paid = await browser.pay(promise_on(page), recipient="same")
    again = await ids_of(db, f"/shop/purchases/{order_in(paid)}")
    assert await count(db) == 4
    async with db.transaction() as conn:
        lines = [(await shoppers.recipient(conn, house.vault, each)).lines for each in again]
    assert (lines[0][0].startswith("1 Sejong"), lines[1]) == (True, ("Corner",)), "each where it was taken before"
    assert "Order this part again" in (await browser.get(f"/shop/orders/{again[0]}")).text
    await browser.post(f"/shop/orders/{again[0]}/again")
    assert "Part 2" not in (await browser.get("/shop/checkout/pay")).text


async def test_what_was_fetched_is_not_brought_to_the_store(browser: Browser, db: Pool) -> None:
    """Somebody repeats what they fetched, and then has it sent: that needs an address."""
    _, fetched = await ids_of(db, await bought(browser))
    await browser.post(f"/shop/orders/{fetched}/again")
    assert "As last time" in (await browser.get("/shop/checkout/pay")).text
    [sent] = [key for key in await browser.ways() if key.startswith("standard~")]
    await browser.post("/shop/checkout/way", way=sent, postcode=POSTCODE)
    page = await browser.get("/shop/checkout/pay")
    assert "As last time" not in page.text
    assert (await browser.pay(promise_on(page), recipient="same", line1="")).status_code == 422


async def test_what_cannot_come_as_it_did_is_arranged_in_the_same_parts(browser: Browser, db: Pool) -> None:
    path = await bought(browser)
    async with db.transaction() as conn:
        await conn.execute("UPDATE stock.balance SET on_hand = reserved WHERE sku = %s", (CAP,))
    turned = await browser.post(f"{path}/again")
    to = httpx.URL(turned.headers["location"])
    assert (to.path, to.params.get_list("put"), to.params["postcode"]) == ("/shop/checkout/parts", APART, POSTCODE)
    assert "Part 2" not in (await browser.get(str(to))).text, "what is sold out waits in the basket"


async def test_nobody_else_sees_ends_or_repeats_it(browser: Browser, db: Pool, house: House) -> None:
    path = await bought(browser)
    named = NAMED.findall((await browser.get(path)).text)
    stranger = Browser(a_shop(house))
    await stranger.put_in(1)
    for answer in (
        await stranger.get(path),
        await stranger.post(f"{path}/cancellation", part=named),
        await stranger.post(f"{path}/again"),
    ):
        assert answer.status_code == 404
    assert await states(db, path) == ["placed", "placed"]
    alone = await browser.buy(1)
    assert (await browser.get(f"/shop/purchases/{alone}")).status_code == 404


async def test_goods_for_adults_ask_for_the_year_of_birth_on_the_page_of_parts(browser: Browser, db: Pool) -> None:
    await browser.put_in(2)
    await browser.put_in(1, CAP)
    async with db.transaction() as conn:
        await conn.execute("UPDATE catalogue.sku SET age_limit = 19 WHERE sku = %s", (CAP,))
    where = {"postcode": POSTCODE, "put": APART}
    page = await browser.web.get("/shop/checkout/parts", params=where)
    assert re.search(r'id="born"[^>]* form="arrange"', page.text)
    assert {part for part, _ in WAY.findall(page.text)} == {"1"}
    told = await browser.web.get("/shop/checkout/parts", params={**where, "born": "1980"})
    ways = dict(reversed(WAY.findall(told.text)))
    assert ways.keys() == {"1", "2"}
    chosen = {f"way-{part}": key for part, key in ways.items()}
    answer = await browser.post("/shop/checkout/parts", postcode=POSTCODE, put=APART, born="1980", **chosen)
    assert answer.headers["location"] == "/shop/checkout/pay"
