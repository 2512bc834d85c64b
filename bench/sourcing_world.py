"""A small alliance whose shelves never lie quite right: five centres, 25 zones, 60 SKUs, some hundred orders of 1 to 3
lines. Each SKU is missing from one centre, and what the others hold differs from what their regions will ask for.

Which lines are served is the same for every way of choosing: a line finds nothing exactly when the SKU's last unit was
sold to an earlier order, wherever that unit lay. So only the cost of sourcing differs, and nothing has to be assumed
about what a refused order costs.
"""

import math
from collections import Counter
from datetime import datetime
from random import Random
from typing import Final

import msgspec
import numpy as np

from sangdan.offer.promise.model import (
    Cell,
    Departures,
    Hours,
    Inputs,
    Line,
    Node,
    Offer,
    Policy,
    Route,
    ServiceRule,
)
from sangdan.offer.promise.model.scarcity import Market
from sangdan.offer.promise.model.transport import Floats

from .ground import AT

NODES: Final = tuple(f"fc-{number}" for number in range(5))
ZONES: Final = 25
SKUS: Final = tuple(f"sku-{number:02}" for number in range(60))
WIDTH_KM: Final = 400.0
ORDERS: Final = 600
HISTORY: Final = 1200
LINES: Final = ((1, 2, 3), (0.45, 0.30, 0.25))
SERVICE: Final = "standard"
UNIT_FEE: Final = 300
PARCEL_FEE: Final = 900
PER_KG: Final = 100
DAY_S: Final = 86_400
HOUR_S: Final = 3_600
# Beyond so many kilometres a parcel is a day longer on the road.
OVERNIGHT_KM: Final = 200.0


class Order(msgspec.Struct, frozen=True):
    """One unit of each SKU, by position, to a zone."""

    zone: int
    skus: tuple[int, ...]


