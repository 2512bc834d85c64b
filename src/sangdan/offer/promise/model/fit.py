"""What was fitted to parcels: where the middle of a trip's time lies, and the distribution around it."""

import math
from typing import Final

import msgspec
import numpy as np

from .history import MEDIAN, Array, Trip

RIDGE: Final = 5.0
THIN, THICK = 200, 600  # completed parcels: up to, the configured distribution alone; from, the learned one alone
MOST_S: Final = 366 * 86_400  # no parcel is on its way for longer
# The two distributions around predictions: of those made as if nobody else had estimated, and of those made with that.
ALONE, ESTIMATED = 0, 1


class Fit(msgspec.Struct, frozen=True):
    """Predicts a deviation from features by a line.

    means, spreads, coefficients  one for each feature
    share                         what somebody else's estimate weighs beside the prediction, 0..1
    """

    means: tuple[float, ...]
    spreads: tuple[float, ...]
    coefficients: tuple[float, ...]
    share: float = 0.0

    def fault(self, features: int) -> str | None:
        """Why it cannot be used for so many features; None when it can."""
        columns = (self.means, self.spreads, self.coefficients)
        if any(len(column) != features for column in columns):
            return "it is for other features"
        if not all(math.isfinite(number) for column in (*columns, (self.share,)) for number in column):
            return "a number is not finite"
        return None if all(spread > 0 for spread in self.spreads) else "a spread is not above zero"


class Around(msgspec.Struct):
    """The distribution around predictions, at the probabilities of the grid, for trips alone and with an estimate.

    scores  deviation less the predicted one, non-decreasing; None while too little is known
    adds    by zone: what its own distribution adds
    """

    scores: list[tuple[float, ...] | None] = msgspec.field(default_factory=lambda: [None, None])
    adds: tuple[dict[str, tuple[float, ...]], dict[str, tuple[float, ...]]] = msgspec.field(
        default_factory=lambda: ({}, {})
    )

    def fault(self, points: int) -> str | None:
        """Why it cannot be used on a grid of so many points; None when it can."""
        if len(self.scores) != len(self.adds):
            return "there is one distribution too few"
        told = [scores for scores in self.scores if scores is not None]
        told += [add for adds in self.adds for add in adds.values()]
        if any(len(numbers) != points or not all(map(math.isfinite, numbers)) for numbers in told):
            return "a distribution is for another grid"
        if any(scores is not None and list(scores) != sorted(scores) for scores in self.scores):
            return "a distribution decreases"
        return None

    def copy(self) -> "Around":
        """As it is now; the grid's numbers themselves never change."""
        return Around(list(self.scores), (dict(self.adds[ALONE]), dict(self.adds[ESTIMATED])))

    def at(self, mode: int, zone: str) -> Array | None:
        """The scores for a trip to a zone; None while too little is known."""
        if (scores := self.scores[mode]) is None:
            return None
        adds = self.adds[mode].get(zone)
        return np.array(scores) if adds is None else np.maximum.accumulate(np.array(scores) + np.array(adds))


class Fitted:
    """A fit, ready to predict."""

    def __init__(self, fit: Fit) -> None:
        """fit: without fault"""
        self.fit = fit
        self._means, self._spreads = np.array(fit.means), np.array(fit.spreads)
        self._coefficients = np.array(fit.coefficients)

    def predict(self, features: Array) -> Array:
        """The deviation to expect for each row, as if nobody else had estimated."""
        return (features - self._means) / self._spreads @ self._coefficients

    def blend(self, own: Array, estimates: Array) -> Array:
        """What to expect when somebody else has estimated too; NaN where nobody has."""
        return (1 - self.fit.share) * own + self.fit.share * estimates


def fitted(features: Array, target: Array) -> Fitted:
    """Fit a line, its slopes held back; estimates weigh nothing yet.

    features  a row for each parcel; the first is the constant
    source    ridge regression
    """
    means, spreads = features.mean(axis=0), features.std(axis=0) + 1e-9
    means[0], spreads[0] = 0.0, 1.0
    scaled = (features - means) / spreads
    penalty = np.diag([1e-6] + [RIDGE] * (scaled.shape[1] - 1))
    coefficients = np.asarray(np.linalg.solve(scaled.T @ scaled + penalty, scaled.T @ target), np.float64)
    return Fitted(Fit(tuple(means.tolist()), tuple(spreads.tolist()), tuple(coefficients.tolist())))


def quantiles(trip: Trip, features: Array, made: Fitted | None, around: Around, completed: int) -> tuple[int, ...]:
    """Seconds from the planned departure to the door at the probabilities of GRID_PPM.

    completed  parcels that were learned from: when few, the configured distribution speaks alone or as well; also
               where what was learned makes no sense
    gives      ten non-decreasing numbers, >= 0
    """
    estimated = trip.estimate_s is not None
    learned = min(max((completed - THIN) / (THICK - THIN), 0.0), 1.0)
    scores = around.at(ESTIMATED if estimated else ALONE, trip.to_zone)
    if learned == 0.0 or made is None or scores is None:
        return tuple(trip.configured_s)
    with np.errstate(over="ignore", invalid="ignore"):
        own = made.predict(features[None])
        centre = float((made.blend(own, np.array([trip.estimate()])) if estimated else own)[0])
        configured = np.log(np.maximum(np.array(trip.configured_s) + trip.lead_s, 1.0))
        log_s = (1 - learned) * configured + learned * (math.log(trip.expected_s(MEDIAN)) + centre + scores)
        seconds = np.maximum(np.rint(np.exp(log_s)) - trip.lead_s, 0.0)
    if not np.all(seconds <= MOST_S):  # nor when it is no number
        return tuple(trip.configured_s)
    return tuple(int(second) for second in seconds)
