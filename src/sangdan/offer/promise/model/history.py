"""What is kept of promised parcels, late and open ones included, so that transit times can be learned from it."""

import math
from collections.abc import Sequence
from typing import Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from .arrival import GRID_PPM

MEDIAN: Final = GRID_PPM.index(500_000)
NEARLY_ALL: Final = GRID_PPM.index(950_000)
LEAST: Final = 0.1  # of the configured median: what arrives sooner counts as this
FORGOTTEN: Final = 0.05  # of an observation: what weighs less is not told on
RISK_FLOOR: Final = 20  # with fewer parcels at risk, one arrival would weigh too much

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]
Key: TypeAlias = tuple[str, ...]
# A key, the weight of its observations and their sum.
Told: TypeAlias = tuple[Key, float, float]


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a parcel's way when it is promised. We learn from the order on, and answer from departure on.

    area          a finer part of `to_zone`, e.g. the first three digits of the postcode
    weekday       local, of the order: 0 Monday .. 6
    distance_m    >= 0
    weight_g      >= 0
    configured_s  the lane's, from departure to door at the probabilities of GRID_PPM, non-decreasing, the median > 0
    estimate_s    what somebody else estimates, from departure to door; None when nobody does
    lead_s        from the order to the planned departure, >= 0
    """

    node_id: str
    from_zone: str
    to_zone: str
    area: str
    weekday: int
    distance_m: int
    weight_g: int
    configured_s: Sequence[int]
    estimate_s: int | None = None
    lead_s: int = 0

    def expected_s(self, point: int) -> int:
        """From the order to the door, as configured, at a point of the grid."""
        return self.lead_s + self.configured_s[point]

    def deviation(self, seconds: float) -> float:
        """Log of a time from order to door over the expected median."""
        return math.log(max(seconds / self.expected_s(MEDIAN), LEAST))

    def estimate(self) -> float:
        """The estimate's deviation; NaN without one."""
        return math.nan if self.estimate_s is None else self.deviation(self.lead_s + self.estimate_s)


class Means:
    """Means by key that forget: an observation counts half after a half-life."""

    def __init__(self, half_life_s: float) -> None:
        self._half_life_s = half_life_s
        self._sums: dict[Key, tuple[float, float, float]] = {}

    def add(self, key: Key, value: float, at: float) -> None:
        """Count a value that became known at an instant."""
        weight, total = self._faded(key, at)
        self._sums[key] = (weight + 1.0, total + value, at)

    def mean(self, key: Key, at: float, prior: float, strength: float, more: Sequence[float] = ()) -> float:
        """The mean as of an instant, shrunk towards `prior`, which counts as `strength` observations (> 0).

        more  values that are not counted yet and would be now
        """
        weight, total = self._faded(key, at)
        return (total + sum(more) + prior * strength) / (weight + len(more) + strength)

    def told(self, at: float, most: int) -> tuple[Told, ...]:
        """What is remembered as of an instant: the heaviest entries, by key."""
        faded = ((key, *self._faded(key, at)) for key in self._sums)
        heaviest = sorted((each for each in faded if each[1] >= FORGOTTEN), key=lambda each: (-each[1], each[0]))
        return tuple(sorted(heaviest[:most]))

    def remember(self, told: Sequence[Told], at: float) -> None:
        """Take up what was told as of an instant, in the place of everything else."""
        self._sums = {key: (weight, total, at) for key, weight, total in told}

    def _faded(self, key: Key, at: float) -> tuple[float, float]:
        weight, total, since = self._sums.get(key, (0.0, 0.0, at))
        left = 0.5 ** (max(at - since, 0.0) / self._half_life_s)
        return weight * left, total * left


class Watched(msgspec.Struct, eq=False):
    """A promised parcel; `row` is its place in the sample, -1 outside it; instants that are not known yet are inf."""

    trip: Trip
    ordered_at: float
    handed_over_at: float = math.inf
    arrived_at: float = math.inf
    forgotten: bool = False
    row: int = -1


