"""Orders: the list of all, and the page of one with its story and what can be done about it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from sangdan.doors.api.order_view import own_order
from sangdan.doors.web import states
from sangdan.doors.web.answers import html, is_part, words
from sangdan.doors.web.errors import PastCancelling
from sangdan.doors.web.words import Words, mark
from sangdan.flows import cancel_order, confirm_order
from sangdan.flows.shopper_picture import number_of
from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool
from sangdan.kit.lists import Which
from sangdan.offer.partners import queries as partners
from sangdan.offer.partners.model import COLLECTING
from sangdan.order.orders import commands as orders
from sangdan.order.orders.commands import Listed as Row
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.orders.model import CANCELLABLE, Order

from .frame import page
from .naming import nodes_as_options
from .order_story import story_of
from .places import ALLIES
from .tables import Action, Asked, Cell, Choice, Column, Days, Foreseen, Listed, Option, Search, Table, check_role
from .tables.columns import Tone

OPEN: Final = "open"
ENDED: Final = frozenset({"delivered", "confirmed", "cancelled"})
TONES: Final[dict[str, Tone]] = {
    "placed": "quiet", "authorised": "info", "released": "change", "shipped": "change", "delivered": "good",
    "confirmed": "good", "cancelled": "bad",
}  # fmt: skip
_HEX: Final = frozenset("0123456789abcdef")
ID_DIGITS: Final = 32
# So many digits of an id find it: of its beginning, or exactly so many of its end.
LEAST_DIGITS: Final = 8
REASON_MOST: Final = 200


def sought(text: str) -> Mapping[str, object]:
    """What an order is looked for by: its shop's number, the shopper, the beginning of its id, or the end of it."""
    digits = text.lower().replace("-", "")
    is_id = LEAST_DIGITS <= len(digits) <= ID_DIGITS and set(digits) <= _HEX
    return {
        "q": text,
        "q_first": UUID(hex=digits.ljust(ID_DIGITS, "0")) if is_id else None,
        "q_last": UUID(hex=digits.ljust(ID_DIGITS, "f")) if is_id else None,
        "q_end": digits if len(digits) == LEAST_DIGITS else None,
    }


async def shops(asked: Asked) -> Sequence[Option]:
    """The allies whose shops take orders."""
    found = await partners.partners(asked.conn, None)
    return [Option(each.partner_id, asked.say.of(each), name=True) for each in found if each.kind in COLLECTING]


def number(order_id: UUID, order_ref: str | None) -> str:
    """What an order is called: by its shop's number, else by the end of its id."""
    return order_ref or number_of(order_id)


def _due(row: Row, say: Words) -> str:
    return "–" if row.due_minor is None else say.money(row.due_minor, row.currency)


async def _foresee_cancel(asked: Asked, row_id: str) -> Foreseen:
    order = await _cancellable(asked, row_id)
    say = asked.say
    await cancel_order.cancel(asked.conn, order.order_id, "operator", asked.at)
    return Foreseen(
        number(order.order_id, order.order_ref),
        say(states.ORDER[order.state]),
        say("Cancelled; %(amount)s is let go", amount=say.money(order.due_minor, order.currency)),
    )


async def cancel(asked: Asked, row_id: str, reason: str) -> None:
    """Cancel an order that is not on the floor yet.

    raises  NoSuchOrder, PastCancelling
    """
    order = await _cancellable(asked, row_id)
    await cancel_order.cancel(asked.conn, order.order_id, "operator", asked.at)
    await audit.note(
        asked.conn, asked.seer, asked.at, "order.cancelled", f"order/{order.order_id}",
        before={"state": order.state}, after={"state": "cancelled"}, reason=reason,
    )  # fmt: skip


async def _called(asked: Asked, row_id: str) -> str:
    order = await own_order(asked.conn, _order_id(row_id), asked.seer)
    return number(order.order_id, order.order_ref)


def _order_id(row_id: str) -> UUID:
    """The order of a row.

    raises  NoSuchOrder
    """
    try:
        return UUID(row_id)
    except ValueError:
        raise NoSuchOrder(f"There is no order {row_id}.", order_id=row_id) from None


async def _cancellable(asked: Asked, row_id: str) -> Order:
    order = await own_order(asked.conn, _order_id(row_id), asked.seer)
    if order.state not in CANCELLABLE:
        called, stands = number(order.order_id, order.order_ref), asked.say(states.ORDER[order.state])
        raise PastCancelling(
            f"{stands}: only what is not on the floor yet can be cancelled.", number=called, state=stands
        )
    return order


