"""A member's address book: kept, chosen at checkout, full, erased with its owner, and nobody else's."""

import asyncio
import re
from typing import Any, Final
from uuid import UUID

import httpx
import pytest

from sangdan.doors.api.app import House
from sangdan.flows import erase_shopper
from sangdan.kit.db import Pool, value
from sangdan.kit.ids import Ids
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.model import MOST, Address, Book, Recipient

from .alliance import POSTCODE
from .conftest import AT
from .pages import without_assets
from .storefront import Browser, a_shop, order_in, promise_on

SCRIPT: Final = "<script>alert(1)</script>"
AT_HOME: Final = {
    "label": "Home", "name": "Kim Hana", "phone": "010-2345-6789", "postcode": POSTCODE,
    "line1": "1 Sejong-daero, Jung-gu, Seoul", "line2": "101", "note": "the bell is broken",
}  # fmt: skip
AT_WORK: Final = {**AT_HOME, "label": "Work", "name": "Lee Duri", "line1": "2 Taepyeong-ro", "line2": "", "note": ""}
_LINK: Final = re.compile(r"/shop/account/addresses/([0-9a-f-]{36})\"")


@pytest.fixture(autouse=True)
def assets(monkeypatch: pytest.MonkeyPatch) -> None:
    without_assets(monkeypatch)


@pytest.fixture
def app(house: House, founded: None) -> Any:
    return a_shop(house)


@pytest.fixture
async def kim(app: Any) -> Browser:
    return await member(app, "kim@example.com")


async def member(app: Any, email: str) -> Browser:
    browser = Browser(app)
    told = {"name": "Kim Hana", "email": email, "password": "a long sentence of mine", "agreed": "on"}
    assert (await browser.post("/shop/sign-up", **told)).status_code == 303
    return browser


async def add(browser: Browser, **form: str) -> httpx.Response:
    return await browser.post("/shop/account/addresses", **form)


async def ids(browser: Browser) -> list[str]:
    """The addresses on the member's page, the usual one first."""
    return _LINK.findall((await browser.get("/shop/account")).text)


async def book_of(house: House, db: Pool) -> Book:
    """The book of the one member there is."""
    async with db.transaction() as conn:
        shopper_id = await value(conn, "SELECT shopper_id FROM shoppers.membership")
        return await shoppers.book(conn, house.vault, "market", shopper_id)


async def received(house: House, db: Pool, order_id: UUID) -> Recipient:
    async with db.transaction() as conn:
        return await shoppers.recipient(conn, house.vault, order_id)


async def chosen(browser: Browser) -> tuple[str, str]:
    """A basket on its way to be paid: the promise, and the page."""
    promise_id = await browser.choose()
    return promise_id, (await browser.get("/shop/checkout/pay")).text


async def pay(browser: Browser, promise_id: str, recipient: str, **more: str) -> httpx.Response:
    """Order to an address of the book, with nothing else filled in."""
    form = {"promise_id": promise_id, "recipient": recipient, "agreed": ["terms", "privacy", "purchase"], **more}
    return await browser.post("/shop/checkout/pay", **form)


async def test_an_address_is_kept_changed_led_with_and_deleted(kim: Browser, house: House, db: Pool) -> None:
    assert (await add(kim, **AT_HOME)).headers["location"] == "/shop/account#addresses"
    assert (await add(kim, **AT_WORK, usual="on", to="/shop/basket")).headers["location"] == "/shop/basket"
    work, home = await ids(kim)
    assert [each.label for each in (await book_of(house, db)).addresses] == ["Work", "Home"]

    form = (await kim.get(f"/shop/account/addresses/{home}")).text
    assert all(f'value="{each}"' in form for each in AT_HOME.values())
    changed = await kim.post(f"/shop/account/addresses/{home}", **{**AT_HOME, "label": "", "note": "ring twice"})
    assert changed.status_code == 303
    await kim.post(f"/shop/account/addresses/{home}/default")
    book = await book_of(house, db)
    assert [(each.label, each.note) for each in book.addresses] == [("", "ring twice"), ("Work", None)]
    assert await ids(kim) == [home, work]

    for _ in range(2):
        assert (await kim.post(f"/shop/account/addresses/{home}/remove")).status_code in (303, 404)
    assert await ids(kim) == [work]
    assert (await kim.get(f"/shop/account/addresses/{home}")).status_code == 404
    assert (await kim.post(f"/shop/account/addresses/{home}", **AT_HOME)).status_code == 404, "changed is not added"
    await kim.post(f"/shop/account/addresses/{work}/remove")
    assert "No address is kept yet" in (await kim.get("/shop/account")).text
    async with db.transaction() as conn:
        shopper_id = await value(conn, "SELECT shopper_id FROM shoppers.membership")
        changes = await shoppers.changes(conn, shopper_id, "market", 50)
        readings = await shoppers.readings(conn, shopper_id, "market", 50)
    assert sum(each.fields == ["addresses"] for each in changes) == 6
    assert ["addresses"] in [each.fields for each in readings]


