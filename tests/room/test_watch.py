"""The live picture: followed, it is what a fresh one would be, whatever happened; an ally sees its own part."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sangdan.flows import cancel_order
from sangdan.flows.watch import Change, Picture, Risk, Watch
from sangdan.kit.db import Pool
from sangdan.offer.network import commands as network

from .alliance_cases import EVENING
from .alliance_town import Town
from .order_storm import Storm

ALLIES = (None, "market", "leaf", "stem", "logis", "mart", "swift")


async def opened(town: Town) -> Watch:
    async with town.pool.transaction() as conn:
        watch = await Watch.open(conn, town.clock.now())
        await watch.count_past(conn)
        return watch


async def followed(watch: Watch, town: Town) -> Change:
    async with town.pool.transaction() as conn:
        return await watch.follow(conn, town.clock.now())


def sorted_out(picture: Picture) -> Picture:
    """The same, in an order that does not depend on what came first."""
    return msgspec.structs.replace(
        picture,
        nodes=sorted(picture.nodes, key=lambda node: node.node_id),
        parcels=sorted(picture.parcels, key=lambda parcel: parcel.parcel_id),
    )


class Page:
    """What a watcher keeps who saw a picture once and every change since."""

    def __init__(self, picture: Picture) -> None:
        self.nodes = {each.node_id: each for each in picture.nodes}
        self.parcels = {each.parcel_id: each for each in picture.parcels}
        self.risks: Sequence[Risk] = picture.risks
        self.last: Picture | Change = picture

    def hear(self, change: Change) -> None:
        self.nodes |= {each.node_id: each for each in change.nodes}
        self.parcels |= {each.parcel_id: each for each in change.parcels}
        for parcel_id in change.gone:
            self.parcels.pop(parcel_id, None)
        self.risks = self.risks if change.risks is None else change.risks
        self.last = change

    @property
    def picture(self) -> Picture:
        return Picture(
            at=self.last.at,
            counters=self.last.counters,
            nodes=list(self.nodes.values()),
            parcels=list(self.parcels.values()),
            risks=list(self.risks),
        )


class WatchedStorm(Storm):
    """A storm that somebody watches: now and then the watchers catch up, and are compared with newcomers."""

    def __init__(self, pool: Pool, seed: int) -> None:
        super().__init__(pool, seed)
        self.compared = 0
        self.watch: Watch | None = None
        self.pages: dict[str | None, Page] = {}
        self.whims = Random(seed)

    async def look(self) -> None:
        if self.watch is None:
            self.watch = await opened(self.town)
            self.pages = {ally: Page(self.watch.picture(ally)) for ally in ALLIES}
            return
        await followed(self.watch, self.town)
        for ally, page in self.pages.items():
            page.hear(self.watch.change(ally))
        if self.whims.random() < 0.3:
            await self.compare()

    async def compare(self) -> None:
        assert self.watch is not None
        fresh = await opened(self.town)
        self.compared += 1
        for ally, page in self.pages.items():
            expected = sorted_out(fresh.picture(ally))
            assert sorted_out(self.watch.picture(ally)) == expected
            assert sorted_out(page.picture) == expected


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_followed_through_a_storm_it_is_what_a_fresh_one_is(db: Pool, seed: int) -> None:
    storm = WatchedStorm(db, seed)
    await storm.rage(20)
    for _ in range(60):
        await storm.stir(3)
        await storm.look()
    await storm.compare()
    await storm.settle_down()
    await storm.look()
    await storm.compare()

    assert storm.compared >= 5
    assert storm.watch is not None
    done = storm.watch.picture(None)
    assert (done.parcels, done.risks, done.counters.open) == ([], [], 0)
    assert done.counters.orders == len(storm.orders) == done.counters.delivered + done.counters.cancelled > 5


async def test_an_order_that_ends_before_it_is_first_heard_of_counts_once(town: Town) -> None:
    """It is placed and cancelled before its reactions run: the feed tells of it after the picture was opened."""
    token, _ = await town.way({"tea": 1})
    order_id = await town.take(token)
    async with town.pool.transaction() as conn:
        await conn.execute("UPDATE orders.order SET state = 'cancelled' WHERE order_id = %s", (order_id,))
        await conn.execute("UPDATE orders.parcel SET state = 'cancelled' WHERE order_id = %s", (order_id,))
    watch = await opened(town)
    assert (watch.picture(None).counters.orders, watch.picture(None).counters.cancelled) == (1, 1)

    await town.engine.drain()
    for _ in range(2):
        assert (await followed(watch, town)).counters.cancelled == 1
    assert watch.picture(None).counters.orders == 1


async def test_the_past_is_counted_beside_what_happens_meanwhile(town: Town) -> None:
    """Orders end, and others are placed, between the opening and the counting of what had ended before it."""
    over, ends = [await town.released(tea=1, jam=1) for _ in range(2)]
    await town.until(EVENING)

    async def deliver(order_id: UUID) -> None:
        for parcel in await town.live(order_id):
            await town.pick(parcel)
            await town.send(parcel, parcel.departs_at)
            await town.tell(parcel, "delivered", parcel.promised_at - timedelta(hours=1))

    await deliver(over)
    called_off = await town.take((await town.way({"tea": 1}))[0])
    async with town.pool.transaction() as conn:
        watch = await Watch.open(conn, town.clock.now())
        first = watch.picture(None).counters
        assert (first.counted, first.orders, first.open) == (False, 2, 2)
        await deliver(ends)
        async with town.pool.transaction() as other:
            await cancel_order.cancel(other, called_off, "operator", town.clock.now())
        await town.engine.drain()
        await town.released(tea=1)
        await followed(watch, town)
        await watch.count_past(conn)
    fresh = await opened(town)
    for ally in ALLIES:
        assert sorted_out(watch.picture(ally)) == sorted_out(fresh.picture(ally))
    last = fresh.picture(None).counters
    assert (last.counted, last.orders, last.open, last.delivered, last.cancelled) == (True, 4, 1, 2, 1)


async def test_a_parcel_is_followed_to_the_door(town: Town) -> None:
    watch = await opened(town)
    assert watch.picture(None).counters.kept_ppm is None
    order_id = await town.released(tea=2)
    change = await followed(watch, town)
    [parcel] = await town.live(order_id)
    [seen] = change.parcels
    assert (seen.parcel_id, seen.order_id, seen.node_id, seen.zone_id, seen.state) == (
        parcel.parcel_id, order_id, "icheon", "seoul", "released",
    )  # fmt: skip
    assert seen.chance_ppm >= 900_000
    assert [(node.node_id, node.open_parcels) for node in change.nodes if node.open_parcels] == [("icheon", 1)]

    await town.until(EVENING)
    await town.pick(parcel)
    await town.send(parcel, parcel.departs_at)
    change = await followed(watch, town)
    assert [each.state for each in change.parcels] == ["shipped"]
    assert [node.open_parcels for node in change.nodes if node.node_id == "icheon"] == [0]

    await town.tell(parcel, "delivered", parcel.promised_at - timedelta(hours=1))
    change = await followed(watch, town)
    assert (change.parcels, change.gone) == ([], [parcel.parcel_id])
    counters = change.counters
    assert (counters.orders, counters.open, counters.delivered, counters.kept_ppm) == (1, 0, 1, 1_000_000)
    assert (counters.cost_minor > 0, counters.currency, counters.split_ppm) == (True, "KRW", 0)


async def test_what_goes_wrong_is_told_with_its_reason(town: Town) -> None:
    watch = await opened(town)
    late, slow = [(await town.live(await town.released(tea=1)))[0] for _ in range(2)]
    await town.until(EVENING)
    await town.pick(slow)
    await town.send(slow, slow.departs_at)
    await followed(watch, town)

    assert [risk.code for risk in watch.picture(None).risks] == ["late_pick"]
    await town.tell(slow, "exception", slow.departs_at + timedelta(hours=3))
    change = await followed(watch, town)
    assert change.risks is not None
    told = {risk.parcel_id: risk for risk in change.risks}
    assert {parcel_id: risk.code for parcel_id, risk in told.items()} == {
        late.parcel_id: "missed_departure", slow.parcel_id: "carrier_exception",
    }  # fmt: skip
    assert told[slow.parcel_id].args == {"state": "exception"}
    assert told[late.parcel_id].args["next_departs_at"] == late.departs_at + timedelta(days=1)
    assert change.counters.at_risk == 2


@pytest.mark.parametrize("opens_in", [None, timedelta(days=1)])
async def test_what_waits_for_a_closed_lane_is_at_risk(town: Town, opens_in: timedelta | None) -> None:
    [parcel] = await town.live(await town.released(tea=1))
    watch = await opened(town)
    now = town.clock.now()
    until = None if opens_in is None else now + opens_in
    async with town.pool.transaction() as conn:
        await network.close_lanes(conn, "carrier", "swift", "strike", until, now)
    change = await followed(watch, town)
    assert change.risks is not None
    [risk] = change.risks
    assert (risk.parcel_id, risk.code) == (parcel.parcel_id, "lane_closed")
    next_at = None if until is None else parcel.departs_at + timedelta(days=1)
    assert risk.args == {"carrier_id": "swift", "next_departs_at": next_at}
    assert sorted_out(watch.picture(None)) == sorted_out((await opened(town)).picture(None))


async def test_a_node_that_is_out_of_service_is_seen_and_its_parcels_are_at_risk(town: Town) -> None:
    [parcel] = await town.live(await town.released(tea=1))
    watch = await opened(town)
    now = town.clock.now()
    async with town.pool.transaction() as conn:
        await network.close(conn, parcel.node_id, "power", now + timedelta(hours=2), now)
    change = await followed(watch, town)
    assert [(node.node_id, node.state) for node in change.nodes] == [(parcel.node_id, "down")]
    assert [(each.parcel_id, each.chance_ppm) for each in change.parcels] == [(parcel.parcel_id, 0)]
    assert change.risks is not None
    assert [(risk.code, risk.args) for risk in change.risks] == [("node_down", {"node_id": parcel.node_id})]
    assert sorted_out(watch.picture(None)) == sorted_out((await opened(town)).picture(None))

    town.clock.set(now + timedelta(hours=3))  # it opens by itself, as announced
    change = await followed(watch, town)
    assert [(node.node_id, node.state) for node in change.nodes if node.state == "open"] == [(parcel.node_id, "open")]
    assert (change.risks, change.counters.at_risk) == ([], 0)
    assert sorted_out(watch.picture(None)) == sorted_out((await opened(town)).picture(None))


async def test_an_ally_sees_what_it_has_a_part_in(town: Town) -> None:
    await town.released(tea=1)
    await town.released("pickup", jam=1)
    watch = await opened(town)

    def seen(ally: str | None) -> tuple[int, int, int]:
        picture = watch.picture(ally)
        return picture.counters.orders, len(picture.parcels), sum(node.open_parcels for node in picture.nodes)

    assert seen(None) == seen("market") == (2, 2, 2)
    assert seen("logis") == seen("swift") == (1, 1, 1)
    assert seen("mart") == (1, 1, 1)
    assert seen("nobody") == (0, 0, 0)
    assert watch.picture("market").counters.cost_minor == watch.picture(None).counters.cost_minor > 0
    assert watch.picture("logis").counters.cost_minor == 0
    loads = {node.node_id: node.load_ppm for node in watch.picture("mart").nodes}
    assert (loads["icheon"], loads["gangnam"] is not None) == (None, True)


async def test_a_follow_takes_as_many_statements_for_many_orders_as_for_one(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = await opened(town)
    asked = list[str]()

    async def count(orders: int) -> int:
        for _ in range(orders):
            await town.released(tea=1)
        asked.clear()
        async with town.pool.transaction() as conn:
            execute = conn.execute

            async def counted(query: Any, *args: Any, **more: Any) -> Any:
                asked.append(str(query))
                return await execute(query, *args, **more)

            with monkeypatch.context() as patch:
                patch.setattr(conn, "execute", counted)
                await watch.follow(conn, town.clock.now())
        return len(asked)

    few, many = await count(1), await count(9)
    assert many == few <= 7, asked
