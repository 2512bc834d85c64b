"""Pruning: of hundreds of nodes with stock, the dozen that a service's sourcing should look at.

A promise over a dozen nodes is exact. Which dozen is a judgement, with one guarantee: if any set of nodes can fill the
basket within the parcels allowed, such a set is among them.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

MOST: Final = 12
# Beside them, so many of those that cannot promise in time: the nearest, so that the promise can say why.
SHOWN: Final = 3
# The search for a set that fills the basket gives up after so many nodes tried: only in baskets of dozens of lines.
STEPS: Final = 20_000


class Prospect(msgspec.Struct, frozen=True):
    """A node that could serve, as far as it is known cheaply.

    base_minor   what the shopper would pay for a parcel from there
    distance_m   to the shopper
    units        by line: what it holds and may send, 0 for nothing
    costs_minor  by line: the goods at its cheapest seller who can fill the line alone, None without one
    """

    node_id: str
    base_minor: int
    distance_m: int
    units: tuple[int, ...]
    costs_minor: tuple[int | None, ...]


class Picked(msgspec.Struct, frozen=True):
    """Node ids to look at, sorted; and those that were asked, cannot promise in time and are not even shown."""

    nodes: tuple[str, ...]
    unusable: tuple[str, ...]


def candidates(
    wanted: Sequence[int],
    prospects: Sequence[Prospect],
    usable: Callable[[str], bool],
    *,
    parcels: int,
    most: int = MOST,
) -> Picked:
    """Pick the nodes to look at.

    wanted     units by line, >= 1
    prospects  those that hold anything, in any order
    usable     whether a node can promise in time; asked as rarely as possible, for it costs most
    parcels    how many nodes an order may come from, 1..3
    most       how many usable ones to pick, >= 3
    gives      all when they are no more than `most`, else the picked and up to SHOWN of those found unusable
    """
    assert most >= parcels
    if len(prospects) <= most:
        return Picked(tuple(sorted(prospect.node_id for prospect in prospects)), ())
    field = _Field(wanted, usable)
    kept: dict[str, Prospect] = {}
    shares = [sorted((p for p in prospects if _fills(p)), key=_whole_cost)]
    shares += [_for_line(prospects, line) for line in range(len(wanted))]
    # Those that fill the whole basket and those that fill each line take turns, each list the best first.
    for prospect in _in_turns(shares):
        if len(kept) == most:
            break
        if prospect.node_id not in kept and field.is_usable(prospect):
            kept[prospect.node_id] = prospect
    if not field.suffices(tuple(wanted), list(kept.values()), parcels):
        chosen = field.search([p for p in prospects if field.is_usable(p)], parcels)
        spare = [p for p in kept.values() if p not in chosen]
        kept = {p.node_id: p for p in [*chosen, *spare][:most]}
    late = [p.node_id for p in sorted((p for p in prospects if field.is_late(p)), key=_near)]
    return Picked(tuple(sorted([*kept, *late[:SHOWN]])), tuple(late[SHOWN:]))


def _fills(prospect: Prospect) -> bool:
    return None not in prospect.costs_minor


def _near(prospect: Prospect) -> tuple[int, str]:
    return prospect.distance_m, prospect.node_id


def _whole_cost(prospect: Prospect) -> tuple[int, int, str]:
    goods_minor = sum(cost for cost in prospect.costs_minor if cost is not None)
    return prospect.base_minor + goods_minor, prospect.distance_m, prospect.node_id


def _for_line(prospects: Sequence[Prospect], line: int) -> list[Prospect]:
    """Those that fill a line alone, the cheapest first; then those that hold some of it, the fullest first."""

    def rank(prospect: Prospect) -> tuple[bool, int, int, str]:
        cost_minor = prospect.costs_minor[line]
        cost = -prospect.units[line] if cost_minor is None else prospect.base_minor + cost_minor
        return cost_minor is None, cost, prospect.distance_m, prospect.node_id

    return sorted((p for p in prospects if p.units[line] > 0), key=rank)


def _in_turns(lists: Sequence[Sequence[Prospect]]) -> Iterator[Prospect]:
    for place in range(max((len(each) for each in lists), default=0)):
        for each in lists:
            if place < len(each):
                yield each[place]


class _Field:
    """The basket's need, and what is known of the nodes so far."""

    def __init__(self, wanted: Sequence[int], usable: Callable[[str], bool]) -> None:
        self._wanted = tuple(wanted)
        self._usable = usable
        self._known: dict[str, bool] = {}
        self._steps_left = STEPS

    def is_usable(self, prospect: Prospect) -> bool:
        """Ask once a node."""
        if prospect.node_id not in self._known:
            self._known[prospect.node_id] = self._usable(prospect.node_id)
        return self._known[prospect.node_id]

    def is_late(self, prospect: Prospect) -> bool:
        """Whether it was asked, and cannot promise in time."""
        return not self._known.get(prospect.node_id, True)

    def suffices(self, missing: tuple[int, ...], prospects: Sequence[Prospect], parcels: int) -> bool:
        """Whether some of them fill the need."""
        return self._set(missing, prospects, parcels) is not None

    def search(self, prospects: Sequence[Prospect], parcels: int) -> list[Prospect]:
        """A set that fills the basket, the fewest nodes first; empty when there is none."""
        alike: dict[tuple[int, ...], int] = {}
        distinct: list[Prospect] = []
        for prospect in sorted(prospects, key=_whole_cost):
            # Of nodes that give the same, no more can be needed than an order has parcels: the cheapest.
            gives = tuple(map(min, prospect.units, self._wanted))
            alike[gives] = alike.get(gives, 0) + 1
            if alike[gives] <= parcels:
                distinct.append(prospect)
        for size in range(1, parcels + 1):
            found = self._set(self._wanted, distinct, size)
            if found is not None:
                return found
        return []

    def _set(self, missing: tuple[int, ...], prospects: Sequence[Prospect], parcels: int) -> list[Prospect] | None:
        if not any(missing):
            return []
        holders = [
            (sum(1 for p in prospects if p.units[line] > 0), line) for line, units in enumerate(missing) if units > 0
        ]
        self._steps_left -= 1
        if parcels == 0 or self._steps_left < 0:
            return None
        # Some node must give of the rarest line: only those need be tried.
        _, rarest = min(holders)
        for prospect in prospects:
            if prospect.units[rarest] > 0:
                left = tuple(max(0, units - held) for units, held in zip(missing, prospect.units, strict=True))
                others = [other for other in prospects if other is not prospect] if any(left) else []
                rest = self._set(left, others, parcels - 1)
                if rest is not None:
                    return [prospect, *rest]
        return None
