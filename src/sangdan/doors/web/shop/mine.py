"""A visitor's orders in a list, and how a guest finds theirs."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from sangdan.doors.api.placing import Till
from sangdan.doors.problems import status_of
from sangdan.flows.check_out import number_as_kept
from sangdan.flows.find_order import find_order
from sangdan.flows.shopper_picture import picture
from sangdan.kit.db import Conn
from sangdan.kit.tries import Tries
from sangdan.order.baskets import commands as baskets
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.talk.notices.model import Picture

from ..answers import Asked, html, words
from ..people.asker import address_of
from ..words import Words
from .details import plain
from .order_story import HEADLINES, TO_STORE
from .shell import Shell
from .visitor import Visitor, begin

SHOWN: Final = 20
FINDING: Final = "guest-lookup"
OF_AN_ORDER: Final = "guest-order"


class FindForm(msgspec.Struct, frozen=True):
    """What a guest knows of their order."""

    order_no: str = ""
    phone: str = ""


class Listed(msgspec.Struct, frozen=True):
    """An order in the list."""

    href: str
    order_no: str
    placed: str
    headline: str
    state: str
    goods: str
    total_minor: int
    currency: str


@get("/orders", opt={"open": True})
async def page(request: Asked, shell: NamedDependency[Shell], till: NamedDependency[Till]) -> Response[Any]:
    """The latest orders of a member, or of this browser."""
    async with till.pool.connection() as conn:
        listed = await latest(conn, shell.visitor, words(request))
    return html(request, "shop/orders.html", shell=shell, orders=listed)


@get("/orders/find", opt={"open": True})
async def find(request: Asked, shell: NamedDependency[Shell]) -> Response[Any]:
    """Where a guest asks for their order."""
    return html(request, "shop/find.html", shell=shell, form=FindForm(), wrong=None)


@post("/orders/find", opt={"open": True})
async def found(
    request: Asked,
    data: Annotated[FindForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    tries: NamedDependency[Tries],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Lead a guest to their order, and let this browser look at it from now on."""
    visitor, address = shell.visitor, address_of(request)
    order_no = number_as_kept(plain(data.order_no)[:40])
    await tries.count(FINDING, address, most=20, within=timedelta(minutes=10))
    await tries.count(OF_AN_ORDER, order_no, most=10, within=timedelta(hours=1))
    begun = begin(msgspec.structs.replace(visitor, basket_id=visitor.visitor_id), request)
    try:
        async with till.pool.transaction() as conn:
            order = await find_order(conn, till.vault, visitor.shop_id, order_no, plain(data.phone))
            await baskets.buy(conn, order.order_id, begun.basket_id, at)
    except NoSuchOrder as nothing:
        say = words(request)
        wrong = say("We found no order with this number and this phone. Please check both.")
        return html(request, "shop/find.html", status_of(type(nothing)), shell=shell, form=data, wrong=wrong)
    await tries.forgive(FINDING, address)
    await tries.forgive(OF_AN_ORDER, order_no)
    answer = Redirect(f"/shop/orders/{order.order_id}", status_code=303)
    begun.keep(answer)
    return answer


async def latest(conn: Conn, visitor: Visitor, say: Words) -> list[Listed]:
    """The latest orders, the newest first."""
    if visitor.member is not None:
        ids = await orders.of_shopper(conn, visitor.shop_id, visitor.member.shopper_id, SHOWN)
    elif visitor.visitor_id is not None:
        ids = [each.order_id for each in await baskets.bought(conn, visitor.visitor_id, SHOWN)]
    else:
        ids = []
    listed: list[Listed] = []
    for order_id in ids:
        order, seen = await orders.get(conn, order_id), await picture(conn, order_id)
        listed.append(
            Listed(
                href=f"/shop/orders/{order_id}",
                order_no=seen.order_no,
                placed=say.when(order.placed_at),
                headline=say((TO_STORE if order.service == "pickup" else HEADLINES)[order.state]),
                state=order.state,
                goods=_goods(seen, say),
                total_minor=order.due_minor,
                currency=order.currency,
            )
        )
    return listed


def _goods(seen: Picture, say: Words) -> str:
    """What was ordered, in a line."""
    first = seen.lines[0].names
    name, more = (first.ko if say.language == "ko" else first.en), len(seen.lines) - 1
    return say("%(name)s and %(n)s more", name=name, n=more) if more else name
