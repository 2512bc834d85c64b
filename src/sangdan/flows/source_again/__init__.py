"""What one node cannot make comes from others, or its price goes back.

Whatever keeps the date that the shopper was given goes first, by whichever service; when nothing can, the date moves as
little as may be. Only what nobody can bring at all comes off the order. The shopper hears of all that at once.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace
from psycopg import Rollback

from sangdan.flows.deliver_parcel import missed
from sangdan.kit.db import Conn
from sangdan.kit.events import drop_timer
from sangdan.offer.promise import commands as promise
from sangdan.offer.promise.model.outcome import Missing
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Parcel, Whole
from sangdan.pay.payments import commands as payments
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.model import Short

from .search import Search

__all__ = ["another_way", "everything_in", "set_free", "source_again", "told"]


async def source_again(
    conn: Conn, whole: Whole, shorts: Mapping[int, Sequence[Short]], reason: str, why: Missing, at: datetime
) -> None:
    """Bring units from elsewhere; the caller holds the order's lock, and has freed what held them.

    shorts  what will not come, by the number of the parcel that it was in
    reason  a code that stays with an order of which nothing is left
    why     how the promise of such a parcel ended
    """
    moved: list[Parcel] = []
    missing: list[tuple[int, Short]] = []
    late = False
    for parcel_no, each in shorts.items():
        search = await Search.begin(conn, whole, parcel_no, at)
        left = list(each) if search is None else await search.elsewhere(each)
        missing += [(parcel_no, short) for short in left]
        if search is not None:
            moved += search.moved
            late = late or any(parcel.promised_at > search.before.promised_at for parcel in search.moved)
    await told(conn, whole, moved, at, kept=not late, quiet=bool(missing))
    if missing:
        await _take_off(conn, whole.order.order_id, missing, reason, why, at)


async def another_way(
    conn: Conn, whole: Whole, parcel: Parcel, at: datetime, *, without: Collection[str] = ()
) -> list[Parcel]:
    """Let all of a parcel come by another way, from the same node or from others; it stays as it is when nobody can
    bring everything.

    parcel   with a carrier; the caller holds the order's lock
    without  nodes that are not asked
    gives    the parcels that come instead, [] when it stays
    """
    async with conn.transaction() as attempt:
        search = await set_free(conn, whole, parcel, at, without)
        if search is not None and not await search.elsewhere(everything_in(whole, parcel)):
            return search.moved
        raise Rollback(attempt)
    return []


async def set_free(
    conn: Conn, whole: Whole, parcel: Parcel, at: datetime, without: Collection[str] = ()
) -> Search | None:
    """Take a parcel off its floor and free what it holds, so that others, or its own node anew, can be asked.

    parcel  whose order's lock the caller holds, in a transaction that is rolled back when nobody is found
    gives   None when it is too late for that
    """
    if not await warehouse.withdraw(conn, parcel.node_id, parcel.parcel_id, at, packed=True):
        return None
    held = {each.reservation_id: each for each in await stock.held(conn, whole.order.order_id)}
    shorts = everything_in(whole, parcel)
    await stock.let_go(conn, [replace(held[short.reservation_id], units=short.units) for short in shorts])
    return await Search.begin(conn, whole, parcel.parcel_no, at, without)


def everything_in(whole: Whole, parcel: Parcel) -> list[Short]:
    """What is left in a parcel, as what will not come with it."""
    lines = {line.line_no: line for line in whole.lines}
    return [
        Short(
            line_no=part.line_no,
            reservation_id=part.reservation_id,
            sku=lines[part.line_no].sku,
            owner_id=lines[part.line_no].seller_id,
            units=part.left,
        )
        for part in whole.inside(parcel.parcel_no)
    ]


async def told(
    conn: Conn, whole: Whole, moved: Sequence[Parcel], at: datetime, *, kept: bool, quiet: bool = False, why: str = ""
) -> None:
    """The shopper hears once of all that comes another way; nothing when nothing does.

    kept, quiet, why  as in `orders.re_promise`
    """
    if moved:
        last = max(moved, key=lambda parcel: (parcel.promised_at, parcel.parcel_no))
        await orders.re_promise(conn, whole.order.order_id, last.parcel_no, at, kept=kept, quiet=quiet, why=why)


async def _take_off(
    conn: Conn, order_id: UUID, missing: Sequence[tuple[int, Short]], reason: str, why: Missing, at: datetime
) -> None:
    """Nobody has the units: they come off the order, and their price goes back to the shopper."""
    whole = await orders.read(conn, await orders.get(conn, order_id))
    units: Counter[int] = Counter()
    for _, short in missing:
        units[short.line_no] += short.units
    parts = [(parcel_no, short.reservation_id, short.units) for parcel_no, short in missing]
    taken = await orders.shorten(conn, whole, units, parts, reason, at)
    for parcel_no in taken.emptied:
        await promise.close(conn, missed(whole.order, whole.parcel(parcel_no), why))
    if taken.whole:
        await payments.call_off(conn, order_id, reason, at)
        await drop_timer(conn, "order.release", str(order_id))
    elif taken.amount_minor > 0 and whole.order.released_at is not None:
        # Before its release nothing is captured yet, and no more than what is due will be.
        await payments.request_refund(conn, order_id, f"short:{missing[0][0]}", taken.amount_minor, at)
