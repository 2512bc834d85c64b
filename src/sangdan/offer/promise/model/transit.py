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
from msgspec.structs import replace

from .arrival import GRID_PPM, PPM
from .fit import ALONE, ESTIMATED, THIN, Around, Fitted, fitted, quantiles
from .history import Array, Flags, Rows, Sample, Trip, Watched, survival_quantiles
from .lately import CHECKED, Lately
from .snapshot import Snapshot

PROBABILITIES: Final = np.array(GRID_PPM) / PPM
PROMISED: Final = 0.9  # the probability at which predictions are compared

DAY_S: Final = 86_400
REFIT_S: Final = 7 * DAY_S  # the middle is fitted again after this long,
RECALIBRATE_S: Final = DAY_S  # and the distribution around it after this long
MEMORY_S: Final = 400 * DAY_S
LOST_S: Final = 120 * DAY_S
# The distribution is seen through two windows, half each: the short one is timely, the long one steady.
SHORT_S, LONG_S = 14 * DAY_S, 45 * DAY_S
WINDOW_ARRIVALS: Final = 300
ZONE_ARRIVALS, ZONE_STRENGTH = 20, 750  # a zone's own distribution: from when, and what everybody's weighs beside it
OVERDUE: Final = 0.3  # a parcel still open at the fit is taken to need exp(0.3) times its age
SHARES: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)  # what somebody else's estimate may weigh beside ours


