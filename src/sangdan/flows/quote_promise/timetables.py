"""Calendars resolved to seconds, kept from one question to the next: a day's questions share a day's timetables."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from sangdan.kit.calendars import DAY, MINUTES_A_DAY, Calendar, instant, is_holiday
from sangdan.offer.network.model import Network
from sangdan.offer.promise.model import Departures, Hours, Seconds


def seconds(at: datetime) -> Seconds:
    """An instant as the promise counts it; a started second counts as over, so that no cut-off is made too late."""
    whole = int(at.timestamp())
    return whole if at.microsecond == 0 else whole + 1


@lru_cache(maxsize=4096)
def hours_of(calendar: Calendar, first_on: date, days: int) -> Hours:
    """Open stretches over some local dates."""
    from_at = instant(calendar.zone, first_on, 0)
    windows = calendar.windows(from_at, instant(calendar.zone, first_on + timedelta(days=days), 0))
    return Hours(tuple(seconds(opens) for opens, _ in windows), tuple(seconds(closes) for _, closes in windows))


@lru_cache(maxsize=16384)
def departures_of(
    calendar: Calendar, cut_offs: tuple[time, ...], departures: tuple[time, ...], first_on: date, days: int
) -> Departures:
    """A lane's runs on the local dates on which its carrier works.

    cut_offs  local; one that is later in the day than its departure means the evening before
    gives     both columns strictly ascending: a run that leaves no sooner and closes no later than another is dropped
    """
    runs: list[tuple[Seconds, Seconds]] = []
    for on in (first_on + n * DAY for n in range(days)):
        for cut_off, departure in zip(cut_offs, departures, strict=True) if calendar.is_open_on(on) else ():
            cut_on = on if cut_off <= departure else on - DAY
            runs.append((_second(calendar, on, departure), _second(calendar, cut_on, cut_off)))
    kept: list[tuple[Seconds, Seconds]] = []
    for departs_at, cut_off_at in sorted(runs, key=_leaves_first):
        if not kept or (departs_at > kept[-1][0] and cut_off_at > kept[-1][1]):
            kept.append((departs_at, cut_off_at))
    return Departures(tuple(cut for _, cut in kept), tuple(leaves for leaves, _ in kept))


@lru_cache(maxsize=4096)
def deadlines_of(calendar: Calendar, due: time | None, first_on: date, days: int) -> tuple[Seconds, ...]:
    """The instants by which a carrier may be promised to have delivered, on the dates on which it works.

    due  the service's own local time, None for the end of the day
    """
    dates = [on for on in (first_on + n * DAY for n in range(days)) if calendar.is_open_on(on)]
    if due is None:
        # The last second of the day, so that it is said with that day's date.
        return tuple(seconds(instant(calendar.zone, on, MINUTES_A_DAY)) - 1 for on in dates)
    return tuple(_second(calendar, on, due) for on in dates)


def _leaves_first(run: tuple[Seconds, Seconds]) -> tuple[Seconds, Seconds]:
    departs_at, cut_off_at = run
    return departs_at, -cut_off_at


def _second(calendar: Calendar, on: date, at: time) -> Seconds:
    return seconds(instant(calendar.zone, on, at.hour * 60 + at.minute)) + at.second


def shut_today(network: Network, calendar_id: str, at: datetime) -> str | None:
    """Why a node does not open today: law, holiday, ad_hoc; None when it does, or has no hours on this weekday."""
    calendar = network.calendar(calendar_id)
    today = calendar.local(at).date()
    if calendar.is_open_on(today):
        return None
    reason = network.reasons.get((calendar_id, today))
    if reason is None and calendar.holidays != "none" and is_holiday(calendar.holidays, today):
        return "holiday"
    return reason


def horizon(at: datetime, calendar: Calendar, within_s: int) -> tuple[date, int]:
    """The local dates that can matter to a question: from yesterday's, for runs whose cut-off was in the evening."""
    first_on = calendar.local(at).date() - DAY
    last_on = calendar.local(at.astimezone(UTC) + timedelta(seconds=within_s)).date()
    return first_on, (last_on - first_on).days + 1
