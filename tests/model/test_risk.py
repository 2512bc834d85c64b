"""The chance that an open parcel still arrives in time."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.offer.promise.model.arrival import PPM
from sangdan.offer.promise.model.inputs import Departures
from sangdan.offer.promise.model.risk import ROUND_S, Course, outlook, urgency

HOUR = 3600
TRANSIT = tuple(HOUR * hours for hours in (6, 7, 8, 9, 10, 11, 12, 13, 16, 24))
RUNS = Departures(tuple(HOUR * h for h in (18, 42, 66)), tuple(HOUR * h for h in (20, 44, 68)))


def a_course(**changed: Any) -> Course:
    """Packed by 17:00, leaves at 20:00, promised 13 hours later: 0.95. Instants are hours of the first day."""
    usual = Course(
        promised_at=33 * HOUR, stated_ppm=950_000, ready_at=17 * HOUR, departs_at=20 * HOUR, runs=RUNS,
        transit_s=TRANSIT, extra_s=0, packed=False, left_at=None, waits=False, trouble=None, down=False,
    )  # fmt: skip
    return replace(usual, **changed)


COURSES = st.builds(
    Course,
    promised_at=st.integers(17 * HOUR, 120 * HOUR),
    stated_ppm=st.just(950_000),
    ready_at=st.just(17 * HOUR),
    departs_at=st.just(20 * HOUR),
    runs=st.sampled_from([RUNS, None]),
    transit_s=st.lists(st.integers(0, 48 * HOUR), min_size=10, max_size=10).map(sorted),
    extra_s=st.integers(0, 24 * HOUR),
    packed=st.booleans(),
    left_at=st.one_of(st.none(), st.integers(10 * HOUR, 50 * HOUR)),
    waits=st.booleans(),
    trouble=st.sampled_from([None, "exception", "attempt_fail", "lost"]),
    down=st.booleans(),
    shut=st.booleans(),
)
INSTANTS = st.integers(0, 200 * HOUR)


@given(COURSES, INSTANTS, st.integers(0, 100 * HOUR))
def test_time_alone_never_makes_it_likelier(course: Course, now: int, later_s: int) -> None:
    assert outlook(course, now + later_s).chance_ppm <= outlook(course, now).chance_ppm


@given(COURSES, INSTANTS, st.integers(1, 100 * HOUR))
def test_nothing_changes_before_it_says_so(course: Course, now: int, later_s: int) -> None:
    first = outlook(course, now)
    until = now + later_s if first.until is None else min(now + later_s, first.until - 1)

    assert first.until is None or first.until > now
    assert outlook(course, max(until, now)) == first


@given(COURSES, INSTANTS, st.integers(0, 100 * HOUR))
def test_a_later_promise_is_likelier_kept(course: Course, now: int, more_s: int) -> None:
    later = replace(course, promised_at=course.promised_at + more_s)
    if course.runs is not None or course.left_at is not None:
        assert outlook(later, now).chance_ppm >= outlook(course, now).chance_ppm


@given(COURSES, INSTANTS)
def test_what_is_packed_or_free_of_trouble_is_likelier(course: Course, now: int) -> None:
    seen = outlook(course, now).chance_ppm
    assert 0 <= seen <= PPM
    assert (
        outlook(replace(course, packed=True), now).chance_ppm >= outlook(replace(course, packed=False), now).chance_ppm
    )
    assert outlook(replace(course, trouble=None), now).chance_ppm >= seen
    assert outlook(replace(course, down=False), now).chance_ppm >= seen


@given(COURSES, INSTANTS)
def test_a_risk_has_a_reason_and_a_long_overdue_parcel_no_chance(course: Course, now: int) -> None:
    seen = outlook(course, now)
    assert seen.code is not None or not seen.is_risk
    if now > course.promised_at and not course.waits:
        assert seen.chance_ppm == 0


def test_on_the_floor_the_next_run_counts_once_a_cut_off_is_missed() -> None:
    tomorrow = 2 * 24 * HOUR
    course = a_course(promised_at=10 * HOUR + tomorrow)

    on_time, late, missed = (outlook(course, hour * HOUR) for hour in (18, 19, 21))
    assert (on_time.chance_ppm, on_time.code, on_time.next_at) == (PPM, None, None)
    # 14 hours are left after it: a third of the way from 13 (0.95) to 16 (0.99).
    assert (late.chance_ppm, late.code, late.next_at) == (960_000, "late_pick", 44 * HOUR)
    assert (missed.chance_ppm, missed.code) == (late.chance_ppm, "missed_departure")
    assert outlook(replace(course, packed=True), 19 * HOUR).code is None
    assert outlook(course, 67 * HOUR).chance_ppm == 0


def test_on_the_road_what_has_not_come_yet_is_conditional_on_that() -> None:
    course = a_course(left_at=20 * HOUR)

    assert outlook(course, 25 * HOUR).chance_ppm == 950_000
    # Looked at in steps of 22.5 minutes: after 9.75 hours 0.4375 have come, and (0.95 - 0.4375) / 0.5625 still will.
    halfway = outlook(course, 30 * HOUR)
    assert (halfway.chance_ppm, halfway.code) == (910_000, None)
    slow = outlook(course, 32 * HOUR)
    assert (slow.chance_ppm, slow.code, slow.is_risk) == (500_000, "slow_transit", True)
    assert outlook(course, 33 * HOUR).chance_ppm == 0


def test_bad_news_says_what_it_is() -> None:
    on_the_road = a_course(left_at=20 * HOUR, promised_at=33 * HOUR + ROUND_S)
    assert outlook(on_the_road, 26 * HOUR).chance_ppm == PPM
    failed = outlook(replace(on_the_road, trouble="attempt_fail"), 26 * HOUR)
    assert (failed.chance_ppm, failed.code) == (950_000, "carrier_exception")
    lost = outlook(replace(on_the_road, trouble="lost"), 26 * HOUR)
    assert (lost.chance_ppm, lost.code) == (0, "lost")
    down = outlook(a_course(down=True), 0)
    assert (down.chance_ppm, down.code) == (0, "node_down")


def test_what_is_fetched_counts_until_it_waits_at_the_counter() -> None:
    course = a_course(runs=None, transit_s=(), ready_at=600, promised_at=1200, stated_ppm=980_000)

    assert [outlook(course, now).chance_ppm for now in (0, 600, 900, 1201)] == [980_000, 980_000, 490_000, 0]
    assert outlook(course, 900).code == "late_pick"
    assert outlook(replace(course, packed=True), 1200).chance_ppm == 980_000
    assert outlook(replace(course, waits=True, left_at=700), 9999).chance_ppm == PPM


def test_sooner_and_less_likely_is_more_urgent() -> None:
    assert urgency(500_000, HOUR) > urgency(500_000, 2 * HOUR)
    assert urgency(100_000, HOUR) > urgency(500_000, HOUR)
    assert urgency(0, -HOUR) == urgency(0, 60)


def test_a_closed_lane_sends_it_with_the_first_run_after_or_with_none() -> None:
    later = Departures(RUNS.cut_offs[1:], RUNS.departs[1:])
    waits = outlook(a_course(shut=True, runs=later), 15 * HOUR)
    assert (waits.code, waits.chance_ppm, waits.next_at) == ("lane_closed", 0, 44 * HOUR)
    nobody_knows = outlook(a_course(shut=True, runs=Departures((), ())), 15 * HOUR)
    assert (nobody_knows.code, nobody_knows.chance_ppm, nobody_knows.next_at) == ("lane_closed", 0, None)
