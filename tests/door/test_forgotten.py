"""A member who forgot the password: a link by e-mail, good once, and nobody learns who has an account."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final, LiteralString

import httpx
import pytest
from msgspec.structs import replace

from sangdan.adapters.sandbox_messenger import SandboxMessenger
from sangdan.doors.api.app import House
from sangdan.doors.web.people.members import FORGOT_ADDRESS, FORGOT_HERE, FORGOT_WITHIN, MEMBER_COOKIE, TRIES_ACCOUNT
from sangdan.flows import erase_shopper, forgotten_password
from sangdan.flows.forgotten_password import AGAIN_AFTER, LEASE, LINK_LASTS
from sangdan.kit import forgotten
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.ids import Ids
from sangdan.order.shoppers import commands as shoppers
from sangdan.talk.notices.ports import Outgoing, Receipt

from . import alliance
from .conftest import AT
from .pages import browser, noted, post, without_assets

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HANA: Final = {"name": "김하나", "email": "Hana.Kim@example.com", "agreed": "on"}
OLD: Final = "rain on the tin roof"
NEW: Final = "snow upon the cedar hill"
WAITING: Final[LiteralString] = "SELECT count(*) FROM kit.forgotten"
KEPT: Final[LiteralString] = "SELECT string_agg(t::text, ' ') FROM kit.ticket t"


@pytest.fixture
def wall() -> SimClock:
    """Real time, in the test's hand."""
    return SimClock(NOON)


@pytest.fixture
def mailbox() -> SandboxMessenger:
    return SandboxMessenger()


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_assets(monkeypatch)
    monkeypatch.setattr("sangdan.doors.web.people.members.REMEMBERED_S", 0.0)


@pytest.fixture
async def house(house: House) -> House:
    """A server with a shop, whose address is known."""
    settings = replace(house.settings, storefront="market", public_url="https://shop.example")
    return replace(house, settings=settings)


