"""A parcel that will probably be late is given another way by an operator: from elsewhere, or faster from where it is.

It moves only when all of it comes in time by the new way, unless the operator takes a later date too; else it stays as
it is, and they are told why.
"""

from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from psycopg import Rollback

from sangdan.flows.picture import network_of
from sangdan.kit.db import Conn
from sangdan.kit.problems import Conflict
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Parcel, Whole
from sangdan.talk.notices import commands as notices

from .source_again import another_way, told

How: TypeAlias = Literal["elsewhere", "faster"]
ON_THE_FLOOR: Final = frozenset({"planned", "released"})


class NothingToRescue(Conflict):
    """The parcel has left its floor, has ended, or is fetched by the shopper: nobody can send it another way."""

    code = "nothing-to-rescue"


class NoBetterWay(Conflict):
    """Nobody can bring all of it in time."""

    code = "no-better-way"


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


async def rescue(conn: Conn, parcel_id: UUID, how: How, at: datetime, *, later: bool = False) -> Rescued:
    """Send a parcel another way; the shopper hears of it when its date moves.

    how     elsewhere: from other nodes; faster: from its own node, by whichever service
    later   whether the date may move
    raises  NothingToRescue, NoBetterWay; then everything is as it was
    """
    whole, before = await _open(conn, parcel_id)
    network = await network_of(conn)
    own = {before.node_id}
    without = own if how == "elsewhere" else network.nodes.keys() - own
    rescued: Rescued | None = None
    async with conn.transaction() as attempt:
        moved = await another_way(conn, whole, before, at, without=without)
        rescued = Rescued(whole, before, tuple(moved))
        if not rescued.changed or not (rescued.kept or later):
            raise Rollback(attempt)
        await told(conn, whole, moved, at, kept=rescued.kept)
        return rescued
    facts = {"order_id": str(before.order_id), "parcel_no": before.parcel_no}
    if rescued.changed:
        by = max(parcel.promised_at for parcel in rescued.moved)
        raise NoBetterWay(f"It would come by {by.isoformat()}, later than promised.", **facts)
    raise NoBetterWay(f"Nobody can bring all of parcel {before.parcel_no} another way.", **facts)


async def warn_shopper(conn: Conn, parcel_id: UUID, why: str, at: datetime) -> Parcel:
    """Tell the shopper that a parcel may come late; once for each parcel, however often it is asked.

    why     a code of offer.promise.model.risk
    raises  NothingToRescue when it has arrived, or will never come
    """
    found = await orders.orders_of_parcels(conn, [parcel_id])
    if parcel_id not in found:
        raise NothingToRescue(f"There is no parcel {parcel_id} any more.", parcel_id=str(parcel_id))
    whole = await orders.read(conn, await orders.lock(conn, found[parcel_id]))
    parcel = next(each for each in whole.parcels if each.parcel_id == parcel_id)
    if parcel.state not in (*ON_THE_FLOOR, "shipped"):
        raise NothingToRescue(f"Parcel {parcel.parcel_no} is {parcel.state}.", parcel_id=str(parcel_id))
    await notices.note(conn, parcel.order_id, "late", parcel.parcel_no, why, at)
    return parcel


async def _open(conn: Conn, parcel_id: UUID) -> tuple[Whole, Parcel]:
    """A parcel that could come another way, with its order under lock."""
    found = await orders.orders_of_parcels(conn, [parcel_id])
    if parcel_id not in found:
        raise NothingToRescue(f"There is no parcel {parcel_id} any more.", parcel_id=str(parcel_id))
    whole = await orders.read(conn, await orders.lock(conn, found[parcel_id]))
    parcel = next(each for each in whole.parcels if each.parcel_id == parcel_id)
    if parcel.state not in ON_THE_FLOOR or parcel.carrier_id is None:
        raise NothingToRescue(
            f"Parcel {parcel.parcel_no} has left its floor, has ended, or is fetched by the shopper.",
            parcel_id=str(parcel_id),
        )
    return whole, parcel
