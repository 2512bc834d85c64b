"""Which message a fact amounts to, or why there is none."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec.structs import replace

from .picture import Difference, Known, Names, ParcelNow, Picture, difference, items_of, learned
from .timing import Silence

Topic: TypeAlias = Literal["placed", "ended", "changed", "late", "shipped", "ready", "delivered"]

# Facts of one order and topic that come within so many seconds of the first are told in one message.
WINDOW_S: Final[Mapping[Topic, int]] = {
    "placed": 5, "ended": 5, "changed": 30, "late": 5, "shipped": 300, "ready": 5, "delivered": 60,
}  # fmt: skip

DECLINED: Final = "payment_declined"
LOST: Final = "lost_in_transit"
SHOPPER: Final = "shopper"
RE_PROMISED: Final = "re_promised"
NODE_OUT: Final = "node_out"
ASKED_FOR: Final = frozenset({SHOPPER, "cancelled"})


class PartSaid(msgspec.Struct, frozen=True, omit_defaults=True):
    """An order of several that were bought together: what it brings, and from or by when; `place` where it waits."""

    items: tuple[tuple[Names, int], ...]
    by_at: datetime | None
    place: Names | None = None


class Args(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a message speaks of, for any language; no word of it tells who the shopper is.

    items      names and units
    missing    names and units that will not come
    money      what becomes of `amount_minor`: refund, release (it was held only), nothing
    by_at      the date that holds; was_at the one before
    stoppable  what comes later has not left, and may be cancelled for that
    parts      the orders of a purchase, where one message speaks of several
    """

    order_no: str
    shop: Names
    timezone: str
    currency: str
    items: tuple[tuple[Names, int], ...] = ()
    missing: tuple[tuple[Names, int], ...] = ()
    total_minor: int = 0
    amount_minor: int = 0
    money: Literal["refund", "release", "nothing"] = "nothing"
    why: str = ""
    by_at: datetime | None = None
    was_at: datetime | None = None
    chance_ppm: int = 0
    cancellable: bool = False
    stoppable: bool = False
    place: Names | None = None
    carrier: Names | None = None
    tracking_nos: tuple[str, ...] = ()
    confirm_on: str | None = None
    parts: tuple[PartSaid, ...] = ()


class Said(msgspec.Struct, frozen=True):
    """A message: its template, what it speaks of, and what the shopper knows once they have it.

    soon_at  the earliest instant it is about, None for this very hour
    """

    template: str
    args: Args
    known: Known
    soon_at: datetime | None = None


def decide(topic: Topic, causes: Collection[str], now: Picture, known: Known) -> Said | Silence:
    """What to tell a shopper.

    causes  codes of the facts behind it
    now     the order as it stands
    known   what the shopper knows
    gives   a message, or why there is nothing to say: told_before, overtaken (by the order's end, or by what came
            after), nothing_new (the difference is gone)
    """
    if topic != "ended" and (known.ended or now.state == "cancelled"):
        return Silence("overtaken")
    return _DECIDE[topic](causes, now, known)


def _placed(causes: Collection[str], now: Picture, known: Known) -> Said | Silence:
    if known.placed:
        return Silence("told_before")
    fetched = next((parcel.place for parcel in now.parcels if parcel.carrier is None), None)
    args = replace(
        _args(now),
        items=tuple((line.names, line.units) for line in now.lines),
        total_minor=now.total_minor,
        by_at=max((line.sold_by for line in now.lines if line.sold_by), default=None),
        chance_ppm=now.probability_ppm,
        cancellable=now.cancellable,
        place=fetched,
    )
    return Said("placed", args, replace(known, placed=True))


def _ended(causes: Collection[str], now: Picture, known: Known) -> Said | Silence:
    if known.ended:
        return Silence("told_before")
    if now.state != "cancelled":
        return Silence("nothing_new")
    declined = now.reason == DECLINED
    amount_minor = 0 if declined else now.cancelled_minor - known.cancelled_minor
    args = replace(
        _args(now),
        items=tuple((line.names, line.units) for line in now.lines),
        total_minor=now.total_minor,
        amount_minor=amount_minor,
        money=_money(now, amount_minor),
        why=_why([now.reason or ""], now),
    )
    template = "declined" if declined else "cancelled" if now.reason in ASKED_FOR else "called_off"
    soon_at = min((line.by for line in known.lines if line.by), default=None)
    return Said(template, args, replace(known, ended=True), soon_at)


