"""What rules a node out: of all that could stand in its way, a set of which none is too many.

source  a deletion filter (irreducible sets of constraints): lift every rule, then put each back that does no harm
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from msgspec.structs import replace

from ..answer import Reason
from ..arrival import opening
from ..gates import Floor, Gate
from ..inputs import PICKUP, UNATTENDED, Cell, Departures, Hours, Inputs, Line, Node, Offer, Route, offers_of
from ..reason import iso
from .trial import Trial, outcome

Lift: TypeAlias = Callable[[Inputs], Inputs]

# Farther than any timetable of a question, and than any carrier's limit.
_FAR_S: Final = 5 * 366 * 86_400
_NO_LIMIT: Final = 1 << 40


class Obstacle(NamedTuple):
    """Something that may stand in a node's way, and the question without it."""

    reason: Reason
    lift: Lift


def rulings(trial: Trial) -> tuple[Reason, ...]:
    """Why a trial has no outcome: lifting all of these gives it one, lifting all but one of them does not."""
    standing = list(_obstacles(trial))
    assert _passes(trial, standing), "without any rule every node would do"
    for each in reversed(standing):
        others = [other for other in standing if other is not each]
        if _passes(trial, others):
            standing = others
    return tuple(each.reason for each in standing)


def _passes(trial: Trial, lifted: Sequence[Obstacle]) -> bool:
    inputs = trial.inputs
    for each in lifted:
        inputs = each.lift(inputs)
    return outcome(inputs, next(r for r in inputs.policy.services if r.service == trial.rule.service)) is not None


def _obstacles(trial: Trial) -> Iterator[Obstacle]:
    """All that may stand in the way, what tells most first: of two that would each explain it, the first is named."""
    yield from _seller(trial)
    yield from _stock(trial)
    yield from _goods(trial)
    yield from _floor(trial)
    yield from _time(trial)


def _seller(trial: Trial) -> Iterator[Obstacle]:
    held = {cell.sku for cell in trial.inputs.cells if cell.node_id == trial.node.node_id}
    for line in trial.missing:
        seller_id, number = line.seller_id, line.line_no
        if seller_id is not None and line.sku in held:

            def lift(inputs: Inputs, number: int = number) -> Inputs:
                lines = (replace(each, seller_id=None) if each.line_no == number else each for each in inputs.lines)
                return replace(inputs, lines=tuple(lines))

            yield Obstacle(Reason("seller", {"sku": line.sku, "seller_id": seller_id}), lift)


def _stock(trial: Trial) -> Iterator[Obstacle]:
    """SKUs of which the shelf holds too little."""
    wanted: defaultdict[str, list[Line]] = defaultdict(list)
    for line in trial.missing:
        wanted[line.sku].append(line)
    for sku, lines in wanted.items():
        sellers = {seller for line in lines for seller in offers_of(line, trial.inputs.offers)}
        here = [c for c in trial.inputs.cells if (c.node_id, c.sku) == (trial.node.node_id, sku)]
        held = sum(cell.units for cell in here if cell.owner_id in sellers)
        units = sum(line.units for line in lines)

        def lift(inputs: Inputs, lines: Sequence[Line] = lines) -> Inputs:
            for line in lines:
                inputs = _filled(inputs, trial.node.node_id, line)
            return inputs

        if not sellers:
            yield Obstacle(Reason("not_for_sale", {"sku": sku}), lift)
        elif held < units:
            yield Obstacle(Reason("no_stock", {"sku": sku, "units": units, "held": held}), lift)


def _filled(inputs: Inputs, node_id: str, line: Line) -> Inputs:
    """A shelf with as much more as a line wants, of the seller who asks least for it; of somebody, if nobody asks."""
    asking = sorted((each.unit_price_minor, each.seller_id) for each in offers_of(line, inputs.offers).values())
    if not asking:
        asking = [(0, line.seller_id or "")]
        inputs = replace(inputs, offers=(*inputs.offers, Offer(line.sku, asking[0][1], 0)))
    seller_id = asking[0][1]
    key = node_id, line.sku, seller_id
    here = next((c for c in inputs.cells if (c.node_id, c.sku, c.owner_id) == key), Cell(*key, 0))
    others = tuple(cell for cell in inputs.cells if cell is not here)
    return replace(inputs, cells=(*others, replace(here, units=here.units + line.units)))


def _goods(trial: Trial) -> Iterator[Obstacle]:
    """What the goods ask of the node and of its carrier."""
    node, route = trial.node, trial.route
    if trial.rule.service == PICKUP and node.kind == UNATTENDED:
        for line in trial.inputs.lines:
            if line.age_limit or line.pickup_only:
                yield Obstacle(Reason("unattended", {"sku": line.sku}), _node(node, kind="store"))
                break
    for line in trial.missing:
        args: dict[str, str | int] = {"sku": line.sku, "temperature": line.temperature}
        if line.temperature not in node.temperatures:
            warm = _node(node, temperatures=_and(node.temperatures, trial.missing))
            yield Obstacle(Reason("node_temperature", args), warm)
            break
    if route is None:
        return
    for line in trial.missing:
        args = {"sku": line.sku, "temperature": line.temperature, "lane_id": route.lane_id}
        if line.temperature not in route.temperatures:
            cold = _route(route, temperatures=_and(route.temperatures, trial.missing))
            yield Obstacle(Reason("lane_temperature", args), cold)
            break
    weight_g = sum(line.weight_g * line.units for line in trial.missing)
    if weight_g > route.max_weight_g:
        args = {"weight_g": weight_g, "max_weight_g": route.max_weight_g, "lane_id": route.lane_id}
        yield Obstacle(Reason("too_heavy", args), _route(route, max_weight_g=_NO_LIMIT))


