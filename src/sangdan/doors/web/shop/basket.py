"""The basket: what is in it, what of it goes into the next order."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import Redirect

from sangdan.flows.look_into_basket import look
from sangdan.kit.db import Pool
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.errors import SkuUnknown
from sangdan.order.baskets import commands as baskets
from sangdan.order.baskets.errors import UnitsUnfit
from sangdan.order.baskets.model import MOST_UNITS, MOST_WISHES, Wished

from ..answers import Asked, html, words
from ..words import mark
from .shell import Shell
from .visitor import Visitor, begin

BASKET = "/shop/basket"
# Said to whom another page led here, by the name that it gives.
TOLD: Final = {
    "unknown": mark("Nothing was ordered: this browser no longer knows whose basket it was. Sign in to see yours."),
    "emptied": mark("The basket was emptied meanwhile. If you ordered on another tab, the order is in your orders."),
}
_LONGEST_SKU = 64


class NewLine(msgspec.Struct, frozen=True):
    """What a product's page sends."""

    sku: str = ""
    units: str = "1"


class ChangedLine(msgspec.Struct, frozen=True):
    """What a line's own buttons send; what is not named stays."""

    units: str | None = None
    chosen: str | None = None


class Swap(msgspec.Struct, frozen=True):
    """One SKU instead of another."""

    out: str = ""
    sku: str = ""


@get("/basket", opt={"open": True})
async def page(
    request: Asked,
    shell: NamedDependency[Shell],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
    told: Annotated[str, QueryParameter(max_length=20)] = "",
) -> Response[Any]:
    """What is in the basket, at today's prices."""
    async with pool.connection() as conn:
        inside = await look(conn, shell.visitor.basket_id, at)
    said = words(request)(TOLD[told]) if told in TOLD else None
    return html(
        request, "shop/basket.html", shell=shell, inside=inside, told=said, most=MOST_UNITS, most_lines=MOST_WISHES
    )


@post("/basket/lines", opt={"open": True})
async def add(
    request: Asked,
    data: Annotated[NewLine, Body(media_type=RequestEncodingType.URL_ENCODED)],
    visitor: NamedDependency[Visitor],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Put something into the basket."""
    begun = begin(visitor, request)
    async with pool.transaction() as conn:
        await catalogue.skus(conn, [checked(data.sku)])
        await baskets.add(conn, begun.basket_id, [(data.sku, whole(data.units))], at)
    answer = Redirect(BASKET, status_code=303)
    begun.keep(answer)
    return answer


@post("/basket/lines/{sku:str}", opt={"open": True})
async def change(
    sku: FromPath[str],
    data: Annotated[ChangedLine, Body(media_type=RequestEncodingType.URL_ENCODED)],
    visitor: NamedDependency[Visitor],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Change how many there are to be, or whether they go into the next order; a line that is gone stays gone."""
    if visitor.basket_id is not None:
        async with pool.transaction() as conn:
            await baskets.touch(conn, visitor.basket_id, at)
            there = {each.sku: each for each in await baskets.wishes(conn, visitor.basket_id)}
            if sku in there:
                units = there[sku].units if data.units is None else whole(data.units)
                chosen = there[sku].chosen if data.chosen is None else data.chosen == "yes"
                await baskets.put(conn, visitor.basket_id, Wished(sku, units, chosen), at)
    return Redirect(BASKET, status_code=303)


@post("/basket/swap", opt={"open": True})
async def swap(
    data: Annotated[Swap, Body(media_type=RequestEncodingType.URL_ENCODED)],
    visitor: NamedDependency[Visitor],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Take one SKU instead of another that is gone, as many of it, and see how it can come."""
    if visitor.basket_id is not None:
        async with pool.transaction() as conn:
            await catalogue.skus(conn, [checked(data.sku)])
            await baskets.touch(conn, visitor.basket_id, at)
            there = {each.sku: each for each in await baskets.wishes(conn, visitor.basket_id)}
            if data.out in there:
                await baskets.drop(conn, visitor.basket_id, [data.out])
                await baskets.add(conn, visitor.basket_id, [(data.sku, there[data.out].units)], at)
    return Redirect("/shop/checkout", status_code=303)


def checked(sku: str) -> str:
    """A SKU as a form may name it.

    raises  SkuUnknown
    """
    if not sku or len(sku) > _LONGEST_SKU or not sku.isprintable():
        raise SkuUnknown("This is not in our catalogue; go back to the product and try again.", skus=[], named="?")
    return sku


def whole(text: str) -> int:
    """A number of units as a form sends it.

    raises  UnitsUnfit
    """
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(MOST_UNITS)):
        raise UnitsUnfit(f"Ask for 1 to {MOST_UNITS} units, in digits.", most=MOST_UNITS, units=digits[:20], sku="")
    return int(digits)
