"""Lines that a limit ties together: every assignment within a set of outlets that can still matter.

source  depth-first branch and bound; a bound takes every line that is still to be filled at its own best
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

import msgspec

from .draft import Draft
from .inputs import Line, Seconds
from .outlets import Loose, Option, Outlet, fitted

# Recursion goes one level down for a line and one for a source of a divided line; larger baskets are not searched.
DEEPEST: Final = 200

# A draft, the least that its completion adds to the cost and the most that it adds to the goods: may it still matter?
Hopeful: TypeAlias = Callable[[Draft, int, int], bool]


class Task(msgspec.Struct, frozen=True):
    """A line to fill, whole by one of its options or divided over its sources: each with the outlet's number.

    options  the best first
    loose    the cheapest first
    alike    the positions of the lines that ask for the same SKU, this one's too; empty when no other does
    """

    place: int
    line: Line
    options: Sequence[tuple[Option, int]]
    loose: Sequence[tuple[Loose, int]]
    alike: frozenset[int]


def alike_of(lines: Sequence[Line]) -> list[frozenset[int]]:
    """By line: the positions of all lines that ask for its SKU; empty when it is alone."""
    places: defaultdict[str, set[int]] = defaultdict(set)
    for place, line in enumerate(lines):
        places[line.sku].add(place)
    return [frozenset(places[line.sku] if len(places[line.sku]) > 1 else ()) for line in lines]


def tasks_of(lines: Sequence[Line], alike: Sequence[frozenset[int]], group: Sequence[Outlet]) -> list[Task]:
    """The lines as one set of outlets can fill them, those that leave least choice first.

    alike  from `alike_of`
    """
    tasks: list[Task] = []
    for place, line in enumerate(lines):
        options = [(option, number) for number, outlet in enumerate(group) for option in outlet.options[place]]
        loose = [(each, number) for number, outlet in enumerate(group) for each in outlet.loose[place]]
        tasks.append(
            Task(place, line, sorted(options, key=_option_first), sorted(loose, key=_loose_first), alike[place])
        )
    return sorted(tasks, key=_hardest_first)


def _hardest_first(task: Task) -> tuple[int, int, int, int]:
    """Whole lines before divided ones; of those the ones with few options, then the heavy ones."""
    return len(task.loose), len(task.options), -task.line.weight_g * task.line.units, task.place


class Tied:
    """The search within one set.

    group    the set
    tasks    its, from `tasks_of`; each can be filled
    hopeful  whether a draft may still become the best plan
    keep     takes a finished draft
    """

    def __init__(
        self, group: Sequence[Outlet], tasks: Sequence[Task], hopeful: Hopeful, keep: Callable[[Draft], None]
    ) -> None:
        self._group = group
        self._tasks = tasks
        self._hopeful = hopeful
        self._keep = keep
        self._bounds = [(0, 0)]
        for task in reversed(tasks):
            cost, goods = self._bounds[-1]
            if task.options:
                cost += task.options[0][0].cost
                goods += max(option.goods_minor for option, _ in task.options)
            else:
                cost += _least(task.loose, task.line.units)
                goods += _dearest(task.loose) * task.line.units
            self._bounds.append((cost, goods))
        self._bounds.reverse()

    def search(self, start: Draft) -> None:
        """Try what can still matter, the best first.

        start  a draft with nothing in it
        """
        if sum(1 + len(task.loose) for task in self._tasks) <= DEEPEST:
            self._fill(0, start)

    def _fill(self, depth: int, draft: Draft) -> None:
        """Fill the next line each way."""
        if min(draft.rooms_g) < 0 or not self._hopeful(draft, *self._bounds[depth]):
            return
        if depth == len(self._tasks):
            self._keep(draft)
            return
        task = self._tasks[depth]
        for option, number in task.options:
            left = self._left(task, option, number, draft) if task.alike else option
            if left is not None:
                self._fill(depth + 1, draft.plus(left, number, task.place))
        if not task.options:
            self._divide(depth, draft, 0, task.line.units)

    def _left(self, task: Task, option: Option, number: int, draft: Draft) -> Option | None:
        """The option with what the other lines of its SKU have left.

        source  within a cell it does not matter to cost or date which line takes which piece: whoever comes first takes
                the earliest
        """
        return fitted(self._group[number], task.place, option, lambda piece: draft.free(piece, number, task.alike))

    def _divide(self, depth: int, draft: Draft, source: int, missing: int) -> None:
        """Take from the next source of a divided line, as much as fits first."""
        task = self._tasks[depth]
        if missing == 0:
            self._fill(depth + 1, draft)
            return
        later = task.loose[source:]
        if sum(each.piece.units for each, _ in later) < missing:
            return
        cost, goods = self._bounds[depth + 1]
        if not self._hopeful(draft, cost + _least(later, missing), goods + _dearest(later) * missing):
            return
        loose, number = later[0]
        for units in range(draft.most(loose, number, missing, task.line.weight_g, task.alike), -1, -1):
            after = draft.plus_units(loose, number, task.place, units, task.line.weight_g)
            self._divide(depth, after, source + 1, missing - units)


def _least(loose: Sequence[tuple[Loose, int]], units: int) -> int:
    """What units cost at least from these sources, the cheapest first, that hold enough."""
    cost = 0
    for each, _ in loose:
        taken = min(units, each.piece.units)
        cost += each.unit_cost * taken
        units -= taken
        if units == 0:
            break
    return cost


def _dearest(loose: Sequence[tuple[Loose, int]]) -> int:
    return max(each.piece.offer.unit_price_minor for each, _ in loose)


def _option_first(found: tuple[Option, int]) -> tuple[int, Seconds, int]:
    return found[0].cost, found[0].promised_at, found[1]


def _loose_first(found: tuple[Loose, int]) -> tuple[int, Seconds, int]:
    return found[0].unit_cost, found[0].promised_at, found[1]
