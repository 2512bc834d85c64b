"""Calendars in seconds: hours, runs and dates, against the calendars themselves."""

from datetime import UTC, date, datetime, time, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sangdan.flows.quote_promise.distance import distance_m
from sangdan.flows.quote_promise.timetables import (
    deadlines_of,
    departures_of,
    horizon,
    hours_of,
    seconds,
    shut_today,
)
from sangdan.kit.calendars import Calendar, next_departure
from sangdan.offer.network.model import Network
from sangdan.offer.promise.model.arrival import Ready, next_run

SEOUL = Calendar("Asia/Seoul", ("09:00-18:00",) * 5 + ("10:00-14:00", ""), "KR")
SAO_PAULO = Calendar("America/Sao_Paulo", ("00:00-24:00",) * 6 + ("",), "BR")
SATURDAY = date(2026, 11, 21)
NOTHING = Network("1", {}, {}, {}, {}, {}, {}, {})

QUARTERS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


def at(day: int, hour: int, minute: int = 0) -> int:
    """Of November 2026, Seoul's clock."""
    return int(datetime(2026, 11, day, hour, minute, tzinfo=SEOUL.zone).timestamp())


def test_hours_are_the_calendars() -> None:
    hours = hours_of(SEOUL, SATURDAY, 3)
    assert hours.opens == (at(21, 10), at(23, 9))
    assert hours.closes == (at(21, 14), at(23, 18))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(QUARTERS, QUARTERS), min_size=1, max_size=4), st.integers(0, 7 * 24 * 60))
def test_the_next_run_is_the_calendars(runs: list[tuple[time, time]], minute: int) -> None:
    """Also when runs overtake one another, and when a cut-off lies in the evening before its departure."""
    cut_offs, leaves = tuple(run[0] for run in runs), tuple(run[1] for run in runs)
    ready_at = datetime(2026, 11, 21, tzinfo=UTC) + timedelta(minutes=minute)
    first_on, days = horizon(ready_at, SAO_PAULO, 20 * 86_400)
    ready_s = seconds(ready_at)
    found = next_run(departures_of(SAO_PAULO, cut_offs, leaves, first_on, days), Ready(ready_s, ready_s, ready_s))
    wanted = next_departure(SAO_PAULO, cut_offs, leaves, ready_at)
    assert wanted is not None
    assert found == seconds(wanted[1])


def test_both_columns_of_runs_ascend() -> None:
    """The second run closes no later than the first and leaves after it: nobody would take it."""
    runs = departures_of(SEOUL, (time(12), time(11), time(15)), (time(13), time(14), time(16)), SATURDAY, 1)
    assert (runs.cut_offs, runs.departs) == ((at(21, 12), at(21, 15)), (at(21, 13), at(21, 16)))


def test_dates_are_the_days_on_which_the_carrier_works() -> None:
    """Saturday and Monday, not Sunday; a day is said with its own date, dawn with its hour."""
    assert deadlines_of(SEOUL, None, SATURDAY, 3) == (at(22, 0) - 1, at(24, 0) - 1)
    assert deadlines_of(SEOUL, time(7), SATURDAY, 3) == (at(21, 7), at(23, 7))


def test_a_started_second_is_over() -> None:
    """No cut-off is made that has passed by a microsecond."""
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert seconds(noon + timedelta(microseconds=1)) == seconds(noon) + 1 == int(noon.timestamp()) + 1


def test_why_a_node_is_shut_today() -> None:
    sunday, christmas, monday = (datetime(2026, 12, day, 3, tzinfo=UTC) for day in (20, 25, 21))
    closed = Calendar("Asia/Seoul", SEOUL.week, "KR", {date(2026, 12, 21): ""})
    network = msgspec.structs.replace(
        NOTHING, calendars={"store": closed}, reasons={("store", date(2026, 12, 21)): "law"}
    )
    assert shut_today(network, "store", sunday) is None
    assert shut_today(network, "store", christmas) == "holiday"
    assert shut_today(network, "store", monday) == "law"
    assert shut_today(network, "store", datetime(2026, 12, 22, 3, tzinfo=UTC)) is None


def test_distances_are_metres() -> None:
    """Seoul's city hall to Busan's: 325 km; a place to itself: none."""
    assert abs(distance_m(37_566_500, 126_978_000, 35_179_800, 129_075_000) - 325_000) < 2_000
    assert distance_m(37_566_500, 126_978_000, 37_566_500, 126_978_000) == 0
