"""A visitor's orders in a list, and how a guest finds theirs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

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
from sangdan.talk.notices.model import LineNow

from ..answers import Asked, html, words
from ..people.asker import address_of
from ..words import Words
from .details import plain
from .order_story import HEADLINES, TO_STORE
from .purchase import PartNow, headline, page_of, parts_now
from .shell import Shell
from .telling import Teller
from .visitor import Visitor, begin

SHOWN: Final = 20
FINDING: Final = "guest-lookup"
OF_AN_ORDER: Final = "guest-order"


class FindForm(msgspec.Struct, frozen=True):
    """What a guest knows of their order."""

    order_no: str = ""
    phone: str = ""


class Listed(msgspec.Struct, frozen=True):
    """An order in the list, or a purchase: each part of it with its goods."""

    href: str
    order_no: str
    placed: str
    headline: str
    state: str
    goods: str
    total_minor: int
    currency: str
    parts: tuple[tuple[PartNow, str], ...] = ()


@get("/orders", opt={"open": True})
async def page(
    request: Asked, shell: NamedDependency[Shell], till: NamedDependency[Till], at: NamedDependency[datetime]
) -> Response[Any]:
    """The latest orders of a member, or of this browser."""
    async with till.pool.connection() as conn:
        listed = await latest(conn, shell.visitor, words(request), at)
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
            for each in await orders.together(conn, order.order_id) or (order.order_id,):
                await baskets.buy(conn, each, begun.basket_id, at)
            where = await page_of(conn, order.order_id)
    except NoSuchOrder as nothing:
        say = words(request)
        wrong = say("We found no order with this number and this phone. Please check both.")
        return html(request, "shop/find.html", status_of(type(nothing)), shell=shell, form=data, wrong=wrong)
    await tries.forgive(FINDING, address)
    await tries.forgive(OF_AN_ORDER, order_no)
    answer = Redirect(where, status_code=303)
    begun.keep(answer)
    return answer


async def latest(conn: Conn, visitor: Visitor, say: Words, at: datetime) -> list[Listed]:
    """The latest orders, the newest first; those of a purchase stand together."""
    if visitor.member is not None:
        ids = await orders.of_shopper(conn, visitor.shop_id, visitor.member.shopper_id, SHOWN)
    elif visitor.visitor_id is not None:
        ids = [each.order_id for each in await baskets.bought(conn, visitor.visitor_id, SHOWN)]
    else:
        ids = []
    listed: list[Listed] = []
    seen: set[UUID] = set()
    for order_id in ids:
        if order_id not in seen:
            together = await orders.together(conn, order_id) or (order_id,)
            seen.update(together)
            listed.append(await _listed(conn, together, say, at))
    return listed


async def _listed(conn: Conn, together: Sequence[UUID], say: Words, at: datetime) -> Listed:
    """An order, or the orders of a purchase."""
    first, several = await orders.get(conn, together[0]), len(together) > 1
    seen = [await picture(conn, each) for each in together]
    parts = await parts_now(conn, together[0], say, Teller(say, at))
    one = say((TO_STORE if first.service == "pickup" else HEADLINES)[first.state])
    return Listed(
        href=await page_of(conn, together[0]),
        order_no=seen[0].order_no,
        placed=say.when(first.placed_at),
        headline=headline([each.state for each in seen], say) if several else one,
        state=first.state,
        goods=_goods([line for each in seen for line in each.lines], say),
        total_minor=sum(each.total_minor - each.cancelled_minor for each in seen),
        currency=first.currency,
        parts=tuple((part, _goods(each.lines, say)) for part, each in zip(parts, seen, strict=True)) if parts else (),
    )


def _goods(lines: Sequence[LineNow], say: Words) -> str:
    """What was ordered, in a line."""
    first = lines[0].names
    name, more = (first.ko if say.language == "ko" else first.en), len(lines) - 1
    return say("%(name)s and %(n)s more", name=name, n=more) if more else name
