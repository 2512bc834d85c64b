"""Which nodes a service's promise gets to see, and what keeps the others out.

A handful of nodes go in as they are. Of more, those of the best plan over all of them go in, with some that look better
at first sight, so that the promise can say why they are not.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

import numpy as np

from sangdan.offer.promise.model import LeftOut, Service, ServiceRule
from sangdan.offer.promise.model.inputs import PICKUP
from sangdan.offer.promise.model.prune import Flags, Numbers

from .atlas import Lanes
from .narrow import FEW, Narrow
from .question import Pick, Question
from .reach import LATE
from .stores import Stores
from .weigh import Weigher

# Nobody drives farther to a store than this.
PICKUP_WITHIN_M: Final = 50_000
# The nearest of those that could promise, and of those that cannot in time: to say what is wrong with them.
NEAR: Final = 3
SHOWN: Final = 3


class Picker:
    """Picks for all services of a question.

    everywhere  leave out none that could give the goods
    """

    def __init__(self, question: Question, weigher: Weigher, *, everywhere: bool = False) -> None:
        self._question = question
        self._reach = question.reach
        self._ids = question.reach.atlas.ids
        self._weigher = weigher
        self._everywhere = everywhere
        self._barred: dict[str, set[str]] = {}  # by cause, when everywhere
        self._asked: Flags = weigher.held & self._reach.asked()
        self._works = self._reach.works()

    def picks(self) -> list[Pick]:
        """For every service the nodes that its promise gets to see."""
        policy = self._question.asked.policy
        return [self._pick(rule, policy.max_parcels) for rule in policy.services]

    def _pick(self, rule: ServiceRule, max_parcels: int) -> Pick:
        causes: Counter[str] = Counter()
        self._barred.clear()
        if rule.service == PICKUP:
            near = self._reach.distances_m() <= PICKUP_WITHIN_M
            able = self._left(self._asked & self._reach.atlas.pickup, near, causes, "too_far")
        else:
            lanes = self._reach.gates(rule)
            able = self._left(self._asked, lanes.reaches, causes, "no_route")
            if lanes.currencies - {self._question.basket.currency}:
                able = self._left(able, self._convertible(able, rule), causes, "no_rate")
        able = self._left(able, self._works, causes, "out_of_service")
        able = self._left(able, self._weigher.has_terms, causes, "no_terms")
        nodes = np.flatnonzero(able)
        if len(nodes) <= FEW or self._everywhere:
            return _picked(rule.service, self._named(nodes), causes, self._barred)
        if rule.service == PICKUP:
            return self._stores(rule, nodes, causes)
        return self._delivery(rule, self._reach.gates(rule), able, causes, max_parcels)

    def _left(self, able: Flags, good: Flags, causes: Counter[str], cause: str) -> Flags:
        gone = able & ~good
        causes[cause] += int(np.count_nonzero(gone))
        if self._everywhere:
            self._barred[cause] = self._named(np.flatnonzero(gone))
        return able & good

    def _convertible(self, able: Flags, rule: ServiceRule) -> Flags:
        """By node: whether the charges of any of its lanes can be converted."""
        flags = np.zeros_like(able)
        for node in self._named(np.flatnonzero(able)):
            flags[self._reach.atlas.number[node]] = bool(self._reach.runs(node, rule))
        return flags

    def _stores(self, rule: ServiceRule, nodes: Numbers, causes: Counter[str]) -> Pick:
        ready_at = self._reach.collected(rule)[nodes]
        stores = Stores(self._question, self._weigher, rule, nodes[ready_at < LATE], ready_at[ready_at < LATE])
        chosen = stores.nodes(self._question.asked.policy.pickup_ways)
        chosen |= self._nearest(nodes[ready_at < LATE], NEAR)
        causes["no_stock"] += stores.short - len(stores.short_among(chosen))
        return _picked(rule.service, chosen | self._late(nodes[ready_at == LATE], causes), causes)

    def _delivery(self, rule: ServiceRule, lanes: Lanes, able: Flags, causes: Counter[str], max_parcels: int) -> Pick:
        gates = np.flatnonzero(able[lanes.node])
        promised_at = self._reach.delivered(rule, lanes, gates, at_best=True)
        timely = promised_at < LATE
        gates, promised_at = gates[timely], promised_at[timely]
        on_time = np.zeros_like(able)
        on_time[lanes.node[gates]] = True
        narrow = Narrow(self._question, self._weigher, rule, lanes, gates, promised_at)
        chosen = narrow.nodes(max_parcels) | self._nearest(np.flatnonzero(on_time), NEAR)
        return _picked(rule.service, chosen | self._late(np.flatnonzero(able & ~on_time), causes), causes)

    def _late(self, nodes: Numbers, causes: Counter[str]) -> set[str]:
        """The nearest of those that cannot promise in time; the others are counted by why."""
        shown = self._nearest(nodes, SHOWN)
        for node_id in self._named(nodes) - shown:
            causes[self._reach.shut(node_id) or "too_late"] += 1
        return shown

    def _nearest(self, nodes: Numbers, most: int) -> set[str]:
        """So many of these nodes; of those equally far, the first by id."""
        order = np.argsort(self._reach.distances_m()[nodes], kind="stable")
        return self._named(nodes[order[:most]])

    def _named(self, nodes: Numbers) -> set[str]:
        return {self._ids[int(node)] for node in nodes.tolist()}


def _picked(
    service: Service, nodes: set[str], causes: Counter[str], barred: Mapping[str, Collection[str]] | None = None
) -> Pick:
    left_out = tuple(
        LeftOut(service, cause, count, tuple(sorted((barred or {}).get(cause, ()))))
        for cause, count in sorted(causes.items())
        if count
    )
    return Pick(service, tuple(sorted(nodes)), left_out)
