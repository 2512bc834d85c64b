"""A shopper on a stage: asks and takes as the API does, and reads the answers with names instead of codes."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sangdan.flows import quote_promise
from sangdan.flows.picture import network_of
from sangdan.flows.place_order import Buyer, Terms, take
from sangdan.flows.quote_promise import Basket
from sangdan.kit.money import spelled
from sangdan.offer.network.model import Node
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model import Inputs, Policy, Quote, Reason, Way, quote, spoken
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import Whole
from sangdan.tower.twin.model.world import SEOUL

from .stage import Language, Stage

CLIENT: Final = "web"
SHOP: Final = "market"
SECRET: Final = bytes(32)  # the stage's database is gone with its promises
TERMS: Final = Terms(release_after_s=300, confirm_days=7)
LANGUAGES: Final[tuple[Language, Language]] = ("ko", "en")

_SERVICES: Final = {
    "pickup": ("매장 픽업", "store pickup"),
    "quick": ("바로배송", "quick delivery"),
    "dawn": ("새벽배송", "dawn delivery"),
    "next_day": ("내일배송", "next-day delivery"),
    "standard": ("일반배송", "standard delivery"),
}
_WEEKDAYS: Final = "월화수목금토일"


class Shopping:
    """Shoppers of the marketplace, on one stage; furnished before."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        tables = stage.furniture.tables
        self._goods = {sku: (ko, en) for sku, ko, en in tables["skus"].select("sku", "name_ko", "name_en").iter_rows()}
        partners = tables["partners"].select("partner_id", "name_ko", "name_en").iter_rows()
        self._partners = {partner_id: (ko, en) for partner_id, ko, en in partners}
        self._nodes: dict[str, Node] = {}

    async def open(self) -> "Shopping":
        """Read the network once, for the names of its places."""
        async with self._stage.world.pool.transaction() as conn:
            self._nodes = dict((await network_of(conn)).nodes)
        return self

    async def ask(self, basket: Basket, *, policy: Policy | None = None) -> tuple[Inputs, Quote]:
        """What the shop answers now.

        policy  the alliance's rules, None for the usual ones
        raises  NoWay and what else `quote_promise.ask` raises
        """
        async with self._stage.world.pool.transaction() as conn:
            return await quote_promise.ask(conn, await network_of(conn), basket, self._stage.clock.now(), policy=policy)

    async def ask_only(self, basket: Basket, node_ids: Collection[str], *, policy: Policy | None = None) -> Quote:
        """What the shop would answer now if there were no other nodes."""
        async with self._stage.world.pool.transaction() as conn:
            network = await network_of(conn)
            without = frozenset(network.nodes) - frozenset(node_ids)
            now = self._stage.clock.now()
            return quote(await quote_promise.gather(conn, network, basket, now, policy=policy, without=without))

    async def take(self, inputs: Inputs, way: Way, shopper_id: str) -> UUID:
        """Take a way as it was quoted, through its sealed token; gives the order's id.

        raises  PromiseExpired, StockGone and what else `place_order.take` raises
        """
        return await self.take_token(self.token(inputs, way), shopper_id)

    def token(self, inputs: Inputs, way: Way) -> str:
        """The token with which a way can be taken later."""
        promise_id = self._stage.world.ids.new(self._stage.clock.now())
        return promises.seal(way, promises.pack(inputs), promise_id, CLIENT, SECRET)

    async def take_token(self, token: str, shopper_id: str) -> UUID:
        """Take what a token stands for, now."""
        buyer = Buyer(CLIENT, SHOP, shopper_id)
        async with self._stage.world.pool.transaction() as conn:
            return (await take(conn, token, buyer, TERMS, SECRET, self._stage.clock.now())).order_id

    async def order(self, order_id: UUID) -> Whole:
        """An order as it stands."""
        async with self._stage.world.pool.transaction() as conn:
            return await orders.read(conn, await orders.get(conn, order_id))

    def node(self, node_id: str, language: Language) -> str:
        """What a place is called."""
        node = self._nodes[node_id]
        return node.name_ko if language == "ko" else node.name_en

    def sku(self, sku: str, language: Language) -> str:
        """What goods are called."""
        return self._goods[sku][LANGUAGES.index(language)]

    def partner(self, partner_id: str, language: Language) -> str:
        """What an ally is called."""
        return self._partners[partner_id][LANGUAGES.index(language)]

    def reason(self, reason: Reason, language: Language) -> str:
        """A reason as the shop says it, with names."""
        args = dict(reason.args)
        if "node_id" in args:
            args["node_id"] = self.node(str(args["node_id"]), language)
        if "sku" in args:
            args["sku"] = self.sku(str(args["sku"]), language)
        return spoken(Reason(reason.code, args), language, SEOUL.key)

    def tell(self, way: Way) -> None:
        """Tell a way: one line with its date, chance, price, cost and carbon, and one for each of its reasons."""
        self._stage.quote(self.said(way, "ko"), self.said(way, "en"), **self.facts(way))
        for reason in way.reasons:
            ko, en = (f"  └ {self.reason(reason, language)}" for language in LANGUAGES)
            self._stage.step(ko, en, reason=reason.code, **reason.args)

    def said(self, way: Way, language: Language) -> str:
        """A way in one sentence."""
        service = _SERVICES[way.service][LANGUAGES.index(language)]
        if way.node_id is not None:
            service = f"{service}, {self.node(way.node_id, language)}"
        when, chance = instant(way.promised_at, language), percent(way.probability_ppm)
        price, cost = spelled(way.price.total_minor, way.currency), spelled(way.cost_minor, way.currency)
        if language == "ko":
            until = "부터" if way.service == "pickup" else "까지"
            return f"{service}: {when}{until} {chance}, {price}원 (물류비 {cost}원, CO2e {way.co2e_g:,}g)"
        until = "from" if way.service == "pickup" else "by"
        return f"{service}: {until} {when} at {chance}, {price} won (fulfilment {cost} won, {way.co2e_g:,} g CO2e)"

    def facts(self, way: Way) -> dict[str, Any]:
        """A way for programs and for the map."""
        return {
            "service": way.service,
            "promised_at": way.promised_at,
            "expires_at": way.expires_at,
            "probability_ppm": way.probability_ppm,
            "total_minor": way.price.total_minor,
            "cost_minor": way.cost_minor,
            "currency": way.currency,
            "co2e_g": way.co2e_g,
            "parcels": len(way.parcels),
            "nodes": [parcel.node_id for parcel in way.parcels],
            "points": self.points(
                (parcel.node_id for parcel in way.parcels), "store" if way.service == "pickup" else "source"
            ),
        }

    def points(self, node_ids: Iterable[str], role: str) -> list[dict[str, Any]]:
        """Places for the map."""
        nodes = [self._nodes[node_id] for node_id in dict.fromkeys(node_ids)]
        return [
            {"lat": n.lat_e6 / 1e6, "lon": n.lon_e6 / 1e6, "name_ko": n.name_ko, "name_en": n.name_en, "role": role}
            for n in nodes
        ]


def of_service(quote: Quote, service: str) -> list[Way]:
    """The quote's ways of one service, in its order."""
    return [way for way in quote.ways if way.service == service]


def instant(at: datetime, language: Language) -> str:
    """A day and a time as people say them in Seoul."""
    local = at.astimezone(SEOUL)
    if language == "ko":
        return f"{local.month}월 {local.day}일({_WEEKDAYS[local.weekday()]}) {local:%H:%M}"
    return f"{local:%a} {local.day} {local:%b} {local:%H:%M}"


def percent(ppm: int) -> str:
    """A probability, rounded down: it is never said better than it is."""
    return f"{ppm // 1000 / 10:.1f}%"
