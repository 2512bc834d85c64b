"""When a place is open and which days count: weekly hours, public holidays, dated rules, time zones.

Windows are instants in UTC. A day's hours are text: '09:00-22:00', several joined by ',', '' for closed,
'00:00-24:00' for the whole day; a night shift is two entries that meet at midnight.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from holidays import country_holidays

from .problems import Invalid

Window: TypeAlias = tuple[datetime, datetime]
Minutes: TypeAlias = tuple[tuple[int, int], ...]

COUNTRIES: Final = frozenset({"KR", "BR"})
NO_HOLIDAYS: Final = "none"
DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
MINUTES_A_DAY: Final = 24 * 60
SATURDAY: Final = 5
HORIZON_DAYS: Final = 60
_HOURS: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))")
_NO_DAYS: Final[Mapping[date, str]] = {}
_NO_CHANGES: Final[Mapping[date, bool]] = {}


class BadHours(Invalid):
    """Opening hours that cannot be read."""

    code = "bad-hours"


class BadCalendar(Invalid):
    """A calendar with a time zone, a country or a week that does not exist."""

    code = "bad-calendar"


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Hours of one place; compared by identity, so that its windows can be kept.

    timezone  IANA name
    week      seven days' hours, Monday first
    holidays  'KR' or 'BR' closes on that country's public holidays, 'none' on none
    days      hours by local date, winning over week and holiday
    raises    BadCalendar, BadHours
    """

    timezone: str
    week: tuple[str, ...]
    holidays: str = NO_HOLIDAYS
    days: Mapping[date, str] = field(default_factory=lambda: _NO_DAYS)
    zone: ZoneInfo = field(init=False, repr=False)
    _week: tuple[Minutes, ...] = field(init=False, repr=False)
    _days: dict[date, Minutes] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise BadCalendar(f"A week has 7 days, not {len(self.week)}: Monday first.", days=len(self.week))
        if self.holidays != NO_HOLIDAYS and self.holidays not in COUNTRIES:
            known = ", ".join(sorted(COUNTRIES))
            raise BadCalendar(
                f"No public holidays are known for {self.holidays!r}: use {known} or none.", holidays=self.holidays
            )
        object.__setattr__(self, "zone", zone_of(self.timezone))
        object.__setattr__(self, "_week", tuple(minutes(text) for text in self.week))
        object.__setattr__(self, "_days", {on: minutes(text) for on, text in self.days.items()})

    def minutes_on(self, on: date) -> Minutes:
        """Opening and closing minutes of a local date, empty when closed."""
        if (dated := self._days.get(on)) is not None:
            return dated
        if self.holidays != NO_HOLIDAYS and is_holiday(self.holidays, on):
            return ()
        return self._week[on.weekday()]

    def is_open_on(self, on: date) -> bool:
        """True when the place opens at all on a local date."""
        return bool(self.minutes_on(on))

    def local(self, at: datetime) -> datetime:
        """An instant on this place's clock."""
        return at.astimezone(self.zone)

    def windows(self, from_at: datetime, until_at: datetime) -> Sequence[Window]:
        """The open stretches between two instants.

        from_at   aware; a stretch that has begun earlier begins here
        until_at  aware; a stretch that would end later ends here
        gives     (opens_at, closes_at) in UTC, ascending, apart from one another, merged across midnight
        """
        return _windows(self, from_at, until_at)


@lru_cache(maxsize=4096)
def _windows(calendar: Calendar, from_at: datetime, until_at: datetime) -> Sequence[Window]:
    """Many nodes share a calendar, and one promise asks for all of them with the same instants."""
    if from_at >= until_at:
        return ()
    from_at, until_at = from_at.astimezone(UTC), until_at.astimezone(UTC)
    merged = _merged(calendar, calendar.local(from_at).date(), calendar.local(until_at).date())
    return tuple(
        (max(opens_at, from_at), min(closes_at, until_at))
        for opens_at, closes_at in merged
        if opens_at < until_at and closes_at > from_at
    )


@lru_cache(maxsize=4096)
def _merged(calendar: Calendar, first_on: date, last_on: date) -> Sequence[Window]:
    """Whole days, joined where one closes as the next opens."""
    joined: list[Window] = []
    for days in range((last_on - first_on).days + 1):
        for opens_at, closes_at in _opened(calendar, first_on + days * DAY):
            if joined and joined[-1][1] >= opens_at:
                joined[-1] = (joined[-1][0], max(joined[-1][1], closes_at))
            else:
                joined.append((opens_at, closes_at))
    return tuple(joined)


@lru_cache(maxsize=65536)
def _opened(calendar: Calendar, on: date) -> Sequence[Window]:
    """One local date in UTC; hours that the clocks skip altogether do not open."""
    spans = ((instant(calendar.zone, on, a), instant(calendar.zone, on, b)) for a, b in calendar.minutes_on(on))
    return tuple((opens_at, closes_at) for opens_at, closes_at in spans if opens_at < closes_at)