def _floor(trial: Trial) -> Iterator[Obstacle]:
    """Whether anybody is there, has room, and comes to it."""
    inputs, node = trial.inputs, trial.node
    if node.parcels_per_hour == 0:
        yield Obstacle(Reason("takes_nothing", {}), _node(node, parcels_per_hour=1000))
    if node.full_hours:
        yield Obstacle(Reason("full", {"from_at": iso(node.full_hours[0])}), _node(node, full_hours=()))
    hours = inputs.hours[node.hours]
    opens_at = opening(hours, inputs.start)
    if opens_at == inputs.start:
        closes_at = next(at for at in hours.closes if at > inputs.start)
        opens_at = opening(hours, closes_at)
    because: dict[str, str | int] = {"because": node.shut or "hours"}
    if opens_at is None:
        yield Obstacle(Reason("closed", because), _always_open(node))
    else:
        yield Obstacle(Reason("closed_until", because | {"opens_at": iso(opens_at)}), _always_open(node))
    if node.unpicked:
        parcels = sum(each.parcels for each in node.unpicked)
        yield Obstacle(Reason("queue", {"parcels": parcels}), _node(node, unpicked=()))


def _time(trial: Trial) -> Iterator[Obstacle]:
    """The carrier's cut-offs, and the service's own limit."""
    inputs, node, route = trial.inputs, trial.node, trial.route
    course = Gate(Floor(inputs), node, route, trial.rule).course(inputs.start)
    if route is not None:
        runs = inputs.departures[route.departures]
        missed = [c for c, d in zip(runs.cut_offs, runs.departs, strict=True) if d > inputs.start]
        if missed:
            args: dict[str, str | int] = {"cut_off_at": iso(missed[0]), "lane_id": route.lane_id}
            reason = Reason("cut_off", args)
            yield Obstacle(reason, _without_cut_offs(route, node))
    latest: dict[str, str | int] = {"latest_at": iso(inputs.at + trial.rule.within_s)}
    if course is None:
        yield Obstacle(Reason("never", latest), _any_time(trial))
    else:
        yield Obstacle(Reason("too_late", latest | {"would_at": iso(course.promised_at)}), _any_time(trial))


def _and(temperatures: Sequence[str], lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*temperatures, *(line.temperature for line in lines)]))


def _node(node: Node, **changes: object) -> Lift:
    """The question with a node changed."""

    def lift(inputs: Inputs) -> Inputs:
        nodes = (replace(each, **changes) if each.node_id == node.node_id else each for each in inputs.nodes)
        return replace(inputs, nodes=tuple(nodes))

    return lift


def _route(route: Route, **changes: object) -> Lift:
    """The question with a route changed."""
    key = route.node_id, route.lane_id

    def lift(inputs: Inputs) -> Inputs:
        routes = (replace(e, **changes) if (e.node_id, e.lane_id) == key else e for e in inputs.routes)
        return replace(inputs, routes=tuple(routes))

    return lift


def _always_open(node: Node) -> Lift:
    def lift(inputs: Inputs) -> Inputs:
        always = Hours((inputs.at,), (inputs.at + 2 * _FAR_S,))
        open_ = replace(inputs, hours=(*inputs.hours, always))
        return _node(node, hours=len(inputs.hours))(open_)

    return lift


def _without_cut_offs(route: Route, node: Node) -> Lift:
    """Whatever the node begins before a run leaves goes with it."""

    def lift(inputs: Inputs) -> Inputs:
        departs = inputs.departures[route.departures].departs
        runs = Departures(tuple(at + node.handling_s for at in departs), departs)
        more = replace(inputs, departures=(*inputs.departures, runs))
        return _route(route, departures=len(inputs.departures))(more)

    return lift


def _any_time(trial: Trial) -> Lift:
    """The question when any date would do: beyond the timetables the node opens once more, and a run leaves."""
    node_id, route = trial.node.node_id, trial.route

    def lift(inputs: Inputs) -> Inputs:
        far_at = inputs.at + _FAR_S
        node = next(each for each in inputs.nodes if each.node_id == node_id)
        hours = inputs.hours[node.hours]
        if not hours.closes or hours.closes[-1] < far_at:
            later = Hours((*hours.opens, far_at), (*hours.closes, far_at + _FAR_S))
            inputs = _node(node, hours=len(inputs.hours))(replace(inputs, hours=(*inputs.hours, later)))
        rules = tuple(replace(rule, within_s=4 * _FAR_S) for rule in inputs.policy.services)
        inputs = replace(inputs, policy=replace(inputs.policy, services=rules))
        if route is None:
            return inputs
        now = next(e for e in inputs.routes if (e.node_id, e.lane_id) == (node_id, route.lane_id))
        runs = inputs.departures[now.departures]
        last_at = far_at + _FAR_S
        more = Departures((*runs.cut_offs, last_at), (*runs.departs, last_at))
        with_run = replace(inputs, departures=(*inputs.departures, more))
        return _route(route, departures=len(inputs.departures), deadlines=None)(with_run)

    return lift
