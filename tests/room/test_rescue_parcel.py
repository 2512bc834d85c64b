"""An operator saves a promise: from elsewhere, faster, or by a word to the shopper; else it stays as it is."""

from typing import Final
from uuid import UUID

import pytest

from sangdan.flows import close_node
from sangdan.flows.rescue_parcel import How, NoBetterWay, NoParcel, NothingToRescue, Rescued, rescue, warn_shopper
from sangdan.kit.db import Pool, value
from sangdan.order.orders.model import Parcel

from .alliance_cases import EVENING, ROWS
from .alliance_town import Town

STORE: Final = "gangnam"
EVERYTHING: Final = "SELECT md5(string_agg(p::text, '' ORDER BY p.order_id, p.parcel_no)) AS all FROM orders.parcel p"
NOTICES: Final = "SELECT count(*) AS n FROM notices.notice WHERE topic = 'late'"


async def rescued(town: Town, parcel: Parcel, how: How, seen_by: str | None = None) -> Rescued:
    async with town.pool.transaction() as conn:
        return await rescue(conn, parcel.parcel_id, how, town.clock.now(), seen_by)


async def parcels(town: Town) -> str:
    async with town.pool.connection() as conn:
        return await value(conn, EVERYTHING)


@pytest.mark.parametrize("early", [True, False])
async def test_it_comes_from_elsewhere_in_time_and_the_shopper_hears_nothing(town: Town, early: bool) -> None:
    order_id = await (town.order if early else town.released)(tea=2)
    [before] = await town.live(order_id)
    done = await rescued(town, before, "elsewhere")
    [after] = await town.live(order_id)
    assert (after.node_id, after.promised_at) == ("gimhae", before.promised_at)
    assert done.kept
    assert [parcel.parcel_id for parcel in done.moved] == [after.parcel_id]
    assert await town.shelf("icheon", "tea") == (10, 0)
    assert [each["kept"] for each in await town.facts(order_id, "orders.re_promised")] == [True]
    await town.until(EVENING)
    await town.deliver(after)
    assert (await town.whole(order_id)).order.state == "delivered"
    with pytest.raises(NothingToRescue):
        await rescued(town, before, "elsewhere")


async def test_what_would_come_later_stays(town: Town) -> None:
    """Nine cups are in Icheon only, which sends them the next day or slower."""
    order_id = await town.released(cup=9)
    [before] = await town.live(order_id)
    whole = await parcels(town)
    for how in ("elsewhere", "faster"):
        with pytest.raises(NoBetterWay):
            await rescued(town, before, how)
    assert await parcels(town) == whole
    assert await town.facts(order_id, "orders.re_promised") == []


async def test_two_operators_save_it_once(town: Town) -> None:
    order_id = await town.released(tea=2)
    [before] = await town.live(order_id)
    await rescued(town, before, "elsewhere")
    with pytest.raises(NothingToRescue):
        await rescued(town, before, "faster")
    assert len(await town.live(order_id)) == 1
    await town.audit()


async def test_what_left_its_floor_or_is_fetched_or_unknown_is_nobody_s_to_save(db: Pool) -> None:
    town, shelf = Town(db), {"node_id": STORE, "sku": "tea", "owner_id": "leaf", "on_hand": 50}
    await town.found(stock=[*ROWS["stock"], shelf])
    order_id = await town.released(tea=2)
    [sent] = await town.live(order_id)
    await town.pick(sent)
    await town.send(sent)
    pickup = await town.order("pickup", tea=1)
    [fetched] = await town.live(pickup)
    for parcel_id, why in (
        (sent.parcel_id, NothingToRescue), (fetched.parcel_id, NothingToRescue), (UUID(int=7), NoParcel),
        (order_id, NoParcel),
    ):  # fmt: skip
        with pytest.raises(why):
            async with town.pool.transaction() as conn:
                await rescue(conn, parcel_id, "elsewhere", town.clock.now(), None)


async def test_a_node_that_is_out_is_not_asked(town: Town) -> None:
    order_id = await town.released(tea=2)
    [before] = await town.live(order_id)
    async with town.pool.transaction() as conn:
        await close_node.close(conn, "gimhae", "power", None, town.clock.now())
    done = await rescued(town, before, "elsewhere")
    assert not {parcel.node_id for parcel in done.moved} & {"icheon", "gimhae"}


async def test_the_shopper_is_told_once_for_a_parcel(town: Town) -> None:
    order_id = await town.released(tea=2)
    [parcel] = await town.live(order_id)
    for _ in range(3):
        async with town.pool.transaction() as conn:
            await warn_shopper(conn, parcel.parcel_id, "late_pick", town.clock.now(), None)
    async with town.pool.connection() as conn:
        assert await value(conn, NOTICES) == 1
    await town.deliver(parcel)
    with pytest.raises(NothingToRescue):
        async with town.pool.transaction() as conn:
            await warn_shopper(conn, parcel.parcel_id, "late_pick", town.clock.now(), None)
