"""The counter: who waits together is decided together, in arrival order, and nobody is harmed by anybody else."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest
from msgspec.structs import replace

from sangdan.flows.place_order import Claim, Short, Taken, place_batch
from sangdan.flows.place_order import counter as counter_module
from sangdan.flows.place_order.counter import Counter, CounterFull
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn, Pool, run, value
from sangdan.kit.problems import Conflict
from sangdan.offer.stock import commands as stock

from .placing_cases import AT, IDS, a_taken
from .waiting import until_it_waits


class Unfit(Conflict):
    code = "unfit"


SHORT: Short = {"what": "shelf", "node_id": "icheon", "sku": "milk"}


async def shelf(db: Pool, units: int, sku: str = "milk") -> None:
    async with db.transaction() as conn:
        await stock.receive(conn, "icheon", IDS.new(AT), sku, "dairy", units, "test", AT)


async def placed(counter: Counter, wishes: Sequence[Taken]) -> list[list[Short]]:
    """All at once, in this order."""
    return await asyncio.gather(*(counter.place(wish) for wish in wishes))


async def orders(db: Pool) -> int:
    async with db.transaction() as conn:
        assert await stock.drift(conn) == []
        return await value(conn, "SELECT count(*) FROM orders.order")


async def test_who_comes_first_is_served_first_and_each_in_whole_or_not_at_all(db: Pool) -> None:
    """Three units: the second asks for more than is left after the first, and the third can still be served."""
    await shelf(db, 3)
    wishes = [a_taken(units=2), a_taken(units=2), a_taken(units=1), a_taken(units=1)]
    assert await placed(Counter(db, WallClock(), 100), wishes) == [[], [SHORT], [], [SHORT]]
    assert await orders(db) == 2


async def test_a_crowd_for_the_last_units(db: Pool) -> None:
    await shelf(db, 20)
    wishes = [a_taken() for _ in range(120)]
    assert await placed(Counter(db, WallClock(), 1000), wishes) == [[]] * 20 + [[SHORT]] * 100
    assert await orders(db) == 20


async def test_two_counters_on_one_database(db: Pool) -> None:
    await shelf(db, 60)
    counters = [Counter(db, WallClock(), 1000) for _ in range(3)]
    wishes = [[a_taken() for _ in range(40)] for _ in counters]
    told = await asyncio.gather(*(placed(counter, each) for counter, each in zip(counters, wishes, strict=True)))
    assert sorted(each for some in told for each in some) == [[]] * 60 + [[SHORT]] * 60
    assert await orders(db) == 60


async def test_who_breaks_a_batch_breaks_only_itself(db: Pool) -> None:
    await shelf(db, 10)
    broken = replace(a_taken(), order_ref="no\0text")
    told = await asyncio.gather(*one_line(db, [a_taken(), broken, a_taken()]), return_exceptions=True)
    assert [told[0], told[2]] == [[], []]
    assert isinstance(told[1], Exception)
    assert await orders(db) == 2


def one_line(db: Pool, wishes: Sequence[Taken]) -> list["asyncio.Future[list[Short]]"]:
    counter = Counter(db, WallClock(), 100)
    return [asyncio.ensure_future(counter.place(wish)) for wish in wishes]


async def test_what_is_written_beside_an_order_may_refuse_it(db: Pool) -> None:
    async def refuse(conn: Conn) -> None:
        raise Unfit("not like this")

    await shelf(db, 10)
    counter = Counter(db, WallClock(), 100)
    told = await asyncio.gather(
        counter.place(a_taken()), counter.place(a_taken(), refuse), counter.place(a_taken()), return_exceptions=True
    )
    assert (told[0], told[2], type(told[1])) == ([], [], Unfit)
    assert await orders(db) == 2


async def test_whoever_spoils_batches_costs_the_others_little(db: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred orders and three that break: what cannot be read is looked for by halves, what is refused is known."""
    trips = list[int]()

    async def counted(conn: Conn, batch: Sequence[Taken], at: datetime, *, locked: bool) -> list[list[Short]]:
        trips.append(len(batch))
        return await place_batch(conn, batch, at, locked=locked)

    async def refuse(_conn: Conn) -> None:
        raise Unfit("not like this")

    monkeypatch.setattr(counter_module, "place_batch", counted)
    await shelf(db, 200)
    counter = Counter(db, WallClock(), 1000)
    broken = replace(a_taken(), order_ref="no\0text")
    asked = [counter.place(a_taken(per_hour=1000)) for _ in range(100)]
    asked[30:30] = [counter.place(a_taken(per_hour=1000), refuse), counter.place(broken)]
    asked.append(counter.place(a_taken(per_hour=1000), refuse))
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert [each for each in told if isinstance(each, Exception)] == [told[30], told[31], told[-1]]
    assert [type(told[at]) for at in (30, -1)] == [Unfit, Unfit]
    assert await orders(db) == 100
    assert len(trips) <= 20


