"""Transit times learned from completed parcels: what a date and its probability stand on.

All that is learned is a deviation from the distribution which the lane is configured with, so where history is thin
that distribution speaks alone. A prediction uses only what was known when it was asked for.
"""

import heapq
import math
import zlib
from collections.abc import Hashable, Sequence
from datetime import datetime
from itertools import count
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from .arrival import GRID_PPM, PPM

MEDIAN: Final = GRID_PPM.index(500_000)
THREE_QUARTERS: Final = GRID_PPM.index(750_000)
NEARLY_ALL: Final = GRID_PPM.index(950_000)
PROMISED: Final = 0.9  # the probability at which predictions are compared

DAY_S: Final = 86_400
REFIT_S: Final = 7 * DAY_S  # the regression is fitted again after this long,
RECALIBRATE_S: Final = DAY_S  # and the distribution around it after this long
WINDOW_S: Final = 14 * DAY_S  # the days that calibrate, or more when they saw fewer than WINDOW_ARRIVALS
WINDOW_ARRIVALS: Final = 300
LOST_S: Final = 120 * DAY_S  # a parcel open for longer says nothing of those sent today
MEMORY_S: Final = 400 * DAY_S
THIN, THICK = 200, 600  # completed parcels: up to, the configured distribution alone; from, the learned one alone
RIDGE: Final = 5.0
RISK_FLOOR: Final = 20  # with fewer parcels at risk, one arrival would weigh too much
OVERDUE: Final = 0.3  # a parcel still open at the fit is taken to need exp(0.3) times its age
SHARES: Final = (0.0, 0.15, 0.3, 0.45, 0.6)  # what somebody else's estimate may weigh beside ours
LEAST: Final = 0.1  # of the configured median: arrivals before this, even before the start, count as this

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a parcel's way when it is promised. Its start is the planned departure.

    area          a finer part of `to_zone`, e.g. the first three digits of the postcode
    weekday       local, of the order: 0 Monday .. 6
    distance_m    >= 0
    weight_g      >= 0
    configured_s  the lane's seconds from start to door at the probabilities of GRID_PPM, non-decreasing, the median > 0
    estimate_s    what somebody else estimates, from start to door; None when nobody does
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


class Means:
    """Means by key that forget: an observation counts half after a half-life."""

    def __init__(self, half_life_s: float) -> None:
        self._half_life_s = half_life_s
        self._sums: dict[Hashable, tuple[float, float, float]] = {}

    def add(self, key: Hashable, value: float, at: float) -> None:
        """Count a value that became known at an instant."""
        weight, total = self._faded(key, at)
        self._sums[key] = (weight + 1.0, total + value, at)

    def mean(self, key: Hashable, at: float, prior: float, strength: float) -> float:
        """The mean as of an instant, shrunk towards `prior`, which counts as `strength` observations (> 0)."""
        weight, total = self._faded(key, at)
        return (total + prior * strength) / (weight + strength)

    def _faded(self, key: Hashable, at: float) -> tuple[float, float]:
        weight, total, since = self._sums.get(key, (0.0, 0.0, at))
        left = 0.5 ** (max(at - since, 0.0) / self._half_life_s)
        return weight * left, total * left


class _Watched(msgspec.Struct, eq=False):
    """A promised parcel; `row` is its place in the sample, -1 outside it."""

    trip: Trip
    start: float
    arrived: float = math.inf
    forgotten: bool = False
    row: int = -1