class World:
    """One seed's alliance.

    cover   units on all shelves, in shares of what will be ordered on the mean
    orders  those to come, without the lines that nobody can serve
    past    those before, drawn alike
    stock   units by node and SKU
    parcel  won by node and zone
    """

    def __init__(self, seed: int, cover: float) -> None:
        random = Random(seed)
        nodes = [(random.uniform(0, WIDTH_KM), random.uniform(0, WIDTH_KM)) for _ in NODES]
        zones = [(random.uniform(0, WIDTH_KM), random.uniform(0, WIDTH_KM)) for _ in range(ZONES)]
        self.km = np.array([[math.dist(node, zone) for zone in zones] for node in nodes])
        self.base = np.rint(2400 + 6 * self.km)
        self.parcel: Floats = self.base + PARCEL_FEE
        self.weight_g = [random.randint(200, 3000) for _ in SKUS]
        self._people = [random.paretovariate(1.2) for _ in range(ZONES)]
        self._popular = [(place + 1) ** -0.8 for place in range(len(SKUS))]
        self.past = [self._order(random) for _ in range(HISTORY)]
        drawn = [self._order(random) for _ in range(ORDERS)]
        self.stock = self._stocked(random, cover)
        self.orders = self._served(drawn)
        self._routes = [self._lanes(zone) for zone in range(ZONES)]
        self._nodes = tuple(_node(node_id) for node_id in NODES)

    def _order(self, random: Random) -> Order:
        (zone,) = random.choices(range(ZONES), self._people)
        (lines,) = random.choices(*LINES)
        skus: set[int] = set()
        while len(skus) < lines:
            skus.update(random.choices(range(len(SKUS)), self._popular))
        return Order(zone, tuple(sorted(skus)))

    def _stocked(self, random: Random, cover: float) -> Floats:
        """What each region asks for on the mean, times cover, and off by a third or so; at one centre not at all."""
        near = self.km.argmin(axis=0)
        region = [sum(self._people[zone] for zone in np.flatnonzero(near == node)) for node in range(len(NODES))]
        asked = Counter(sku for order in (self._order(random) for _ in range(4 * ORDERS)) for sku in order.skus)
        stock = np.zeros((len(NODES), len(SKUS)))
        for sku in range(len(SKUS)):
            share = [(0.02 * sum(region) + people) * math.exp(random.gauss(0, 0.35)) for people in region]
            share[random.randrange(len(NODES))] = 0
            stock[:, sku] = np.rint(asked[sku] / 4 * cover * np.array(share) / sum(share))
        return stock

    def _served(self, drawn: list[Order]) -> list[Order]:
        left = self.stock.sum(axis=0)
        orders: list[Order] = []
        for order in drawn:
            skus = tuple(sku for sku in order.skus if left[sku] > 0)
            left[list(skus)] -= 1
            if skus:
                orders.append(Order(order.zone, skus))
        return orders

    def unit_minor(self, sku: int) -> int:
        """What a unit's handling and carriage cost, the same from everywhere."""
        return UNIT_FEE + PER_KG * self.weight_g[sku] // 1000

    def market(self, stock: Floats, known: Floats) -> Market:
        """The same as the pricing of scarcity sees it."""
        return Market(
            parcel=self.parcel,
            per_kg=np.full(self.parcel.shape, float(PER_KG)),
            fee=np.full(len(NODES), float(UNIT_FEE)),
            weights={sku: self.weight_g[place] / 1000 for place, sku in enumerate(SKUS)},
            shelves={sku: stock[:, place] for place, sku in enumerate(SKUS)},
            known={sku: known[:, place] for place, sku in enumerate(SKUS) if known[:, place].any()},
        )

    def question(self, order: Order, stock: Floats, scarcity: Floats) -> Inputs:
        """An order as the promise is asked about it.

        stock     units now, by node and SKU
        scarcity  won by node and SKU
        """
        return Inputs(
            at=_NOW,
            year=AT.year,
            currency="KRW",
            postcode="04524",
            zone_id=str(order.zone),
            area="mainland",
            lines=tuple(
                Line(line_no=number, sku=SKUS[sku], units=1, weight_g=self.weight_g[sku])
                for number, sku in enumerate(order.skus, start=1)
            ),
            offers=tuple(Offer(SKUS[sku], "hanbit", 10_000) for sku in order.skus),
            cells=tuple(
                Cell(node_id, SKUS[sku], "hanbit", int(stock[node, sku]), scarcity_minor=int(scarcity[node, sku]))
                for node, node_id in enumerate(NODES)
                for sku in order.skus
                if stock[node, sku] > 0
            ),
            nodes=self._nodes,
            routes=self._routes[order.zone],
            hours=(Hours((_MIDNIGHT - DAY_S,), (_MIDNIGHT + 20 * DAY_S,)),),
            departures=(_DEPARTURES,),
            deadlines=(tuple(_MIDNIGHT + day * DAY_S - 1 for day in range(1, 12)),),
            policy=_POLICY,
        )

    def far(self, node: int, zone: int) -> bool:
        """Whether a parcel is a day longer on the road."""
        return bool(self.km[node, zone] > OVERNIGHT_KM)

    def late(self, promised_at: datetime) -> bool:
        """Whether that is a day later than it could be from the centre that is near."""
        return promised_at.timestamp() >= _MIDNIGHT + DAY_S

    def _lanes(self, zone: int) -> tuple[Route, ...]:
        return tuple(
            Route(
                node_id=node_id,
                service=SERVICE,
                lane_id=f"{node_id}.{zone}",
                carrier_id="hanbit",
                departures=0,
                deadlines=0,
                transit_s=tuple(
                    hours * HOUR_S + (DAY_S if self.far(node, zone) else 0)
                    for hours in (6, 7, 8, 9, 10, 12, 14, 16, 20, 24)
                ),
                temperatures=("ambient",),
                base_minor=int(self.base[node, zone]),
                per_kg_minor=PER_KG,
                max_weight_g=30_000,
                distance_m=int(self.km[node, zone] * 1000),
            )
            for node, node_id in enumerate(NODES)
        )


def _node(node_id: str) -> Node:
    return Node(
        node_id=node_id,
        kind="fulfilment_centre",
        operator_id="hanbit",
        temperatures=("ambient",),
        hours=0,
        handling_s=HOUR_S,
        parcels_per_hour=1_000_000,
        unit_fee_minor=UNIT_FEE,
        parcel_fee_minor=PARCEL_FEE,
    )


_NOW: Final = int(AT.timestamp())
_MIDNIGHT: Final = _NOW - _NOW % DAY_S
_CUT_OFFS: Final = tuple(_MIDNIGHT + day * DAY_S + 8 * HOUR_S for day in range(12))
_DEPARTURES: Final = Departures(_CUT_OFFS, tuple(cut_off + HOUR_S for cut_off in _CUT_OFFS))
# The shopper pays the same from everywhere, so that the alliance's cost decides.
_POLICY: Final = Policy(
    version="bench",
    ttl_s=900,
    margin_s=180,
    max_parcels=3,
    pickup_ways=0,
    vat_ppm=100_000,
    timezone="Asia/Seoul",
    services=(ServiceRule(service=SERVICE, target_ppm=900_000, within_s=6 * DAY_S, flat_minor=2_500),),
)
