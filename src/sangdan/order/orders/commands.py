"""The verbs of an order. Each locks the order's row first, and leaves an order alone that went there already."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sangdan.kit import bulk
from sangdan.kit.db import Conn
from sangdan.kit.events import emit

from . import queries
from .errors import NoSuchOrder, OrderRefTaken, WrongState
from .events import (
    DateAccepted,
    OrderAuthorised,
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderReduced,
    OrderReleased,
    OrderRePromised,
    OrderShipped,
)
from .model import (
    CANCELLABLE,
    Cut,
    Order,
    Parcel,
    ParcelLine,
    Whole,
    cut,
    cut_parts,
    may_become,
    state_from_parcels,
    units_to_cancel,
)
from .queries import (
    ORDERS,
    Listed,
    bind,
    birth_year,
    bound_for,
    drift,
    ended,
    forget_member,
    listed,
    of_shopper,
    orders_of_parcels,
    page,
    parcels,
    parcels_by,
    parcels_on,
    promised_days,
    terms_of,
    together,
)

__all__ = [
    "ORDERS", "Listed", "accept_date", "authorise", "bind", "birth_year", "bound_for", "cancel", "confirm", "drift",
    "ended", "forget_member", "get", "listed", "load_members", "lock", "move_to", "of_shopper", "orders_of_parcels",
    "page", "parcel_became", "parcels", "parcels_by", "parcels_on", "promised_days", "re_promise", "read", "refer",
    "release", "see", "shorten", "terms_of", "together",
]  # fmt: skip


async def get(conn: Conn, order_id: UUID) -> Order:
    """The order, as it stands.

    raises  NoSuchOrder
    """
    found = await queries.order(conn, order_id)
    if found is None:
        raise NoSuchOrder(f"There is no order {order_id}.", order_id=str(order_id))
    return found


async def see(conn: Conn, order_id: UUID, seen_by: str | None) -> Order:
    """The order, for somebody outside.

    seen_by  the ally that asks; None for the tower
    raises   NoSuchOrder, also when the ally has no part in it
    """
    found = await queries.see(conn, order_id, seen_by)
    if found is None:
        raise NoSuchOrder(f"There is no order {order_id}.", order_id=str(order_id))
    return found


async def lock(conn: Conn, order_id: UUID) -> Order:
    """The order with its row locked, so that what follows is decided on what is true.

    raises  NoSuchOrder
    """
    found = await queries.locked(conn, order_id)
    if found is None:
        raise NoSuchOrder(f"There is no order {order_id}.", order_id=str(order_id))
    return found


async def read(conn: Conn, order: Order) -> Whole:
    """An order with its lines and parcels."""
    rest = await queries.rest(conn, order.order_id)
    return Whole(order, rest.lines, rest.parcels, rest.parcel_lines)


async def refer(conn: Conn, order_id: UUID, order_ref: str) -> None:
    """Keep the number under which a shop knows an order; harmless twice.

    raises  OrderRefTaken when it stands for another order of the same client and shop
    """
    if await queries.refer(conn, order_id, order_ref):
        return
    other = await queries.referred(conn, order_id, order_ref)
    if other != order_id:
        raise OrderRefTaken(
            f"order_ref {order_ref!r} is the number of order {other}: give this one a number of its own.",
            order_ref=order_ref,
            order_id=str(other),
        )


async def authorise(conn: Conn, order_id: UUID, at: datetime) -> Order:
    """The money is held, unless the order was cancelled meanwhile; gives the order as it was before."""
    order = await lock(conn, order_id)
    if order.state == "placed":
        await queries.step(conn, order_id, "authorised", at)
        await emit(conn, at, OrderAuthorised(order_id=order_id))
    return order


async def release(conn: Conn, order_id: UUID, at: datetime) -> Whole | None:
    """Send the order to the floor; gives it as it was before, None when it is past that or cancelled."""
    order = await lock(conn, order_id)
    if order.state != "authorised":
        return None
    whole = await read(conn, order)
    await queries.step(conn, order_id, "released", at)
    planned = [p.parcel_no for p in whole.parcels if p.state == "planned"]
    await queries.step_parcels(conn, order_id, planned, "released")
    await emit(conn, at, OrderReleased(order_id=order_id))
    return whole


async def cancel(
    conn: Conn, order_id: UUID, reason: str, at: datetime, wish: Mapping[int, int] | None = None
) -> tuple[Whole, Cut]:
    """Cancel an order before its release, in whole or in part.

    wish    units by line number; None for everything
    gives   the order as it was, and what was cut from it
    raises  NoSuchOrder, NoSuchLine, WrongState once it is released
    """
    order = await lock(conn, order_id)
    if order.state not in CANCELLABLE:
        raise WrongState(
            f"Order {order_id} is {order.state}: it can be cancelled only before it is released to the floor.",
            order_id=str(order_id),
            state=order.state,
            wanted="cancelled",
        )
    whole = await read(conn, order)
    taken = cut(whole, units_to_cancel(whole.lines, wish))
    await _apply(conn, order, taken, reason, at)
    return whole, taken


async def shorten(
    conn: Conn,
    whole: Whole,
    units: Mapping[int, int],
    parts: Sequence[tuple[int, UUID, int]],
    reason: str,
    at: datetime,
    emptied: str = "cancelled",
) -> Cut:
    """Take parts off an order because they cannot come; the caller holds the order's lock.

    whole    the order as it stands under the lock
    units    by line number
    parts    (parcel number, reservation, units)
    emptied  what becomes of a parcel in which nothing is left: 'cancelled' or 'lost'
    """
    taken = cut_parts(whole, units, parts)
    await _apply(conn, whole.order, taken, reason, at, emptied)
    return taken


async def _apply(conn: Conn, order: Order, taken: Cut, reason: str, at: datetime, emptied: str = "cancelled") -> None:
    await queries.reduce(conn, order.order_id, taken.units, taken.amount_minor)
    await queries.lose(conn, order.order_id, taken.parts)
    await queries.step_parcels(conn, order.order_id, taken.emptied, emptied)
    if taken.whole:
        may_become(order, "cancelled")
        await queries.step(conn, order.order_id, "cancelled", at, reason)
        await emit(conn, at, OrderCancelled(order_id=order.order_id, reason=reason))
        return
    await emit(conn, at, OrderReduced(order_id=order.order_id, reason=reason, amount_minor=taken.amount_minor))
    await _follow_parcels(conn, order, at)


async def move_to(
    conn: Conn,
    whole: Whole,
    parts: Sequence[tuple[int, UUID, int]],
    parcel: Parcel,
    contents: Sequence[ParcelLine],
) -> None:
    """Give parts of an order another source; the caller holds the order's lock, and ends with `re_promise`.

    parts     (parcel number, reservation, units) that will not come
    parcel    the new one, and its contents
    """
    order_id = whole.order.order_id
    gone = cut_parts(whole, {}, parts).emptied
    await queries.lose(conn, order_id, parts)
    await queries.step_parcels(conn, order_id, gone, "cancelled")
    await queries.add_parcel(conn, parcel, contents)


async def re_promise(
    conn: Conn, order_id: UUID, parcel_no: int, at: datetime, *, kept: bool, quiet: bool = False, why: str = ""
) -> None:
    """Say once that parts of an order come from elsewhere.

    parcel_no  of the new parcel that comes last
    kept       whether the date that the shopper was promised stands
    quiet      something comes off the order too, which tells the shopper all of it
    why        a code of what made it necessary, where somebody knows; '' where the order's history tells
    """
    await emit(conn, at, OrderRePromised(order_id=order_id, parcel_no=parcel_no, kept=kept, quiet=quiet, why=why))


async def accept_date(conn: Conn, order_id: UUID, at: datetime) -> None:
    """The shopper takes the later date, and is not asked again; the caller holds the order's lock."""
    await emit(conn, at, DateAccepted(order_id=order_id))


