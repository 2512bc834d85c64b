"""Every waiting parcel beside every place that could send it now: from rows to columns, and on to findings."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec
import numpy as np

from sangdan.flows.quote_promise.assemble import Fees
from sangdan.flows.quote_promise.atlas import TEMPERATURES
from sangdan.flows.quote_promise.columns import Columns
from sangdan.flows.quote_promise.reach import Reach
from sangdan.flows.quote_promise.timetables import seconds
from sangdan.offer.promise.model import ServiceRule
from sangdan.offer.promise.model.prune import NEVER, Flags, Numbers
from sangdan.offer.promise.model.re_promise import Open, Ways, Weighed, weighed
from sangdan.order.orders.queries import Waiting

Kind: TypeAlias = Literal["danger", "cheaper", "sooner"]
Why: TypeAlias = Literal["node_out", "no_lane", "too_late", "costs_less", "arrives_sooner"]
_MILLI: Final = 1000


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel that could move, or whose date is in danger.

    own_at        when its own node would promise it, if work began now; None when it cannot any more
    to_node       where it could come from instead, None when nobody else holds all of it
    saving_minor  what the alliance would save, negative when it costs more; 0 without a comparison
    """

    order_id: UUID
    parcel_no: int
    service: str
    kind: Kind
    why: Why
    from_node: str
    promised_at: datetime
    own_at: datetime | None
    to_node: str | None
    to_at: datetime | None
    saving_minor: int


class Group(msgspec.Struct, frozen=True, eq=False):
    """Waiting parcels of one service to one place, and the gates by which they could come."""

    waiting: Sequence[Waiting]
    reach: Reach
    parcels: Open
    ways: Ways


class Stock(msgspec.Struct, frozen=True, eq=False):
    """What the parcels hold, as rows, and what else there is of it.

    temperatures  by SKU
    """

    columns: Columns
    temperatures: Mapping[str, str]


def group_of(
    waiting: Sequence[Waiting], reach: Reach, rule: ServiceRule, stock: Stock, fees: Mapping[str, Fees]
) -> Group:
    """Lay out parcels of one service to one place."""
    return Group(waiting, reach, _open(waiting, reach, stock), _ways(reach, rule, fees))


def _open(waiting: Sequence[Waiting], reach: Reach, stock: Stock) -> Open:
    most, number = max(len(each.skus) for each in waiting), reach.atlas.number
    rows = np.full((len(waiting), most), -1, np.int64)
    wanted = np.zeros_like(rows)
    needs = np.zeros((len(TEMPERATURES), len(waiting)), np.bool_)
    for place, each in enumerate(waiting):
        for part, key in enumerate(zip(each.skus, each.sellers, strict=True)):
            rows[place, part] = stock.columns.rows[key]
            wanted[place, part] = each.units[part]
            needs[TEMPERATURES.index(stock.temperatures[key[0]]), place] = True
    return Open(
        node=_whole([number.get(each.node_id, -1) for each in waiting]),
        promised_at=_whole([seconds(each.promised_at) for each in waiting]),
        weight_g=_whole([each.weight_g for each in waiting]),
        units=wanted.sum(axis=1),
        rows=rows,
        wanted=wanted,
        needs=needs,
    )


def _ways(reach: Reach, rule: ServiceRule, fees: Mapping[str, Fees]) -> Ways:
    atlas, lanes = reach.atlas, reach.gates(rule)
    terms = [fees.get(operator) for operator in atlas.operators]
    known: Flags = np.array([each is not None for each in terms], np.bool_)[atlas.operator]
    gates = np.flatnonzero((known & reach.works())[lanes.node])
    node = lanes.node[gates]
    parcel_fee = _whole([0 if each is None else each[1] for each in terms])[atlas.operator]
    unit_fee = _whole([0 if each is None else each[0] for each in terms])[atlas.operator]
    return Ways(
        node=node,
        promised_at=reach.delivered(rule, lanes, gates),
        parcel_minor=parcel_fee[node] + lanes.base_minor[gates] + lanes.surcharge_minor[gates],
        unit_minor=unit_fee[node],
        per_kg_minor=lanes.per_kg_minor[gates],
        max_weight_g=lanes.max_weight_g[gates],
        keeps=lanes.keeps[:, gates],
    )