async def test_what_cannot_be_an_address_is_marked_beside_its_field(kim: Browser) -> None:
    for field, each in (
        ("name", ""), ("name", "\0"), ("name", "가" * 101), ("phone", ""), ("phone", "1"), ("postcode", ""),
        ("postcode", "1234"), ("postcode", "٠٤٥٢٤"), ("line1", ""), ("line1", "가" * 201), ("line2", SCRIPT * 20),
        ("note", SCRIPT * 20), ("label", "가" * 21),
    ):  # fmt: skip
        answer = await add(kim, **{**AT_HOME, field: each})
        assert (answer.status_code, f'id="{field}-wrong"' in answer.text) == (422, True), (field, each)
        assert SCRIPT not in answer.text
    assert await ids(kim) == []
    await add(kim, **{**AT_HOME, "label": SCRIPT[:20], "to": "https://evil.example/"})
    page = (await kim.get("/shop/account")).text
    assert SCRIPT[:20] not in page
    assert "&lt;script" in page


async def test_ten_are_kept_also_when_the_eleventh_comes_in_ten_tabs_at_once(
    kim: Browser, house: House, db: Pool
) -> None:
    for n in range(MOST - 1):
        await add(kim, **{**AT_HOME, "label": str(n)})
    answers = await asyncio.gather(*(add(kim, **{**AT_WORK, "label": f"tab {n}"}) for n in range(10)))
    assert sorted(each.status_code for each in answers) == [303] + [409] * 9
    assert all("holds 10 addresses" in each.text for each in answers if each.status_code == 409)
    assert len((await book_of(house, db)).addresses) == MOST
    assert "/shop/account/addresses/new" not in (await kim.get("/shop/account")).text


async def test_a_member_orders_to_an_address_of_the_book(kim: Browser, house: House, db: Pool) -> None:
    await add(kim, **AT_HOME)
    await add(kim, **AT_WORK)
    await add(kim, **{**AT_WORK, "label": "Busan", "postcode": "48058"})
    home, work, busan = await ids(kim)
    promise_id, page = await chosen(kim)
    assert f'value="{home}" checked' in page, "the usual one is proposed"
    assert f'value="{work}"' in page
    assert f'value="{busan}"' not in page, "another date holds for another place"
    assert "/shop/checkout?postcode=48058" in page
    order_id = order_in(await pay(kim, promise_id, work))
    assert await received(house, db, order_id) == Recipient(
        name="Lee Duri", phone="01023456789", lines=("2 Taepyeong-ro",)
    )

    await kim.post(f"/shop/orders/{order_id}/again")
    again = await kim.get("/shop/checkout/pay")
    assert 'value="same" checked' in again.text
    second = order_in(await pay(kim, promise_on(again), home))
    assert await received(house, db, second) == Recipient(
        name="Kim Hana", phone="01023456789", lines=("1 Sejong-daero, Jung-gu, Seoul", "101"), note="the bell is broken"
    )


