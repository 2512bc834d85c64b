"""A node goes out of service: nothing is promised from it, its orders move or end, each shopper hears of it once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from sangdan.flows import close_node
from sangdan.flows.place_order import SourceClosed
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine
from sangdan.offer.network.errors import NodeUnknown, OutageEndsBefore, OutageNone
from sangdan.offer.network.model import Outage, Trouble
from sangdan.offer.promise.errors import NoWay
from sangdan.offer.stock import commands as stock
from sangdan.ship.warehouse import commands as warehouse

from .alliance_cases import AT, EVENING, NIGHT, ROWS
from .alliance_town import Town
from .order_storm import Storm

HEARD = ("orders.re_promised", "orders.reduced", "orders.cancelled")


async def shut(town: Town, node_id: str, reason: Trouble = "power", until_s: int | None = None) -> Outage:
    """Close a node, and let everything follow."""
    now = town.clock.now()
    until = None if until_s is None else now + timedelta(seconds=until_s)
    async with town.pool.transaction() as conn:
        outage = await close_node.close(conn, node_id, reason, until, now)
    await town.until(now)
    return outage


async def heard(town: Town, order_id: UUID) -> list[str]:
    """What the shopper hears of an order, fact by fact: a date that moved, something taken off, the end of it."""
    told = [(kind, data) for kind in HEARD for data in await town.facts(order_id, kind)]
    return [kind for kind, data in told if not data.get("kept") and not data.get("quiet")]


async def nodes(town: Town, order_id: UUID) -> list[str]:
    return [parcel.node_id for parcel in await town.live(order_id)]


async def test_an_order_on_the_floor_moves_and_keeps_its_date(town: Town) -> None:
    order_id = await town.released(tea=2)
    [before] = await town.live(order_id)
    await town.until(EVENING)
    await shut(town, "icheon")

    [parcel] = await town.live(order_id)
    assert (parcel.node_id, parcel.promised_at, parcel.state) == ("gimhae", before.promised_at, "released")
    assert await heard(town, order_id) == []
    assert await town.shelf("icheon", "tea") == (10, 0), "nothing is lost, nothing is held"
    assert (await town.payment(order_id)).refunded_minor == 0
    await town.deliver(parcel)
    assert (await town.whole(order_id)).order.state == "delivered"


async def test_an_order_that_is_not_released_yet_moves_too_and_is_released_there(town: Town) -> None:
    order_id = await town.order(tea=2)
    await shut(town, "icheon")

    [parcel] = await town.live(order_id)
    assert (parcel.node_id, parcel.state) == ("gimhae", "planned")
    await town.until(EVENING)
    await town.deliver((await town.live(order_id))[0])
    assert (await town.whole(order_id)).order.state == "delivered"
    assert await heard(town, order_id) == []


async def test_when_the_date_cannot_stand_the_shopper_hears_it_once(town: Town) -> None:
    order_id = await town.released(tea=2)
    await town.until(NIGHT)
    await shut(town, "icheon")
    assert await nodes(town, order_id) == ["gimhae"]
    assert await heard(town, order_id) == ["orders.re_promised"]


@pytest.mark.parametrize("early", [True, False])
async def test_what_nobody_can_bring_ends_the_order_once_and_the_money_goes_back(town: Town, early: bool) -> None:
    order_id = await (town.order if early else town.released)(ice=2)
    await shut(town, "freeze")

    order, paid = (await town.whole(order_id)).order, await town.payment(order_id)
    assert (order.state, order.reason, order.due_minor) == ("cancelled", "node_out", 0)
    assert (paid.state, paid.refunded_minor) == (("voided", 0) if early else ("captured", 9_000))
    assert await heard(town, order_id) == ["orders.cancelled"]
    assert [each.cause for each in await town.outcomes(order_id)] == ["node_out"]
    await town.until(town.clock.now() + timedelta(days=1))
    assert (await town.whole(order_id)).order.state == "cancelled", "its release is forgotten"


@pytest.mark.parametrize("early", [True, False])
async def test_the_rest_of_an_order_comes_and_pays(town: Town, early: bool) -> None:
    order_id = await (town.order if early else town.released)(tea=1, ice=1)
    await shut(town, "freeze")
    assert await nodes(town, order_id) == ["icheon"]
    assert await heard(town, order_id) == ["orders.reduced"]
    await town.until(EVENING)
    paid = await town.payment(order_id)
    assert (paid.captured_minor, paid.refunded_minor) == ((12_000, 0) if early else (15_000, 3_000))


async def test_something_late_and_something_missing_is_one_message(town: Town) -> None:
    """Nine cups are nowhere, the tea comes a day later: the shopper hears both at once."""
    order_id = await town.released(tea=2, cup=9)
    await town.until(NIGHT)
    await shut(town, "icheon")
    whole = await town.whole(order_id)
    assert [line.cancelled_units for line in whole.lines] == [0, 7]
    assert await heard(town, order_id) == ["orders.reduced"]
    assert [each["quiet"] for each in await town.facts(order_id, "orders.re_promised")] == [True]
    await town.audit()


async def test_nothing_is_promised_from_it_until_it_opens_again(town: Town) -> None:
    await shut(town, "freeze")
    with pytest.raises(NoWay) as refused:
        await town.way({"ice": 1}, "next_day")
    assert {"code": "nodes_out_of_service", "nodes": 1} in refused.value.facts["services"]["next_day"]

    now = town.clock.now()
    async with town.pool.transaction() as conn:
        await close_node.reopen(conn, "freeze", now)
    with pytest.raises(NoWay) as refused:
        await town.way({"ice": 1}, "next_day")
    assert {"code": "nodes_temperature", "nodes": 1} in refused.value.facts["services"]["next_day"]
    async with town.pool.transaction() as conn:
        await close_node.reopen(conn, "freeze", now, checked=True)
    assert await nodes(town, await town.order(ice=1)) == ["freeze"]


async def test_a_token_from_before_is_refused_and_names_the_node(town: Town) -> None:
    token, _ = await town.way({"tea": 2}, "next_day")
    await shut(town, "icheon", "other")
    with pytest.raises(SourceClosed) as refused:
        await town.take(token)
    assert refused.value.facts["nodes"] == "icheon"
    assert await town.shelf("icheon", "tea") == (10, 0)


async def test_a_token_for_goods_in_quarantine_is_refused_though_the_node_works_again(town: Town) -> None:
    token, _ = await town.way({"ice": 1}, "next_day")
    await shut(town, "freeze")
    async with town.pool.transaction() as conn:
        await close_node.reopen(conn, "freeze", town.clock.now())
    with pytest.raises(SourceClosed):
        await town.take(token)


async def test_an_end_that_is_known_spares_what_is_due_after_it(db: Pool) -> None:
    """The tea reaches Icheon at one o'clock and is packed then; the lights are on again by noon, or late at night."""
    town = Town(db)
    noon, one = AT + timedelta(hours=2), AT + timedelta(hours=3)
    due = {"node_id": "icheon", "inbound_id": "asn-1", "sku": "tea", "owner_id": "leaf", "units": 5}
    await town.found(stock=ROWS["stock"][-1:], inbound=[due | {"due_at": one.isoformat()}])
    order_id = await town.released(tea=1)
    async with db.transaction() as conn:
        await stock.receive(conn, "gimhae", town.ids.new(AT), "tea", "leaf", 5, "found", AT)
    now = town.clock.now()
    outage = await shut(town, "icheon", "other", until_s=int((noon - now).total_seconds()))
    assert (outage.until_at, await nodes(town, order_id)) == (noon, ["icheon"])
    await shut(town, "icheon", "other", until_s=12 * 3600)
    assert await nodes(town, order_id) == ["gimhae"]
    async with db.transaction() as conn:
        assert await value(conn, "SELECT count(*) FROM network.outage") == 1, "one outage, said anew"
    await town.until(now + timedelta(hours=13))
    async with db.transaction() as conn:
        await stock.arrive(conn, "icheon", "asn-1", town.ids.new(AT), town.clock.now())
    assert await nodes(town, await town.order(tea=1)) == ["icheon"], "it works again when the time has come"


