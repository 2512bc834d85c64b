"""Nobody who is let in makes late what was promised before: the rule by example, then against a floor at work."""

from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from random import Random
from typing import Final

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sangdan.offer.promise.model import (
    Departures,
    Inputs,
    ServiceRule,
    Unpicked,
    Way,
    overtaken,
    places,
    quote,
    starts_by,
)

from .promise_cases import (
    DAY_S,
    HOUR_S,
    NOON,
    PICKUP,
    QUICK,
    TRANSIT_S,
    a_line,
    a_node,
    a_policy,
    a_question,
    a_route,
    a_shelf,
)

MINUTE_S: Final = 60
ONE: Final = NOON + HOUR_S
HANDLING_S: Final = 720
# A courier every half hour, who leaves five minutes after the last parcel that he takes.
COURIERS: Final = Departures(
    tuple(NOON - DAY_S + n * 1800 for n in range(20 * 24)), tuple(NOON - DAY_S + n * 1800 + 300 for n in range(20 * 24))
)
TOMORROW: Final = ServiceRule(service="next_day", target_ppm=900_000, within_s=4 * DAY_S)


def asked(at: int, unpicked: Sequence[Unpicked] = (), per_hour: int = 20, full: Sequence[int] = ()) -> Inputs:
    """A store with so many parcels an hour, twelve minutes each: twenty make four pickers."""
    store = a_node(
        "store", kind="store", pickup=True, handling_s=HANDLING_S, parcels_per_hour=per_hour,
        unpicked=tuple(unpicked), full_hours=tuple(full),
    )  # fmt: skip
    routes = (
        a_route("store", service="quick", lane_id="bike", departures=1, deadlines=None,
                transit_s=tuple(t // 40 for t in TRANSIT_S)),
        a_route("store", service="next_day", lane_id="van"),
    )  # fmt: skip
    question = a_question(
        at=at, lines=(a_line(),), cells=(a_shelf("store"),), nodes=(store,), routes=routes,
        policy=a_policy(PICKUP, QUICK, TOMORROW, margin_s=180),
    )  # fmt: skip
    return msgspec.structs.replace(question, departures=(*question.departures, COURIERS))


def way_of(inputs: Inputs, service: str = "pickup") -> Way:
    return next(way for way in quote(inputs).ways if way.service == service)


def minutes(inputs: Inputs, service: str = "pickup") -> int:
    """From the question to what is promised."""
    return (int(way_of(inputs, service).promised_at.timestamp()) - inputs.at) // MINUTE_S


def standing(parcels: int, hour_at: int, pack_by: int) -> Unpicked:
    return Unpicked(hour_at, parcels, pack_by)


def test_an_older_token_for_an_earlier_hour_goes_before_nobody_who_would_be_late() -> None:
    """At 12:56 somebody is told 13:15, and hesitates; at 12:57 four others are told the same, for the hour at one."""
    old, new = asked(NOON + 56 * MINUTE_S), asked(NOON + 57 * MINUTE_S)
    waiting, quick = way_of(old), way_of(new)
    assert (waiting.promised_at, quick.promised_at) == (quick.promised_at, waiting.promised_at)
    [(_, early)], [(_, late)] = places(old, waiting), places(new, quick)
    assert (early.hour_at, late.hour_at) == (NOON, ONE)
    now = NOON + 58 * MINUTE_S
    assert overtaken(old, waiting, {"store": [msgspec.structs.replace(late, parcels=3)]}, now) == []
    assert overtaken(old, waiting, {"store": [msgspec.structs.replace(late, parcels=4)]}, now) == ["store"]


def test_a_freed_place_in_an_earlier_hour_is_offered_with_the_next_honest_time() -> None:
    """Eight stand for the next hour, promised twenty-five past one; who gets a place before them is told to wait."""
    later = standing(8, ONE, ONE + 25 * MINUTE_S)
    at = NOON + 57 * MINUTE_S
    assert minutes(asked(at - 3 * MINUTE_S, [standing(3, ONE, ONE + 25 * MINUTE_S)])) == 16, "13:10: a picker is free"
    [(_, place)] = places(asked(at, [later]), way_of(asked(at, [later])))
    assert minutes(asked(at, [later])) == 43, "13:40, behind them"
    assert place.pack_by == ONE + 40 * MINUTE_S


def test_what_can_wait_until_the_evening_lets_a_pickup_go_first() -> None:
    """A dozen for the evening's van: three of the pickers, or four, may have one in their hands, and no more."""
    evening = NOON + 5 * HOUR_S
    assert minutes(asked(NOON, [standing(3, NOON, evening)])) == 15
    assert minutes(asked(NOON, [standing(12, NOON, evening)])) == 30
    assert minutes(asked(NOON, [Unpicked(NOON, 12)])) == 55, "not if it is not known until when they can wait"


def test_a_queue_that_only_became_shorter_delays_nobody() -> None:
    inputs = asked(NOON, [standing(8, NOON, NOON + 30 * MINUTE_S)])
    way = way_of(inputs)
    for left, minute in ((8, 3), (5, 3), (0, 3), (4, 8)):
        unpicked = {"store": [standing(left, NOON, NOON + 30 * MINUTE_S)] if left else []}
        assert overtaken(inputs, way, unpicked, NOON + minute * MINUTE_S) == []


def test_who_hesitated_while_nobody_picked_is_told_anew() -> None:
    before = standing(8, NOON, NOON + 30 * MINUTE_S)
    inputs = asked(NOON, [before])
    assert overtaken(inputs, way_of(inputs), {"store": [before]}, NOON + 8 * MINUTE_S) == ["store"]


@pytest.mark.parametrize(("service", "minute"), [("pickup", 15), ("quick", 30), ("next_day", 5 * 60)])
def test_each_service_says_until_when_it_must_be_packed(service: str, minute: int) -> None:
    inputs = asked(NOON)
    assert places(inputs, way_of(inputs, service)) == [("store", standing(1, NOON, NOON + minute * MINUTE_S))]


class Job(msgspec.Struct, frozen=True, order=True):
    """A parcel on the floor, least time left first."""

    pack_by: int
    number: int
    told_at: int
    place: Unpicked


class FloorAtWork:
    """Pickers who take what must be packed first of what they were told, and take at most as long as reckoned with."""

    def __init__(self, pickers: int, random: Random) -> None:
        self.free_at = [NOON] * pickers
        self.late: list[Job] = []
        self._told: list[tuple[int, Job]] = []
        self._waiting: list[Job] = []
        self._making: list[tuple[int, Job]] = []
        self._random = random

    def tell(self, job: Job) -> None:
        heappush(self._told, (job.told_at, job))

    def queue(self) -> list[Unpicked]:
        """What nobody has picked: what is in somebody's hands counts too."""
        jobs = [job for _, job in [*self._told, *self._making]] + self._waiting
        return [job.place for job in jobs]

    def work_until(self, at: int) -> None:
        while True:
            free_at = min(self.free_at)
            began_at = free_at if self._waiting else max(free_at, self._told[0][0]) if self._told else at + 1
            if began_at > at:
                break
            while self._told and self._told[0][0] <= began_at:
                heappush(self._waiting, heappop(self._told)[1])
            job = heappop(self._waiting)
            done_at = began_at + self._random.choice((HANDLING_S, self._random.randint(60, HANDLING_S)))
            self.free_at[self.free_at.index(free_at)] = done_at
            self._making.append((done_at, job))
            if done_at > job.pack_by:
                self.late.append(job)
        self._making = [(done_at, job) for done_at, job in self._making if done_at > at]


def tokens(random: Random, floor: FloorAtWork, full: Mapping[int, int], at: int) -> Iterator[tuple[Inputs, Way]]:
    """What a few who look at the same moment are told."""
    for _ in range(random.choice((1, 1, 2, 6))):
        inputs = asked(at, floor.queue(), per_hour=5 * len(floor.free_at), full=[h for h, n in full.items() if n <= 0])
        service = random.choice(("pickup", "pickup", "pickup", "quick", "next_day"))
        if ways := [way for way in quote(inputs).ways if way.service == service]:
            yield inputs, ways[0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 4))
@example(7, 2)
def test_on_a_floor_at_work_nobody_who_was_promised_becomes_late(seed: int, pickers: int) -> None:
    """Shoppers take what they were told minutes ago, hours fill up, the floor hears of each a while later; its pickers
    take as long as was reckoned with, or less.
    """
    random = Random(seed)
    floor, hours, held = FloorAtWork(pickers, random), dict[int, int](), list[tuple[Inputs, Way]]()
    at, number, taken = NOON, 0, 0
    for _ in range(60):
        at += random.choice((0, 30, 120, 400))
        floor.work_until(at)
        held += tokens(random, floor, hours, at)
        random.shuffle(held)
        while held and random.random() < 0.7:
            inputs, way = held.pop()
            [(_, place)] = places(inputs, way)
            room = hours.setdefault(place.hour_at, 5 * pickers)
            if at > way.expires_at.timestamp() or room <= 0 or overtaken(inputs, way, {"store": floor.queue()}, at):
                continue
            hours[place.hour_at], number, taken = room - 1, number + 1, taken + 1
            assert place.pack_by is not None
            told_at = starts_by(inputs, way, at, at + 300)
            floor.tell(Job(place.pack_by, number, told_at, place))
    floor.work_until(at + 10 * DAY_S)
    assert taken > 0
    assert floor.late == []
