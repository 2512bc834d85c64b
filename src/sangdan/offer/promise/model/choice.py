"""Choosing: the best plan of a service, from the shelves if they can, with dated supply if they must."""

from collections.abc import Iterator, Sequence

import msgspec

from .gates import MILLI, Gate, joined
from .inputs import Inputs, ServiceRule, offers_of
from .outlets import outlets_of
from .sourcing import Key, Plan, Sourcing
from .supply import Supply, supply_of


class Choice(msgspec.Struct, frozen=True):
    """A service's best plan.

    pays    whether the shopper pays for delivery
    single  the best plan of one parcel, None when one does not suffice
    """

    plan: Plan
    pays: bool
    single: Plan | None


class Shelves:
    """The basket's supply, laid out once for all services of a question.

    goods_minor  the least and the most that the goods can cost
    """

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._laid: dict[bool, Supply] = {}
        self.goods_minor = _goods_between(inputs)

    def supply(self, *, dated: bool) -> Supply:
        """What each node holds; `dated` counts inbounds too."""
        if dated not in self._laid:
            self._laid[dated] = supply_of(self._inputs, dated=dated)
        return self._laid[dated]

    def supplies(self) -> Iterator[Supply]:
        """First what lies on the shelves; then, only if anything is due, with it."""
        yield self.supply(dated=False)
        if any(cell.inbounds for cell in self._inputs.cells):
            yield self.supply(dated=True)


def choose(inputs: Inputs, rule: ServiceRule, shelves: Shelves, gates: Sequence[Gate], most: int) -> Choice | None:
    """The best plan of a service.

    gates  of the service, those that promise in time
    most   parcels, 1..3
    gives  from the shelves before dated supply, and with whole lines before divided ones; None when nothing will do
    """
    for supply in shelves.supplies():
        if not _suffices(inputs, supply, gates):
            continue
        for apart in (False, True):
            choice = _cheapest(inputs, rule, shelves.goods_minor, supply, gates, most, apart)
            if choice is not None:
                return choice
    return None


def _suffices(inputs: Inputs, supply: Supply, gates: Sequence[Gate]) -> bool:
    """Whether all nodes together hold enough of every line; without it no set of them needs a look."""
    shelves = {gate.node.node_id: supply[gate.node.node_id] for gate in gates if gate.node.node_id in supply}.values()
    return all(
        any(piece.units >= line.units for shelf in shelves for piece in shelf[place])
        or sum(piece.units for shelf in shelves for piece in shelf[place]) >= line.units
        for place, line in enumerate(inputs.lines)
    )


def _cheapest(
    inputs: Inputs, rule: ServiceRule, goods_minor: tuple[int, int], supply: Supply, gates: Sequence[Gate], most: int,
    apart: bool,
) -> Choice | None:  # fmt: skip
    """The cheaper of paying for delivery and of reaching its threshold, where there is one.

    goods_minor  the least and the most that the goods can cost
    """

    def best(*, pays: bool, at_least: int = 0) -> Choice | None:
        outlets = outlets_of(inputs.lines, supply, gates, pays=pays, apart=apart)
        sourcing = Sourcing(inputs.lines, outlets, at_least=at_least)
        plan = sourcing.best(most)
        return None if plan is None else Choice(plan, pays, sourcing.single)

    low, high = goods_minor
    threshold = rule.free_from_minor
    if threshold is None or high < threshold:
        return best(pays=True)
    if low >= threshold:
        return best(pays=False)
    paying, free = best(pays=True), best(pays=False, at_least=threshold)
    if paying is None or paying.plan.goods_minor >= threshold:
        # Above the threshold nobody pays, and `free` has looked for the best of such plans.
        return free if free is not None or paying is None else Choice(paying.plan, False, paying.single)
    return paying if free is None or _total(paying, rule) <= _total(free, rule) else free


def _goods_between(inputs: Inputs) -> tuple[int, int]:
    """The least and the most that the basket's goods can cost, by its offers."""
    low = high = 0
    for line in inputs.lines:
        prices = [offer.unit_price_minor for offer in offers_of(line, inputs.offers).values()]
        low += min(prices, default=0) * line.units
        high += max(prices, default=0) * line.units
    return low, high


def _total(choice: Choice, rule: ServiceRule) -> Key:
    flat_minor = (rule.flat_minor or 0) if choice.pays else 0
    return choice.plan.key[0] + joined(flat_minor * MILLI, 0), *choice.plan.key[1:]
