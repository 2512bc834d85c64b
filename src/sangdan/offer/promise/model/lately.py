"""What parcels did lately, as far as it is known at an instant: what a prediction sees besides the parcel itself."""

import math
from collections.abc import Sequence
from itertools import islice
from typing import Final

import msgspec
import numpy as np

from .arrival import GRID_PPM, PPM
from .history import MEDIAN, Array, Means, Told, Trip, Watched

DAY_S: Final = 86_400
THREE_QUARTERS: Final = GRID_PPM.index(750_000)
# The points of the configured distribution at which it is looked who is late.
CHECKED: Final = (MEDIAN, THREE_QUARTERS)
_ALL: Final = ()
# Of a node's parcels that nobody has handed over, so many are looked at, the oldest.
WAITING: Final = 50
GIVEN_UP_S: Final = 45 * DAY_S  # what waits for longer is not waiting any more
MOST_ENTRIES: Final = 20_000


class Remembered(msgspec.Struct, frozen=True):
    """What is known lately, as of an instant.

    means    by the table's place, each entry a key, the weight of its observations and their sum
    waiting  by node: the planned departures of parcels that were not handed over yet
    """

    means: tuple[tuple[Told, ...], ...]
    waiting: dict[str, tuple[float, ...]]


class Lately:
    """Deviations of arrivals, delays of hand-overs, and who is late: each fading with age.

    A deviation is the log of the time from order to door over its configured median. A delay is the inverse hyperbolic
    sine of the days from the planned departure to the hand-over: a log for long ones, and zero for none.
    """

    def __init__(self) -> None:
        self._everywhere, self._zone, self._pair = Means(14 * DAY_S), Means(90 * DAY_S), Means(90 * DAY_S)
        self._area, self._node = Means(180 * DAY_S), Means(180 * DAY_S)
        self._delays, self._node_delay, self._zone_delay = Means(14 * DAY_S), Means(60 * DAY_S), Means(30 * DAY_S)
        self._slips = {point: Means(10 * DAY_S) for point in CHECKED}
        self._waiting: dict[str, dict[str, float]] = {}

    def expected(self, parcel_id: str, watched: Watched) -> None:
        """A parcel was promised."""
        waiting = self._waiting.setdefault(watched.trip.node_id, {})
        while waiting and watched.ordered_at - waiting[oldest := next(iter(waiting))] > GIVEN_UP_S:
            del waiting[oldest]
        waiting[parcel_id] = watched.ordered_at + watched.trip.lead_s

    def handed_over(self, parcel_id: str, watched: Watched, now: float) -> None:
        """A parcel left its node."""
        self.forgotten(parcel_id, watched)
        trip, delay = watched.trip, _delay(watched.ordered_at + watched.trip.lead_s, now)
        self._delays.add(_ALL, delay, now)
        self._node_delay.add((trip.node_id,), delay, now)
        self._zone_delay.add((trip.from_zone,), delay, now)

    def arrived(self, parcel_id: str, watched: Watched, now: float) -> None:
        """A parcel is at the door."""
        self.forgotten(parcel_id, watched)
        trip, deviation = watched.trip, watched.trip.deviation(now - watched.ordered_at)
        for means, key in (
            (self._everywhere, _ALL), (self._zone, (trip.to_zone,)), (self._pair, (trip.from_zone, trip.to_zone)),
            (self._area, (trip.to_zone, trip.area)), (self._node, (trip.node_id,)),
        ):  # fmt: skip
            means.add(key, deviation, now)

    def forgotten(self, parcel_id: str, watched: Watched) -> None:
        """A parcel does not wait on its node any more."""
        if (waiting := self._waiting.get(watched.trip.node_id)) is not None:
            waiting.pop(parcel_id, None)

    def slipped(self, point: int, watched: Watched, due_at: float) -> None:
        """A parcel should have come by an instant, with the probability of a point of CHECKED; did it?"""
        late = float(watched.arrived_at > due_at)
        self._slips[point].add(_ALL, late, due_at)
        self._slips[point].add((watched.trip.to_zone,), late, due_at)

    def features(self, trip: Trip, now: float) -> Array:
        """What a prediction for a trip sees at an instant: where, when, and how parcels on the same ways did."""
        everywhere = self._everywhere.mean(_ALL, now, 0.0, 5)
        zone = self._zone.mean((trip.to_zone,), now, everywhere, 10)
        pair = self._pair.mean((trip.from_zone, trip.to_zone), now, zone, 10)
        area = self._area.mean((trip.to_zone, trip.area), now, pair, 5)
        node = self._node.mean((trip.node_id,), now, everywhere, 4) - everywhere
        slips: list[float] = []
        for point, slip in self._slips.items():
            usual = slip.mean(_ALL, now, 1 - GRID_PPM[point] / PPM, 10)
            slips += [usual, slip.mean((trip.to_zone,), now, usual, 60) - usual]
        far, heavy = math.log(trip.distance_m / 1000 + 20), math.log(trip.weight_g + 1)
        weekdays = (float(trip.weekday == day) for day in range(1, 7))
        own = [1.0, far, far * far, heavy, everywhere, zone, pair, area, node]
        return np.array([*own, *slips, *weekdays, *self._on_the_floor(trip, now)])

    def remembered(self, now: float) -> Remembered:
        """All that features are made of, as of an instant, within bounds."""
        waiting = {node_id: tuple(islice(open_.values(), WAITING)) for node_id, open_ in sorted(self._waiting.items())}
        return Remembered(
            tuple(means.told(now, MOST_ENTRIES) for means in self._tables()),
            {node_id: open_ for node_id, open_ in waiting.items() if open_},
        )

    @classmethod
    def again(cls, known: Remembered, now: float) -> "Lately":
        """The same as it was at an instant.

        raises  ValueError when there are other tables than ours
        """
        lately = cls()
        for means, told in zip(lately._tables(), known.means, strict=True):
            means.remember(told, now)
        for node_id, open_ in known.waiting.items():
            lately._waiting[node_id] = {str(number): departs_at for number, departs_at in enumerate(open_)}
        return lately

    def _on_the_floor(self, trip: Trip, now: float) -> Sequence[float]:
        """How much later than planned this node hands over: by what left it, its zone, and what still waits on it."""
        usual = self._delays.mean(_ALL, now, 0.8, 5)
        node = self._node_delay.mean((trip.node_id,), now, usual, 3)
        zone = self._zone_delay.mean((trip.from_zone,), now, usual, 10)
        waiting = (_delay(at, now) for at in islice(self._waiting.get(trip.node_id, {}).values(), WAITING))
        longer = [delay for delay in waiting if delay > node]
        with_waiting = self._node_delay.mean((trip.node_id,), now, usual, 3, longer)
        return node - usual, zone - usual, with_waiting - usual

    def _tables(self) -> Sequence[Means]:
        return (
            self._everywhere, self._zone, self._pair, self._area, self._node,
            self._delays, self._node_delay, self._zone_delay,
            *self._slips.values(),
        )  # fmt: skip


def _delay(departs_at: float, now: float) -> float:
    return math.asinh(max(now - departs_at, 0.0) / DAY_S)
