"""From all stores to those where a basket is best picked up: the promise over these offers the ones of all."""

from collections.abc import Iterable

import numpy as np

from sangdan.offer.promise.model import Policy, ServiceRule
from sangdan.offer.promise.model.gates import Floor, gates_of
from sangdan.offer.promise.model.prune import Numbers
from sangdan.offer.promise.model.quote import SHOPPER_M_PER_S, Rank

from .question import Pick, Question
from .timetables import seconds
from .weigh import Weigher


class Stores:
    """Stores that have a basket packed in time, as far as their hours go.

    node      by store, ascending
    ready_at  by store; one that has others to serve first may be later, never sooner
    short     stores that do not hold the whole basket
    """

    def __init__(
        self, question: Question, weigher: Weigher, rule: ServiceRule, node: Numbers, ready_at: Numbers
    ) -> None:
        self._question = question
        self._rule = rule
        self._holds, self._exact, self._least_minor = weigher.baskets(question.reach.atlas, node)
        self._ids = [question.reach.atlas.ids[int(each)] for each in node.tolist()]
        there_at = seconds(question.asked.at)
        self._distance_m = question.reach.distances_m()[node]
        self._ring = rings(question.asked.policy, self._distance_m)
        self._in_hand = np.maximum(ready_at, there_at + self._distance_m // SHOPPER_M_PER_S)
        self.short = int(np.count_nonzero(~self._holds))

    def short_among(self, node_ids: Iterable[str]) -> set[str]:
        """Those of some nodes that are stores which do not hold the whole basket."""
        lacking = {self._ids[int(store)] for store in np.flatnonzero(~self._holds).tolist()}
        return lacking & set(node_ids)

    def nodes(self, ways: int) -> set[str]:
        """The stores that the promise must see to offer the best ones.

        ways    how many are offered, >= 0
        source  a store costs at least its cheapest sellers' prices and hands over when its hours allow at best; in that
                order, nothing comes before those that are as good as that once `ways` of them are found, and nothing
                of a farther ring is offered once there is one
        """
        fee_minor = self._rule.flat_minor or 0
        least_fee_minor = fee_minor if self._rule.free_from_minor is None else 0
        found: list[str] = []
        sure: list[Rank] = []
        order = np.lexsort((self._distance_m, self._in_hand, self._least_minor, self._ring))
        for store in (int(each) for each in order.tolist()):
            node_id, distance_m = self._ids[store], int(self._distance_m[store])
            ring, goods_minor, in_hand = (int(each[store]) for each in (self._ring, self._least_minor, self._in_hand))
            if not self._holds[store]:
                continue
            at_best = (ring, goods_minor + least_fee_minor, in_hand, distance_m, node_id)
            if sum(rank <= at_best for rank in sure) >= ways or any(rank[0] < ring for rank in sure):
                break
            found.append(node_id)
            if self._exact[store]:
                truly = self._truly(node_id) if self._question.busy.delays(node_id) else in_hand
                if truly is not None:
                    sure.append((ring, goods_minor + fee_minor, max(in_hand, truly), distance_m, node_id))
        return set(found)

    def _truly(self, node_id: str) -> int | None:
        """When a store that has others to serve is ready; None when that is too late."""
        inputs = self._question.inputs([Pick(self._rule.service, (node_id,))])
        promised = [gate.promised(inputs.start) for gate in gates_of(Floor(inputs), self._rule)]
        return promised[0] if promised else None


def rings(policy: Policy, distances_m: Numbers) -> Numbers:
    """By store: `Policy.ring` of its distance."""
    if not policy.near_m:
        return np.zeros_like(distances_m)
    # The exponent of a whole number is its length in bits.
    return np.frexp(np.maximum(distances_m - 1, 0) // policy.near_m)[1].astype(np.int64)
