"""Sourcing: which outlets fill a basket at the least cost, exactly, over every set of up to three.

Within a set each line goes to its cheapest option by itself, unless something ties the lines together: a carrier's
weight limit, or goods that must reach the threshold of free delivery. Then their assignments are searched. A line
that must be divided takes the cheapest units first, after the others.
source  facility location by enumeration of sets; branch and bound with separable bounds
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import msgspec

from .inputs import Line, Seconds
from .outlets import Loose, Option, Outlet
from .supply import Taken

_NEVER: Final = 1 << 200
# Tied lines are searched exactly up to so many steps a question; then the best so far stands, for no basket may stall.
STEPS: Final = 20_000

Key: TypeAlias = tuple[int, Seconds, int, tuple[str, ...]]


class Part(msgspec.Struct, frozen=True):
    """What one outlet gives: units by the line's position."""

    outlet: Outlet
    takes: tuple[tuple[int, Taken], ...]


class Plan(msgspec.Struct, frozen=True):
    """A whole basket with its sources.

    key          cheapest for the shopper, then the alliance (joined), then soonest, then fewest parcels, then node ids
    goods_minor  what the goods cost
    """

    key: Key
    goods_minor: int
    parts: tuple[Part, ...]


class _Draft(msgspec.Struct, frozen=True):
    """Part of a plan: the cost of its goods, and for each outlet of the set what it gives and how much more fits."""

    cost: int
    promised_at: Seconds
    goods_minor: int
    rooms_g: tuple[int, ...]
    picks: tuple[tuple[int, int, Taken], ...] = ()

    def plus(self, option: Option, outlet: int, line: int) -> "_Draft":
        """The draft with a line filled from the set's outlet of that number."""
        rooms_g = list(self.rooms_g)
        rooms_g[outlet] -= option.weight_g
        return _Draft(
            self.cost + option.cost,
            max(self.promised_at, option.promised_at),
            self.goods_minor + option.goods_minor,
            tuple(rooms_g),
            (*self.picks, *((outlet, line, taken) for taken in option.takes)),
        )

    def plus_units(self, loose: Loose, outlet: int, line: int, units: int, weight_g: int) -> "_Draft":
        """The draft with some units of a divided line."""
        takes = (Taken(loose.piece, units),)
        price_minor = loose.piece.offer.unit_price_minor
        part = Option(loose.unit_cost * units, loose.promised_at, price_minor * units, weight_g * units, takes)
        return self.plus(part, outlet, line)


