"""Why a way is as it is, and why a service cannot be offered: counted from the facts, as codes with arguments."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from .answer import Reason
from .arrival import HOUR_S
from .choice import Choice
from .gates import MILLI, Gate, parted
from .inputs import PICKUP, Inputs, Line, Seconds, ServiceRule
from .supply import Supply
from .way import Leg, utc

# What can keep a node out of a way, the least final first: a node with two routes is judged by its better one.
CAUSES: Final = (
    "not_best", "no_stock", "too_heavy", "temperature", "too_late", "cut_off", "capacity", "ad_hoc", "holiday", "law",
    "too_far", "no_route", "no_rate", "no_terms", "out_of_service",
)  # fmt: skip

# A piece of stock: its node, and which of the node's it is.
_Held: TypeAlias = tuple[str, tuple[str, str | None]]


def bars(inputs: Inputs, rule: ServiceRule) -> list[Reason]:
    """What forbids a service to this shopper or this basket, whatever the nodes hold."""
    found: list[Reason] = []
    for line in inputs.lines:
        if line.age_limit and inputs.birth_year is None:
            found.append(Reason("age_unknown", {"sku": line.sku, "age_limit": line.age_limit}))
        elif line.age_limit and inputs.birth_year is not None and inputs.year - inputs.birth_year < line.age_limit:
            found.append(Reason("under_age", {"sku": line.sku, "age_limit": line.age_limit}))
        if line.pickup_only and rule.service != PICKUP:
            found.append(Reason("pickup_only", {"sku": line.sku}))
    return found


def hindrance(inputs: Inputs, gate: Gate, supply: Supply) -> str:
    """The first cause that keeps a basket from coming through a gate; not_best when none does."""
    if gate.promised(inputs.start) is None:
        return _too_late(inputs, gate)
    shelf = supply.get(gate.node.node_id)
    if shelf is None:
        return "no_stock"
    barred = [line for line in inputs.lines if not gate.carries(line)]
    if barred:
        return "too_heavy" if all(line.weight_g > gate.max_weight_g for line in barred) else "temperature"
    if any(sum(p.units for p in pieces) < line.units for line, pieces in zip(inputs.lines, shelf, strict=True)):
        return "no_stock"
    if sum(line.weight_g * line.units for line in inputs.lines) > gate.max_weight_g:
        return "too_heavy"
    return "not_best"


def _too_late(inputs: Inputs, gate: Gate) -> str:
    course = gate.course(inputs.start)
    if gate.node.shut is not None:
        return gate.node.shut
    full = course is not None and _waits_for_slot(course.ready.open_at, course.ready.slot_at)
    if full or gate.node.parcels_per_hour == 0:
        return "capacity"
    return "cut_off" if course is not None and course.missed_at is not None else "too_late"


def _waits_for_slot(open_at: Seconds, slot_at: Seconds) -> bool:
    return slot_at > open_at - open_at % HOUR_S


def hindrances(inputs: Inputs, gates: Sequence[Gate], supply: Supply) -> dict[str, str]:
    """By node: what keeps it out, by the better of its routes."""
    found: dict[str, str] = {}
    for gate in gates:
        cause = hindrance(inputs, gate, supply)
        known = found.get(gate.node.node_id, cause)
        found[gate.node.node_id] = min(cause, known, key=CAUSES.index)
    return found


def refuse(inputs: Inputs, rule: ServiceRule, gates: Sequence[Gate], supply: Supply) -> list[Reason]:
    """Why no way of a service was found: the lines that are short, then its nodes counted by cause.

    supply  with dated inbounds, the most that there is
    """
    nodes = Counter({left.cause: left.nodes for left in inputs.left_out if left.service == rule.service})
    nodes.update(Counter(hindrances(inputs, gates, supply).values()))
    counted = [Reason("nodes_" + cause, {"nodes": nodes[cause]}) for cause in CAUSES[1:] if nodes[cause]]
    usable = [gate for gate in gates if gate.promised(inputs.start) is not None and gate.node.node_id in supply]
    if counted and not usable:
        return counted
    short = _short(inputs, usable, supply)
    if short:
        return [*short, *counted]
    most = 1 if rule.service == PICKUP else inputs.policy.max_parcels
    return [Reason("too_scattered", {"parcels": most}) if usable else _not_served(inputs), *counted]


def _short(inputs: Inputs, usable: Sequence[Gate], supply: Supply) -> list[Reason]:
    """Goods of which the usable nodes together hold too little; with no usable node at all, of which all nodes do.

    Lines of one SKU, which kits bring, draw on the same pieces: what each finds by itself may be too little for all.
    """
    found: list[Reason] = []
    for sku in dict.fromkeys(line.sku for line in inputs.lines):
        alike = [(place, line) for place, line in enumerate(inputs.lines) if line.sku == sku]
        holding = [_pieces(place, _carrying(line, usable) if usable else supply, supply) for place, line in alike]
        together = sum(line.units for _, line in alike), {key: n for pieces in holding for key, n in pieces.items()}
        apart = [(line.units, pieces) for (_, line), pieces in zip(alike, holding, strict=True)]
        found += _lacking(sku, [together]) or _lacking(sku, apart)
    return found


def _lacking(sku: str, wishes: Sequence[tuple[int, Mapping[_Held, int]]]) -> list[Reason]:
    return [
        Reason("short", {"sku": sku, "units": units, "held": held})
        for units, pieces in wishes if (held := sum(pieces.values())) < units
    ]  # fmt: skip


def _carrying(line: Line, usable: Sequence[Gate]) -> list[str]:
    return [gate.node.node_id for gate in usable if gate.carries(line)]


def _pieces(place: int, node_ids: Iterable[str], supply: Supply) -> dict[_Held, int]:
    """By node and piece: the units that a line finds."""
    return {(node_id, piece.place): piece.units for node_id in node_ids for piece in supply[node_id][place]}


def _not_served(inputs: Inputs) -> Reason:
    return Reason("not_served", {"postcode": inputs.postcode})


def explain(
    inputs: Inputs, rule: ServiceRule, choice: Choice, legs: Sequence[Leg], gates: Sequence[Gate], supply: Supply
) -> list[Reason]:
    """A way's reasons: its date and what that waits for, its parcels, and the nearer nodes that were passed over."""
    return [
        _date(rule, legs[-1]),
        *_waits(inputs, legs[-1]),
        _parcels(inputs, choice),
        *_passed_over(inputs, legs, gates, supply),
    ]