def instant(zone: ZoneInfo, on: date, minute: int) -> datetime:
    """The instant of a wall clock's reading.

    minute  of the local date, 0..1440; 1440 is the next date's midnight
    gives   UTC; a reading that occurs twice means the first, one that the clocks skip is the moment they skip
    """
    days, rest = divmod(minute, MINUTES_A_DAY)
    reading = datetime.combine(on + days * DAY, time(rest // 60, rest % 60))
    at = reading.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == reading:
        return at
    before, after = reading.replace(tzinfo=zone, fold=1).astimezone(UTC), at
    old_offset = before.astimezone(zone).utcoffset()
    while after - before > MINUTE:
        middle = before + (after - before) // MINUTE // 2 * MINUTE
        if middle.astimezone(zone).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after


@lru_cache(maxsize=1024)
def minutes(hours: str) -> Minutes:
    """Read a day's hours.

    hours   e.g. '09:00-12:00,13:00-22:00', or '' for closed
    gives   (opening, closing) minutes of the day, ascending and apart
    raises  BadHours
    """
    spans: list[tuple[int, int]] = []
    for text in hours.split(",") if hours else ():
        found = _HOURS.fullmatch(text)
        if found is None:
            raise BadHours(f"Hours {hours!r} are not like 09:00-22:00 (24:00 ends a day).", hours=hours)
        opens_h, opens_m, closes_h, closes_m = (int(group) for group in found.groups() if group is not None)
        opens, closes = opens_h * 60 + opens_m, closes_h * 60 + closes_m
        if closes <= opens or (spans and opens < spans[-1][1]):
            raise BadHours(
                f"Hours {hours!r} overlap or end before they begin; split a night shift at 24:00.", hours=hours
            )
        spans.append((opens, closes))
    return tuple(spans)


@lru_cache(maxsize=256)
def zone_of(timezone: str) -> ZoneInfo:
    """A time zone by its IANA name.

    raises  BadCalendar when there is none of that name
    """
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as missing:
        raise BadCalendar(f"There is no time zone {timezone!r}: use a name like Asia/Seoul.", timezone=timezone) from (
            missing
        )


@lru_cache(maxsize=512)
def public_holidays(country: str, year: int) -> Mapping[date, str]:
    """A country's public holidays with substitutes.

    country  'KR' or 'BR'
    gives    local date to name, in the country's language
    source   package `holidays` >= 0.102, which knows the Korean law of 2026 (노동절, 제헌절 and their substitutes)
    """
    assert country in COUNTRIES
    return dict(country_holidays(country, years=year, expand=False))


def is_holiday(country: str, on: date) -> bool:
    """True on a public holiday of 'KR' or 'BR'; weekends are not holidays by themselves."""
    return on in public_holidays(country, on.year)


def is_business_day(on: date, country: str, changes: Mapping[date, bool] = _NO_CHANGES) -> bool:
    """Monday to Friday, unless it is a public holiday.

    changes  dates that the government changed by decree: True makes a business day, False a day off
    """
    if (changed := changes.get(on)) is not None:
        return changed
    return on.weekday() < SATURDAY and not is_holiday(country, on)


def next_business_day(on: date, country: str, changes: Mapping[date, bool] = _NO_CHANGES) -> date:
    """The first business day after `on`, never `on` itself."""
    following = on + DAY
    while not is_business_day(following, country, changes):
        following += DAY
    return following


def add_business_days(on: date, days: int, country: str, changes: Mapping[date, bool] = _NO_CHANGES) -> date:
    """The end of a term in business days, not counting the day on which it begins.

    days    >= 0; 3 for the refund term of the e-commerce act, section 18
    gives   `on` itself for 0 days
    """
    assert days >= 0
    for _ in range(days):
        on = next_business_day(on, country, changes)
    return on


def next_departure(
    calendar: Calendar, cut_offs: Sequence[time], departures: Sequence[time], ready_at: datetime
) -> Window | None:
    """The first departure that a parcel can still make.

    calendar    the carrier's; it departs on local dates with any hours
    cut_offs    local time by which the parcel must be packed, one for each departure; later than its
                departure means the evening before
    departures  local times
    ready_at    when the parcel is packed, aware
    gives       (cut_off_at, departs_at) in UTC, the earliest departure; None within HORIZON_DAYS
    """
    assert len(cut_offs) == len(departures)
    ready_on = calendar.local(ready_at).date()
    for days in range(HORIZON_DAYS):
        on = ready_on + days * DAY
        if not calendar.is_open_on(on):
            continue
        makes = [
            (departs_at, cut_off_at)
            for cut_off, departure in zip(cut_offs, departures, strict=True)
            for cut_off_at, departs_at in [_run(calendar.zone, on, cut_off, departure)]
            if cut_off_at >= ready_at
        ]
        if makes:
            departs_at, cut_off_at = min(makes)
            return cut_off_at, departs_at
    return None


def _run(zone: ZoneInfo, on: date, cut_off: time, departure: time) -> Window:
    """Cut-off and departure on a local date."""
    cut_on = on if cut_off <= departure else on - DAY
    return (
        instant(zone, cut_on, cut_off.hour * 60 + cut_off.minute),
        instant(zone, on, departure.hour * 60 + departure.minute),
    )