class _Sample:
    """The parcels that the fits are made from, a column for each thing known of them."""

    def __init__(self, size: int, features: int) -> None:
        self.rows = 0
        self.watched: list[_Watched] = []
        self.mark = np.zeros(size, np.int64)
        self.start = np.zeros(size)
        self.arrived = np.zeros(size)  # inf: open
        self.median = np.zeros(size)  # configured
        self.settled = np.zeros(size)  # seconds within which nearly all such parcels arrive, as configured
        self.estimate = np.zeros(size)  # log of the estimate over the configured median, NaN without
        self.own = np.zeros(size)  # log of the time over the configured median, as the regression saw it, NaN before any
        self.features = np.zeros((size, features))

    def add(self, watched: _Watched, mark: int, own: float, features: Array) -> None:
        """Append a parcel."""
        row, trip = self.rows, watched.trip
        self.mark[row], self.start[row], self.arrived[row] = mark, watched.start, math.inf
        self.median[row], self.settled[row] = trip.configured_s[MEDIAN], trip.configured_s[NEARLY_ALL]
        self.estimate[row], self.own[row], self.features[row] = _estimate(trip), own, features
        self.watched.append(watched)
        watched.row, self.rows = row, row + 1

    def keep(self, kept: Flags) -> None:
        """Drop the other rows."""
        rows = int(kept.sum())
        for column in (self.mark, self.start, self.arrived, self.median, self.settled, self.estimate, self.own, self.features):
            column[:rows] = column[: self.rows][kept]
        for watched in self.watched:
            watched.row = -1
        self.watched = [self.watched[row] for row in np.flatnonzero(kept)]
        for row, watched in enumerate(self.watched):
            watched.row = row
        self.rows = rows


def survival_quantiles(entered: Array, left: Array, arrived: Flags, probabilities: Array) -> Array:
    """Quantiles of a score when some cases are open still and some were watched from a point on only.

    entered        score from which each case was watched, -inf for its start
    left           score at which it arrived, or which it has reached by now; > entered
    arrived        which of them arrived; at least one
    probabilities  0..1, ascending
    gives          non-decreasing scores; the highest arrival where too few have arrived to say
    source         the product-limit estimate of Kaplan and Meier with delayed entry: what share of those watched at a
                   score arrived there. So a parcel counts as late while it is open, and old days do not count
    """
    scores, arrivals = np.unique(left[arrived], return_counts=True)
    watched = np.searchsorted(np.sort(entered), scores) - np.searchsorted(np.sort(left), scores)
    done = 1.0 - np.cumprod(1.0 - np.minimum(arrivals / np.maximum(watched, RISK_FLOOR), 1.0))
    return scores[np.minimum(np.searchsorted(done, probabilities), len(scores) - 1)]


