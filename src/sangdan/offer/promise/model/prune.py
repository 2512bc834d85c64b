"""Pruning without loss: of hundreds of gates, those of the best plan of a service.

Every plan costs at least what its gates and each line's cheapest source among them cost; limits only make it dearer. So
when the best set by that measure keeps all limits, it is the best plan, and the promise need not look at other gates.
source  facility location by enumeration of sets: what cannot beat the best known one, by the cheapest base and the
        cheapest source of every line, is left out
"""

from typing import Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

# Cost, promised at, parcels, nodes: as in sourcing.
Key: TypeAlias = tuple[int, int, int, tuple[int, ...]]

# What cannot be costs so much; sums of it for MOST_LINES lines still fit into 64 bits.
NEVER: Final = 1 << 56
MOST_LINES: Final = 60
MOST_PARCELS: Final = 3


class Field(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A service's gates, a column each, with whole lines from the shelf only; a row for each line and seller.

    node          by gate: its node's number; numbers sort as node ids do
    base          by gate: the cost of a parcel with nothing in it, the shopper's and the alliance's as one integer
    first         by line: its first row
    cost          row by gate: the line from the seller, NEVER when that seller cannot fill it whole there
    goods_minor   by row: what the seller asks for the line
    promised_at   by gate
    max_weight_g  by gate
    weight_g      by line, of all its units
    """

    node: Numbers
    base: Numbers
    first: Numbers
    cost: Numbers
    goods_minor: Numbers
    promised_at: Numbers
    max_weight_g: Numbers
    weight_g: Numbers


class Kept(msgspec.Struct, frozen=True):
    """The best of a field.

    gates        of the best plan, ascending; none when no set fills every line whole
    single       the best gate that fills the basket alone, None without one
    goods_minor  what the goods of the best plan cost
    """

    gates: tuple[int, ...]
    single: int | None
    goods_minor: int


def kept(field: Field, parcels: int) -> Kept | None:
    """The gates of the best plan of whole lines from the shelves.

    parcels  at most, 1..3
    gives    None when costs alone do not tell, because a parcel of the best set is above its carrier's limit
    """
    assert 1 <= parcels <= MOST_PARCELS
    sets = _Sets(field)
    sets.alone()
    single = sets.best[0] if sets.best else None
    for size in range(2, parcels + 1):
        sets.of(size)
    if not sets.best:
        return Kept((), None, 0)
    goods_minor = _goods_minor(field, list(sets.best))
    return None if goods_minor is None else Kept(tuple(sorted(sets.best)), single, goods_minor)


def _goods_minor(field: Field, gates: list[int]) -> int | None:
    """What the goods of a set cost when each line takes its cheapest source; None when a parcel is too heavy then."""
    goods_minor, room_g = 0, [int(limit) for limit in field.max_weight_g[gates]]
    for line, rows in enumerate(np.split(field.cost[:, gates], field.first[1:])):
        row, gate = divmod(int(rows.argmin()), len(gates))
        goods_minor += int(field.goods_minor[field.first[line] + row])
        room_g[gate] -= int(field.weight_g[line])
    return None if min(room_g) < 0 else goods_minor


class _Sets:
    """The search through sets of gates.

    best  the best set so far, empty before there is one
    """

    def __init__(self, field: Field) -> None:
        self._field = field
        several = len(field.first) < len(field.cost)
        self._cost = np.minimum.reduceat(field.cost, field.first) if several else field.cost
        self._floor = int(self._cost.min(axis=1).sum())
        self._least_base = int(field.base.min())
        self._key: Key = (NEVER - 1, 0, 0, ())
        self.best: tuple[int, ...] = ()

    def alone(self) -> None:
        """Look through the gates by themselves."""
        field = self._field
        costs = field.base + self._cost.sum(axis=0)
        costs[field.max_weight_g < int(field.weight_g.sum())] = NEVER
        cheapest = np.flatnonzero(costs == costs.min())
        self._offer(int(costs[cheapest[0]]), cheapest[:, None])

    def of(self, size: int) -> None:
        """Look through the sets of so many gates, 2 or 3."""
        rest = self._floor + (size - 1) * self._least_base
        hopeful = np.flatnonzero(self._field.base + rest <= self._key[0])
        cost, base = self._cost[:, hopeful], self._field.base[hopeful]
        if len(hopeful) < size or not (holders := _holders(cost)).size:
            return
        # Whatever fills the basket holds the rarest line: only sets with one of its holders need a look.
        if size == 2:
            self._pairs(hopeful, cost, holders, ())
            return
        for first in holders[np.argsort(base[holders], kind="stable")]:
            if int(base[first]) + rest > self._key[0]:
                break
            narrowed = np.minimum(cost, cost[:, [first]])
            near = base + (int(base[first]) + self._least_base + self._floor) <= self._key[0]
            seconds = _holders(narrowed)
            self._pairs(hopeful, narrowed, seconds[near[seconds]], (int(hopeful[first]),))

    def _pairs(self, gates: Numbers, cost: Numbers, rows: Numbers, others: tuple[int, ...]) -> None:
        """Every pair with one gate of `rows`, together with the others, whose goods `cost` knows."""
        if not rows.size:
            return
        base, node = self._field.base[gates], self._field.node[gates]
        totals = base[rows][:, None] + base[None, :] + int(self._field.base[list(others)].sum())
        for line in cost:
            totals += np.minimum(line[rows][:, None], line[None, :])
        totals[node[rows][:, None] == node[None, :]] = NEVER
        for other in others:
            taken = node == self._field.node[other]
            totals[:, taken] = NEVER
            totals[taken[rows]] = NEVER
        cheapest = int(totals.min())
        if cheapest <= self._key[0]:
            row, column = np.nonzero(totals == cheapest)
            sets = [gates[rows[row]], gates[column], *(np.full(len(row), other) for other in others)]
            self._offer(cheapest, np.stack(sets, axis=1))

    def _offer(self, cost: int, sets: Numbers) -> None:
        """Keep the best of sets that cost the same, a row each, if it is better than the best so far."""
        if cost >= NEVER:
            return
        promised_at = self._field.promised_at[sets].max(axis=1)
        soonest = sets[promised_at == promised_at.min()]
        nodes = np.sort(self._field.node[soonest], axis=1)
        # A gate is a column of the field; those of one node differ by their lanes, the first of which stands.
        first = int(np.lexsort((*soonest.T[::-1], *nodes.T[::-1]))[0])
        key = (cost, int(promised_at.min()), sets.shape[1], tuple(nodes[first].tolist()))
        if not self.best or key < self._key:
            self._key, self.best = key, tuple(soonest[first].tolist())


def _holders(cost: Numbers) -> Numbers:
    """The gates that fill the line which the fewest fill; none when some line is filled by none."""
    fills = cost < NEVER
    return np.flatnonzero(fills[int(fills.sum(axis=1).argmin())])


def undominated(asks: Numbers, gives: Numbers, node: Numbers, able: Flags, parcels: int) -> Numbers:
    """The gates without which the best plan cannot do, whatever limits tie its lines together.

    asks     measure by gate: what a gate must be matched in, less is better; the first is what a parcel always costs
    gives    measure by gate: what it matches others with, >= asks
    node     by gate
    able     by gate: whether it may stand in for others
    parcels  at most in a plan
    gives    gates, ascending: all but those that gates of so many other nodes match in every measure
    source   where a plan uses such a gate, one of the others is not in the plan yet and takes its place: that costs
             less, or is as good and of a lesser node, which wins then
    """
    matches = np.ones((len(node), len(node)), np.bool_)
    for mine, theirs in zip(gives, asks, strict=True):
        matches &= mine[:, None] <= theirs[None, :]
    matches &= (node[:, None] < node[None, :]) | (gives[0][:, None] < asks[0][None, :])
    matches &= able[:, None] & (node[:, None] != node[None, :])
    first = np.flatnonzero(np.diff(node, prepend=-1))
    others = np.logical_or.reduceat(matches, first, axis=0).sum(axis=0)
    return np.flatnonzero(others < parcels)
