"""What becomes of a way between being quoted and being worked on: how long the floors may be kept waiting with it, and
whether others who were faster have made its date untrue."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from .answer import Parcel, Way
from .gates import Floor, Gate
from .inputs import PICKUP, Inputs, Seconds, Unpicked

# To the minute: how exactly the latest start is looked for.
_STEP_S = 60


def starts_by(inputs: Inputs, way: Way, since: Seconds, until: Seconds) -> Seconds:
    """The latest instant at which the floors may be told, so that every parcel still comes as promised.

    way    one of those that the inputs give
    since  when it was taken; the floors are told then even if a date no longer holds
    until  as long as anybody would wait, >= since
    gives  since..until, to the minute where a cut-off, a closing hour or a promised instant ends it
    """
    floor = Floor(inputs)
    courses = [(_gate(floor, parcel), _there_at(inputs, parcel), parcel) for parcel in way.parcels]

    def holds(at: Seconds) -> bool:
        found = [(gate.course(max(at, there_at)), parcel) for gate, there_at, parcel in courses]
        return all(c is not None and c.promised_at <= int(parcel.promised_at.timestamp()) for c, parcel in found)

    if holds(until):
        return until
    stands, fails = since, until
    while fails - stands > _STEP_S:
        middle = (stands + fails) // 2
        stands, fails = (middle, fails) if holds(middle) else (stands, middle)
    return stands


def overtaken(inputs: Inputs, way: Way, unpicked: Mapping[str, Sequence[Unpicked]], at: Seconds) -> list[str]:
    """Where so many came first since the quote that a parcel would be late.

    unpicked  by node: what it has to pick now, without this way's parcels, by hour; others are not looked at
    at        now
    gives     node ids. A queue that did not grow delays nothing that it had not delayed when the way was quoted
    """
    nodes = tuple(
        replace(node, unpicked=tuple(unpicked[node.node_id])) if node.node_id in unpicked else node
        for node in inputs.nodes
    )
    known = {node.node_id: node.unpicked for node in inputs.nodes}
    floor = Floor(replace(inputs, at=at, nodes=nodes, policy=replace(inputs.policy, margin_s=0)))
    late: list[str] = []
    for parcel in way.parcels:
        slot_at = int(parcel.slot_at.timestamp())
        if _ahead(unpicked.get(parcel.node_id, ()), slot_at) > _ahead(known[parcel.node_id], slot_at):
            course = _gate(floor, parcel).course(max(at, _there_at(inputs, parcel)))
            if course is None or course.promised_at > int(parcel.promised_at.timestamp()):
                late.append(parcel.node_id)
    return late


def _ahead(unpicked: Sequence[Unpicked], slot_at: Seconds) -> int:
    return sum(each.parcels for each in unpicked if each.hour_at <= slot_at)


def _gate(floor: Floor, parcel: Parcel) -> Gate:
    """The very gate through which a parcel was promised."""
    inputs = floor.inputs
    node = next(node for node in inputs.nodes if node.node_id == parcel.node_id)
    rule = next(rule for rule in inputs.policy.services if rule.service == parcel.service)
    if parcel.service == PICKUP:
        return Gate(floor, node, None, rule)
    lane = (parcel.node_id, parcel.lane_id)
    return Gate(floor, node, next(route for route in inputs.routes if (route.node_id, route.lane_id) == lane), rule)


def _there_at(inputs: Inputs, parcel: Parcel) -> Seconds:
    """When all of its goods are on the shelf."""
    awaited = {content.inbound_id for content in parcel.contents if content.inbound_id is not None}
    due = [due.due_at for cell in inputs.cells for due in cell.inbounds if due.inbound_id in awaited]
    return max(due, default=inputs.at)
