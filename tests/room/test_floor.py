"""What is done with a device in hand: once, however often it is sent; who came too late is told how it stands."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from sangdan.flows import floor_act, floor_work
from sangdan.flows.floor_act import NotYet
from sangdan.flows.pickup_ticket import pickup_key, tickets
from sangdan.kit.access import Seer
from sangdan.kit.db import value
from sangdan.kit.gs1 import sscc
from sangdan.order.orders.model import Parcel
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.floor import commands as floor
from sangdan.ship.floor.errors import ActionKeyReused, ActionUnfit
from sangdan.ship.floor.model import Outcome, read_action
from sangdan.ship.warehouse import commands as warehouse

from .alliance_cases import EVENING
from .alliance_town import Town

KIM = Seer("kim", "floor", "logis", None)
LEE = Seer("lee", "floor", "logis", None)
VAN = Seer("van-1", "courier", "swift", None)
OTHER_VAN = Seer("van-2", "courier", "swift", None)
RIVAL = Seer("van-3", "courier", "rival", None)
NONE = timedelta()


class Device:
    """Somebody's device: makes actions with keys of its own, and sends them."""

    def __init__(self, town: Town, seer: Seer) -> None:
        self.town = town
        self.seer = seer

    def say(self, kind: str, **more: Any) -> bytes:
        """An action as it goes over the line; `device_at` may be told otherwise."""
        told = {"kind": kind, "key": uuid4(), "device_at": self.town.clock.now(), **more}
        return msgspec.json.encode(told)

    def at_node(self, kind: str, parcel: Parcel, **more: Any) -> bytes:
        return self.say(kind, node_id=parcel.node_id, parcel_id=parcel.parcel_id, **more)

    async def pick(self, parcel: Parcel) -> bytes:
        """All that the parcel asks for was there."""
        async with self.town.pool.transaction() as conn:
            lines = await warehouse.lines(conn, parcel.node_id, parcel.parcel_id)
        return self.at_node("pick", parcel, found={str(line.reservation_id): line.units for line in lines})

    async def send(self, raw: bytes, offset: timedelta = NONE) -> Outcome:
        async with self.town.pool.transaction() as conn:
            at = self.town.clock.now()
            secret = await pickup_key(conn, at)
            outcome = await floor_act.act(conn, self.seer, read_action(raw), raw, offset, secret, at)
        await self.town.react()
        return outcome


async def told(town: Town, parcel_id: UUID) -> list[str]:
    """The facts of a parcel's life."""
    async with town.pool.transaction() as conn:
        found: list[str] | None = await value(
            conn, "SELECT array_agg(type ORDER BY sequence) FROM kit.event WHERE subject = %(id)s", id=str(parcel_id)
        )
    return found or []


async def made_ready(town: Town, kim: Device, parcel: Parcel) -> None:
    for raw in (await kim.pick(parcel), kim.at_node("pack", parcel), kim.at_node("hand_over", parcel)):
        assert (await kim.send(raw)).result == "done"


async def test_a_parcel_goes_from_shelf_to_door_each_step_sent_three_times(town: Town) -> None:
    [parcel] = await town.live(await town.released(tea=2))
    kim, van = Device(town, KIM), Device(town, VAN)
    for raw in (await kim.pick(parcel), kim.at_node("pack", parcel), kim.at_node("hand_over", parcel)):
        assert [(await kim.send(raw)).result for _ in range(3)] == ["done", "already", "already"]
    async with town.pool.transaction() as conn:
        label = (await warehouse.task(conn, parcel.node_id, parcel.parcel_id)).sscc
    for raw in (van.say("load", sscc=label), van.say("deliver", parcel_id=parcel.parcel_id, how="at_door")):
        assert [(await van.send(raw)).result for _ in range(3)] == ["done", "already", "already"]
    assert await told(town, parcel.parcel_id) == [
        "warehouse.picked", "warehouse.packed", "warehouse.handed_over", "delivery.moved", "delivery.delivered",
    ]  # fmt: skip
    assert (await town.whole(parcel.order_id)).order.state == "delivered"
    async with town.pool.transaction() as conn:
        proof = await floor.proof(conn, parcel.parcel_id)
        assert proof is not None
        assert (proof.how, proof.by) == ("at_door", "van-1")
        assert await floor.loads(conn, "van-1", 10) == []
        assert await value(conn, "SELECT count(*) FROM kit.audit WHERE what LIKE 'parcel.%%'") == 5


