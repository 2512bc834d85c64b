"""Orders: read them, cancel before they go to the floor, confirm when they have arrived."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.doors.texts import language
from sangdan.flows import cancel_order, confirm_order, place_order
from sangdan.flows.place_order import Buyer, PromiseTaken, SourceClosed, StockGone, Terms
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.history import Told, history
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.errors import PromiseAltered, PromiseExpired, PromiseForeign, PromiseOutdated
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchLine, NoSuchOrder, OrderRefTaken, WrongState
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import PersonUnfit, WasErased
from sangdan.order.shoppers.model import Recipient
from sangdan.pay.payments import commands as payments

from .desk import Desk
from .fields import Code, CodeSought, OrderRef, OrderRefSought, Units
from .order_view import OrderSummary, OrderView, Placed, own_order, placed, summary, told_shopper, view
from .pages import Cursor, CursorUnreadable, Limit, Page, page, read_cursor

FIRST: Final = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))
TIMELINE_MAX: Final = 1000

State = Literal["placed", "authorised", "released", "shipped", "delivered", "confirmed", "cancelled"]


class NewOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes which promise.

    token      as it was handed out to this very client
    order_ref  the number under which the shop knows the order; no other order of this client may have it
    recipient  to whom it goes; kept sealed, and never repeated in an answer
    """

    token: Annotated[str, Meta(min_length=1, max_length=1_000_000)]
    shopper_id: Code
    order_ref: OrderRef | None = None
    recipient: Recipient | None = None


class CancelledLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units to take off one line."""

    line_no: int
    units: Units


class Cancellation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to cancel and why.

    reason  a short code of the shop's own
    lines   null for the whole order
    """

    reason: Code = "shopper"
    lines: Annotated[list[CancelledLine], Meta(min_length=1, max_length=1000)] | None = None


@post(
    "/v1/orders",
    tags=["orders"],
    responses=problems(
        PromiseAltered,
        PromiseForeign,
        PromiseExpired,
        PromiseOutdated,
        PromiseTaken,
        StockGone,
        SourceClosed,
        OrderRefTaken,
        PersonUnfit,
        WasErased,
    ),
)
async def place(
    data: JSONBody[NewOrder],
    request: Request[Seer, Any, Any],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    desk: NamedDependency[Desk],
    terms: NamedDependency[Terms],
    vault: NamedDependency[Vault],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
) -> Placed:
    """Take a promise: stock, capacity, order and payment intent in one step, or nothing.

    When goods or hour went in between (`stock-gone`), or a place went out of service (`source-closed`), the problem
    carries fresh ways in `args.alternatives`, and in `args.similar` other SKUs of the products that are gone.
    """
    assert seer.partner_id is not None, "a shop acts for an ally"
    buyer = Buyer(seer.client_id, seer.partner_id, data.shopper_id)
    try:
        taken = await place_order.take(conn, data.token, buyer, terms, desk.secret, at)
    except StockGone as gone:
        opened = promises.open_(data.token, seer.client_id, at, desk.secret)
        spoken = language(request.headers.get("accept-language"))
        short = {each["sku"] for each in gone.facts["short"] if "sku" in each}
        gone.facts.update(await desk.instead(conn, opened.facts, short, seer.client_id, ids.new(at), spoken, at))
        raise
    if data.order_ref is not None:
        await orders.refer(conn, taken.order_id, data.order_ref)
    if data.recipient is not None:
        await shoppers.put_recipient(
            conn, vault, taken.order_id, buyer.shop_id, buyer.shopper_id, data.recipient, buyer.client_id, at, ids
        )
    return placed(taken, at, data.order_ref)


@get("/v1/orders/{order_id:uuid}", tags=["orders"], responses=problems(NoSuchOrder))
async def order(order_id: FromPath[UUID], conn: NamedDependency[Conn], seer: NamedDependency[Seer]) -> OrderView:
    """An order with its lines and parcels. An ally that only has a part in it sees that part."""
    return view(await orders.read(conn, await orders.see(conn, order_id, seer.seen_by)), seer)


@get("/v1/orders", tags=["orders"], responses=problems(CursorUnreadable))
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
    responses=problems(NoSuchOrder, NoSuchLine, WrongState),
)
async def cancel(
    order_id: FromPath[UUID],
    data: JSONBody[Cancellation],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
) -> OrderView:
    """Cancel the whole order or some units, until it is released to the floor. Stock, capacity and money go back."""
    await own_order(conn, order_id, seer)
    wish = None if data.lines is None else _by_line(data.lines)
    await cancel_order.cancel(conn, order_id, data.reason, at, wish)
    return view(await orders.read(conn, await orders.get(conn, order_id)), seer)


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
) -> OrderView:
    """구매확정: the shopper has received everything; the allies are settled with. It happens by itself after a term."""
    await own_order(conn, order_id, seer)
    await confirm_order.confirm(conn, order_id, at)
    return view(await orders.read(conn, await orders.get(conn, order_id)), seer)


def _by_line(lines: list[CancelledLine]) -> dict[int, int]:
    """Units by line; a line named twice counts twice."""
    wish: dict[int, int] = {}
    for line in lines:
        wish[line.line_no] = wish.get(line.line_no, 0) + line.units
    return wish