class Sample:
    """The parcels that fits are made from: a column for each thing known of them, a row for each parcel.

    A deviation is the log of the time from order to door over its expected median, so zero is as configured.
    """

    def __init__(self, capacity: int, features: int) -> None:
        self.rows = 0
        self.watched: list[Watched] = []
        self.mark = np.zeros(capacity, np.int64)
        self.zone = np.zeros(capacity, np.int64)
        self.ordered_at = np.zeros(capacity)  # -inf: forgotten
        self.arrived_at = np.zeros(capacity)  # inf: open
        self.median_s = np.zeros(capacity)
        self.settled_s = np.zeros(capacity)  # within which nearly all such parcels should arrive
        self.estimate = np.zeros(capacity)  # a deviation, NaN without
        self.own = np.zeros(capacity)  # the deviation that was predicted without the estimate, NaN while none was
        self.features = np.zeros((capacity, features))
        self._zones: dict[str, int] = {}

    def add(self, watched: Watched, mark: int, features: Array) -> None:
        """Append a parcel; there is room."""
        row, trip = self.rows, watched.trip
        self.mark[row], self.zone[row] = mark, self._zones.setdefault(trip.to_zone, len(self._zones))
        self.ordered_at[row], self.arrived_at[row] = watched.ordered_at, watched.arrived_at
        self.median_s[row], self.settled_s[row] = trip.expected_s(MEDIAN), trip.expected_s(NEARLY_ALL)
        self.estimate[row], self.own[row], self.features[row] = trip.estimate(), math.nan, features
        self.watched.append(watched)
        watched.row, self.rows = row, row + 1

    def keep(self, kept: Flags) -> None:
        """Drop the other rows."""
        rows = np.flatnonzero(kept)
        times = (self.ordered_at, self.arrived_at, self.median_s, self.settled_s)
        for column in (self.mark, self.zone, *times, self.estimate, self.own, self.features):
            column[: len(rows)] = column[rows]
        for watched in self.watched:
            watched.row = -1
        self.watched = [self.watched[row] for row in rows]
        for row, watched in enumerate(self.watched):
            watched.row = row
        self.rows = len(rows)

    def unseen(self) -> Rows:
        """The parcels for which nothing was predicted yet."""
        return np.flatnonzero(np.isnan(self.own[: self.rows]))

    def settled(self, now: float) -> Rows:
        """The parcels old enough that nearly all like them should have arrived."""
        age_s = now - self.ordered_at[: self.rows]
        return np.flatnonzero((age_s >= self.settled_s[: self.rows]) & np.isfinite(age_s))

    def window(self, now: float, window_s: int, least: int, oldest_s: int) -> tuple[float, Flags]:
        """When a window opens, and the parcels that were on their way in it.

        window_s  its length; it opens earlier when it would see fewer than `least` arrivals
        oldest_s  parcels ordered longer ago say nothing of today's
        """
        arrived_at = self.arrived_at[: self.rows]
        arrivals = np.sort(arrived_at[np.isfinite(arrived_at)])
        opens_at = min(now - window_s, float(arrivals[-least]) if len(arrivals) >= least else -math.inf)
        return opens_at, (arrived_at > opens_at) & (self.ordered_at[: self.rows] > now - oldest_s)

    def in_zone(self, zone: str) -> Flags:
        """The parcels to a zone."""
        return self.zone[: self.rows] == self._zones.get(zone, -1)

    def zones(self) -> tuple[str, ...]:
        """Every zone that parcels went to, in the order of its first."""
        return tuple(self._zones)

    def deviations(self, rows: Rows, until: float) -> Array:
        """The deviations of parcels; of those that had not arrived at an instant, what they had reached by then."""
        taken_s = np.minimum(self.arrived_at[rows], until) - self.ordered_at[rows]
        return np.log(np.maximum(taken_s / self.median_s[rows], LEAST))


def survival_quantiles(entered: Array, left: Array, arrived: Flags, probabilities: Array) -> Array:
    """Quantiles of a score when some cases are open still and some were watched from a point on only.

    entered        score from which each case was watched, -inf for its start
    left           score at which it arrived, or which it has reached by now; > entered
    arrived        which of them arrived; at least one
    probabilities  0..1, ascending
    gives          non-decreasing scores; the highest arrival where too few have arrived to say
    source         the product-limit estimate of Kaplan and Meier with delayed entry: what share of those watched at a
                   score arrived there. So a parcel counts as late while it is open, and only recent days count
    """
    scores, arrivals = np.unique(left[arrived], return_counts=True)
    watched = np.searchsorted(np.sort(entered), scores) - np.searchsorted(np.sort(left), scores)
    share = np.minimum(arrivals / np.maximum(watched, RISK_FLOOR), 1.0)
    done = 1.0 - np.cumprod(1.0 - share)
    return scores[np.minimum(np.searchsorted(done, probabilities), len(scores) - 1)]
