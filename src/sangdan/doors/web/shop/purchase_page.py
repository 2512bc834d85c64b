"""The page of a purchase in parts: how far each part is, all of it cancelled in one step, all of it once more."""

from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from sangdan.doors.api.placing import Till
from sangdan.doors.problems import status_of
from sangdan.flows.cancel_purchase import PartsMoved, cancel_purchase
from sangdan.flows.confirm_order import confirm_purchase
from sangdan.flows.order_again import order_again
from sangdan.kit.db import Conn, Pool
from sangdan.kit.problems import Problem
from sangdan.order.baskets import commands as baskets
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import WrongState

from ..answers import Asked, html, is_part, words
from ..words import mark
from .booth import Booth
from .order import SHOPPER, TOO_EARLY
from .parts import arranged_as
from .persons import receives
from .purchase import PURCHASES, own_purchase, purchase_told
from .shell import Shell
from .telling import Teller
from .visitor import Visitor, begin

MOVED: Final = (
    mark("Nothing was cancelled"),
    mark("We have begun to prepare one of these parts, or it was cancelled before. Below is how each stands."),
)


@get("/purchases/{order_id:uuid}", opt={"open": True})
async def page(
    request: Asked,
    order_id: FromPath[UUID],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
    thanks: Annotated[str, QueryParameter(max_length=1)] = "",
    version: Annotated[str, QueryParameter(max_length=100)] = "",
) -> Response[Any]:
    """A purchase as it lives; nothing at all for a page that shows it as it is."""
    return await _page(request, order_id, shell, till, at, thanks=bool(thanks), known=version)


@post("/purchases/{order_id:uuid}/cancellation", opt={"open": True})
async def cancel(
    request: Asked,
    order_id: FromPath[UUID],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Cancel the parts that the button named; when one of them cannot be any more, none is."""
    named = [each for each in (await request.form()).getall("part", []) if isinstance(each, str)]

    async def end(conn: Conn) -> None:
        together = await own_purchase(conn, shell.visitor, order_id)
        await cancel_purchase(conn, together, [each for each in together if str(each) in named], SHOPPER, at)

    try:
        await till.pool.retried(end)
    except PartsMoved as refused:
        return await _page(request, order_id, shell, till, at, refused=refused, said=MOVED)
    return Redirect(f"{PURCHASES}/{order_id}", status_code=303)


@post("/purchases/{order_id:uuid}/confirmation", opt={"open": True})
async def confirm(
    request: Asked,
    order_id: FromPath[UUID],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Say that all parts have arrived and are as they should be."""
    try:
        async with till.pool.transaction() as conn:
            await confirm_purchase(conn, await own_purchase(conn, shell.visitor, order_id), at)
    except WrongState as refused:
        return await _page(request, order_id, shell, till, at, refused=refused, said=TOO_EARLY)
    return Redirect(f"{PURCHASES}/{order_id}", status_code=303)


@post("/purchases/{order_id:uuid}/again", opt={"open": True})
async def again(
    request: Asked,
    order_id: FromPath[UUID],
    visitor: NamedDependency[Visitor],
    booth: NamedDependency[Booth],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """All of it once more: the goods in the same parts, their ways and the recipient, so that only paying is left."""
    begun = begin(visitor, request)
    async with pool.transaction() as conn:
        together = await own_purchase(conn, visitor, order_id)
        bought = [await orders.get(conn, each) for each in together]
        parts = await order_again(conn, together, begun.basket_id, at)
        choice = await booth.like(conn, bought, begun.basket_id, at)
        if choice is not None:
            await baskets.choose(conn, choice)
    where = {"postcode": bought[0].postcode, "put": arranged_as(parts)}
    to = "/shop/checkout/pay" if choice is not None else f"/shop/checkout/parts?{urlencode(where, doseq=True)}"
    answer = Redirect(to, status_code=303)
    begun.keep(answer)
    return answer


async def _page(
    request: Asked,
    order_id: UUID,
    shell: Shell,
    till: Till,
    at: datetime,
    *,
    thanks: bool = False,
    refused: Problem | None = None,
    said: tuple[str, str] = MOVED,
    known: str = "",
) -> Response[Any]:
    """The page.

    refused  what could not be done; said: its title, and how to mend it
    known    the version that the asker shows
    """
    say = words(request)
    async with till.pool.transaction() as conn:
        together = await own_purchase(conn, shell.visitor, order_id)
        told = await purchase_told(conn, together, say, Teller(say, at))
        if known == told.version:
            return Response(None, status_code=204)
        known_by = next((each for each in told.parts if not each.pickup), told.parts[0]).story.order_id
        recipient = await receives(conn, till.vault, known_by)
    template = "shop/purchase_now.html" if is_part(request) else "shop/purchase.html"
    return html(
        request, template, 200 if refused is None else status_of(type(refused)), shell=shell, purchase=told,
        recipient=recipient, thanks=thanks, refused=refused and [say(each) for each in said],
    )  # fmt: skip
