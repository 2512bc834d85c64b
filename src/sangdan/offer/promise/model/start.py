"""What becomes of a way between being quoted and being worked on: how long the floors may be kept waiting with it, and
whether others who were faster have made its date untrue."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from .answer import Parcel, Way
from .gates import Floor, Gate
from .inputs import PICKUP, Inputs, Route, Seconds, Unpicked
from .turns import before

# Where shoppers are served, a few pickers take one parcel after the other.
STORES: Final = ("store", "dark_store")
# To the minute: how exactly the latest start is looked for.
_STEP_S: Final = 60
# A parcel that could be begun so much later is in nobody's way, and nobody is in its.
_SPARE_S: Final = 3600


def starts_by(inputs: Inputs, way: Way, since: Seconds, until: Seconds) -> Seconds:
    """The latest instant at which the floors may be told, so that every parcel still comes as promised.

    way    one of those that the inputs give
    since  when it was taken; the floors are told then even if a date no longer holds
    until  as long as anybody would wait, >= since
    gives  since..until, to the minute where a cut-off, a closing hour or a promised instant ends it. A store is told
           within the margin, as the turns of all who come later are reckoned, unless there is time to spare
    """
    floor = Floor(inputs)
    courses = [(_gate(floor, parcel), _there_at(inputs, parcel), parcel) for parcel in way.parcels]

    def holds(at: Seconds) -> bool:
        found = [(gate.course(max(at, there_at)), parcel) for gate, there_at, parcel in courses]
        return all(c is not None and c.promised_at <= int(parcel.promised_at.timestamp()) for c, parcel in found)

    if lined_up(inputs, way) and not holds(until + _SPARE_S):
        until = min(until, since + inputs.policy.margin_s)
    if holds(until):
        return until
    stands, fails = since, until
    while fails - stands > _STEP_S:
        middle = (stands + fails) // 2
        stands, fails = (middle, fails) if holds(middle) else (stands, middle)
    return stands


def overtaken(inputs: Inputs, way: Way, unpicked: Mapping[str, Sequence[Unpicked]], at: Seconds) -> list[str]:
    """Where so many were promised a turn since the quote that this way's parcel, or one of theirs, would be late.

    unpicked  by node: all that it has to pick now, whatever the hour, without this way's parcels; others are not
              looked at
    at        now
    gives     node ids, where no turn that makes nobody late brings the parcel as promised. While the shopper was given
              to decide, a queue that did not grow delays nothing that it had not delayed when the way was quoted
    """
    nodes = tuple(
        replace(node, unpicked=tuple(unpicked[node.node_id])) if node.node_id in unpicked else node
        for node in inputs.nodes
    )
    known = {node.node_id: node.unpicked for node in inputs.nodes}
    # The floors hear of what is taken now within the margin: until then they may be idle, and are reckoned to be.
    floor = Floor(replace(inputs, at=at, nodes=nodes))
    late: list[str] = []
    for parcel in way.parcels:
        if parcel.node_id not in unpicked:
            continue
        if at > inputs.start or _grew(known[parcel.node_id], unpicked[parcel.node_id], _place(inputs, parcel)):
            course = _gate(floor, parcel).course(max(at, _there_at(inputs, parcel)))
            if course is None or course.promised_at > int(parcel.promised_at.timestamp()):
                late.append(parcel.node_id)
    return late


def lined_up(inputs: Inputs, way: Way) -> list[str]:
    """The nodes of a way whose few pickers keep a queue: stores. A centre works in waves, planned by its hours."""
    kinds = {node.node_id: node for node in inputs.nodes}
    ours = {parcel.node_id for parcel in way.parcels}
    return sorted(each for each in ours if kinds[each].kind in STORES or kinds[each].pickup or kinds[each].unpicked)


def places(inputs: Inputs, way: Way) -> list[tuple[str, Unpicked]]:
    """What taking a way adds to the queues.

    way    one of those that the inputs give
    gives  for each parcel, in their order, its node and its place there
    """
    return [(parcel.node_id, _place(inputs, parcel)) for parcel in way.parcels]


def _place(inputs: Inputs, parcel: Parcel) -> Unpicked:
    """A parcel must be packed when it is promised at the counter, or by the cut-off of its run."""
    pack_by = int(parcel.promised_at.timestamp())
    if parcel.service != PICKUP:
        departures = inputs.departures[_route(inputs, parcel).departures]
        run = departures.departs.index(int(parcel.departs_at.timestamp()))
        pack_by = departures.cut_offs[run]
    return Unpicked(int(parcel.slot_at.timestamp()), 1, pack_by)


def _grew(known: Sequence[Unpicked], now: Sequence[Unpicked], place: Unpicked) -> bool:
    """Whether more go first than when it was asked: before this place, or before one behind it."""
    assert place.pack_by is not None
    dues = {place.pack_by, *(each.pack_by for each in now if each.pack_by is not None)}
    return any(
        before(now, place.hour_at, due_at) > before(known, place.hour_at, due_at)
        for due_at in dues
        if due_at >= place.pack_by
    )


def _gate(floor: Floor, parcel: Parcel) -> Gate:
    """The very gate through which a parcel was promised."""
    inputs = floor.inputs
    node = next(node for node in inputs.nodes if node.node_id == parcel.node_id)
    rule = next(rule for rule in inputs.policy.services if rule.service == parcel.service)
    if parcel.service == PICKUP:
        return Gate(floor, node, None, rule)
    return Gate(floor, node, _route(inputs, parcel), rule)


def _route(inputs: Inputs, parcel: Parcel) -> Route:
    lane = (parcel.node_id, parcel.lane_id)
    return next(route for route in inputs.routes if (route.node_id, route.lane_id) == lane)


def _there_at(inputs: Inputs, parcel: Parcel) -> Seconds:
    """When all of its goods are on the shelf."""
    awaited = {content.inbound_id for content in parcel.contents if content.inbound_id is not None}
    due = [due.due_at for cell in inputs.cells for due in cell.inbounds if due.inbound_id in awaited]
    return max(due, default=inputs.at)
