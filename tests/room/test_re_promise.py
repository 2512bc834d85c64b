"""What was promised is looked at again: nothing changes by looking, and what is acted on is sourced again."""

from datetime import timedelta

from sangdan.flows import re_promise
from sangdan.flows.re_promise import Finding, Looked
from sangdan.kit.db import run
from sangdan.offer.network import commands as networks

from .alliance_town import Town


async def look(town: Town) -> Looked:
    async with town.pool.transaction() as conn:
        return await re_promise.look_again(conn, town.clock.now())


async def the_danger(town: Town) -> Finding:
    [found] = [each for each in (await look(town)).findings if each.kind == "danger"]
    return found


async def test_a_parcel_that_is_well_where_it_is_is_looked_at_and_nothing_is_said(town: Town) -> None:
    await town.order(tea=2)
    looked = await look(town)
    assert (looked.looked_at, looked.counts.get("danger", 0)) == (1, 0)


async def test_a_node_that_went_out_is_found_and_who_can_keep_the_date_is_named(town: Town) -> None:
    """The network room's own closing, so that nobody was told of it yet."""
    order_id = await town.order(tea=2)
    [before] = await town.live(order_id)
    async with town.pool.transaction() as conn:
        await networks.close(conn, before.node_id, "power", None, town.clock.now())
    found = await the_danger(town)
    assert (found.order_id, found.why, found.from_node, found.own_at) == (order_id, "node_out", before.node_id, None)
    assert found.to_node == "gimhae"
    assert found.to_at is not None
    assert found.to_at <= before.promised_at
    assert await town.live(order_id) == [before], "looking changes nothing"

    async with town.pool.transaction() as conn:
        assert await re_promise.act(conn, await re_promise.look_again(conn, town.clock.now()), town.clock.now()) == 1
    await town.until(town.clock.now())
    [after] = await town.live(order_id)
    assert (after.node_id, after.promised_at) == ("gimhae", before.promised_at)
    assert (await look(town)).counts.get("danger", 0) == 0


async def test_a_date_that_work_begun_now_would_miss_is_in_danger(town: Town) -> None:
    order_id = await town.order(tea=1)
    await _told_sooner(town, 2)
    found = await the_danger(town)
    assert (found.order_id, found.why) == (order_id, "too_late")
    assert found.own_at is not None
    assert found.own_at > found.promised_at


async def test_two_parcels_do_not_both_move_to_the_last_unit(town: Town) -> None:
    """Two orders of two, and the cheapest other place has three: the second one has to go farther."""
    first, second = await town.order(tea=2), await town.order(tea=2)
    async with town.pool.transaction() as conn:
        for order_id in (first, second):
            [parcel] = await town.live(order_id)
            await networks.close(conn, parcel.node_id, "power", None, town.clock.now())
        await run(conn, "UPDATE stock.balance SET on_hand = 3 + reserved + safety WHERE node_id = 'gimhae'")
    found = [each for each in (await look(town)).findings if each.kind == "danger"]
    assert sorted(each.to_node or "" for each in found) == ["gimhae", "haeundae"]


async def test_what_waits_for_supply_is_left_out_and_counted(town: Town) -> None:
    await town.order(tea=1)
    async with town.pool.transaction() as conn:
        await run(conn, "UPDATE orders.parcel_line SET inbound_id = 'asn-1'")
    looked = await look(town)
    assert (looked.looked_at, looked.left_out) == (0, {"awaits_supply": 1})


async def _told_sooner(town: Town, hours: int) -> None:
    """As if the parcels had been promised for soon."""
    async with town.pool.transaction() as conn:
        at = town.clock.now() + timedelta(hours=hours)
        await run(conn, "UPDATE orders.parcel SET promised_at = %(at)s", at=at)
