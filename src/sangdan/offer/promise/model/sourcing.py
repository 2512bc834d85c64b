"""Sourcing: which outlets fill a basket at the least cost, exactly, over every set of up to three.

Within a set each line goes to its cheapest option by itself, unless something ties the lines together: a carrier's
weight limit, goods that must reach the threshold of free delivery, or two lines that ask for the same piece of stock.
Then their assignments are searched.
source  facility location by enumeration of sets, with separable bounds
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

import msgspec

from .draft import Draft
from .gates import MILLI, joined, parted
from .inputs import Line, Seconds
from .outlets import Outlet
from .supply import Taken
from .tied import Task, Tied, alike_of, tasks_of

_NEVER: Final = 1 << 200
# Tied lines are searched exactly up to so many steps for a set, and for all sets of a question. Then the best so far
# stands, for no basket may stall; over other nodes it may be another one. The sets that may cost least are searched
# first, and what a bound rules out is not: of ten thousand random baskets over forty nodes hardly one runs out.
STEPS_A_SET: Final = 4_000
STEPS: Final = 5 * STEPS_A_SET

Key: TypeAlias = tuple[int, Seconds, int, tuple[str, ...]]
# With the lanes of these nodes, which decide between plans that are alike in everything else.
Rank: TypeAlias = tuple[Key, tuple[str, ...]]
# Amounts that goods can come to; of more than so many, none is looked at.
SUMS: Final = 1_000


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


class Sourcing:
    """One service's outlets, ready to be searched.

    lines     the basket's
    outlets   in any order: the answer does not depend on it
    at_least  goods that the plan must reach, minor units
    """

    def __init__(self, lines: Sequence[Line], outlets: Sequence[Outlet], *, at_least: int = 0) -> None:
        self._lines = lines
        self._alike = alike_of(lines)
        self._outlets = sorted(outlets, key=_by_id)
        self._at_least = _reachable(lines, outlets, at_least) if at_least else 0
        self._floors = [self._floor(outlet) for outlet in self._outlets]
        self._least = sum(map(min, zip(*self._floors, strict=True)))
        self._best: Plan | None = None
        self._rank: Rank = ((_NEVER, 0, 0, ()), ())
        self._tied: list[tuple[Rank, Sequence[Outlet], Sequence[Task]]] = []
        self._steps_left = STEPS
        self._weight_g = sum(line.weight_g * line.units for line in lines)
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
            self._search_tied()
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
        start = _start(group)
        tasks = tasks_of(self._lines, self._alike, group)
        draft = start
        for task in tasks:
            missing = 0 if task.options else task.line.units
            if sum(each.piece.units for each, _ in task.loose) < missing:
                return
            if task.options:
                draft = draft.plus(*task.options[0], task.place)
            for loose, number in task.loose:
                units = min(missing, loose.piece.units)
                draft = draft.plus_units(loose, number, task.place, units, task.line.weight_g)
                missing -= units
        if min(draft.rooms_g) >= 0 and draft.goods_minor >= self._at_least and not self._overdrawn(draft):
            self._keep(group, draft)
        elif sum(start.rooms_g) >= self._weight_g:
            self._tied.append((self._at_best(group, tasks, draft), group, tasks))

    def _at_best(self, group: Sequence[Outlet], tasks: Sequence[Task], draft: Draft) -> Rank:
        """A rank that no plan of a set comes before.

        draft   with each line at its own best, whatever that breaks
        source  limits only add to the cost, and to its date where the cost is the same; goods that must reach an amount
                cost the shopper that amount, and the alliance no less than where each line costs it least
        """
        rank = _rank(group, sum(outlet.base for outlet in group) + draft.cost, draft.promised_at)
        if draft.goods_minor >= self._at_least:
            return rank
        bases = [parted(outlet.base) for outlet in group]
        alliance = sum(base for _, base in bases) + sum(map(_alliance, tasks))
        reached = joined(self._at_least * MILLI + sum(base for base, _ in bases), alliance)
        return max(rank, _rank(group, reached, 0))

    def _overdrawn(self, draft: Draft) -> bool:
        """Whether lines that ask for the same SKU take more of a piece together than there is."""
        return any(
            draft.free(taken.piece, number, self._alike[place]) < 0
            for number, place, taken in draft.picks
            if self._alike[place]
        )

    def _search_tied(self) -> None:
        """Search the sets that a limit ties together, the most hopeful first, until none can hold a better plan."""
        for rank, group, tasks in sorted(self._tied, key=_by_rank):
            if self._best is not None and rank >= self._rank:
                break
            self._search(group, tasks)
        self._tied.clear()

    def _search(self, group: Sequence[Outlet], tasks: Sequence[Task]) -> None:
        base = sum(outlet.base for outlet in group)
        steps_left = min(STEPS_A_SET, self._steps_left)
        self._steps_left -= steps_left

        def hopeful(draft: Draft, further_cost: int, further_goods: int) -> bool:
            nonlocal steps_left
            steps_left -= 1
            rank = _rank(group, base + draft.cost + further_cost, draft.promised_at)
            beaten = self._best is not None and rank >= self._rank
            short = draft.goods_minor + further_goods < self._at_least
            return not beaten and not short and steps_left >= 0

        Tied(group, tasks, hopeful, lambda draft: self._keep(group, draft)).search(_start(group))
        self._steps_left += max(0, steps_left)

    def _keep(self, group: Sequence[Outlet], draft: Draft) -> None:
        """Remember a finished draft when it is the best."""
        parts: list[Part] = []
        cost = draft.cost
        for number, outlet in enumerate(group):
            takes = tuple((place, taken) for each, place, taken in draft.picks if each == number)
            if takes:
                parts.append(Part(outlet, takes))
                cost += outlet.base
        rank = _rank([part.outlet for part in parts], cost, draft.promised_at)
        if self._best is None or rank < self._rank:
            self._best, self._rank = Plan(rank[0], draft.goods_minor, tuple(parts)), rank


def _by_id(outlet: Outlet) -> tuple[str, str]:
    return outlet.gate.node.node_id, _lane_id(outlet)


def _lane_id(outlet: Outlet) -> str:
    return "" if outlet.gate.route is None else outlet.gate.route.lane_id


def _rank(outlets: Sequence[Outlet], cost: int, promised_at: Seconds) -> Rank:
    """The rank of a plan that uses all of these, ascending by id."""
    nodes = tuple([outlet.gate.node.node_id for outlet in outlets])
    return (cost, promised_at, len(nodes), nodes), tuple([_lane_id(outlet) for outlet in outlets])


def _by_rank(tied: tuple[Rank, Sequence[Outlet], Sequence[Task]]) -> Rank:
    return tied[0]


def _start(group: Sequence[Outlet]) -> Draft:
    return Draft(0, 0, 0, tuple([outlet.gate.max_weight_g for outlet in group]))


def _alliance(task: Task) -> int:
    """What a line costs the alliance at least."""
    if task.options:
        return min(parted(option.cost)[1] for option, _ in task.options)
    return min(parted(each.unit_cost)[1] for each, _ in task.loose) * task.line.units


def _reachable(lines: Sequence[Line], outlets: Sequence[Outlet], at_least: int) -> int:
    """The least amount from `at_least` on that the goods can come to; `at_least` itself when there are many."""
    sums = {0}
    for place, line in enumerate(lines):
        wholes = {option.goods_minor for outlet in outlets for option in outlet.options[place]}
        prices = {each.piece.offer.unit_price_minor for outlet in outlets for each in outlet.loose[place]}
        for amounts in [wholes] if wholes else [prices] * line.units:
            sums = {amount + more for amount in sums for more in amounts}
            if len(sums) > SUMS:
                return at_least
    return min((amount for amount in sums if amount >= at_least), default=at_least)
