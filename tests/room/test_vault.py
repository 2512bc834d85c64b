"""The vault: what is sealed opens where it belongs and nowhere else, keys come and go, a lost key is told as such."""

import asyncio
import stat
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from sangdan.kit import master_key
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, run, value
from sangdan.kit.master_key import MasterKeyMissing, MasterKeyUnfit, MasterKeyWrong, new_master_key
from sangdan.kit.settings import Settings
from sangdan.kit.vault import KeyUnknownError, SealBrokenError, Vault, key_of

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CLOCK = SimClock(AT)
PLAIN = "홍길동".encode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An operator's own database, with the key in the settings."""
    return Settings(home=tmp_path, database_url="postgresql://me@db/shop", master_key=new_master_key())


async def test_what_is_sealed_opens_in_its_own_place_only(db: Pool, settings: Settings) -> None:
    vault = await Vault.open(db, settings, CLOCK)
    sealed = vault.seal(PLAIN, "person/market/kim")

    assert PLAIN not in sealed
    assert len(sealed) == len(PLAIN) + 33
    assert vault.seal(PLAIN, "person/market/kim") != sealed, "equal values do not look equal"
    assert vault.open_(sealed, "person/market/kim") == PLAIN
    with pytest.raises(SealBrokenError, match="person/market/lee"):
        vault.open_(sealed, "person/market/lee")


@pytest.mark.parametrize("place", [0, 6, 20, -1])
async def test_an_altered_value_does_not_open(db: Pool, settings: Settings, place: int) -> None:
    vault = await Vault.open(db, settings, CLOCK)
    sealed = bytearray(vault.seal(PLAIN, "x"))
    sealed[place] ^= 1
    with pytest.raises(SealBrokenError):
        vault.open_(bytes(sealed), "x")
    with pytest.raises(SealBrokenError):
        vault.open_(b"", "x")


async def test_servers_that_start_at_once_share_one_key(db: Pool, settings: Settings) -> None:
    vaults = await asyncio.gather(*(Vault.open(db, settings, CLOCK) for _ in range(8)))
    sealed = [vault.seal(PLAIN, "x") for vault in vaults]

    assert all(vault.open_(each, "x") == PLAIN for vault in vaults for each in sealed)
    assert len({vault.index("010", "phone") for vault in vaults}) == 1
    assert vaults[0].index("010", "phone") != vaults[0].index("010", "email")


async def test_a_mistyped_key_is_told(db: Pool, settings: Settings) -> None:
    await Vault.open(db, settings, CLOCK)
    with pytest.raises(MasterKeyWrong, match="mistyped"):
        await Vault.open(db, replace(settings, master_key=new_master_key()), CLOCK)


async def test_a_database_of_ones_own_wants_a_key(db: Pool, settings: Settings) -> None:
    with pytest.raises(MasterKeyMissing, match="SANGDAN_MASTER_KEY"):
        await Vault.open(db, replace(settings, master_key=None), CLOCK)


async def test_beside_the_embedded_database_a_key_is_made_once(db: Pool, tmp_path: Path) -> None:
    embedded = Settings(home=tmp_path / "home")
    file = embedded.home / master_key.FILE
    vaults = await asyncio.gather(*(Vault.open(db, embedded, CLOCK) for _ in range(4)))
    sealed = vaults[0].seal(PLAIN, "x")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in embedded.home.iterdir()] == [master_key.FILE]
    assert (await Vault.open(db, embedded, CLOCK)).open_(sealed, "x") == PLAIN

    file.chmod(0o640)
    with pytest.raises(MasterKeyUnfit, match="chmod 600"):
        await Vault.open(db, embedded, CLOCK)
    file.chmod(0o600)
    file.write_text("not a key\n")
    with pytest.raises(MasterKeyUnfit, match="64 hexadecimal"):
        await Vault.open(db, embedded, CLOCK)
    file.unlink()
    with pytest.raises(MasterKeyMissing, match="gone"):
        await Vault.open(db, embedded, CLOCK)
    assert not file.exists(), "a new key would hide that the old one is lost"


