"""Members of a shop: signing up and in, of two at once, guessing, and being forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from sangdan.doors.api.app import House
from sangdan.doors.web.errors import SignInWrong
from sangdan.doors.web.people.members import IDLE, LASTS, TRIES_ACCOUNT, WITHIN, Entered, Members
from sangdan.flows import erase_shopper
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.ids import Ids
from sangdan.kit.passwords import PasswordUnfit
from sangdan.kit.staff import codes
from sangdan.kit.tries import TooManyTries, Tries
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import MemberExists, PersonUnfit
from sangdan.order.shoppers.model import Person

from .conftest import AT

NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOP: Final = "market"
KIM: Final = Person(name="김하나", email="Hana.Kim@example.com", phone="010-2345-6789")
SECRET: Final = "rain on the tin roof"
FROM: Final = ("203.0.113.7", "Chrome, Android")


@pytest.fixture
def wall() -> SimClock:
    return SimClock(NOON)


@pytest.fixture
def members(house: House, wall: SimClock, monkeypatch: pytest.MonkeyPatch) -> Members:
    monkeypatch.setattr("sangdan.doors.web.people.members.REMEMBERED_S", 0.0)
    return Members(house.pool, house.clock, wall, house.vault, Tries(house.pool, wall), Ids(seed=3))


async def kim(members: Members) -> Entered:
    return await members.sign_up(SHOP, KIM, SECRET, *FROM)


async def test_a_member_signs_up_comes_back_and_goes(members: Members) -> None:
    entered = await kim(members)
    assert await members.with_cookie(SHOP, entered.token) == entered.member
    assert await members.with_cookie("stranger", entered.token) is None, "another shop's page knows nobody"
    back = await members.sign_in(SHOP, " hana.kim@EXAMPLE.com ", SECRET, *FROM)
    assert back.member.shopper_id == entered.member.shopper_id
    assert len(await members.sessions(back.member)) == 2
    await members.sign_out(back.token)
    assert (await members.with_cookie(SHOP, back.token), await members.with_cookie(SHOP, None)) == (None, None)
    await members.sign_out_everywhere(entered.member)
    assert await members.with_cookie(SHOP, entered.token) is None


async def test_one_address_has_one_member_also_when_two_sign_up_at_once(members: Members) -> None:
    both = await asyncio.gather(*(kim(members) for _ in range(4)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in both) == ["Entered"] + ["MemberExists"] * 3
    await members.sign_up("house", KIM, SECRET, *FROM)  # another shop's member is somebody else


@pytest.mark.parametrize(
    ("person", "password", "problem"),
    [
        (Person(name="김하나"), SECRET, PersonUnfit),
        (Person(name="김하나", email="no address"), SECRET, PersonUnfit),
        (KIM, "short", PasswordUnfit),
        (KIM, "hana.kim rules", PasswordUnfit),
        (KIM, "x" * 200, PasswordUnfit),
    ],
)
async def test_who_cannot_sign_up(members: Members, person: Person, password: str, problem: type[Exception]) -> None:
    with pytest.raises(problem):
        await members.sign_up(SHOP, person, password, *FROM)


async def test_guessing_is_the_same_for_all_and_ends(members: Members, wall: SimClock) -> None:
    await kim(members)
    told: set[str] = set()
    for email in ("nobody@example.com", "no address", KIM.email or ""):
        with pytest.raises(SignInWrong) as wrong:
            await members.sign_in(SHOP, email, "wrong wrong wrong", *FROM)
        told.add(wrong.value.detail)
    assert len(told) == 1
    for _ in range(TRIES_ACCOUNT - 1):
        with pytest.raises(SignInWrong):
            await members.sign_in(SHOP, KIM.email or "", "wrong wrong wrong", "198.51.100.1", "")
    with pytest.raises(SignInWrong):
        await members.sign_in(SHOP, KIM.email or "", "wrong wrong wrong", "198.51.100.1", "")
    with pytest.raises(TooManyTries):
        await members.sign_in(SHOP, KIM.email or "", SECRET, "198.51.100.1", "")
    await members.sign_in(SHOP, KIM.email or "", SECRET, "198.51.100.2", "")
    wall.set(NOON + WITHIN)
    await members.sign_in(SHOP, KIM.email or "", SECRET, *FROM)


async def test_a_session_ends_unused_and_ends_in_any_case(members: Members, wall: SimClock) -> None:
    entered = await kim(members)
    wall.set(NOON + IDLE)
    assert await members.with_cookie(SHOP, entered.token) is None
    again = await members.sign_in(SHOP, KIM.email or "", SECRET, *FROM)
    began = wall.now()
    while wall.now() + timedelta(days=7) < began + LASTS:
        wall.set(wall.now() + timedelta(days=7))
        assert await members.with_cookie(SHOP, again.token) is not None
    wall.set(began + LASTS)
    assert await members.with_cookie(SHOP, again.token) is None


async def test_a_new_password_ends_the_other_sessions(members: Members) -> None:
    here, there = await kim(members), await members.sign_in(SHOP, KIM.email or "", SECRET, *FROM)
    with pytest.raises(SignInWrong):
        await members.change_password(here.member, "wrong wrong wrong", "snow on the tin roof")
    await members.change_password(here.member, SECRET, "snow on the tin roof")
    assert await members.with_cookie(SHOP, here.token) is not None
    assert await members.with_cookie(SHOP, there.token) is None
    with pytest.raises(SignInWrong):
        await members.sign_in(SHOP, KIM.email or "", SECRET, *FROM)


async def test_nobody_takes_another_s_address_by_changing_their_own(members: Members, house: House, db: Pool) -> None:
    await kim(members)
    lee = await members.sign_up(SHOP, Person(name="이두리", email="lee@example.com"), SECRET, *FROM)
    asked = (SHOP, lee.member.shopper_id)
    async with db.transaction() as conn:
        with pytest.raises(MemberExists):
            await shoppers.amend(conn, house.vault, *asked, KIM, "storefront", AT, Ids())
    async with db.transaction() as conn:
        changed = Person(name="이두리", email="lee.new@example.com")
        assert await shoppers.amend(conn, house.vault, *asked, changed, "storefront", AT, Ids()) == ["email"]
    assert (await members.sign_in(SHOP, "lee.new@example.com", SECRET, *FROM)).member.shopper_id == asked[1]


async def test_whoever_is_erased_is_signed_out_and_unknown(members: Members, house: House, db: Pool) -> None:
    entered = await kim(members)
    async with db.transaction() as conn:
        shopper_id = entered.member.shopper_id
        await erase_shopper.erase(conn, house.vault, SHOP, shopper_id, "storefront", AT, Ids())
    assert await members.with_cookie(SHOP, entered.token) is None
    with pytest.raises(SignInWrong):
        await members.sign_in(SHOP, KIM.email or "", SECRET, *FROM)
    async with db.transaction() as conn:
        assert await value(conn, "SELECT count(*) AS n FROM shoppers.membership") == 0
    assert (await kim(members)).member.shopper_id != entered.member.shopper_id


async def test_a_rotation_of_keys_leaves_everybody_able_to_come_in(members: Members, house: House, db: Pool) -> None:
    await kim(members)
    async with db.transaction() as conn:
        await house.vault.rotate(conn, AT)
        assert await shoppers.seal_again(conn, house.vault, 10) == 1
        assert await codes.seal_again(conn, house.vault, 10) == 0
        assert await house.vault.retire(conn) == [1]
    await members.sign_in(SHOP, KIM.email or "", SECRET, *FROM)