async def test_nobody_orders_to_or_touches_another_s_address(kim: Browser, app: Any, house: House, db: Pool) -> None:
    await add(kim, **AT_HOME)
    [home] = await ids(kim)
    before = await book_of(house, db)
    lee, guest = await member(app, "lee@example.com"), Browser(app)
    for path in ("", "/default", "/remove"):
        assert (await lee.post(f"/shop/account/addresses/{home}{path}", **AT_WORK)).status_code == 404
        out = await guest.post(f"/shop/account/addresses/{home}{path}", **AT_WORK)
        assert out.headers["location"].startswith("/shop/sign-in")
    assert (await lee.get(f"/shop/account/addresses/{home}")).status_code == 404
    assert (await guest.get(f"/shop/account/addresses/{home}")).status_code == 303
    for other in (lee, guest):
        promise_id, page = await chosen(other)
        assert home not in page
        refused = await pay(other, promise_id, home)
        assert (refused.status_code, "Sejong-daero" in refused.text) == (422, False)
        order_in(await other.pay(promise_id))
    assert await add_from(kim, "cross-site") == 403
    async with db.transaction() as conn:
        whose = await value(conn, "SELECT min(shopper_id) FROM shoppers.book")
        assert await shoppers.book(conn, house.vault, "market", whose) == before


async def add_from(browser: Browser, site: str) -> int:
    """What another site's form gets."""
    answer = await browser.web.post("/shop/account/addresses", data=AT_HOME, headers={"sec-fetch-site": site})
    return answer.status_code


async def test_what_a_shop_brings_in_is_in_the_book_and_stays_when_it_changes(
    kim: Browser, house: House, db: Pool
) -> None:
    """A member kept one address before there were books; a shop's system may tell another at any time."""
    async with db.transaction() as conn:
        shopper_id = await value(conn, "SELECT shopper_id FROM shoppers.membership")
        [known] = await shoppers.known(conn, house.vault, shopper_id, "market")
        person = known.person
    assert person is not None
    for lines in (("1 Sejong-daero",), ("5 Jong-ro", "5th floor")):
        async with db.transaction() as conn:
            told = type(person)(
                name=person.name, email=person.email, phone="010-1111-2222", lines=lines, postcode=POSTCODE
            )
            await shoppers.put(conn, house.vault, "market", shopper_id, told, "shop", AT, Ids())
        [usual, *_] = (await book_of(house, db)).addresses
        assert (usual.lines, usual.postcode, usual.phone) == (lines, POSTCODE, "01011112222")
        await add(kim, **AT_HOME)
    assert len(await ids(kim)) == 3
    promise_id, page = await chosen(kim)
    assert "5 Jong-ro 5th floor" in page
    assert (await received(house, db, order_in(await pay(kim, promise_id, (await ids(kim))[0])))).lines == lines


async def test_a_new_address_is_kept_with_the_order_if_its_owner_wants(kim: Browser, house: House, db: Pool) -> None:
    promise_id, page = await chosen(kim)
    assert 'name="keep" value="on" checked' in page, "the first one is"
    order_in(await kim.pay(promise_id, keep="on"))
    promise_id, page = await chosen(kim)
    assert 'name="keep" value="on" checked' not in page
    order_in(await kim.pay(promise_id, recipient="new", line1="9 Elsewhere"))
    [kept] = (await book_of(house, db)).addresses
    assert (kept.name, kept.lines[0], kept.postcode) == ("Kim Hana", "1 Sejong-daero, Jung-gu, Seoul", POSTCODE)


async def test_a_book_goes_with_its_owner_and_survives_a_rotation_of_keys(kim: Browser, house: House, db: Pool) -> None:
    await add(kim, **AT_HOME)
    async with db.transaction() as conn:
        await house.vault.rotate(conn, AT)
        assert await shoppers.seal_again(conn, house.vault, 10) == 2
        assert await house.vault.retire(conn) == [1]
        sealed = await value(conn, "SELECT sealed FROM shoppers.book")
    assert b"Sejong" not in sealed
    assert isinstance((await book_of(house, db)).addresses[0], Address)
    async with db.transaction() as conn:
        shopper_id = await value(conn, "SELECT shopper_id FROM shoppers.membership")
        await erase_shopper.erase(conn, house.vault, "market", shopper_id, "storefront", AT, Ids())
        assert await value(conn, "SELECT count(*) FROM shoppers.book") == 0
