"""Transit times learned from completed parcels: what a date and its probability stand on.

All that is learned is a deviation from the distribution which the lane is configured with, so where history is thin
that distribution speaks alone. A prediction uses only what was known when it was asked for.
"""

import heapq
import math
import zlib
from datetime import datetime
from itertools import count
from typing import Final

import numpy as np

from .arrival import GRID_PPM, PPM
from .history import MEDIAN, Array, Flags, Means, Rows, Sample, Trip, Watched, survival_quantiles

THREE_QUARTERS: Final = GRID_PPM.index(750_000)
PROBABILITIES: Final = np.array(GRID_PPM) / PPM
PROMISED: Final = 0.9  # the probability at which predictions are compared

DAY_S: Final = 86_400
REFIT_S: Final = 7 * DAY_S  # the regression is fitted again after this long,
RECALIBRATE_S: Final = DAY_S  # and the distribution around it after this long
MEMORY_S: Final = 400 * DAY_S
LOST_S: Final = 120 * DAY_S
# The distribution is seen through two windows, half each: the short one is timely, the long one steady.
SHORT_S, LONG_S = 14 * DAY_S, 90 * DAY_S
WINDOW_ARRIVALS: Final = 300
ZONE_ARRIVALS, ZONE_STRENGTH = 20, 750  # a zone's own distribution: from when, and what everybody's weighs beside it
THIN, THICK = 200, 600  # completed parcels: up to, the configured distribution alone; from, the learned one alone
RIDGE: Final = 5.0
OVERDUE: Final = 0.3  # a parcel still open at the fit is taken to need exp(0.3) times its age
SHARES: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)  # what somebody else's estimate may weigh beside ours


