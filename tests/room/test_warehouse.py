"""The floor: each parcel is picked, packed and handed over once, and no hour takes more than it can."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sangdan.kit.db import Conn, Pool, run, value
from sangdan.kit.gs1 import SerialsUsedUp, valid_sscc
from sangdan.kit.ids import Ids
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.errors import (
    BadCount,
    BadPrefix,
    NodeFull,
    NoPrefix,
    NoSuchTask,
    PrefixTaken,
    WrongState,
)
from sangdan.ship.warehouse.model import Task, Wanted, WantedLine

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=51)
START = (AT - timedelta(days=1), UUID(int=0))


def a_wish(*units: int, node_id: str = "icheon", due_s: int = 3600) -> Wanted:
    """A parcel with one line for each number of units."""
    lines = tuple(
        WantedLine(line_no=number, reservation_id=IDS.new(AT), sku=f"sku-{number}", owner_id="dairy", units=n)
        for number, n in enumerate(units, 1)
    )
    return Wanted(
        node_id=node_id,
        parcel_id=IDS.new(AT),
        order_id=IDS.new(AT),
        parcel_no=1,
        carrier_id="fast",
        service="next_day",
        due_at=AT + timedelta(seconds=due_s),
        lines=lines,
    )


async def on_floor(conn: Conn, *units: int, node_id: str = "icheon", prefix: str | None = "880123401") -> Wanted:
    """A parcel given to a floor that can number it."""
    wish = a_wish(*units, node_id=node_id)
    if prefix is not None:
        await warehouse.adopt_prefix(conn, node_id, prefix)
    await warehouse.release(conn, [wish])
    return wish


def all_of(wish: Wanted) -> dict[UUID, int]:
    return {line.reservation_id: line.units for line in wish.lines}


async def packed(conn: Conn, wish: Wanted) -> Task:
    await warehouse.pick(conn, wish.node_id, wish.parcel_id, all_of(wish), AT)
    return await warehouse.pack(conn, wish.node_id, wish.parcel_id, AT)


async def facts(conn: Conn, wish: Wanted) -> list[str]:
    told: list[str] | None = await value(
        conn, "SELECT array_agg(type ORDER BY sequence) FROM kit.event WHERE subject = %(id)s", id=str(wish.parcel_id)
    )
    return [name.removeprefix("warehouse.") for name in told or []]


async def hour(conn: Conn, node_id: str = "icheon") -> list[tuple[int, int]]:
    slots = await warehouse.used_slots(conn, [node_id], AT, AT + timedelta(hours=1))
    return [(slot.parcels, slot.parcels_max) for slot in slots]


async def test_a_parcel_crosses_the_floor(conn: Conn) -> None:
    wish = await on_floor(conn, 2, 1)
    for _ in range(2):
        await warehouse.pick(conn, wish.node_id, wish.parcel_id, all_of(wish), AT)
    numbers = [(await warehouse.pack(conn, wish.node_id, wish.parcel_id, AT)).sscc for _ in range(2)]
    gone, again = [await warehouse.hand_over(conn, wish.node_id, wish.parcel_id, AT) for _ in range(2)]
    assert again == gone
    assert (gone.state, gone.handed_over_at, gone.carrier_id) == ("handed_over", AT, "fast")
    assert gone.sscc is not None
    assert valid_sscc(gone.sscc)
    assert gone.sscc[1:10] == "880123401"
    assert numbers == [gone.sscc] * 2
    assert await facts(conn, wish) == ["picked", "packed", "handed_over"]
    assert [line.found for line in await warehouse.lines(conn, wish.node_id, wish.parcel_id)] == [2, 1]


async def test_the_same_parcel_is_given_to_the_floor_once(conn: Conn) -> None:
    wish = await on_floor(conn, 2, 1)
    await warehouse.pick(conn, wish.node_id, wish.parcel_id, all_of(wish), AT)
    await warehouse.release(conn, [wish, a_wish(1)])
    assert (await warehouse.task(conn, wish.node_id, wish.parcel_id)).state == "picked"
    assert len(await warehouse.lines(conn, wish.node_id, wish.parcel_id)) == 2


async def test_what_is_not_found_is_told_line_by_line(conn: Conn) -> None:
    wish = await on_floor(conn, 3, 1, 2)
    found = dict(zip(all_of(wish), (1, 1, 0), strict=True))
    assert (await warehouse.pick(conn, wish.node_id, wish.parcel_id, found, AT)).state == "picked"
    told = await value(conn, "SELECT data FROM kit.event WHERE subject = %(id)s", id=str(wish.parcel_id))
    assert told["found_units"] == 2
    assert [(each["line_no"], each["sku"], each["owner_id"], each["units"]) for each in told["short"]] == [
        (1, "sku-1", "dairy", 2), (3, "sku-3", "dairy", 2)
    ]  # fmt: skip


async def test_finding_nothing_ends_the_task(conn: Conn) -> None:
    wish = await on_floor(conn, 3)
    found = dict.fromkeys(all_of(wish), 0)
    for _ in range(2):
        assert (await warehouse.pick(conn, wish.node_id, wish.parcel_id, found, AT)).state == "cancelled"
    with pytest.raises(WrongState):
        await warehouse.pack(conn, wish.node_id, wish.parcel_id, AT)
    assert await facts(conn, wish) == ["picked"]


async def test_a_picker_cannot_change_their_mind(conn: Conn) -> None:
    wish = await on_floor(conn, 3)
    await warehouse.pick(conn, wish.node_id, wish.parcel_id, all_of(wish), AT)
    with pytest.raises(WrongState):
        await warehouse.pick(conn, wish.node_id, wish.parcel_id, dict.fromkeys(all_of(wish), 1), AT)


@pytest.mark.parametrize("units", [4, -1])
async def test_more_than_was_asked_for_cannot_be_found(conn: Conn, units: int) -> None:
    wish = await on_floor(conn, 3)
    with pytest.raises(BadCount):
        await warehouse.pick(conn, wish.node_id, wish.parcel_id, dict.fromkeys(all_of(wish), units), AT)


async def test_every_line_is_counted_and_no_other(conn: Conn) -> None:
    wish = await on_floor(conn, 1, 1)
    left_out = dict(list(all_of(wish).items())[:1])
    with pytest.raises(BadCount):
        await warehouse.pick(conn, wish.node_id, wish.parcel_id, left_out, AT)
    with pytest.raises(BadCount):
        await warehouse.pick(conn, wish.node_id, wish.parcel_id, {**all_of(wish), IDS.new(AT): 1}, AT)


async def test_steps_come_in_their_order(conn: Conn) -> None:
    wish = await on_floor(conn, 1)
    with pytest.raises(WrongState):
        await warehouse.pack(conn, wish.node_id, wish.parcel_id, AT)
    with pytest.raises(WrongState):
        await warehouse.hand_over(conn, wish.node_id, wish.parcel_id, AT)
    await packed(conn, wish)
    await warehouse.hand_over(conn, wish.node_id, wish.parcel_id, AT)
    with pytest.raises(WrongState):
        await warehouse.cancel(conn, wish.node_id, wish.parcel_id, AT)
    with pytest.raises(NoSuchTask):
        await warehouse.hand_over(conn, "gimpo", wish.parcel_id, AT)


async def test_twenty_hands_pack_and_hand_over_one_parcel_once(db: Pool) -> None:
    async with db.transaction() as conn:
        wish = await on_floor(conn, 1)

    async def work() -> str | None:
        async with db.transaction() as conn:
            number = (await packed(conn, wish)).sscc
            await warehouse.hand_over(conn, wish.node_id, wish.parcel_id, AT)
            return number

    numbers = await asyncio.gather(*(work() for _ in range(20)))
    assert len(set(numbers)) == 1
    async with db.transaction() as conn:
        assert await facts(conn, wish) == ["picked", "packed", "handed_over"]


async def test_numbers_are_given_out_once(db: Pool) -> None:
    async with db.transaction() as conn:
        await warehouse.adopt_prefix(conn, "icheon", "8801234017")
        wishes = [a_wish(1) for _ in range(20)]
        await warehouse.release(conn, wishes)

    async def work(wish: Wanted) -> str | None:
        async with db.transaction() as conn:
            return (await packed(conn, wish)).sscc

    numbers = [number for number in await asyncio.gather(*map(work, wishes)) if number]
    assert len(set(numbers)) == 20
    assert {number[:11] for number in numbers} == {"08801234017"}


async def test_the_extension_digit_opens_the_next_round_and_then_it_is_full(conn: Conn) -> None:
    wish, last = await on_floor(conn, 1, prefix="880123401712"), a_wish(1)
    await warehouse.release(conn, [last])
    for serial, wanted in ((10_000, wish), (100_000, last)):
        await run(conn, "UPDATE warehouse.sscc_serial SET next = %(next)s", next=serial)
        if wanted is wish:
            assert ((await packed(conn, wanted)).sscc or "").startswith("18801234017120000")
        else:
            with pytest.raises(SerialsUsedUp):
                await packed(conn, wanted)


async def test_a_floor_without_a_prefix_cannot_pack(conn: Conn) -> None:
    wish = await on_floor(conn, 1, node_id="gimpo", prefix=None)
    with pytest.raises(NoPrefix):
        await packed(conn, wish)


async def test_no_prefix_begins_with_another(conn: Conn) -> None:
    await warehouse.adopt_prefix(conn, "icheon", "8801234")
    for clash in ("8801234", "88012345", "88012"):
        with pytest.raises(PrefixTaken):
            await warehouse.adopt_prefix(conn, "gimpo", clash)
    await warehouse.adopt_prefix(conn, "gimpo", "8801235")
    await warehouse.adopt_prefix(conn, "icheon", "8801234")
    with pytest.raises(BadPrefix):
        await warehouse.adopt_prefix(conn, "icheon", "880")


async def test_a_prefix_told_again_gives_no_number_twice(conn: Conn) -> None:
    first = await packed(conn, await on_floor(conn, 1))
    second = await packed(conn, await on_floor(conn, 1))
    assert first.sscc != second.sscc


async def test_open_tasks_come_by_time_left(conn: Conn) -> None:
    late, soon, later = (a_wish(1, 2, due_s=due_s) for due_s in (-60, 600, 7200))
    await warehouse.release(conn, [later, late, soon, a_wish(1, node_id="gimpo")])
    work = await warehouse.open_tasks(conn, "icheon", START, 2, AT)
    assert [(each.task.parcel_id, each.left_s, len(each.lines)) for each in work] == [
        (late.parcel_id, -60, 2), (soon.parcel_id, 600, 2)
    ]  # fmt: skip
    after = (work[-1].task.due_at, work[-1].task.parcel_id)
    rest = await warehouse.open_tasks(conn, "icheon", after, 2, AT)
    assert [each.task.parcel_id for each in rest] == [later.parcel_id]
    await warehouse.cancel(conn, "icheon", late.parcel_id, AT)
    assert (await warehouse.open_tasks(conn, "icheon", START, 1, AT))[0].task.parcel_id == soon.parcel_id


async def test_no_hour_takes_more_parcels_than_it_can(db: Pool) -> None:
    async def claim() -> None:
        async with db.transaction() as conn:
            await warehouse.claim(conn, "icheon", IDS.new(AT), AT, 5)

    results = await asyncio.gather(*(claim() for _ in range(20)), return_exceptions=True)
    assert Counter(map(type, results)) == {type(None): 5, NodeFull: 15}
    async with db.transaction() as conn:
        assert await hour(conn) == [(5, 5)]
        assert await warehouse.drift(conn) == []


async def test_a_full_hour_leaves_the_transaction_usable(conn: Conn) -> None:
    parcel_id = IDS.new(AT)
    with pytest.raises(NodeFull):
        await warehouse.claim(conn, "icheon", parcel_id, AT, 0)
    taken = await warehouse.claim(conn, "icheon", parcel_id, AT + timedelta(hours=1), 1)
    assert await warehouse.claim(conn, "icheon", parcel_id, AT, 9) == taken
    assert await hour(conn) == []


async def test_a_place_is_given_back_once_and_a_used_one_never(conn: Conn) -> None:
    parcels = [IDS.new(AT) for _ in range(3)]
    for parcel_id in parcels:
        await warehouse.claim(conn, "icheon", parcel_id, AT, 3)
    await warehouse.use_claim(conn, "icheon", parcels[0])
    for parcel_id in [*parcels[:2], *parcels[:2], IDS.new(AT)]:
        await warehouse.release_claim(conn, "icheon", parcel_id)
    assert await hour(conn) == [(2, 3)]
    assert await warehouse.drift(conn) == []


@pytest.mark.parametrize(("worked", "left"), [(False, []), (True, [(1, 3)])])
async def test_cancelling_frees_the_hour_unless_somebody_worked_in_it(
    conn: Conn, worked: bool, left: list[tuple[int, int]]
) -> None:
    wish = await on_floor(conn, 1)
    await warehouse.claim(conn, wish.node_id, wish.parcel_id, AT, 3)
    if worked:
        await warehouse.pick(conn, wish.node_id, wish.parcel_id, all_of(wish), AT)
    for _ in range(2):
        await warehouse.cancel(conn, wish.node_id, wish.parcel_id, AT)
    assert await hour(conn) == left
    assert (await facts(conn, wish))[-1] == "cancelled"
    assert Counter(await facts(conn, wish))["cancelled"] == 1
    assert await warehouse.drift(conn) == []
