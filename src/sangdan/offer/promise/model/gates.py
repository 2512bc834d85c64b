"""Ways out of the nodes: by a route to the door or over the counter, when parcels arrive by them and what they cost."""

from typing import Final

from .arrival import Arrival, Ready, collect, deliver, make_ready
from .inputs import PICKUP, UNATTENDED, Inputs, Line, Node, Offer, Route, Seconds, ServiceRule
from .turns import queue_of

# Costs are whole thousandths of the minor unit, so that weight times rate stays exact until a parcel is billed.
MILLI: Final = 1000
# One integer sorts by the shopper's cost, then by the alliance's, and so do sums of it.
_SHOPPER: Final = 1 << 64
_NO_LIMIT_G: Final = 1 << 62


def joined(shopper: int, alliance: int) -> int:
    """The shopper's and the alliance's cost in thousandths as one integer; alliance 0..2**64-1."""
    return shopper * _SHOPPER + alliance


def parted(cost: int) -> tuple[int, int]:
    """What `joined` joined."""
    return divmod(cost, _SHOPPER)


class Floor:
    """The nodes' side of one question: when each has a parcel packed, computed once for every start."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._ready: dict[tuple[str, Seconds], Ready | None] = {}

    def ready(self, node: Node, since: Seconds) -> Ready | None:
        """When the node has packed goods that are there at `since`; None within this horizon."""
        key = (node.node_id, since)
        if key not in self._ready:
            self._ready[key] = self._made_ready(node, since) if node.parcels_per_hour > 0 else None
        return self._ready[key]

    def _made_ready(self, node: Node, since: Seconds) -> Ready | None:
        hours = self.inputs.hours[node.hours]
        queue = queue_of(node.unpicked, node.handling_s, node.parcels_per_hour, self.inputs.start)
        return make_ready(hours, node.full_hours, node.handling_s, since, queue)


class Gate:
    """One node with one way out of it, under a service's rule.

    route    None when the shopper picks up
    """

    def __init__(self, floor: Floor, node: Node, route: Route | None, rule: ServiceRule) -> None:
        self.node = node
        self.route = route
        self.rule = rule
        self.max_weight_g = _NO_LIMIT_G if route is None else route.max_weight_g
        self._floor = floor
        self._courses: dict[Seconds, Arrival | None] = {}

    def course(self, since: Seconds) -> Arrival | None:
        """The course of a parcel whose goods are there at `since`; None within this horizon."""
        if since not in self._courses:
            ready = self._floor.ready(self.node, since)
            self._courses[since] = None if ready is None else self._course(ready)
        return self._courses[since]

    def _course(self, ready: Ready) -> Arrival | None:
        inputs, route = self._floor.inputs, self.route
        if route is None:
            soonest_at = inputs.at + self.rule.soonest_s
            return collect(inputs.hours[self.node.hours], self.rule.target_ppm, ready, soonest_at)
        deadlines = None if route.deadlines is None else inputs.deadlines[route.deadlines]
        departures = inputs.departures[route.departures]
        return deliver(route.transit_s, route.extra_s, departures, deadlines, self.rule.target_ppm, ready)

    def promised(self, since: Seconds) -> Seconds | None:
        """What would be promised; None when it is too late to deserve the service's name."""
        course = self.course(since)
        if course is None or course.promised_at - self._floor.inputs.at > self.rule.within_s:
            return None
        return course.promised_at

    def carries(self, line: Line) -> bool:
        """Whether a unit keeps its temperature and stays under the carrier's limit."""
        if line.temperature not in self.node.temperatures or line.weight_g > self.max_weight_g:
            return False
        return self.route is None or line.temperature in self.route.temperatures

    def base_cost(self, *, pays: bool) -> int:
        """What a parcel costs before anything is in it, joined.

        pays  whether the shopper pays for delivery at all; an area's surcharge is paid in any case
        """
        if self.route is None:
            return joined(0, self.node.parcel_fee_minor * MILLI)
        base, surcharge = self.route.base_minor * MILLI, self.route.surcharge_minor * MILLI
        shopper = surcharge + (base if pays and self.rule.flat_minor is None else 0)
        return joined(shopper, self.node.parcel_fee_minor * MILLI + base + surcharge)

    def unit_cost(self, line: Line, offer: Offer, *, pays: bool) -> int:
        """What one unit in a parcel costs, joined."""
        carriage = 0 if self.route is None else self.route.per_kg_minor * line.weight_g
        shopper = offer.unit_price_minor * MILLI + (carriage if pays and self.rule.flat_minor is None else 0)
        return joined(shopper, self.node.unit_fee_minor * MILLI + carriage)


def gates_of(floor: Floor, rule: ServiceRule) -> list[Gate]:
    """Every node and route by which a service could come; for picking up, the stores themselves."""
    inputs = floor.inputs
    if rule.service == PICKUP:
        in_person = any(line.age_limit or line.pickup_only for line in inputs.lines)
        return [
            Gate(floor, node, None, rule)
            for node in inputs.nodes
            if node.pickup and not (in_person and node.kind == UNATTENDED)
        ]
    nodes = {node.node_id: node for node in inputs.nodes}
    return [Gate(floor, nodes[r.node_id], r, rule) for r in inputs.routes if r.service == rule.service]
