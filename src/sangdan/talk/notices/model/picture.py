"""An order as its shopper sees it, and what they know of it. What is told is the difference between the two.

So a fact that comes twice tells nothing twice, and what was undone before it was told is not told at all.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec


class Names(msgspec.Struct, frozen=True):
    """What something is called."""

    ko: str
    en: str


class LineNow(msgspec.Struct, frozen=True, kw_only=True):
    """A line: units ordered, units that are still to come or came, and by when.

    sold_by     as promised at first
    by          the latest of its parcels; None when nothing of it is left
    chance_ppm  that it comes by then
    """

    line_no: int
    names: Names
    units: int
    left: int
    sold_by: datetime | None
    by: datetime | None
    chance_ppm: int


class ParcelNow(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel: where it comes from, who brings it, how far it is.

    carrier       None: the shopper fetches it at `place`
    delivered_at  as the carrier says
    lines         numbers of the lines in it
    """

    parcel_no: int
    state: str
    place: Names
    carrier: Names | None
    tracking_no: str
    promised_at: datetime
    delivered_at: datetime | None
    lines: tuple[int, ...]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it stands.

    order_no     as the shop and its shopper call it
    trouble      why a node of the order went out of service: power, fire, flood, other; None when none did
    cancellable  whether the shopper may still cancel
    captured     whether their money was taken, or only held
    confirm_on   local date of the day on which it confirms itself; None before it has arrived
    """

    order_no: str
    shop: Names
    state: str
    reason: str | None
    trouble: str | None
    currency: str
    total_minor: int
    cancelled_minor: int
    cancellable: bool
    captured: bool
    probability_ppm: int
    timezone: str
    lines: tuple[LineNow, ...]
    parcels: tuple[ParcelNow, ...]
    confirm_on: str | None


class LineKnown(msgspec.Struct, frozen=True):
    """What the shopper knows of a line."""

    line_no: int
    left: int
    by: datetime | None


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the shopper knows of an order; shipped, ready and delivered are parcel numbers."""

    placed: bool = False
    ended: bool = False
    cancelled_minor: int = 0
    lines: tuple[LineKnown, ...] = ()
    shipped: tuple[int, ...] = ()
    ready: tuple[int, ...] = ()
    delivered: tuple[int, ...] = ()


def as_sold(now: Picture) -> Known:
    """What a shopper knows who was told nothing: what they bought."""
    return Known(lines=tuple(LineKnown(line.line_no, line.units, line.sold_by) for line in now.lines))


class Difference(msgspec.Struct, frozen=True):
    """What of an order's lines the shopper does not know yet.

    moved         lines that come later than they were told, and when that was
    was           the date they were told for what moved
    by            the date that holds now, and chance_ppm that it is kept
    missing       units by line that will not come
    amount_minor  the price of what will not come
    soon_at       the earliest date that any of it touches
    """

    moved: tuple[LineNow, ...]
    was: datetime | None
    by: datetime | None
    chance_ppm: int
    missing: tuple[tuple[LineNow, int], ...]
    amount_minor: int
    soon_at: datetime | None


def difference(now: Picture, known: Known) -> Difference:
    """Compare an order with what its shopper knows; what comes sooner is no news."""
    before = {line.line_no: line for line in known.lines}
    moved = [line for line in now.lines if _later(line.by, before[line.line_no].by)]
    missing = [
        (line, before[line.line_no].left - line.left) for line in now.lines if line.left < before[line.line_no].left
    ]
    return Difference(
        tuple(moved),
        max((was for line in moved if (was := before[line.line_no].by)), default=None),
        max((line.by for line in moved if line.by), default=None),
        min((line.chance_ppm for line in moved), default=0),
        tuple(missing),
        now.cancelled_minor - known.cancelled_minor,
        min(
            (was for line in [*moved, *(line for line, _ in missing)] if (was := before[line.line_no].by)), default=None
        ),
    )


def _later(by: datetime | None, known_by: datetime | None) -> bool:
    return by is not None and known_by is not None and by > known_by


def learned(now: Picture, known: Known) -> Known:
    """What the shopper knows once the difference was told."""
    before = {line.line_no: line for line in known.lines}
    return msgspec.structs.replace(
        known,
        cancelled_minor=now.cancelled_minor,
        lines=tuple(
            LineKnown(line.line_no, line.left, line.by if _later(line.by, before[line.line_no].by) else was)
            for line in now.lines
            for was in [before[line.line_no].by]
        ),
    )


def items_of(now: Picture, parcels: Sequence[ParcelNow]) -> tuple[tuple[Names, int], ...]:
    """What is in these parcels: names, and units that are left of each line."""
    inside = {line_no for parcel in parcels for line_no in parcel.lines}
    return tuple((line.names, line.left) for line in now.lines if line.line_no in inside and line.left > 0)