class Sourcing:
    """One service's outlets, ready to be searched.

    lines     the basket's
    outlets   in any order: the answer does not depend on it
    at_least  goods that the plan must reach, minor units
    """

    def __init__(self, lines: Sequence[Line], outlets: Sequence[Outlet], *, at_least: int = 0) -> None:
        self._lines = lines
        self._outlets = sorted(outlets, key=_by_id)
        self._at_least = at_least
        self._floors = [self._floor(outlet) for outlet in self._outlets]
        self._least = sum(map(min, zip(*self._floors, strict=True)))
        self._best: Plan | None = None
        self._steps_left = STEPS
        self.single: Plan | None = None

    def best(self, most: int) -> Plan | None:
        """The best plan of at most so many parcels; None when there is none. `single` is then the best of one parcel.

        most  1..3
        """
        for size in range(1, most + 1):
            for places in self._places(size):
                group = tuple(self._outlets[place] for place in places)
                if len({outlet.gate.node.node_id for outlet in group}) == size:
                    self._fill(group)
            if size == 1:
                self.single = self._best
        return self._best

    def _floor(self, outlet: Outlet) -> list[int]:
        """By line: from this outlet it never costs less."""
        return [
            options[0].cost if options else min((each.unit_cost * line.units for each in loose), default=_NEVER)
            for line, options, loose in zip(self._lines, outlet.options, outlet.loose, strict=True)
        ]

    def _places(self, size: int, start: int = 0, base: int = 0, floor: Sequence[int] = ()) -> Iterator[tuple[int, ...]]:
        """Sets of outlets that may cost no more than the best so far."""
        for place in range(start, len(self._outlets) - size + 1):
            cost = base + self._outlets[place].base
            if cost + self._least > self._ceiling:
                continue
            narrowed = list(map(min, floor, self._floors[place])) if floor else self._floors[place]
            if size > 1:
                for rest in self._places(size - 1, place + 1, cost, narrowed):
                    yield (place, *rest)
            elif cost + sum(narrowed) <= self._ceiling:
                yield (place,)

    @property
    def _ceiling(self) -> int:
        return _NEVER - 1 if self._best is None else self._best.key[0]

    def _fill(self, group: Sequence[Outlet]) -> None:
        """Fill the basket from a set: each line for itself, or all searched together when that breaks a limit."""
        if any(self._lacks(group, place) for place in range(len(self._lines))):
            return
        draft = _Draft(0, 0, 0, tuple(outlet.gate.max_weight_g for outlet in group))
        for place in range(len(self._lines)):
            found = [(outlet.options[place][0], n) for n, outlet in enumerate(group) if outlet.options[place]]
            if found:
                option, outlet = min(found, key=_option_first)
                draft = draft.plus(option, outlet, place)
        if not self._keep(group, draft):
            self._search(group)

    def _lacks(self, group: Sequence[Outlet], place: int) -> bool:
        if any(outlet.options[place] for outlet in group):
            return False
        return sum(each.piece.units for outlet in group for each in outlet.loose[place]) < self._lines[place].units

    def _keep(self, group: Sequence[Outlet], draft: _Draft) -> bool:
        """Complete a draft and remember it when it is the best; False when it breaks a limit."""
        whole = self._divide(group, draft) if min(draft.rooms_g) >= 0 else None
        if whole is None or whole.goods_minor < self._at_least:
            return False
        parts: list[Part] = []
        cost = whole.cost
        for number, outlet in enumerate(group):
            takes = tuple((line, taken) for each, line, taken in whole.picks if each == number)
            if takes:
                parts.append(Part(outlet, takes))
                cost += outlet.base
        nodes = tuple(sorted(part.outlet.gate.node.node_id for part in parts))
        key = (cost, whole.promised_at, len(nodes), nodes)
        if self._best is None or key < self._best.key:
            self._best = Plan(key, whole.goods_minor, tuple(parts))
        return True

    def _divide(self, group: Sequence[Outlet], draft: _Draft) -> _Draft | None:
        """Fill the lines that no outlet can fill whole, the cheapest units first; None when not all find room."""
        for place, line in enumerate(self._lines):
            loose = [(each, number) for number, outlet in enumerate(group) for each in outlet.loose[place]]
            missing = line.units if loose else 0
            for each, number in sorted(loose, key=_loose_first):
                units = min(missing, each.piece.units, draft.rooms_g[number] // line.weight_g)
                if units > 0:
                    draft = draft.plus_units(each, number, place, units, line.weight_g)
                    missing -= units
            if missing:
                return None
        return draft

    def _search(self, group: Sequence[Outlet]) -> None:
        """Try every assignment of the whole lines that can still matter."""
        choices: list[tuple[int, list[tuple[Option, int]]]] = []
        for place in range(len(self._lines)):
            found = [(option, number) for number, outlet in enumerate(group) for option in outlet.options[place]]
            if found:
                choices.append((place, sorted(found, key=_option_first)))
        choices.sort(key=_fewest_first)
        base = sum(outlet.base for outlet in group)
        loose_cost = loose_goods = 0
        for place, line in enumerate(self._lines):
            loose = [each for outlet in group for each in outlet.loose[place]]
            if loose:
                loose_cost += min(each.unit_cost for each in loose) * line.units
                loose_goods += max(each.piece.offer.unit_price_minor for each in loose) * line.units
        bounds = [(base + loose_cost, loose_goods)]
        for _, found in reversed(choices):
            cost, goods = bounds[-1]
            bounds.append((cost + found[0][0].cost, goods + max(option.goods_minor for option, _ in found)))
        nodes = tuple(sorted(outlet.gate.node.node_id for outlet in group))
        tied = _Tied(group, nodes, choices, bounds[::-1])
        self._descend(tied, 0, _Draft(0, 0, 0, tuple(outlet.gate.max_weight_g for outlet in group)))

    def _descend(self, tied: "_Tied", depth: int, draft: _Draft) -> None:
        """Fill the next tied line each way, unless no completion can beat the best so far."""
        self._steps_left -= 1
        least_cost, most_goods = tied.bounds[depth]
        key = (draft.cost + least_cost, draft.promised_at, len(tied.nodes), tied.nodes)
        beaten = self._best is not None and key >= self._best.key
        short = draft.goods_minor + most_goods < self._at_least
        if beaten or short or min(draft.rooms_g) < 0 or self._steps_left < 0:
            return
        if depth == len(tied.choices):
            self._keep(tied.group, draft)
            return
        place, found = tied.choices[depth]
        for option, number in found:
            self._descend(tied, depth + 1, draft.plus(option, number, place))


class _Tied(msgspec.Struct, frozen=True):
    """Lines to be searched together.

    nodes    of the set, by id
    choices  a line's position with its options and their outlets' numbers, the line with fewest first
    bounds   by depth: the least cost and the most goods of all that is still to be filled
    """

    group: Sequence[Outlet]
    nodes: tuple[str, ...]
    choices: Sequence[tuple[int, Sequence[tuple[Option, int]]]]
    bounds: Sequence[tuple[int, int]]


def _by_id(outlet: Outlet) -> tuple[str, str]:
    return outlet.gate.node.node_id, "" if outlet.gate.route is None else outlet.gate.route.lane_id


def _option_first(found: tuple[Option, int]) -> tuple[int, Seconds, int]:
    return found[0].cost, found[0].promised_at, found[1]


def _loose_first(found: tuple[Loose, int]) -> tuple[int, Seconds, int]:
    return found[0].unit_cost, found[0].promised_at, found[1]


def _fewest_first(choice: tuple[int, Sequence[tuple[Option, int]]]) -> tuple[int, int]:
    return len(choice[1]), choice[0]
