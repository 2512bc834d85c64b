"""The chosen sources against every way there is, tried one by one."""

from collections import Counter
from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sangdan.offer.promise.model import Inbound, Inputs, Line, Offer, Route, ServiceRule, quote
from sangdan.offer.promise.model.arrival import deliver, make_ready
from sangdan.offer.promise.model.choice import Shelves, choose
from sangdan.offer.promise.model.gates import Floor, gates_of, parted

from .promise_cases import (
    DAY_S,
    NOON,
    STANDARD,
    a_line,
    a_node,
    a_policy,
    a_question,
    a_route,
    a_shelf,
    random_question,
    with_twins,
)

# (shopper's cost, alliance's cost, promised at, parcels, nodes); costs in thousandths.
Key = tuple[int, int, int, int, tuple[str, ...]]
# What is there of a line behind one route: (route, offer, from when, units, what one is worth more there).
Source = tuple[Route, Offer, int, int, int]


def chosen(inputs: Inputs, rule: ServiceRule) -> Key | None:
    """What the promise chooses."""
    gates = [gate for gate in gates_of(Floor(inputs), rule) if gate.promised(inputs.start) is not None]
    choice = choose(inputs, rule, Shelves(inputs), gates, inputs.policy.max_parcels)
    if choice is None:
        return None
    cost, promised_at, parcels, nodes = choice.plan.key
    shopper, alliance = parted(cost)
    flat = (rule.flat_minor or 0) * 1000 if choice.pays else 0
    return shopper + flat, alliance, promised_at, parcels, nodes


def arrives(inputs: Inputs, rule: ServiceRule, route: Route, since: int) -> int | None:
    """When a parcel by this route is promised, if that deserves the service's name."""
    node = next(node for node in inputs.nodes if node.node_id == route.node_id)
    ready = make_ready(inputs.hours[node.hours], node.full_hours, node.handling_s, since)
    assert ready is not None
    transit = (route.transit_s, route.extra_s)
    course = deliver(*transit, inputs.departures[0], inputs.deadlines[0], rule.target_ppm, ready)
    late = course is None or course.promised_at > inputs.at + rule.within_s
    return None if late or course is None else course.promised_at


def pieces(inputs: Inputs, line: Line, route: Route, *, dated: bool) -> Iterator[Source]:
    """All that one route can bring of a line."""
    node = next(node for node in inputs.nodes if node.node_id == route.node_id)
    if line.temperature not in node.temperatures or line.temperature not in route.temperatures:
        return
    if line.weight_g > route.max_weight_g:
        return
    for cell in inputs.cells:
        for offer in inputs.offers:
            same = (cell.node_id, cell.sku, cell.owner_id) == (route.node_id, line.sku, offer.seller_id)
            if same and offer.sku == line.sku and line.seller_id in (None, offer.seller_id):
                if cell.units:
                    yield route, offer, inputs.start, cell.units, cell.scarcity_minor
                for due in cell.inbounds if dated else ():
                    yield route, offer, due.due_at, due.units, cell.scarcity_minor


def fills(sources: list[Source], units: int) -> Iterator[list[tuple[Source, int]]]:
    """Every way to take so many units from these sources."""
    if not sources:
        if units == 0:
            yield []
        return
    for taken in range(min(units, sources[0][3]) + 1):
        for rest in fills(sources[1:], units - taken):
            yield [(sources[0], taken), *rest] if taken else rest


def whole(sources: list[Source], units: int) -> Iterator[list[tuple[Source, int]]]:
    """Every way to take them from one seller behind one route."""
    for route, seller in sorted({(s[0].lane_id, s[1].seller_id) for s in sources}):
        one = [s for s in sources if (s[0].lane_id, s[1].seller_id) == (route, seller)]
        yield from fills(one, units)


