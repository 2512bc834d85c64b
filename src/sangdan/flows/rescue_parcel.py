"""A parcel that will probably be late is given another way by an operator: from elsewhere, or faster from where it is.

It moves only when all of it comes in time by the new way; else it stays as it is, and they are told why. Giving it a
later date is `later_date`'s.
"""

from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec
from psycopg import Rollback

from sangdan.flows.picture import network_of
from sangdan.kit.db import Conn
from sangdan.kit.problems import Conflict, Forbidden, NotFound
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.orders.model import Parcel, Whole
from sangdan.talk.notices import commands as notices

from .late_parcels import ON_THE_FLOOR
from .source_again import another_way, told

How: TypeAlias = Literal["elsewhere", "faster"]


class NothingToRescue(Conflict):
    """The parcel has left its floor, has ended, or is fetched by the shopper: nobody can send it another way."""

    code = "nothing-to-rescue"


class NoBetterWay(Conflict):
    """Nobody can bring all of it in time."""

    code = "no-better-way"


class NoParcel(NotFound):
    """No such parcel was ever promised, or the asker has no part in its order."""

    code = "no-parcel"


class NotYours(Forbidden):
    """The parcel is of another shop's order: its promise is that shop's, or the tower's, to mend."""

    code = "not-your-promise"


class Rescued(msgspec.Struct, frozen=True):
    """A parcel, and those that come in its stead."""

    whole: Whole
    before: Parcel
    moved: tuple[Parcel, ...]

    @property
    def changed(self) -> bool:
        """Whether any of it comes from elsewhere, by another service or by an earlier run."""
        return any(
            (parcel.node_id, parcel.service) != (self.before.node_id, self.before.service)
            or parcel.departs_at < self.before.departs_at
            for parcel in self.moved
        )

    @property
    def kept(self) -> bool:
        """Whether the date that the shopper was given stands."""
        return all(parcel.promised_at <= self.before.promised_at for parcel in self.moved)


async def rescue(conn: Conn, parcel_id: UUID, how: How, at: datetime, seen_by: str | None) -> Rescued:
    """Send a parcel another way, in time.

    how      elsewhere: from other nodes; faster: from its own node, by whichever service
    seen_by  the shop that sold it; None for the tower
    raises   NoParcel, NothingToRescue, NotYours, NoBetterWay; then everything is as it was
    """
    whole, before = await opened(conn, parcel_id, seen_by)
    network = await network_of(conn)
    own = {before.node_id}
    without = own if how == "elsewhere" else network.nodes.keys() - own
    rescued: Rescued | None = None
    async with conn.transaction() as attempt:
        moved = await another_way(conn, whole, before, at, without=without)
        rescued = Rescued(whole, before, tuple(moved))
        if not rescued.changed or not rescued.kept:
            raise Rollback(attempt)
        await told(conn, whole, moved, at, kept=rescued.kept)
        return rescued
    facts = {"order_id": str(before.order_id), "parcel_no": before.parcel_no}
    if rescued.changed:
        by = max(parcel.promised_at for parcel in rescued.moved)
        raise NoBetterWay(f"It would come by {by.isoformat()}, later than promised.", **facts)
    raise NoBetterWay(f"Nobody can bring all of parcel {before.parcel_no} another way.", **facts)


async def warn_shopper(conn: Conn, parcel_id: UUID, why: str, at: datetime, seen_by: str | None) -> Parcel:
    """Tell the shopper that a parcel may come late; once for each parcel, however often it is asked.

    why      a code of offer.promise.model.risk
    seen_by  as in `rescue`
    raises   NoParcel, NotYours; NothingToRescue when it has arrived, or will never come
    """
    _, parcel = await _locked(conn, parcel_id, seen_by)
    if parcel.state not in (*ON_THE_FLOOR, "shipped"):
        raise NothingToRescue(f"Parcel {parcel.parcel_no} is {parcel.state}.", parcel_id=str(parcel_id))
    await notices.note(conn, parcel.order_id, "late", parcel.parcel_no, why, at)
    return parcel


async def opened(conn: Conn, parcel_id: UUID, seen_by: str | None) -> tuple[Whole, Parcel]:
    """A parcel that could come another way, with its order under lock.

    seen_by  as in `rescue`
    raises   NoParcel, NothingToRescue, NotYours
    """
    whole, parcel = await _locked(conn, parcel_id, seen_by)
    if parcel.state not in ON_THE_FLOOR or parcel.carrier_id is None:
        raise NothingToRescue(
            f"Parcel {parcel.parcel_no} has left its floor, has ended, or is fetched by the shopper.",
            parcel_id=str(parcel_id),
        )
    return whole, parcel


async def _locked(conn: Conn, parcel_id: UUID, seen_by: str | None) -> tuple[Whole, Parcel]:
    """A parcel, with its order under lock; of an order that the asker may not know of there is none."""
    found = await orders.orders_of_parcels(conn, [parcel_id])
    none = NoParcel(f"There is no parcel {parcel_id}.", parcel_id=str(parcel_id))
    if parcel_id not in found:
        raise none
    try:
        order = await orders.see(conn, found[parcel_id], seen_by)
    except NoSuchOrder:
        raise none from None
    if seen_by not in (None, order.shop_id):
        raise NotYours("Only the shop that sold it, or the tower, mends a promise.", parcel_id=str(parcel_id))
    whole = await orders.read(conn, await orders.lock(conn, order.order_id))
    return whole, next(each for each in whole.parcels if each.parcel_id == parcel_id)
