"""Our dates beside a marketplace's own: who was on time, how long shoppers wait, and both at equal risk."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.float64]
STEPS: Final = 60


class Dated(msgspec.Struct, frozen=True):
    """One order's dates, all local.

    bought_on     the day of purchase
    ours_s        what we promised, in seconds after purchase
    blind_s       what we would have promised without knowing the marketplace's date
    theirs_on     the marketplace's own date
    delivered_on  None: it never came, so every date was missed
    second        of the day of purchase, 0..86399
    """

    bought_on: date
    second: int
    ours_s: int
    blind_s: int
    theirs_on: date
    delivered_on: date | None


class Comparison(msgspec.Struct, frozen=True):
    """Shares 0..1, days from purchase; matched: how many days earlier our dates are at the marketplace's own share."""

    orders: int
    on_time_share: float
    mean_days: float
    blind_on_time_share: float
    blind_mean_days: float
    marketplace_on_time_share: float
    marketplace_mean_days: float
    matched_days_earlier: float
    matched_days_earlier_without_estimate: float


def compare(orders: Sequence[Dated]) -> Comparison | None:
    """Compare the dates of some orders; None when there is no order."""
    if not orders:
        return None
    taken = np.array([np.inf if o.delivered_on is None else (o.delivered_on - o.bought_on).days for o in orders])
    theirs = np.array([float((o.theirs_on - o.bought_on).days) for o in orders])
    second = np.array([float(o.second) for o in orders])
    ours = np.array([float(o.ours_s) for o in orders])
    blind = np.array([float(o.blind_s) for o in orders])
    share = _on_time(theirs, taken)
    return Comparison(
        orders=len(orders),
        on_time_share=_on_time(_days(ours, second), taken),
        mean_days=float(_days(ours, second).mean()),
        blind_on_time_share=_on_time(_days(blind, second), taken),
        blind_mean_days=float(_days(blind, second).mean()),
        marketplace_on_time_share=share,
        marketplace_mean_days=float(theirs.mean()),
        matched_days_earlier=float(theirs.mean() - _matched(ours, second, taken, share).mean()),
        matched_days_earlier_without_estimate=float(theirs.mean() - _matched(blind, second, taken, share).mean()),
    )


def _days(promised_s: Days, second: Days) -> Days:
    """Whole local days from purchase: a promise holds until the end of its day."""
    return np.floor((second + promised_s) / 86_400)


def _on_time(promised: Days, taken: Days) -> float:
    return float((taken <= promised).mean())


def _matched(promised_s: Days, second: Days, taken: Days, share: float) -> Days:
    """Our dates, all stretched by the one factor that is the least to be on time as often as the marketplace.

    source  a factor chosen with hindsight, as for any comparison at equal risk: it flatters nobody's ranking of orders
    """
    low, high = 0.0, 8.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if _on_time(_days(promised_s * middle, second), taken) >= share:
            high = middle
        else:
            low = middle
    return _days(promised_s * high, second)
