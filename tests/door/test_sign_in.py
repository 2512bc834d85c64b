"""How people come in: password and code, links that let in once, and what keeps those out who guess."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest
from litestar import Request
from pyotp.totp import TOTP

from sangdan.doors.api.app import House
from sangdan.doors.web import entry
from sangdan.doors.web.errors import SignInWrong
from sangdan.doors.web.people.asker import address_of
from sangdan.doors.web.people.entrance import (
    TRIES_ACCOUNT,
    TRIES_ADDRESS,
    TRIES_EVERYWHERE,
    TRIES_WITHIN,
    Entrance,
)
from sangdan.doors.web.sessions import COOKIE, HALF_LASTS, IDLE, LASTS, Sessions
from sangdan.flows import admit_staff
from sangdan.kit import access, audit
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.staff import codes
from sangdan.kit.tries import TooManyTries, Tries

from .pages import FROM_HERE, PASSWORD, browser, noted, person, post, token_in, without_assets

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BY_HAND: Final = {"sec-fetch-site": "none"}
FORGET: Final = timedelta(seconds=6)


@pytest.fixture
def wall() -> SimClock:
    """Real time, in the test's hand."""
    return SimClock(NOON)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was remembered of a session is asked anew."""
    without_assets(monkeypatch)
    monkeypatch.setattr("sangdan.doors.web.sessions.REMEMBERED_S", 0.0)


@pytest.fixture
async def web(house: House, wall: SimClock) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house, wall) as opened:
        yield opened


async def told(web: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    return await post(web, "/sign-in", name=name, password=password)


async def enrolled(web: httpx.AsyncClient, wall: SimClock, name: str) -> tuple[TOTP, list[str]]:
    """Somebody has told the password for the first time: their phone is set up, and they are in."""
    assert (await told(web, name)).headers["location"] == "/sign-in/enrol?to="
    letters = re.search(r'class="letters">([A-Z2-7 ]+)<', (await web.get("/sign-in/enrol")).text)
    assert letters is not None
    phone = TOTP(letters[1].replace(" ", ""))
    paper = await post(web, "/sign-in/enrol", code=phone.at(wall.now()))
    assert paper.status_code == 200, paper.text
    return phone, re.findall(r"<li><code>([A-Z2-9-]{14})</code>", paper.text)


async def is_in(web: httpx.AsyncClient) -> bool:
    return (await web.get("/me")).status_code == 200


async def test_an_operator_comes_in_by_password_and_code_and_a_code_is_taken_once(
    web: httpx.AsyncClient, db: Pool, wall: SimClock
) -> None:
    await person(db, "kim", "tower")
    phone, paper = await enrolled(web, wall, "kim")
    assert (await is_in(web), len(set(paper))) == (True, codes.PAPER_CODES)

    web.cookies.clear()
    assert (await told(web, "kim")).headers["location"] == "/sign-in/code?to="
    assert not await is_in(web), "a password alone lets nobody in"
    used = await post(web, "/sign-in/code", code=phone.at(wall.now()))
    assert (used.status_code, await is_in(web)) == (403, False)
    wall.set(NOON + timedelta(seconds=codes.STEP_S))
    fresh = phone.at(wall.now())
    assert (await post(web, "/sign-in/code", code=fresh)).headers["location"] == "/tower"
    assert await is_in(web)
    assert await noted(db, "staff/kim") == ["staff.codes-set-up", "session.opened", "session.opened"]


async def test_a_code_on_paper_is_good_once(web: httpx.AsyncClient, db: Pool, wall: SimClock) -> None:
    await person(db, "kim", "tower")
    _, paper = await enrolled(web, wall, "kim")
    for expected in (303, 403):
        web.cookies.clear()
        await told(web, "kim")
        assert (await post(web, "/sign-in/code", code=paper[3].lower())).status_code == expected
    assert paper[3].replace("-", "") not in await dump(db)


async def dump(db: Pool) -> str:
    """All that is kept of accounts, sessions and links, as text."""
    tables = ("staff", "recovery_code", "session", "ticket", "tries", "audit")
    async with db.transaction() as conn:
        rows = [await (await conn.execute(f"SELECT t::text FROM kit.{each} t".encode())).fetchall() for each in tables]
    return "\n".join(str(row) for each in rows for row in each)


async def test_no_password_token_address_or_secret_is_in_the_database(
    web: httpx.AsyncClient, db: Pool, wall: SimClock
) -> None:
    await person(db, "kim", "tower")
    phone, paper = await enrolled(web, wall, "kim")
    kept = await dump(db)
    for secret in (PASSWORD, phone.secret, web.cookies[COOKIE], paper[0], "127.0.0.1"):
        assert secret not in kept
    assert "argon2id" in kept


async def test_the_floor_needs_a_password_alone_and_is_led_to_its_own_page(web: httpx.AsyncClient, db: Pool) -> None:
    await person(db, "lee", "floor", "house", ("house-1",))
    assert (await told(web, "lee")).headers["location"] == "/floor"
    assert await is_in(web)
    assert (await web.get("/sign-in")).headers["location"] == "/floor"


async def test_whoever_is_unknown_and_whoever_is_wrong_get_the_same_answer(web: httpx.AsyncClient, db: Pool) -> None:
    await person(db, "lee", "floor", "house")
    answers = [await told(web, "lee", "wrong wrong wrong"), await told(web, "nobody"), await told(web, "", "")]
    shown = {re.sub(r'value="[^"]*"', "", each.text) for each in answers}
    assert ({each.status_code for each in answers}, len(shown)) == ({401}, 1)
    assert COOKIE not in web.cookies


async def test_an_account_is_barred_after_wrong_tries_and_opens_again(
    web: httpx.AsyncClient, db: Pool, wall: SimClock
) -> None:
    await person(db, "lee", "floor", "house")
    async with db.transaction() as conn:
        text = await admit_staff.invite(conn, audit.console(), "lee", NOON, NOON)
    for _ in range(TRIES_ACCOUNT):
        assert (await told(web, "lee", "wrong wrong wrong")).status_code == 401
    barred = await told(web, "lee")
    assert (barred.status_code, int(barred.headers["retry-after"]) > 0) == (429, True)
    assert not await is_in(web)
    assert (await web.get("/join", params={"token": text})).status_code == 200, "a link is no guess"
    wall.set(NOON + TRIES_WITHIN)
    assert (await told(web, "lee")).status_code == 303


async def test_tries_at_once_all_count_in_every_process(house: House, db: Pool, wall: SimClock) -> None:
    await person(db, "lee", "floor", "house")
    async with browser(house, wall) as one, browser(house, wall) as other:
        tries = [told(each, "lee", "wrong wrong wrong") for each in (one, other) * TRIES_ACCOUNT]
        seen = sorted(each.status_code for each in await asyncio.gather(*tries))
    assert seen == [401] * TRIES_ACCOUNT + [429] * TRIES_ACCOUNT


async def test_nobody_shuts_another_out_from_one_address(house: House, db: Pool, wall: SimClock) -> None:
    await person(db, "lee", "floor", "house")
    entrance = Entrance(Sessions(db, house.clock, wall), db, house.clock, wall, house.vault, Tries(db, wall))

    async def guess(address: str, times: int) -> None:
        for _ in range(times):
            with pytest.raises((SignInWrong, TooManyTries)):
                await entrance.with_password("lee", "x" * 200, address, "")  # too long: wrong without a computation

    await guess("198.51.100.9", TRIES_EVERYWHERE)
    assert (await entrance.with_password("lee", PASSWORD, "203.0.113.7", "")).step == "open"
    for other in range(TRIES_EVERYWHERE // TRIES_ACCOUNT):
        await guess(f"198.51.100.{other + 10}", TRIES_ACCOUNT)
    with pytest.raises(TooManyTries):  # all of them together guess no more than so often
        await entrance.with_password("lee", PASSWORD, "203.0.113.7", "")


@pytest.mark.parametrize(
    ("asks", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"), ("2001:db8::7", "2001:db8::/64"), ("2001:db8::8:1", "2001:db8::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"), ("unix", "unix"), ("192.0.2.7:50123", "192.0.2.7"),
        ("[2001:db8::7]:50123", "2001:db8::/64"), ("[2001:db8::7]", "2001:db8::/64"),
    ],
)  # fmt: skip
def test_whoever_has_a_network_is_one_who_asks(asks: str, counted_as: str) -> None:
    scope: Any = {"type": "http", "client": (asks, 1), "headers": []}
    assert address_of(Request(scope)) == counted_as


async def test_an_address_is_barred_whatever_it_guesses_and_those_who_come_in_do_not_count(
    web: httpx.AsyncClient, db: Pool, keys: dict[str, str]
) -> None:
    for _ in range(TRIES_ADDRESS + 5):
        assert (await post(web, "/sign-in", key=keys["tower"])).status_code == 303
        web.cookies.clear()
    for _ in range(TRIES_ADDRESS):
        assert (await post(web, "/sign-in", key="sgd_" + "1" * 64)).status_code == 401
    assert (await post(web, "/sign-in", key=keys["tower"])).status_code == 429


async def test_a_session_ends_unused_and_ends_in_any_case(
    web: httpx.AsyncClient, db: Pool, keys: dict[str, str], wall: SimClock
) -> None:
    idle = IDLE["tower"]
    await post(web, "/sign-in", key=keys["tower"])
    wall.set(NOON + idle - timedelta(seconds=1))
    assert await is_in(web)
    wall.set(NOON + idle + timedelta(hours=1))
    assert await is_in(web), "it was used meanwhile"
    wall.set(NOON + 2 * idle + timedelta(hours=1))
    assert not await is_in(web)

    began = wall.now()
    await post(web, "/sign-in", key=keys["tower"])
    while wall.now() + timedelta(hours=1) < began + LASTS:
        wall.set(wall.now() + timedelta(hours=1))
        assert await is_in(web)
    wall.set(began + LASTS)
    assert not await is_in(web)


async def test_whoever_told_the_password_has_minutes_for_the_code(
    web: httpx.AsyncClient, db: Pool, wall: SimClock
) -> None:
    await person(db, "kim", "tower")
    await told(web, "kim")
    wall.set(NOON + HALF_LASTS)
    assert (await web.get("/sign-in/enrol")).headers["location"] == "/sign-in"


async def test_signing_out_ends_a_copied_cookie_too(web: httpx.AsyncClient, db: Pool) -> None:
    await person(db, "lee", "floor", "house")
    await told(web, "lee")
    copied = {"cookie": f"{COOKIE}={web.cookies[COOKIE]}"}
    await post(web, "/sign-out")
    web.cookies.clear()
    assert (await web.get("/me", headers=copied)).status_code == 303


async def test_a_new_password_ends_all_sessions_but_the_one_that_asks(house: House, db: Pool, wall: SimClock) -> None:
    await person(db, "lee", "floor", "house")
    async with browser(house, wall) as here, browser(house, wall) as there:
        await told(here, "lee")
        await told(there, "lee")
        new = {"password": "quite another sentence", "again": "quite another sentence"}
        assert (await post(here, "/me/password", old="wrong wrong wrong", **new)).status_code == 422
        for unfit in ("short", "aaaaaaaaaaaa", "1234567890", "I am lee-lee here"):
            told_twice = {"password": unfit, "again": unfit}
            answer = await post(here, "/me/password", old=PASSWORD, **told_twice)
            assert (answer.status_code == 422) == (unfit != "I am lee-lee here"), unfit
        assert (await post(here, "/me/password", old="I am lee-lee here", **new)).status_code == 303
        assert (await is_in(here), await is_in(there)) == (True, False)
        assert (await told(there, "lee")).status_code == 401
        assert (await told(there, "lee", new["password"])).status_code == 303


async def test_sessions_are_listed_and_ended_one_by_one(house: House, db: Pool, wall: SimClock) -> None:
    await person(db, "lee", "floor", "house")
    await person(db, "han", "floor", "house")
    async with browser(house, wall) as here, browser(house, wall) as there, browser(house, wall) as stranger:
        there.headers["user-agent"] = "Mozilla/5.0 (Linux; Android 15) AppleWebKit Chrome/140 Safari/537"
        for each, name in ((here, "lee"), (there, "lee"), (stranger, "han")):
            await told(each, name)
        page = (await here.get("/me")).text
        assert "Chrome, Android" in page
        [other] = re.findall(r'name="session" value="([0-9a-f-]{36})"', page)
        await post(stranger, "/me/sessions", session=other)
        assert (await post(stranger, "/me/sessions", session="no id")).status_code == 422
        assert await is_in(there), "nobody ends another's session"
        await post(here, "/me/sessions", session=other)
        assert (await is_in(here), await is_in(there)) == (True, False)


# --- links that let in once


async def link(db: Pool, use: str = "client", holder: str = "shop") -> str:
    async with db.transaction() as conn:
        return await entry.entry_link(
            conn, "http://sangdan/", "client" if use == "client" else "staff", holder, NOON + LASTS
        )


async def test_an_entry_link_that_a_person_opens_signs_in_once(
    web: httpx.AsyncClient, db: Pool, keys: dict[str, str]
) -> None:
    address = await link(db)
    entered = await web.get(address, headers=BY_HAND)
    assert (entered.headers["refresh"], await is_in(web)) == ("0; url=/tower", True)
    web.cookies.clear()
    spent = await web.get(address, headers=BY_HAND)
    assert (spent.status_code, COOKIE in web.cookies) == (410, False)


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
        BY_HAND | {"sec-purpose": "prefetch;prerender"},
    ],
)  # fmt: skip
async def test_a_link_that_another_page_or_a_program_follows_is_asked_about_first(
    web: httpx.AsyncClient, db: Pool, keys: dict[str, str], headers: dict[str, str]
) -> None:
    address = await link(db)
    asked = await web.get(address, headers=headers)
    assert (asked.status_code, COOKIE in web.cookies) == (200, False)
    assert "shop" in asked.text
    token = token_in(address, "/enter")
    forged = await web.post("/enter", data={"token": token}, headers={"sec-fetch-site": "cross-site"})
    assert (forged.status_code, COOKIE in web.cookies) == (403, False)
    assert (await post(web, "/enter", token=token)).headers["location"] == "/tower"
    assert await is_in(web)


async def test_a_link_asks_whoever_is_signed_in_already_and_ends_that_session(
    web: httpx.AsyncClient, db: Pool, keys: dict[str, str]
) -> None:
    await post(web, "/sign-in", key=keys["ally"])
    before = {"cookie": f"{COOKIE}={web.cookies[COOKIE]}"}
    address = await link(db)
    assert "That session ends" in (await web.get(address, headers=BY_HAND)).text
    await post(web, "/enter", token=token_in(address, "/enter"))
    web.cookies.clear()
    assert (await web.get("/me", headers=before)).status_code == 303


async def test_a_link_ends_with_its_time_and_with_its_client(
    web: httpx.AsyncClient, db: Pool, keys: dict[str, str], wall: SimClock
) -> None:
    first, second = await link(db), await link(db)
    async with db.transaction() as conn:
        await access.revoke(conn, "shop", NOON)
    assert (await web.get(first, headers=BY_HAND)).status_code == 410
    wall.set(NOON + LASTS)
    assert (await web.get(second, headers=BY_HAND)).status_code == 410


async def test_an_invitation_is_taken_once_also_by_two_at_once(house: House, db: Pool, wall: SimClock) -> None:
    async with db.transaction() as conn:
        await admit_staff.admit(conn, audit.console(), "kim", "tower", None, None, NOON)
        text = await admit_staff.invite(conn, audit.console(), "kim", NOON, NOON)
    form = {"token": text, "password": PASSWORD, "again": PASSWORD}
    async with browser(house, wall) as one, browser(house, wall) as other:
        assert "kim" in (await one.get("/join", params={"token": text})).text
        assert (await post(one, "/join", **form | {"again": "another one here"})).status_code == 422
        assert (await post(one, "/join", **form | {"password": "kimkimkim1", "again": "kimkimkim1"})).status_code == 422
        both = await asyncio.gather(post(one, "/join", **form), post(other, "/join", **form))
        assert sorted(each.status_code for each in both) == [303, 410]
        assert {each.headers.get("location") for each in both} == {"/sign-in/enrol", None}


async def test_shutting_out_ends_sessions_and_links_and_a_lost_phone_is_set_up_again(
    house: House, db: Pool, wall: SimClock
) -> None:
    await person(db, "kim", "tower")
    async with browser(house, wall) as web:
        await enrolled(web, wall, "kim")
        async with db.transaction() as conn:
            await admit_staff.drop_codes(conn, audit.console(), "kim", NOON)
        assert not await is_in(web)
        assert (await told(web, "kim")).headers["location"] == "/sign-in/enrol?to="
        async with db.transaction() as conn:
            text = await admit_staff.invite(conn, audit.console(), "kim", NOON, NOON)
            await admit_staff.shut_out(conn, audit.console(), "kim", NOON)
        assert (await told(web, "kim")).status_code == 401
        assert (await web.get("/join", params={"token": text})).status_code == 410
        async with db.transaction() as conn:
            await admit_staff.let_in_again(conn, audit.console(), "kim", NOON)
        assert (await told(web, "kim")).status_code == 303


async def test_a_forged_cookie_is_none(web: httpx.AsyncClient, db: Pool) -> None:
    await person(db, "lee", "floor", "house")
    await told(web, "lee")
    good = web.cookies[COOKIE]
    async with db.transaction() as conn:
        kept: bytes = await value(conn, "SELECT token_hash FROM kit.session")
    for token in (good[:-1], good + "A", "", "*" * 60, "A" * 100_000, kept.hex()):
        web.cookies.clear()
        assert (await web.get("/me", headers={"cookie": f"{COOKIE}={token}"})).status_code == 303, token[:50]
    assert (await web.get("/me", headers={"cookie": f"{COOKIE}={good}"})).status_code == 200


async def test_the_page_that_was_wanted_comes_after_the_sign_in_and_never_another_site(
    web: httpx.AsyncClient, keys: dict[str, str]
) -> None:
    wanted = await post(web, "/sign-in", key=keys["tower"], to="/tower/orders?state=open")
    assert wanted.headers["location"] == "/tower/orders?state=open"
    for to in ("//evil", "/\\evil", "https://evil", "/tower\r\nx: y"):
        web.cookies.clear()
        assert (await post(web, "/sign-in", key=keys["tower"], to=to)).headers["location"] == "/tower"


async def test_a_revoked_key_s_session_ends(web: httpx.AsyncClient, db: Pool, keys: dict[str, str]) -> None:
    await post(web, "/sign-in", key=keys["ally"])
    assert await is_in(web)
    async with db.transaction() as conn:
        await access.revoke(conn, "ally", NOON)
    assert not await is_in(web)
    assert (await web.post("/sign-in", data={"key": keys["ally"]}, headers=FROM_HERE)).status_code == 401
