"""Taking several promises of one basket at once: each becomes an order, all are placed and paid together, or none."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
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
from sangdan.flows.place_order import Buyer, PromiseTaken, SourceClosed, StockGone, Taken
from sangdan.flows.place_order.queue import lock_queues
from sangdan.flows.place_order.together import PartsApart, PartsUnfit, check_parts, take_together
from sangdan.kit import requests
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.ids import derive
from sangdan.kit.requests import Answer
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.errors import PromiseAltered, PromiseExpired, PromiseForeign, PromiseOutdated
from sangdan.offer.promise.model.basket import MOST_LINES
from sangdan.order.baskets.errors import NoSuchHold
from sangdan.order.orders.errors import OrderRefTaken
from sangdan.order.orders.model import MOST_PARTS
from sangdan.order.shoppers.errors import PersonUnfit, WasErased
from sangdan.order.shoppers.model import Recipient

from .fields import ORDER_REF, ORDER_REF_MAX, Code
from .order_view import Placed, Sums, placed
from .placing import CREATED, MEDIA_TYPE, Till, TokenOrHold, name_recipient, refused, replayed
from .promises import WishedFor
from .transactions import key_and_hash

# Room for "-8" behind the number of the first.
REF_MAX: Final = ORDER_REF_MAX - len("-8")


class NewPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the ways.

    token    as it was handed out to this very client
    hold_id  instead of a token: a way that was held for this shopper (POST /v1/holds)
    """

    token: Annotated[str, Meta(min_length=1, max_length=1_000_000)] | None = None
    hold_id: UUID | None = None


class NewPurchase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who takes which promises for which basket.

    parts      the ways; what each brings was said when it was asked for
    lines      the whole basket: together the ways bring each SKU of it once
    order_ref  the number of the first order; the others have it with -2, -3, ...
    recipient  to whom all of it goes; kept sealed, and never repeated in an answer
    """

    parts: Annotated[list[NewPart], Meta(min_length=2, max_length=MOST_PARTS)]
    lines: Annotated[list[WishedFor], Meta(min_length=1, max_length=MOST_LINES)]
    shopper_id: Code
    order_ref: Annotated[str, Meta(pattern=ORDER_REF, max_length=REF_MAX)] | None = None
    recipient: Recipient | None = None


class Purchased(msgspec.Struct, frozen=True):
    """Orders that were just placed together. None goes to a floor before the money of all is held.

    sums    of all of them
    orders  in the sequence of the parts; each is followed, cancelled and confirmed by itself
    """

    currency: str
    sums: Sums
    orders: list[Placed]


class _Answered(Exception):
    """The same request was answered before."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


# Its transaction begins with its key, and starts again as a whole when it lost a race.
@post(
    "/v1/purchases",
    tags=["orders"],
    operation_id="orders_purchase",
    opt={"own_transactions": True, "keyed": True},
    responses={
        CREATED: ResponseSpec(Purchased, description="Placed together, durably."),
        **problems(
            PromiseAltered, PromiseForeign, PromiseExpired, PromiseOutdated, PromiseTaken, StockGone, SourceClosed,
            OrderRefTaken, PersonUnfit, WasErased, TokenOrHold, NoSuchHold, PartsUnfit, PartsApart,
        ),
    },
)  # fmt: skip
async def purchase(
    data: JSONBody[NewPurchase], request: Request[Seer, Any, State], till: NamedDependency[Till]
) -> Response[Any]:
    """Take several promises of one basket: an order for each, all of them placed in one step, or none.

    Whatever stands in the way of one (`stock-gone`, `source-closed`) is told with `args.part`, counted from 0, and with
    fresh ways for that part alone. When one of the payments is declined, all orders end and nothing is charged.
    """
    seer, at = request.user, till.clock.now()
    assert seer.partner_id is not None, "a shop acts for an ally"
    if any((part.token is None) == (part.hold_id is None) for part in data.parts):
        raise TokenOrHold("Send with each part the token of a promise, or the hold_id of a way that is held for you.")
    key, body_hash = await key_and_hash(request)
    buyer = Buyer(seer.client_id, seer.partner_id, data.shopper_id)
    desk = _Desk(till, data, buyer, key, body_hash, at)
    try:
        async with till.pool.transaction() as conn:
            await desk.twin(conn)
            parts = await desk.opened(conn)
        told = await take_together(till.pool, till.clock, parts, desk.write, desk.begin)
    except _Answered as before:
        return replayed(before.answer)
    for number, (part, short) in enumerate(zip(parts, told, strict=True)):
        if short:
            problem = await refused(till, part, short, language(request.headers.get("accept-language")), at)
            problem.facts["part"] = number
            raise problem
    return Response(desk.answer, status_code=CREATED, media_type=MEDIA_TYPE)