def _date(rule: ServiceRule, leg: Leg) -> Reason:
    course = leg.course
    args: dict[str, str | int] = {
        "node_id": leg.part.outlet.gate.node.node_id,
        "ready_at": iso(course.ready.ready_at),
        "promised_at": iso(course.promised_at),
        "probability_ppm": course.probability_ppm,
    }
    if rule.service == PICKUP:
        return Reason("ready_by", args)
    return Reason("arrives_by", args | {"departs_at": iso(course.departs_at)})


def _waits(inputs: Inputs, leg: Leg) -> Iterator[Reason]:
    """What the latest parcel waits for, in the order of its course."""
    node, ready = leg.part.outlet.gate.node, leg.course.ready
    if leg.since > inputs.start:
        place = next(place for place, taken in leg.part.takes if taken.piece.since == leg.since)
        args: dict[str, str | int] = {"sku": inputs.lines[place].sku, "due_at": iso(leg.since)}
        yield Reason("waits_supply", args | {"node_id": node.node_id})
    if ready.open_at > leg.since:
        because = node.shut or "hours"
        yield Reason("waits_opening", {"node_id": node.node_id, "because": because, "opens_at": iso(ready.open_at)})
    if _waits_for_slot(ready.open_at, ready.slot_at):
        yield Reason("waits_capacity", {"node_id": node.node_id, "slot_at": iso(ready.slot_at)})
    if ready.ahead:
        yield Reason("waits_turn", {"node_id": node.node_id, "parcels": ready.ahead})
    if leg.course.missed_at is not None:
        cut_off_at, departs_at = iso(leg.course.missed_at), iso(leg.course.departs_at)
        yield Reason("missed_cut_off", {"node_id": node.node_id, "cut_off_at": cut_off_at, "departs_at": departs_at})


def _parcels(inputs: Inputs, choice: Choice) -> Reason:
    """Why one parcel or several."""
    parcels = len(choice.plan.parts)
    args: dict[str, str | int] = {"parcels": parcels}
    if parcels == 1:
        return Reason("one_parcel", args)
    if choice.single is None:
        return Reason("split_short", args)
    shopper, alliance = parted(choice.plan.key[0])
    single_shopper, single_alliance = parted(choice.single.key[0])
    if shopper < single_shopper:
        saved_minor = (single_shopper - shopper) // MILLI
        return Reason("split_cheaper", args | {"saved_minor": saved_minor, "currency": inputs.currency})
    return Reason("split_leaner" if alliance < single_alliance else "split_sooner", args)


def _passed_over(inputs: Inputs, legs: Sequence[Leg], gates: Sequence[Gate], supply: Supply) -> Iterator[Reason]:
    """Nodes nearer than the farthest one that is used, counted by what keeps them out, with the nearest of each."""
    used = {leg.part.outlet.gate.node.node_id for leg in legs}
    farthest_m = max(leg.part.outlet.gate.node.distance_m for leg in legs)
    nearer = [g for g in gates if g.node.distance_m < farthest_m and g.node.node_id not in used]
    distances = {gate.node.node_id: gate.node.distance_m for gate in nearer}
    causes = hindrances(inputs, nearer, supply)
    for cause in CAUSES:
        nodes = sorted((distances[node_id], node_id) for node_id, each in causes.items() if each == cause)
        if nodes:
            yield Reason("passed_" + cause, {"nodes": len(nodes), "node_id": nodes[0][1]})


def iso(at: Seconds) -> str:
    """An instant as reasons carry it."""
    return utc(at).isoformat().replace("+00:00", "Z")
