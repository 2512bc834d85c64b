"""Calendars: Korean law, hours across midnight, and clocks that jump."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.kit.calendars import (
    BadCalendar,
    BadHours,
    Calendar,
    add_business_days,
    is_business_day,
    is_holiday,
    minutes,
    next_business_day,
    next_departure,
    public_holidays,
)

SEOUL = ZoneInfo("Asia/Seoul")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
ALL_DAY = ("00:00-24:00",) * 7
NINE_TO_TEN = ("09:00-22:00",) * 7
HOUR = timedelta(hours=1)

HOLIDAYS_2026 = (
    "01-01 02-16 02-17 02-18 03-01 03-02 05-01 05-05 05-24 05-25 06-03 06-06 07-17 "
    "08-15 08-17 09-24 09-25 09-26 10-03 10-05 10-09 12-25"
)
HOLIDAYS_2027 = (
    "01-01 02-06 02-07 02-08 02-09 03-01 05-01 05-03 05-05 05-13 06-06 07-17 07-19 "
    "08-15 08-16 09-14 09-15 09-16 10-03 10-04 10-09 10-11 12-25 12-27"
)


def seoul(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SEOUL)


@pytest.mark.parametrize(("year", "days"), [(2026, HOLIDAYS_2026), (2027, HOLIDAYS_2027)])
def test_every_public_holiday_of_korea(year: int, days: str) -> None:
    """Labour Day and Constitution Day are public again from 2026, with substitutes for weekends."""
    assert sorted(public_holidays("KR", year)) == [date.fromisoformat(f"{year}-{day}") for day in days.split()]


def test_brazil_has_its_own() -> None:
    assert is_holiday("BR", date(2018, 9, 7))
    assert not is_holiday("BR", date(2018, 10, 9))
    assert is_holiday("KR", date(2018, 10, 9))


def test_a_holiday_closes_and_a_dated_override_wins() -> None:
    chuseok = date(2026, 9, 25)
    plain = Calendar("Asia/Seoul", NINE_TO_TEN, "KR")
    special = Calendar("Asia/Seoul", NINE_TO_TEN, "KR", {chuseok: "10:00-15:00", date(2026, 9, 27): ""})

    assert not plain.is_open_on(chuseok)
    assert plain.is_open_on(date(2026, 9, 27))
    assert special.windows(seoul(9, 25), seoul(9, 28)) == ((seoul(9, 25, 10), seoul(9, 25, 15)),)
    assert Calendar("Asia/Seoul", NINE_TO_TEN).is_open_on(chuseok)


def test_hours_meet_at_midnight() -> None:
    night = Calendar("Asia/Seoul", ("22:00-24:00", "00:00-06:00,22:00-24:00", "00:00-06:00", "", "", "", ""))
    monday = seoul(11, 23)
    assert night.windows(monday, monday + timedelta(days=7)) == (
        (seoul(11, 23, 22), seoul(11, 24, 6)),
        (seoul(11, 24, 22), seoul(11, 25, 6)),
    )


def test_windows_are_cut_to_what_was_asked() -> None:
    shop = Calendar("Asia/Seoul", NINE_TO_TEN)
    assert shop.windows(seoul(11, 23, 12), seoul(11, 23, 13)) == ((seoul(11, 23, 12), seoul(11, 23, 13)),)
    assert shop.windows(seoul(11, 23, 22), seoul(11, 24, 9)) == ()
    assert shop.windows(seoul(11, 23, 13), seoul(11, 23, 12)) == ()


def test_around_the_clock_is_one_window_through_every_jump_of_the_clocks() -> None:
    """Brazil's clocks skipped 15 October 2017, 00:00, and repeated the hour before 18 February 2018."""
    open_always = Calendar("America/Sao_Paulo", ALL_DAY)
    whole = (datetime(2017, 9, 1, tzinfo=UTC), datetime(2018, 4, 1, tzinfo=UTC))
    assert open_always.windows(*whole) == (whole,)


@pytest.mark.parametrize(
    ("on", "hours"),
    [(date(2017, 10, 15), 23), (date(2018, 2, 17), 25), (date(2018, 2, 18), 24), (date(2019, 11, 3), 24)],
)
def test_a_day_is_as_long_as_the_clocks_make_it(on: date, hours: int) -> None:
    only = Calendar("America/Sao_Paulo", ("",) * 7, days={on: "00:00-24:00"})
    around = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
    ((opens_at, closes_at),) = only.windows(around - timedelta(days=3), around + timedelta(days=3))
    assert closes_at - opens_at == hours * HOUR


