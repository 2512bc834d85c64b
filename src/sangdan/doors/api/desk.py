"""Where promises are made: the ways to receive a basket, each with the token that takes it and its reasons in words."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sangdan.flows import quote_promise
from sangdan.flows.learn_transit import Shelf
from sangdan.flows.picture import Shelves, network_of
from sangdan.flows.quote_promise import Basket, Transit, Wish
from sangdan.flows.similar_goods import similar_goods
from sangdan.kit.db import Conn
from sangdan.kit.problems import Problem
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.errors import NotForSale, NoWay
from sangdan.offer.promise.model import Inputs, Language, Reason, Way, spoken
from sangdan.offer.promise.model.basket import wishes_of
from sangdan.offer.promise.model.policy import policy_for
from sangdan.offer.promise.model.slip import slip_of
from sangdan.offer.promise.ports import AS_CONFIGURED

# So many other SKUs of a product are looked at for a shopper who came too late.
SIMILAR: Final = 2


class WayView(msgspec.Struct, frozen=True):
    """One way to receive the basket.

    token  takes it, with POST /v1/orders, until way.expires_at
    why    its reasons as sentences, in the asker's language
    """

    token: str
    why: list[str]
    way: Way


class SimilarView(msgspec.Struct, frozen=True):
    """Another SKU of the same product, and the soonest way to receive the basket with it."""

    sku: str
    instead_of: str
    name_ko: str
    name_en: str
    way: WayView


class NotOfferedView(msgspec.Struct, frozen=True):
    """A service that cannot be promised, and why not."""

    service: str
    why: list[str]
    reasons: list[Reason]


class Quoted(msgspec.Struct, frozen=True):
    """The ways to receive a basket, soonest first; those not offered with their reasons."""

    promise_id: UUID
    at: datetime
    ways: list[WayView]
    not_offered: list[NotOfferedView]


class Desk:
    """What promises are made with.

    secret   the alliance's key that signs them, 32 bytes or more
    ttl_s    how long a way stands at most, >= 1
    thinking_s  how long an order waits for second thoughts, >= 0
    learned  where the latest of what was learned of transit times is kept; None: the lanes are believed
    transit  knows how long parcels take: what the last question was answered from
    """

    def __init__(self, secret: bytes, ttl_s: int, learned: Shelf | None = None, thinking_s: int = 300) -> None:
        self.secret = secret
        self.ttl_s = ttl_s
        self.transit: Transit = AS_CONFIGURED
        self._learned = learned
        self._thinking_s = thinking_s

    async def ask(
        self,
        conn: Conn,
        basket: Basket,
        client_id: str,
        promise_id: UUID,
        language: Language,
        at: datetime,
        *,
        shelves: Shelves | None = None,
    ) -> Quoted:
        """The ways to receive a basket now.

        client_id  who may take them
        shelves    the picture of the stock to quote from, which may be a second old; None: the database
        raises     what `quote_promise.ask` raises
        """
        policy = policy_for(basket.currency, self.ttl_s)
        network = await network_of(conn)
        if self._learned is not None:
            self.transit = await self._learned.transit(conn, at)
        inputs, quote = await quote_promise.ask(
            conn, network, basket, at, policy=policy, transit=self.transit, shelves=shelves
        )
        packed = promises.pack(inputs)

        def why(reasons: Sequence[Reason]) -> list[str]:
            return [spoken(reason, language, policy.timezone) for reason in reasons]

        def token(way: Way) -> str:
            slip = slip_of(inputs, way, int(way.expires_at.timestamp()) + self._thinking_s)
            return promises.seal(way, packed, promise_id, client_id, self.secret, slip)

        ways = [WayView(token(way), why(way.reasons), way) for way in quote.ways]
        missing = [NotOfferedView(each.service, why(each.reasons), list(each.reasons)) for each in quote.not_offered]
        return Quoted(promise_id, at, ways, missing)

    async def instead(
        self,
        conn: Conn,
        facts: Inputs,
        short: Collection[str],
        client_id: str,
        promise_id: UUID,
        language: Language,
        at: datetime,
    ) -> dict[str, Any]:
        """What to tell whoever holds a promise that cannot be kept any more.

        short  SKUs that somebody else took
        gives  `alternatives`, the fresh ways to receive its basket, and when there is none what says why not;
               `similar`, other SKUs of the same products
        """
        wishes = wishes_of(facts.lines)

        async def ask(wished: Sequence[Wish]) -> Quoted:
            basket = Basket(
                wishes=tuple(wished), postcode=facts.postcode, currency=facts.currency, birth_year=facts.birth_year,
                shop_id=facts.shop_id,
            )  # fmt: skip
            return await self.ask(conn, basket, client_id, promise_id, language, at)

        told: dict[str, Any]
        try:
            told = {"alternatives": (await ask(wishes)).ways}
        except (NoWay, NotForSale) as nothing:
            told = {"alternatives": [], **nothing.facts}
        similar: list[SimilarView] = []
        for place, wish in enumerate(wishes):
            for sku in await similar_goods(conn, wish.sku, wish.units, SIMILAR) if wish.sku in short else ():
                swapped = [*wishes[:place], Wish(sku.sku, wish.units), *wishes[place + 1 :]]
                try:
                    way = (await ask(swapped)).ways[0]
                except Problem:
                    continue  # it is there, but not for this shopper
                similar.append(SimilarView(sku.sku, wish.sku, sku.name_ko, sku.name_en, way))
        return {**told, "similar": similar}
