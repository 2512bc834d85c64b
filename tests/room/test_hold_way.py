"""A way that is held: its units and hours are nobody else's until it is taken, released or has run out."""

import asyncio
import random
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import pytest

from sangdan.flows import hold_way, place_order
from sangdan.flows.cancel_order import cancel
from sangdan.flows.close_node import close
from sangdan.flows.place_order import PromiseTaken, StockGone
from sangdan.flows.quote_promise import Wish
from sangdan.kit.db import many, run, value
from sangdan.kit.ids import derive
from sangdan.offer.network.errors import NodeOut
from sangdan.offer.promise.errors import NoWay, PromiseExpired, PromiseForeign
from sangdan.offer.stock import commands as stock
from sangdan.order.baskets.errors import NoSuchHold
from sangdan.order.baskets.model import Hold
from sangdan.ship.warehouse.model import Slot

from .alliance_cases import BUYER, SECRET, TERMS
from .alliance_town import Town
from .asking import ask, bring

WHILE: Final = 60


async def hold(town: Town, token: str, hold_s: int = WHILE, client_id: str = BUYER.client_id) -> Hold:
    async with town.pool.transaction() as conn:
        return await hold_way.hold(conn, token, client_id, BUYER.shop_id, hold_s, SECRET, town.clock.now(), most=100)


async def take_held(town: Town, hold_id: UUID) -> UUID:
    """Place the order of a hold, as the order route does: in one transaction."""
    async with town.pool.transaction() as conn:
        token = await hold_way.end(conn, hold_id, BUYER.client_id, town.clock.now())
        return (await place_order.take(conn, token, BUYER, TERMS, SECRET, town.clock.now())).order_id


async def release(town: Town, hold_id: UUID, client_id: str = BUYER.client_id) -> None:
    async with town.pool.transaction() as conn:
        await hold_way.release(conn, hold_id, client_id, town.clock.now())


async def kept(town: Town) -> tuple[int, int, int]:
    """In all: units reserved on shelves, units promised of inbounds, places taken in hours."""
    async with town.pool.connection() as conn:
        sums = (
            await value(conn, "SELECT sum(reserved)::bigint FROM stock.balance"),
            await value(conn, "SELECT coalesce(sum(reserved), 0)::bigint FROM stock.inbound"),
            await value(conn, "SELECT coalesce(sum(parcels), 0)::bigint FROM warehouse.slot"),
        )
    await town.audit()
    return sums


async def test_what_is_held_is_nobody_elses(town: Town) -> None:
    token, way = await ask(town, Wish("tea", 10), Wish("cup", 10))
    await hold(town, token)
    assert await kept(town) == (20, 0, len(way.parcels))
    with pytest.raises(NoWay):
        await ask(town, Wish("cup", 3))


async def test_it_is_free_again_when_it_is_released(town: Town) -> None:
    token, _ = await ask(town, Wish("tea", 10))
    held = await hold(town, token)
    await release(town, held.order_id)
    assert await kept(town) == (0, 0, 0)
    with pytest.raises(NoSuchHold):
        await release(town, held.order_id)
    again = await hold(town, token)  # the promise may be held anew
    assert (again.order_id, again.turn) == (held.order_id, 2)
    assert (await kept(town))[0] == 10


async def test_stock_and_hour_are_free_again_when_it_has_run_out(town: Town) -> None:
    token, _ = await ask(town, Wish("tea", 10))
    held = await hold(town, token)
    await town.until(held.expires_at - timedelta(seconds=1))
    assert (await kept(town))[0] == 10
    await town.until(held.expires_at)
    assert await kept(town) == (0, 0, 0)
    with pytest.raises(NoSuchHold):
        await take_held(town, held.order_id)


async def test_what_ran_out_cannot_be_taken_even_before_the_timer(town: Town) -> None:
    token, _ = await ask(town, Wish("tea", 1))
    held = await hold(town, token, hold_s=1)
    town.clock.set(held.expires_at)
    with pytest.raises(NoSuchHold):
        await take_held(town, held.order_id)
    again = await hold(town, token)  # what ran out makes way for whoever holds it anew
    assert again.turn == 2
    assert (await kept(town))[0] == 1


async def test_a_hold_never_outlives_its_promise(town: Town) -> None:
    token, way = await ask(town, Wish("tea", 1))
    assert (await hold(town, token, hold_s=10**6)).expires_at == way.expires_at
    town.clock.set(way.expires_at)
    with pytest.raises(PromiseExpired):
        await hold(town, token)