@pytest.mark.parametrize(("reason", "moves"), [("other", False), ("power", False), ("fire", True)])
async def test_a_packed_parcel_goes_unless_its_goods_may_be_spoilt(town: Town, reason: Trouble, moves: bool) -> None:
    order_id = await town.released(tea=1)
    [parcel] = await town.live(order_id)
    await town.until(EVENING)
    await town.pick(parcel)
    async with town.pool.transaction() as conn:
        await warehouse.pack(conn, parcel.node_id, parcel.parcel_id, town.clock.now())
    await shut(town, "icheon", reason)
    assert await nodes(town, order_id) == (["gimhae"] if moves else ["icheon"])


async def test_what_left_the_floor_is_left_alone(town: Town) -> None:
    order_id = await town.released(ice=1)
    [parcel] = await town.live(order_id)
    await town.pick(parcel)
    await town.send(parcel)
    await shut(town, "freeze", "fire")
    assert (await town.whole(order_id)).order.state == "shipped"
    assert await heard(town, order_id) == []


async def test_what_waits_at_a_closed_counter_is_refunded(town: Town) -> None:
    order_id = await town.released("pickup", jam=1)
    await shut(town, "gangnam")
    assert (await town.whole(order_id)).order.state == "cancelled"
    assert await heard(town, order_id) == ["orders.cancelled"]


