"""Where the storefront asks for promises and takes them, in its own name."""

import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from litestar.di import NamedDependency
from msgspec.structs import replace

from sangdan.doors.api.desk import Quoted
from sangdan.doors.api.placing import Till
from sangdan.doors.texts import Language
from sangdan.flows import place_order
from sangdan.flows.check_out import CLIENT, Purchase, order_number, part_number, write
from sangdan.flows.picture import Shelves
from sangdan.flows.place_order import Buyer, Short, StockGone
from sangdan.flows.place_order.together import take_together
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.kit.db import Conn
from sangdan.kit.ids import derive
from sangdan.kit.problems import Problem
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.model import Inputs, decode
from sangdan.offer.promise.model.basket import wishes_of
from sangdan.offer.promise.model.inputs import PICKUP
from sangdan.order.baskets.model import Choice, Part
from sangdan.order.orders.model import Order

from ..answers import Asked, spoken
from .visitor import Visitor

CURRENCY: Final = "KRW"


class Booth:
    """The storefront at its work for one visitor.

    till      what orders are taken with
    shelves   the picture of the stock, where this machine keeps one
    shop_id   the ally whose shop it is
    language  in which reasons are told
    """

    def __init__(self, till: Till, shelves: Shelves, shop_id: str, language: Language) -> None:
        self._till = till
        self._shelves = shelves
        self._shop_id = shop_id
        self._language: Language = language

    async def ask(
        self, conn: Conn, wishes: Sequence[Wish], postcode: str, birth_year: int | None, at: datetime
    ) -> Quoted:
        """The ways to receive something now.

        raises  what `quote_promise.ask` raises
        """
        basket = Basket(
            wishes=tuple(wishes), postcode=postcode, currency=CURRENCY, birth_year=birth_year, shop_id=self._shop_id
        )
        promise_id = self._till.ids.new(at)
        return await self._till.desk.ask(conn, basket, CLIENT, promise_id, self._language, at, shelves=self._shelves)

    async def same_again(self, conn: Conn, choice: Choice, at: datetime) -> Choice | None:
        """The ways of a choice that has run out, as they hold now; None when one is not offered any more.

        raises  PromiseAltered, and what `ask` raises
        """
        fresh = [await self._same_way(conn, token, at) for token in choice.tokens]
        parts = [each for each in fresh if each is not None]
        if len(parts) < len(fresh):
            return None
        [first, *more] = parts
        return replace(choice, promise_id=first.promise_id, token=first.token, at=at, more=tuple(more))

    async def _same_way(self, conn: Conn, token: str, at: datetime) -> Part | None:
        sealed = promises.unspell(token, self._till.desk.secret)
        facts = decode(zlib.decompress(sealed.inputs))
        quoted = await self.ask(conn, wishes_of(facts.lines), facts.postcode, facts.birth_year, at)
        for each in quoted.ways:
            if (each.way.service, each.way.node_id) == (sealed.service, sealed.node_id):
                return Part(quoted.promise_id, each.token)
        return None

    def asked(self, choice: Choice) -> list[Inputs]:
        """What each way of a choice was computed from, also when it has run out.

        raises  PromiseAltered
        """
        sealed = [promises.unspell(token, self._till.desk.secret) for token in choice.tokens]
        return [decode(zlib.decompress(each.inputs)) for each in sealed]

    async def like(self, conn: Conn, bought: Sequence[Order], basket_id: UUID, at: datetime) -> Choice | None:
        """The ways that earlier orders came by, once more; None when the goods of one cannot come like that now.

        bought  an order, or those of a purchase: its recipient is that of the first that was brought
        """
        parts: list[Part] = []
        for order in bought:
            part = await self._like(conn, order, at)
            if part is None:
                return None
            parts.append(part)
        like = next((order for order in bought if order.service != PICKUP), bought[0])
        [first, *more] = parts
        return Choice(basket_id, first.promise_id, first.token, like.order_id, at, tuple(more))

    async def _like(self, conn: Conn, order: Order, at: datetime) -> Part | None:
        facts = await promises.taken_on(conn, order.order_id)
        given = await promises.given(conn, order.order_id)
        node_id = None if given is None else given.node_id
        try:
            quoted = await self.ask(conn, wishes_of(facts.lines), order.postcode, facts.birth_year, at)
        except Problem:
            return None  # the page that shows the ways says why
        for each in quoted.ways:
            if (each.way.service, each.way.node_id) == (order.service, node_id):
                return Part(quoted.promise_id, each.token)
        return None

    def opened(self, choice: Choice, at: datetime) -> list[Opened]:
        """The way of a choice, or its ways.

        raises  PromiseAltered, PromiseExpired, PromiseOutdated
        """
        return [promises.open_(token, CLIENT, at, self._till.desk.secret) for token in choice.tokens]

    async def take(self, ways: Sequence[Opened], purchase: Purchase, at: datetime) -> list[list[Short]]:
        """Place an order for each way, all or none, and write what belongs to them.

        gives   for each what stood in its way; when there is anything, nothing was written or charged
        raises  CounterFull, PersonUnfit, WasErased
        """
        till, buyer = self._till, Buyer(CLIENT, self._shop_id, purchase.shopper_id)
        number = order_number(order_of(ways[0].promise_id), at)
        parts = [
            replace(
                place_order.opened(each, buyer, till.terms, order_of(each.promise_id), at),
                order_ref=part_number(number, part),
            )
            for part, each in enumerate(ways, start=1)
        ]
        also = partial(_also, till, purchase, at)
        if len(parts) == 1:
            return [await till.counter.place(parts[0], also)]
        return await take_together(till.pool, till.clock, parts, also)

    async def refused(self, opened: Opened, short: list[Short], at: datetime) -> Problem:
        """What to tell whoever came too late, with what they could have instead."""
        buyer = Buyer(CLIENT, self._shop_id, "-")
        taken = place_order.opened(opened, buyer, self._till.terms, order_of(opened.promise_id), at)
        problem = place_order.refusal(taken, short)
        if isinstance(problem, StockGone):
            gone = {each["sku"] for each in short if "sku" in each}
            async with self._till.pool.transaction() as conn:
                problem.facts.update(
                    await self._till.desk.instead(
                        conn, opened.facts, gone, CLIENT, self._till.ids.new(at), self._language, at
                    )
                )
        return problem


def order_of(promise_id: UUID) -> UUID:
    """The order that a promise becomes: always the same one, so that it is bought once."""
    return derive(promise_id, "order")


def booth(
    request: Asked,
    visitor: NamedDependency[Visitor],
    till: NamedDependency[Till],
    shelves: NamedDependency[Shelves],
) -> Booth:
    """The booth of this visitor."""
    return Booth(till, shelves, visitor.shop_id, spoken(request))


async def _also(till: Till, purchase: Purchase, at: datetime, conn: Conn) -> None:
    await write(conn, till.vault, purchase, at, till.ids)
