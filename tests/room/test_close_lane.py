"""A lane or a carrier closes: what was to leave by it takes another way, keeps its date where that can be, or waits."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import pytest

from sangdan.flows import close_lane, close_node
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine
from sangdan.offer.network.errors import ClosingEndsBefore, ClosingNone, LaneUnknown
from sangdan.offer.network.model import Closing, Hindrance, Scope
from sangdan.offer.promise.errors import NoWay
from sangdan.ship.warehouse import commands as warehouse

from .alliance_cases import AT, EVENING, ROWS
from .alliance_town import Town
from .order_storm import Storm

LANE: Final = "seoul.next_day"
HOUR: Final = timedelta(hours=1)


async def shut(
    town: Town, closed_id: str = LANE, scope: Scope = "lane", until: datetime | None = None, reason: Hindrance = "road"
) -> Closing:
    """Close it, and let everything follow."""
    now = town.clock.now()
    async with town.pool.transaction() as conn:
        closing = await close_lane.close(conn, scope, closed_id, reason, until, now)
    await town.until(now)
    return closing


async def opened(town: Town, closed_id: str = LANE, scope: Scope = "lane") -> Closing:
    async with town.pool.transaction() as conn:
        return await close_lane.reopen(conn, scope, closed_id, town.clock.now())


async def ways(town: Town, order_id: UUID) -> list[tuple[str, str]]:
    """From which node, and by which service, its parcels are still to come."""
    return [(parcel.node_id, parcel.service) for parcel in await town.live(order_id)]


async def heard(town: Town, order_id: UUID) -> list[bool]:
    """For each message of another way: whether the date stands."""
    return [each["kept"] for each in await town.facts(order_id, "orders.re_promised")]


@pytest.mark.parametrize("early", [True, False])
async def test_it_comes_from_where_another_lane_keeps_the_date(town: Town, early: bool) -> None:
    order_id = await (town.order if early else town.released)(tea=2)
    promised_at = (await town.whole(order_id)).order.promised_at
    await shut(town)
    [parcel] = await town.live(order_id)
    assert (parcel.node_id, parcel.service, parcel.promised_at) == ("gimhae", "next_day", promised_at)
    assert await heard(town, order_id) == [True]
    assert await town.shelf("icheon", "tea") == (10, 0)
    await town.until(EVENING)
    await town.deliver(parcel)
    assert (await town.whole(order_id)).order.state == "delivered"


async def test_where_nobody_keeps_the_date_it_moves_as_little_as_can_be(town: Town) -> None:
    """Nine cups are in Icheon only, whose slower lane is open."""
    order_id = await town.released(cup=9)
    await shut(town)
    assert await ways(town, order_id) == [("icheon", "standard")]
    assert await heard(town, order_id) == [False]


async def test_what_nobody_else_can_bring_waits_and_goes_when_it_opens(town: Town) -> None:
    order_id = await town.released(tea=2)
    [before] = await town.live(order_id)
    await shut(town, "swift", "carrier", reason="strike")
    assert await town.live(order_id) == [before]
    assert await heard(town, order_id) == []
    assert (await town.whole(order_id)).order.state == "released"
    for service in ("next_day", "standard"):
        with pytest.raises(NoWay):
            await town.way({"tea": 1}, service)
    await opened(town, "swift", "carrier")
    await town.way({"tea": 1}, "next_day")
    await town.deliver(before)
    assert (await town.whole(order_id)).order.state == "delivered"


async def test_promises_avoid_it_and_a_token_from_before_is_moved_when_it_is_placed(town: Town) -> None:
    token, way = await town.way({"tea": 2}, "next_day")
    assert way.parcels[0].lane_id == LANE
    await shut(town)
    _, fresh = await town.way({"tea": 2}, "next_day")
    assert fresh.parcels[0].lane_id == "busan.next_day"
    order_id = await town.take(token)
    await town.until(town.clock.now())
    assert await ways(town, order_id) == [("gimhae", "next_day")]
    assert await heard(town, order_id) == [True]


async def test_an_end_that_is_known_spares_what_departs_after_it_and_opens_by_itself(town: Town) -> None:
    """The van leaves at eight in the evening."""
    order_id = await town.released(tea=2)
    [parcel] = await town.live(order_id)
    await shut(town, until=parcel.departs_at - HOUR)
    assert await ways(town, order_id) == [("icheon", "next_day")]
    with pytest.raises(NoWay):
        await town.way({"cup": 9}, "next_day")
    await shut(town, until=parcel.departs_at + HOUR)
    assert await ways(town, order_id) == [("gimhae", "next_day")]
    await town.until(parcel.departs_at + HOUR)
    with pytest.raises(ClosingNone):
        await opened(town)
    _, way = await town.way({"cup": 9}, "next_day")
    assert way.parcels[0].lane_id == LANE


async def test_an_end_that_was_taken_back_does_not_open_it(town: Town) -> None:
    now = town.clock.now()
    await shut(town, until=now + HOUR)
    await shut(town)
    await town.until(now + 2 * HOUR)
    assert (await opened(town)).from_at == now, "one closing, said anew"


async def test_what_is_packed_goes_another_way_and_what_left_is_left_alone(town: Town) -> None:
    packed, gone = await town.released(tea=1), await town.released(cup=1)
    await town.until(EVENING)
    for order_id in (packed, gone):
        [parcel] = await town.live(order_id)
        await town.pick(parcel)
        async with town.pool.transaction() as conn:
            await warehouse.pack(conn, parcel.node_id, parcel.parcel_id, town.clock.now())
    [parcel] = await town.live(gone)
    async with town.pool.transaction() as conn:
        await warehouse.hand_over(conn, parcel.node_id, parcel.parcel_id, town.clock.now())
    await town.react()
    await shut(town)
    assert await ways(town, packed) == [("gimhae", "next_day")]
    assert ((await town.whole(gone)).order.state, await heard(town, gone)) == ("shipped", [])


async def test_never_back_to_who_refused(town: Town) -> None:
    """Icheon did not find the tea, Gimhae brings it; when Gimhae's lane closes, it does not come from Icheon again."""
    order_id = await town.released(tea=2)
    [parcel] = await town.live(order_id)
    await town.pick(parcel, tea=0)
    assert await ways(town, order_id) == [("gimhae", "next_day")]
    await shut(town, "busan.next_day")
    [(node_id, service)] = await ways(town, order_id)
    assert (node_id, service) == ("gimhae", "standard")


