"""The ways to receive one thing, as its page tells them: asked as a basket of one, which is what its date is worth."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from sangdan.doors.api.desk import WayView
from sangdan.flows.choose_place import Place
from sangdan.flows.quote_promise import Wish
from sangdan.flows.quote_promise.atlas import atlas_of
from sangdan.kit.db import Conn
from sangdan.offer.catalogue.model import Sku
from sangdan.offer.network.model import Network
from sangdan.offer.promise.errors import NoRate, NotForSale, NoWay
from sangdan.offer.promise.model import Reason, Way, spoken

from ..names import with_names
from ..words import SEOUL, Words
from .booth import Booth
from .telling import Teller
from .way_view import names_of_sellers, sold_by

# Of goods with an age limit the dates are told as for one who may buy them; the checkout asks.
OF_AGE: Final = 1900
# From here on down a date is told with care.
UNSURE_PPM: Final = 900_000
# So many reasons of one service are enough.
REASONS: Final = 3


class WaySeen(msgspec.Struct, frozen=True, kw_only=True):
    """A way in words.

    store   where it is picked up, with how far that is; None when it is brought
    sure    whether the odds are as good as one expects of a promise
    total   all of it, the goods and what brings them
    dearer  who sells it and for how much, where that is more than elsewhere; None where it is not
    """

    service: str
    arrival: str
    odds: str
    sure: bool
    store_id: str | None
    store: str | None
    far: str | None
    total: str
    fee: str
    dearer: str | None
    why: tuple[str, ...]


class Refusal(msgspec.Struct, frozen=True):
    """A service that cannot be had, and why not."""

    service: str
    why: tuple[str, ...]


class Received(msgspec.Struct, frozen=True):
    """How something can be received at a place, soonest first, and how it cannot.

    ready        by store: from when it can be fetched there

    price_minor  of the goods alone, at the cheapest of the ways; None without one
    """

    ways: Sequence[WaySeen] = ()
    refusals: Sequence[Refusal] = ()
    price_minor: int | None = None
    ready: Mapping[str, str] = {}

    def told(self, stores: Collection[str]) -> list[WaySeen]:
        """The ways to tell one by one: of the stores, those that are not in a list of their own, and the best one."""
        fetched = [way for way in self.ways if way.store_id is not None]
        return [way for way in self.ways if way in fetched[:1] or way.store_id not in stores]


class Asker:
    """Asks for one shopper at one instant.

    booth  the storefront, at its work for them
    at     aware
    """

    def __init__(self, booth: Booth, network: Network, say: Words, at: datetime) -> None:
        self._booth = booth
        self._network = network
        self._say = say
        self._tell = Teller(say, at)
        self._at = at

    async def receive(self, conn: Conn, sku: Sku, place: Place) -> Received:
        """How one unit can be had; nothing at all of what nobody sells."""
        birth_year = OF_AGE if sku.age_limit else None
        try:
            quoted = await self._booth.ask(conn, [Wish(sku.sku, 1)], place.postcode, birth_year, self._at)
        except (NotForSale, NoRate):
            return Received()
        except NoWay as nothing:
            return Received(refusals=self._refused(nothing.facts["services"], sku))
        least_minor = min(each.way.price.goods_minor for each in quoted.ways)
        names = await names_of_sellers(conn, [each.way for each in quoted.ways], self._say)
        ways = [self._way(each, sku, place, least_minor, names) for each in quoted.ways]
        return Received(
            ways,
            [Refusal(each.service, self._named(each.why, sku)) for each in quoted.not_offered],
            least_minor,
            {way.store_id: way.arrival for way in ways if way.store_id is not None},
        )

    def _way(self, told: WayView, sku: Sku, place: Place, least_minor: int, names: Mapping[str, str]) -> WaySeen:
        way, tell = told.way, self._tell
        node = None if way.node_id is None else self._network.nodes.get(way.node_id)
        far = None
        if node is not None:
            atlas = atlas_of(self._network)
            far = tell.far(int(atlas.distances_m(place.zone.zone_id)[atlas.number[node.node_id]]))
        return WaySeen(
            service=way.service,
            arrival=tell.arrival(way.service, way.promised_at),
            odds=tell.odds(way.service, way.probability_ppm),
            sure=way.probability_ppm >= UNSURE_PPM,
            store_id=way.node_id,
            store=None if node is None else self._say.of(node),
            far=far,
            total=self._say.money(way.price.total_minor, way.currency),
            fee=self._say("Free pickup") if node is not None else tell.fee(way.price.delivery_minor, way.currency),
            dearer=self._dearer(way, names) if way.price.goods_minor > least_minor else None,
            why=self._named(told.why, sku),
        )

    def _dearer(self, way: Way, names: Mapping[str, str]) -> str:
        price = self._say.money(way.price.goods_minor, way.currency)
        return self._say(
            "Another seller with a price of its own: %(seller)s, %(price)s", seller=sold_by(way, names), price=price
        )

    def _refused(self, services: Mapping[str, Sequence[Mapping[str, Any]]], sku: Sku) -> list[Refusal]:
        told: list[Refusal] = []
        for service, reasons in services.items():
            read = [
                Reason(each["code"], {name: arg for name, arg in each.items() if name != "code"}) for each in reasons
            ]
            said = [spoken(each, self._say.language, SEOUL.key) for each in read]
            told.append(Refusal(service, self._named(said, sku)))
        return told

    def _named(self, sentences: Sequence[str], sku: Sku) -> tuple[str, ...]:
        """The first sentences, with names where they have the ids of nodes and of the goods."""
        return tuple(with_names(each, self._network, {sku.sku: sku}, self._say) for each in sentences[:REASONS])
