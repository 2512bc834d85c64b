"""One order: how far it is, and what its shopper may do about it."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
import segno
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import Redirect

from sangdan.doors.api.placing import Till
from sangdan.doors.problems import status_of
from sangdan.doors.texts import render
from sangdan.flows import answer_date as answer
from sangdan.flows import cancel_order, confirm_order
from sangdan.flows.cancel_order import KitApart
from sangdan.flows.follow_order import follow
from sangdan.flows.order_again import order_again
from sangdan.flows.pickup_ticket import tickets
from sangdan.flows.write_review import open_lines, write
from sangdan.kit.db import Pool
from sangdan.kit.problems import Problem
from sangdan.offer.reviews.errors import BadReview, NotReviewable, ReviewExists
from sangdan.offer.reviews.model import LONGEST
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.errors import UnitsUnfit
from sangdan.order.baskets.model import MOST_UNITS
from sangdan.order.orders.errors import NoSuchLine, WrongState

from ..answers import Asked, html, is_part, spoken, words
from ..words import mark
from .booth import Booth
from .order_story import story
from .persons import receives
from .purchase import parts_now, version_of
from .shell import Shell
from .telling import Teller
from .visitor import Visitor, begin, own_order

SHOPPER: Final = "shopper"
# What a shopper is told of an order that has gone too far, or not far enough: a title, and what to do.
TOO_LATE: Final = (
    mark("It cannot be cancelled any more"),
    mark("We have begun to prepare it, or it was cancelled before. What has arrived may be sent back: see below."),
)
TOO_EARLY: Final = (
    mark("The purchase cannot be confirmed now"),
    mark("It can be when everything has arrived, once. Below is how the order stands."),
)
ANSWERED: Final = (
    mark("There is nothing to decide any more"),
    mark("What was late has left, or you have answered already. Below is how the order stands."),
)
MOST_DIGITS: Final = 9


class ReviewForm(msgspec.Struct, frozen=True):
    """What a shopper says of a line."""

    line: str = ""
    stars: str = ""
    body: str = ""


@get("/orders/{order_id:uuid}", opt={"open": True})
async def page(
    request: Asked,
    order_id: FromPath[UUID],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
    thanks: Annotated[str, QueryParameter(max_length=1)] = "",
    version: Annotated[str, QueryParameter(max_length=100)] = "",
) -> Response[Any]:
    """An order as it lives; nothing at all for a page that shows it as it is."""
    return await _page(request, order_id, shell, till, at, thanks=bool(thanks), known=version)


@post("/orders/{order_id:uuid}/cancellation", opt={"open": True})
async def cancel(
    request: Asked,
    order_id: FromPath[UUID],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Cancel all of it, or as many units of each line as were asked for; too late is said kindly."""
    form = await request.form()
    try:
        wish = _wish({name: value for name, value in form.items() if isinstance(value, str)})
        async with till.pool.transaction() as conn:
            await own_order(conn, shell.visitor, order_id)
            if wish is None or wish:
                await cancel_order.cancel(conn, order_id, SHOPPER, at, wish)
    except WrongState as refused:
        return await _page(request, order_id, shell, till, at, refused=refused, said=TOO_LATE)
    except (NoSuchLine, UnitsUnfit, KitApart) as refused:
        return await _page(request, order_id, shell, till, at, refused=refused)
    return Redirect(f"/shop/orders/{order_id}", status_code=303)