def findings(groups: Sequence[Group], stock: Stock, least_saving_minor: int) -> list[Finding]:
    """What is in danger, and what could move without taking from one another what is free.

    least_saving_minor  a parcel that keeps its date moves for no less, >= 1
    gives               dangers first, the earliest date first; then by what is saved; then what could only come sooner
    """
    shelf = stock.columns.shelf.copy()
    found: list[tuple[tuple[int, int], Group, int]] = []
    for group in groups:
        seen = weighed(group.parcels, group.ways, shelf)
        found += [(rank, group, place) for place, rank in _ranked(group, seen, least_saving_minor)]
    told: list[Finding] = []
    for _, group, place in sorted(found, key=_rank):
        # What came before may have taken the last units: each is weighed again with what is left.
        one = _only(group.parcels, place)
        finding = _finding(group, place, weighed(one, group.ways, shelf), least_saving_minor)
        if finding is None:
            continue
        told.append(finding)
        if finding.to_node is not None:
            node = group.reach.atlas.number[finding.to_node]
            for row, wanted in zip(one.rows[0], one.wanted[0], strict=True):
                if row >= 0:
                    shelf[row, node] -= wanted
    return told


def _rank(found: tuple[tuple[int, int], Group, int]) -> tuple[int, int, int, int]:
    (kind, order), group, place = found
    return kind, order, group.waiting[place].order_id.int, group.waiting[place].parcel_no


def _ranked(group: Group, seen: Weighed, least_saving_minor: int) -> list[tuple[int, tuple[int, int]]]:
    """The parcels of which something is to be told, with what comes first."""
    promised_at = group.parcels.promised_at
    danger = seen.own_at > promised_at
    saving = np.where(seen.keeps >= 0, seen.own_cost - seen.keeps_cost, 0)
    cheaper = ~danger & (saving >= least_saving_minor * _MILLI)
    sooner = ~danger & ~cheaper & (seen.soonest >= 0) & (seen.soonest_at < np.minimum(promised_at, seen.own_at))
    ranked = [(int(place), (0, int(promised_at[place]))) for place in np.flatnonzero(danger)]
    ranked += [(int(place), (1, -int(saving[place]))) for place in np.flatnonzero(cheaper)]
    return ranked + [(int(place), (2, int(seen.soonest_at[place]))) for place in np.flatnonzero(sooner)]


def _only(parcels: Open, place: int) -> Open:
    some = slice(place, place + 1)
    return Open(
        node=parcels.node[some], promised_at=parcels.promised_at[some], weight_g=parcels.weight_g[some],
        units=parcels.units[some], rows=parcels.rows[some], wanted=parcels.wanted[some], needs=parcels.needs[:, some],
    )  # fmt: skip


def _finding(group: Group, place: int, seen: Weighed, least_saving_minor: int) -> Finding | None:
    """What is to be told of one parcel that was weighed alone; None when it stays where it is, and is well there."""
    waiting, ways = group.waiting[place], group.ways
    promised_at, own_at = int(group.parcels.promised_at[place]), int(seen.own_at[0])
    own_cost, keeps_cost = int(seen.own_cost[0]), int(seen.keeps_cost[0])
    keeps, soonest, soonest_at = int(seen.keeps[0]), int(seen.soonest[0]), int(seen.soonest_at[0])
    kind: Kind
    why: Why
    if own_at > promised_at:
        kind, why, gate = "danger", _endangered(group, place), keeps if keeps >= 0 else soonest
    elif keeps >= 0 and own_cost - keeps_cost >= least_saving_minor * _MILLI:
        kind, why, gate = "cheaper", "costs_less", keeps
    elif soonest >= 0 and soonest_at < min(promised_at, own_at):
        kind, why, gate = "sooner", "arrives_sooner", soonest
    else:
        return None
    cost = NEVER if gate < 0 else _cost(group, place, gate)
    return Finding(
        order_id=waiting.order_id,
        parcel_no=waiting.parcel_no,
        service=waiting.service,
        kind=kind,
        why=why,
        from_node=waiting.node_id,
        promised_at=waiting.promised_at,
        own_at=None if own_at >= NEVER else datetime.fromtimestamp(own_at, UTC),
        to_node=None if gate < 0 else group.reach.atlas.ids[int(ways.node[gate])],
        to_at=None if gate < 0 else datetime.fromtimestamp(int(ways.promised_at[gate]), UTC),
        saving_minor=0 if NEVER in (own_cost, cost) else (own_cost - cost) // _MILLI,
    )


def _cost(group: Group, place: int, gate: int) -> int:
    ways, parcels = group.ways, group.parcels
    fixed = int(ways.parcel_minor[gate]) + int(ways.unit_minor[gate]) * int(parcels.units[place])
    return fixed * _MILLI + int(ways.per_kg_minor[gate]) * int(parcels.weight_g[place])


def _endangered(group: Group, place: int) -> Why:
    """Why a parcel's own node cannot keep its date."""
    node = int(group.parcels.node[place])
    if node < 0 or not bool(group.reach.works()[node]):
        return "node_out"
    return "too_late" if bool((group.ways.node == node).any()) else "no_lane"


def _whole(numbers: Sequence[int]) -> Numbers:
    return np.array(numbers, np.int64)