async def test_closing_twice_tells_nobody_twice(town: Town) -> None:
    order_id = await town.released(tea=2)
    first, second = await shut(town), await shut(town, reason="weather")
    assert (first.from_at, first.reason, second.reason) == (second.from_at, "road", "weather")
    assert await heard(town, order_id) == [True]
    async with town.pool.transaction() as conn:
        assert await value(conn, "SELECT count(*) FROM network.closing") == 1
    await opened(town)
    with pytest.raises(ClosingNone):
        await opened(town)
    await shut(town)
    async with town.pool.transaction() as conn:
        told = await value(conn, "SELECT count(*) FROM network.closing WHERE ended_at IS NULL")
    assert told == 1, "opened and closed in one instant: it was never open"


async def test_what_cannot_be(town: Town) -> None:
    wrong: list[tuple[Scope, str, datetime | None, type[Exception]]] = [
        ("lane", "ghost", None, LaneUnknown),
        ("carrier", LANE, None, LaneUnknown),
        ("lane", "swift", None, LaneUnknown),
        ("lane", LANE, AT, ClosingEndsBefore),
    ]
    for scope, closed_id, until, refusal in wrong:
        with pytest.raises(refusal):
            async with town.pool.transaction() as conn:
                await close_lane.close(conn, scope, closed_id, "other", until, AT)


async def test_a_stop_in_between_loses_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of two, and the engine stops after every step."""
    monkeypatch.setattr(close_lane, "PAGE", 2)
    ids = [await town.released(tea=1) for _ in range(5)]
    now = town.clock.now()
    async with town.pool.transaction() as conn:
        await close_lane.close(conn, "carrier", "swift", "road", now + 24 * HOUR, now)
        await close_lane.reopen(conn, "carrier", "swift", now)
        await close_lane.close(conn, "lane", LANE, "road", None, now)
    while await Engine(town.pool, town.clock, None).step(now):
        await town.audit()
    assert [await ways(town, each) for each in ids] == [[("gimhae", "next_day")]] * 5
    assert [await heard(town, each) for each in ids] == [[True]] * 5


class RoadStorm(Storm):
    """Random days on which lanes, carriers and places close, for whatever reason, and open or do not."""

    def __init__(self, pool: Pool, seed: int) -> None:
        super().__init__(pool, seed)
        self._deeds["lane"] = (3, self._lane)
        self._deeds["outage"] = (1, self._outage)

    async def _lane(self) -> bool:
        now = self.town.clock.now()
        scope: Scope = "carrier" if self._random.random() < 0.1 else "lane"
        closed_id = "swift" if scope == "carrier" else self._random.choice(ROWS["lanes"])["lane_id"]
        async with self.town.pool.transaction() as conn:
            if self._random.random() < 0.5:
                until = self._random.choice((None, now + 3 * HOUR))
                await close_lane.close(conn, scope, closed_id, "weather", until, now)
            else:
                try:
                    await close_lane.reopen(conn, scope, closed_id, now)
                except ClosingNone:
                    return False
        await self.town.until(now)
        return True

    async def _outage(self) -> bool:
        now = self.town.clock.now()
        node_id = self._random.choice(ROWS["nodes"])["node_id"]
        async with self.town.pool.transaction() as conn:
            await close_node.close(conn, node_id, "other", now + HOUR, now)
        await self.town.until(now)
        return True


async def test_days_full_of_closings_add_up(db: Pool) -> None:
    storm = RoadStorm(db, 1)
    await storm.town.found()
    for _ in range(6):
        await storm.stir(20)
    assert {"order", "pick", "lane"} <= set(storm.done)
    await storm.settle_down()
    states = {(await storm.town.whole(order_id)).order.state for order_id in storm.orders}
    assert states <= {"confirmed", "cancelled"}
