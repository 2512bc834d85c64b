"""Counting shelves while orders take from them: no movement is lost, no cell is oversold, nobody waits for ever."""

import asyncio
from datetime import UTC, datetime
from random import Random

from sangdan.kit.db import Conn, Pool, run, value
from sangdan.kit.ids import Ids
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.errors import OutOfStock
from sangdan.offer.stock.model import Reservation

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=1)
CELLS = [f"sku-{number:02}" for number in range(40)]


def counted(units: dict[str, int], *, safety: str = "") -> bytes:
    return "".join(
        f"{line},icheon,{sku},dairy,{each},{safety}\n" for line, (sku, each) in enumerate(units.items(), start=2)
    ).encode()


async def cells(conn: Conn) -> dict[str, tuple[int, int, int]]:
    found = await stock.balances(conn, None, None, None, ("", "", ""), 100)
    return {cell.sku: (cell.on_hand, cell.reserved, cell.safety) for cell in found}


async def test_the_difference_is_the_movement(conn: Conn) -> None:
    first = await stock.count(conn, counted({"milk": 10, "rice": 0}), AT, "first")
    assert (first.changed, first.refused) == (2, [])
    again = await stock.count(conn, counted({"milk": 10, "rice": 0}), AT, "again")
    assert again.changed == 0
    other = await stock.count(conn, counted({"milk": 7, "rice": 3}, safety="2"), AT, "other")
    assert other.changed == 2
    assert await cells(conn) == {"milk": (7, 0, 2), "rice": (3, 0, 2)}
    moved = await value(
        conn, "SELECT array_agg(ARRAY[sku::text, units::text, reference] ORDER BY sku, units) FROM stock.movement"
    )
    assert moved == [["milk", "-3", "other"], ["milk", "10", "first"], ["rice", "3", "other"]]
    assert await stock.drift(conn) == []


async def test_safety_is_kept_when_a_count_does_not_say(conn: Conn) -> None:
    await stock.count(conn, counted({"milk": 10}, safety="4"), AT, "first")
    await stock.count(conn, counted({"milk": 9}), AT, "second")
    assert await cells(conn) == {"milk": (9, 0, 4)}


async def test_a_count_and_back_is_two_movements(conn: Conn) -> None:
    for units in (5, 7, 5):
        assert (await stock.count(conn, counted({"milk": units}), AT, "same name, same instant")).changed == 1
    assert await cells(conn) == {"milk": (5, 0, 0)}
    assert await stock.drift(conn) == []


async def test_counting_and_selling_at_once(db: Pool) -> None:
    """Four counters and twenty buyers on the same forty cells, half of which nobody has seen before."""
    random = Random(1)
    async with db.transaction() as conn:
        await stock.count(conn, counted(dict.fromkeys(CELLS[:20], 30)), AT, "before")

    async def count(name: str) -> None:
        for turn in range(5):
            shuffled = random.sample(CELLS, len(CELLS))
            async with db.transaction() as conn:
                await stock.count(conn, counted({sku: random.randint(0, 40) for sku in shuffled}), AT, f"{name}-{turn}")

    async def buy() -> int:
        bought = 0
        for sku in random.sample(CELLS, 10):
            wanted = Reservation(
                node_id="icheon", reservation_id=IDS.new(AT), sku=sku, owner_id="dairy", units=1, expires_at=AT
            )
            try:
                async with db.transaction() as conn:
                    await stock.reserve(conn, wanted, AT)
                bought += 1
            except OutOfStock:
                continue
        return bought

    counts = [count(name) for name in ("one", "two", "three", "four")]
    done = await asyncio.gather(*counts, *(buy() for _ in range(20)))
    async with db.transaction() as conn:
        assert await stock.drift(conn) == []
        assert await stock.oversold(conn) == 0
        assert sum(reserved for _, reserved, _ in (await cells(conn)).values()) == sum(each or 0 for each in done[4:])


async def test_supply_moves_until_it_is_promised_or_received(conn: Conn) -> None:
    expected = "2,icheon,asn-1,milk,dairy,{units},2026-11-24T05:00:00Z,\n"
    assert (await stock.expect(conn, expected.format(units=10).encode())).changed == 1
    assert (await stock.expect(conn, expected.format(units=10).encode())).changed == 0
    assert (await stock.expect(conn, expected.format(units=12).encode())).changed == 1
    await run(conn, "UPDATE stock.inbound SET reserved = 8")
    fewer = await stock.expect(conn, expected.format(units=7).encode())
    assert [each.reason for each in fewer.refused] == ["units: 7 expected, but 8 are promised"]
    other = await stock.expect(conn, expected.replace("milk", "rice").format(units=20).encode())
    assert [each.reason for each in other.refused] == ["inbound_id: asn-1 is milk of dairy: take another id"]
    await run(conn, "UPDATE stock.inbound SET received_at = %(at)s", at=AT)
    late = await stock.expect(conn, expected.format(units=20).encode())
    assert [each.reason for each in late.refused] == ["inbound_id: asn-1 was received already"]
    same = await stock.expect(conn, expected.format(units=12).encode())
    assert (same.changed, same.refused) == (0, [])
