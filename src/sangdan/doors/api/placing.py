"""Taking a promise: the one route whose requests share a transaction."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.doors.texts import language
from sangdan.flows import place_order
from sangdan.flows.place_order import Buyer, Claim, PromiseTaken, Short, SourceClosed, StockGone, Taken, Terms
from sangdan.flows.place_order.counter import Counter, CounterFull
from sangdan.kit import requests
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids, derive
from sangdan.kit.problems import Problem
from sangdan.kit.requests import Answer
from sangdan.kit.vault import Vault
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.errors import PromiseAltered, PromiseExpired, PromiseForeign, PromiseOutdated
from sangdan.order.orders.errors import OrderRefTaken
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import PersonUnfit, WasErased
from sangdan.order.shoppers.model import Recipient

from .desk import Desk
from .fields import Code, OrderRef
from .order_view import Placed, placed
from .transactions import key_and_hash

CREATED: Final = 201


class NewOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who takes which promise.

    token      as it was handed out to this very client
    order_ref  the number under which the shop knows the order; no other order of this client may have it
    recipient  to whom it goes; kept sealed, and never repeated in an answer
    """

    token: Annotated[str, Meta(min_length=1, max_length=1_000_000)]
    shopper_id: Code
    order_ref: OrderRef | None = None
    recipient: Recipient | None = None


# Orders that come at the same time share a transaction, and with it their retry keys.
@post(
    "/v1/orders",
    tags=["orders"],
    operation_id="orders_place",
    opt={"own_transactions": True, "keyed": True},
    responses={
        CREATED: ResponseSpec(Placed, description="Placed, durably."),
        **problems(
            PromiseAltered, PromiseForeign, PromiseExpired, PromiseOutdated, PromiseTaken, StockGone, SourceClosed,
            OrderRefTaken, PersonUnfit, WasErased, CounterFull,
        ),
    },
)  # fmt: skip
async def place(
    data: JSONBody[NewOrder],
    request: Request[Seer, Any, State],
    pool: NamedDependency[Pool],
    seer: NamedDependency[Seer],
    counter: NamedDependency[Counter],
    desk: NamedDependency[Desk],
    terms: NamedDependency[Terms],
    vault: NamedDependency[Vault],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
) -> Response[Any]:
    """Take a promise: stock, capacity, order and payment intent in one step, or nothing.

    When goods or hour went in between (`stock-gone`), or a place went out of service (`source-closed`), the problem
    carries fresh ways in `args.alternatives`, and in `args.similar` other SKUs of the products that are gone.
    """
    assert seer.partner_id is not None, "a shop acts for an ally"
    key, body_hash = await key_and_hash(request)
    buyer = Buyer(seer.client_id, seer.partner_id, data.shopper_id)

    async def twin() -> Answer | None:
        async with pool.transaction() as conn:
            return await requests.answered(conn, seer.client_id, key, body_hash)

    try:
        promise = promises.open_(data.token, seer.client_id, at, desk.secret)
    except Problem:
        # Whoever was told yes is told so again, also when the promise has run out meanwhile.
        known = await twin()
        if known is None:
            raise
        return _replayed(known)
    order_id = derive(promise.promise_id, "order")
    taken = place_order.opened(promise, buyer, terms, order_id, at)
    answer = msgspec.json.encode(placed(taken, at, data.order_ref))
    claim = Claim(seer.client_id, key, body_hash, CREATED, answer)
    taken = msgspec.structs.replace(taken, order_ref=data.order_ref, claim=claim)

    async def name(conn: Conn) -> None:
        assert data.recipient is not None
        await shoppers.put_recipient(
            conn, vault, order_id, buyer.shop_id, buyer.shopper_id, data.recipient, buyer.client_id, at, ids
        )

    short = await counter.place(taken, None if data.recipient is None else name)
    if any(each["what"] == "twin" for each in short):
        known = await twin()
        assert known is not None, "a twin has its answer"
        return _replayed(known)
    if short:
        spoken = language(request.headers.get("accept-language"))
        raise await _refused(pool, desk, taken, short, spoken, ids, at)
    return Response(answer, status_code=CREATED, media_type="application/json")


async def _refused(
    pool: Pool, desk: Desk, taken: Taken, short: list[Short], spoken: Any, ids: Ids, at: datetime
) -> Problem:
    """What to tell whoever could not have their order, with what they could have instead."""
    problem = place_order.refusal(taken, short)
    if isinstance(problem, StockGone):
        gone = {each["sku"] for each in short if "sku" in each}
        async with pool.transaction() as conn:
            instead = await desk.instead(
                conn, taken.promise.facts, gone, taken.buyer.client_id, ids.new(at), spoken, at
            )
        problem.facts.update(instead)
    return problem


def _replayed(known: Answer) -> Response[Any]:
    return Response(
        known.answer, status_code=known.status, media_type="application/json", headers={"idempotent-replayed": "true"}
    )
