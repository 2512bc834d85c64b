"""Orders that a shop took elsewhere are promised and placed, one at a time, as if it had asked just now.

An order's id is made from the shop and the shop's own number, so that a second run finds what the first one placed.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec
import polars as pl

from sangdan.kit.bulk import LINE
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, run
from sangdan.kit.ids import derive, named
from sangdan.kit.problems import Conflict, Problem, Unavailable
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.errors import NoWay
from sangdan.offer.promise.model import Quote, Way, quote, spoken
from sangdan.offer.promise.model.basket import merged, wishes_of
from sangdan.offer.promise.model.inputs import PICKUP
from sangdan.order.orders import commands as orders
from sangdan.order.orders import queries as order_rows
from sangdan.order.orders.model import Order

from .admit_client import check_shop
from .import_rows import ORDERS, Report, Sink, Told, Transactions
from .import_rows.check import numbered, rejects
from .import_rows.drafts import Draft, Gathered, gather
from .picture import network_of
from .place_order import Buyer, StockGone, Terms, take_opened
from .quote_promise import Basket
from .quote_promise import gather as inputs_of

# How often an order is promised anew when somebody else was faster.
TRIES: Final = 3

ALONE: Final[LiteralString] = """
    -- Two imports of one order do not see each other's: the second waits here until the first is done.
    SELECT pg_advisory_xact_lock(hashtextextended(%(order_id)s, 0)) AS held
"""


class OrderDiffers(Conflict):
    """The shop's number stands for an order with other content."""

    code = "import-order-differs"


class Source(msgspec.Struct, frozen=True):
    """Where orders come from: the ally whose shop took them, and the client they are kept under."""

    shop_id: str
    client_id: str
    terms: Terms


class Counted(msgspec.Struct, frozen=True):
    """Orders whose rows could be read: placed now, placed before with the same content, refused."""

    placed: int
    unchanged: int
    refused: int


class OrdersReport(Report, frozen=True, kw_only=True):
    """What became of the rows, and of the orders that they are. loaded: rows of orders that were placed."""

    orders: Counted


async def load(
    pool: Transactions,
    frame: pl.DataFrame,
    source: Source,
    clock: Clock,
    *,
    sink: Sink | None = None,
    told: Told | None = None,
) -> OrdersReport:
    """Promise and place the orders of a frame, each in a transaction of its own.

    frame   the columns of `ORDERS`, as text or typed
    sink    given rejects as they turn up
    told    called with (rows handled, rows in all) after every order
    gives   what became of them; a refused order's rows are rejects with the reason
    raises  PartnerUnknown, ShopCollectsNothing, HeaderWrong: nothing was placed
    """
    async with pool.transaction() as conn:
        await check_shop(conn, source.shop_id)
    frame = numbered(frame)
    tally = _Tally(frame, gather(frame), sink)
    for draft in tally.gathered.drafts:
        try:
            async with pool.transaction() as conn:
                placed = await place(conn, draft, source, clock.now())
        except Unavailable:
            raise  # says nothing of the order
        except Problem as problem:
            tally.refuse(draft, problem)
        else:
            tally.accept(draft, placed=placed)
        if told is not None:
            told(tally.handled, frame.height)
    return tally.report()


async def place(conn: Conn, draft: Draft, source: Source, at: datetime) -> bool:
    """Promise and place one order.

    gives   False when it was placed before
    raises  OrderDiffers, OrderRefTaken, NoWay, StockGone, and what `quote_promise.gather` raises: nothing is written
    """
    order_id = named("order", source.shop_id, draft.order_ref)
    await run(conn, ALONE, order_id=str(order_id))
    known = await order_rows.order(conn, order_id)
    if known is not None:
        await _check_same(conn, known, draft)
        if known.order_ref is None:  # placed by a version that did not keep the number
            await orders.refer(conn, order_id, draft.order_ref)
        return False
    buyer = Buyer(source.client_id, source.shop_id, draft.shopper_id)
    for left in reversed(range(TRIES)):
        promise = await _promise(conn, draft, source.shop_id, order_id, at)
        try:
            await take_opened(conn, promise, buyer, source.terms, order_id, at)
        except StockGone:
            if not left:
                raise
        else:
            break
    await orders.refer(conn, order_id, draft.order_ref)
    return True


async def _promise(conn: Conn, draft: Draft, shop_id: str, order_id: UUID, at: datetime) -> Opened:
    """The way that the order will come."""
    birth_year = draft.birth_year
    if birth_year is None:
        birth_year = await orders.birth_year(conn, draft.shopper_id)
    basket = msgspec.structs.replace(_basket(draft, birth_year), shop_id=shop_id)
    inputs = await inputs_of(conn, await network_of(conn), basket, at)
    answer = quote(inputs)
    way = choose(answer, draft.service)
    if way is None:
        raise _no_way(answer, draft, inputs.policy.timezone)
    return promises.unsealed(way, inputs, derive(order_id, "promise"))


