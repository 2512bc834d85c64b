"""The page on which a basket is received in parts, each its own way: arranged, chosen, and paid for at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect

from sangdan.flows.look_into_basket import Good, InBasket, look
from sangdan.kit.db import Conn, Pool
from sangdan.offer.network.errors import PostcodeMalformed, PostcodeUnknown
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.model import Choice, Part
from sangdan.order.orders.model import MOST_PARTS

from ..answers import Asked, html, words
from ..people.asker import is_secure
from .booth import Booth
from .checkout import CHECKOUT, TOLD, birth_year
from .parts import PARTS, Asking, all_at_once, arranged, found, parts_shown, proposed
from .shell import Shell
from .telling import Teller
from .visitor import Visitor, keep_postcode


@get("/checkout/parts", opt={"open": True})
async def page(
    request: Asked,
    visitor: NamedDependency[Visitor],
    booth: NamedDependency[Booth],
    shell: NamedDependency[Shell],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
    postcode: Annotated[str | None, QueryParameter(max_length=20)] = None,
    born: Annotated[str, QueryParameter(max_length=4)] = "",
    told: Annotated[str, QueryParameter(max_length=20)] = "",
    put: Annotated[list[str] | None, QueryParameter(max_items=100)] = None,
) -> Response[Any]:
    """The parts with the ways of each: as they were arranged, or as we propose."""
    where = (visitor.postcode if postcode is None else postcode.strip()) or ""
    async with pool.connection() as conn:
        inside = await look(conn, visitor.basket_id, at)
        if not inside.next_order:
            return Redirect("/shop/basket", status_code=303)
        asking = Asking(booth, where, await birth_year(conn, visitor, born), at)
        try:
            parts = arranged(inside, put or []) or await proposed(conn, asking, inside)
            answer = await parts_page(request, conn, shell, asking, inside, parts, born, told=TOLD.get(told))
        except (PostcodeMalformed, PostcodeUnknown):
            return Redirect(f"{CHECKOUT}?{urlencode({'postcode': where})}", status_code=303)
    if postcode is not None:
        keep_postcode(answer, where, is_secure(request))
    return answer


@post("/checkout/parts", opt={"open": True})
async def choose(
    request: Asked,
    visitor: NamedDependency[Visitor],
    booth: NamedDependency[Booth],
    shell: NamedDependency[Shell],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Keep the way of each part, if all are still as good as they were shown; else show what there is now."""
    form = await request.form()
    put = [each for each in form.getall("put", []) if isinstance(each, str)]
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    marked = {number: typed.get(f"way-{number}", "") for number in range(1, MOST_PARTS + 1)}
    where, born = typed.get("postcode") or visitor.postcode or "", typed.get("born", "")[:4]
    async with pool.transaction() as conn:
        inside = await look(conn, visitor.basket_id, at)
        if visitor.basket_id is None or not inside.next_order:
            return Redirect("/shop/basket?told=emptied", status_code=303)
        parts = arranged(inside, put)
        if parts is None:
            return Redirect(f"{PARTS}?told=other", status_code=303)
        asking = Asking(booth, where, await birth_year(conn, visitor, born), at)
        try:
            ways = await found(conn, asking, parts, marked)
            if ways is None:
                return await parts_page(
                    request, conn, shell, asking, inside, parts, born, marked=marked, told=TOLD["changed"], status=409
                )
        except (PostcodeMalformed, PostcodeUnknown):
            return Redirect(f"{CHECKOUT}?{urlencode({'postcode': where})}", status_code=303)
        before = await baskets.choice(conn, visitor.basket_id)
        [(quoted, first), *others] = ways
        more = tuple(Part(each.promise_id, way.token) for each, way in others)
        like = None if before is None else before.like_order_id
        await baskets.choose(conn, Choice(visitor.basket_id, quoted.promise_id, first.token, like, at, more))
    return Redirect(f"{CHECKOUT}/pay", status_code=303)


async def parts_page(
    request: Asked,
    conn: Conn,
    shell: Shell,
    asking: Asking,
    inside: InBasket,
    parts: Sequence[Sequence[Good]],
    born: str,
    *,
    marked: Mapping[int, str] | None = None,
    told: str | None = None,
    status: int = 200,
) -> Response[Any]:
    """The page.

    marked  what was picked before, by part
    told    said above them
    raises  PostcodeMalformed, PostcodeUnknown
    """
    say = words(request)
    tell = Teller(say, asking.at)
    at_once = await all_at_once(conn, asking, inside, say, tell) if len(parts) > 1 else None
    usual = {} if at_once is None else dict.fromkeys(range(1, len(parts) + 1), at_once.key)
    shown = await parts_shown(conn, asking, parts, {**usual, **(marked or {})}, say, tell)
    whole = all(part.ways for part in shown)
    numbers = range(1, min(len(shown) + 1, MOST_PARTS, len(inside.next_order)) + 1)
    return html(
        request, "shop/parts_page.html", status, shell=shell, inside=inside, parts_of=shown, postcode=asking.postcode,
        born=born, birth_year=asking.birth_year, asks_age=inside.age_limit and (born or asking.birth_year is None),
        numbers=numbers, whole=whole, told=None if told is None else say(told),
        at_once=at_once, total_minor=sum(part.way.total_minor for part in shown) if whole else 0,
    )  # fmt: skip