class _Desk:
    """What one request does inside the transactions."""

    def __init__(self, till: Till, data: NewPurchase, buyer: Buyer, key: str, body_hash: bytes, at: datetime) -> None:
        self._till = till
        self._data = data
        self._buyer = buyer
        self._key = key
        self._hash = body_hash
        self._at = at
        self._parts: list[Taken] = []
        self.answer = b""

    async def twin(self, conn: Conn) -> None:
        """Whoever was told yes is told so again, also when a promise has run out meanwhile.

        raises  _Answered
        """
        known = await requests.answered(conn, self._buyer.client_id, self._key, self._hash)
        if known is not None:
            raise _Answered(known)

    async def opened(self, conn: Conn) -> list[Taken]:
        """The promises as this buyer takes them.

        raises  PartsUnfit, PartsApart, NoSuchHold, and what `promises.open_` raises
        """
        client_id, secret = self._buyer.client_id, self._till.desk.secret
        opened: list[Opened] = []
        for part in self._data.parts:
            token = part.token
            if part.hold_id is not None:
                token = await hold_way.token_of(conn, part.hold_id, client_id, self._at)
            opened.append(promises.open_(token or "", client_id, self._at, secret))
        wanted = Counter[str]()
        for line in self._data.lines:
            wanted[line.sku] += line.units
        check_parts(opened, wanted)
        self._parts = [self._taken(each, number) for number, each in enumerate(opened, start=1)]
        sums = [each.way.price for each in opened]
        total = Sums(
            sum(each.goods_minor for each in sums), sum(each.delivery_minor for each in sums),
            sum(each.total_minor for each in sums), 0,
        )  # fmt: skip
        orders = [placed(part, self._at, part.order_ref) for part in self._parts]
        self.answer = msgspec.json.encode(Purchased(opened[0].way.currency, total, orders))
        return self._parts

    def _taken(self, promise: Opened, number: int) -> Taken:
        order_id, order_ref = derive(promise.promise_id, "order"), self._data.order_ref
        taken = place_order.opened(promise, self._buyer, self._till.terms, order_id, self._at)
        if order_ref is None:
            return taken
        return replace(taken, order_ref=order_ref if number == 1 else f"{order_ref}-{number}")

    async def begin(self, conn: Conn) -> None:
        """Claim the key, then let go what was held, for the orders that are placed in the same transaction.

        raises  _Answered, NoSuchHold
        """
        known = await requests.claim(conn, self._buyer.client_id, self._key, self._hash, self._at)
        if known is not None:
            raise _Answered(known)
        held = [part.hold_id for part in self._data.parts if part.hold_id is not None]
        if held:
            # Turns before shelves, as everybody who places takes them.
            await lock_queues(conn, _stores(self._parts), self._at)
            for hold_id in held:
                await hold_way.end(conn, hold_id, self._buyer.client_id, self._at)

    async def write(self, conn: Conn) -> None:
        """To whom they go, and the answer for whoever sends this again."""
        if self._data.recipient is not None:
            for part in self._parts:
                await name_recipient(self._till, self._data.recipient, part, self._at, conn)
        await requests.remember(conn, self._buyer.client_id, self._key, Answer(CREATED, self.answer))


def _stores(parts: Sequence[Taken]) -> set[str]:
    return {store for part in parts for store in part.promise.slip.queues}