def tried(inputs: Inputs, rule: ServiceRule, *, dated: bool, apart: bool) -> Key | None:
    """The best of every assignment of every line to every set of routes."""
    usable = [route for route in inputs.routes if arrives(inputs, rule, route, inputs.start) is not None]
    sources = [
        [p for route in usable for p in pieces(inputs, line, route, dated=dated) if arrives(inputs, rule, route, p[2])]
        for line in inputs.lines
    ]
    best: Key | None = None
    ways: list[list[list[tuple[Source, int]]]] = []
    for line, each in zip(inputs.lines, sources, strict=True):
        fitting = [
            way
            for way in whole(each, line.units)
            if not apart and line.units * line.weight_g <= way[0][0][0].max_weight_g
        ]
        ways.append(fitting or list(fills(each, line.units)))
    assume(prod(len(each) for each in ways) <= 20_000)
    for assignment in product(*ways):
        key = judged(inputs, rule, [(n, s, u) for n, way in enumerate(assignment) for s, u in way])
        if key is not None and (best is None or key < best):
            best = key
    return best


def judged(inputs: Inputs, rule: ServiceRule, takes: list[tuple[int, Source, int]]) -> Key | None:
    """What an assignment costs and when it comes; None when it breaks a rule."""
    lanes = {source[0].lane_id: source[0] for _, source, _ in takes}
    nodes = sorted(route.node_id for route in lanes.values())
    if len(set(nodes)) < len(nodes) or len(nodes) > inputs.policy.max_parcels:
        return None
    if overdrawn(inputs, takes):
        return None
    goods = sum(source[1].unit_price_minor * units for _, source, units in takes)
    free = rule.free_from_minor is not None and goods >= rule.free_from_minor
    shopper = goods * 1000 + (0 if free else (rule.flat_minor or 0) * 1000)
    alliance = sum(source[4] * units for _, source, units in takes) * 1000
    for lane_id, route in lanes.items():
        node = next(node for node in inputs.nodes if node.node_id == route.node_id)
        mine = [(number, units) for number, source, units in takes if source[0].lane_id == lane_id]
        weight_g = sum(inputs.lines[number].weight_g * units for number, units in mine)
        if weight_g > route.max_weight_g:
            return None
        carriage = route.base_minor * 1000 + route.per_kg_minor * weight_g
        shopper += route.surcharge_minor * 1000 + (carriage if rule.flat_minor is None and not free else 0)
        alliance += carriage + route.surcharge_minor * 1000
        alliance += node.parcel_fee_minor * 1000 + node.unit_fee_minor * 1000 * sum(units for _, units in mine)
    dates = [arrives(inputs, rule, source[0], source[2]) for _, source, _ in takes]
    return shopper, alliance, max(date for date in dates if date is not None), len(nodes), tuple(nodes)


def overdrawn(inputs: Inputs, takes: list[tuple[int, Source, int]]) -> bool:
    """Whether lines take more of a piece together than there is."""
    taken: Counter[tuple[str, str, str, int]] = Counter()
    for number, (route, offer, since, _, _), units in takes:
        taken[route.node_id, inputs.lines[number].sku, offer.seller_id, since] += units
    there = {(s[0].node_id, inputs.lines[n].sku, s[1].seller_id, s[2]): s[3] for n, s, _ in takes}
    return any(units > there[piece] for piece, units in taken.items())


def exhaustive(inputs: Inputs, rule: ServiceRule) -> Key | None:
    """The rule in full: shelves before dated supply, whole lines before divided ones."""
    for dated in (False, True):
        for apart in (False, True):
            best = tried(inputs, rule, dated=dated, apart=apart)
            if best is not None:
                return best
    return None


