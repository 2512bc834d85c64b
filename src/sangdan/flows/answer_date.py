"""The shopper answers a later date: they take it, or what has not left is cancelled, free of charge.

It may be cancelled then although it is being prepared: the first promise was broken, and is closed as missed.
"""

from collections import Counter
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.kit.events import drop_timer
from sangdan.kit.history import history
from sangdan.kit.problems import Conflict
from sangdan.offer.promise import commands as promise
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Cut, Parcel, Whole
from sangdan.pay.payments import commands as payments
from sangdan.ship.warehouse import commands as warehouse

from .deliver_parcel import missed
from .follow_order import FACTS_MAX
from .late_parcels import late_parcels, open_date, waiting_parcels
from .source_again import everything_in

SHOPPER: Final = "shopper"


class NothingToAnswer(Conflict):
    """No later date is open: it has left already, was cancelled, or comes as promised."""

    code = "no-later-date-open"


async def accept(conn: Conn, order_id: UUID, at: datetime) -> None:
    """The later date is fine; of a date that was taken already nothing is noted again.

    raises  NoSuchOrder, NothingToAnswer
    """
    whole = await orders.read(conn, await orders.lock(conn, order_id))
    if not late_parcels(whole):
        raise NothingToAnswer("No later date of this order is open.", order_id=str(order_id))
    if open_date(whole, await history(conn, [str(order_id)], FACTS_MAX)) is not None:
        await orders.accept_date(conn, order_id, at)


async def decline(conn: Conn, order_id: UUID, at: datetime) -> Cut:
    """Cancel everything that is to be brought and has not left its floor; what has left comes.

    raises  NoSuchOrder, NothingToAnswer
    """
    whole = await orders.read(conn, await orders.lock(conn, order_id))
    late = {parcel.parcel_no for parcel in late_parcels(whole)}
    stopped = [each for each in waiting_parcels(whole) if await _stopped(conn, each, at)] if late else []
    if not late.intersection(parcel.parcel_no for parcel in stopped):
        raise NothingToAnswer("What comes later has left already, or nothing does.", order_id=str(order_id))
    taken = await _take_off(conn, whole, stopped, at)
    for parcel in stopped:
        if parcel.parcel_no in late:
            await promise.close(conn, missed(whole.order, parcel, "re_sourced"))
    return taken


async def _stopped(conn: Conn, parcel: Parcel, at: datetime) -> bool:
    return await warehouse.withdraw(conn, parcel.node_id, parcel.parcel_id, at, packed=True)


async def _take_off(conn: Conn, whole: Whole, stopped: list[Parcel], at: datetime) -> Cut:
    """Units go back to their shelves, and their price to the shopper."""
    order, units, parts = whole.order, Counter[int](), list[tuple[int, UUID, int]]()
    held = {each.reservation_id: each for each in await stock.held(conn, order.order_id)}
    for parcel in stopped:
        for short in everything_in(whole, parcel):
            units[short.line_no] += short.units
            parts.append((parcel.parcel_no, short.reservation_id, short.units))
    await stock.let_go(conn, [replace(held[reservation_id], units=n) for _, reservation_id, n in parts])
    taken = await orders.shorten(conn, whole, units, parts, SHOPPER, at)
    if taken.whole:
        await payments.call_off(conn, order.order_id, SHOPPER, at)
        await drop_timer(conn, "order.release", str(order.order_id))
    elif taken.amount_minor > 0 and order.released_at is not None:
        numbers = "+".join(str(parcel.parcel_no) for parcel in stopped)
        await payments.request_refund(conn, order.order_id, f"late:{numbers}", taken.amount_minor, at)
    return taken