async def test_a_key_that_is_needed_cannot_be_retired(db: Pool, settings: Settings) -> None:
    vault, other = [await Vault.open(db, settings, CLOCK) for _ in range(2)]
    sealed = vault.seal(PLAIN, "x")
    async with db.transaction() as conn:
        await run(
            conn,
            "INSERT INTO shoppers.person (shopper_id, shop_id, sealed, key_id, changed_at) "
            "VALUES ('kim', 'market', %(sealed)s, %(key_id)s, %(at)s)",
            sealed=sealed,
            key_id=key_of(sealed),
            at=AT,
        )
    async with db.transaction() as conn:
        assert await vault.rotate(conn, AT) == 2
        assert await vault.retire(conn) == []
        assert vault.open_(sealed, "x") == PLAIN
    newer = vault.seal(PLAIN, "x")
    with pytest.raises(KeyUnknownError):
        other.open_(newer, "x")
    async with db.transaction() as conn:
        await other.learn(conn)
        assert other.open_(newer, "x") == PLAIN
        assert key_of(other.seal(PLAIN, "x")) == 2
        assert set(other.indexes("010", "phone")) > {other.index("010", "phone")}
        await run(conn, "DELETE FROM shoppers.person")
        assert await other.retire(conn) == [1]
    with pytest.raises(KeyUnknownError):
        other.open_(sealed, "x")


async def test_a_key_in_use_is_held_until_its_transaction_ends(db: Pool, settings: Settings) -> None:
    """A server that has taken the old key, and not yet written with it, must not lose what it is about to write."""
    vault, other = [await Vault.open(db, settings, CLOCK) for _ in range(2)]
    async with db.transaction() as writing:
        assert await other.ready(writing) == 1
        async with db.transaction() as conn:
            await vault.rotate(conn, AT)
        async with db.transaction() as conn:
            await run(conn, "SET LOCAL lock_timeout = '100ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                await vault.retire(conn)


async def test_the_master_key_changes_under_running_servers(db: Pool, tmp_path: Path) -> None:
    embedded = Settings(home=tmp_path)
    running, command = [await Vault.open(db, embedded, CLOCK) for _ in range(2)]
    sealed = running.seal(PLAIN, "x")
    before = (tmp_path / master_key.FILE).read_text()
    master_key.prepare_next(embedded)
    master_key.prepare_next(embedded)
    command = await Vault.open(db, embedded, CLOCK)
    async with db.transaction() as conn:
        assert await command.wrap_again(conn) == 1
    assert (await Vault.open(db, embedded, CLOCK)).open_(sealed, "x") == PLAIN, "killed before the file is taken"
    master_key.take_next(embedded)
    master_key.take_next(embedded)

    assert (tmp_path / master_key.FILE).read_text() != before
    async with db.transaction() as conn:
        await command.rotate(conn, AT)
    async with db.transaction() as conn:
        await running.learn(conn)  # wrapped by a key that this process has not read yet
    assert key_of(running.seal(PLAIN, "x")) == 2
    (tmp_path / master_key.FILE).write_text(before)
    with pytest.raises(MasterKeyWrong):
        await Vault.open(db, embedded, CLOCK)


async def test_the_master_key_in_the_settings_changes_while_both_are_known(db: Pool, settings: Settings) -> None:
    sealed = (await Vault.open(db, settings, CLOCK)).seal(PLAIN, "x")
    following = new_master_key()
    both = await Vault.open(db, replace(settings, master_key_next=following), CLOCK)
    async with db.transaction() as conn:
        await both.wrap_again(conn)

    assert (await Vault.open(db, replace(settings, master_key=following), CLOCK)).open_(sealed, "x") == PLAIN
    with pytest.raises(MasterKeyWrong):
        await Vault.open(db, settings, CLOCK)


async def test_no_key_lies_in_the_database(db: Pool, settings: Settings) -> None:
    vault = await Vault.open(db, settings, CLOCK)
    assert settings.master_key is not None
    async with db.transaction() as conn:
        wrapped: bytes = await value(conn, "SELECT wrapped FROM kit.data_key")
    assert len(wrapped) == 12 + 32 + 16
    assert bytes.fromhex(settings.master_key) not in wrapped
    assert settings.master_key not in repr(vars(vault).get("_keys"))
