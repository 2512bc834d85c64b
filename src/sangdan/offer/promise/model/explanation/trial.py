"""Trying a node: the question as it would be if that node had to stand in for another one."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from ..answer import Parcel, Way
from ..inputs import Cell, Inbound, Inputs, Line, Node, Route, ServiceRule
from ..quote import ways_of


class Trial(NamedTuple):
    """A question in which only one node can give what is missing.

    inputs   with the node that is tried, and the rest of the way as it is: those nodes hold what they give, no more
    route    of the node that is tried; None over the counter
    missing  what it must give: lines with the units that are missing
    """

    inputs: Inputs
    rule: ServiceRule
    node: Node
    route: Route | None
    missing: tuple[Line, ...]


def trial_of(
    inputs: Inputs, rule: ServiceRule, node: Node, route: Route | None, way: Way | None, out: Parcel | None
) -> Trial:
    """Put a node in the place of a chosen one.

    route  one of the node's routes of this service; None over the counter
    way    the chosen one; None tries the whole basket
    out    the parcel of it that the node must give instead
    """
    rest = [parcel for parcel in way.parcels if parcel is not out] if way is not None else []
    kept = {parcel.node_id for parcel in rest}
    lanes = {(parcel.node_id, parcel.lane_id) for parcel in rest}
    routes = tuple(
        each for each in inputs.routes if each.service == rule.service and (each.node_id, each.lane_id) in lanes
    )
    given = tuple(cell for parcel in rest if way is not None for cell in _given(inputs, way, parcel))
    tried = replace(
        inputs,
        nodes=tuple(each for each in inputs.nodes if each.node_id in kept or each.node_id == node.node_id),
        cells=given + tuple(cell for cell in inputs.cells if cell.node_id == node.node_id),
        routes=routes if route is None else (*routes, route),
        left_out=(),
        policy=replace(inputs.policy, services=(rule,), pickup_ways=1),
    )
    return Trial(tried, rule, node, route, _missing(inputs, way, out))


def outcome(inputs: Inputs, rule: ServiceRule) -> Way | None:
    """The best way of a tried question, None when there is none."""
    return next(iter(ways_of(inputs, rule.service)), None)


def _missing(inputs: Inputs, way: Way | None, out: Parcel | None) -> tuple[Line, ...]:
    if way is None or out is None:
        return inputs.lines
    wishes = {line.line_no: line.wish_no for line in way.lines}
    units: defaultdict[int, int] = defaultdict(int)
    for content in out.contents:
        units[wishes[content.line_no]] += content.units
    return tuple(replace(line, units=units[line.line_no]) for line in inputs.lines if units[line.line_no])


def _given(inputs: Inputs, way: Way, parcel: Parcel) -> Sequence[Cell]:
    """What a parcel's node holds, cut down to what it gives."""
    lines = {line.line_no: (line.sku, line.seller_id) for line in way.lines}
    units: defaultdict[tuple[str, str, str | None], int] = defaultdict(int)
    for content in parcel.contents:
        units[*lines[content.line_no], content.inbound_id] += content.units
    return [
        replace(
            cell,
            units=units[cell.sku, cell.owner_id, None],
            inbounds=tuple(
                Inbound(due.inbound_id, due.due_at, units[cell.sku, cell.owner_id, due.inbound_id])
                for due in cell.inbounds
                if units[cell.sku, cell.owner_id, due.inbound_id]
            ),
        )
        for cell in inputs.cells
        if cell.node_id == parcel.node_id
    ]