class Learner:
    """Learns from one service's parcels as they are promised, handed over and arrive. The same calls, the same answers.

    capacity  parcels kept for the fits; when more come, they are thinned by a hash of their ids
    refit_s   between two fits
    source    ridge regression on deviations from the configured median, shrunk from area to pair of zones to zone to
              everywhere, with a conformal distribution around what was predicted beforehand, over rolling windows,
              that counts open parcels; what else was tried is in docs/dates.md
    """

    def __init__(self, capacity: int = 20_000, refit_s: int = REFIT_S) -> None:
        self._lately = Lately()
        self._open: dict[str, Watched] = {}
        self._checks: list[tuple[float, int, int, Watched]] = []  # due, number, point of the grid, parcel
        self._numbers = count()
        self._capacity, self._every = capacity, 1
        self._refit_s = refit_s
        self._sample: Sample | None = None
        self._completed = 0
        self._refit_at = self._recalibrate_at = math.inf
        self._fitted: Fitted | None = None
        self._around = Around()

    def quantiles(self, trip: Trip, at: datetime) -> tuple[int, ...]:
        """Seconds from the planned departure to the door at the probabilities of GRID_PPM. Changes nothing.

        at     when it is asked, aware
        gives  ten non-decreasing numbers, >= 0
        """
        features = self._lately.features(trip, at.timestamp())
        return quantiles(trip, features, self._fitted, self._around, self._completed)

    def expect(self, parcel_id: str, trip: Trip, at: datetime) -> None:
        """A parcel was promised: it is watched, and counts as late when it is, until `observe` or `forget`.

        parcel_id  never expected before
        at         when it was ordered, aware; calls come in order of time
        """
        assert parcel_id not in self._open
        self.advance(at)
        now = at.timestamp()
        watched = self._open[parcel_id] = Watched(trip, now)
        for point in CHECKED:
            heapq.heappush(self._checks, (now + trip.expected_s(point), next(self._numbers), point, watched))
        features = self._lately.features(trip, now)
        self._lately.expected(parcel_id, watched)
        if self._sample is None:
            self._sample = Sample(self._capacity, len(features))
            self._refit_at, self._recalibrate_at = now + self._refit_s, now + RECALIBRATE_S
        if self._sample.rows == self._capacity:
            self._thin_out(self._sample, now)
        mark = zlib.crc32(parcel_id.encode())
        if mark % self._every == 0:
            self._sample.add(watched, mark, features)

    def hand_over(self, parcel_id: str, at: datetime) -> None:
        """An expected parcel has left its node; one that is not expected is left alone."""
        self.advance(at)
        if (watched := self._open.get(parcel_id)) is not None and math.isinf(watched.handed_over_at):
            watched.handed_over_at = at.timestamp()
            self._lately.handed_over(parcel_id, watched, watched.handed_over_at)

    def observe(self, parcel_id: str, at: datetime) -> None:
        """An expected parcel has arrived at the door; one that is not expected is left alone."""
        self.advance(at)
        if (watched := self._open.pop(parcel_id, None)) is None:
            return
        watched.arrived_at = at.timestamp()
        if self._sample is not None and watched.row >= 0:
            self._sample.arrived_at[watched.row] = watched.arrived_at
        self._completed += 1
        self._lately.arrived(parcel_id, watched, watched.arrived_at)

    def forget(self, parcel_id: str) -> None:
        """An expected parcel will not be sent: it counts neither as early nor as late."""
        if (watched := self._open.pop(parcel_id, None)) is not None:
            watched.forgotten = True
            self._lately.forgotten(parcel_id, watched)
            if self._sample is not None and watched.row >= 0:
                self._sample.ordered_at[watched.row] = -math.inf

    def advance(self, at: datetime) -> None:
        """Do what is due by an instant: look at parcels that should have come, recalibrate, fit again."""
        now = at.timestamp()
        while self._checks and self._checks[0][0] <= now:
            due_at, _, point, watched = heapq.heappop(self._checks)
            if not watched.forgotten:
                self._lately.slipped(point, watched, due_at)
        if self._sample is None:
            return
        if now >= self._refit_at:
            self._refit_at = now + self._refit_s
            self._recalibrate_at = now + RECALIBRATE_S
            self._refit(self._sample, now)
            self._recalibrate(self._sample, now)
            self._recalibrate_zones(self._sample, now)
        elif now >= self._recalibrate_at:
            self._recalibrate_at = now + RECALIBRATE_S
            self._recalibrate(self._sample, now)

    def snapshot(self, at: datetime) -> Snapshot | None:
        """All that an answer needs, fitted and calibrated now; None while there is too little to learn from."""
        self._refit_at = at.timestamp()
        self.advance(at)
        if self._fitted is None or self._completed <= THIN:
            return None
        now = at.timestamp()
        return Snapshot(
            learned_at=now,
            completed=self._completed,
            fit=self._fitted.fit,
            around=self._around.copy(),
            lately=self._lately.remembered(now),
        )

    def _refit(self, sample: Sample, now: float) -> None:
        """Fit the middle to settled parcels. What was ordered until now was predicted by the fit before."""
        self._predict(sample)
        self._thin_out(sample, now)
        settled = sample.settled(now)
        if len(settled) < THIN:
            return
        deviations = sample.deviations(settled, now)
        target = deviations + OVERDUE * np.isinf(sample.arrived_at[settled])
        made = fitted(sample.features[settled], target)
        share = SHARES[0] if self._fitted is None else self._fitted.fit.share
        self._fitted = made
        self._predict(sample)
        estimated = settled[np.isfinite(sample.estimate[settled])]
        if len(estimated) >= THIN:
            share = _best_share(sample, estimated, sample.deviations(estimated, now))
        self._fitted = Fitted(replace(made.fit, share=share))

    def _predict(self, sample: Sample) -> None:
        """Predict, as of their orders, the parcels that came since: the fit has been the same all the while."""
        if self._fitted is not None and len(rows := sample.unseen()):
            sample.own[rows] = self._fitted.predict(sample.features[rows])

    def _recalibrate(self, sample: Sample, now: float) -> None:
        """The distribution around the middle, for trips alone and with an estimate."""
        self._predict(sample)
        if (made := self._fitted) is None:
            return
        for mode in (ALONE, ESTIMATED):
            short, long = (self._scores(made, sample, now, window_s, mode) for window_s in (SHORT_S, LONG_S))
            if short is not None and long is not None:
                self._around.scores[mode] = tuple(((short[0] + long[0]) / 2).tolist())

    def _recalibrate_zones(self, sample: Sample, now: float) -> None:
        """What each zone's distribution adds to everybody's, by how many arrivals speak for it."""
        if (made := self._fitted) is None:
            return
        for mode in (ALONE, ESTIMATED):
            if (usual := self._scores(made, sample, now, LONG_S, mode)) is None:
                continue
            for zone in sample.zones():
                if (own := self._scores(made, sample, now, LONG_S, mode, sample.in_zone(zone))) is not None:
                    scores, arrivals = own
                    adds = (scores - usual[0]) * arrivals / (arrivals + ZONE_STRENGTH)
                    self._around.adds[mode][zone] = tuple(adds.tolist())

    def _scores(
        self, made: Fitted, sample: Sample, now: float, window_s: int, mode: int, among: Flags | None = None
    ) -> tuple[Array, int] | None:
        """Scores (deviation less the predicted one) at PROBABILITIES of the parcels on their way in a window.

        gives  also how many arrived; None when too few did
        """
        opens_at, chosen = sample.window(now, window_s, WINDOW_ARRIVALS, LOST_S)
        if mode == ESTIMATED:
            chosen = chosen & np.isfinite(sample.estimate[: sample.rows])
        rows = np.flatnonzero(chosen if among is None else chosen & among)
        arrived = np.isfinite(sample.arrived_at[rows])
        if arrived.sum() < ZONE_ARRIVALS:
            return None
        own = sample.own[rows]
        centre = made.blend(own, sample.estimate[rows]) if mode == ESTIMATED else own
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


def _best_share(sample: Sample, rows: Rows, deviations: Array) -> float:
    """What the estimate should have weighed, by pinball loss in seconds at the promised probability."""
    losses: list[float] = []
    own, estimate = sample.own[rows], sample.estimate[rows]
    for share in SHARES:
        centre = (1 - share) * own + share * estimate
        promised = centre + np.quantile(deviations - centre, PROMISED)
        late_s = sample.median_s[rows] * (np.exp(deviations) - np.exp(promised))
        losses.append(float(np.maximum(PROMISED * late_s, (PROMISED - 1) * late_s).mean()))
    return SHARES[int(np.argmin(losses))]
