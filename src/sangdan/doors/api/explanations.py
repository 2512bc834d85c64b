"""A promise explained: every node that was considered, and what each won and minute is for."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.doors.texts import language
from sangdan.flows import explain_promise
from sangdan.flows.picture import network_of
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.problems import Invalid
from sangdan.offer.catalogue.errors import SkuUnknown
from sangdan.offer.network.errors import PostcodeMalformed, PostcodeUnknown
from sangdan.offer.promise.errors import (
    BadQuantity,
    BasketSize,
    MixedSellers,
    NoRate,
    NoSuchPromise,
    NotForSale,
)
from sangdan.offer.promise.model import Language, spoken
from sangdan.offer.promise.model.explanation import Explanation, ServiceExplained, Teller
from sangdan.offer.promise.model.policy import policy_for
from sangdan.order.orders.errors import NoSuchOrder

from .desk import Desk
from .fields import Code
from .order_view import own_order
from .promises import BirthYear, Currency, WishedFor

Asked = Literal["pickup", "quick", "dawn", "next_day", "standard"]


class ExplanationUnclear(Invalid):
    """Neither an order nor a whole basket, or both."""

    code = "explanation-unclear"


class ExplainedQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order, explained from the facts of its day; or a basket and where it should go, explained as of now.

    service  explains only this one
    """

    order_id: UUID | None = None
    lines: list[WishedFor] | None = None
    postcode: Annotated[str, Meta(max_length=20)] | None = None
    currency: Currency = "KRW"
    birth_year: BirthYear | None = None
    shop_id: Code | None = None
    service: Asked | None = None


class ServiceExplanation(msgspec.Struct, frozen=True):
    """One service, with all of it in sentences."""

    explained: ServiceExplained
    why: list[str]


class ExplanationView(msgspec.Struct, frozen=True):
    """Every service explained."""

    at: datetime
    postcode: str
    currency: str
    services: list[ServiceExplanation]


@post(
    "/v1/promises/explanation",
    tags=["promises"],
    status_code=200,
    opt={"harmless": True},
    responses=problems(
        BasketSize, BadQuantity, MixedSellers, SkuUnknown, PostcodeMalformed, PostcodeUnknown, NotForSale, NoRate,
        NoSuchOrder, NoSuchPromise, ExplanationUnclear,
    ),
)  # fmt: skip
async def explain(
    data: JSONBody[ExplainedQuestion],
    request: Request[Seer, Any, Any],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    desk: NamedDependency[Desk],
    at: NamedDependency[datetime],
) -> ExplanationView:
    """Why a promise is as it is: each node's verdict, each part of the price and the cost, each stretch of the date."""
    if data.order_id is not None and data.lines is None:
        await own_order(conn, data.order_id, seer)
        explanation = await explain_promise.of_order(conn, data.order_id)
    elif data.order_id is None and data.lines is not None and data.postcode is not None:
        basket = Basket(
            wishes=tuple(Wish(line.sku, line.units, line.seller_id) for line in data.lines), postcode=data.postcode,
            currency=data.currency, birth_year=data.birth_year, shop_id=seer.partner_id or data.shop_id,
        )  # fmt: skip
        network, rules = await network_of(conn), policy_for(data.currency, desk.ttl_s)
        explanation = await explain_promise.of_basket(conn, network, basket, at, policy=rules, transit=desk.transit)
    else:
        raise ExplanationUnclear("Name an order, or give the lines of a basket and a postcode; not both.")
    told = [each for each in explanation.services if data.service in (None, each.rule.service)]
    return _view(explanation, told, language(request.headers.get("accept-language")))


def _view(explanation: Explanation, told: list[ServiceExplained], speech: Language) -> ExplanationView:
    teller = Teller(explanation, speech)
    services = [
        ServiceExplanation(
            each,
            [spoken(reason, speech, explanation.timezone) for reason in each.reasons] + list(teller.service(each)),
        )
        for each in told
    ]
    return ExplanationView(explanation.at, explanation.postcode, explanation.currency, services)
