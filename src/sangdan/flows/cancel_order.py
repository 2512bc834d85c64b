"""An order is cancelled, in whole or in part: units, capacity and money go back in the same step."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.kit.events import drop_timer
from sangdan.kit.problems import Invalid
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.errors import NoSuchPromise
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Cut, Whole
from sangdan.pay.payments import commands as payments
from sangdan.ship.warehouse import commands as warehouse


class KitApart(Invalid):
    """A kit is cancelled whole: so many of each of its lines as are in one, in two, ..."""

    code = "kit-apart"


async def cancel(conn: Conn, order_id: UUID, reason: str, at: datetime, wish: Mapping[int, int] | None = None) -> Cut:
    """Cancel before release.

    reason  a code: 'shopper', 'payment_declined', ...
    wish    units by line number, >= 1; None for the whole order
    gives   what was cut
    raises  NoSuchOrder, NoSuchLine, KitApart, WrongState once the order is released
    """
    if wish is not None:
        await _check_kits(conn, order_id, wish)
    whole, taken = await orders.cancel(conn, order_id, reason, at, wish)
    await give_back(conn, whole, taken)
    if taken.whole:
        await payments.call_off(conn, order_id, reason, at)
        await drop_timer(conn, "order.release", str(order_id))
    return taken


async def _check_kits(conn: Conn, order_id: UUID, wish: Mapping[int, int]) -> None:
    """Nobody keeps half a kit at the price of a whole one.

    raises  KitApart naming the units of one kit
    """
    try:
        lines = (await promises.taken_on(conn, order_id)).lines
    except NoSuchPromise:
        return  # nothing was promised, so there is no kit in it
    for kit_no in {line.kit_no for line in lines if line.kit_no is not None and line.line_no in wish}:
        parts = [line for line in lines if line.kit_no == kit_no]
        kits = wish.get(parts[0].line_no, 0) // parts[0].kit_units
        if any(wish.get(line.line_no, 0) != max(kits, 1) * line.kit_units for line in parts):
            one = ", ".join(f"#{line.line_no} x{line.kit_units}" for line in parts)
            raise KitApart(
                f"Kit {parts[0].kit_sku} is cancelled whole. Each takes, by line and units: {one}.",
                kit_sku=parts[0].kit_sku,
                one=one,
            )


async def give_back(conn: Conn, whole: Whole, taken: Cut) -> None:
    """Units go back to where they were held, and the hours of parcels that became empty to their floors."""
    units = {reservation_id: n for _, reservation_id, n in taken.parts}
    held = [h for h in await stock.held(conn, whole.order.order_id) if h.reservation_id in units]
    await stock.let_go(conn, [replace(h, units=units[h.reservation_id]) for h in held])
    for parcel in whole.parcels:
        if parcel.parcel_no in taken.emptied:
            await warehouse.release_claim(conn, parcel.node_id, parcel.parcel_id)
