"""Ready, gone and arrived: in open hours, with a free hour, before a cut-off, by a date that is likely enough."""

from collections.abc import Sequence
from itertools import accumulate
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sangdan.offer.promise.model import Departures, Hours
from sangdan.offer.promise.model.arrival import GRID_PPM, Ready, chance, collect, deliver, make_ready, needed

from .promise_cases import DAY_S, HOUR_S, MIDNIGHT, TRANSIT_S

TRANSITS = st.lists(st.integers(0, 500), min_size=10, max_size=10).map(lambda steps: tuple(accumulate(steps)))
# Open from nine to eighteen on two days.
OFFICE = Hours((MIDNIGHT + 9 * HOUR_S, MIDNIGHT + 33 * HOUR_S), (MIDNIGHT + 18 * HOUR_S, MIDNIGHT + 42 * HOUR_S))


def clock(hours: float) -> int:
    return MIDNIGHT + int(hours * HOUR_S)


@given(TRANSITS)
def test_the_chance_at_a_point_of_the_grid_is_the_grids(transit_s: Sequence[int]) -> None:
    for ppm, seconds in zip(GRID_PPM, transit_s, strict=True):
        assert chance(transit_s, seconds) >= ppm
        if transit_s.count(seconds) == 1:
            assert chance(transit_s, seconds) == ppm


@given(TRANSITS, st.integers(1, 1_000_000))
def test_needed_is_the_least_time_that_reaches_the_target(transit_s: Sequence[int], target_ppm: int) -> None:
    least = needed(transit_s, target_ppm)
    assert chance(transit_s, least) >= target_ppm > chance(transit_s, least - 1)


@given(TRANSITS, st.integers(-10, 6_000), st.integers(0, 100))
def test_waiting_longer_never_lowers_the_chance(transit_s: Sequence[int], within_s: int, more_s: int) -> None:
    assert 0 <= chance(transit_s, within_s) <= chance(transit_s, within_s + more_s) <= 1_000_000


def test_halfway_between_two_points_lies_half_their_probability() -> None:
    assert chance((0, 10, 20, 30, 40, 60, 70, 80, 90, 100), 50) == 625_000


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_readiness_equals_working_it_off_by_the_minute(seed: int) -> None:
    """Against a clock that ticks in minutes: open or not, hour full or not, work done or not."""
    random = Random(seed)
    edges = sorted(random.sample(range(0, 48 * 60, 15), 6))
    hours = Hours(tuple(MIDNIGHT + 60 * m for m in edges[::2]), tuple(MIDNIGHT + 60 * m for m in edges[1::2]))
    full = tuple(MIDNIGHT + HOUR_S * h for h in range(48) if random.random() < 0.4)
    work, start = random.randrange(0, 600), random.randrange(0, 48 * 60)

    def is_open(minute: int) -> bool:
        return any(o <= MIDNIGHT + 60 * minute < c for o, c in zip(hours.opens, hours.closes, strict=True))

    minutes = [m for m in range(start, 48 * 60) if is_open(m)]
    begin = next((m for m in minutes if MIDNIGHT + 60 * m // 60 * 60 - 60 * m % HOUR_S not in full), None)
    ready = make_ready(hours, full, work * 60, MIDNIGHT + 60 * start)
    if begin is None:
        assert ready is None
        return
    worked = [m for m in minutes if m >= begin]
    if work > len(worked):
        assert ready is None
    else:
        done = begin if work == 0 else worked[work - 1] + 1
        assert ready == Ready(MIDNIGHT + 60 * minutes[0], MIDNIGHT + 60 * (begin - begin % 60), MIDNIGHT + 60 * done)


def test_work_stops_at_closing_and_goes_on_in_the_morning() -> None:
    assert make_ready(OFFICE, (), 2 * HOUR_S, clock(17)) == Ready(clock(17), clock(17), clock(34))


def test_a_full_hour_is_passed_over() -> None:
    assert make_ready(OFFICE, (clock(9), clock(10)), HOUR_S, clock(8)) == Ready(clock(9), clock(11), clock(12))


def test_a_parcel_packed_at_the_cut_off_still_leaves_and_a_second_later_not() -> None:
    runs = Departures((clock(12), clock(36)), (clock(13), clock(37)))
    by = (MIDNIGHT + 2 * DAY_S, MIDNIGHT + 3 * DAY_S)
    just, late = (
        deliver(TRANSIT_S, 0, runs, by, 900_000, Ready(clock(11), clock(11), at)) for at in (clock(12), clock(12) + 1)
    )
    assert just is not None
    assert late is not None
    assert (just.departs_at, just.missed_at) == (clock(13), None)
    assert (late.departs_at, late.missed_at) == (clock(37), clock(12))


def test_the_date_is_the_first_that_is_likely_enough() -> None:
    """Departure at six in the evening; nine in ten take at most twenty hours, half at most ten."""
    runs = Departures((clock(17),), (clock(18),))
    morning, night = clock(18 + 15), clock(18 + 20)
    ready = Ready(clock(12), clock(12), clock(13))
    bold = deliver(TRANSIT_S, 0, runs, (morning, night), 500_000, ready)
    careful = deliver(TRANSIT_S, 0, runs, (morning, night), 900_000, ready)
    assert bold is not None
    assert careful is not None
    assert (bold.promised_at, bold.probability_ppm) == (morning, 750_000)
    assert (careful.promised_at, careful.probability_ppm) == (night, 900_000)
    assert deliver(TRANSIT_S, 0, runs, (morning,), 900_000, ready) is None


def test_an_area_that_takes_longer_is_promised_later_with_the_same_chance() -> None:
    runs = Departures((clock(17),), (clock(18),))
    ready = Ready(clock(12), clock(12), clock(13))
    far = deliver(TRANSIT_S, DAY_S, runs, None, 900_000, ready)
    near = deliver(TRANSIT_S, 0, runs, None, 900_000, ready)
    assert far is not None
    assert near is not None
    assert (far.promised_at - near.promised_at, far.probability_ppm) == (DAY_S, near.probability_ppm)


def test_an_instant_is_said_in_steps_of_five_minutes() -> None:
    runs = Departures((clock(13),), (clock(13) + 1,))
    course = deliver(TRANSIT_S, 0, runs, None, 900_000, Ready(clock(12), clock(12), clock(13)))
    assert course is not None
    assert course.promised_at % 300 == 0
    assert 0 <= course.promised_at - (clock(13) + 1 + 20 * HOUR_S) < 300


def test_what_is_packed_as_the_store_closes_is_fetched_in_the_morning() -> None:
    course = collect(OFFICE, 980_000, Ready(clock(17), clock(17), clock(18)))
    assert course is not None
    assert course.promised_at == clock(33)