def choose(answer: Quote, service: str | None) -> Way | None:
    """The cheapest way, the soonest of equals.

    service  the wished one, None for any delivery
    """
    ways = [way for way in answer.ways if _does(service, way.service)]
    return min(ways, key=lambda way: (way.price.total_minor, way.promised_at, way.service), default=None)


def _no_way(answer: Quote, draft: Draft, timezone: str) -> NoWay:
    """Why not, for each service that would have done."""
    reasons = [
        f"{each.service}: {' '.join(spoken(reason, 'en', timezone) for reason in each.reasons)}"
        for each in answer.not_offered
        if _does(draft.service, each.service)
    ]
    wished = f" by {draft.service}" if draft.service else ""
    why = " ".join(reasons) or f"It is not offered in {draft.currency}."
    others = ", ".join(sorted({way.service for way in answer.ways}))
    instead = f" It could come by {others}." if others else ""
    return NoWay(f"No way leads to {draft.postcode}{wished} now. {why}{instead}", postcode=draft.postcode)


def _does(wished: str | None, service: str) -> bool:
    """Whether a service is what was wished for; nobody is sent to a store unasked."""
    return service != PICKUP if wished is None else service == wished


def _basket(draft: Draft, birth_year: int | None) -> Basket:
    return Basket(wishes=draft.wishes, postcode=draft.postcode, currency=draft.currency, birth_year=birth_year)


async def _check_same(conn: Conn, known: Order, draft: Draft) -> None:
    """What a draft leaves open (service, birth year) is no difference.

    raises  OrderDiffers
    """
    facts = await promises.taken_on(conn, known.order_id)
    wished = {(wish.sku, wish.seller_id): wish.units for wish in merged(_basket(draft, draft.birth_year))}
    taken = {
        (wish.sku, None if (wish.sku, None) in wished else wish.seller_id): wish.units
        for wish in wishes_of(facts.lines)
    }
    differ = [
        name
        for name, same in (
            ("lines", wished == taken),
            ("shopper_id", draft.shopper_id == known.shopper_id),
            ("postcode", draft.postcode == facts.postcode),
            ("currency", draft.currency == facts.currency),
            ("service", draft.service in (None, known.service)),
            ("birth_year", draft.birth_year in (None, facts.birth_year)),
        )
        if not same
    ]
    if differ:
        raise OrderDiffers(
            f"order_ref {draft.order_ref!r} was imported before with other {', '.join(differ)}; it is order "
            f"{known.order_id}. Change that order, or give this one a number of its own.",
            order_ref=draft.order_ref, order_id=str(known.order_id), differ=differ,
        )  # fmt: skip


class _Tally:
    """What became of the orders so far."""

    def __init__(self, frame: pl.DataFrame, gathered: Gathered, sink: Sink | None) -> None:
        self.gathered = gathered
        self._frame, self._sink = frame, sink
        self._rejects = [gathered.rejects]
        self._reasons = dict(gathered.reasons)
        self._rows = {True: 0, False: 0}
        self._orders = {True: 0, False: 0}
        self._refused = 0
        self._give(gathered.rejects, more=False)

    @property
    def handled(self) -> int:
        """Rows that are decided."""
        return sum(self._rows.values()) + sum(each.height for each in self._rejects)

    def accept(self, draft: Draft, *, placed: bool) -> None:
        """An order stands, since now or from before."""
        self._rows[placed] += len(draft.rows)
        self._orders[placed] += 1

    def refuse(self, draft: Draft, problem: Problem) -> None:
        """An order cannot be: its rows go to the rejects."""
        rejected = rejects(self._frame, _faults(draft.rows, problem))
        self._give(rejected, more=any(each.height for each in self._rejects))
        self._rejects.append(rejected)
        self._reasons[problem.code] = self._reasons.get(problem.code, 0) + len(draft.rows)
        self._refused += 1

    def report(self) -> OrdersReport:
        """All of it."""
        rejected = pl.concat(self._rejects, how="vertical").sort(LINE)
        return OrdersReport(
            kind=ORDERS.name, rows=self._frame.height, loaded=self._rows[True], unchanged=self._rows[False],
            rejected=rejected.height, resumed=0, reasons=self._reasons, rejects=rejected,
            orders=Counted(self._orders[True], self._orders[False], self._refused),
        )  # fmt: skip

    def _give(self, rejected: pl.DataFrame, *, more: bool) -> None:
        if rejected.height and self._sink is not None:
            self._sink(rejected, more=more)


def _faults(rows: Iterable[int], problem: Problem) -> pl.DataFrame:
    """The same sentence for each row, as `check.rejects` takes them."""
    schema = {LINE: pl.Int64, problem.code: pl.String}
    return pl.DataFrame([(line, problem.detail) for line in rows], schema=schema, orient="row")
