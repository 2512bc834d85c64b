"""When nodes dispatch and carriers depart, the law included."""

from datetime import date, timedelta
from typing import Final

import holidays as public_holidays
import polars as pl

ALL_DAY: Final = "00:00-24:00"
LARGE_STORE: Final = "store-large"
LARGE_STORE_MONDAY: Final = "store-large-monday"
SMALL_STORE: Final = "store-small"
CENTRE: Final = "centre"
HUB: Final = "hub-los-angeles"
PARCEL: Final = "carrier-parcel"
EVERY_DAY: Final = "carrier-every-day"

_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat")
_LAW: Final = "유통산업발전법 제12조의2"
_LARGE_HOURS: Final = "07:00-23:00"
_LARGE_LAWFUL_HOURS: Final = "10:00-23:00"  # a large store may not sell or dispatch from midnight to ten
_SMALL_HOURS: Final = "09:00-22:00"

# calendar, time zone, holidays, Monday to Saturday, Sunday
_CALENDARS: Final = (
    (CENTRE, "Asia/Seoul", "none", ALL_DAY, ALL_DAY),
    (HUB, "America/Los_Angeles", "none", "06:00-22:00", "06:00-22:00"),
    (LARGE_STORE, "Asia/Seoul", "none", _LARGE_HOURS, _LARGE_HOURS),
    (LARGE_STORE_MONDAY, "Asia/Seoul", "none", _LARGE_HOURS, _LARGE_HOURS),
    (SMALL_STORE, "Asia/Seoul", "none", _SMALL_HOURS, _SMALL_HOURS),
    (PARCEL, "Asia/Seoul", "KR", ALL_DAY, ""),
    (EVERY_DAY, "Asia/Seoul", "none", ALL_DAY, ALL_DAY),
)


def calendars() -> pl.DataFrame:
    """Every calendar with its hours of a week, a column for each weekday."""
    rows = [
        {"calendar_id": name, "timezone": zone, "holidays": country, **dict.fromkeys(_WEEKDAYS, weekday), "sun": sunday}
        for name, zone, country, weekday, sunday in _CALENDARS
    ]
    return pl.DataFrame(rows).sort("calendar_id")


def calendar_days(start_on: date, days: int = 400) -> pl.DataFrame:
    """The columns of network.calendar_day.

    start_on  the first day; the rows reach `days` days on
    gives     for large stores every day's lawful hours and the two closing days of a month (Sundays, or Mondays where
              the city so ordered); Seollal and Chuseok closed for all stores; the carriers' own day of rest
    """
    rows: list[tuple[str, date, str, str, str]] = []
    feasts = _feasts({start_on.year, (start_on + timedelta(days)).year})
    for day_on in (start_on + timedelta(n) for n in range(days)):
        for name, closing_weekday in ((LARGE_STORE, 6), (LARGE_STORE_MONDAY, 0)):
            if day_on in feasts:
                rows.append((name, day_on, "", "holiday", feasts[day_on]))
            elif is_closing_day(day_on, closing_weekday):
                rows.append((name, day_on, "", "law", f"{_LAW}: 의무휴업일"))
            else:
                rows.append((name, day_on, _LARGE_LAWFUL_HOURS, "law", f"{_LAW}: 영업시간 제한"))
        if day_on in feasts:
            rows.append((SMALL_STORE, day_on, "", "holiday", feasts[day_on]))
        if (day_on.month, day_on.day) == (8, 14):
            rows.append((PARCEL, day_on, "", "ad_hoc", "택배 쉬는 날"))
    return pl.DataFrame(rows, schema=["calendar_id", "day_on", "hours", "reason", "source"], orient="row").sort(
        "calendar_id", "day_on"
    )


def is_closing_day(day_on: date, weekday: int) -> bool:
    """Whether a day is the second or fourth such weekday (Monday 0) of its month."""
    return day_on.weekday() == weekday and (day_on.day - 1) // 7 in (1, 3)


def _feasts(years: set[int]) -> dict[date, str]:
    """Seollal and Chuseok themselves, without the days around them."""
    named = public_holidays.country_holidays("KR", years=sorted(years), language="ko")
    return {day_on: name for day_on, name in named.items() if name in ("설날", "추석")}
