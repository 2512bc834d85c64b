"""Asking for a promise."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.doors.texts import language
from sangdan.flows.picture import Shelves
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.ids import Ids
from sangdan.offer.catalogue.errors import SkuUnknown
from sangdan.offer.network.errors import PostcodeMalformed, PostcodeUnknown
from sangdan.offer.promise.errors import BadQuantity, BasketSize, MixedSellers, NoRate, NotForSale, NoWay
from sangdan.order.orders import commands as orders

from .desk import Desk, Quoted
from .fields import Code

Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z", description="ISO 4217.")]
BirthYear = Annotated[int, Meta(ge=1900, le=2100)]


class WishedFor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units of a SKU, from any seller or from a certain one."""

    sku: Code
    units: int
    seller_id: Code | None = None


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A basket, and where it should go.

    lines       1..100, of 1..9999 units each
    postcode    five digits as text; a leading zero counts
    shopper_id  a member, whose birth year is looked up; or give the birth year: goods with an age limit need it
    """

    lines: list[WishedFor]
    postcode: Annotated[str, Meta(max_length=20)]
    currency: Currency = "KRW"
    shopper_id: Code | None = None
    birth_year: BirthYear | None = None


# A question changes nothing: whoever asks twice gets two answers.
@post(
    "/v1/promises",
    tags=["promises"],
    status_code=200,
    opt={"harmless": True},
    responses=problems(
        BasketSize, BadQuantity, MixedSellers, SkuUnknown, PostcodeMalformed, PostcodeUnknown, NotForSale, NoRate, NoWay
    ),
)
async def ask(
    data: JSONBody[Question],
    request: Request[Seer, Any, Any],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    desk: NamedDependency[Desk],
    shelves: NamedDependency[Shelves],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
) -> Quoted:
    """The ways to receive a basket: date, probability, sources, price, CO2e and why. Take one with its token."""
    birth_year = data.birth_year
    if birth_year is None and data.shopper_id is not None:
        birth_year = await orders.birth_year(conn, data.shopper_id)
    basket = Basket(
        wishes=tuple(Wish(line.sku, line.units, line.seller_id) for line in data.lines),
        postcode=data.postcode, currency=data.currency, birth_year=birth_year, shop_id=seer.partner_id,
    )  # fmt: skip
    spoken = language(request.headers.get("accept-language"))
    return await desk.ask(conn, basket, seer.client_id, ids.new(at), spoken, at, shelves=shelves)
