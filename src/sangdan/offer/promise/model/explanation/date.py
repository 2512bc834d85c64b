"""A parcel's date, taken apart: what every stretch of it waits for."""

from collections.abc import Iterator

from ..answer import Parcel, Way
from ..arrival import Arrival, make_ready, needed, opening
from ..gates import Floor, Gate, gates_of
from ..inputs import Inputs, Seconds, ServiceRule
from ..reason import iso
from ..way import utc
from .answer import DateExplained, Step


def dates_of(inputs: Inputs, floor: Floor, rule: ServiceRule, way: Way) -> tuple[DateExplained, ...]:
    """The dates of a way's parcels.

    floor  of these inputs
    way    one that the inputs give
    """
    gates = {(gate.node.node_id, gate.route and gate.route.lane_id): gate for gate in gates_of(floor, rule)}
    return tuple(
        _date(inputs, gates[parcel.node_id, parcel.lane_id], _there_at(inputs, parcel), parcel)
        for parcel in way.parcels
    )


def _there_at(inputs: Inputs, parcel: Parcel) -> Seconds:
    """When all of a parcel's goods are on the shelf."""
    awaited = {content.inbound_id for content in parcel.contents if content.inbound_id is not None}
    due = [
        due.due_at
        for cell in inputs.cells
        if cell.node_id == parcel.node_id
        for due in cell.inbounds
        if due.inbound_id in awaited
    ]
    return max([inputs.start, *due])


def _date(inputs: Inputs, gate: Gate, since: Seconds, parcel: Parcel) -> DateExplained:
    course = gate.course(since)
    assert course is not None, "a way holds only parcels that arrive"
    steps: list[Step] = []
    began = inputs.at
    for code, until, args in _steps(inputs, gate, since, course):
        if until > began:
            steps.append(Step(code, utc(until), until - began, args))
            began = until
    return DateExplained(
        parcel.parcel_no, parcel.node_id, parcel.lane_id, tuple(steps), utc(course.promised_at), course.probability_ppm
    )


def _steps(
    inputs: Inputs, gate: Gate, since: Seconds, course: Arrival
) -> Iterator[tuple[str, Seconds, dict[str, str | int]]]:
    """Where each stretch ends, in order; one that ends where it begins was not needed."""
    node, ready, hours = gate.node, course.ready, inputs.hours[gate.node.hours]
    yield "margin", inputs.start, {}
    yield "supply", since, {}
    yield "closed", ready.open_at, {"because": node.shut or "hours"}
    began_at = opening(hours, max(ready.open_at, ready.slot_at))
    alone = make_ready(hours, node.full_hours, node.handling_s, since)
    assert began_at is not None
    assert alone is not None, "what is ready behind a queue is ready without one"
    yield "full", began_at, {"slot_at": iso(ready.slot_at)}
    yield "handling", min(alone.ready_at, ready.ready_at), {"handling_s": node.handling_s}
    yield "queue", ready.ready_at, {"parcels": ready.ahead}
    if gate.route is None:
        yield "spoken", course.promised_at, {}
        return
    departures = inputs.departures[gate.route.departures]
    cut_off_at = departures.cut_offs[departures.departs.index(course.departs_at)]
    missed: dict[str, str | int] = {} if course.missed_at is None else {"missed_at": iso(course.missed_at)}
    yield "run", course.departs_at, {"cut_off_at": iso(cut_off_at), **missed}
    transit_s = needed(gate.route.transit_s, gate.rule.target_ppm)
    yield "transit", course.departs_at + transit_s, {"target_ppm": gate.rule.target_ppm}
    yield "area", course.departs_at + transit_s + gate.route.extra_s, {"area": inputs.area}
    yield "spoken", course.promised_at, {}