async def test_closing_twice_and_opening_twice(town: Town) -> None:
    order_id = await town.released(tea=2)
    first, second = await shut(town, "icheon"), await shut(town, "icheon", "fire")
    assert (first.from_at, second.reason) == (second.from_at, "fire")
    assert len(await town.facts(order_id, "orders.re_promised")) == 1
    now = town.clock.now()
    async with town.pool.transaction() as conn:
        await close_node.reopen(conn, "icheon", now, checked=True)
    with pytest.raises(OutageNone):
        async with town.pool.transaction() as conn:
            await close_node.reopen(conn, "icheon", now, checked=True)


async def test_what_cannot_be(town: Town) -> None:
    for node_id, until, refusal in (("ghost", None, NodeUnknown), ("icheon", AT, OutageEndsBefore)):
        with pytest.raises(refusal):
            async with town.pool.transaction() as conn:
                await close_node.close(conn, node_id, "power", until, AT)


async def test_a_stop_in_between_loses_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two, and whoever works on them falls over after every step."""
    monkeypatch.setattr(close_node, "PAGE", 2)
    ids = [await town.released(tea=1) for _ in range(5)]
    now = town.clock.now()
    async with town.pool.transaction() as conn:
        await close_node.close(conn, "icheon", "power", None, now)

    def falls(real: Callable[..., Any]) -> Callable[..., Any]:
        async def moves_and_falls(*args: Any, **more: Any) -> None:
            await real(*args, **more)
            raise ConnectionError("the lights are out")

        return moves_and_falls

    with monkeypatch.context() as broken:
        broken.setattr(close_node, "source_again", falls(close_node.source_again))
        with pytest.raises(ConnectionError):
            await town.until(now)
    assert [await nodes(town, each) for each in ids] == [["icheon"]] * 5, "a step that fell over is undone"
    while await Engine(town.pool, town.clock, None).step(now):
        await town.audit()
    assert [await nodes(town, each) for each in ids] == [["gimhae"]] * 5
    assert [len(await town.facts(each, "orders.re_promised")) for each in ids] == [1] * 5


class DarkStorm(Storm):
    """Random days on which places go out of service too, for whatever reason, and come back or do not."""

    def __init__(self, pool: Pool, seed: int) -> None:
        super().__init__(pool, seed)
        self._deeds["outage"] = (3, self._outage)

    async def _outage(self) -> bool:
        node_id, now = self._random.choice(ROWS["nodes"])["node_id"], self.town.clock.now()
        async with self.town.pool.transaction() as conn:
            if self._random.random() < 0.5:
                reason: Trouble = self._random.choice(("power", "fire", "flood", "other"))
                until = self._random.choice((None, now + timedelta(hours=2)))
                await close_node.close(conn, node_id, reason, until, now)
            else:
                try:
                    await close_node.reopen(conn, node_id, now, checked=self._random.random() < 0.7)
                except OutageNone:
                    return False
        await self.town.until(now)
        return True

    async def stranded(self) -> int:
        """Parcels that are still to be made where nothing can be made: none, but for what is packed and may go."""
        async with self.town.pool.transaction() as conn:
            return await value(
                conn,
                "SELECT count(*) FROM orders.parcel p JOIN network.outage o USING (node_id)"
                " LEFT JOIN warehouse.task t USING (node_id, parcel_id)"
                " WHERE p.state IN ('planned', 'released') AND o.until_at IS NULL"
                " AND coalesce(t.state, 'waiting') IN ('waiting', 'picked')",
            )


@pytest.mark.parametrize("seed", [1, 2])
async def test_days_full_of_outages_add_up(db: Pool, seed: int) -> None:
    storm = DarkStorm(db, seed)
    await storm.town.found()
    for _ in range(8):
        await storm.stir(20)
        assert await storm.stranded() == 0
    assert {"order", "pick", "outage"} <= set(storm.done)
    await storm.settle_down()
    states = {(await storm.town.whole(order_id)).order.state for order_id in storm.orders}
    assert states <= {"confirmed", "cancelled"}
