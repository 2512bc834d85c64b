"""Rows of one order find each other: all of them good, and of one mind, or none is taken. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
import polars as pl

from sangdan.kit.bulk import LINE, REASON
from sangdan.offer.promise.model.basket import Wish

from .check import as_text, check, rejects
from .kinds import ORDERS
from .kinds.orders import SHARED

BROKEN: Final = "order incomplete"
TORN: Final = "order contradicts itself"
_LAST: Final = 10**18


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An order as a shop took it.

    rows        its places in the file
    service     the wished one, None for the cheapest delivery
    birth_year  None when the file does not tell
    """

    order_ref: str
    rows: tuple[int, ...]
    wishes: tuple[Wish, ...]
    shopper_id: str
    postcode: str
    service: str | None
    currency: str
    birth_year: int | None


class Gathered(msgspec.Struct, frozen=True):
    """What a file holds: the orders in the order of their first rows, and its rejects as in `check.Checked`."""

    drafts: list[Draft]
    rejects: pl.DataFrame
    reasons: dict[str, int]


def gather(frame: pl.DataFrame) -> Gathered:
    """Check every row, then put those of an order together.

    frame   numbered
    raises  HeaderWrong
    """
    checked = check(ORDERS, frame)
    orders: dict[str, list[dict[str, Any]]] = {}
    for row in checked.good.sort(LINE).iter_rows(named=True):
        orders.setdefault(row["order_ref"], []).append(row)
    spoilt = dict(_spoilt(frame, checked.rejects[LINE]))
    drafts: list[Draft] = []
    faults: list[tuple[int, str | None, str | None]] = []
    for order_ref, rows in orders.items():
        broken, torn = _broken(spoilt, order_ref), _torn(rows)
        if broken is None and torn is None:
            drafts.append(_draft(order_ref, rows))
        else:
            faults += [(row[LINE], broken, torn) for row in rows]
    further = pl.DataFrame(faults, schema={LINE: pl.Int64, BROKEN: pl.String, TORN: pl.String}, orient="row")
    counts = {name: further.height - further[name].null_count() for name in (BROKEN, TORN)}
    return Gathered(
        drafts,
        pl.concat([checked.rejects, rejects(frame, further)]).sort(LINE),
        checked.reasons | {name: count for name, count in counts.items() if count},
    )


def _spoilt(frame: pl.DataFrame, rejected: pl.Series) -> Iterator[tuple[str, int]]:
    """Orders that lack a row, with its place. A line that could not be split may belong to any order it seems to name.

    rejected  places of bad rows
    """
    bad = frame.filter(pl.col(LINE).is_in(rejected.implode()))
    whole, unsplit = bad.filter(pl.col(REASON).is_null()), bad.filter(pl.col(REASON).is_not_null())
    for line, order_ref in reversed(whole.select(LINE, as_text(whole, "order_ref")).rows()):
        if order_ref is not None:
            yield order_ref, line
    first = next(name for name in frame.columns if name not in (LINE, REASON))
    for line, text in unsplit.select(LINE, pl.col(first).cast(pl.String)).rows():
        for cell in re.split('[",]', text):
            yield cell.strip(), line


def _broken(spoilt: Mapping[str, int], order_ref: str) -> str | None:
    line = spoilt.get(order_ref)
    return None if line is None else f"order_ref: an order is taken as a whole, and line {line} of it is rejected"


def _torn(rows: Sequence[Mapping[str, Any]]) -> str | None:
    """What rows of one order say differently though it is the whole order's."""
    differ = [name for name in SHARED if len({row[name] for row in rows}) > 1]
    return f"order_ref: the rows of one order must agree in {', '.join(differ)}" if differ else None


def _draft(order_ref: str, rows: Sequence[Mapping[str, Any]]) -> Draft:
    """Good rows that agree; numbered lines come before the others."""
    lines = sorted(rows, key=lambda row: _LAST if row["line_no"] is None else row["line_no"])
    return Draft(
        order_ref=order_ref,
        rows=tuple(row[LINE] for row in rows),
        wishes=tuple(Wish(row["sku"], row["units"], row["seller_id"]) for row in lines),
        **{name: rows[0][name] for name in SHARED},
    )
