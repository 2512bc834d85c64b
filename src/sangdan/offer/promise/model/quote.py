"""The promise itself: for a basket, a place and an instant, the ways to receive it. Pure, and the same to the byte."""

from collections.abc import Sequence
from typing import TypeAlias

from .answer import NotOffered, Quote, Reason, Way
from .choice import Shelves, choose
from .gates import Floor, Gate, gates_of
from .inputs import PICKUP, Inputs, ServiceRule
from .reason import bars, explain, refuse
from .way import legs_of, utc, way_of

# How fast a shopper comes to a store, to weigh a near one against one that is ready sooner.
SHOPPER_M_PER_S = 8

# A store's ring, what the shopper pays, when the shopper can hold the goods, how far it is, the store.
Rank: TypeAlias = tuple[int, int, int, int, str]


def quote(inputs: Inputs) -> Quote:
    """Compute every service's ways.

    inputs  all facts; every node that a route names is among them
    gives   ways, soonest first and then cheapest: one a delivery service at most, and the policy's number of stores for
            picking up, none of them farther off than need be; for every other service of the policy the reasons why not
    """
    desk = _Desk(inputs)
    ways: list[Way] = []
    not_offered: list[NotOffered] = []
    for rule in inputs.policy.services:
        found, reasons = desk.ways(rule)
        ways += found
        if not found:
            not_offered.append(NotOffered(rule.service, tuple(reasons)))
    ways.sort(key=lambda way: (way.promised_at, way.price.total_minor, way.service))
    return Quote(at=utc(inputs.at), currency=inputs.currency, ways=tuple(ways), not_offered=tuple(not_offered))


def ways_of(inputs: Inputs, service: str) -> tuple[Way, ...]:
    """The ways of one service alone, each the same to the byte as in the whole quote."""
    desk = _Desk(inputs)
    return tuple(way for rule in inputs.policy.services if rule.service == service for way in desk.ways(rule)[0])


def store_rank(inputs: Inputs, way: Way) -> Rank:
    """What a store is chosen by, the best first: its ring, the price, when the shopper can hold it, how near it is.

    way  to pick up
    """
    assert way.node_id is not None
    distance_m = next(node.distance_m for node in inputs.nodes if node.node_id == way.node_id)
    in_hand = max(int(way.promised_at.timestamp()), inputs.at + distance_m // SHOPPER_M_PER_S)
    return inputs.policy.ring(distance_m), way.price.total_minor, in_hand, distance_m, way.node_id


class _Desk:
    """One question's shared work: what is on the shelves, and when each node has it packed."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._floor = Floor(inputs)
        self._shelves = Shelves(inputs)

    def ways(self, rule: ServiceRule) -> tuple[list[Way], list[Reason]]:
        """A service's ways, or why there is none."""
        barred = bars(self._inputs, rule)
        if barred:
            return [], barred
        gates = gates_of(self._floor, rule)
        timely = [gate for gate in gates if gate.promised(self._inputs.start) is not None]
        if rule.service == PICKUP:
            stores = (self._way(rule, gates, [gate], 1) for gate in timely)
            ranked = sorted((store_rank(self._inputs, way), way) for way in stores if way is not None)
            ways = [way for rank, way in ranked if rank[0] == ranked[0][0][0]]
            ways = ways[: self._inputs.policy.pickup_ways]
        else:
            way = self._way(rule, gates, timely, self._inputs.policy.max_parcels)
            ways = [] if way is None else [way]
        return ways, [] if ways else refuse(self._inputs, rule, gates, self._shelves.supply(dated=True))

    def _way(self, rule: ServiceRule, gates: Sequence[Gate], timely: Sequence[Gate], most: int) -> Way | None:
        choice = choose(self._inputs, rule, self._shelves, timely, most)
        if choice is None:
            return None
        legs = legs_of(self._inputs, choice)
        reasons = explain(self._inputs, rule, choice, legs, gates, self._shelves.supply(dated=False))
        return way_of(self._inputs, rule, choice, legs, reasons)
