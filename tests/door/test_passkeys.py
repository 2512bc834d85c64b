"""Passkeys: made by whoever has just signed in, shown in place of a password or after it, and refused to all others."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest
from msgspec.structs import replace

from sangdan.doors.api.app import House
from sangdan.doors.web.people.devices import ANSWER_WITHIN, FRESH_FOR
from sangdan.doors.web.sessions import COOKIE
from sangdan.flows import admit_staff
from sangdan.kit import audit, passkeys
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool
from sangdan.kit.passkeys import Owner
from sangdan.kit.staff import accounts, codes
from sangdan.kit.staff.accounts import Role

from .device import PRESENT, VERIFIED, Device
from .pages import FROM_HERE, PAGE, PASSWORD, browser, noted, person, post, without_assets

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOWER: Final = "https://tower.example"


@pytest.fixture
def wall() -> SimClock:
    """Real time, in the test's hand."""
    return SimClock(NOON)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_assets(monkeypatch)
    monkeypatch.setattr("sangdan.doors.web.sessions.REMEMBERED_S", 0.0)


@pytest.fixture
async def house(house: House) -> House:
    """A server whose name is known, behind a proxy that calls it otherwise."""
    return replace(house, settings=replace(house.settings, public_url=f"{TOWER}/"))


@pytest.fixture
async def web(house: House, wall: SimClock) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(house, wall) as opened:
        yield opened


async def asked(web: httpx.AsyncClient, path: str) -> dict[str, Any]:
    answer = await web.post(f"{path}/asked", headers=FROM_HERE)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def owner(
    web: httpx.AsyncClient, db: Pool, name: str = "lee", role: Role = "floor", device: Device | None = None
) -> Device:
    """Somebody who has signed in and made a passkey, and has left again."""
    made = device or Device()
    await person(db, name, role, None if role == "tower" else "house")
    await post(web, "/sign-in", name=name, password=PASSWORD)
    path = "/sign-in/enrol/passkey" if role == "tower" else "/me/passkeys"
    kept = await post(web, path, credential=made.make(await asked(web, path), TOWER), label="  my   phone ")
    assert kept.status_code in (200, 303), kept.text
    await post(web, "/sign-out")
    return made


async def shown(web: httpx.AsyncClient, credential: str, path: str = "/sign-in/passkey") -> httpx.Response:
    return await post(web, path, credential=credential)


async def test_a_passkey_alone_lets_in_and_each_step_is_noted(web: httpx.AsyncClient, db: Pool) -> None:
    phone = await owner(web, db, "lee", device=Device(synced=True, counts=False))
    for _ in range(2):
        came = await shown(web, phone.show(await asked(web, "/sign-in/passkey"), TOWER))
        assert (came.status_code, came.headers["location"]) == (303, "/floor")
    mine = (await web.get("/me")).text
    assert re.findall(r"<b>(my phone)</b>", mine) == ["my phone"]
    assert "on your devices" in mine
    async with db.transaction() as conn:
        [kept] = await passkeys.of(conn, Owner("staff", "lee"))
    assert (kept.host, kept.synced, kept.backed_up, kept.used_at) == ("tower.example", True, True, NOON)
    passkey = f"/me/passkeys/{kept.passkey_id}/remove"
    assert (await post(web, passkey)).headers["location"] == "/me?done=passkey-gone"
    assert (await post(web, passkey)).status_code == 404
    assert (await shown(web, phone.show(await asked(web, "/sign-in/passkey"), TOWER))).status_code == 403
    assert await noted(db, "staff/lee") == [
        "session.opened", "staff.passkey-added", "session.opened", "session.opened", "staff.passkey-removed",
    ]  # fmt: skip


def other_challenge(asked: dict[str, Any]) -> dict[str, Any]:
    return {**asked, "challenge": "A" * 43}


Forged = Callable[[Device, dict[str, Any]], str]
FORGED: Final[dict[str, Forged]] = {
    "of another site": lambda device, asked: device.show(asked, "https://tower.example.evil.test"),
    "without encryption": lambda device, asked: device.show(asked, "http://tower.example"),
    "signed for another name": lambda device, asked: device.show(asked, TOWER, host="evil.test"),
    "inside another site's frame": lambda device, asked: device.show(asked, TOWER, crossOrigin=True),
    "with a challenge of its own": lambda device, asked: device.show(other_challenge(asked), TOWER),
    "by whoever holds the device": lambda device, asked: device.show(asked, TOWER, PRESENT),
    "with nobody there": lambda device, asked: device.show(asked, TOWER, VERIFIED),
    "made, and not shown": lambda device, asked: device.show(asked, TOWER, type="webauthn.create"),
    "unknown": lambda device, asked: Device().show(asked, TOWER),
    "signed with another key": lambda device, asked: with_key_of(Device(), device).show(asked, TOWER),
    "for another account": lambda device, asked: owned(device, b"x" * 32).show(asked, TOWER),
}


