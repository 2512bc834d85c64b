"""The first step to an order: where it should go, and which of the ways to receive it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, QueryParameter
from litestar.response import Redirect

from sangdan.doors.api.desk import Quoted, WayView
from sangdan.doors.api.placing import Till
from sangdan.doors.problems import status_of
from sangdan.doors.texts import render
from sangdan.flows.look_into_basket import Good, InBasket, look
from sangdan.flows.picture import network_of
from sangdan.kit.db import Conn
from sangdan.kit.problems import Conflict, Problem
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.network.errors import PostcodeMalformed, PostcodeUnknown
from sangdan.offer.promise.errors import NoWay
from sangdan.offer.promise.model import Reason
from sangdan.offer.promise.model import spoken as said
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.model import Choice
from sangdan.order.orders import commands as orders
from sangdan.order.shoppers.model import Book

from ..answers import Asked, html, spoken, words
from ..names import with_names
from ..people.asker import is_secure
from ..words import SEOUL, Words, mark
from .addresses import book_of
from .addresses import shown as shown_book
from .booth import Booth
from .shell import Shell
from .telling import Teller
from .visitor import Visitor, keep_postcode
from .way_view import Picked, WayShown, names_of_sellers, picked, shown, still_as_good
from .ways import REASONS

CHECKOUT: Final = "/shop/checkout"
BIRTH_YEARS: Final = range(1900, 2100)
# Why somebody is back at this step; said above the ways.
TOLD: Final = {
    "expired": mark("That offer has run out. Here is what holds now."),
    "changed": mark("That way is no longer to be had as you saw it. Here is what holds now."),
    "other": mark("Another page has changed the basket meanwhile. Please look once more."),
}


class WayForm(msgspec.Struct, frozen=True):
    """Which way was picked, and whether the recipient of an earlier order is proposed."""

    way: str = ""
    postcode: str = ""
    born: str = ""


@get("/checkout", opt={"open": True})
async def page(
    request: Asked,
    visitor: NamedDependency[Visitor],
    booth: NamedDependency[Booth],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
    postcode: Annotated[str | None, QueryParameter(max_length=20)] = None,
    born: Annotated[str, QueryParameter(max_length=4)] = "",
    told: Annotated[str, QueryParameter(max_length=20)] = "",
) -> Response[Any]:
    """The ways in which the basket can come."""
    where = visitor.postcode if postcode is None else postcode.strip()
    async with till.pool.connection() as conn:
        inside = await look(conn, visitor.basket_id, at)
        if not inside.next_order:
            return Redirect("/shop/basket", status_code=303)
        book = await book_of(conn, till, visitor.member, at)
        if where is None and book.addresses:
            where = book.addresses[0].postcode
        answer = await ways_page(request, conn, shell, booth, inside, where, born, at, told=TOLD.get(told), book=book)
    if postcode is not None and answer.status_code == 200:
        keep_postcode(answer, postcode.strip(), is_secure(request))
    return answer


@post("/checkout/way", opt={"open": True})
async def choose(
    request: Asked,
    data: Annotated[WayForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    visitor: NamedDependency[Visitor],
    booth: NamedDependency[Booth],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Keep the way that was picked, if it is still as good as it was shown; else show what there is now."""
    wanted = picked(data.way)
    async with till.pool.transaction() as conn:
        inside = await look(conn, visitor.basket_id, at)
        if visitor.basket_id is None or not inside.next_order:
            return Redirect("/shop/basket?told=emptied", status_code=303)
        if wanted is None:
            return Redirect(CHECKOUT, status_code=303)
        try:
            quoted = await _ask(conn, visitor, booth, inside, data.postcode or visitor.postcode or "", data.born, at)
        except (Conflict, PostcodeMalformed, PostcodeUnknown):
            return Redirect(f"{CHECKOUT}?told=changed", status_code=303)
        found = matching(quoted.ways, wanted)
        if found is None:
            return await ways_page(
                request, conn, shell, booth, inside, data.postcode or visitor.postcode, data.born, at,
                told=TOLD["changed"], status=409, book=await book_of(conn, till, visitor.member, at),
            )  # fmt: skip
        before = await baskets.choice(conn, visitor.basket_id)
        like = None if before is None else before.like_order_id
        await baskets.choose(conn, Choice(visitor.basket_id, quoted.promise_id, found.token, like, at))
    return Redirect(f"{CHECKOUT}/pay", status_code=303)


