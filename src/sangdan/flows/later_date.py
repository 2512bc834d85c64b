"""A date that cannot be held any more is given anew: the soonest that can still be had, and the one that is chosen.

The first promise stays what it was: it is closed as kept or missed by its own date, however many came after it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from sangdan.flows.picture import network_of
from sangdan.flows.quote_promise import contracted
from sangdan.flows.quote_promise.exchange import Exchange
from sangdan.kit.db import Conn
from sangdan.kit.problems import Conflict
from sangdan.offer.promise.model import Inputs, Way
from sangdan.order.orders.model import Parcel, Whole
from sangdan.talk.notices import commands as notices
from sangdan.talk.notices.model import Language, Text

from .rescue_parcel import NothingToRescue, Rescued, opened
from .shopper_picture import TIMEZONE, picture
from .source_again import everything_in, set_free, told
from .source_again.search import Search


class NoLaterDate(Conflict):
    """Nobody can bring all of the parcel any more, at whatever date."""

    code = "no-later-date"


class DateGone(Conflict):
    """A date that was chosen cannot be had any more: units, hours or time went meanwhile."""

    code = "date-gone"


class Date(msgspec.Struct, frozen=True, kw_only=True):
    """A date by which all of a parcel can still be had.

    key          names it, as long as it can be had
    node_ids     that make it, each a parcel
    chance_ppm   that it is kept
    extra_minor  what it costs the order's shop beyond the parcel as it is, negative when it costs less; the shopper
                 pays nothing for it
    keeps        it is no later than what the shopper was given
    """

    key: str
    node_ids: tuple[str, ...]
    service: str
    promised_at: datetime
    chance_ppm: int
    extra_minor: int
    currency: str
    keeps: bool


class Dates(msgspec.Struct, frozen=True):
    """A parcel and the dates there are for it, the soonest first, the cheapest of one date first."""

    before: Parcel
    dates: tuple[Date, ...]


async def later_dates(conn: Conn, parcel_id: UUID, at: datetime, seen_by: str | None) -> Dates:
    """Which dates can still be had for a parcel; nothing is changed.

    seen_by  the shop that sold it; None for the tower
    raises   NoParcel, NothingToRescue, NotYours
    """
    whole, before = await opened(conn, parcel_id, seen_by)
    async with conn.transaction(force_rollback=True):
        _, ways = await _ways(conn, whole, before, at)
        own_minor = await _own_minor(conn, whole, before, at)
        dates = [_date(way, before, own_minor, whole.order.currency) for _, way in ways]
        return Dates(before, tuple(sorted(_worth(dates), key=_soonest)))


async def promise_later(
    conn: Conn, parcel_id: UUID, key: str, why: str, at: datetime, seen_by: str | None
) -> tuple[Rescued, Date]:
    """Give a parcel a date anew: what brings it is held at once, and the shopper hears of it.

    key      of the date; '' for the soonest
    why      a code of offer.promise.model.risk: what the shopper is told
    seen_by  as in `later_dates`
    raises   NoParcel, NothingToRescue, NotYours, NoLaterDate, DateGone; then everything is as it was
    """
    whole, before = await opened(conn, parcel_id, seen_by)
    async with conn.transaction():
        search, ways = await _ways(conn, whole, before, at)
        own_minor = await _own_minor(conn, whole, before, at)
        dates = {_date(way, before, own_minor, whole.order.currency): (facts, way) for facts, way in ways}
        if not dates:
            raise NoLaterDate(
                f"Nobody can bring all of parcel {before.parcel_no} any more.", parcel_no=before.parcel_no
            )
        fit = [date for date in dates if _is(date, key)] if key else _worth(list(dates))
        network, shorts = await network_of(conn), everything_in(whole, before)
        for date in sorted(fit, key=_soonest):
            if await search.take(network, shorts, *dates[date]):
                rescued = Rescued(whole, before, tuple(search.moved))
                await told(conn, whole, search.moved, at, kept=rescued.kept, why=why)
                return rescued, date
        raise DateGone(
            f"That date of parcel {before.parcel_no} cannot be had any more; look again.", parcel_no=before.parcel_no
        )


async def foretold(conn: Conn, order_id: UUID, why: str) -> Mapping[Language, Text]:
    """What the shopper is about to be told of a change that has just been made; empty when it is nothing new to them.

    conn  in the transaction of the change
    """
    return await notices.foretell(conn, order_id, "changed", why, await picture(conn, order_id))


async def _ways(conn: Conn, whole: Whole, before: Parcel, at: datetime) -> tuple[Search, list[tuple[Inputs, Way]]]:
    """Everything that could bring a parcel which was taken off its floor."""
    search = await set_free(conn, whole, before, at)
    if search is None:
        raise NothingToRescue(f"Parcel {before.parcel_no} has left its floor.", parcel_id=str(before.parcel_id))
    return search, await search.apart(await network_of(conn), everything_in(whole, before))


async def _own_minor(conn: Conn, whole: Whole, before: Parcel, at: datetime) -> int:
    """What the parcel costs the order's shop as it is: its carrier, and its operator by contract."""
    exchange = Exchange(conn, whole.order.currency, at)
    fees = await contracted(conn, exchange, [before.operator_id], at.astimezone(ZoneInfo(TIMEZONE)))
    unit_minor, parcel_minor = fees.get(before.operator_id, (0, 0))
    units = sum(part.left for part in whole.inside(before.parcel_no))
    return before.carrier_minor + parcel_minor + unit_minor * units


def _date(way: Way, before: Parcel, own_minor: int, currency: str) -> Date:
    node_ids = tuple(parcel.node_id for parcel in way.parcels)
    mark = sha256(f"{way.service} {' '.join(sorted(node_ids))}".encode()).hexdigest()[:12]
    return Date(
        key=f"{int(way.promised_at.timestamp())}.{mark}",
        node_ids=node_ids,
        service=way.service,
        promised_at=max(way.promised_at, before.promised_at),
        chance_ppm=way.probability_ppm,
        extra_minor=way.cost_minor - own_minor,
        currency=currency,
        keeps=way.promised_at <= before.promised_at,
    )


def _is(date: Date, key: str) -> bool:
    """Whether it is the date that was chosen, or the same way and sooner."""
    by, _, way = key.partition(".")
    own_by, _, own_way = date.key.partition(".")
    return way == own_way and by.isascii() and by.isdigit() and len(by) < 16 and int(own_by) <= int(by)


def _soonest(date: Date) -> tuple[datetime, int, str]:
    return date.promised_at, date.extra_minor, date.key


def _worth(dates: Sequence[Date]) -> list[Date]:
    """Without those that another is no later, no dearer and no less likely than."""
    return [date for date in dates if not any(_beats(other, date) for other in dates if other is not date)]


def _beats(one: Date, other: Date) -> bool:
    mine = one.promised_at, one.extra_minor, -one.chance_ppm
    theirs = other.promised_at, other.extra_minor, -other.chance_ppm
    if mine == theirs:
        return one.key < other.key
    return mine[0] <= theirs[0] and mine[1] <= theirs[1] and mine[2] <= theirs[2]