def with_key_of(other: Device, device: Device) -> Device:
    other.credential_id, other.owner = device.credential_id, device.owner
    return other


def owned(device: Device, by: bytes) -> Device:
    device.owner = by
    return device


async def test_whatever_is_wrong_gets_one_answer(web: httpx.AsyncClient, db: Pool) -> None:
    phone = await owner(web, db)
    owns = phone.owner
    told: set[str] = set()
    for forged in FORGED.values():
        refused = await shown(web, forged(phone, await asked(web, "/sign-in/passkey")))
        assert refused.status_code == 403, refused.text
        told.add(refused.text)
        phone.owner = owns
    assert (len(told), COOKIE in web.cookies) == (1, False)
    assert (await shown(web, phone.show(await asked(web, "/sign-in/passkey"), TOWER))).status_code == 303


async def test_an_answer_is_good_once_and_for_five_minutes(web: httpx.AsyncClient, db: Pool, wall: SimClock) -> None:
    phone = await owner(web, db)
    answer = phone.show(await asked(web, "/sign-in/passkey"), TOWER)
    both = await asyncio.gather(shown(web, answer), shown(web, answer))
    assert sorted(each.status_code for each in both) == [303, 403]
    late = phone.show(await asked(web, "/sign-in/passkey"), TOWER)
    wall.set(NOON + ANSWER_WITHIN)
    assert (await shown(web, late)).status_code == 403


async def test_a_copy_of_a_device_is_refused(web: httpx.AsyncClient, db: Pool) -> None:
    phone = await owner(web, db)
    assert (await shown(web, phone.show(await asked(web, "/sign-in/passkey"), TOWER))).status_code == 303
    phone.count = 0  # the copy was made before
    assert (await shown(web, phone.show(await asked(web, "/sign-in/passkey"), TOWER))).status_code == 403


@pytest.mark.parametrize(
    "credential",
    ["", "{}", "[]", "null", "x" * 20_000, "[" * 9_000, '{"id": 1}', json.dumps({"id": "AA", "rawId": "AA"}),
     json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {
         "clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA", "attestationObject": "gYGBgYGBgYE"}})],
)  # fmt: skip
async def test_whatever_is_sent_gets_an_answer(web: httpx.AsyncClient, db: Pool, credential: str) -> None:
    assert (await shown(web, credential)).status_code == 403
    await person(db, "lee", "floor", "house")
    await post(web, "/sign-in", name="lee", password=PASSWORD)
    assert (await shown(web, credential, "/me/passkeys")).status_code == 403


async def test_a_passkey_stands_for_the_code_of_its_own_account_alone(web: httpx.AsyncClient, db: Pool) -> None:
    phone, strangers = await owner(web, db, "kim", "tower"), await owner(web, db, "lee")
    assert (await post(web, "/sign-in", name="kim", password=PASSWORD)).headers["location"] == "/sign-in/code?to="
    half, second = web.cookies[COOKIE], "/sign-in/code/passkey"
    assert (await web.get("/me")).status_code == 303, "a password alone lets nobody in"
    assert (await shown(web, strangers.show(await asked(web, second), TOWER), second)).status_code == 403
    anybodys = await asked(web, "/sign-in/passkey")
    assert (await shown(web, phone.show(anybodys, TOWER), second)).status_code == 403
    came = await shown(web, phone.show(await asked(web, second), TOWER, PRESENT), second)
    assert (came.headers["location"], web.cookies[COOKIE] == half) == ("/tower", False)
    web.cookies.set(COOKIE, half)
    assert (await web.get("/sign-in/code")).status_code == 303, "the half-open session has ended"


async def test_whoever_enrols_by_passkey_needs_no_codes_and_a_password_adds_none(
    web: httpx.AsyncClient, house: House, db: Pool, wall: SimClock
) -> None:
    await person(db, "kim", "tower")
    async with browser(house, wall) as thief:
        await post(thief, "/sign-in", name="kim", password=PASSWORD)
        assert (await thief.get("/sign-in/enrol")).status_code == 200
        await post(web, "/sign-in", name="kim", password=PASSWORD)
        path, phone = "/sign-in/enrol/passkey", Device()
        paper = await post(web, path, credential=phone.make(await asked(web, path), TOWER))
        found = re.findall(r"<li><code>([A-Z2-9-]{14})</code>", paper.text)
        assert len(found) == codes.PAPER_CODES
        assert (await thief.get("/sign-in/enrol")).headers["location"] == "/sign-in", "whoever was half in is out"
        await post(thief, "/sign-in", name="kim", password=PASSWORD)
        assert (await thief.get("/sign-in/enrol")).status_code == 409
        assert (await thief.post(f"{path}/asked", headers=FROM_HERE)).status_code == 409
    web.cookies.clear()
    await post(web, "/sign-in", name="kim", password=PASSWORD)
    assert (await post(web, "/sign-in/code", code=found[0])).headers["location"] == "/tower"


