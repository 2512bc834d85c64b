"""A store's open orders move what it promises next, and a promise that is tight goes to the floor in time."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from sangdan.flows.place_order import StockGone, take
from sangdan.kit.db import Pool
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model import Way
from sangdan.offer.stock import commands as stock
from sangdan.ship.warehouse import commands as warehouse

from .alliance_cases import AT, BUYER, ROWS, SECRET, TERMS
from .alliance_town import Town
from .waiting import until_it_waits

MINUTE: Final = timedelta(minutes=1)
STORE: Final = "gangnam"


def nodes() -> list[dict[str, Any]]:
    """The stores get four pickers, who take twelve minutes."""
    quick = {"handling_s": 720, "parcels_per_hour": 20}
    return [{**row, **quick} if row["kind"] == "store" else dict(row) for row in ROWS["nodes"]]


@pytest.fixture
async def busy(db: Pool) -> Town:
    """The alliance, with much tea in the store."""
    town = Town(db)
    shelf = {"node_id": STORE, "sku": "tea", "owner_id": "leaf", "on_hand": 50}
    await town.found(nodes=nodes(), stock=[*ROWS["stock"], shelf])
    return town


async def fetched(town: Town) -> Way:
    """What a shopper who comes by is told now."""
    _, way = await town.way({"tea": 1}, "pickup")
    assert way.node_id == STORE
    return way


def minutes(town: Town, way: Way) -> int:
    return (way.promised_at - town.clock.now()) // MINUTE


async def orders(town: Town, count: int) -> list[UUID]:
    return [await town.order("pickup", tea=1) for _ in range(count)]


async def test_open_orders_move_the_next_promise_and_picking_moves_it_back(busy: Town) -> None:
    assert minutes(busy, await fetched(busy)) == 15
    placed = await orders(busy, 4)
    assert minutes(busy, await fetched(busy)) == 30, "orders count before the floor hears of them"

    await busy.until(AT + 5 * MINUTE)
    assert minutes(busy, await fetched(busy)) == 30
    for order_id in placed:
        [parcel] = await busy.live(order_id)
        await busy.pick(parcel)
    assert minutes(busy, await fetched(busy)) == 15


async def test_a_cancelled_order_is_not_in_the_way(busy: Town) -> None:
    placed = await orders(busy, 4)
    await busy.cancel(placed[0])
    assert minutes(busy, await fetched(busy)) == 15


async def test_a_promise_behind_a_queue_computes_again_to_the_same_bytes(busy: Town) -> None:
    placed = await orders(busy, 6)
    async with busy.pool.transaction() as conn:
        assert [await promises.recompute(conn, order_id) for order_id in placed] == [True] * 6
        facts = await promises.taken_on(conn, placed[5])
    ahead = [(each.parcels, each.pack_by) for node in facts.nodes if node.node_id == STORE for each in node.unpicked]
    assert [parcels for parcels, _ in ahead] == [4, 1], "counted by when they must be packed"
    assert [pack_by for _, pack_by in ahead] == [int((AT + n * MINUTE).timestamp()) for n in (15, 30)]


async def test_queues_are_counted_by_hour(busy: Town) -> None:
    await orders(busy, 3)
    async with busy.pool.transaction() as conn:
        counted = await warehouse.unpicked(conn, [STORE], AT + timedelta(hours=1))
        assert [(each.hour_at, each.parcels) for each in counted] == [(AT, 3)]
        assert await warehouse.unpicked(conn, [STORE], AT) == []
        assert await warehouse.unpicked(conn, ["icheon"], AT + timedelta(hours=1)) == []


async def test_the_floor_hears_of_a_tight_promise_before_the_usual_wait_is_over(busy: Town) -> None:
    """Twelve minutes of work for a quarter of an hour: three minutes to think again, not five."""
    way = await fetched(busy)
    order_id = await busy.order("pickup", tea=1)
    release_at = (await busy.whole(order_id)).order.release_at
    assert release_at <= way.promised_at - timedelta(seconds=720) < AT + timedelta(seconds=TERMS.release_after_s)

    await busy.until(release_at)
    async with busy.pool.transaction() as conn:
        [work] = await warehouse.open_tasks(conn, STORE, (AT - timedelta(days=1), UUID(int=0)), 10, AT)
    assert work.task.order_id == order_id


async def test_an_order_with_time_to_spare_keeps_the_whole_wait(busy: Town) -> None:
    order_id = await busy.order("next_day", tea=1)
    assert (await busy.whole(order_id)).order.release_at == AT + timedelta(seconds=TERMS.release_after_s)


async def test_a_quote_that_others_overtook_is_refused_and_a_fresh_one_is_honest(busy: Town) -> None:
    """Six hold an answer of fifteen minutes; there are four pickers."""
    tokens = [(await busy.way({"tea": 1}, "pickup"))[0] for _ in range(6)]
    for token in tokens[:4]:
        await busy.take(token)
    for token in tokens[4:]:
        with pytest.raises(StockGone) as late:
            await busy.take(token)
        assert late.value.facts["short"] == [{"what": "turn", "node_id": STORE}]
    assert await busy.shelf(STORE, "tea") == (50, 4), "nothing of the refused orders is left"
    await busy.react()
    assert minutes(busy, await fetched(busy)) == 30
    await orders(busy, 1)


async def test_an_older_token_for_an_earlier_hour_makes_nobody_late(busy: Town) -> None:
    """At 10:56 somebody is told 11:15, for this hour; at 10:57 four others are, for the next, and take it first."""
    await busy.until(AT + 56 * MINUTE)
    older, way = await busy.way({"tea": 1}, "pickup")
    await busy.until(AT + 57 * MINUTE)
    fresh = [await busy.way({"tea": 1}, "pickup") for _ in range(4)]
    assert {each.promised_at for _, each in fresh} == {way.promised_at}
    assert [each.parcels[0].slot_at - AT for each in (way, fresh[0][1])] == [0 * MINUTE, 60 * MINUTE]
    for token, _ in fresh:
        await busy.take(token)
    with pytest.raises(StockGone) as late:
        await busy.take(older)
    assert late.value.facts["short"] == [{"what": "turn", "node_id": STORE}]
    await orders(busy, 1)


async def test_what_can_wait_for_the_evening_keeps_no_pickup_waiting(busy: Town) -> None:
    """Nine parcels for the van at six: each of the four pickers may have one in hand, and no more."""
    placed = [await busy.order("next_day", tea=1) for _ in range(9)]
    assert [parcel.node_id for each in placed for parcel in await busy.live(each)] == [STORE] * 9
    assert minutes(busy, await fetched(busy)) == 30


async def test_what_is_sourced_again_makes_nobody_late_either(db: Pool) -> None:
    """Forty minutes before the van's cut-off the four pickers can still make twelve; eleven wait, and somebody is about
    to place the twelfth, when a parcel of Icheon's is found missing.
    """
    town = Town(db)
    await town.found(nodes=nodes())
    refused = await town.released(tea=1)
    async with db.transaction() as conn:
        await stock.receive(conn, STORE, town.ids.new(AT), "tea", "leaf", 50, "opening", AT)
    placed = [await town.order("next_day", tea=1) for _ in range(11)]
    await town.until(AT + timedelta(hours=7, minutes=20))
    [missing] = await town.live(refused)
    token, way = await town.way({"tea": 1}, "next_day")
    async with db.transaction() as conn:
        await take(conn, token, BUYER, TERMS, SECRET, town.clock.now())
        again = asyncio.create_task(town.pick(missing, tea=0))
        await until_it_waits(db, again)
    await again
    assert {missing.node_id, *[p.node_id for each in placed for p in await town.live(each)]} == {"icheon", STORE}
    assert [parcel.node_id for parcel in way.parcels] == [STORE]
    [parcel] = await town.live(refused)
    assert parcel.promised_at > missing.promised_at, "no turn in the store keeps the date"


async def test_at_once_no_more_are_let_in_than_can_be_ready(busy: Town) -> None:
    tokens = [(await busy.way({"tea": 1}, "pickup"))[0] for _ in range(8)]
    answers = await asyncio.gather(*(busy.take(token) for token in tokens), return_exceptions=True)
    assert Counter(map(type, answers)) == {UUID: 4, StockGone: 4}


async def test_who_comes_for_the_next_hour_waits_for_who_is_about_to_come_before(busy: Town) -> None:
    """Work on the first begins a minute before the hour, and they are not committed; on the other's, on the hour. They
    want other goods, so that nothing but the queue keeps them apart.
    """
    await busy.until(AT + 56 * MINUTE)
    early = [await busy.way({"tea": 1}, "pickup") for _ in range(4)]
    async with busy.pool.transaction() as first:
        for each, _ in early:
            await take(first, each, BUYER, TERMS, SECRET, busy.clock.now())
        await busy.until(AT + 57 * MINUTE)
        token, way = await busy.way({"jam": 1}, "pickup")
        late = asyncio.create_task(busy.take(token))
        await until_it_waits(busy.pool, late)
    with pytest.raises(StockGone) as refused:
        await late
    assert refused.value.facts["short"] == [{"what": "turn", "node_id": STORE}]
    hours = {parcel.slot_at for _, each in early for parcel in each.parcels}
    assert (hours, way.parcels[0].slot_at) == ({AT}, AT + timedelta(hours=1))
