"""Scarcity: how much more a unit is worth on one node than where it is worth least.

An order takes the cheapest source of the day, and another one pays for it tomorrow when the only near shelf is empty.
So each SKU's recent orders stand for those to come, and a transportation problem over them tells what a unit more on
each node would save. What is used is relative: the node where it saves least counts nothing, so that no order is ever
refused, only moved.
source  Acimovic and Graves 2015, with each past order's own cost of coming from a node in place of a distance
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from .transport import Floats, suffices, transport

# Fewer past orders than that say nothing about where the next ones come from.
FEWEST: Final = 5
# Of the nodes that hold a SKU, so many are priced: those that hold most. With them so many in all are looked at.
HOLDERS: Final = 9
NODES: Final = 12
_PARCELS: Final = 3
# A source dearer than the best by this much is no better than none.
_WORST: Final = 4.0


class Wanted(msgspec.Struct, frozen=True):
    """A past order of a SKU, which stands for orders to come.

    zone    position in Market.parcel's second axis
    units   of the SKU, >= 1
    others  what else was ordered: SKU and units
    """

    zone: int
    units: int
    others: tuple[tuple[str, int], ...] = ()


class Market(msgspec.Struct, frozen=True):
    """What serving costs and what is there, by the nodes' positions; amounts in minor units.

    parcel   of a parcel, by node and zone; infinite where no lane goes
    per_kg   of a kilogram in it, by node and zone
    fee      of a unit's handling, by node
    weights  of a unit, kilograms, by SKU
    shelves  units that can be promised now, by SKU and node
    known    the prices so far, by SKU and node; SKUs without one are plentiful
    """

    parcel: Floats
    per_kg: Floats
    fee: Floats
    weights: Mapping[str, float]
    shelves: Mapping[str, Floats]
    known: Mapping[str, Floats]


def price(market: Market, sku: str, expected: float, orders: Sequence[Wanted]) -> Floats | None:
    """What a unit is worth on each node, in minor units, relative to where it is worth least.

    expected  units that will be wanted before there is supply, >= 0
    orders    the SKU's latest, at least FEWEST of them or the answer is None
    gives     by node, 0 where there is none of it; None when it is not scarce
    raises    SolverMissing
    """
    shelf = market.shelves.get(sku)
    if shelf is None or len(orders) < FEWEST or not can_be_scarce(shelf, expected):
        return None
    holders = _fullest(shelf, HOLDERS)
    nodes = _with_company(market, holders, orders)
    cost = _costs(market, sku, orders, nodes)[: len(holders)]
    units = np.array([order.units for order in orders], dtype=np.float64)
    demand, supply = expected * units / units.sum(), shelf[holders]
    served = np.isfinite(cost).any(axis=0)
    cost, demand = cost[:, served], demand[served]
    if suffices(supply, demand, cost):
        return None
    solved = transport(supply, demand, cost, _WORST * np.where(np.isfinite(cost), cost, 0.0).max(axis=0))
    relative = np.zeros(len(shelf))
    relative[holders] = solved.prices - solved.prices.min()
    return relative


def can_be_scarce(units: Iterable[float], expected: float) -> bool:
    """Whether a shelf may run dry while another holds the SKU: whoever could serve everybody is nobody's bottleneck.

    units     by node
    expected  units that will be wanted
    """
    fullest = sorted((held for held in units if held > 0), reverse=True)[:HOLDERS]
    return len(fullest) > 1 and fullest[-1] < expected


def settled(before: Floats | None, now: Floats | None) -> Floats:
    """Half way from the price before to the price now: SKUs of one basket are priced by one another, and would swing.

    before  None when it had none: then the price now counts in full
    now     None when it is not scarce any more
    """
    if before is None:
        assert now is not None, "who has no price and gets none is not asked about"
        return now
    return before / 2 if now is None else (before + now) / 2


def _fullest(shelf: Floats, most: int) -> NDArray[np.intp]:
    held = np.flatnonzero(shelf > 0)
    return np.sort(held[np.argsort(-shelf[held], kind="stable")[:most]])


def _with_company(market: Market, holders: NDArray[np.intp], orders: Sequence[Wanted]) -> NDArray[np.intp]:
    """The holders, then the nodes that hold most kinds of what else is in those orders."""
    kinds = np.zeros(len(market.fee))
    for sku in {sku for order in orders for sku, _ in order.others}:
        shelf = market.shelves.get(sku)
        if shelf is not None:
            kinds += shelf > 0
    kinds[holders] = 0
    others = np.argsort(-kinds, kind="stable")[: NODES - len(holders)]
    return np.concatenate([holders, others[kinds[others] > 0]])


def _costs(market: Market, sku: str, orders: Sequence[Wanted], nodes: NDArray[np.intp]) -> Floats:
    """By node and order: what a unit costs there, with the whole order's parcels, when it must come from that node."""
    cost = np.empty((len(nodes), len(orders)))
    alike: defaultdict[int, list[int]] = defaultdict(list)
    others = [[each for each in order.others if _held(market, each, nodes)] for order in orders]
    for place, wanted in enumerate(others):
        alike[len(wanted)].append(place)
    for lines, places in alike.items():
        zones = [orders[place].zone for place in places]
        parcel = market.parcel[nodes][:, zones].T
        carried = market.fee[nodes] + market.weights[sku] * market.per_kg[nodes][:, zones].T
        rest = np.array([[_line(market, o, orders[place].zone, nodes) for o in others[place]] for place in places])
        whole = _whole(parcel, rest.reshape(len(places), lines, len(nodes)))
        units = np.array([[orders[place].units] for place in places])
        cost[:, places] = (whole / units + carried).T
    return cost


def _held(market: Market, wanted: tuple[str, int], nodes: NDArray[np.intp]) -> bool:
    shelf = market.shelves.get(wanted[0])
    return shelf is not None and bool((shelf[nodes] >= wanted[1]).any())


def _line(market: Market, wanted: tuple[str, int], zone: int, nodes: NDArray[np.intp]) -> Floats:
    """What another line costs from each node, its own scarcity included; infinite where there is too little."""
    sku, units = wanted
    each = market.fee[nodes] + market.weights[sku] * market.per_kg[nodes, zone]
    known = market.known.get(sku)
    if known is not None:
        each = each + known[nodes]
    return np.where(market.shelves[sku][nodes] >= units, units * each, np.inf)


def _whole(parcel: Floats, rest: Floats) -> Floats:
    """By order and node: the least cost of parcels and other lines over all sets of nodes with that node in it.

    parcel  by order and node
    rest    by order, line and node
    """
    nodes, lines = parcel.shape[1], rest.shape[1]
    least = np.full(parcel.shape, np.inf)
    for size in range(1, min(_PARCELS, lines + 1, nodes) + 1):
        sets = _sets(nodes, size)
        total = parcel[:, sets].sum(axis=2)
        for line in range(lines):
            total += rest[:, line][:, sets].min(axis=2)
        for node in range(nodes):
            within = total[:, (sets == node).any(axis=1)].min(axis=1)
            least[:, node] = np.minimum(least[:, node], within)
    return least


@cache
def _sets(nodes: int, size: int) -> NDArray[np.intp]:
    return np.array(list(combinations(range(nodes), size)), dtype=np.intp)
