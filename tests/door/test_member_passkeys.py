"""Passkeys of a shop's members: the same ceremonies as those of accounts, and neither lets in the other."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest
from msgspec.structs import replace

from sangdan.doors.api.app import House
from sangdan.doors.web.people.devices import FRESH_FOR
from sangdan.doors.web.people.members import MEMBER_COOKIE
from sangdan.doors.web.sessions import COOKIE
from sangdan.flows import erase_shopper
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.ids import Ids

from .conftest import AT
from .device import PRESENT, Device
from .pages import FROM_HERE, PASSWORD, browser, noted, person, post, without_assets

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOP: Final = "https://shop.example"
EMAIL: Final = "hana@example.com"
ENTER: Final = "/shop/sign-in/passkey"
MINE: Final = "/shop/account/passkeys"
_REMOVE: Final = re.compile(rf"{MINE}/[0-9a-f-]{{36}}/remove")


@pytest.fixture
def wall() -> SimClock:
    return SimClock(NOON)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_assets(monkeypatch)
    monkeypatch.setattr("sangdan.doors.web.people.members.REMEMBERED_S", 0.0)


@pytest.fixture
async def house(house: House, founded: None) -> House:
    return replace(house, settings=replace(house.settings, public_url=SHOP, storefront="market"))


@pytest.fixture
async def web(house: House, wall: SimClock) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house, wall) as opened:
        yield opened


async def asked(web: httpx.AsyncClient, path: str = ENTER) -> dict[str, Any]:
    answer = await web.post(f"{path}/asked", headers=FROM_HERE)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def join(web: httpx.AsyncClient, email: str = EMAIL) -> None:
    told = {"name": "Kim Hana", "email": email, "password": PASSWORD, "agreed": "on"}
    assert (await post(web, "/shop/sign-up", **told)).status_code == 303


async def make(web: httpx.AsyncClient, device: Device, label: str = " my   phone ") -> httpx.Response:
    """Add a passkey on the member's page."""
    return await post(web, MINE, credential=device.make(await asked(web, MINE), SHOP), label=label)


async def owner(web: httpx.AsyncClient, device: Device | None = None) -> Device:
    """A member who has made a passkey, and has left again."""
    made = device or Device()
    await join(web)
    assert (await make(web, made)).headers["location"] == "/shop/account#passkeys"
    await post(web, "/shop/sign-out")
    return made


async def show(web: httpx.AsyncClient, credential: str, **form: str) -> httpx.Response:
    return await post(web, ENTER, credential=credential, **form)


async def test_a_member_comes_in_by_passkey_and_by_password_when_it_is_gone(web: httpx.AsyncClient, db: Pool) -> None:
    phone = await owner(web, Device(synced=True, counts=False))
    came = await show(web, phone.show(await asked(web), SHOP), to="/shop/orders")
    assert (came.status_code, came.headers["location"]) == (303, "/shop/orders")
    assert (await post(web, "/shop/sign-out")).status_code == 303
    assert (await show(web, phone.show(await asked(web), SHOP), to="https://evil.example")).headers[
        "location"
    ] == "/shop/account"
    page = (await web.get("/shop/account")).text
    assert re.findall(r"<b>(my phone)</b>", page) == ["my phone"]
    [remove] = _REMOVE.findall(page)
    assert (await post(web, remove)).status_code == 303, "never the last way in: the password stays"
    assert (await post(web, remove)).status_code == 404
    await post(web, "/shop/sign-out")
    assert (await show(web, phone.show(await asked(web), SHOP))).status_code == 403
    assert (await post(web, "/shop/sign-in", email=EMAIL, password=PASSWORD)).status_code == 303
    async with db.transaction() as conn:
        shopper_id = await value(conn, "SELECT shopper_id FROM shoppers.membership")
    assert await noted(db, f"shopper/{shopper_id}") == ["shopper.passkey-added", "shopper.passkey-removed"]
    async with db.transaction() as conn:
        assert not await value(conn, "SELECT count(*) FROM kit.audit WHERE after::text LIKE '%%my phone%%'")


async def test_what_is_forged_or_shown_again_lets_nobody_in(web: httpx.AsyncClient, wall: SimClock) -> None:
    phone = await owner(web)
    told: set[str] = set()
    for forged in (
        phone.show(await asked(web), f"{SHOP}.evil.test"),
        phone.show(await asked(web), "http://shop.example"),
        phone.show(await asked(web), SHOP, host="evil.test"),
        phone.show(await asked(web), SHOP, crossOrigin=True),
        phone.show(await asked(web), SHOP, PRESENT),
        phone.show({**await asked(web), "challenge": "A" * 43}, SHOP),
        Device().show(await asked(web), SHOP),
        "{}",
    ):
        refused = await show(web, forged)
        assert refused.status_code == 403, refused.text
        told.add(refused.text)
    assert (len(told), MEMBER_COOKIE in web.cookies) == (1, False)
    answer = phone.show(await asked(web), SHOP)
    both = await asyncio.gather(show(web, answer), show(web, answer))
    assert sorted(each.status_code for each in both) == [303, 403], "a challenge is good once"
    for site in ("cross-site", "same-site"):
        out = await web.post(ENTER, data={"credential": answer}, headers={"sec-fetch-site": site})
        assert out.status_code == 403


