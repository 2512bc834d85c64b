"""A whole network in memory: five centres and four hundred stores, any of which may send to the shopper by any service.

That is more than the demo's alliance asks of its stores, and the hardest that the promise is made for.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from random import Random
from typing import Final, cast

import numpy as np
from msgspec.structs import replace

from sangdan.flows.quote_promise.columns import Columns
from sangdan.flows.quote_promise.exchange import Exchange
from sangdan.flows.quote_promise.goods import Goods
from sangdan.flows.quote_promise.pick import Picker
from sangdan.flows.quote_promise.question import Busy, Question
from sangdan.flows.quote_promise.reach import Asked, Reach
from sangdan.flows.quote_promise.weigh import Weigher
from sangdan.kit.calendars import Calendar
from sangdan.kit.db import Conn
from sangdan.offer.network.model import Lane, Network, Node, Postcode, Zone, lanes_by_pair
from sangdan.offer.promise.model import Cell, Inputs, Line, Offer, Service
from sangdan.offer.promise.model.basket import Basket, Wish
from sangdan.offer.promise.model.policy import policy_for
from sangdan.offer.promise.ports import AS_CONFIGURED

CENTRES: Final = 5
STORES: Final = 400
ZONES: Final = 250
DESTINATIONS: Final = 20  # zones that are asked from
SKUS: Final = 2000
SELLERS: Final = ("hanbit", "mart")  # of the centres' goods and of the stores'
FEES: Final = {"hanbit": (300, 900), "mart": (350, 700)}
_HOUR_S: Final = 3600
# Local cut-offs and departures, hours on the road at the ten probabilities, won of a parcel and of a kilometre.
_SERVICES: Final = {
    "quick": (range(10, 22), (0.25, 0.33, 0.38, 0.48, 0.6, 0.75, 0.95, 1.1, 1.5, 3), 3000, 150),
    "dawn": (range(23, 24), (2.2, 3, 3.5, 4.3, 5.2, 6, 6.6, 6.9, 7.3, 9.5), 3200, 5),
    "next_day": (range(22, 23), (9.5, 10.8, 11.5, 13.2, 15.5, 17.6, 19.4, 20.4, 22.8, 46), 2400, 2),
    "standard": (range(17, 18), (15, 20, 22, 26, 42, 47, 52, 66, 76, 110), 1950, 1),
}


class Nation:
    """The network, and what lies on its shelves.

    random   decides where everything is
    density  the share of the nodes that hold a SKU
    """

    def __init__(self, random: Random, density: float) -> None:
        self.network = _network(random)
        numbers = np.random.default_rng(random.randrange(1 << 30))
        shape = (SKUS, CENTRES + STORES)
        self.shelf = numbers.integers(1, 40, shape) * (numbers.random(shape) < density)
        self._ids = sorted(self.network.nodes)
        self._number = {node_id: number for number, node_id in enumerate(self._ids)}
        self._centre = np.array([self.network.nodes[node_id].operator_id == SELLERS[0] for node_id in self._ids])
        self._price = [random.randrange(2000, 40_000, 100) for _ in range(SKUS)]
        self._weight_g = [random.randint(100, 2000) for _ in range(SKUS)]

    def ask(self, skus: Sequence[int], postcode: str, at: datetime, *services: Service) -> Inputs:
        """From the facts in memory to those that the promise is computed from.

        skus      by number
        services  that are asked about, all without any
        """
        usual = policy_for("KRW")
        rules = tuple(rule for rule in usual.services if rule.service in services)
        policy = replace(usual, services=rules or usual.services)
        codes = [f"sku-{sku:05}" for sku in skus]
        lines = tuple(
            Line(line_no=n, sku=code, units=1, weight_g=self._weight_g[sku])
            for n, (sku, code) in enumerate(zip(skus, codes, strict=True), start=1)
        )
        offers = tuple(
            Offer(code, seller, self._price[sku]) for sku, code in zip(skus, codes, strict=True) for seller in SELLERS
        )
        columns = self._columns(skus, codes)
        goods = Goods(lines, offers, cast("dict[str, list[Cell]]", Shelves(columns, self._number)))
        asked = Asked(at, self.network.zone_of(postcode), policy, None)
        reach = Reach(self.network, asked, goods, Exchange(cast("Conn", None), "KRW", at), AS_CONFIGURED, ())
        basket = Basket(wishes=tuple(Wish(code, 1) for code in codes), postcode=postcode)
        question = Question(basket, asked, goods, reach, FEES, Busy())
        return question.inputs(Picker(question, Weigher(goods, columns, reach.atlas, FEES)).picks())

    def _columns(self, skus: Sequence[int], codes: Sequence[str]) -> Columns:
        """A centre's goods are its operator's, a store's are the retailer's."""
        there = self.shelf[list(skus)]
        shelf = np.concatenate([there * self._centre, there * ~self._centre])
        rows = {
            (code, seller): place * len(codes) + n
            for place, seller in enumerate(SELLERS)
            for n, code in enumerate(codes)
        }
        return Columns(rows, shelf, shelf, np.zeros_like(shelf))


class Shelves(Mapping[str, list[Cell]]):
    """Cells by node, made when they are looked at."""

    def __init__(self, columns: Columns, number: Mapping[str, int]) -> None:
        self._columns = columns
        self._number = number

    def __getitem__(self, node_id: str) -> list[Cell]:
        units = self._columns.shelf[:, self._number[node_id]]
        return [
            Cell(node_id, sku, owner, int(units[row])) for (sku, owner), row in self._columns.rows.items() if units[row]
        ]

    def __iter__(self) -> Iterator[str]:
        return iter(self._number)

    def __len__(self) -> int:
        return len(self._number)


def _network(random: Random) -> Network:
    zones = {
        f"zone-{n:03}": Zone(f"zone-{n:03}", f"{n}", f"{n}", random.randint(34_500_000, 38_200_000),
                             random.randint(126_300_000, 129_500_000))
        for n in range(ZONES)
    }  # fmt: skip
    names = list(zones)
    asked_from = {f"{n:05}": Postcode(f"{n:05}", name, "mainland") for n, name in enumerate(names[:DESTINATIONS])}
    nodes = [_centre(random, f"fc-{n}", random.choice(names), zones) for n in range(CENTRES)]
    nodes += [_store(random, f"store-{n:03}", random.choice(names), zones) for n in range(STORES)]
    lanes = [
        _lane(service, zones[zone_id], zones[place.zone_id])
        for zone_id in {node.zone_id for node in nodes}
        for place in asked_from.values()
        for service in _SERVICES
    ]
    return Network(
        version="1",
        nodes={node.node_id: node for node in nodes},
        zones=zones,
        postcodes=asked_from,
        lanes=lanes_by_pair(lanes),
        surcharges={},
        calendars={
            "centre": Calendar("Asia/Seoul", ("00:00-24:00",) * 7),
            "large": Calendar("Asia/Seoul", ("10:00-23:00",) * 7),
            "small": Calendar("Asia/Seoul", ("09:00-22:00",) * 7),
            "parcel": Calendar("Asia/Seoul", ("00:00-24:00",) * 6 + ("",), "KR"),
        },
        reasons={},
    )


def _centre(random: Random, node_id: str, zone_id: str, zones: Mapping[str, Zone]) -> Node:
    return _node(random, node_id, "fulfilment_centre", zone_id, zones, SELLERS[0], "centre", 5400, 20_000)


def _store(random: Random, node_id: str, zone_id: str, zones: Mapping[str, Zone]) -> Node:
    large = random.random() < 0.3
    terms = ("large", 900, 60) if large else ("small", 1500, 20)
    return _node(random, node_id, "store", zone_id, zones, SELLERS[1], *terms)


def _node(
    random: Random, node_id: str, kind: str, zone_id: str, zones: Mapping[str, Zone], operator_id: str,
    calendar_id: str, handling_s: int, parcels_per_hour: int,
) -> Node:  # fmt: skip
    zone = zones[zone_id]
    return Node(
        node_id=node_id, kind=kind, operator_id=operator_id, name_ko=node_id, name_en=node_id, zone_id=zone_id,
        lat_e6=zone.lat_e6 + random.randint(-20_000, 20_000), lon_e6=zone.lon_e6 + random.randint(-20_000, 20_000),
        temperatures=("ambient",), calendar_id=calendar_id, handling_s=handling_s, parcels_per_hour=parcels_per_hour,
        pickup=kind == "store",
    )  # fmt: skip


def _lane(service: str, start: Zone, end: Zone) -> Lane:
    hours, road_h, base_minor, per_km_minor = _SERVICES[service]
    far_m = 4000 + (abs(start.lat_e6 - end.lat_e6) + abs(start.lon_e6 - end.lon_e6)) // 10
    return Lane(
        lane_id=f"{service}.{start.zone_id}.{end.zone_id}", from_zone=start.zone_id, to_zone=end.zone_id,
        service=service, carrier_id="swift", calendar_id="parcel" if service == "standard" else "centre",
        cut_offs=tuple(time(hour) for hour in hours), departures=tuple(time(hour, 30) for hour in hours),
        due_local=time(7) if service == "dawn" else None,
        transit_s=tuple(int((h + far_m / 100_000 * 0.5) * _HOUR_S) for h in road_h), temperatures=("ambient",),
        currency="KRW", base_minor=round((base_minor + per_km_minor * far_m / 1000) / 50) * 50, per_kg_minor=100,
        max_weight_g=20_000, distance_m=far_m, co2e_mg_per_kg_km=103,
    )  # fmt: skip
