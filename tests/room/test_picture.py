"""The picture of the stock: what it says is what the database says, whoever changes it and whatever dies meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import psycopg
import pytest

from sangdan.flows.picture import Seen, Shelves
from sangdan.flows.picture import following as follower_module
from sangdan.flows.picture.following import FORGET_AFTER, ChangesUntold, Follower
from sangdan.flows.picture.layout import Mapped, Room, Word
from sangdan.flows.picture.shelves import NAME
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock import errors as stock_errors
from sangdan.offer.stock.model import Cell, Held, Reservation
from sangdan.offer.stock.queries import following

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=4)
NODES = ["icheon", "yongin", "store-1", "store-2"]
SKUS = [f"sku-{number}" for number in range(12)]
OWNERS = ["dairy", "market"]


@asynccontextmanager
async def followed(url: str, folder: Path) -> AsyncGenerator[Follower]:
    """A follower of the folder's picture, in this process."""
    follower, stop = Follower(url, folder, WallClock()), asyncio.Event()
    task = asyncio.create_task(follower.keep(stop))
    try:
        yield follower
    finally:
        stop.set()
        await task


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look until something holds; fail when it takes too long."""
    async with asyncio.timeout(60):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.01)


async def shelves_of(db: Pool, folder: Path) -> Shelves:
    async with db.connection() as conn:
        return await Shelves.open(conn, folder)


async def database(db: Pool) -> list[Cell]:
    async with db.connection() as conn:
        return await stock.available(conn, SKUS)


def ordered(seen: Seen) -> list[Cell]:
    return sorted(seen.cells, key=lambda cell: (cell.node_id, cell.sku, cell.owner_id))


async def same(db: Pool, shelves: Shelves) -> Seen:
    """Wait until the picture says what the database says of every SKU, and give it."""
    last: list[Seen] = []

    async def says_so() -> bool:
        seen = shelves.look(SKUS)
        if seen is None:
            return False
        last[:] = [seen]
        return ordered(seen) == await database(db)

    await until(says_so)
    return last[0]


async def receive(db: Pool, node: str, sku: str, units: int, owner: str = "dairy") -> None:
    async with db.transaction() as conn:
        await stock.receive(conn, node, IDS.new(AT), sku, owner, units, "test", AT)


class Changes:
    """Random changes of the stock by its own verbs, some of them undone, some in long transactions."""

    def __init__(self, db: Pool, seed: int) -> None:
        self._db = db
        self._random = Random(seed)
        self._holds: list[Reservation] = []
        self._held: list[Held] = []

    async def one(self) -> None:
        verbs = (
            self._receive,
            self._reserve,
            self._release,
            self._hold,
            self._lose,
            self._ship,
            self._count,
            self._due,
        )
        verb = self._random.choice(verbs)
        try:
            async with self._db.transaction() as conn:
                await verb(conn)
                if self._random.random() < 0.2:
                    await asyncio.sleep(self._random.random() / 10)
                if self._random.random() < 0.1:
                    undo()
        except Undone:
            self._holds.clear()  # some of them are not there any more
            self._held.clear()
        except stock_refusals():
            pass

    def _cell(self) -> tuple[str, str, str]:
        return self._random.choice(NODES), self._random.choice(SKUS), self._random.choice(OWNERS)

    async def _receive(self, conn: Conn) -> None:
        node, sku, owner = self._cell()
        await stock.receive(conn, node, IDS.new(AT), sku, owner, self._random.randint(1, 9), "test", AT)

    async def _reserve(self, conn: Conn) -> None:
        node, sku, owner = self._cell()
        wanted = Reservation(node, IDS.new(AT), sku, owner, 1, AT + timedelta(minutes=9))
        self._holds.append(await stock.reserve(conn, wanted, AT))

    async def _release(self, conn: Conn) -> None:
        if self._holds:
            held = self._holds.pop()
            data = {"node_id": held.node_id}
            await stock.expire(conn, str(held.reservation_id), data, AT)

    async def _hold(self, conn: Conn) -> None:
        node, sku, owner = self._cell()
        held = Held(node, IDS.new(AT), 1, sku, owner, 2, None)
        if await stock.hold(conn, IDS.new(AT), held, AT):
            self._held.append(held)

    async def _lose(self, conn: Conn) -> None:
        if self._held:
            held = self._held.pop()
            await stock.lose(conn, held.node_id, [(held.reservation_id, 2)], "test", AT)

    async def _ship(self, conn: Conn) -> None:
        if self._held:
            held = self._held.pop()
            await stock.ship(conn, held.node_id, [(held.reservation_id, 2)], "test", AT)

    async def _count(self, conn: Conn) -> None:
        cells = sorted({self._cell() for _ in range(6)})
        rows = [f"{line},{','.join(cell)},{self._random.randint(20, 40)},1" for line, cell in enumerate(cells)]
        await stock.count(conn, "\n".join(rows).encode(), AT, f"count {IDS.new(AT)}")

    async def _due(self, conn: Conn) -> None:
        node, sku, owner = self._cell()
        name = f"in-{IDS.new(AT)}"
        await stock.expect(conn, f"1,{node},{name},{sku},{owner},3,2026-11-25T00:00:00Z,".encode())
        await stock.arrive(conn, node, name, IDS.new(AT), AT)


class Undone(Exception):
    """A transaction is rolled back."""


def undo() -> None:
    raise Undone


def stock_refusals() -> tuple[type[Exception], ...]:
    return (stock_errors.OutOfStock, psycopg.errors.DeadlockDetected, AssertionError)


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_any_changes_by_anybody_it_says_what_the_database_says(
    db: Pool, url: str, tmp_path: Path, seed: int
) -> None:
    for sku in SKUS[:6]:
        await receive(db, "icheon", sku, 5)
    shelves = await shelves_of(db, tmp_path)
    async with followed(url, tmp_path):

        async def change(number: int) -> None:
            changes = Changes(db, 100 * seed + number)
            for _ in range(40):
                await changes.one()

        await asyncio.gather(*(change(number) for number in range(6)))
        assert (await same(db, shelves)).cells
        standing = shelves.standing()
        assert standing is not None
        assert standing.applied > 100
        async with db.connection() as conn:
            assert await stock.drift(conn) == []


async def test_a_long_transaction_holds_up_nobody_and_is_not_missed(db: Pool, url: str, tmp_path: Path) -> None:
    """It draws its number early and commits late: who pages by numbers misses it."""
    await receive(db, "icheon", SKUS[0], 5)
    await receive(db, "yongin", SKUS[1], 5)
    shelves = await shelves_of(db, tmp_path)
    async with followed(url, tmp_path):
        await same(db, shelves)
        async with db.transaction() as slow:
            await stock.receive(slow, "icheon", IDS.new(AT), SKUS[0], "dairy", 1, "slow", AT)
            for _ in range(30):
                await receive(db, "yongin", SKUS[1], 1)
            seen = await same(db, shelves)
            assert [cell.units for cell in ordered(seen)] == [5, 35]
        assert [cell.units for cell in ordered(await same(db, shelves))] == [6, 35]


async def test_what_ran_before_anybody_followed_is_waited_for(db: Pool, url: str, tmp_path: Path) -> None:
    """Its change was not written down: nobody followed. The picture must be made after it has ended."""
    await receive(db, "icheon", SKUS[0], 5)
    shelves = await shelves_of(db, tmp_path)
    async with db.transaction() as slow:
        await stock.receive(slow, "icheon", IDS.new(AT), SKUS[0], "dairy", 1, "slow", AT)
        async with followed(url, tmp_path):
            await until(lambda: listed(db))
            assert shelves.look(SKUS) is None
            await slow.execute("COMMIT")
            assert [cell.units for cell in (await same(db, shelves)).cells] == [6]
            await slow.execute("BEGIN")


async def listed(db: Pool) -> bool:
    async with db.connection() as conn:
        row = await (await conn.execute("SELECT count(*) FROM stock.follower")).fetchone()
    assert row is not None
    return bool(row[0])


async def test_nothing_is_written_down_while_nobody_follows(db: Pool) -> None:
    await receive(db, "icheon", SKUS[0], 5)
    assert await told(db) == 0
    async with db.connection() as conn:
        await following.follow(conn, IDS.new(AT), AT)
    await receive(db, "icheon", SKUS[0], 5)
    assert await told(db) == 1


async def told(db: Pool) -> int:
    async with db.connection() as conn:
        row = await (await conn.execute("SELECT count(*) FROM stock.change")).fetchone()
    assert row is not None
    return int(row[0])


async def test_a_writer_that_looks_at_an_older_instant_is_heard_as_well(db: Pool) -> None:
    async with db.transaction() as conn:
        await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        await conn.execute("SELECT 1")
        async with db.connection() as other:
            await following.follow(other, IDS.new(AT), AT)
        await stock.receive(conn, "icheon", IDS.new(AT), SKUS[0], "dairy", 1, "old", AT)
    assert await told(db) == 1


async def test_every_way_to_change_a_shelf_is_seen_also_by_hand(db: Pool, url: str, tmp_path: Path) -> None:
    await receive(db, "icheon", SKUS[0], 5)
    await receive(db, "icheon", SKUS[1], 5)
    shelves = await shelves_of(db, tmp_path)
    by_hand = (
        "UPDATE stock.balance SET on_hand = 7 WHERE sku = 'sku-0'",
        "DELETE FROM stock.balance WHERE sku = 'sku-0'",
        "INSERT INTO stock.balance (node_id, sku, owner_id, on_hand) VALUES ('yongin', 'sku-9', 'market', 3)",
        "WITH x AS (UPDATE stock.balance SET safety = 1) INSERT INTO stock.balance (node_id, sku, owner_id, on_hand) "
        "VALUES ('store-1', 'sku-8', 'market', 4)",
        "INSERT INTO stock.balance (node_id, sku, owner_id, on_hand) SELECT 'n-' || n, 'sku-7', 'market', n "
        "FROM generate_series(1, 11000) AS n",
        "TRUNCATE stock.balance",
    )
    async with followed(url, tmp_path):
        for statement in by_hand:
            async with db.transaction() as conn:
                await conn.execute(statement.encode())
            await same(db, shelves)


async def test_what_shops_share_and_what_is_awaited_the_database_is_asked(db: Pool, url: str, tmp_path: Path) -> None:
    for sku in SKUS[:3]:
        await receive(db, "icheon", sku, 5)
    shelves = await shelves_of(db, tmp_path)
    async with followed(url, tmp_path):
        await same(db, shelves)
        async with db.transaction() as conn:
            await stock.expect(conn, b"1,icheon,in-1,sku-0,dairy,3,2026-11-25T00:00:00Z,\n")
            await conn.execute("UPDATE stock.balance SET allotted = true WHERE sku = 'sku-1'")

        async def heard() -> bool:
            seen = shelves.look(SKUS[:4])
            return seen is not None and (seen.unclear, seen.awaited) == (["sku-1", "sku-3"], ["sku-0", "sku-3"])

        await until(heard)
    async with followed(url, tmp_path):  # and the same from a file, and made anew
        await until(heard)
    (tmp_path / NAME).unlink()
    async with followed(url, tmp_path):
        await until(heard)


async def test_it_goes_on_with_the_file_that_it_left(db: Pool, url: str, tmp_path: Path) -> None:
    await receive(db, "icheon", SKUS[0], 5)
    shelves = await shelves_of(db, tmp_path)
    async with followed(url, tmp_path):
        await same(db, shelves)
    inode = (tmp_path / NAME).stat().st_ino
    await receive(db, "icheon", SKUS[0], 5)
    async with followed(url, tmp_path):
        assert [cell.units for cell in (await same(db, shelves)).cells] == [10]
    assert (tmp_path / NAME).stat().st_ino == inode


async def test_who_died_while_writing_is_gone_on_from(db: Pool, url: str, tmp_path: Path) -> None:
    """A turn that never ended: readers ask the database until the next follower has written the same again."""
    await receive(db, "icheon", SKUS[0], 5)
    shelves = await shelves_of(db, tmp_path)
    async with followed(url, tmp_path):
        await same(db, shelves)
    half = Mapped(tmp_path / NAME, writable=True)
    half.words[Word.TURN] += 1
    half.cells[0] = 999 << 32
    half.words[Word.AS_OF] = follower_module.now_ns()
    assert shelves.look(SKUS) is None
    await receive(db, "icheon", SKUS[0], 1)
    async with followed(url, tmp_path):
        assert [cell.units for cell in (await same(db, shelves)).cells] == [6]


async def test_who_was_forgotten_makes_it_anew(db: Pool, url: str, tmp_path: Path) -> None:
    await receive(db, "icheon", SKUS[0], 5)
    shelves = await shelves_of(db, tmp_path)
    async with followed(url, tmp_path):
        await same(db, shelves)
    await receive(db, "icheon", SKUS[0], 1)

    async def forgotten() -> bool:
        async with db.transaction() as conn:
            await following.tidy(conn, WallClock().now() + FORGET_AFTER)
        return await told(db) == 0

    await until(forgotten)  # a transaction anywhere on the server may hold some back
    await receive(db, "icheon", SKUS[0], 1)
    inode = (tmp_path / NAME).stat().st_ino
    async with followed(url, tmp_path):
        assert [cell.units for cell in (await same(db, shelves)).cells] == [7]
    assert (tmp_path / NAME).stat().st_ino != inode


async def test_what_a_follower_needs_is_kept(db: Pool) -> None:
    async with db.connection() as conn:
        await following.follow(conn, IDS.new(AT), AT)
        instant = (await following.changes(conn, IDS.new(AT), "1:1:"))[0].instant
        await receive(db, "icheon", SKUS[0], 5)
        await following.tidy(conn, AT - FORGET_AFTER)
        assert [row.told for row in await following.changes(conn, IDS.new(AT), instant)] == ["icheon sku-0 dairy 5 0"]


async def test_a_file_of_another_database_is_not_believed(
    db: Pool, url: str, second_db: Pool, empty_url: str, tmp_path: Path
) -> None:
    await receive(db, "icheon", SKUS[0], 5)
    await receive(second_db, "icheon", SKUS[0], 8)
    shelves, other = await shelves_of(db, tmp_path), await shelves_of(second_db, tmp_path)
    async with followed(url, tmp_path):
        await same(db, shelves)
        assert other.look(SKUS) is None
    async with followed(empty_url, tmp_path):
        assert [cell.units for cell in (await same(second_db, other)).cells] == [8]
        assert shelves.look(SKUS) is None


async def test_one_follows_a_folder_and_another_takes_over(db: Pool, url: str, tmp_path: Path) -> None:
    await receive(db, "icheon", SKUS[0], 5)
    shelves = await shelves_of(db, tmp_path)
    async with followed(url, tmp_path):
        await same(db, shelves)
        async with followed(url, tmp_path):
            await receive(db, "icheon", SKUS[0], 5)
            await same(db, shelves)
        await receive(db, "icheon", SKUS[0], 5)
        await same(db, shelves)


async def test_triggers_that_are_off_are_noticed(db: Pool, url: str, tmp_path: Path) -> None:
    async with db.transaction() as conn:
        await conn.execute("ALTER TABLE stock.balance DISABLE TRIGGER note_update")
    with pytest.raises(ChangesUntold):
        await Follower(url, tmp_path, WallClock()).keep(asyncio.Event())


async def test_a_file_that_is_full_is_made_anew_larger(
    db: Pool, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody reads: never anything but what the database held before or after."""
    monkeypatch.setattr("sangdan.flows.picture.building._LEAST", Room(skus=4, cells=8, codes=64))
    await receive(db, "icheon", SKUS[0], 5)
    shelves = await shelves_of(db, tmp_path)
    async with followed(url, tmp_path):
        await same(db, shelves)
        inodes = {(tmp_path / NAME).stat().st_ino}
        for sku in SKUS:
            for node in NODES:
                await receive(db, node, sku, 1)
                seen = shelves.look(SKUS[:1])
                assert seen is None or seen.cells[0].units in (5, 6)
                inodes.add((tmp_path / NAME).stat().st_ino)
        assert len((await same(db, shelves)).cells) == len(SKUS) * len(NODES)
        inodes.add((tmp_path / NAME).stat().st_ino)
    assert len(inodes) > 1