async def test_a_crowd_at_one_store_or_under_one_key_leaves_room_for_others(db: Pool) -> None:
    """Orders that are decided one after the other would otherwise fill the line, each for goods of its own."""
    counter = Counter(db, WallClock(), 6)
    key = Claim("web", "one key", b"body", 201, b"{}")
    async with db.transaction() as holding:
        await run(holding, "LOCK TABLE orders.order")
        under_way = asyncio.create_task(counter.place(a_taken()))
        await until_it_waits(db, under_way)
        crowd = [asyncio.create_task(counter.place(replace(a_taken(f"g{at}"), claim=key))) for at in range(4)]
        crowd += [asyncio.create_task(counter.place(queued(f"h{at}"))) for at in range(4)]
        await asyncio.sleep(0)
        full = [isinstance(task.exception(), CounterFull) if task.done() else False for task in crowd]
    assert full == [False, False, False, True] * 2
    await asyncio.gather(under_way, *crowd, return_exceptions=True)


def queued(sku: str) -> Taken:
    wish = a_taken(sku)
    return replace(wish, promise=replace(wish.promise, slip=replace(wish.promise.slip, queues=("icheon",))))


async def test_the_same_promise_twice_in_one_line_is_one_order(db: Pool) -> None:
    await shelf(db, 10)
    wish = a_taken()
    assert await placed(Counter(db, WallClock(), 100), [wish, a_taken(), wish]) == [[], [], [{"what": "taken"}]]
    assert await orders(db) == 2


async def test_a_full_line_says_so_at_once_and_a_crowd_leaves_room_for_others(db: Pool) -> None:
    """Six may wait: three for the one SKU that everybody wants, and three for anything else."""
    await shelf(db, 100)
    await shelf(db, 100, "bread")
    counter = Counter(db, WallClock(), 6)
    async with db.transaction() as holding:
        await run(holding, "SELECT FROM stock.balance FOR UPDATE")
        under_way = asyncio.create_task(counter.place(a_taken()))
        await until_it_waits(db, under_way)
        waiting = [asyncio.create_task(counter.place(a_taken())) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(CounterFull):
            await counter.place(a_taken())
        waiting += [asyncio.create_task(counter.place(a_taken("bread"))) for _ in range(3)]
        await asyncio.sleep(0)
        for sku in ("milk", "bread", "tea"):
            with pytest.raises(CounterFull):
                await counter.place(a_taken(sku))
    assert await asyncio.gather(under_way, *waiting) == [[]] * 7
    assert await orders(db) == 7


async def test_whoever_asked_has_gone_and_the_others_are_served(db: Pool) -> None:
    await shelf(db, 10)
    first, second, third = one_line(db, [a_taken() for _ in range(3)])
    await asyncio.sleep(0)
    second.cancel()
    assert await asyncio.gather(first, third) == [[], []]
    assert await orders(db) in {2, 3}
