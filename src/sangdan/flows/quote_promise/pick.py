"""Which nodes a service looks at closely, and what keeps the others out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from sangdan.offer.network.model import Lane
from sangdan.offer.network.model import Node as Place
from sangdan.offer.promise.model import Cell, LeftOut, Line, Offer, Service, ServiceRule
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


def pick(reach: Reach, goods: Goods, places: Mapping[str, Place], rule: ServiceRule, max_parcels: int) -> Pick:
    """Choose the nodes that a service's sourcing gets to see.

    places  every node, by id
    """
    causes: Counter[str] = Counter()
    able: list[str] = []
    for node_id in reach.nodes:
        cause = _pickup_bar(reach, places[node_id]) if rule.service == PICKUP else _lane_bar(reach, node_id, rule)
        if cause is None:
            able.append(node_id)
        elif cause:
            causes[cause] += 1
    if len(able) > MOST:
        wanted = [line.units for line in goods.lines]
        offers = [offers_of(line, goods.offers) for line in goods.lines]
        prospects = [_prospect(reach, goods, offers, places[node_id], rule) for node_id in able]
        useful = [prospect for prospect in prospects if any(prospect.units)]
        parcels = 1 if rule.service == PICKUP else max_parcels
        picked = candidates(wanted, useful, lambda node_id: reach.in_time(node_id, rule), parcels=parcels)
        causes.update(reach.shut(node_id) or "too_late" for node_id in picked.unusable)
        able = list(picked.nodes)
    left_out = tuple(LeftOut(rule.service, cause, nodes) for cause, nodes in sorted(causes.items()))
    return Pick(rule.service, tuple(able), left_out)


def _pickup_bar(reach: Reach, place: Place) -> str | None:
    """None for a store near enough; '' for what is no store, which needs no word."""
    if not place.pickup:
        return ""
    return None if reach.distance_m(place.node_id) <= PICKUP_WITHIN_M else "too_far"


def _lane_bar(reach: Reach, node_id: str, rule: ServiceRule) -> str | None:
    if not reach.lanes(node_id, rule.service):
        return "no_route"
    return None if reach.legs(node_id, rule) else "no_rate"


def _prospect(
    reach: Reach, goods: Goods, offers: Sequence[dict[str, Offer]], place: Place, rule: ServiceRule
) -> Prospect:
    legs = reach.legs(place.node_id, rule) if rule.service != PICKUP else []
    charged = rule.flat_minor is None
    base_minor = min((leg.surcharge_minor + (leg.base_minor if charged else 0) for leg in legs), default=0)
    lanes = [leg.lane for leg in legs]
    units: list[int] = []
    costs: list[int | None] = []
    for line, sellers in zip(goods.lines, offers, strict=True):
        held, cost_minor = 0, None
        for cell in goods.cells[place.node_id] if _can_send(line, place, lanes, rule) else ():
            offer = sellers.get(cell.owner_id) if cell.sku == line.sku else None
            if offer is None:
                continue
            there = _all_units(cell)
            held += there
            if there >= line.units and (cost_minor is None or offer.unit_price_minor * line.units < cost_minor):
                cost_minor = offer.unit_price_minor * line.units
        units.append(held)
        costs.append(cost_minor)
    return Prospect(place.node_id, base_minor, reach.distance_m(place.node_id), tuple(units), tuple(costs))


def _all_units(cell: Cell) -> int:
    return cell.units + sum(due.units for due in cell.inbounds)


def _can_send(line: Line, place: Place, lanes: Sequence[Lane], rule: ServiceRule) -> bool:
    if line.temperature not in place.temperatures:
        return False
    if rule.service == PICKUP:
        return True
    return any(line.temperature in lane.temperatures and line.weight_g <= lane.max_weight_g for lane in lanes)