async def test_an_order_takes_what_was_held_for_it(town: Town) -> None:
    """The last ten: nobody comes in between, and nothing is held twice."""
    token, _ = await ask(town, Wish("tea", 10))
    late, _ = await ask(town, Wish("tea", 10))
    held = await hold(town, token)
    with pytest.raises(StockGone):
        await town.take(late)
    order_id = await take_held(town, held.order_id)
    assert order_id == held.order_id
    assert (await kept(town))[::2] == (10, 1)
    with pytest.raises(NoSuchHold):
        await take_held(town, held.order_id)
    with pytest.raises(PromiseTaken):
        await hold(town, token)
    await town.until(held.expires_at)  # its timer is gone with it
    assert (await kept(town))[0] == 10


async def test_an_order_that_fails_leaves_the_hold_as_it_was(town: Town) -> None:
    token, _ = await ask(town, Wish("tea", 10))
    held = await hold(town, token)
    async with town.pool.transaction() as conn:
        await close(conn, "icheon", "other", None, town.clock.now())
    with pytest.raises(place_order.SourceClosed):
        await take_held(town, held.order_id)
    assert (await kept(town))[0] == 10
    await town.until(held.expires_at)
    assert (await kept(town))[0] == 0


async def test_a_promise_is_held_once_by_whom_it_was_given(town: Town) -> None:
    token, _ = await ask(town, Wish("tea", 2))
    answers = await asyncio.gather(*(hold(town, token) for _ in range(8)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["HeldAlready"] * 7 + ["Hold"]
    assert (await kept(town))[0] == 2
    with pytest.raises(PromiseForeign):
        await hold(town, token, client_id="stranger")
    held = next(each for each in answers if isinstance(each, Hold))
    with pytest.raises(NoSuchHold):
        await release(town, held.order_id, client_id="stranger")


async def test_many_hold_the_last_ten(town: Town) -> None:
    tokens = [(await ask(town, Wish("tea", 3)))[0] for _ in range(8)]
    answers = await asyncio.gather(*(hold(town, token) for token in tokens), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["Hold"] * 3 + ["StockGone"] * 5
    assert (await kept(town))[0] == 9


async def test_an_hour_that_is_full_holds_nothing(town: Town) -> None:
    token, way = await ask(town, Wish("tea", 1))
    async with town.pool.transaction() as conn:
        await run(
            conn,
            "INSERT INTO warehouse.slot (node_id, hour_at, parcels_max, parcels) VALUES (%(node)s, %(hour)s, 50, 50)",
            node=way.parcels[0].node_id, hour=way.parcels[0].slot_at,
        )  # fmt: skip
    with pytest.raises(StockGone) as gone:
        await hold(town, token)
    assert [each["what"] for each in gone.value.facts["short"]] == ["capacity"]
    async with town.pool.connection() as conn:
        assert await value(conn, "SELECT count(*) FROM stock.reservation") == 0
        assert await value(conn, "SELECT count(*) FROM baskets.hold") == 0


async def test_nothing_is_held_where_a_node_is_out_of_service(town: Town) -> None:
    token, _ = await ask(town, Wish("tea", 1))
    async with town.pool.transaction() as conn:
        await close(conn, "icheon", "other", None, town.clock.now())
    with pytest.raises(NodeOut):
        await hold(town, token)


async def test_a_shop_holds_from_its_share(town: Town) -> None:
    rule = {"rule_id": "m", "node_id": "icheon", "sku": "tea", "shop_id": "market", "units_max": 4}
    assert not await bring(town.pool, "stock-rules", [rule])
    token, way = await ask(town, Wish("tea", 4))
    assert [parcel.node_id for parcel in way.parcels] == ["icheon"]
    held = await hold(town, token)
    _, other = await ask(town, Wish("tea", 4), shop_id="mart")
    assert [parcel.node_id for parcel in other.parcels] == ["icheon"]  # the others' six are still there
    _, ours = await ask(town, Wish("tea", 1))
    assert [parcel.node_id for parcel in ours.parcels] == ["gimhae"]
    order_id = await take_held(town, held.order_id)
    await town.audit()
    async with town.pool.connection() as conn:
        assert [each.units for each in await stock.shares(conn, "market", ["tea"])] == [0]
    await town.cancel(order_id)
    async with town.pool.connection() as conn:
        assert [each.units for each in await stock.shares(conn, "market", ["tea"])] == [4]


async def test_dated_supply_is_held_too_and_may_arrive_meanwhile(town: Town) -> None:
    due = town.clock.now() + timedelta(hours=2)
    row = {
        "node_id": "icheon", "inbound_id": "asn-1", "sku": "tea", "owner_id": "leaf", "units": 50,
        "due_at": due.isoformat(), "preorder_max": 30,
    }  # fmt: skip
    assert not await bring(town.pool, "inbound", [row])
    with pytest.raises(NoWay):
        await ask(town, Wish("tea", 60), service="standard")  # nineteen lie there, and thirty of fifty are promised
    token, _ = await ask(town, Wish("tea", 30), service="standard")
    held = await hold(town, token)
    units, inbound, _ = await kept(town)
    assert units + inbound == 30
    assert 0 < inbound <= 30
    async with town.pool.transaction() as conn:
        await stock.arrive(conn, "icheon", "asn-1", derive(held.order_id, "x"), town.clock.now())
    await release(town, held.order_id)
    assert await kept(town) == (0, inbound, 0)  # an inbound that has arrived keeps what it said


def at_slot(slots: list[Slot], hour: datetime) -> int:
    return sum(slot.parcels for slot in slots if slot.hour_at == hour)


async def test_hours_are_never_overbooked_by_holds(town: Town) -> None:
    """One parcel an hour is left: of many who hold at once one has it."""
    asked = [await ask(town, Wish("tea", 1)) for _ in range(5)]
    hour = asked[0][1].parcels[0].slot_at
    async with town.pool.transaction() as conn:
        await run(
            conn,
            "INSERT INTO warehouse.slot (node_id, hour_at, parcels_max, parcels) VALUES ('icheon', %(hour)s, 50, 49)",
            hour=hour,
        )
        await run(
            conn,
            """
            INSERT INTO warehouse.slot_claim (node_id, parcel_id, hour_at)
            SELECT 'icheon', kit.hashed_id(%(hour)s, n::text), %(hour)s FROM generate_series(1, 49) AS n
            """,
            hour=hour,
        )
    answers = await asyncio.gather(*(hold(town, token) for token, _ in asked), return_exceptions=True)
    assert sorted(type(each).__name__ for each in answers) == ["Hold"] + ["StockGone"] * 4
    async with town.pool.connection() as conn:
        slots = await many(
            conn, Slot, "SELECT node_id, hour_at, parcels, parcels_max FROM warehouse.slot ORDER BY hour_at"
        )
    assert at_slot(slots, hour) == 50
    await town.audit()


async def test_holds_orders_and_counts_do_not_wait_for_one_another(town: Town) -> None:
    """Some hold, some order, some let go or cancel, some receive, and the rules change: nobody ends in a deadlock."""
    dice = random.Random(4)
    rules = [{"rule_id": f"r-{sku}", "sku": sku, "shop_id": "market", "share_ppm": 900_000} for sku in ("tea", "cup")]
    assert not await bring(town.pool, "stock-rules", rules)
    town.careful = False
    asked = [
        await ask(town, *(Wish(sku, 1) for sku in dice.sample(("tea", "cup", "jam"), dice.randint(1, 3))))
        for _ in range(30)
    ]

    async def live(number: int, token: str) -> None:
        if number % 3 == 0:
            order_id = await town.take(token)
            async with town.pool.transaction() as conn:
                await cancel(conn, order_id, "shopper", town.clock.now())
        elif number % 3 == 1:
            await release(town, (await hold(town, token)).order_id)
        else:
            await take_held(town, (await hold(town, token)).order_id)

    async def receive(number: int) -> None:
        async with town.pool.transaction() as conn:
            sku, owner = (("cup", "stem"), ("tea", "leaf"))[number % 2]
            moved = town.ids.new(town.clock.now())
            await stock.receive(conn, "icheon", moved, sku, owner, 1, "asn", town.clock.now())

    async def change(number: int) -> None:
        row = {**rules[number % 2], "share_ppm": 900_000 - number}
        assert not await bring(town.pool, "stock-rules", [row])

    answers = await asyncio.gather(
        *(live(number, token) for number, (token, _) in enumerate(asked)),
        *(receive(number) for number in range(12)), *(change(number) for number in range(8)),
        return_exceptions=True,
    )  # fmt: skip
    assert {type(each) for each in answers if each is not None} <= {StockGone}
    assert sum(each is None for each in answers) > 20
    await town.audit()
