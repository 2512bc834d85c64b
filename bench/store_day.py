"""A store's day, simulated: shoppers who ask and come, pickers who pick. Every promise is the product's own."""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from random import Random
from typing import Final

import msgspec

from sangdan.offer.promise.model import (
    Cell,
    Departures,
    Hours,
    Inputs,
    Line,
    Node,
    Offer,
    Policy,
    Route,
    ServiceRule,
    Unpicked,
    Way,
    overtaken,
    places,
    quote,
    starts_by,
)
from sangdan.offer.promise.model.arrival import SPOKEN_STEP_S

MINUTE_S: Final = 60
HOUR_S: Final = 3600
# 2026-11-24 10:00 in Seoul: the store opens for twelve hours. Its van leaves at seven in the evening.
OPENS: Final = 1_795_482_000
CLOSES: Final = OPENS + 12 * HOUR_S
VAN: Final = Departures(
    tuple(OPENS + 9 * HOUR_S + n * 86_400 for n in range(3)),
    tuple(OPENS + 9 * HOUR_S + 300 + n * 86_400 for n in range(3)),
)
OPEN: Final = Hours(tuple(OPENS + n * 86_400 for n in range(3)), tuple(CLOSES + n * 86_400 for n in range(3)))
SHOWN_S: Final = 15 * MINUTE_S
UNDO_S: Final = 300
# By hour from opening: how many of a hundred orders come; a peak at noon, one after work.
PACE: Final = (4, 7, 13, 12, 6, 5, 5, 8, 14, 13, 8, 5)
PICKUP: Final = ServiceRule(service="pickup", target_ppm=980_000, within_s=86_400, soonest_s=SHOWN_S)
TOMORROW: Final = ServiceRule(service="next_day", target_ppm=900_000, within_s=4 * 86_400)


class Store(msgspec.Struct, frozen=True):
    """What a store says of itself, and how it really works.

    pickers     side by side
    mean_s      that a picker takes for a parcel, gamma-distributed, its deviation half of it
    handling_s  what the store is entered with
    per_hour    parcels that it takes in an hour
    margin_s    what the shopper is given to decide
    """

    pickers: int
    mean_s: int
    handling_s: int
    per_hour: int
    margin_s: int


class Asked(msgspec.Struct, frozen=True):
    """Somebody: when they ask, how long they think, which service, and how long the picking will take."""

    at: int
    thinks_s: int
    quick: bool
    takes_s: int


class Day(msgspec.Struct):
    """What became of a day's pickups in a quarter of an hour, and of its other parcels.

    shown      pickups that were promised and taken
    met        of these: packed by then
    requoted   of these: told later than a quarter of an hour from asking
    others     that go with the van; missed: not packed by its cut-off
    busy_ppm   of the pickers' open time
    """

    shown: int = 0
    met: int = 0
    requoted: int = 0
    others: int = 0
    missed: int = 0
    busy_ppm: int = 0


class Job(msgspec.Struct, frozen=True, order=True):
    """A parcel on the floor; `first` says whose turn it is."""

    first: int
    number: int
    told_at: int
    takes_s: int
    quick: bool
    place: Unpicked


def people(store: Store, orders: int, seed: int) -> list[Asked]:
    """A day's shoppers, by time."""
    random = Random(seed)
    hours = random.choices(range(len(PACE)), PACE, k=orders)
    shape = 4.0
    asked = [
        Asked(
            at=OPENS + hour * HOUR_S + random.randrange(HOUR_S),
            thinks_s=random.randint(10, store.margin_s),
            quick=random.random() < 0.8,
            takes_s=max(30, round(random.gammavariate(shape, store.mean_s / shape))),
        )
        for hour in hours
    ]
    return sorted((each for each in asked if each.at < CLOSES - HOUR_S), key=lambda each: each.at)


class Floor:
    """Pickers who take the first of what they were told."""

    def __init__(self, pickers: int) -> None:
        self._free_at = [OPENS] * pickers
        self._told: list[tuple[int, Job]] = []
        self._waiting: list[Job] = []
        self._making: list[tuple[int, Job]] = []
        self.packed_at: dict[int, int] = {}
        self.worked_s = 0

    def tell(self, job: Job) -> None:
        """Give the floor a parcel, to be heard of when it says."""
        heappush(self._told, (job.told_at, job))

    def queue(self) -> list[Unpicked]:
        """Nobody has picked these."""
        jobs = [job for _, job in [*self._told, *self._making]] + self._waiting
        return [job.place for job in jobs]

    def work_until(self, at: int) -> None:
        """Let the pickers work."""
        while True:
            free_at = min(self._free_at)
            if not self._waiting and not self._told:
                break
            began_at = free_at if self._waiting else max(free_at, self._told[0][0])
            if began_at > at:
                break
            while self._told and self._told[0][0] <= began_at:
                heappush(self._waiting, heappop(self._told)[1])
            job = heappop(self._waiting)
            done_at = began_at + job.takes_s
            self._free_at[self._free_at.index(free_at)] = done_at
            self.worked_s += job.takes_s
            self.packed_at[job.number] = done_at
            heappush(self._making, (done_at, job))
        while self._making and self._making[0][0] <= at:
            heappop(self._making)