def matching(ways: Sequence[WayView], wanted: Picked) -> WayView | None:
    """The way that a shopper picked, among fresh ones; None when none is as good."""
    return next((each for each in ways if still_as_good(each.way, wanted)), None)


async def ways_page(
    request: Asked,
    conn: Conn,
    shell: Shell,
    booth: Booth,
    inside: InBasket,
    postcode: str | None,
    born: str,
    at: datetime,
    *,
    told: str | None = None,
    status: int = 200,
    book: Book,
) -> Response[Any]:
    """The page of the ways, or of what keeps us from telling any.

    postcode  None when nobody said where to
    told      said above them
    book      addresses to choose from
    """
    say, tell = words(request), Teller(words(request), at)
    page: dict[str, Any] = {
        "shell": shell, "inside": inside, "postcode": postcode or "", "born": born, "ways": [], "not_offered": [],
        "addresses": [each for each in shown_book(book) if each.postcode],
        "wrong": None, "nothing": None, "told": None if told is None else say(told),
    }  # fmt: skip
    if postcode is None:
        return html(request, "shop/checkout.html", status, **page)
    try:
        quoted = await _ask(conn, shell.visitor, booth, inside, postcode, born, at)
    except (PostcodeMalformed, PostcodeUnknown) as wrong:
        page["wrong"] = render(wrong, spoken(request))[1]
        return html(request, "shop/checkout.html", status_of(type(wrong)), **page)
    except NoWay as none:
        page["nothing"] = await reasons(conn, none, inside.next_order, say, tell)
        return html(request, "shop/checkout.html", status, **page)
    except Conflict as gone:
        page["nothing"] = [(render(gone, spoken(request))[1], [])]
        return html(request, "shop/checkout.html", status_of(type(gone)), **page)
    page["ways"] = await in_words(conn, quoted.ways, postcode, say, tell)
    page["not_offered"] = [(tell.service(each.service), each.why) for each in quoted.not_offered]
    return html(request, "shop/checkout.html", status, **page)


async def in_words(conn: Conn, ways: Sequence[WayView], postcode: str, say: Words, tell: Teller) -> list[WayShown]:
    """Ways as a shopper reads them.

    postcode  that they lead to
    """
    network = await network_of(conn)
    zone_id = network.zone_of(postcode).zone_id
    goods = await catalogue.skus(conn, sorted({line.sku for each in ways for line in each.way.lines}))
    sellers = await names_of_sellers(conn, [each.way for each in ways], say)
    least_minor = min((each.way.price.goods_minor for each in ways), default=0)
    return [shown(each, least_minor, zone_id, network, goods, sellers, say, tell) for each in ways]


async def _ask(
    conn: Conn, visitor: Visitor, booth: Booth, inside: InBasket, postcode: str, born: str, at: datetime
) -> Quoted:
    """Ask for the ways of the whole basket."""
    return await booth.ask(conn, inside.wishes, postcode, await birth_year(conn, visitor, born), at)


async def birth_year(conn: Conn, visitor: Visitor, born: str) -> int | None:
    """When whoever buys was born: as they say, or as is known of a member; None when nobody knows."""
    told = int(born) if born.isascii() and born.isdigit() else 0
    if told in BIRTH_YEARS or visitor.member is None:
        return told if told in BIRTH_YEARS else None
    return await orders.birth_year(conn, visitor.member.shopper_id)


async def reasons(
    conn: Conn, none: Problem, wanted: Sequence[Good], say: Words, tell: Teller
) -> list[tuple[str, list[str]]]:
    """Why nothing comes: for each service the first few reasons."""
    network = await network_of(conn)
    goods = await catalogue.skus(conn, sorted(good.sku for good in wanted))
    told: list[tuple[str, list[str]]] = []
    for service, given in none.facts["services"].items():
        sentences: list[str] = []
        for reason in given[:REASONS]:
            args = {name: value for name, value in reason.items() if name != "code"}
            sentence = said(Reason(reason["code"], args), say.language, SEOUL.key)
            sentences.append(with_names(sentence, network, goods, say))
        told.append((tell.service(service), sentences))
    return told
