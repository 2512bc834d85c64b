"""From all gates of a delivery to the few nodes of its best plan: the promise over these is the one over all."""

from collections.abc import Iterable

import numpy as np

from sangdan.offer.promise.model import ServiceRule
from sangdan.offer.promise.model.choice import Shelves, choose
from sangdan.offer.promise.model.gates import Floor, gates_of
from sangdan.offer.promise.model.outlets import Outlet, outlets_of
from sangdan.offer.promise.model.prune import NEVER, Kept, Numbers, kept, undominated

from .atlas import Lanes
from .question import Pick, Question
from .reach import LATE
from .weigh import Weigher

# So many nodes are looked at as they are.
FEW = 12


class Narrow:
    """One service's gates that promise in time as far as hours and runs go.

    gates        of `lanes`, ascending
    promised_at  by these gates, from `Reach.delivered` at best; nodes that have others to serve first may be later
    """

    def __init__(
        self,
        question: Question,
        weigher: Weigher,
        rule: ServiceRule,
        lanes: Lanes,
        gates: Numbers,
        promised_at: Numbers,
    ) -> None:
        self._question = question
        self._weigher = weigher
        self._rule = rule
        self._lanes = lanes
        self._gates = gates
        self._promised_at = promised_at

    def nodes(self, parcels: int) -> set[str]:
        """The nodes that the promise must see to give the best plan, and the best one of a single parcel.

        parcels  at most, 1..3
        """
        found = self._by_cost(parcels)
        if found is None or (not found.gates and not self._weigher.plain):
            return self._by_choice(parcels)
        gates = {*found.gates, *(() if found.single is None else (found.single,))}
        return {self._id(gate) for gate in gates}

    def _id(self, gate: int) -> str:
        return self._question.reach.atlas.ids[int(self._lanes.node[self._gates[gate]])]

    def _by_cost(self, parcels: int) -> Kept | None:
        """The best plan where costs alone tell it; None where they do not."""
        weigher, rule, threshold = self._weigher, self._rule, self._rule.free_from_minor
        foreign = self._lanes.currencies - {self._question.basket.currency}
        if foreign or not weigher.distinct or not len(self._gates):
            return None
        if threshold is None or weigher.high < threshold:
            return self._kept(parcels, pays=True)
        if weigher.low >= threshold:
            return self._kept(parcels, pays=False)
        paying = self._kept(parcels, pays=True)
        if paying is None or not paying.gates or rule.flat_minor is None or self._lanes.surcharge_minor.any():
            return None
        # Below the threshold even with the fee, nothing that reaches it is cheaper; above it, nobody pays the fee, and
        # without it the same plan is the best. In between, both have to be tried.
        surely_paid = paying.goods_minor + rule.flat_minor < threshold
        return paying if surely_paid or paying.goods_minor >= threshold else None

    def _kept(self, parcels: int, *, pays: bool) -> Kept | None:
        """Prune; look at what is left as it is, and prune again until no date of it is in doubt: none gets sooner."""
        field = self._weigher.field(self._rule, self._lanes, self._gates, self._promised_at.copy(), pays=pays)
        checked: set[str] = set()
        while field is not None and (found := kept(field, parcels)) is not None:
            gates = [*found.gates, *(() if found.single is None else (found.single,))]
            doubtful = {node_id for node_id in map(self._id, gates) if self._doubtful(node_id)} - checked
            if not doubtful:
                return found
            truly = self._truly(doubtful)
            numbers = [self._question.reach.atlas.number[node_id] for node_id in doubtful]
            for gate in np.flatnonzero(np.isin(self._lanes.node[self._gates], numbers)).tolist():
                lane = self._lanes.lanes[int(self._lanes.lane[self._gates[gate]])].lane_id
                field.promised_at[gate] = promised_at = truly.get((self._id(gate), lane), LATE)
                if promised_at == LATE:
                    field.cost[:, gate] = NEVER
            checked |= doubtful
        return None

    def _doubtful(self, node_id: str) -> bool:
        return not self._question.reach.as_configured or self._question.busy.delays(node_id)

    def _truly(self, node_ids: Iterable[str]) -> dict[tuple[str, str], int]:
        """What nodes promise, by node and lane; without those that are late."""
        inputs = self._question.inputs([Pick(self._rule.service, tuple(sorted(node_ids)))])
        found: dict[tuple[str, str], int] = {}
        for gate in gates_of(Floor(inputs), self._rule):
            promised_at = gate.promised(inputs.start)
            if gate.route is not None and promised_at is not None:
                found[gate.node.node_id, gate.route.lane_id] = promised_at
        return found

    def _by_choice(self, parcels: int) -> set[str]:
        """The nodes of the choice itself among all that nothing outdoes, where limits tie the lines together."""
        if not self._question.reach.as_configured:
            promised_at = self._question.reach.delivered(self._rule, self._lanes, self._gates)
            self._gates, self._promised_at = self._gates[promised_at < LATE], promised_at[promised_at < LATE]
        nodes = sorted({self._id(gate) for gate in self._outstanding(parcels)})
        if len(nodes) <= FEW:
            return set(nodes)
        inputs = self._question.inputs([Pick(self._rule.service, tuple(nodes))])
        gates = [gate for gate in gates_of(Floor(inputs), self._rule) if gate.promised(inputs.start) is not None]
        shelves = Shelves(inputs)
        choice = choose(inputs, self._rule, shelves, gates, parcels)
        found: set[str] = set()
        for plan in () if choice is None else (choice.plan, choice.single):
            found |= set() if plan is None else {part.outlet.gate.node.node_id for part in plan.parts}
        for supply in shelves.supplies():
            found |= _fillers(outlets_of(inputs.lines, supply, gates, pays=True), found)
        return found

    def _outstanding(self, parcels: int) -> Iterable[int]:
        """Gates that no gates of enough other nodes outdo in every respect; all, when charges are not comparable."""
        lanes, gates, weigher, rule = self._lanes, self._gates, self._weigher, self._rule
        if lanes.currencies - {self._question.basket.currency}:
            return range(len(gates))
        node, sends = lanes.node[gates], weigher.sends(lanes, gates)
        paying, base = weigher.bases(rule, lanes, gates, pays=True)
        free, _ = weigher.bases(rule, lanes, gates, pays=False)
        limits_g = np.minimum(lanes.max_weight_g[gates], weigher.line_weight_g.sum())
        asks: list[Numbers] = [base, paying, free, self._promised_at, -limits_g]
        gives = list(asks)
        shelf, total = (np.where(sends, held[:, node], 0) for held in (weigher.shelf, weigher.total))
        gives += list(-np.minimum(shelf, weigher.most[:, None]))
        asks += list(-np.minimum(total, weigher.most[:, None]))
        for pays in (True, False):
            for costs in weigher.units(rule, lanes, gates, pays=pays):
                priced = list(np.where(total > 0, costs, NEVER))
                gives, asks = gives + priced, asks + priced
        calm = np.array([not self._question.busy.delays(self._id(gate)) for gate in range(len(gates))], np.bool_)
        return (int(gate) for gate in undominated(np.stack(asks), np.stack(gives), node, calm, parcels))


def _fillers(outlets: Iterable[Outlet], among: set[str]) -> set[str]:
    """For each line that can be filled whole from one place: such a place, so that it stays a line that can be."""
    found: dict[int, str] = {}
    for outlet in sorted(outlets, key=lambda each: each.gate.node.node_id not in among):
        for place, options in enumerate(outlet.options):
            if options:
                found.setdefault(place, outlet.gate.node.node_id)
    return set(found.values())
