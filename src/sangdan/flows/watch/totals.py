"""Counters that are never counted anew: what an order adds is taken away and added again when the order changes."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final, TypeAlias

from sangdan.kit.calendars import DAY
from sangdan.kit.money import PPM, divided
from sangdan.tower.watch.model import Tally

from .wire import Counters

COUNTED_DAYS: Final = 30
Tallies: TypeAlias = Mapping[str | None, Tally]


def counted_since(at: datetime) -> datetime:
    """The first instant whose orders count: so many days with today's, by the clock of UTC."""
    return datetime.combine(at.date() - (COUNTED_DAYS - 1) * DAY, time(), at.tzinfo)


def counted_days(at: datetime) -> list[datetime]:
    """The beginnings of the days that count, the latest first; with tomorrow, which some server's clock may have."""
    return [counted_since(at) + days * DAY for days in range(COUNTED_DAYS, -1, -1)]


class Totals:
    """Sums for the tower and each ally, by the day on which orders were placed and by their currency."""

    def __init__(self) -> None:
        self._sums: defaultdict[str | None, dict[tuple[date, str], Tally]] = defaultdict(dict)

    def add(self, day: date, currency: str, tallies: Tallies, times: int = 1) -> None:
        """Count an order; times = -1 takes it back."""
        for seer, tally in tallies.items():
            sums = self._sums[seer]
            sums[day, currency] = sums.get((day, currency), Tally()).plus(tally, times)

    def forget(self, since: datetime) -> None:
        """Drop the days before an instant's."""
        for sums in self._sums.values():
            for key in [key for key in sums if key[0] < since.date()]:
                del sums[key]

    def counters(self, seen_by: str | None, at_risk: int, *, counted: bool) -> Counters:
        """The sums over all days; cost in the currency that most orders have.

        counted  whether the past is in them
        """
        by_currency: dict[str, Tally] = {}
        for (_, currency), tally in self._sums.get(seen_by, {}).items():
            by_currency[currency] = by_currency.get(currency, Tally()).plus(tally)
        total = Tally()
        for tally in by_currency.values():
            total = total.plus(tally)
        usual = max(sorted(by_currency), key=lambda currency: by_currency[currency].orders, default=None)
        counts = usual is not None and by_currency[usual].orders > 0
        return Counters(
            counted=counted,
            orders=total.orders,
            open=total.open,
            cancelled=total.cancelled,
            delivered=total.delivered,
            kept_ppm=_share(total.kept * PPM, total.closed),
            stated_ppm=_share(total.stated_ppm, total.closed),
            at_risk=at_risk,
            split_ppm=_share(total.split * PPM, total.sourced),
            cost_minor=by_currency[usual].cost_minor if usual is not None else 0,
            currency=usual if counts else None,
            co2e_g=total.co2e_g,
        )


def _share(count: int, of: int) -> int | None:
    return divided(count, of) if of else None
