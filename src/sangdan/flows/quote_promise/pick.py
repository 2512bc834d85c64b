"""Which nodes a service looks at closely, and what keeps the others out."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from sangdan.offer.network.model import Lane
from sangdan.offer.network.model import Node as Place
from sangdan.offer.promise.model import LeftOut, Line, Service, ServiceRule
from sangdan.offer.promise.model.inputs import PICKUP, offers_of
from sangdan.offer.promise.model.prune import MOST, Prospect, candidates

from .goods import Goods
from .reach import Reach

# Nobody drives farther to a store than this.
PICKUP_WITHIN_M: Final = 50_000


class Pick(msgspec.Struct, frozen=True):
    """The nodes of one service, by id, and those left out by cause."""

    service: Service
    nodes: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


class Holding(msgspec.Struct, frozen=True):
    """By line: what a node holds, dated supply too, and the goods' cost at its cheapest seller that has enough."""

    units: tuple[int, ...]
    costs_minor: tuple[int | None, ...]


class Door(msgspec.Struct, frozen=True):
    """What a parcel out of a node costs the shopper at least, and by line whether units may leave that way."""

    base_minor: int
    sends: tuple[bool, ...]


class Picker:
    """Picks for all services of a question.

    places  every node, by id
    """

    def __init__(self, reach: Reach, goods: Goods, places: Mapping[str, Place]) -> None:
        self._reach = reach
        self._goods = goods
        self._places = places
        self._lines_of: dict[str, list[int]] = {}
        for place, line in enumerate(goods.lines):
            self._lines_of.setdefault(line.sku, []).append(place)
        self._offers = [offers_of(line, goods.offers) for line in goods.lines]
        self._bars: dict[tuple[str, Service], str | None] = {}
        self._held: dict[str, Holding] = {}
        self._doors: dict[tuple[str, tuple[str, ...], Service], Door] = {}

    def pick(self, rule: ServiceRule, max_parcels: int) -> Pick:
        """Choose the nodes that a service's sourcing gets to see."""
        causes: Counter[str] = Counter()
        able: list[str] = []
        for node_id in self._reach.nodes:
            cause = self._pickup_bar(node_id) if rule.service == PICKUP else self._lane_bar(node_id, rule)
            if cause is None and self._reach.out(node_id):
                cause = "out_of_service"
            if cause is None:
                able.append(node_id)
            elif cause:
                causes[cause] += 1
        if len(able) > MOST:
            prospects = [self._prospect(node_id, rule) for node_id in able]
            picked = candidates(
                [line.units for line in self._goods.lines],
                [prospect for prospect in prospects if any(prospect.units)],
                lambda node_id: self._reach.in_time(node_id, rule),
                parcels=1 if rule.service == PICKUP else max_parcels,
            )
            causes.update(self._reach.shut(node_id) or "too_late" for node_id in picked.unusable)
            able = list(picked.nodes)
        left_out = tuple(LeftOut(rule.service, cause, nodes) for cause, nodes in sorted(causes.items()))
        return Pick(rule.service, tuple(able), left_out)

    def _pickup_bar(self, node_id: str) -> str | None:
        """None for a store near enough; '' for what is no store, which needs no word."""
        if not self._places[node_id].pickup:
            return ""
        return None if self._reach.distance_m(node_id) <= PICKUP_WITHIN_M else "too_far"

    def _lane_bar(self, node_id: str, rule: ServiceRule) -> str | None:
        key = (self._places[node_id].zone_id, rule.service)
        if key not in self._bars:
            lanes = self._reach.lanes(node_id, rule.service)
            self._bars[key] = None if self._reach.runs(node_id, rule) else "no_rate" if lanes else "no_route"
        return self._bars[key]

    def _prospect(self, node_id: str, rule: ServiceRule) -> Prospect:
        held, door = self._holding(node_id), self._door(self._places[node_id], rule)
        units, costs_minor = held.units, held.costs_minor
        if not all(door.sends):
            units = tuple(n if sent else 0 for n, sent in zip(units, door.sends, strict=True))
            costs_minor = tuple(cost if sent else None for cost, sent in zip(costs_minor, door.sends, strict=True))
        return Prospect(node_id, door.base_minor, self._reach.distance_m(node_id), units, costs_minor)

    def _holding(self, node_id: str) -> Holding:
        if node_id not in self._held:
            units = [0] * len(self._goods.lines)
            costs: list[int | None] = [None] * len(self._goods.lines)
            for cell in self._goods.cells[node_id]:
                there = cell.units + (sum(due.units for due in cell.inbounds) if cell.inbounds else 0)
                for place in self._lines_of[cell.sku]:
                    offer, wanted = self._offers[place].get(cell.owner_id), self._goods.lines[place].units
                    if offer is None:
                        continue
                    units[place] += there
                    cost_minor, known = offer.unit_price_minor * wanted, costs[place]
                    if there >= wanted and (known is None or cost_minor < known):
                        costs[place] = cost_minor
            self._held[node_id] = Holding(tuple(units), tuple(costs))
        return self._held[node_id]

    def _door(self, place: Place, rule: ServiceRule) -> Door:
        """What nodes of one zone and equal temperatures have in common."""
        key = (place.zone_id, tuple(place.temperatures), rule.service)
        if key not in self._doors:
            runs = [] if rule.service == PICKUP else self._reach.runs(place.node_id, rule)
            charged = rule.flat_minor is None
            bases = [run.surcharge_minor + (run.base_minor if charged else 0) for run in runs]
            lanes = [run.lane for run in runs]
            sends = tuple(
                line.temperature in place.temperatures
                and (rule.service == PICKUP or any(_carries(lane, line) for lane in lanes))
                for line in self._goods.lines
            )
            self._doors[key] = Door(min(bases, default=0), sends)
        return self._doors[key]


def _carries(lane: Lane, line: Line) -> bool:
    return line.temperature in lane.temperatures and line.weight_g <= lane.max_weight_g
