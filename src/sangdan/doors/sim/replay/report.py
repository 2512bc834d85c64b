"""What a replay amounts to: the figures of any run, and our dates beside the marketplace's."""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import asdict

from sangdan.adapters.olist import Orders

from ..marketplace import Comparison, compare
from ..report import Told
from ..report import spoken as spoken_of_any
from .drive import Replay

# How the figures are to be read; part of the report.
LABELS: Final[Mapping[str, str]] = {
    "promise_on_time_share": "of parcels that arrived, or turned out not to be there; `compared` judges orders",
    "compared": (
        "every placed order that was not cancelled; a date holds until the end of its local day, and is missed when "
        "the order never came"
    ),
    "marketplace": "the marketplace's own estimated date; all compared orders",
    "without_estimate": "by the same rule, had the promise not known the marketplace's date",
    "matched": (
        "mean days by which our dates are earlier than the marketplace's at its own share on time, all stretched by "
        "one factor that is chosen afterwards; over the last third of the compared orders by time of purchase"
    ),
}


class FileRows(msgspec.Struct, frozen=True):
    """Rows of the file of orders: rows_in = used + left_out."""

    rows_in: int
    used: int
    left_out: dict[str, int]


class Compared(msgspec.Struct, frozen=True):
    """Our dates beside theirs; None where no order is left to compare."""

    all: Comparison | None
    last_third: Comparison | None


class Replayed(Told, kw_only=True):
    """The figures of a replay; `labels` says how they are to be read.

    stock             how it was derived
    import_rejected   rows of the alliance that the import did not take, by kind
    prices_differing  placed orders whose goods cost another sum than in the file
    refused_in_stock  orders refused though every line could be given: zero when all is well
    """

    file_of_orders: FileRows
    stock: str
    import_rejected: dict[str, int]
    prices_differing: int
    refused_in_stock: int
    marketplace_on_time_share: float | None
    marketplace_mean_days: float | None
    promise_on_time_share_without_estimate: float | None
    promise_mean_days_without_estimate: float | None
    matched_days_earlier: float | None
    matched_days_earlier_without_estimate: float | None
    compared: Compared
    labels: Mapping[str, str]


def replayed(told: Told, done: Replay, read: Orders, stock: str) -> Replayed:
    """Put the figures together."""
    every, last = compare(done.dated), compare(done.dated[len(done.dated) * 2 // 3 :])
    return Replayed(
        **asdict(told),
        file_of_orders=FileRows(read.rows_in, len(read.wishes), dict(read.left_out)),
        stock=stock,
        import_rejected=done.import_rejected,
        prices_differing=done.prices_differing,
        refused_in_stock=done.refused_in_stock,
        marketplace_on_time_share=None if every is None else every.marketplace_on_time_share,
        marketplace_mean_days=None if every is None else every.marketplace_mean_days,
        promise_on_time_share_without_estimate=None if every is None else every.blind_on_time_share,
        promise_mean_days_without_estimate=None if every is None else every.blind_mean_days,
        matched_days_earlier=None if last is None else last.matched_days_earlier,
        matched_days_earlier_without_estimate=None if last is None else last.matched_days_earlier_without_estimate,
        compared=Compared(every, last),
        labels=LABELS,
    )


def sound(told: Replayed) -> bool:
    """Whether every unit and every cent is accounted for, and nobody was refused what was there."""
    sums = [*told.ledger_sum_minor.values(), *told.alliance_sum_minor.values()]
    return not (any(sums) or told.drift_rows or told.oversold_cells or told.promises_differing or told.refused_in_stock)


def spoken(told: Replayed) -> str:
    """The table that people read."""
    return spoken_of_any(told, _more(told))


def _more(told: Replayed) -> dict[str, str]:
    rows = told.file_of_orders
    left_out = ", ".join(f"{n:,} {reason}" for reason, n in rows.left_out.items())
    more = {
        "rows of the file": f"{rows.rows_in:,}, used {rows.used:,}" + (f", left out: {left_out}" if left_out else ""),
        "stock": told.stock,
        "refused though in stock": f"{told.refused_in_stock:,}",
        "prices unlike the file's": f"{told.prices_differing:,}",
    }
    for name, each in (("all", told.compared.all), ("last third", told.compared.last_third)):
        if each is not None:
            more[f"{name}: compared orders"] = f"{each.orders:,}"
            more[f"{name}: marketplace's date"] = _date(each.marketplace_on_time_share, each.marketplace_mean_days)
            more[f"{name}: our date"] = _date(each.on_time_share, each.mean_days)
            more[f"{name}: without their estimate"] = _date(each.blind_on_time_share, each.blind_mean_days)
            more[f"{name}: earlier at their share"] = (
                f"{each.matched_days_earlier:+.2f} days, without their estimate "
                f"{each.matched_days_earlier_without_estimate:+.2f}"
            )
    return more


def _date(share: float, days: float) -> str:
    return f"{share:.2%} on time, {days:.2f} days on the mean"
