"""Outlets: gates with all that the sourcing needs to know of them, line by line."""

from collections.abc import Sequence

import msgspec

from .gates import Gate
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

    base     the joined cost of a parcel before anything is in it
    options  by the line's position, the best first; empty when the line cannot be filled whole from here
    loose    by the line's position; filled only for lines that no outlet can fill whole
    """

    gate: Gate
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
    return [
        Outlet(gate, gate.base_cost(pays=pays), each, _loose(lines, supply[gate.node.node_id], gate, divided, pays))
        for gate, each in zip(stocked, options, strict=True)
    ]


def _options(
    lines: Sequence[Line], shelf: Sequence[Sequence[Piece]], gate: Gate, pays: bool
) -> tuple[tuple[Option, ...], ...]:
    return tuple(
        tuple(sorted(_whole_options(line, pieces, gate, pays), key=_best_first)) if gate.carries(line) else ()
        for line, pieces in zip(lines, shelf, strict=True)
    )


def _whole_options(line: Line, pieces: Sequence[Piece], gate: Gate, pays: bool) -> list[Option]:
    found: list[Option] = []
    weight_g = line.weight_g * line.units
    if weight_g > gate.max_weight_g:
        return found
    for takes in whole(pieces, line.units):
        offer = takes[0].piece.offer
        promised_at = gate.promised(takes[-1].piece.since)
        if promised_at is not None:
            cost = gate.unit_cost(line, offer, pays=pays) * line.units
            found.append(Option(cost, promised_at, offer.unit_price_minor * line.units, weight_g, takes))
    return found


def _best_first(option: Option) -> tuple[int, int, str]:
    return option.cost, option.promised_at, option.takes[0].piece.offer.seller_id


def _loose(
    lines: Sequence[Line], shelf: Sequence[Sequence[Piece]], gate: Gate, divided: Sequence[bool], pays: bool
) -> tuple[tuple[Loose, ...], ...]:
    found: list[tuple[Loose, ...]] = []
    for line, pieces, apart in zip(lines, shelf, divided, strict=True):
        usable = pieces if apart and gate.carries(line) else ()
        dates = [(piece, gate.promised(piece.since)) for piece in usable]
        found.append(
            tuple(Loose(gate.unit_cost(line, p.offer, pays=pays), date, p) for p, date in dates if date is not None)
        )
    return tuple(found)
