"""A promise explained: every node that was considered, and what each won and minute is for."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Final, Literal
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
from sangdan.kit.problems import Invalid, Unavailable
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
from sangdan.offer.promise.model.explanation import Explanation, ServiceExplained, Teller, for_ally
from sangdan.offer.promise.model.policy import policy_for
from sangdan.order.orders.errors import NoSuchOrder

from .desk import Desk
from .fields import Code
from .order_view import own_order
from .promises import BirthYear, Currency, WishedFor

Asked = Literal["pickup", "quick", "dawn", "next_day", "standard"]
AT_ONCE: Final = 2


class ExplanationUnclear(Invalid):
    """Neither an order nor a whole basket, or both."""

    code = "explanation-unclear"


class ExplanationsBusy(Unavailable):
    """As many explanations are under way as the server gives at a time."""

    code = "explanations-busy"


class Explainers:
    """Who explains: a few at a time, one for each client, for each takes seconds of arithmetic from all others."""

    def __init__(self) -> None:
        self._asking: set[str] = set()

    @contextmanager
    def one(self, client_id: str) -> Generator[None]:
        """Take one for as long as it takes.

        raises  ExplanationsBusy
        """
        if client_id in self._asking or len(self._asking) >= AT_ONCE:
            raise ExplanationsBusy("Explanations are under way, yours or others'; ask again in a moment.")
        self._asking.add(client_id)
        try:
            yield
        finally:
            self._asking.remove(client_id)


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
        NoSuchOrder, NoSuchPromise, ExplanationUnclear, ExplanationsBusy,
    ),
)  # fmt: skip
async def explain(
    data: JSONBody[ExplainedQuestion],
    request: Request[Seer, Any, Any],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    desk: NamedDependency[Desk],
    explainers: NamedDependency[Explainers],
    at: NamedDependency[datetime],
) -> ExplanationView:
    """Why a promise is as it is: each node's verdict, each part of the price and the cost, each stretch of the date.

    A shop is told the reasons, without what other allies hold, have to do or are paid; the tower is told all.
    """
    with explainers.one(seer.client_id):
        explanation = await _explanation(data, conn, seer, desk, at)
    told = explanation if seer.seen_by is None else for_ally(explanation)
    return _view(told, data.service, language(request.headers.get("accept-language")))


async def _explanation(data: ExplainedQuestion, conn: Conn, seer: Seer, desk: Desk, at: datetime) -> Explanation:
    if data.order_id is not None and data.lines is None:
        await own_order(conn, data.order_id, seer)
        return await explain_promise.of_order(conn, data.order_id)
    if data.order_id is None and data.lines is not None and data.postcode is not None:
        basket = Basket(
            wishes=tuple(Wish(line.sku, line.units, line.seller_id) for line in data.lines), postcode=data.postcode,
            currency=data.currency, birth_year=data.birth_year, shop_id=seer.partner_id or data.shop_id,
        )  # fmt: skip
        network, rules = await network_of(conn), policy_for(data.currency, desk.ttl_s)
        return await explain_promise.of_basket(conn, network, basket, at, policy=rules, transit=desk.transit)
    raise ExplanationUnclear("Name an order, or give the lines of a basket and a postcode; not both.")


def _view(explanation: Explanation, service: Asked | None, speech: Language) -> ExplanationView:
    told = [each for each in explanation.services if service in (None, each.rule.service)]
    teller = Teller(explanation, speech)
    services = [
        ServiceExplanation(
            each,
            [spoken(reason, speech, explanation.timezone) for reason in each.reasons] + list(teller.service(each)),
        )
        for each in told
    ]
    return ExplanationView(explanation.at, explanation.postcode, explanation.currency, services)
