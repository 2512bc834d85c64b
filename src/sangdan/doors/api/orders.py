"""Orders: read them, cancel before they go to the floor, confirm when they have arrived."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.flows import cancel_order, confirm_order
from sangdan.flows.cancel_order import KitApart
from sangdan.flows.cancel_purchase import PartsMoved, cancel_purchase
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.history import Told, history
from sangdan.kit.problems import Invalid
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchLine, NoSuchOrder, WrongState
from sangdan.pay.payments import commands as payments

from .fields import Code, CodeSought, OrderRefSought, Units
from .nodes import ConfinedToNodes, check_whole, seen_order
from .order_view import OrderSummary, OrderView, own_order, standing, summary, told_shopper, view
from .pages import Cursor, CursorUnreadable, Limit, Page, page, read_cursor
from .trail import Trail

FIRST: Final = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
TIMELINE_MAX: Final = 1000

State = Literal["placed", "authorised", "released", "shipped", "delivered", "confirmed", "cancelled"]


class CancelledLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units to take off one line."""

    line_no: int
    units: Units


class Cancellation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to cancel and why.

    reason    a short code of the shop's own
    lines     null for the whole order
    together  with it everything that it was bought with and that still stands: all of it, or nothing
    """

    reason: Code = "shopper"
    lines: Annotated[list[CancelledLine], Meta(min_length=1, max_length=1000)] | None = None
    together: bool = False


class LinesTogether(Invalid):
    """Lines are those of one order; what was bought together is cancelled whole."""

    code = "lines-together"


@get("/v1/orders/{order_id:uuid}", tags=["orders"], responses=problems(NoSuchOrder))
async def order(order_id: FromPath[UUID], conn: NamedDependency[Conn], seer: NamedDependency[Seer]) -> OrderView:
    """An order with its lines and parcels. An ally that only has a part in it sees that part."""
    whole = await orders.read(conn, await seen_order(conn, order_id, seer))
    return view(whole, seer, await orders.together(conn, order_id))


@get("/v1/orders", tags=["orders"], responses=problems(CursorUnreadable, ConfinedToNodes))
async def list_orders(
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    became: Annotated[State | None, QueryParameter(name="state", description="Only orders in this state.")] = None,
    client_id: CodeSought = None,
    order_ref: OrderRefSought = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[OrderSummary]:
    """The orders that the asker has a part in, by time of placing."""
    check_whole(seer)
    after = read_cursor(cursor, FIRST, tuple[datetime, UUID])
    rows = await orders.page(conn, client_id, seer.seen_by, became, after, limit + 1, order_ref)
    return page([summary(row, seer) for row in rows], limit, lambda row: (row.placed_at, row.order_id))


@get("/v1/orders/{order_id:uuid}/timeline", tags=["orders"], responses=problems(NoSuchOrder))
async def timeline(order_id: FromPath[UUID], conn: NamedDependency[Conn], seer: NamedDependency[Seer]) -> list[Told]:
    """All that happened to the shop's own order, its payment and its parcels, and what its shopper was told."""
    whole = await orders.read(conn, await own_order(conn, order_id, seer))
    paid = await payments.payment(conn, order_id, None)
    subjects = [order_id, paid.payment_id, *(parcel.parcel_id for parcel in whole.parcels)]
    facts = await history(conn, [str(subject) for subject in subjects], TIMELINE_MAX)
    return sorted([*facts, *await told_shopper(conn, order_id)], key=lambda each: each.at)


@post(
    "/v1/orders/{order_id:uuid}/cancellation",
    tags=["orders"],
    status_code=200,
    responses=problems(NoSuchOrder, NoSuchLine, KitApart, WrongState, LinesTogether, PartsMoved),
)
async def cancel(
    order_id: FromPath[UUID],
    data: JSONBody[Cancellation],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> OrderView:
    """Cancel the whole order or some units, until it is released to the floor. Stock, capacity and money go back."""
    before = await orders.read(conn, await own_order(conn, order_id, seer))
    together = await orders.together(conn, order_id)
    if data.together and data.lines is not None:
        raise LinesTogether("Name lines of one order, or cancel all that was bought together.", order_id=str(order_id))
    if data.together and together:
        await _cancel_together(conn, together, data.reason, at, trail)
        return view(await orders.read(conn, await orders.get(conn, order_id)), seer, together)
    wish = None if data.lines is None else _by_line(data.lines)
    await cancel_order.cancel(conn, order_id, data.reason, at, wish)
    after = await orders.read(conn, await orders.get(conn, order_id))
    trail.tell(
        "order.cancelled", f"order/{order_id}", before=standing(before), after=standing(after), reason=data.reason
    )
    return view(after, seer, together)


async def _cancel_together(conn: Conn, together: Sequence[UUID], reason: str, at: datetime, trail: Trail) -> None:
    """Cancel what still stands of a purchase; each order has its own line in the audit."""
    before = {each: await orders.read(conn, await orders.get(conn, each)) for each in together}
    wanted = [each for each, whole in before.items() if whole.order.state != "cancelled"]
    for each in await cancel_purchase(conn, together, wanted, reason, at):
        after = await orders.read(conn, await orders.get(conn, each))
        trail.tell(
            "order.cancelled", f"order/{each}", before=standing(before[each]), after=standing(after), reason=reason
        )


@post(
    "/v1/orders/{order_id:uuid}/confirmation",
    tags=["orders"],
    status_code=200,
    responses=problems(NoSuchOrder, WrongState),
)
async def confirm(
    order_id: FromPath[UUID],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> OrderView:
    """구매확정: the shopper has received everything; the allies are settled with. It happens by itself after a term."""
    before = await own_order(conn, order_id, seer)
    await confirm_order.confirm(conn, order_id, at)
    after = await orders.get(conn, order_id)
    trail.tell("order.confirmed", f"order/{order_id}", before={"state": before.state}, after={"state": after.state})
    return view(await orders.read(conn, after), seer, await orders.together(conn, order_id))


def _by_line(lines: list[CancelledLine]) -> dict[int, int]:
    """Units by line; a line named twice counts twice."""
    wish: dict[int, int] = {}
    for line in lines:
        wish[line.line_no] = wish.get(line.line_no, 0) + line.units
    return wish