@pytest.fixture
async def web(door: httpx.AsyncClient, house: House, wall: SimClock) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the shop, in which Hana has signed up."""
    await alliance.found(door)
    async with browser(house, wall) as opened:
        assert (await post(opened, "/shop/sign-up", password=OLD, **HANA)).status_code == 303
        yield opened


async def asks(web: httpx.AsyncClient, email: str = "hana.kim@EXAMPLE.com") -> httpx.Response:
    return await post(web, "/shop/forgotten", email=email)


async def sent(house: House, mailbox: SandboxMessenger, at: datetime = NOON) -> list[str]:
    """Send what is due; the links of all messages so far, the newest first."""
    await forgotten_password.send_due(house.pool, house.vault, mailbox, at)
    return [link for each in mailbox.phone() for link in re.findall(r"https://\S+", each.text)]


async def waiting(db: Pool) -> int:
    async with db.connection() as conn:
        return await value(conn, WAITING)


async def is_in(web: httpx.AsyncClient) -> bool:
    return (await web.get("/shop/account")).status_code == 200


async def test_a_link_lets_choose_a_password_once_and_ends_all_sessions(
    web: httpx.AsyncClient, house: House, db: Pool, wall: SimClock, mailbox: SandboxMessenger
) -> None:
    async with browser(house, wall) as forgetful:
        assert "/shop/forgotten" in (await forgetful.get("/shop/sign-in")).text
        assert (await asks(forgetful)).headers["location"] == "/shop/forgotten?asked=1"
        [link] = await sent(house, mailbox)
        [message] = mailbox.phone()
        assert (message.to, message.ways, "Dear 김하나" in message.text) == ("Hana.Kim@example.com", ("email",), True)
        assert link.startswith("https://shop.example/shop/password?token=")
        token = link.partition("=")[2]
        async with db.connection() as conn:
            assert token not in await value(conn, KEPT)
        for _ in range(2):
            assert (await forgetful.get("/shop/password", params={"token": token})).status_code == 200
        for wrong in ({"password": NEW, "again": OLD}, {"password": "short", "again": "short"}):
            assert (await post(forgetful, "/shop/password", token=token, **wrong)).status_code == 422
        chosen = {"token": token, "password": NEW, "again": NEW}
        both = await asyncio.gather(*(post(forgetful, "/shop/password", **chosen) for _ in range(2)))
        assert sorted(each.status_code for each in both) == [303, 410]
        assert (await is_in(forgetful), await is_in(web)) == (True, False), "the other browser is out"
        assert (await forgetful.get("/shop/password", params={"token": token})).status_code == 410
    assert (await post(web, "/shop/sign-in", email=HANA["email"], password=OLD)).status_code == 401
    assert (await post(web, "/shop/sign-in", email=HANA["email"], password=NEW)).status_code == 303
    async with db.connection() as conn:
        member = await shoppers.member_of(conn, house.vault, "market", HANA["email"])
    assert await noted(db, f"shopper/{member}") == ["shopper.password-chosen"]


async def test_nobody_learns_who_has_an_account(
    web: httpx.AsyncClient, house: House, db: Pool, mailbox: SandboxMessenger
) -> None:
    web.cookies.clear()
    told: set[tuple[int, str, str]] = set()
    for number, email in enumerate(("hana.kim@example.com", "nobody@example.com", "no address", ""), 1):
        answer = await asks(web, email)
        told.add((answer.status_code, answer.headers["location"], answer.text))
        assert await waiting(db) == number, "the same is written, whoever's address it is"
    assert len(told) == 1
    assert len(await sent(house, mailbox)) == 1
    assert await waiting(db) == 0


async def test_a_mailbox_is_not_filled_and_one_address_does_not_ask_for_all(
    web: httpx.AsyncClient, house: House, db: Pool, wall: SimClock, mailbox: SandboxMessenger
) -> None:
    for _ in range(FORGOT_ADDRESS + 2):
        assert (await asks(web)).status_code == 303
    assert len(await sent(house, mailbox)) == FORGOT_ADDRESS
    left = FORGOT_HERE - FORGOT_ADDRESS - 2
    answers = [await asks(web, f"somebody-{n}@example.com") for n in range(left + 1)]
    assert [each.status_code for each in answers] == [303] * left + [429]
    guesses = [
        await post(web, "/shop/sign-in", email="kim@example.com", password="none of mine")
        for _ in range(TRIES_ACCOUNT + 1)
    ]
    assert [each.headers.get("retry-after") for each in (answers[-1], guesses[-1])] == ["900", "900"]
    wall.set(NOON + FORGOT_WITHIN)
    assert (await asks(web)).status_code == 303
    assert len(await sent(house, mailbox, wall.now())) == FORGOT_ADDRESS + 1


async def test_a_link_ends_with_its_time_and_with_another_that_was_used(
    web: httpx.AsyncClient, house: House, wall: SimClock, mailbox: SandboxMessenger
) -> None:
    for _ in range(2):
        await asks(web)
    first, second = (link.partition("=")[2] for link in await sent(house, mailbox))
    assert (await post(web, "/shop/password", token=first, password=NEW, again=NEW)).status_code == 303
    assert (await post(web, "/shop/password", token=second, password=OLD, again=OLD)).status_code == 410
    await asks(web)
    token = (await sent(house, mailbox))[0].partition("=")[2]
    wall.set(NOON + LINK_LASTS)
    assert (await web.get("/shop/password", params={"token": token})).status_code == 410
    for odd in ("", "x" * 90, "../../etc", "%00"):
        assert (await web.get("/shop/password", params={"token": odd})).status_code == 410


async def test_a_mail_server_that_is_away_is_asked_again_and_one_that_died_on_the_way_too(
    web: httpx.AsyncClient, house: House, db: Pool, mailbox: SandboxMessenger
) -> None:
    class Away(SandboxMessenger):
        async def send(self, message: Outgoing) -> Receipt:
            return Receipt(outcome="again", because="unreachable")

    await asks(web)
    await forgotten_password.send_due(db, house.vault, Away(), NOON)
    assert await sent(house, mailbox) == [], "not before its time"
    async with db.transaction() as conn:
        assert len(await forgotten.lease(conn, NOON + AGAIN_AFTER, NOON + AGAIN_AFTER + LEASE, 9)) == 1
    assert len(await sent(house, mailbox, NOON + AGAIN_AFTER + LEASE)) == 1
    assert await waiting(db) == 0


async def test_whoever_left_is_sent_nothing_and_a_link_lets_them_in_no_more(
    web: httpx.AsyncClient, house: House, db: Pool, mailbox: SandboxMessenger
) -> None:
    await asks(web)
    token = (await sent(house, mailbox))[0].partition("=")[2]
    await asks(web)
    async with db.transaction() as conn:
        member = await shoppers.member_of(conn, house.vault, "market", HANA["email"])
        assert member is not None
        await erase_shopper.erase(conn, house.vault, "market", member, "storefront", AT, Ids(seed=5))
    assert await waiting(db) == 0
    assert (await post(web, "/shop/password", token=token, password=NEW, again=NEW)).status_code == 410
    assert MEMBER_COOKIE not in web.cookies or not await is_in(web)


async def test_without_a_public_address_no_link_is_sent(
    house: House, db: Pool, wall: SimClock, web: httpx.AsyncClient
) -> None:
    here = replace(house, settings=replace(house.settings, public_url=None))
    async with browser(here, wall) as elsewhere:
        assert "/shop/contact" in (await elsewhere.get("/shop/forgotten")).text
        assert (await asks(elsewhere)).status_code == 303
        assert await waiting(db) == 0, "a link to an address that anybody may name is sent to nobody"
        local = await elsewhere.post(
            "http://127.0.0.1:8080/shop/forgotten", data={"email": HANA["email"]},
            headers={"sec-fetch-site": "same-origin"},
        )  # fmt: skip
        assert (local.status_code, await waiting(db)) == (303, 1)
