"""A marketplace's orders as parcels whose dates can be asked for: each from its seller, by the replay's carrier."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Final

import msgspec

from sangdan.adapters.olist import TIMEZONE, Alliance, Orders, Wish, metres
from sangdan.adapters.olist.alliance import DEPARTURE
from sangdan.flows.quote_promise.timetables import deadlines_of, departures_of, horizon, seconds
from sangdan.flows.quote_promise.trips import AREA_DIGITS
from sangdan.kit.calendars import DAY, Calendar, instant
from sangdan.offer.promise.model import Departures, Seconds
from sangdan.offer.promise.model.arrival import HOUR_S, Arrival, Ready, deliver, next_run
from sangdan.offer.promise.model.history import Trip
from sangdan.offer.promise.model.policy import MARGIN_S

WITHIN_S: Final = 400 * 86_400  # the longest date, later than any that a shopper would take
TARGET_PPM: Final = 900_000
_ALWAYS: Final = Calendar(TIMEZONE, ("00:00-24:00",) * 7)
_RUN: Final = (time.fromisoformat(DEPARTURE),)


class Course(msgspec.Struct, frozen=True):
    """What is known of an order when its date is asked for.

    trips  by seller, in the order of their ids
    """

    wish: Wish
    ready: Ready
    departures: Departures
    deadlines: tuple[Seconds, ...]
    trips: tuple[Trip, ...]

    def arrival(self, transit_s: tuple[int, ...]) -> Arrival:
        """The first end of a day that is likely enough for a parcel."""
        arrival = deliver(transit_s, 0, self.departures, self.deadlines, TARGET_PPM, self.ready)
        assert arrival is not None, "a date within the horizon"
        return arrival


def courses(orders: Orders, alliance: Alliance) -> Iterator[Course]:
    """The orders in order of purchase."""
    weights: dict[str, int] = dict(alliance.tables["skus"].select("sku", "weight_g").iter_rows())
    lanes = {
        (lane["from_zone"], lane["to_zone"]): tuple(lane["transit_s"])
        for lane in alliance.tables["lanes"].select("from_zone", "to_zone", "transit_s").iter_rows(named=True)
    }
    for wish in orders.wishes:
        yield _course(wish, alliance, weights, lanes)


def _course(
    wish: Wish, alliance: Alliance, weights: Mapping[str, int], lanes: Mapping[tuple[str, str], tuple[int, ...]]
) -> Course:
    start = seconds(wish.bought_at) + MARGIN_S
    ready = Ready(start, start - start % HOUR_S, start)
    first_on, days = horizon(wish.bought_at, _ALWAYS, WITHIN_S)
    departures = departures_of(_ALWAYS, _RUN, _RUN, first_on, days)
    departs_at = next_run(departures, ready)
    assert departs_at is not None, "a run every day"
    grams: Counter[str] = Counter()
    for line in wish.lines:
        grams[line.seller_id] += weights[line.product_id] * line.units
    trips = tuple(
        Trip(
            node_id=seller_id,
            from_zone=alliance.sellers[seller_id].state,
            to_zone=wish.state,
            area=wish.postcode[:AREA_DIGITS],
            weekday=wish.bought_on.weekday(),
            distance_m=metres(alliance.sellers[seller_id].point, alliance.points[wish.postcode]),
            weight_g=grams.total(),
            configured_s=lanes[alliance.sellers[seller_id].state, wish.state],
            estimate_s=end_of(wish.estimated_on) - departs_at,
            lead_s=max(0, departs_at - seconds(wish.bought_at)),
        )
        for seller_id in sorted(grams)
    )
    return Course(wish, ready, departures, deadlines_of(_ALWAYS, None, first_on, days), trips)


def end_of(day: date) -> Seconds:
    """The last second of a local date."""
    return seconds(instant(_ALWAYS.zone, day + DAY, 0)) - 1


def local_s(asked_at: datetime, promised_at: Seconds) -> int:
    """Seconds between two instants on the local clocks, whatever these did meanwhile."""
    here = asked_at.astimezone(_ALWAYS.zone).replace(tzinfo=None)
    there = datetime.fromtimestamp(promised_at, _ALWAYS.zone).replace(tzinfo=None)
    return int((there - here).total_seconds())
