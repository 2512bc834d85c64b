"""Every node of a service judged: chosen, feasible but worse and by what, or ruled out and by which rules."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ..answer import Parcel, Way
from ..inputs import PICKUP, Inputs, Node, Route, ServiceRule
from ..quote import store_rank
from .answer import Difference, Verdict
from .price import DECIDES, difference, weight_of
from .rulings import rulings
from .trial import Trial, outcome, trial_of


def verdicts(inputs: Inputs, rule: ServiceRule, ways: Sequence[Way]) -> tuple[Verdict, ...]:
    """Judge every node that could give a service.

    ways   the service's own; none when it is not offered
    gives  the chosen, then the feasible from the best on, then the ruled out from the nearest on
    """
    routes: defaultdict[str, list[Route]] = defaultdict(list)
    for route in inputs.routes:
        if route.service == rule.service:
            routes[route.node_id].append(route)
    chosen = {parcel.node_id: parcel for way in ways for parcel in way.parcels}
    judged: list[tuple[tuple[object, ...], Verdict]] = []
    for node in inputs.nodes:
        doors: Sequence[Route | None] = [None] if rule.service == PICKUP and node.pickup else routes[node.node_id]
        if node.node_id in chosen:
            parcel = chosen[node.node_id]
            verdict = Verdict(
                node_id=node.node_id, distance_m=node.distance_m, ruling="chosen", lane_id=parcel.lane_id
            )  # fmt: skip
            judged.append(((0, list(chosen).index(node.node_id)), verdict))
        elif doors:
            judged.append(_judged(inputs, rule, ways, node, doors))
    return tuple(verdict for _, verdict in sorted(judged, key=lambda each: each[0]))


def _judged(
    inputs: Inputs, rule: ServiceRule, ways: Sequence[Way], node: Node, doors: Sequence[Route | None]
) -> tuple[tuple[object, ...], Verdict]:
    """A node by the best of its lanes and of the places it could take, with what it is sorted by."""
    tried = [
        (trial_of(inputs, rule, node, route, way, out), way, out) for route in doors for way, out in _places(rule, ways)
    ]
    found = [(*_rank(inputs, rule, each), trial, way, out) for trial, way, out in tried for each in _outcome(trial)]
    if found:
        rank, other, trial, way, out = min(found, key=lambda each: each[0])
        assert way is not None, "a node that will do would have been chosen if nothing was"
        lost_by, differs = _lost(inputs, rule, other, way)
        verdict = Verdict(
            node_id=node.node_id, distance_m=node.distance_m, ruling="feasible", lane_id=_lane(trial),
            instead_of=None if out is None else out.node_id, lost_by=lost_by, difference=differs,
        )  # fmt: skip
        return (1, rank), verdict
    ruled = [(rulings(trial), trial, out) for trial, _, out in tried]
    why, trial, out = min(ruled, key=lambda each: len(each[0]))
    verdict = Verdict(
        node_id=node.node_id, distance_m=node.distance_m, ruling="ruled_out", lane_id=_lane(trial),
        instead_of=None if out is None else out.node_id, rulings=why,
    )  # fmt: skip
    return (2, node.distance_m, node.node_id), verdict


def _places(rule: ServiceRule, ways: Sequence[Way]) -> Iterator[tuple[Way | None, Parcel | None]]:
    """What a node may be tried for: each parcel of the way; among stores, the last one that is offered."""
    if not ways:
        yield None, None
    elif rule.service == PICKUP:
        yield ways[-1], ways[-1].parcels[0]
    else:
        for parcel in ways[0].parcels:
            yield ways[0], parcel


def _outcome(trial: Trial) -> Sequence[Way]:
    way = outcome(trial.inputs, trial.rule)
    return [] if way is None else [way]


def _lane(trial: Trial) -> str | None:
    return None if trial.route is None else trial.route.lane_id


def _rank(inputs: Inputs, rule: ServiceRule, way: Way) -> tuple[tuple[object, ...], Way]:
    if rule.service == PICKUP:
        return store_rank(inputs, way), way
    weight = weight_of(inputs, rule, way)
    return tuple(getattr(weight, name) for name in weight.__struct_fields__), way


def _lost(inputs: Inputs, rule: ServiceRule, other: Way, chosen: Way) -> tuple[str, Difference]:
    """What decided against a feasible way, and by how much it differs."""
    (mine, _), (its, _) = _rank(inputs, rule, other), _rank(inputs, rule, chosen)
    decides = ("far", "price", "date", "distance", "order") if rule.service == PICKUP else DECIDES
    first = next((at for at, (a, b) in enumerate(zip(mine, its, strict=True)) if a != b), len(decides) - 1)
    later_s = int((other.promised_at - chosen.promised_at).total_seconds())
    return decides[first], difference(inputs, other, chosen, later_s)