class Learner:
    """Learns from one service's parcels as they are promised and arrive. The same calls give the same answers.

    capacity  parcels kept for the fits; when more come, they are thinned by a hash of their ids
    """

    def __init__(self, capacity: int = 20_000) -> None:
        self._everywhere, self._zone, self._pair = Means(28 * DAY_S), Means(90 * DAY_S), Means(90 * DAY_S)
        self._area, self._node = Means(180 * DAY_S), Means(60 * DAY_S)
        self._slips = {point: Means(10 * DAY_S) for point in (MEDIAN, THREE_QUARTERS)}
        self._open: dict[str, _Watched] = {}
        self._checks: list[tuple[float, int, int, _Watched]] = []  # due, number, point of the grid, parcel
        self._numbers = count()
        self._capacity, self._every = capacity, 1
        self._sample: _Sample | None = None
        self._completed = 0
        self._refit_at = self._recalibrate_at = -math.inf
        self._fit: tuple[Array, Array, Array] | None = None  # means, spreads, coefficients
        self._share = SHARES[0]
        self._scores: dict[bool, Array] = {}  # with an estimate or without: the distribution around the regression

    def quantiles(self, trip: Trip, at: datetime) -> tuple[int, ...]:
        """Seconds from start to door at the probabilities of GRID_PPM. Changes nothing.

        at     when it is asked, aware
        gives  ten non-decreasing numbers
        """
        learned = min(max((self._completed - THIN) / (THICK - THIN), 0.0), 1.0)
        scores = self._scores.get(trip.estimate_s is not None)
        if learned == 0.0 or scores is None:
            return tuple(trip.configured_s)
        own = self._regress(self._features(trip, at.timestamp()))
        centre = own if trip.estimate_s is None else self._blend(own, _estimate(trip))
        configured = np.maximum(np.array(trip.configured_s), 1.0)
        log_s = (1 - learned) * np.log(configured) + learned * (math.log(trip.configured_s[MEDIAN]) + centre + scores)
        return tuple(int(second) for second in np.rint(np.exp(log_s)))

    def expect(self, parcel_id: str, trip: Trip, at: datetime, starts_at: datetime) -> None:
        """A parcel was promised: it is watched, and counts as late when it is, until `observe` or `forget`.

        parcel_id  never expected before
        at         when it was promised, aware, not before any earlier call's
        starts_at  its planned departure
        """
        assert parcel_id not in self._open
        self.advance(at)
        watched = self._open[parcel_id] = _Watched(trip, starts_at.timestamp())
        for point in self._slips:
            heapq.heappush(self._checks, (watched.start + trip.configured_s[point], next(self._numbers), point, watched))
        features = self._features(trip, at.timestamp())
        if self._sample is None:
            self._sample = _Sample(self._capacity, len(features))
        if self._sample.rows == self._capacity:
            self._thin_out(self._sample, at.timestamp())
        mark = zlib.crc32(parcel_id.encode())
        if mark % self._every == 0:
            self._sample.add(watched, mark, self._regress(features), features)

    def observe(self, parcel_id: str, at: datetime) -> None:
        """An expected parcel has arrived at the door; one that is not expected is left alone."""
        self.advance(at)
        if (watched := self._open.pop(parcel_id, None)) is None:
            return
        now, trip = at.timestamp(), watched.trip
        watched.arrived = now
        if self._sample is not None and watched.row >= 0:
            self._sample.arrived[watched.row] = now
        self._completed += 1
        deviation = math.log(max((now - watched.start) / trip.configured_s[MEDIAN], LEAST))
        self._everywhere.add(None, deviation, now)
        self._zone.add(trip.to_zone, deviation, now)
        self._pair.add((trip.from_zone, trip.to_zone), deviation, now)
        self._area.add((trip.to_zone, trip.area), deviation, now)
        self._node.add(trip.node_id, deviation, now)

    def forget(self, parcel_id: str) -> None:
        """An expected parcel will not be sent: it counts neither as early nor as late."""
        if (watched := self._open.pop(parcel_id, None)) is not None:
            watched.forgotten = True
            if self._sample is not None and watched.row >= 0:
                self._sample.start[watched.row] = -math.inf

    def advance(self, at: datetime) -> None:
        """Do what is due by an instant: look at parcels that should have come, recalibrate, fit again."""
        now = at.timestamp()
        while self._checks and self._checks[0][0] <= now:
            due, _, point, watched = heapq.heappop(self._checks)
            if not watched.forgotten:
                self._slips[point].add(None, float(watched.arrived > due), due)
        if self._sample is None:
            return
        if now >= self._refit_at:
            self._refit_at = now + REFIT_S
            self._refit(self._sample, now)
        if now >= self._recalibrate_at:
            self._recalibrate_at = now + RECALIBRATE_S
            self._recalibrate(self._sample, now)

    def _features(self, trip: Trip, now: float) -> Array:
        """What the regression sees. Deviations shrink from area to pair to zone to everywhere, that to none."""
        everywhere = self._everywhere.mean(None, now, 0.0, 5)
        zone = self._zone.mean(trip.to_zone, now, everywhere, 10)
        pair = self._pair.mean((trip.from_zone, trip.to_zone), now, zone, 10)
        area = self._area.mean((trip.to_zone, trip.area), now, pair, 5)
        node = self._node.mean(trip.node_id, now, everywhere, 4) - everywhere
        slips = (slip.mean(None, now, 1 - GRID_PPM[point] / PPM, 10) for point, slip in self._slips.items())
        far, heavy = math.log(trip.distance_m / 1000 + 20), math.log(trip.weight_g + 1)
        weekdays = (float(trip.weekday == day) for day in range(1, 7))
        return np.array([1.0, far, heavy, zone, pair, area, node, *slips, *weekdays])

    def _regress(self, features: Array) -> float:
        """Log of the time over the configured median; NaN before the first fit."""
        if self._fit is None:
            return math.nan
        means, spreads, coefficients = self._fit
        return float(((features - means) / spreads) @ coefficients)

    def _blend(self, own: float, estimate: float) -> float:
        return (1 - self._share) * own + self._share * estimate

    def _refit(self, sample: _Sample, now: float) -> None:
        """Regress the deviations of parcels of which nearly all have arrived; choose what an estimate weighs."""
        self._thin_out(sample, now)
        rows = slice(sample.rows)
        settled = np.flatnonzero(np.isfinite(sample.start[rows]) & (now - sample.start[rows] >= sample.settled[rows]))
        if len(settled) < THIN:
            return
        features, target = sample.features[settled], _deviation(sample, settled, now)
        target = target + OVERDUE * np.isinf(sample.arrived[settled])
        means, spreads = features.mean(axis=0), features.std(axis=0) + 1e-9
        means[0], spreads[0] = 0.0, 1.0
        scaled = (features - means) / spreads
        penalty = np.diag([1e-6] + [RIDGE] * (scaled.shape[1] - 1))
        coefficients = np.linalg.solve(scaled.T @ scaled + penalty, scaled.T @ target)
        self._fit = means, spreads, coefficients
        unseen = np.flatnonzero(np.isnan(sample.own[rows]))
        sample.own[unseen] = (sample.features[unseen] - means) / spreads @ coefficients
        estimated = settled[np.isfinite(sample.estimate[settled])]
        if len(estimated) >= THIN:
            self._share = _best_share(sample, estimated, _deviation(sample, estimated, now))

    def _recalibrate(self, sample: _Sample, now: float) -> None:
        """The distribution around the regression, from what happened in the window to parcels open in it."""
        if self._fit is None:
            return
        rows = slice(sample.rows)
        arrivals = np.sort(sample.arrived[rows][np.isfinite(sample.arrived[rows])])
        opens = min(now - WINDOW_S, arrivals[-min(WINDOW_ARRIVALS, len(arrivals))])
        in_window = (sample.arrived[rows] > opens) & (sample.start[rows] > now - LOST_S) & (sample.start[rows] < now)
        for estimated in (False, True):
            live = np.flatnonzero(in_window & (np.isfinite(sample.estimate[rows]) | (not estimated)))
            if not np.isfinite(sample.arrived[live]).any():
                continue
            centre = self._blend(sample.own[live], sample.estimate[live]) if estimated else sample.own[live]
            since_start = np.log(np.maximum((opens - sample.start[live]) / sample.median[live], LEAST))
            entered = np.where(sample.start[live] < opens, since_start - centre, -np.inf)
            left = _deviation(sample, live, now) - centre
            arrived = np.isfinite(sample.arrived[live])
            self._scores[estimated] = survival_quantiles(entered, left, arrived, np.array(GRID_PPM) / PPM)

    def _thin_out(self, sample: _Sample, now: float) -> None:
        """Drop what is forgotten or old; when that leaves too many, keep every second one of the rest by its hash."""
        kept = sample.start[: sample.rows] > now - MEMORY_S
        while kept.sum() > self._capacity * 3 // 4:
            self._every *= 2
            kept &= sample.mark[: sample.rows] % self._every == 0
        sample.keep(kept)


def _estimate(trip: Trip) -> float:
    """Log of the estimate over the configured median; NaN without one."""
    if trip.estimate_s is None:
        return math.nan
    return math.log(max(trip.estimate_s / trip.configured_s[MEDIAN], LEAST))


def _deviation(sample: _Sample, rows: NDArray[np.intp], now: float) -> Array:
    """Log of the time taken, or so far, over the configured median."""
    taken = np.minimum(sample.arrived[rows], now) - sample.start[rows]
    return np.log(np.maximum(taken / sample.median[rows], LEAST))


def _best_share(sample: _Sample, rows: NDArray[np.intp], deviation: Array) -> float:
    """What the estimate should have weighed, by pinball loss at the promised probability."""
    losses: list[float] = []
    for share in SHARES:
        centre = (1 - share) * sample.own[rows] + share * sample.estimate[rows]
        promised = centre + np.quantile(deviation - centre, PROMISED)
        late = sample.median[rows] * (np.exp(deviation) - np.exp(promised))
        losses.append(float(np.maximum(PROMISED * late, (PROMISED - 1) * late).mean()))
    return SHARES[int(np.argmin(losses))]