async def test_twins_at_once_have_one_effect(town: Town) -> None:
    [parcel] = await town.live(await town.released(tea=2))
    kim = Device(town, KIM)
    raw = await kim.pick(parcel)

    async def send() -> str:
        async with town.pool.transaction() as conn:
            return (await floor_act.act(conn, KIM, read_action(raw), raw, NONE, b"k" * 32, town.clock.now())).result

    assert Counter(await asyncio.gather(*(send() for _ in range(12)))) == {"done": 1, "already": 11}
    assert await told(town, parcel.parcel_id) == ["warehouse.picked"]


async def test_whoever_picks_what_another_has_picked_is_told_so_each_time(town: Town) -> None:
    [parcel] = await town.live(await town.released(tea=2))
    kim, lee = Device(town, KIM), Device(town, LEE)
    late = await lee.pick(parcel)
    assert (await kim.send(await kim.pick(parcel))).result == "done"
    for _ in range(2):
        outcome = await lee.send(late)
        assert (outcome.result, outcome.code) == ("conflict", "done-meanwhile")
        assert (outcome.now["state"], outcome.now["by"]) == ("picked", "kim")
    assert await told(town, parcel.parcel_id) == ["warehouse.picked"]


async def test_a_key_stands_for_one_action(town: Town) -> None:
    [parcel] = await town.live(await town.released(tea=2))
    kim = Device(town, KIM)
    key = uuid4()
    raw = await kim.pick(parcel)
    first = msgspec.json.encode({**msgspec.json.decode(raw), "key": key})
    assert (await kim.send(first)).result == "done"
    with pytest.raises(ActionKeyReused):
        await kim.send(msgspec.json.encode({**msgspec.json.decode(raw), "key": key, "done_by": "somebody"}))


@pytest.mark.parametrize(
    ("clock", "offset_ms", "batch", "minutes_ago"),
    [
        (timedelta(minutes=-30), 0, NONE, 30),  # an honest clock
        (timedelta(hours=9, minutes=-30), -9 * 3_600_000, NONE, 30),  # nine hours fast, and known to be
        (timedelta(hours=9, minutes=-30), None, timedelta(hours=-9), 30),  # seen only when it was sent
        (timedelta(days=400), 0, NONE, 0),  # set to nonsense meanwhile: nothing is done in the future,
        (timedelta(days=-400), 0, NONE, 0),  # and nothing so long ago
    ],
)
async def test_a_parcel_arrived_when_it_was_left_whatever_the_device_s_clock_says(
    town: Town, clock: timedelta, offset_ms: int | None, batch: timedelta, minutes_ago: int
) -> None:
    [parcel] = await town.live(await town.released(tea=2))
    await made_ready(town, Device(town, KIM), parcel)
    await town.until(town.clock.now() + timedelta(hours=3))
    now = town.clock.now()
    van = Device(town, VAN)
    raw = van.say("deliver", parcel_id=parcel.parcel_id, how="in_person", device_at=now + clock, offset_ms=offset_ms)
    assert (await van.send(raw, batch)).result == "done"
    async with town.pool.transaction() as conn:
        held = await delivery.parcel(conn, parcel.order_id, parcel.parcel_id, None)
        [*_, trace] = await floor.traces(conn, parcel.parcel_id)
    assert held.delivered_at == now - timedelta(minutes=minutes_ago)
    assert (trace.device_at, trace.at) == (now + clock, now)


async def test_a_parcel_is_fetched_with_its_code_once(town: Town) -> None:
    await town.until(EVENING)
    order_id = await town.released("pickup", jam=1)
    [parcel] = await town.live(order_id)
    kim = Device(town, KIM)
    await made_ready(town, kim, parcel)
    async with town.pool.transaction() as conn:
        [mine] = await tickets(conn, order_id, town.clock.now())
        work = await floor_work.floor_work(conn, parcel.node_id, await pickup_key(conn, EVENING), EVENING)
    [waiting] = work.counter
    assert (waiting.parcel_id, work.goods["jam"].sku, len(waiting.hint or "")) == (parcel.parcel_id, "jam", 16)

    wrong = await kim.send(kim.at_node("collect", parcel, code=f"{(int(mine.code) + 1) % 10**6:06d}"))
    assert (wrong.result, wrong.code) == ("conflict", "pickup-code-wrong")
    foreign = await kim.send(kim.at_node("collect", parcel, code=f"sangdan:pickup:{uuid4().hex}:{mine.code}"))
    assert foreign.code == "pickup-code-wrong", "another parcel's ticket, even with the same digits"
    assert (await kim.send(kim.at_node("collect", parcel, code=mine.qr))).result == "done"
    again = await kim.send(kim.at_node("collect", parcel, code=mine.code))
    assert (again.result, again.code, again.facts["state"]) == ("conflict", "done-meanwhile", "collected")
    assert (await town.whole(order_id)).order.state == "delivered"
    async with town.pool.transaction() as conn:
        assert await tickets(conn, order_id, town.clock.now()) == []