def test_hours_inside_a_skipped_hour_do_not_open() -> None:
    on = date(2017, 10, 15)
    skipped = Calendar("America/Sao_Paulo", ("",) * 7, days={on: "00:15-00:45,00:50-02:00"})
    noon = datetime(2017, 10, 15, 12, tzinfo=UTC)
    windows = skipped.windows(noon - timedelta(days=1), noon)
    assert [tuple(edge.astimezone(SAO_PAULO).time() for edge in window) for window in windows] == [
        (time(1, 0), time(2, 0))
    ]


@given(
    week=st.lists(
        st.sampled_from(["", "00:00-24:00", "00:20-18:00", "00:00-06:00,22:00-24:00"]), min_size=7, max_size=7
    ),
    begins=st.integers(0, 3 * 365 * 24 * 60),
    lasts=st.integers(0, 20 * 24 * 60),
    zone=st.sampled_from(["Asia/Seoul", "America/Sao_Paulo"]),
    probe=st.integers(0, 20 * 24 * 60),
)
def test_windows_hold_exactly_the_open_minutes(week: list[str], begins: int, lasts: int, zone: str, probe: int) -> None:
    """A minute is inside a window when its local reading is inside the hours of its local date."""
    place = Calendar(zone, tuple(week), "BR")
    from_at = datetime(2016, 9, 1, tzinfo=UTC) + timedelta(minutes=begins)
    until_at = from_at + timedelta(minutes=lasts)
    windows = place.windows(from_at, until_at)

    edges = [edge for window in windows for edge in window]
    assert edges == sorted(set(edges))
    assert all(from_at <= edge <= until_at for edge in edges)

    at = from_at + timedelta(minutes=min(probe, lasts))
    local = at.astimezone(ZoneInfo(zone))
    reading = local.hour * 60 + local.minute
    open_by_rule = any(opens <= reading < closes for opens, closes in place.minutes_on(local.date()))
    assert any(opens_at <= at < closes_at for opens_at, closes_at in windows) == (open_by_rule and at < until_at)


@pytest.mark.parametrize(
    "hours", ["9:00-22:00", "09:00-09:00", "22:00-06:00", "09:00-25:00", "09:00-24:30", "09:00-12:00,11:00-13:00", " "]
)
def test_hours_that_cannot_be_read_are_refused(hours: str) -> None:
    with pytest.raises(BadHours):
        minutes(hours)


def test_calendars_that_cannot_be_are_refused() -> None:
    with pytest.raises(BadCalendar):
        Calendar("Asia/Hanyang", ALL_DAY)
    with pytest.raises(BadCalendar):
        Calendar("Asia/Seoul", ALL_DAY[:6])
    with pytest.raises(BadCalendar):
        Calendar("Asia/Seoul", ALL_DAY, "JP")


def test_the_refund_term_skips_weekends_holidays_and_decrees() -> None:
    friday = date(2027, 4, 30)
    assert add_business_days(friday, 3, "KR") == date(2027, 5, 7)
    assert add_business_days(friday, 3, "KR", {date(2027, 5, 6): False}) == date(2027, 5, 10)
    assert add_business_days(friday, 3, "KR", {date(2027, 5, 1): True}) == date(2027, 5, 6)
    assert next_business_day(date(2026, 7, 16), "KR") == date(2026, 7, 20)


@given(st.dates(date(2026, 1, 1), date(2027, 12, 1)), st.integers(0, 10))
def test_business_days_are_counted_one_by_one(on: date, days: int) -> None:
    ends_on = add_business_days(on, days, "KR")
    between = [on + timedelta(days=n) for n in range(1, (ends_on - on).days + 1)]
    assert sum(is_business_day(day, "KR") for day in between) == days
    assert days == 0 or is_business_day(ends_on, "KR")


def test_the_next_departure_is_the_first_one_still_to_be_made() -> None:
    weekdays = Calendar("Asia/Seoul", ("00:00-24:00",) * 6 + ("",), "KR")
    day, dawn = (time(18, 0), time(20, 0)), (time(23, 0), time(2, 0))
    cut_offs, departures = [day[0], dawn[0]], [day[1], dawn[1]]

    def leaves(ready_at: datetime) -> datetime:
        run = next_departure(weekdays, cut_offs, departures, ready_at)
        assert run is not None
        return run[1]

    assert leaves(seoul(11, 20, 18)) == seoul(11, 20, 20)
    assert leaves(seoul(11, 20, 18, 1)) == seoul(11, 21, 2)
    assert leaves(seoul(11, 20, 23, 1)) == seoul(11, 21, 20)
    assert leaves(seoul(11, 21, 18, 1)) == seoul(11, 23, 2)
    assert leaves(seoul(12, 24, 22)) == seoul(12, 26, 2)


def test_a_carrier_that_never_runs_has_no_departure() -> None:
    never = Calendar("Asia/Seoul", ("",) * 7)
    assert next_departure(never, [time(18)], [time(20)], seoul(11, 20)) is None
