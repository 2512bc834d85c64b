"""What sourcing costs: nearest first, the cheapest of the day, the cheapest of the day with scarcity, and the bound.

The same orders arrive in the same sequence each time. "The cheapest of the day" is the product's own choice, exact for
every order by itself; "with scarcity" is the same choice with a price on units that other regions will miss, priced
again after every so many orders from nothing but the orders until then. The bound is the linear relaxation of sourcing
all orders at once, known beforehand: no way of choosing can cost less, and perhaps none can cost so little.
"""

import statistics
import time
from collections.abc import Callable
from typing import Final

import msgspec
import numpy as np

from sangdan.offer.promise.model import Way, ways_of
from sangdan.offer.promise.model.scarcity import FEWEST, Wanted, price, settled
from sangdan.offer.promise.model.transport import Floats

from .figures import Figure, Measured, Target
from .sourcing_bound import bound
from .sourcing_world import NODES, SERVICE, SKUS, Order, World

SEEDS: Final = range(10)
COVERS: Final = (0.95, 1.15)
REFRESH: Final = 50
LATEST: Final = 60


class Tally(msgspec.Struct):
    """What a way of choosing came to; times in seconds of the processor."""

    cost: int = 0
    orders: int = 0
    parcels: int = 0
    late: int = 0
    choosing_s: float = 0.0
    pricing_s: float = 0.0


class Case(msgspec.Struct, frozen=True):
    """One seed with one cover of stock, in won."""

    cover: float
    nearest: Tally
    myopic: Tally
    ours: Tally
    bound: float

    @property
    def saving(self) -> float:
        """Against the cheapest of the day, in percent of its cost."""
        return 100 * (self.myopic.cost - self.ours.cost) / self.myopic.cost

    @property
    def against_nearest(self) -> float:
        """Against nearest first, in percent of its cost."""
        return 100 * (self.nearest.cost - self.ours.cost) / self.nearest.cost

    @property
    def gap(self) -> float:
        """How far the cheapest of the day is above the bound, in percent of the bound."""
        return 100 * (self.myopic.cost / self.bound - 1)


Choose = Callable[[World, Order, Floats, Floats], tuple[list[int], bool, int]]


def measure() -> Measured:
    """Let the same orders arrive three times in every case."""
    cases = [_case(World(seed, cover), cover) for cover in COVERS for seed in SEEDS]
    about = (
        f"{len(NODES)} centres, {len(SKUS)} SKUs, {len(SEEDS)} seeds, stock for {COVERS[0]:.0%} and {COVERS[1]:.0%} of"
        f" what is ordered, scarcity priced after every {REFRESH} orders. An order: {_sides(cases)}"
    )
    return Measured("sourcing", about, [*_figures(cases), *_times(cases)])


def _case(world: World, cover: float) -> Case:
    return Case(
        cover,
        nearest=_served(world, _nearest, priced=False),
        myopic=_served(world, _chosen, priced=False),
        ours=_served(world, _chosen, priced=True),
        bound=bound(world),
    )


def _served(world: World, choose: Choose, *, priced: bool) -> Tally:
    """All orders of a world, one after the other.

    priced  whether scarcity is, before the first order and after every REFRESH
    """
    stock, scarcity, tally = world.stock.copy(), np.zeros(world.stock.shape), Tally()
    for number, order in enumerate(world.orders):
        if priced and number % REFRESH == 0:
            began = time.process_time()
            scarcity = _priced(world, stock, scarcity, number)
            tally.pricing_s += time.process_time() - began
        began = time.process_time()
        sources, late, cost = choose(world, order, stock, scarcity)
        tally.choosing_s += time.process_time() - began
        stock[sources, list(order.skus)] -= 1
        tally.cost += cost
        tally.orders += 1
        tally.parcels += len(set(sources))
        tally.late += late
    assert stock.min() >= 0
    return tally


def _chosen(world: World, order: Order, stock: Floats, scarcity: Floats) -> tuple[list[int], bool, int]:
    """The product's way: the sources by line, whether it is late, and what it costs the alliance."""
    (way,) = ways_of(world.question(order, stock, scarcity), SERVICE)
    return _sources(way), world.late(way.promised_at), way.cost_minor


def _sources(way: Way) -> list[int]:
    nodes = {part.line_no: parcel.node_id for parcel in way.parcels for part in parcel.contents}
    return [NODES.index(nodes[line.line_no]) for line in sorted(way.lines, key=lambda line: line.wish_no)]