@pytest.mark.parametrize("twins", [False, True])
@pytest.mark.parametrize("threshold", [False, True])
@pytest.mark.parametrize("tight", [False, True])
def test_the_choice_is_the_best_of_all(tight: bool, threshold: bool, twins: bool) -> None:
    """Also where weight limits, the threshold of free delivery or a SKU asked for twice tie the lines together."""

    @settings(max_examples=600, deadline=None)
    @given(st.integers(0, 2**32))
    def compare(seed: int) -> None:
        inputs = random_question(seed, tight=tight, threshold=threshold)
        if twins:
            inputs = with_twins(inputs, seed)
        assert chosen(inputs, inputs.policy.services[0]) == exhaustive(inputs, inputs.policy.services[0])

    compare()


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_the_facts_does_not_matter(seed: int) -> None:
    inputs = random_question(seed, tight=True, threshold=True)
    turned = msgspec.structs.replace(
        inputs, nodes=inputs.nodes[::-1], routes=inputs.routes[::-1],
        cells=inputs.cells[::-1], offers=inputs.offers[::-1],
    )  # fmt: skip
    assert quote(turned) == quote(inputs)


def two_sellers(free_from_minor: int) -> Inputs:
    """Tea for 9,900 from one seller and for 10,100 from another; delivery costs 3,000."""
    return a_question(
        offers=(Offer("tea", "leaf", 9_900), Offer("tea", "stem", 10_100)),
        cells=(a_shelf("a"), a_shelf("b", owner_id="stem")),
        nodes=(a_node("a"), a_node("b")),
        routes=(a_route("a"), a_route("b")),
        policy=a_policy(msgspec.structs.replace(STANDARD, flat_minor=3_000, free_from_minor=free_from_minor)),
    )


def test_a_dearer_seller_wins_when_delivery_is_free_then() -> None:
    way = quote(two_sellers(free_from_minor=10_000)).ways[0]
    assert (way.lines[0].seller_id, way.price.total_minor) == ("stem", 10_100)


def test_nobody_pays_more_to_reach_the_threshold() -> None:
    """Both sellers below it: the cheaper one and its fee; both above it: the cheaper one, and no fee."""
    below, above = (quote(two_sellers(free_from_minor=minor)).ways[0] for minor in (50_000, 5_000))
    assert (below.lines[0].seller_id, below.price.total_minor) == ("leaf", 12_900)
    assert (above.lines[0].seller_id, above.price.total_minor) == ("leaf", 9_900)


def test_a_wish_for_a_seller_is_kept_though_another_is_cheaper() -> None:
    inputs = msgspec.structs.replace(two_sellers(50_000), lines=(a_line(seller_id="stem"),))
    assert quote(inputs).ways[0].lines[0].seller_id == "stem"


def test_a_line_is_divided_only_when_no_place_has_it_all() -> None:
    """Six units: four here and four there; the second seller's units become an order line of their own."""
    inputs = a_question(
        lines=(a_line(units=6), a_line(2, "cup")),
        offers=(Offer("tea", "leaf", 1_000), Offer("tea", "stem", 1_001), Offer("cup", "leaf", 500)),
        cells=(a_shelf("a", units=4), a_shelf("b", units=4, owner_id="stem"), a_shelf("a", "cup")),
        nodes=(a_node("a"), a_node("b")),
        routes=(a_route("a"), a_route("b")),
    )
    way = quote(inputs).ways[0]
    assert [(x.line_no, x.wish_no, x.seller_id, x.units) for x in way.lines] == [
        (1, 1, "leaf", 4), (3, 1, "stem", 2), (2, 2, "leaf", 1)
    ]  # fmt: skip
    assert [(p.node_id, [(c.line_no, c.units) for c in p.contents]) for p in way.parcels] == [
        ("a", [(1, 4), (2, 1)]), ("b", [(3, 2)])
    ]  # fmt: skip


def twins(units: int, **more: Any) -> Inputs:
    """Two lines of three teas each; so many in one place, and three in another that is dearer."""
    return a_question(
        lines=(a_line(1, units=3), a_line(2, units=3, kit_sku="set", kit_no=1)),
        cells=(a_shelf("a", units=units), a_shelf("b", units=3)),
        nodes=(a_node("a"), a_node("b")),
        routes=(a_route("a"), a_route("b", base_minor=9_000)),
        **more,
    )