class Learner:
    """Learns from one service's parcels as they are promised and arrive. The same calls give the same answers.

    capacity  parcels kept for the fits; when more come, they are thinned by a hash of their ids
    source    ridge regression on deviations from the configured median, shrunk from area to pair of zones to zone to
              everywhere, with a conformal distribution around it that counts open parcels. On marketplace orders in
              order of time, boosted trees on the same features were no better
    """

    def __init__(self, capacity: int = 20_000) -> None:
        self._everywhere, self._zone, self._pair = Means(14 * DAY_S), Means(90 * DAY_S), Means(90 * DAY_S)
        self._area, self._node = Means(180 * DAY_S), Means(180 * DAY_S)
        self._slips = {point: Means(10 * DAY_S) for point in (MEDIAN, THREE_QUARTERS)}
        self._open: dict[str, Watched] = {}
        self._checks: list[tuple[float, int, int, Watched]] = []  # due, number, point of the grid, parcel
        self._numbers = count()
        self._capacity, self._every = capacity, 1
        self._sample: Sample | None = None
        self._completed = 0
        self._refit_at = self._recalibrate_at = math.inf
        self._fit: tuple[Array, Array, Array] | None = None  # means, spreads, coefficients
        self._share = SHARES[0]
        # Around the regression, for trips with an estimate and without: everybody's, and what a zone adds to it.
        self._scores: dict[bool, Array] = {}
        self._zone_adds: dict[tuple[bool, str], Array] = {}

    def quantiles(self, trip: Trip, at: datetime) -> tuple[int, ...]:
        """Seconds from the planned departure to the door at the probabilities of GRID_PPM. Changes nothing.

        at     when it is asked, aware
        gives  ten non-decreasing numbers, >= 0
        """
        learned = min(max((self._completed - THIN) / (THICK - THIN), 0.0), 1.0)
        estimated = trip.estimate_s is not None
        scores = self._scores.get(estimated)
        if learned == 0.0 or scores is None:
            return tuple(trip.configured_s)
        own = self._regress(self._features(trip, at.timestamp()))
        centre = (1 - self._share) * own + self._share * trip.estimate() if estimated else own
        if (adds := self._zone_adds.get((estimated, trip.to_zone))) is not None:
            scores = np.maximum.accumulate(scores + adds)
        configured = np.log(np.maximum(np.array(trip.configured_s) + trip.lead_s, 1.0))
        log_s = (1 - learned) * configured + learned * (math.log(trip.expected_s(MEDIAN)) + centre + scores)
        return tuple(int(second) for second in np.maximum(np.rint(np.exp(log_s)) - trip.lead_s, 0.0))

    def expect(self, parcel_id: str, trip: Trip, at: datetime) -> None:
        """A parcel was promised: it is watched, and counts as late when it is, until `observe` or `forget`.

        parcel_id  never expected before
        at         when it was ordered, aware; calls come in order of time
        """
        assert parcel_id not in self._open
        self.advance(at)
        now = at.timestamp()
        watched = self._open[parcel_id] = Watched(trip, now)
        for point in self._slips:
            heapq.heappush(self._checks, (now + trip.expected_s(point), next(self._numbers), point, watched))
        features = self._features(trip, now)
        if self._sample is None:
            self._sample = Sample(self._capacity, len(features))
            self._refit_at, self._recalibrate_at = now + REFIT_S, now + RECALIBRATE_S
        if self._sample.rows == self._capacity:
            self._thin_out(self._sample, now)
        mark = zlib.crc32(parcel_id.encode())
        if mark % self._every == 0:
            self._sample.add(watched, mark, self._regress(features), features)

    def observe(self, parcel_id: str, at: datetime) -> None:
        """An expected parcel has arrived at the door; one that is not expected is left alone."""
        self.advance(at)
        if (watched := self._open.pop(parcel_id, None)) is None:
            return
        now, trip = at.timestamp(), watched.trip
        watched.arrived_at = now
        if self._sample is not None and watched.row >= 0:
            self._sample.arrived_at[watched.row] = now
        self._completed += 1
        deviation = trip.deviation(now - watched.ordered_at)
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
                self._sample.ordered_at[watched.row] = -math.inf

    def advance(self, at: datetime) -> None:
        """Do what is due by an instant: look at parcels that should have come, recalibrate, fit again."""
        now = at.timestamp()
        while self._checks and self._checks[0][0] <= now:
            due_at, _, point, watched = heapq.heappop(self._checks)
            if not watched.forgotten:
                slipped = float(watched.arrived_at > due_at)
                self._slips[point].add(None, slipped, due_at)
                self._slips[point].add(watched.trip.to_zone, slipped, due_at)
        if self._sample is None:
            return
        if now >= self._refit_at:
            self._refit_at = now + REFIT_S
            self._recalibrate_at = now + RECALIBRATE_S
            self._refit(self._sample, now)
            self._recalibrate(self._sample, now)
            self._recalibrate_zones(self._sample, now)
        elif now >= self._recalibrate_at:
            self._recalibrate_at = now + RECALIBRATE_S
            self._recalibrate(self._sample, now)

    def _features(self, trip: Trip, now: float) -> Array:
        """What the regression sees: where, when, and how parcels on the same ways have deviated and are slipping."""
        everywhere = self._everywhere.mean(None, now, 0.0, 5)
        zone = self._zone.mean(trip.to_zone, now, everywhere, 10)
        pair = self._pair.mean((trip.from_zone, trip.to_zone), now, zone, 10)
        area = self._area.mean((trip.to_zone, trip.area), now, pair, 5)
        node = self._node.mean(trip.node_id, now, everywhere, 4) - everywhere
        slips: list[float] = []
        for point, slip in self._slips.items():
            usual = slip.mean(None, now, 1 - GRID_PPM[point] / PPM, 10)
            slips += [usual, slip.mean(trip.to_zone, now, usual, 60) - usual]
        far, heavy = math.log(trip.distance_m / 1000 + 20), math.log(trip.weight_g + 1)
        weekdays = (float(trip.weekday == day) for day in range(1, 7))
        return np.array([1.0, far, far * far, heavy, everywhere, zone, pair, area, node, *slips, *weekdays])

    def _regress(self, features: Array) -> float:
        """The deviation to expect; NaN before the first fit."""
        if self._fit is None:
            return math.nan
        means, spreads, coefficients = self._fit
        return float(((features - means) / spreads) @ coefficients)

    def _refit(self, sample: Sample, now: float) -> None:
        """Regress the deviations of settled parcels; choose what an estimate weighs beside the regression."""
        self._thin_out(sample, now)
        settled = sample.settled(now)
        if len(settled) < THIN:
            return
        features, target = sample.features[settled], sample.deviations(settled, now)
        target = target + OVERDUE * np.isinf(sample.arrived_at[settled])
        means, spreads = features.mean(axis=0), features.std(axis=0) + 1e-9
        means[0], spreads[0] = 0.0, 1.0
        scaled = (features - means) / spreads
        penalty = np.diag([1e-6] + [RIDGE] * (scaled.shape[1] - 1))
        coefficients = np.asarray(np.linalg.solve(scaled.T @ scaled + penalty, scaled.T @ target), np.float64)
        self._fit = means, spreads, coefficients
        unseen = np.flatnonzero(np.isnan(sample.own[: sample.rows]))
        sample.own[unseen] = (sample.features[unseen] - means) / spreads @ coefficients
        estimated = settled[np.isfinite(sample.estimate[settled])]
        if len(estimated) >= THIN:
            self._share = _best_share(sample, estimated, sample.deviations(estimated, now))

    def _recalibrate(self, sample: Sample, now: float) -> None:
        """The distribution around the regression, for trips with an estimate and without."""
        if self._fit is None:
            return
        for estimated in (False, True):
            short, long = (self._around(sample, now, window_s, estimated) for window_s in (SHORT_S, LONG_S))
            if short is not None and long is not None:
                self._scores[estimated] = (short[0] + long[0]) / 2

    def _recalibrate_zones(self, sample: Sample, now: float) -> None:
        """What each zone's distribution adds to everybody's, by how many arrivals speak for it."""
        if self._fit is None:
            return
        for estimated in (False, True):
            if (usual := self._around(sample, now, LONG_S, estimated)) is None:
                continue
            for zone in sample.zones():
                if (own := self._around(sample, now, LONG_S, estimated, sample.in_zone(zone))) is not None:
                    scores, arrivals = own
                    self._zone_adds[estimated, zone] = (scores - usual[0]) * arrivals / (arrivals + ZONE_STRENGTH)

    def _around(
        self, sample: Sample, now: float, window_s: int, estimated: bool, among: Flags | None = None
    ) -> tuple[Array, int] | None:
        """Scores (deviation less the regression's) at PROBABILITIES of the parcels on their way in a window.

        gives  also how many arrived; None when too few did
        """
        opens_at, chosen = sample.window(now, window_s, WINDOW_ARRIVALS, LOST_S)
        if estimated:
            chosen = chosen & np.isfinite(sample.estimate[: sample.rows])
        rows = np.flatnonzero(chosen if among is None else chosen & among)
        arrived = np.isfinite(sample.arrived_at[rows])
        if arrived.sum() < ZONE_ARRIVALS:
            return None
        centre = _blend(sample, rows, self._share) if estimated else sample.own[rows]
        began_before = sample.ordered_at[rows] < opens_at
        entered = np.where(began_before, sample.deviations(rows, opens_at) - centre, -np.inf)
        left = sample.deviations(rows, now) - centre
        return survival_quantiles(entered, left, arrived, PROBABILITIES), int(arrived.sum())

    def _thin_out(self, sample: Sample, now: float) -> None:
        """Drop what is forgotten or old; when that leaves too many, keep every second one of the rest by its hash."""
        kept = sample.ordered_at[: sample.rows] > now - MEMORY_S
        while kept.sum() > self._capacity * 3 // 4:
            self._every *= 2
            kept &= sample.mark[: sample.rows] % self._every == 0
        sample.keep(kept)


def _blend(sample: Sample, rows: Rows, share: float) -> Array:
    return (1 - share) * sample.own[rows] + share * sample.estimate[rows]


def _best_share(sample: Sample, rows: Rows, deviations: Array) -> float:
    """What the estimate should have weighed, by pinball loss in seconds at the promised probability."""
    losses: list[float] = []
    for share in SHARES:
        centre = _blend(sample, rows, share)
        promised = centre + np.quantile(deviations - centre, PROMISED)
        late_s = sample.median_s[rows] * (np.exp(deviations) - np.exp(promised))
        losses.append(float(np.maximum(PROMISED * late_s, (PROMISED - 1) * late_s).mean()))
    return SHARES[int(np.argmin(losses))]