def _nearest(world: World, order: Order, stock: Floats, _: Floats) -> tuple[list[int], bool, int]:
    """Each line from the nearest centre that has it: what shops do that know no better."""
    by_distance = np.argsort(world.km[:, order.zone], kind="stable")
    sources = [next(int(node) for node in by_distance if stock[node, sku] > 0) for sku in order.skus]
    cost = sum(int(world.parcel[node, order.zone]) for node in set(sources))
    late = any(world.far(node, order.zone) for node in sources)
    return sources, late, cost + sum(map(world.unit_minor, order.skus))


def _priced(world: World, stock: Floats, known: Floats, number: int) -> Floats:
    """Scarcity before an order, from what was ordered until then; a SKU will be wanted as often as it was."""
    seen = [*world.past, *world.orders[:number]]
    left = len(world.orders) - number
    market = world.market(stock, known)
    priced = np.zeros(stock.shape)
    for sku, code in enumerate(SKUS):
        asked = [order for order in seen if sku in order.skus]
        if len(asked) < FEWEST:
            continue
        latest = [
            Wanted(order.zone, 1, tuple((SKUS[each], 1) for each in order.skus if each != sku))
            for order in asked[-LATEST:]
        ]
        now = price(market, code, len(asked) / len(seen) * left, latest)
        before = market.known.get(code)
        if now is not None or before is not None:
            priced[:, sku] = settled(before, now)
    return np.rint(priced)


def _figures(cases: list[Case]) -> list[Figure]:
    """Mean and range over the seeds, by cover and over all."""
    figures: list[Figure] = []
    for cover in COVERS:
        some = [case for case in cases if case.cover == cover]
        savings = [case.saving for case in some]
        spread = f"{cover:.0%} in stock, from {min(savings):.2f} to {max(savings):.2f} %"
        figures.append(Figure(f"saving with scarcity, {spread}", statistics.mean(savings), "%", *_gap(some)))
    saving = statistics.mean(case.saving for case in cases)
    by_seed = [statistics.mean(case.saving for case in cases[seed :: len(SEEDS)]) for seed in SEEDS]
    shares = [100 * (case.myopic.cost - case.ours.cost) / (case.myopic.cost - case.bound) for case in cases]
    nearest = statistics.mean(case.against_nearest for case in cases)
    return [
        *figures,
        Figure("least saving of a seed", min(by_seed), "%", *_gap(cases), Target("value", at_least=0.0)),
        Figure("share of the gap to the bound", statistics.mean(shares), "%", "the whole gap", 100.0, "%",
               Target("value", at_least=25.0)),
        Figure("saving against nearest first", nearest, "%", "saving against the cheapest of the day", saving, "%"),
    ]  # fmt: skip


def _gap(cases: list[Case]) -> tuple[str, float, str]:
    return "the cheapest of the day above the bound", statistics.mean(case.gap for case in cases), "%"


def _times(cases: list[Case]) -> list[Figure]:
    """Choosing with everything that a promise says, explanation included; pricing spread over the orders."""
    orders = sum(case.ours.orders for case in cases)
    ours = 1000 * sum(case.ours.choosing_s for case in cases) / orders
    myopic = 1000 * sum(case.myopic.choosing_s for case in cases) / orders
    pricing = 1000 * sum(case.ours.pricing_s for case in cases) / orders
    return [
        Figure("an order's choice with scarcity, five centres", ours, "ms", "the same without", myopic, "ms",
               Target("value", at_most=1.0)),
        Figure("pricing scarcity, an order's share", pricing, "ms", "an order's choice", ours, "ms"),
    ]  # fmt: skip


def _sides(cases: list[Case]) -> str:
    """What an order costs on the mean, and what must not get worse while that falls."""

    def told(name: str, tallies: list[Tally]) -> str:
        orders = sum(tally.orders for tally in tallies)
        cost = sum(tally.cost for tally in tallies) / orders
        parcels, late = sum(tally.parcels for tally in tallies) / orders, sum(tally.late for tally in tallies) / orders
        return f"{name} {cost:,.0f} won, {parcels:.3f} parcels, {late:.1%} a day late"

    bounds = sum(case.bound for case in cases) / sum(case.myopic.orders for case in cases)
    return "; ".join(
        [
            told("nearest first", [case.nearest for case in cases]),
            told("the cheapest of the day", [case.myopic for case in cases]),
            told("with scarcity", [case.ours for case in cases]),
            f"the bound {bounds:,.0f} won",
        ]
    )