@post("/orders/{order_id:uuid}/confirmation", opt={"open": True})
async def confirm(
    request: Asked,
    order_id: FromPath[UUID],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Say that everything has arrived and is as it should be."""
    try:
        async with till.pool.transaction() as conn:
            await own_order(conn, shell.visitor, order_id)
            await confirm_order.confirm(conn, order_id, at)
    except WrongState as refused:
        return await _page(request, order_id, shell, till, at, refused=refused, said=TOO_EARLY)
    return Redirect(f"/shop/orders/{order_id}", status_code=303)


@post("/orders/{order_id:uuid}/date", opt={"open": True})
async def answer_date(
    request: Asked,
    order_id: FromPath[UUID],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Take the later date, or cancel what has not left."""
    takes = (await request.form()).get("answer") == "take"
    try:
        async with till.pool.transaction() as conn:
            await own_order(conn, shell.visitor, order_id)
            await (answer.accept if takes else answer.decline)(conn, order_id, at)
    except answer.NothingToAnswer as refused:
        return await _page(request, order_id, shell, till, at, refused=refused, said=ANSWERED)
    return Redirect(f"/shop/orders/{order_id}", status_code=303)


@post("/orders/{order_id:uuid}/reviews", opt={"open": True})
async def review(
    request: Asked,
    order_id: FromPath[UUID],
    data: Annotated[ReviewForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Say what a purchase was like."""
    line_no, stars = _digits(data.line), _digits(data.stars)
    try:
        async with till.pool.transaction() as conn:
            order = await own_order(conn, shell.visitor, order_id)
            await write(conn, order.shop_id, order_id, line_no, stars, data.body, at)
    except (BadReview, NotReviewable, ReviewExists, NoSuchLine) as refused:
        return await _page(request, order_id, shell, till, at, refused=refused)
    return Redirect(f"/shop/orders/{order_id}#reviews", status_code=303)


@post("/orders/{order_id:uuid}/again", opt={"open": True})
async def again(
    request: Asked,
    order_id: FromPath[UUID],
    visitor: NamedDependency[Visitor],
    booth: NamedDependency[Booth],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """The same once more: the goods, the way and the recipient, so that only paying is left."""
    begun = begin(visitor, request)
    async with pool.transaction() as conn:
        order = await own_order(conn, visitor, order_id)
        await order_again(conn, [order_id], begun.basket_id, at)
        choice = await booth.like(conn, [order], begun.basket_id, at)
        if choice is not None:
            await baskets.choose(conn, choice)
    answer = Redirect("/shop/checkout" if choice is None else "/shop/checkout/pay", status_code=303)
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
    said: tuple[str, str] | None = None,
    known: str = "",
) -> Response[Any]:
    """The page.

    refused  what could not be done
    said     its title and how to mend it in other words than its own
    known    the version that the asker shows
    """
    say = words(request)
    async with till.pool.transaction() as conn:
        order = await own_order(conn, shell.visitor, order_id)
        told = story(await follow(conn, order_id), say, Teller(say, at))
        parts = await parts_now(conn, order_id, say, Teller(say, at))
        told = msgspec.structs.replace(told, version=version_of(told.version, parts))
        if known == told.version:
            return Response(None, status_code=204)
        arrived = await open_lines(conn, order.shop_id, order_id)
        codes = [(_spaced(each.code), _square(each.qr)) for each in await tickets(conn, order_id, at)]
        recipient = await receives(conn, till.vault, order_id)
    template = "shop/order_now.html" if is_part(request) else "shop/order.html"
    return html(
        request, template, 200 if refused is None else status_of(type(refused)), shell=shell, order=told, codes=codes,
        parts_now=parts, recipient=recipient, thanks=thanks, arrived=arrived, most_letters=LONGEST,
        refused=[say(each) for each in said] if said else refused and render(refused, spoken(request)),
    )  # fmt: skip


def _wish(form: dict[str, str]) -> dict[int, int] | None:
    """Units to cancel by line, from fields line-1, line-2, ...; None for all of it.

    raises  UnitsUnfit for what is no number
    """
    if form.get("all"):
        return None
    wish: dict[int, int] = {}
    for name, value in form.items():
        line, digits = name.removeprefix("line-"), value.strip()
        if not name.startswith("line-") or digits in ("", "0"):
            continue
        if not all(each.isascii() and each.isdigit() and len(each) <= MOST_DIGITS for each in (line, digits)):
            raise UnitsUnfit(f"Ask for 1 to {MOST_UNITS} units, in digits.", most=MOST_UNITS)
        wish[int(line)] = int(digits)
    return wish


def _spaced(code: str) -> str:
    """A code as it is read out: 481 902."""
    middle = len(code) // 2
    return f"{code[:middle]} {code[middle:]}"


def _square(text: str) -> str:
    """A QR code as the address of a picture."""
    return segno.make(text, error="m").svg_data_uri(scale=5, border=2, dark="#000", light="#fff")


def _digits(text: str) -> int:
    """A small number as a form sends it; 0 of what is none, which nothing has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 0