CANCEL: Final = Action(
    "cancel",
    mark("Cancel orders"),
    mark(
        "Orders that are not on the floor yet are cancelled whole: units, hours and money go back, the shopper is told."
    ),
    frozenset({"tower", "shop"}),
    _foresee_cancel,
    cancel,
    icon="ban",
)
ORDERS: Final = Table[Row](
    path="/orders",
    title=mark("Orders"),
    lead=mark("Every order that you have a part in, from the moment it is placed."),
    roles=ALLIES,
    columns=(
        Column(
            "order", mark("Order"),
            lambda row, _: Cell(number(row.order_id, row.order_ref), code=True),
            value=lambda row: str(row.order_id),
        ),
        Column(
            "state", mark("State"),
            lambda row, say: Cell(say(states.ORDER[row.state]), tone=TONES[row.state]),
        ),
        Column(
            "promised", mark("Promised by"), lambda row, say: say.when(row.promised_at),
            value=lambda row: row.promised_at, kind="instant", order="promised",
        ),
        Column(
            "chance", mark("Chance stated"), lambda row, say: say.chance(row.probability_ppm),
            number=True, phone=False,
        ),
        Column("service", mark("Service"), lambda row, say: say(states.SERVICE[row.service]), phone=False),
        Column("postcode", mark("Postcode"), lambda row, _: row.postcode, phone=False),
        Column("shop", mark("Shop"), lambda row, _: row.shop_id, phone=False),
        Column(
            "due", mark("To pay"), _due, value=lambda row: row.due_minor, kind="whole", number=True, phone=False,
        ),
        Column(
            "placed", mark("Placed"), lambda row, say: say.when(row.placed_at),
            value=lambda row: row.placed_at, kind="instant", order="placed", phone=False,
        ),
    ),
    filters=(
        Search("q", mark("Search"), mark("Number, reference or shopper"), sought),
        Choice(
            "state", mark("State"),
            (Option(OPEN, mark("Under way")), *(Option(state, name) for state, name in states.ORDER.items())),
            sift=Which,
        ),
        Choice("service", mark("Service"), tuple(Option(each, name) for each, name in states.SERVICE.items())),
        Choice("shop", mark("Shop"), ask=shops),
        Choice("node", mark("Node"), ask=nodes_as_options),
        Days("placed", mark("Placed")),
        Days("promised", mark("Promised for")),
    ),
    source=Listed(orders.ORDERS, orders.listed),
    order="-placed",
    row_id=lambda row: str(row.order_id),
    link=lambda row: f"/tower/orders/{row.order_id}",
    actions=(CANCEL,),
    called=_called,
    empty=mark("No order has been placed yet."),
)  # fmt: skip


class Wanted(msgspec.Struct, frozen=True):
    """What a button of the page sends."""

    reason: str = ""


Sent = Annotated[Wanted, Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/orders/{order_id:uuid}")
async def order(
    request: Request[Seer, Any, Any], order_id: FromPath[UUID], pool: NamedDependency[Pool]
) -> Response[Any]:
    """One order's story: a part of the live map, or a page of its own."""
    check_role(request, ALLIES)
    say = words(request)
    async with pool.transaction() as conn:
        story = await story_of(conn, order_id, request.user, say)
    if is_part(request):
        return html(request, "tower/order.html", story=story)
    return page(
        request,
        "tower/order_page.html",
        story=story,
        may_change=request.user.role in CANCEL.roles and story.sums is not None,
    )


@post("/orders/{order_id:uuid}/cancellation")
async def cancel_one(
    request: Request[Seer, Any, Any], order_id: FromPath[UUID], data: Sent, pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Redirect:  # fmt: skip
    """Cancel the order, whole."""
    check_role(request, CANCEL.roles)
    async with pool.transaction() as conn:
        await cancel(Asked(conn, request.user, at, words(request)), str(order_id), _reason(data))
    return Redirect(f"/tower/orders/{order_id}", status_code=303)


@post("/orders/{order_id:uuid}/confirmation")
async def confirm_one(
    request: Request[Seer, Any, Any], order_id: FromPath[UUID], data: Sent, pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Redirect:  # fmt: skip
    """Confirm receipt in the shopper's name: the allies are settled with."""
    check_role(request, CANCEL.roles)
    async with pool.transaction() as conn:
        found = await own_order(conn, order_id, request.user)
        await confirm_order.confirm(conn, order_id, at)
        await audit.note(
            conn, request.user, at, "order.confirmed", f"order/{order_id}", before={"state": found.state},
            after={"state": "confirmed"}, reason=_reason(data),
        )  # fmt: skip
    return Redirect(f"/tower/orders/{order_id}", status_code=303)


def _reason(data: Wanted) -> str:
    return " ".join(data.reason.split())[:REASON_MOST]