async def parcel_became(conn: Conn, order_id: UUID, parcel_no: int, state: str, at: datetime) -> Order:
    """A parcel was shipped or delivered; the order follows when all its parcels did.

    gives  the order as it was before; a parcel that has ended stays as it is
    """
    order = await lock(conn, order_id)
    if await queries.step_parcels(conn, order_id, [parcel_no], state):
        await _follow_parcels(conn, order, at)
    return order


async def _follow_parcels(conn: Conn, order: Order, at: datetime) -> None:
    state = state_from_parcels(order, await queries.parcels(conn, order.order_id))
    if state == order.state:
        return
    if state == "delivered" and order.state == "released":
        await queries.step(conn, order.order_id, "shipped", at)
    await queries.step(conn, order.order_id, state, at, "lost_in_transit" if state == "cancelled" else None)
    if state == "shipped":
        await emit(conn, at, OrderShipped(order_id=order.order_id))
    elif state == "delivered":
        await emit(conn, at, OrderDelivered(order_id=order.order_id))
    else:
        await emit(conn, at, OrderCancelled(order_id=order.order_id, reason="lost_in_transit"))


async def confirm(conn: Conn, order_id: UUID, at: datetime) -> bool:
    """구매확정; False when it was confirmed before.

    raises  NoSuchOrder, WrongState when it has not arrived
    """
    order = await lock(conn, order_id)
    if order.state == "confirmed":
        return False
    may_become(order, "confirmed")
    await queries.step(conn, order_id, "confirmed", at)
    await emit(conn, at, OrderConfirmed(order_id=order_id))
    return True


async def load_members(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring members in, or up to date.

    rows  CSV: line, member_id, locale, birth_year, postcode, joined_on
    """
    return await bulk.load(conn, queries.BULK_MEMBERS, rows)