async def test_accounts_and_members_do_not_come_in_at_each_other_s_door(web: httpx.AsyncClient, db: Pool) -> None:
    member, staff = await owner(web), Device()
    await person(db, "lee", "floor", "house")
    await post(web, "/sign-in", name="lee", password=PASSWORD)
    made = staff.make(await asked(web, "/me/passkeys"), SHOP)
    assert (await post(web, "/me/passkeys", credential=made, label="x")).status_code == 303
    await post(web, "/sign-out")
    for device, door, challenge in (
        (staff, ENTER, ENTER), (staff, ENTER, "/sign-in/passkey"), (staff, "/sign-in/passkey", ENTER),
        (member, "/sign-in/passkey", "/sign-in/passkey"), (member, "/sign-in/passkey", ENTER),
        (member, ENTER, "/sign-in/passkey"),
    ):  # fmt: skip
        refused = await post(web, door, credential=device.show(await asked(web, challenge), SHOP))
        assert (refused.status_code, COOKIE in web.cookies, MEMBER_COOKIE in web.cookies) == (403, False, False)
    right = staff.show(await asked(web, "/sign-in/passkey"), SHOP)
    assert (await post(web, "/sign-in/passkey", credential=right)).status_code == 303
    assert (await show(web, member.show(await asked(web), SHOP))).status_code == 303


async def test_ways_in_change_only_just_after_signing_in_and_are_one_s_own(
    web: httpx.AsyncClient, house: House, wall: SimClock
) -> None:
    guest = await web.post(f"{MINE}/asked", headers=FROM_HERE)
    assert guest.status_code == 403
    assert (await post(web, MINE, credential="{}")).headers["location"] == "/shop/sign-in?to=/shop/account"
    await owner(web)
    await post(web, "/shop/sign-in", email=EMAIL, password=PASSWORD)
    [remove] = _REMOVE.findall((await web.get("/shop/account")).text)
    async with browser(house, wall) as other:
        await join(other, "lee@example.com")
        taken = Device().make(await asked(other, MINE), SHOP)
        assert (await post(web, MINE, credential=taken)).status_code == 403, "a challenge of somebody else's"
        assert (await post(other, remove)).status_code == 404
    options = await asked(web, MINE)
    assert (options["rp"]["id"], options["user"]["name"]) == ("shop.example", EMAIL)
    wall.set(NOON + FRESH_FOR + timedelta(seconds=1))
    refused = [
        await web.post(f"{MINE}/asked", headers=FROM_HERE),
        await post(web, MINE, credential=Device().make(options, SHOP)),
        await post(web, remove),
    ]
    assert [each.status_code for each in refused] == [403] * 3
    assert "Sign in again" in (await web.get("/shop/account")).text
    assert (await post(web, "/shop/account/again")).headers["location"] == "/shop/sign-in?to=/shop/account"
    assert (await web.get("/shop/account")).status_code == 303


async def test_a_member_has_ten_also_when_the_eleventh_comes_at_once(web: httpx.AsyncClient, db: Pool) -> None:
    await join(web)
    assert (await make(web, Device(), "x" * 61)).status_code == 422
    for n in range(9):
        assert (await make(web, Device(), f"phone {n}")).status_code == 303
    made = [Device().make(await asked(web, MINE), SHOP) for _ in range(4)]
    answers = await asyncio.gather(*(post(web, MINE, credential=each, label="tab") for each in made))
    assert sorted(each.status_code for each in answers) == [303, 409, 409, 409]


async def test_passkeys_go_with_their_owner(web: httpx.AsyncClient, house: House, db: Pool) -> None:
    phone = await owner(web)
    late = phone.show(await asked(web), SHOP)
    async with db.transaction() as conn:
        shopper_id = await value(conn, "SELECT shopper_id FROM shoppers.membership")
        await erase_shopper.erase(conn, house.vault, "market", shopper_id, "storefront", AT, Ids())
        assert await value(conn, "SELECT count(*) FROM kit.passkey") == 0
    assert (await show(web, late)).status_code == 403


async def test_where_no_passkey_is_good_the_page_speaks_of_none(house: House, wall: SimClock) -> None:
    for n, url in enumerate((None, "https://10.0.0.5")):
        bare = replace(house, settings=replace(house.settings, public_url=url))
        async with browser(bare, wall) as web:
            assert "passkey" not in (await web.get("/shop/sign-in")).text
            assert (await web.post(f"{ENTER}/asked", headers=FROM_HERE)).status_code == 409
            await join(web, f"{n}@example.com")
            assert "passkey" not in (await web.get("/shop/account")).text
