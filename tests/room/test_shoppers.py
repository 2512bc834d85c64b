"""Persons in the database: bound to their rows, sealed anew under load, reached, and never half erased."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from msgspec.structs import replace

from sangdan.flows import erase_shopper
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Conn, Pool, run, value
from sangdan.kit.ids import Ids
from sangdan.kit.settings import Settings, load
from sangdan.kit.vault import SealBrokenError, Vault
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import NoSuchShopper, WasErased
from sangdan.order.shoppers.model import Person, Reach, Recipient, Trade

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
KIM = Person(name="홍길동", phone="010-0000-1234", email="kim@example.com", lines=("서울 중구 1",))
DOOR = Recipient(name="성춘향", phone="010-0000-5678", lines=("서울 중구 2",))
IDS = Ids(seed=7)


@pytest.fixture
def settings() -> Settings:
    return load()


@pytest.fixture
async def vault(db: Pool, settings: Settings) -> Vault:
    return await Vault.open(db, settings, SimClock(AT))


async def put(db: Pool, vault: Vault, shopper_id: str, person: Person = KIM) -> list[str]:
    async with db.transaction() as conn:
        return await shoppers.put(conn, vault, "market", shopper_id, person, "shop", AT, IDS)


async def reached(db: Pool, vault: Vault, shopper_id: str) -> Reach | None:
    async with db.transaction() as conn:
        return await shoppers.reach(conn, vault, "market", shopper_id)


async def keys_in_use(db: Pool) -> set[int]:
    async with db.transaction() as conn:
        rows = await conn.execute(
            "SELECT key_id FROM shoppers.person UNION SELECT key_id FROM shoppers.recipient "
            "UNION SELECT key_id FROM shoppers.kept"
        )
        return {row[0] for row in await rows.fetchall() if row[0] is not None}


async def test_a_shopper_is_reached_as_they_wish(db: Pool, vault: Vault) -> None:
    await put(db, vault, "kim", replace(KIM, locale="en", channels=("email", "sms")))
    async with db.transaction() as conn:
        for kind, given in (("ads", True), ("ads_night", True), ("ads_night", False)):
            assert kind in ("ads", "ads_night")
            await shoppers.consent(conn, "market", "kim", kind, given, "signup", "shop", AT)

    assert await reached(db, vault, "kim") == Reach(
        "en", "홍길동", "01000001234", "kim@example.com", ("email", "sms"), frozenset({"ads"})
    )
    assert await reached(db, vault, "nobody") is None


async def test_what_is_known_so_is_not_written_again(db: Pool, vault: Vault) -> None:
    assert await put(db, vault, "kim") == ["name", "phone", "email", "lines", "locale", "channels"]
    assert await put(db, vault, "kim", replace(KIM, phone="+82 10 0000 1234")) == []
    assert await put(db, vault, "kim", replace(KIM, email=None)) == ["email"]
    async with db.transaction() as conn:
        changes = await shoppers.changes(conn, "kim", "market", 10)
    assert sorted(len(each.fields) for each in changes) == [1, 6]


async def test_a_sealed_value_moved_to_another_row_does_not_open(db: Pool, vault: Vault) -> None:
    await put(db, vault, "kim")
    await put(db, vault, "lee", replace(KIM, name="이몽룡"))
    async with db.transaction() as conn:
        await run(
            conn,
            "UPDATE shoppers.person p SET sealed = o.sealed FROM shoppers.person o "
            "WHERE p.shopper_id = 'kim' AND o.shopper_id = 'lee'",
        )
    with pytest.raises(SealBrokenError, match=r"shoppers\.person/market/kim"):
        await reached(db, vault, "kim")


async def fill(db: Pool, vault: Vault, persons: int) -> None:
    for number in range(persons):
        await put(db, vault, f"s-{number}", replace(KIM, name=f"홍길동 {number}"))
    async with db.transaction() as conn:
        for number in range(persons):
            order_id = UUID(int=number + 1)
            await shoppers.put_recipient(
                conn, vault, order_id, "market", f"s-{number}", replace(DOOR, note=f"문 {number}"), "shop", AT, IDS
            )
        trades = [Trade(UUID(int=1), "delivered", AT)]
        await shoppers.erase(conn, vault, "market", "s-0", trades, "shop", AT, IDS)


async def seal_all(db: Pool, vault: Vault, limit: int) -> int:
    sealed = 0
    while True:
        async with db.transaction() as conn:
            done = await shoppers.seal_again(conn, vault, limit)
        if not done:
            return sealed
        sealed += done


async def test_a_rotation_that_was_interrupted_goes_on(db: Pool, vault: Vault, settings: Settings) -> None:
    await fill(db, vault, 12)
    running = await Vault.open(db, settings, SimClock(AT))
    async with db.transaction() as conn:
        await vault.rotate(conn, AT)
    async with db.transaction() as conn:
        first = await shoppers.seal_again(conn, vault, 5)
    async with db.transaction() as conn, conn.transaction(force_rollback=True):
        await shoppers.seal_again(conn, vault, 5)
    assert await keys_in_use(db) == {1, 2}
    async with db.transaction() as conn:
        assert await vault.retire(conn) == []

    another = await Vault.open(db, settings, SimClock(AT))
    assert first + await seal_all(db, another, 5) == 11 + 11 + 2
    assert await keys_in_use(db) == {2}
    async with db.transaction() as conn:
        assert await another.retire(conn) == [1]

    found = await reached(db, running, "s-7")
    assert found is not None
    assert found.name == "홍길동 7", "a server that ran all the while reads on"
    async with db.transaction() as conn:
        assert (await shoppers.recipient(conn, running, UUID(int=8))).note == "문 7"
        assert [each.kept.name for each in await shoppers.kept(conn, running, "market", "s-0")] == [
            "성춘향",
            "홍길동 0",
        ]
        found_by_phone = await shoppers.find(conn, running, "010-0000-1234", None, "market")
        assert len(found_by_phone) == 11


async def test_servers_write_on_while_keys_change(db: Pool, vault: Vault, settings: Settings) -> None:
    await fill(db, vault, 6)
    running = await Vault.open(db, settings, SimClock(AT))

    async def rotate() -> None:
        for _ in range(3):
            async with db.transaction() as conn:
                await vault.rotate(conn, AT)
            await seal_all(db, vault, 2)
            async with db.transaction() as conn:
                await vault.retire(conn)

    async def write(number: int) -> None:
        for turn in range(6):
            await put(db, running, f"s-{number}", replace(KIM, name=f"홍길동 {number} {turn}"))

    await asyncio.gather(rotate(), *(write(number) for number in range(1, 6)))
    await seal_all(db, vault, 2)
    async with db.transaction() as conn:
        await vault.retire(conn)

    assert await keys_in_use(db) == {4}
    for number in range(1, 6):
        found = await reached(db, running, f"s-{number}")
        assert found is not None
        assert found.name == f"홍길동 {number} 5"


async def test_two_rotations_at_once_leave_everything_readable(db: Pool, vault: Vault, settings: Settings) -> None:
    await fill(db, vault, 8)
    other = await Vault.open(db, settings, SimClock(AT))

    async def rotate(each: Vault) -> None:
        async with db.transaction() as conn:
            await each.rotate(conn, AT)
        await seal_all(db, each, 3)

    await asyncio.gather(rotate(vault), rotate(other))
    await seal_all(db, vault, 3)
    async with db.transaction() as conn:
        await vault.retire(conn)
        for number in range(1, 8):
            assert (await shoppers.recipient(conn, other, UUID(int=number + 1))).note == f"문 {number}"
    assert len(await keys_in_use(db)) == 1


async def erase(conn: Conn, vault: Vault, shopper_id: str) -> shoppers.Erased:
    return await erase_shopper.erase(conn, vault, "market", shopper_id, "shop", AT, IDS)


async def test_erasure_and_writing_at_once_leave_nobody_half_there(db: Pool, vault: Vault) -> None:
    """Either the write came first and went with the erasure, or it is refused."""
    for turn in range(8):
        shopper_id = f"s-{turn}"
        await put(db, vault, shopper_id)

        async def go(shopper_id: str = shopper_id) -> None:
            async with db.transaction() as conn:
                await erase(conn, vault, shopper_id)

        async def name(shopper_id: str = shopper_id, turn: int = turn) -> None:
            async with db.transaction() as conn:
                await shoppers.put_recipient(
                    conn, vault, UUID(int=turn + 1), "market", shopper_id, DOOR, "shop", AT, IDS
                )

        writes = [put(db, vault, shopper_id, replace(KIM, name="허준")), name(), go(), go()]
        answers = await asyncio.gather(*writes, return_exceptions=True)
        assert all(answer is None or isinstance(answer, list | WasErased) for answer in answers), answers
        assert await reached(db, vault, shopper_id) is None
    async with db.transaction() as conn:
        assert await value(conn, "SELECT count(*) FROM shoppers.person WHERE sealed IS NOT NULL") == 0
        assert await value(conn, "SELECT count(*) FROM shoppers.recipient") == 0
        assert await value(conn, "SELECT count(*) FROM kit.event WHERE type = 'shoppers.erased'") == 8


async def test_an_erasure_that_rolls_back_erases_nothing(db: Pool, vault: Vault) -> None:
    await put(db, vault, "kim")
    async with db.transaction() as conn, conn.transaction(force_rollback=True):
        await erase(conn, vault, "kim")
    assert await reached(db, vault, "kim") is not None


async def test_a_stranger_cannot_be_erased_and_leaves_no_row(db: Pool, vault: Vault) -> None:
    with pytest.raises(NoSuchShopper):
        async with db.transaction() as conn:
            await erase(conn, vault, "nobody")
    async with db.transaction() as conn:
        assert await value(conn, "SELECT count(*) FROM shoppers.person") == 0


async def test_somebody_who_only_consented_can_be_erased(db: Pool, vault: Vault) -> None:
    async with db.transaction() as conn:
        await shoppers.consent(conn, "market", "kim", "ads", True, "signup", "shop", AT)
        await erase(conn, vault, "kim")
        assert [each.given for each in await shoppers.consents(conn, "market", "kim")] == [True, False]
    with pytest.raises(WasErased):
        await put(db, vault, "kim")


async def test_the_member_behind_the_last_shop_is_emptied(db: Pool, vault: Vault) -> None:
    async def born() -> int | None:
        async with db.transaction() as conn:
            return await value(conn, "SELECT birth_year FROM orders.member WHERE member_id = 'kim'")

    async with db.transaction() as conn:
        await run(conn, "INSERT INTO orders.member (member_id, birth_year, postcode) VALUES ('kim', 1991, '04524')")
        await shoppers.put(conn, vault, "other", "kim", KIM, "shop", AT, IDS)
    await put(db, vault, "kim")
    async with db.transaction() as conn:
        await erase(conn, vault, "kim")
    assert await born() == 1991, "another shop still knows the member"
    async with db.transaction() as conn:
        await erase_shopper.erase(conn, vault, "other", "kim", "shop", AT, IDS)
    assert await born() is None