async def test_ways_in_change_only_just_after_signing_in(web: httpx.AsyncClient, db: Pool, wall: SimClock) -> None:
    await owner(web, db)
    await post(web, "/sign-in", name="lee", password=PASSWORD)
    options = await asked(web, "/me/passkeys")
    async with db.transaction() as conn:
        [kept] = await passkeys.of(conn, Owner("staff", "lee"))
    wall.set(NOON + FRESH_FOR + timedelta(seconds=1))
    refused = [
        await web.post("/me/passkeys/asked", headers=FROM_HERE),
        await post(web, "/me/passkeys", credential=Device().make(options, TOWER)),
        await post(web, f"/me/passkeys/{kept.passkey_id}/remove"),
    ]
    assert [each.status_code for each in refused] == [403] * 3
    assert "Sign in again" in (await web.get("/me")).text
    assert (await post(web, "/me/again")).headers["location"] == "/sign-in?to=/me"
    assert (await web.get("/me")).status_code == 303


async def test_the_last_proof_stays_with_its_owner_and_goes_with_the_phone(web: httpx.AsyncClient, db: Pool) -> None:
    phone = await owner(web, db, "kim", "tower")
    await shown(web, phone.show(await asked(web, "/sign-in/passkey"), TOWER))
    async with db.transaction() as conn:
        [first] = await passkeys.of(conn, Owner("staff", "kim"))
    last = await post(web, f"/me/passkeys/{first.passkey_id}/remove")
    assert (last.status_code, "add another passkey" in last.text) == (409, True)
    again = await asked(web, "/me/passkeys")
    assert [each["id"] for each in again["excludeCredentials"]] == [json.loads(phone.make(again, TOWER))["id"]]
    assert (await post(web, "/me/passkeys", credential=Device().make(again, TOWER))).status_code == 303
    assert (await post(web, f"/me/passkeys/{first.passkey_id}/remove")).status_code == 303
    async with db.transaction() as conn:
        await admit_staff.drop_codes(conn, audit.console(), "kim", NOON)
        assert await passkeys.of(conn, Owner("staff", "kim")) == []
    assert (await web.get("/me")).status_code == 303
    assert (await post(web, "/sign-in", name="kim", password=PASSWORD)).headers["location"] == "/sign-in/enrol?to="


async def test_whoever_is_shut_out_and_a_challenge_of_somebody_else_let_nobody_in(
    web: httpx.AsyncClient, house: House, db: Pool, wall: SimClock
) -> None:
    phone = await owner(web, db)
    await person(db, "yun", "floor", "house")
    async with browser(house, wall) as other:
        await post(other, "/sign-in", name="yun", password=PASSWORD)
        taken = Device().make(await asked(other, "/me/passkeys"), TOWER)
        await post(web, "/sign-in", name="lee", password=PASSWORD)
        assert (await post(web, "/me/passkeys", credential=taken)).status_code == 403
        same = phone.make(await asked(other, "/me/passkeys"), TOWER)
        assert (await post(other, "/me/passkeys", credential=same)).status_code == 403, "it is lee's"
    await post(web, "/sign-out")
    phone.owner = b""
    async with db.transaction() as conn:
        await accounts.disable(conn, "lee", NOON)
    assert (await shown(web, phone.show(await asked(web, "/sign-in/passkey"), TOWER))).status_code == 403


async def test_an_account_has_ten_and_each_has_a_name(web: httpx.AsyncClient, db: Pool) -> None:
    await owner(web, db)
    await post(web, "/sign-in", name="lee", password=PASSWORD)
    for label, status in (("x" * 61, 422), *((f"phone {n}", 303) for n in range(9)), ("one more", 409)):
        made = Device().make(await asked(web, "/me/passkeys"), TOWER)
        assert (await post(web, "/me/passkeys", credential=made, label=label)).status_code == status, label


@pytest.mark.parametrize(
    ("public_url", "address", "host"),
    [
        (None, "http://localhost:8080", "localhost"),
        (None, "http://127.0.0.1:8080", None),
        (None, "https://tower.example", None),
        ("https://tower.example", "http://10.0.0.5:8080", "tower.example"),
        ("http://tower.example", "http://tower.example", None),
        ("https://10.0.0.5", "https://10.0.0.5", None),
    ],
)
async def test_where_there_are_passkeys(
    house: House, wall: SimClock, public_url: str | None, address: str, host: str | None
) -> None:
    here = replace(house, settings=replace(house.settings, public_url=public_url))
    async with browser(here, wall) as web:
        page = await web.get(f"{address}/sign-in", headers=PAGE)
        options = await web.post(f"{address}/sign-in/passkey/asked", headers=FROM_HERE)
    assert (f'data-host="{host}"' in page.text) == (host is not None)
    assert options.status_code == (409 if host is None else 200)
    assert host is None or options.json()["rpId"] == host
