"""Taking a promise: the one route whose requests share a transaction."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from msgspec import Meta
from msgspec.structs import replace

from sangdan.doors.problems import problems
from sangdan.doors.texts import language
from sangdan.flows import hold_way, place_order
from sangdan.flows.place_order import Buyer, Claim, PromiseTaken, Short, SourceClosed, StockGone, Taken, Terms
from sangdan.flows.place_order.counter import Counter, CounterFull
from sangdan.flows.place_order.queue import lock_queues
from sangdan.kit import requests
from sangdan.kit.access import Seer
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids, derive
from sangdan.kit.problems import Invalid, Problem
from sangdan.kit.requests import Answer
from sangdan.kit.vault import Vault
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.errors import PromiseAltered, PromiseExpired, PromiseForeign, PromiseOutdated
from sangdan.offer.promise.model import Language
from sangdan.order.baskets.errors import NoSuchHold
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import OrderRefTaken
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import PersonUnfit, WasErased
from sangdan.order.shoppers.model import Recipient

from .desk import Desk
from .fields import Code, OrderRef
from .order_view import Placed, placed
from .transactions import key_and_hash

CREATED: Final = 201
MEDIA_TYPE: Final = "application/json"


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who takes which promise.

    token      as it was handed out to this very client
    hold_id    instead of a token: the way that was held for this shopper (POST /v1/holds)
    order_ref  the number under which the shop knows the order; no other order of this client may have it
    recipient  to whom it goes; kept sealed, and never repeated in an answer
    """

    token: Annotated[str, Meta(min_length=1, max_length=1_000_000)] | None = None
    shopper_id: Code
    order_ref: OrderRef | None = None
    recipient: Recipient | None = None
    hold_id: UUID | None = None


class TokenOrHold(Invalid):
    """An order takes a promise, or a way that is held: one of them, not both."""

    code = "token-or-hold"


class Till(msgspec.Struct, frozen=True):
    """What orders are taken with, in one piece: the framework looks each dependency of a route up at a price."""

    pool: Pool
    counter: Counter
    desk: Desk
    terms: Terms
    vault: Vault
    clock: Clock
    ids: Ids


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
            OrderRefTaken, PersonUnfit, WasErased, CounterFull, TokenOrHold, NoSuchHold,
        ),
    },
)  # fmt: skip
async def place(
    data: JSONBody[NewOrder],
    request: Request[Seer, Any, State],
    till: NamedDependency[Till],
) -> Response[Any]:
    """Take a promise: stock, capacity, order and payment intent in one step, or nothing.

    When goods or hour went in between (`stock-gone`), or a place went out of service (`source-closed`), the problem
    carries fresh ways in `args.alternatives`, and in `args.similar` other SKUs of the products that are gone.
    """
    seer, at = request.user, till.clock.now()
    assert seer.partner_id is not None, "a shop acts for an ally"
    if (data.token is None) == (data.hold_id is None):
        raise TokenOrHold("Send the token of a promise, or the hold_id of a way that is held for you: one of them.")
    key, body_hash = await key_and_hash(request)
    buyer = Buyer(seer.client_id, seer.partner_id, data.shopper_id)
    try:
        if data.hold_id is not None:
            return await _by_hold(till, data, data.hold_id, buyer, key, body_hash, at)
        promise = promises.open_(data.token or "", seer.client_id, at, till.desk.secret)
    except Problem:
        # Whoever was told yes is told so again, also when the promise has run out meanwhile.
        known = await _twin(till, seer.client_id, key, body_hash)
        if known is None:
            raise
        return replayed(known)
    order_id = derive(promise.promise_id, "order")
    taken = place_order.opened(promise, buyer, till.terms, order_id, at)
    answer = msgspec.json.encode(placed(taken, at, data.order_ref))
    claim = Claim(seer.client_id, key, body_hash, CREATED, answer)
    taken = replace(taken, order_ref=data.order_ref, claim=claim)
    named = None if data.recipient is None else partial(name_recipient, till, data.recipient, taken, at)
    short = await till.counter.place(taken, named)
    if any(each["what"] == "twin" for each in short):
        known = await _twin(till, seer.client_id, key, body_hash)
        assert known is not None, "a twin has its answer"
        return replayed(known)
    if short:
        spoken = language(request.headers.get("accept-language"))
        raise await refused(till, taken, short, spoken, at)
    return Response(answer, status_code=CREATED, media_type=MEDIA_TYPE)


async def _by_hold(
    till: Till, data: NewOrder, hold_id: UUID, buyer: Buyer, key: str, body_hash: bytes, at: datetime
) -> Response[Any]:
    """What was held is let go and taken in one transaction, so that nobody comes in between."""
    async with till.pool.transaction() as conn:
        known = await requests.claim(conn, buyer.client_id, key, body_hash, at)
        if known is not None:
            return replayed(known)
        token = await hold_way.token_of(conn, hold_id, buyer.client_id, at)
        promise = promises.open_(token, buyer.client_id, at, till.desk.secret)
        # Turns before shelves, as everybody who places takes them.
        await lock_queues(conn, promise.slip.queues, at)
        await hold_way.end(conn, hold_id, buyer.client_id, at)
        order_id = derive(promise.promise_id, "order")
        taken = await place_order.take_opened(conn, promise, buyer, till.terms, order_id, at)
        if data.order_ref is not None:
            await orders.refer(conn, taken.order_id, data.order_ref)
        if data.recipient is not None:
            await name_recipient(till, data.recipient, taken, at, conn)
        answer = msgspec.json.encode(placed(taken, at, data.order_ref))
        await requests.remember(conn, buyer.client_id, key, Answer(CREATED, answer))
    return Response(answer, status_code=CREATED, media_type=MEDIA_TYPE)


async def name_recipient(till: Till, recipient: Recipient, taken: Taken, at: datetime, conn: Conn) -> None:
    """Write to whom an order goes."""
    buyer = taken.buyer
    await shoppers.put_recipient(
        conn, till.vault, taken.order_id, buyer.shop_id, buyer.shopper_id, recipient, buyer.client_id, at, till.ids
    )


async def _twin(till: Till, client_id: str, key: str, body_hash: bytes) -> Answer | None:
    async with till.pool.transaction() as conn:
        return await requests.answered(conn, client_id, key, body_hash)


async def refused(till: Till, taken: Taken, short: list[Short], spoken: Language, at: datetime) -> Problem:
    """What to tell whoever could not have their order, with what they could have instead."""
    problem = place_order.refusal(taken, short)
    if isinstance(problem, StockGone):
        gone = {each["sku"] for each in short if "sku" in each}
        client_id, promise_id = taken.buyer.client_id, till.ids.new(at)
        async with till.pool.transaction() as conn:
            problem.facts.update(
                await till.desk.instead(conn, taken.promise.facts, gone, client_id, promise_id, spoken, at)
            )
    return problem


def replayed(known: Answer) -> Response[Any]:
    """What was answered before, once more."""
    return Response(
        known.answer, status_code=known.status, media_type=MEDIA_TYPE, headers={"idempotent-replayed": "true"}
    )