@pytest.mark.parametrize(("units", "parcels"), [(6, ["a"]), (5, ["a", "b"]), (2, ["a", "b"])])
def test_two_lines_of_one_sku_take_no_more_of_it_than_there_is(units: int, parcels: list[str]) -> None:
    """With 2 + 3 units for six nothing will do; before, each line saw the same shelf."""
    ways = quote(twins(units)).ways
    if units + 3 < 6:
        assert ways == ()
        return
    assert [parcel.node_id for parcel in ways[0].parcels] == parcels
    assert sorted((c.line_no, c.units) for p in ways[0].parcels for c in p.contents) == [(1, 3), (2, 3)]


def test_what_is_scarce_elsewhere_is_left_there_and_nobody_pays_for_it() -> None:
    """Two places as good as each other, but units of one are worth 50 more: the other is taken, at the same price."""
    inputs = a_question(
        cells=(a_shelf("a"), a_shelf("b")), nodes=(a_node("a"), a_node("b")), routes=(a_route("a"), a_route("b")),
    )  # fmt: skip
    dear = msgspec.structs.replace(
        inputs, cells=(msgspec.structs.replace(inputs.cells[0], scarcity_minor=50), inputs.cells[1])
    )
    plain, scarce = quote(inputs).ways[0], quote(dear).ways[0]
    assert [way.parcels[0].node_id for way in (plain, scarce)] == ["a", "b"]
    assert (plain.price, plain.cost_minor) == (scarce.price, scarce.cost_minor)


def test_what_is_on_a_shelf_goes_before_what_is_due() -> None:
    """The shelf's seller is dearer; still nobody is sent to wait for an inbound."""
    inputs = a_question(
        offers=(Offer("tea", "leaf", 1_000), Offer("tea", "stem", 2_000)),
        cells=(a_shelf("a", "tea", 0, "leaf", Inbound("asn-1", NOON + DAY_S, 5)), a_shelf("b", owner_id="stem")),
        nodes=(a_node("a"), a_node("b")),
        routes=(a_route("a"), a_route("b")),
    )
    assert quote(inputs).ways[0].lines[0].seller_id == "stem"
    waiting = quote(msgspec.structs.replace(inputs, cells=inputs.cells[:1])).ways[0]
    assert waiting.parcels[0].contents[0].inbound_id == "asn-1"
    assert waiting.parcels[0].ready_at > quote(inputs).ways[0].parcels[0].ready_at


def test_a_basket_over_one_carriers_limit_is_spread() -> None:
    """Thirty kilograms of water, twenty at most in a parcel, plenty everywhere."""
    inputs = a_question(
        lines=(a_line(units=15, weight_g=2_000),), cells=(a_shelf("a", units=99), a_shelf("b", units=99)),
        nodes=(a_node("a"), a_node("b")), routes=(a_route("a"), a_route("b", base_minor=9_000)),
    )  # fmt: skip
    assert [(p.node_id, p.weight_g) for p in quote(inputs).ways[0].parcels] == [("a", 20_000), ("b", 10_000)]


def test_a_large_basket_with_tied_lines_is_answered_and_keeps_its_limits() -> None:
    """Forty lines on nine nodes, every parcel near its limit: the search is bounded, the answer is sound."""
    skus = [f"sku-{number}" for number in range(40)]
    inputs = a_question(
        lines=tuple(a_line(n, sku, weight_g=400 + 7 * n) for n, sku in enumerate(skus, start=1)),
        offers=tuple(Offer(sku, "leaf", 1_000) for sku in skus),
        cells=tuple(a_shelf(node, sku) for node in "abcdefghi" for sku in skus),
        nodes=tuple(a_node(node) for node in "abcdefghi"),
        routes=tuple(a_route(node, max_weight_g=8_000, per_kg_minor=ord(node)) for node in "abcdefghi"),
    )
    way = quote(inputs).ways[0]
    assert max(parcel.weight_g for parcel in way.parcels) <= 8_000
    assert sum(parcel.weight_g for parcel in way.parcels) == sum(line.weight_g for line in inputs.lines)
