"""Outlets: gates with all that the sourcing needs to know of them, line by line."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec.structs import replace

from .gates import MILLI, Gate
from .inputs import Line, Seconds
from .supply import Piece, Supply, Taken, whole


class Option(msgspec.Struct, frozen=True):
    """One seller's way to fill a whole line from one outlet; cost is joined."""

    cost: int
    promised_at: Seconds
    goods_minor: int
    weight_g: int
    takes: tuple[Taken, ...]


class Loose(msgspec.Struct, frozen=True):
    """Units that a line to be divided may take from one outlet, up to piece.units, at unit_cost each."""

    unit_cost: int
    promised_at: Seconds
    piece: Piece


class Outlet(msgspec.Struct, frozen=True):
    """A gate with its goods.

    shelf    by the line's position: what is there, each seller's earliest first
    base     the joined cost of a parcel before anything is in it
    options  by the line's position, the best first; empty when the line cannot be filled whole from here
    loose    by the line's position; filled only for lines that no outlet can fill whole
    """

    gate: Gate
    shelf: Sequence[Sequence[Piece]]
    base: int
    options: tuple[tuple[Option, ...], ...]
    loose: tuple[tuple[Loose, ...], ...]


def outlets_of(
    lines: Sequence[Line], supply: Supply, gates: Sequence[Gate], *, pays: bool, apart: bool = False
) -> list[Outlet]:
    """Compile a service.

    supply  from `supply_of`; a node that holds nothing gives no outlet
    gates   of one service, those that promise in time only
    pays    whether the shopper pays for delivery
    apart   divide every line, also those that one outlet could fill: the last resort
    """
    stocked = [gate for gate in gates if gate.node.node_id in supply]
    nothing: tuple[tuple[Option, ...], ...] = ((),) * len(lines)
    options = [nothing if apart else _options(lines, supply[gate.node.node_id], gate, pays) for gate in stocked]
    divided = [not any(each[place] for each in options) for place in range(len(lines))]
    none: tuple[tuple[Loose, ...], ...] = ((),) * len(lines)
    loose = [
        _loose(lines, supply[gate.node.node_id], gate, divided, pays) if True in divided else none for gate in stocked
    ]
    return [
        Outlet(gate, supply[gate.node.node_id], gate.base_cost(pays=pays), each, apart_from)
        for gate, each, apart_from in zip(stocked, options, loose, strict=True)
    ]


def _options(
    lines: Sequence[Line], shelf: Sequence[Sequence[Piece]], gate: Gate, pays: bool
) -> tuple[tuple[Option, ...], ...]:
    found: list[tuple[Option, ...]] = []
    for line, pieces in zip(lines, shelf, strict=True):
        if not pieces or line.weight_g * line.units > gate.max_weight_g or not gate.carries(line):
            found.append(())
            continue
        options = _whole_options(line, pieces, gate, pays)
        found.append(tuple(sorted(options, key=_best_first) if len(options) > 1 else options))
    return tuple(found)


def _whole_options(line: Line, pieces: Sequence[Piece], gate: Gate, pays: bool) -> list[Option]:
    found: list[Option] = []
    for takes in whole(pieces, line.units):
        offer = takes[0].piece.offer
        promised_at = gate.promised(takes[-1].piece.since)
        if promised_at is not None:
            cost = _unit_cost(gate, line, takes[0].piece, pays) * line.units
            goods_minor = offer.unit_price_minor * line.units
            found.append(Option(cost, promised_at, goods_minor, line.weight_g * line.units, takes))
    return found


def _unit_cost(gate: Gate, line: Line, piece: Piece, pays: bool) -> int:
    """What a unit costs, joined; what is scarce there counts as if the alliance paid for it."""
    return gate.unit_cost(line, piece.offer, pays=pays) + piece.scarcity_minor * MILLI


def _best_first(option: Option) -> tuple[int, int, str]:
    return option.cost, option.promised_at, option.takes[0].piece.offer.seller_id


def fitted(outlet: Outlet, place: int, option: Option, free: Callable[[Piece], int]) -> Option | None:
    """An option when others have taken of the same pieces before: it takes what they left, the earliest first.

    free   how many units of a piece are left, 0 or more
    gives  None when too little is left, or what is left comes too late
    """
    seller_id = option.takes[0].piece.offer.seller_id
    missing = sum(taken.units for taken in option.takes)
    takes: list[Taken] = []
    for piece in outlet.shelf[place]:
        units = min(missing, free(piece)) if piece.offer.seller_id == seller_id else 0
        if units > 0:
            takes.append(Taken(piece, units))
            missing -= units
    promised_at = outlet.gate.promised(takes[-1].piece.since) if missing == 0 else None
    return None if promised_at is None else replace(option, promised_at=promised_at, takes=tuple(takes))


def _loose(
    lines: Sequence[Line], shelf: Sequence[Sequence[Piece]], gate: Gate, divided: Sequence[bool], pays: bool
) -> tuple[tuple[Loose, ...], ...]:
    found: list[tuple[Loose, ...]] = []
    for line, pieces, apart in zip(lines, shelf, divided, strict=True):
        usable = pieces if apart and gate.carries(line) else ()
        dates = [(piece, gate.promised(piece.since)) for piece in usable]
        found.append(tuple(Loose(_unit_cost(gate, line, p, pays), date, p) for p, date in dates if date is not None))
    return tuple(found)
