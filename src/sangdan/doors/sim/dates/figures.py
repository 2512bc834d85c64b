"""What an evaluation amounts to: our dates and the marketplace's on the same orders, whole and by region."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from sangdan.doors.cli.output import table

from ..marketplace import Comparison, compare
from .run import Asked, Said

LEVEL: Final = 0.9
DAY_S: Final = 86_400
FEWEST: Final = 100  # orders of a region that is told by itself
PERCENT: Final = 100

LABELS: Final[Mapping[str, str]] = {
    "orders": "the last third by time of purchase of all that were not cancelled",
    "estimated": "the marketplace's own estimated date was an input, as it is known at purchase",
    "alone": "it was not",
    "on_time_share": "ex ante, no hindsight: the order came by the end of the promised day; what never came was late",
    "stated_share": "the mean of the probabilities that those dates carried",
    "covered_share": "came within the 90 % quantile itself, before it was rounded up to the end of a day",
    "matched_days_earlier": (
        "mean days earlier than the marketplace at its own share on time, all dates stretched by one factor that is "
        "chosen afterwards"
    ),
    "pinball_days": "at 0.9, in whole days, of the orders that came: the lower, the better",
}

Days = NDArray[np.float64]


class Figures(msgspec.Struct, frozen=True):
    """One way to promise. Shares 0..1, days from purchase."""

    on_time_share: float
    stated_share: float
    covered_share: float
    mean_days: float
    matched_days_earlier: float
    pinball_days: float


class Market(msgspec.Struct, frozen=True):
    """The marketplace's own dates."""

    on_time_share: float
    mean_days: float
    pinball_days: float


class Region(msgspec.Struct, frozen=True):
    """A state: shares that came in time."""

    state: str
    orders: int
    estimated_on_time_share: float
    estimated_stated_share: float
    alone_on_time_share: float
    alone_stated_share: float
    marketplace_on_time_share: float


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """The evaluation; `labels` says how its figures are to be read."""

    orders_in: int
    orders: int
    first_on: date
    last_on: date
    estimated: Figures
    alone: Figures
    marketplace: Market
    regions: list[Region]
    labels: Mapping[str, str] = msgspec.field(default_factory=lambda: LABELS)


def last_third(asked: Sequence[Asked]) -> Sequence[Asked]:
    """By time of purchase."""
    return asked[len(asked) * 2 // 3 :]


def evaluated(orders_in: int, asked: Sequence[Asked]) -> Evaluated | None:
    """Put the figures together; None where no order is left to judge."""
    judged = last_third(asked)
    whole = compare([each.dated for each in judged])
    if whole is None:
        return None
    theirs = np.array([float((each.dated.theirs_on - each.dated.bought_on).days) for each in judged])
    return Evaluated(
        orders_in=orders_in,
        orders=len(judged),
        first_on=judged[0].dated.bought_on,
        last_on=judged[-1].dated.bought_on,
        estimated=_figures(judged, [each.estimated for each in judged], whole, blind=False),
        alone=_figures(judged, [each.alone for each in judged], whole, blind=True),
        marketplace=Market(whole.marketplace_on_time_share, whole.marketplace_mean_days, pinball(judged, theirs)),
        regions=_regions(judged),
    )


def pinball(asked: Sequence[Asked], promised: Days) -> float:
    """The loss of whole-day dates as quantiles at LEVEL, over the orders that came; NaN where none did.

    promised  days from purchase, one for each order
    """
    taken = np.array([_taken(each) for each in asked])
    came = np.isfinite(taken)
    late = taken[came] - promised[came]
    return float(np.maximum(LEVEL * late, (LEVEL - 1) * late).mean()) if came.any() else float("nan")


def _figures(asked: Sequence[Asked], said: Sequence[Said], whole: Comparison, *, blind: bool) -> Figures:
    second = np.array([float(each.dated.second) for each in asked])
    days = np.floor((second + np.array([float(each.promised_s) for each in said])) / DAY_S)
    return Figures(
        on_time_share=whole.blind_on_time_share if blind else whole.on_time_share,
        stated_share=float(np.mean([each.stated for each in said])),
        covered_share=float(np.mean([each.covered for each in said])),
        mean_days=float(days.mean()),
        matched_days_earlier=whole.matched_days_earlier_without_estimate if blind else whole.matched_days_earlier,
        pinball_days=pinball(asked, days),
    )


def _taken(each: Asked) -> float:
    """Whole local days from purchase to the door, infinite when it never came."""
    dated = each.dated
    return float("inf") if dated.delivered_on is None else float((dated.delivered_on - dated.bought_on).days)


def _regions(asked: Sequence[Asked]) -> list[Region]:
    """The states with orders enough, the one with most orders first; the rest together."""
    by_state: dict[str, list[Asked]] = {}
    for each in asked:
        by_state.setdefault(each.state, []).append(each)
    known = {state: of for state, of in by_state.items() if len(of) >= FEWEST}
    rest = [each for state, of in by_state.items() if state not in known for each in of]
    ranked = sorted(known.items(), key=lambda each: (-len(each[1]), each[0]))
    return [_region(state, of) for state, of in (*ranked, ("others", rest)) if of]


def _region(state: str, asked: Sequence[Asked]) -> Region:
    whole = compare([each.dated for each in asked])
    assert whole is not None
    return Region(
        state=state,
        orders=len(asked),
        estimated_on_time_share=whole.on_time_share,
        estimated_stated_share=float(np.mean([each.estimated.stated for each in asked])),
        alone_on_time_share=whole.blind_on_time_share,
        alone_stated_share=float(np.mean([each.alone.stated for each in asked])),
        marketplace_on_time_share=whole.marketplace_on_time_share,
    )


def spoken(told: Evaluated) -> str:
    """As people read it."""
    ways = (("ours, their estimate an input", told.estimated), ("ours without it", told.alone))
    market = told.marketplace
    rows = [
        *(
            (name, _share(w.on_time_share), _share(w.stated_share), _share(w.covered_share), f"{w.mean_days:.2f}",
             f"{w.matched_days_earlier:+.2f}", f"{w.pinball_days:.3f}")
            for name, w in ways
        ),
        ("the marketplace", _share(market.on_time_share), "", "", f"{market.mean_days:.2f}", "+0.00",
         f"{market.pinball_days:.3f}"),
    ]  # fmt: skip
    names = ("", "on time %", "stated %", "within 90 % quantile", "mean days", "matched days earlier", "pinball")
    regions = [
        (r.state, r.orders, _share(r.estimated_on_time_share), _share(r.estimated_stated_share),
         _share(r.alone_on_time_share), _share(r.alone_stated_share), _share(r.marketplace_on_time_share))
        for r in told.regions
    ]  # fmt: skip
    by_region = table(
        ("state", "orders", "on time %", "stated %", "without: on time %", "stated %", "marketplace %"), regions
    )
    head = f"{told.orders:,} orders of {told.orders_in:,}, {told.first_on} to {told.last_on}: the last third by time."
    notes = "\n".join(f"  {name}: {label}" for name, label in told.labels.items())
    return f"{head}\n\n{table(names, rows)}\n\n{by_region}\n\n{notes}"


def _share(share: float) -> str:
    return f"{share * PERCENT:.2f}"