def question(store: Store, at: int, unpicked: Sequence[Unpicked], full: Sequence[int]) -> Inputs:
    """What the store is asked, at an instant."""
    node = Node(
        node_id="store", kind="store", operator_id="mart", temperatures=("ambient",), hours=0,
        handling_s=store.handling_s, parcels_per_hour=store.per_hour, full_hours=tuple(full),
        unpicked=tuple(unpicked), pickup=True,
    )  # fmt: skip
    van = Route(
        node_id="store", service="next_day", lane_id="van", carrier_id="swift", departures=0, deadlines=0,
        transit_s=(HOUR_S,) * 10, temperatures=("ambient",), base_minor=2500, max_weight_g=20_000, distance_m=9000,
    )  # fmt: skip
    return Inputs(
        at=at, year=2026, currency="KRW", postcode="06236", zone_id="seoul", area="mainland",
        lines=(Line(line_no=1, sku="tea", units=1, weight_g=500),), offers=(Offer("tea", "mart", 9000),),
        cells=(Cell("store", "tea", "mart", 1000),), nodes=(node,), routes=(van,), hours=(OPEN,), departures=(VAN,),
        deadlines=(tuple(OPENS + 14 * HOUR_S + n * 86_400 for n in range(4)),),
        policy=Policy(
            version="day", ttl_s=900, margin_s=store.margin_s, max_parcels=1, pickup_ways=1, vat_ppm=0,
            timezone="Asia/Seoul", services=(PICKUP, TOMORROW),
        ),
    )  # fmt: skip


def promised_day(store: Store, asked: Sequence[Asked]) -> Day:
    """The day with the product's promises: told what holds, refused when others were faster, then told anew."""
    floor, hours, day, jobs = Floor(store.pickers), dict[int, int](), Day(), dict[int, Job]()
    waiting = [(each.at, number, 0, each) for number, each in enumerate(asked)]
    thinking: dict[int, tuple[Inputs, Way]] = {}
    while waiting:
        at, number, took, who = heappop(waiting)
        floor.work_until(at)
        known = thinking.pop(number, None)
        if known is not None and _taken(floor, hours, jobs, number, who, known, at):
            _count(day, who, known[1])
            continue
        full = sorted(hour for hour, parcels in hours.items() if parcels >= store.per_hour)
        inputs = question(store, at, floor.queue(), full)
        service = "pickup" if who.quick else "next_day"
        way = next((way for way in quote(inputs).ways if way.service == service), None)
        if way is not None:
            thinking[number] = (inputs, way)
            heappush(waiting, (at + (5 if took else who.thinks_s), number, took + 1, who))
    return _judged(store, floor, day, jobs)


def quarter_day(store: Store, asked: Sequence[Asked]) -> Day:
    """The same day where everybody is told a quarter of an hour, and the first to come is the first picked."""
    floor, day, jobs = Floor(store.pickers), Day(), dict[int, Job]()
    for number, who in enumerate(asked):
        floor.work_until(who.at)
        pack_by = who.at + SHOWN_S if who.quick else VAN.cut_offs[0] if who.at < VAN.cut_offs[0] else VAN.cut_offs[1]
        at = who.at + who.thinks_s
        jobs[number] = Job(at, number, at, who.takes_s, who.quick, Unpicked(at - at % HOUR_S, 1, pack_by))
        floor.tell(jobs[number])
        day.shown += who.quick
        day.others += not who.quick
    return _judged(store, floor, day, jobs)


def _taken(
    floor: Floor,
    hours: dict[int, int],
    jobs: dict[int, Job],
    number: int,
    who: Asked,
    known: tuple[Inputs, Way],
    at: int,
) -> bool:
    """Place what was promised, as an order is placed."""
    inputs, way = known
    [(node_id, place)] = places(inputs, way)
    if hours.get(place.hour_at, 0) >= inputs.nodes[0].parcels_per_hour:
        return False
    if overtaken(inputs, way, {node_id: floor.queue()}, at):
        return False
    hours[place.hour_at] = hours.get(place.hour_at, 0) + 1
    told_at = starts_by(inputs, way, at, at + UNDO_S)
    assert place.pack_by is not None
    jobs[number] = Job(place.pack_by, number, told_at, who.takes_s, who.quick, place)
    floor.tell(jobs[number])
    return True


def _count(day: Day, who: Asked, way: Way) -> None:
    if not who.quick:
        day.others += 1
        return
    day.shown += 1
    spoken_at = who.at + SHOWN_S + -(who.at + SHOWN_S) % SPOKEN_STEP_S
    day.requoted += int(way.promised_at.timestamp()) > spoken_at


def _judged(store: Store, floor: Floor, day: Day, jobs: dict[int, Job]) -> Day:
    floor.work_until(CLOSES + 3 * 86_400)
    for number, job in jobs.items():
        assert job.place.pack_by is not None
        kept = floor.packed_at[number] <= job.place.pack_by
        day.met += kept and job.quick
        day.missed += not kept and not job.quick
    day.busy_ppm = floor.worked_s * 1_000_000 // (store.pickers * (CLOSES - OPENS))
    return day


Runner = Callable[[Store, Sequence[Asked]], Day]