def _changed(causes: Collection[str], now: Picture, known: Known) -> Said | Silence:
    news = difference(now, known)
    if not news.moved and not news.missing:
        return Silence("nothing_new")
    said = learned(now, known)
    args = replace(
        _args(now),
        items=tuple((line.names, line.left) for line in news.moved),
        missing=tuple((line.names, units) for line, units in news.missing),
        amount_minor=news.amount_minor,
        money=_money(now, news.amount_minor),
        why=_why(causes, now),
        by_at=news.by,
        was_at=news.was,
        chance_ppm=news.chance_ppm,
        cancellable=now.cancellable,
        stoppable=_waits(now, news),
    )
    return Said(_changed_template(causes, news), args, said, news.soon_at)


def _waits(now: Picture, news: Difference) -> bool:
    """Whether what comes later is still on its floor, to be brought."""
    late = {line.line_no for line in news.moved}
    waiting = [parcel for parcel in now.parcels if parcel.state in ("planned", "released") and parcel.carrier]
    return any(late.intersection(parcel.lines) for parcel in waiting)


def _late(causes: Collection[str], now: Picture, known: Known) -> Said | Silence:
    """Somebody wants the shopper to know that it may come late; the date itself stands until it is moved."""
    open_ = [parcel for parcel in now.parcels if parcel.state in ("planned", "released", "shipped")]
    if not open_:
        return Silence("overtaken")
    args = replace(
        _args(now),
        items=items_of(now, open_),
        why=_why(causes, now),
        was_at=max(parcel.promised_at for parcel in open_),
        cancellable=now.cancellable,
    )
    return Said("late", args, known)


def _changed_template(causes: Collection[str], news: Difference) -> str:
    if news.moved:
        return "moved_reduced" if news.missing else "moved"
    if set(causes) == {SHOPPER}:
        return "trimmed"
    return "lost" if LOST in causes else "reduced"


def _why(causes: Collection[str], now: Picture) -> str:
    """The cause to name when there are several: whatever the shopper did not do themselves."""
    cause = min(causes, key=lambda each: (each == SHOPPER, each == RE_PROMISED, each), default="")
    if cause in (RE_PROMISED, NODE_OUT):
        return "not_on_shelf" if now.trouble is None else f"node_{now.trouble}"
    return cause


def _shipped(causes: Collection[str], now: Picture, known: Known) -> Said | Silence:
    news = [p for p in now.parcels if p.state == "shipped" and p.carrier and p.parcel_no not in known.shipped]
    if not news:
        return Silence("overtaken")
    args = replace(
        _args(now),
        items=items_of(now, news),
        by_at=max(parcel.promised_at for parcel in news),
        carrier=news[0].carrier,
        tracking_nos=tuple(parcel.tracking_no for parcel in news),
    )
    return Said("shipped", args, replace(known, shipped=known.shipped + _numbers(news)))


def _ready(causes: Collection[str], now: Picture, known: Known) -> Said | Silence:
    news = [p for p in now.parcels if p.state == "shipped" and not p.carrier and p.parcel_no not in known.ready]
    if not news:
        return Silence("overtaken")
    args = replace(_args(now), items=items_of(now, news), place=news[0].place)
    return Said("ready", args, replace(known, ready=known.ready + _numbers(news)))


def _delivered(causes: Collection[str], now: Picture, known: Known) -> Said | Silence:
    news = [p for p in now.parcels if p.delivered_at and p.carrier and p.parcel_no not in known.delivered]
    news = [parcel for parcel in news if parcel.state == "delivered"]
    if not news:
        return Silence("told_before")
    late = [parcel for parcel in news if parcel.delivered_at and parcel.delivered_at > parcel.promised_at]
    args = replace(
        _args(now),
        items=items_of(now, news),
        was_at=max((parcel.promised_at for parcel in late), default=None),
        confirm_on=now.confirm_on,
    )
    known = replace(known, delivered=known.delivered + _numbers(news))
    return Said("delivered_late" if late else "delivered", args, known)


_DECIDE: Final[Mapping[Topic, Callable[[Collection[str], Picture, Known], Said | Silence]]] = {
    "placed": _placed, "ended": _ended, "changed": _changed, "late": _late, "shipped": _shipped,
    "ready": _ready, "delivered": _delivered,
}  # fmt: skip


def _args(now: Picture) -> Args:
    return Args(order_no=now.order_no, shop=now.shop, timezone=now.timezone, currency=now.currency)


def _money(now: Picture, amount_minor: int) -> Literal["refund", "release", "nothing"]:
    if amount_minor <= 0:
        return "nothing"
    return "refund" if now.captured else "release"


def _numbers(parcels: list[ParcelNow]) -> tuple[int, ...]:
    return tuple(parcel.parcel_no for parcel in parcels)