async def test_what_stands_behind_an_event_that_is_on_its_way_is_sent_again(town: Town) -> None:
    """The hand-over is known, its reaction is not: the shopper at the counter does not lose the parcel for that."""
    await town.until(EVENING)
    [parcel] = await town.live(await town.released("pickup", jam=1))
    kim = Device(town, KIM)
    for raw in (await kim.pick(parcel), kim.at_node("pack", parcel)):
        await kim.send(raw)
    raw = kim.at_node("collect", parcel)
    async with town.pool.transaction() as conn:
        await warehouse.hand_over(conn, parcel.node_id, parcel.parcel_id, town.clock.now())
    with pytest.raises(NotYet):
        await kim.send(raw)
    await town.react()
    assert (await kim.send(raw)).result == "done"


async def test_a_label_that_nobody_knows_waits_for_its_node_and_then_is_refused(town: Town) -> None:
    van = Device(town, VAN)
    raw = van.say("load", sscc=sscc(0, "8801234", 1))
    with pytest.raises(NotYet):
        await van.send(raw)
    await town.until(town.clock.now() + timedelta(minutes=20))
    assert (await van.send(raw)).code == "label-unknown"


async def test_a_courier_has_what_was_scanned_last_and_nothing_of_another_carrier(town: Town) -> None:
    [parcel] = await town.live(await town.released(tea=2))
    await made_ready(town, Device(town, KIM), parcel)
    van, other, rival = Device(town, VAN), Device(town, OTHER_VAN), Device(town, RIVAL)
    assert (await van.send(van.say("load", parcel_id=parcel.parcel_id))).result == "done"
    await town.until(town.clock.now() + timedelta(minutes=5))
    assert (await other.send(other.say("load", parcel_id=parcel.parcel_id))).result == "done"
    assert (await rival.send(rival.say("load", parcel_id=parcel.parcel_id))).code == "no-such-parcel"
    assert (await rival.send(rival.say("deliver", parcel_id=parcel.parcel_id, how="locker"))).code == "no-such-parcel"
    now = town.clock.now()
    async with town.pool.transaction() as conn:
        lists = [await floor_work.road_work(conn, seer, now) for seer in (VAN, OTHER_VAN, RIVAL)]
    assert [len(each.on_board) for each in lists] == [0, 1, 0]
    [mine] = lists[1].on_board
    assert (mine.parcel_id, mine.state, mine.postcode) == (parcel.parcel_id, "out_for_delivery", "06236")
    assert (await other.send(other.say("fail", parcel_id=parcel.parcel_id, why="nobody_in"))).result == "done"
    async with town.pool.transaction() as conn:
        [tried] = (await floor_work.road_work(conn, OTHER_VAN, now)).on_board
    assert tried.state == "attempt_fail", "it is still in the van"


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{}", b"[]", b"\xff", b'{"kind":"fly","key":"0f3f1d2b-1659-4d48-b60b-8bc28850d947"}',
        b'{"kind":"load","key":"00000000-0000-4000-8000-000000000000","device_at":"2026-11-23T01:00:00Z","sscc":"12"}',
        b'{"kind":"load","key":"00000000-0000-4000-8000-000000000000","device_at":"2026-11-23T01:00:00Z"}',
        b'{"kind":"deliver","key":"00000000-0000-4000-8000-000000000000","device_at":"2026-11-23T01:00:00",'
        b'"parcel_id":"00000000-0000-4000-8000-000000000000","how":"at_door"}',
    ],
)  # fmt: skip
def test_what_is_no_action_is_refused_with_a_reason(raw: bytes) -> None:
    with pytest.raises(ActionUnfit) as refused:
        read_action(raw)
    assert refused.value.detail.startswith("This is no action that the tower knows: ")


def test_times_are_utc_whatever_zone_a_device_tells() -> None:
    raw = msgspec.json.encode(
        {
            "kind": "fail",
            "key": uuid4(),
            "device_at": "2026-11-23T10:00:00+09:00",
            "parcel_id": uuid4(),
            "why": "refused",
        }
    )
    assert read_action(raw).device_at == datetime.fromisoformat("2026-11-23T01:00:00+00:00")
