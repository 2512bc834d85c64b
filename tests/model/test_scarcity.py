"""The transportation problem and its prices, against cases made by hand and against duality."""

from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.offer.promise.model.scarcity import FEWEST, HOLDERS, Market, Wanted, can_be_scarce, price, settled
from sangdan.offer.promise.model.transport import Floats, suffices, transport


def floats(*values: float) -> Floats:
    return np.array(values, dtype=np.float64)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Floats, Floats, Floats, Floats]:
    """Supply, demand, cost and what unserved units cost; some ways are missing."""
    sources, places = draw(st.integers(1, 5)), draw(st.integers(1, 6))
    random = Random(draw(st.integers(0, 10**9)))
    cost = np.array([[random.choice([np.inf, *range(1, 40)]) for _ in range(places)] for _ in range(sources)])
    supply = floats(*(random.randint(0, 9) for _ in range(sources)))
    demand = floats(*(random.randint(0, 9) for _ in range(places)))
    return supply, demand, cost.astype(np.float64), floats(*(random.randint(20, 90) for _ in range(places)))


@given(problems())
def test_prices_pay_for_the_whole_cost_and_no_way_is_cheaper_than_its_worth(
    given_problem: tuple[Floats, Floats, Floats, Floats],
) -> None:
    supply, demand, cost, unserved = given_problem
    solved = transport(supply, demand, cost, unserved)
    # Strong duality: the prices alone tell the cost of the best plan.
    assert solved.cost == pytest.approx(demand @ solved.worths - supply @ solved.prices, abs=1e-6)
    # Weak duality holds because they are feasible: worth less price never exceeds what the way costs.
    assert (solved.prices >= 0).all()
    assert (solved.worths <= unserved + 1e-6).all()
    assert (solved.worths[None, :] - solved.prices[:, None] <= cost + 1e-6).all()


@given(problems())
def test_a_price_bounds_what_a_unit_more_saves(given_problem: tuple[Floats, Floats, Floats, Floats]) -> None:
    supply, demand, cost, unserved = given_problem
    solved = transport(supply, demand, cost, unserved)
    for source in range(len(supply)):
        one_more = supply.copy()
        one_more[source] += 1
        saved = solved.cost - transport(one_more, demand, cost, unserved).cost
        assert -1e-6 <= saved <= solved.prices[source] + 1e-6


@given(problems())
def test_where_the_cheapest_sources_suffice_nothing_has_a_price(
    given_problem: tuple[Floats, Floats, Floats, Floats],
) -> None:
    supply, demand, cost, unserved = given_problem
    if suffices(supply, demand, cost) and (cost.min(axis=0) < unserved).all():
        plenty = transport(supply + 1, demand, cost, unserved)
        assert plenty.prices == pytest.approx(np.zeros(len(supply)), abs=1e-6)


def test_the_last_unit_of_the_near_shelf_is_worth_the_longer_way() -> None:
    # Two wanted near a and one near b; a has one, b has plenty, and from b to a costs 5 more.
    solved = transport(floats(1, 9), floats(2, 1), np.array([[3.0, 8.0], [8.0, 3.0]]), floats(99, 99))
    assert solved.cost == 3 + 8 + 3
    assert solved.prices.tolist() == [5, 0]


def market(shelves: dict[str, Floats], known: dict[str, Floats] | None = None, parcel: Floats | None = None) -> Market:
    """Two nodes and two zones, each near one: 3,000 won from near, 5,000 from far; no fee, no weight."""
    costs = np.array([[3000.0, 5000.0], [5000.0, 3000.0]]) if parcel is None else parcel
    nodes = len(costs)
    weights = dict.fromkeys(shelves, 1.0)
    return Market(costs, np.zeros(costs.shape), np.zeros(nodes), weights, shelves, known or {})


NEAR_A = [Wanted(0, 1)] * 6
NEAR_B = [Wanted(1, 1)] * 6


def prices(market: Market, expected: float, orders: list[Wanted]) -> list[float]:
    found = price(market, "tea", expected, orders)
    assert found is not None
    return [round(each, 3) for each in found]


def test_what_others_nearby_will_miss_has_the_price_of_the_longer_way() -> None:
    assert prices(market({"tea": floats(3, 50)}), 12, NEAR_A + NEAR_B) == [2000, 0]


def test_enough_everywhere_is_not_scarce() -> None:
    assert price(market({"tea": floats(12, 12)}), "tea", 12, NEAR_A + NEAR_B) is None
    # Less than everybody wants, but enough for each region by itself.
    assert price(market({"tea": floats(7, 7)}), "tea", 12, NEAR_A + NEAR_B) is None


def test_too_few_orders_tell_nothing() -> None:
    assert price(market({"tea": floats(1, 50)}), "tea", 12, NEAR_A[: FEWEST - 1]) is None
    assert price(market({"tea": floats(1, 50)}), "tea", 12, NEAR_A[:FEWEST]) is not None


def test_what_lies_on_one_node_alone_has_no_price_whatever_it_is_worth() -> None:
    assert price(market({"tea": floats(1, 0)}), "tea", 50, NEAR_A) is None


def test_when_all_is_too_little_only_the_difference_counts() -> None:
    # Absolute prices would be as high as not serving costs, on both; then every order would rather not be.
    assert min(prices(market({"tea": floats(2, 3)}), 40, NEAR_A * 2 + NEAR_B)) == 0


def test_a_line_in_a_whole_basket_is_worth_what_moving_or_splitting_it_costs() -> None:
    # The cup lies on a alone: without tea on a, the order would need a second parcel from b.
    baskets = [Wanted(0, 1, (("cup", 1),))] * 6
    shelves = {"tea": floats(3, 50), "cup": floats(99, 0)}
    assert prices(market(shelves), 12, baskets) == [5000, 0]
    # Were the cup on b too, the whole order could come from there.
    shelves = {"tea": floats(3, 50), "cup": floats(99, 99)}
    assert prices(market(shelves), 12, baskets) == [2000, 0]
    # And if the cup is scarce on a by so much, tea there is worth nothing more.
    assert price(market(shelves, {"cup": floats(2000, 0)}), "tea", 12, baskets) == pytest.approx([0, 0])


def test_units_share_their_parcel() -> None:
    pairs = [Wanted(0, 2)] * 6
    assert prices(market({"tea": floats(3, 50)}), 12, pairs) == [1000, 0]


def test_what_nobody_can_bring_is_left_out() -> None:
    island = np.array([[3000.0, np.inf], [5000.0, np.inf]])
    assert prices(market({"tea": floats(3, 50)}, parcel=island), 24, NEAR_A + NEAR_B) == [2000, 0]
    assert price(market({"tea": floats(3, 50)}, parcel=island), "tea", 24, NEAR_B) is None


@given(st.integers(0, 10**9))
def test_an_order_costs_from_a_node_what_trying_every_set_of_nodes_says(seed: int) -> None:
    """The prices of a market with one scarce node tell the difference of an order's cost from there and elsewhere."""
    random = Random(seed)
    parcel = np.array([[float(random.randint(20, 60))] for _ in range(4)])
    shelves = {sku: floats(*(random.choice([0, 50]) for _ in range(4))) for sku in ("cup", "pot")}
    shelves["tea"] = floats(1, *(random.choice([0, 50]) for _ in range(3)))
    if not shelves["tea"][1:].any():
        return
    others = tuple((sku, 1) for sku in ("cup", "pot") if shelves[sku].any())

    def least(forced: int) -> float:
        costs = [np.inf]
        for size in (1, 2, 3):
            for nodes in combinations(range(4), size):
                if forced in nodes and all(shelves[sku][list(nodes)].any() for sku, _ in others):
                    costs.append(float(parcel[list(nodes), 0].sum()))
        return min(costs)

    found = price(market(shelves, parcel=parcel), "tea", 40.0, [Wanted(0, 1, others)] * FEWEST)
    elsewhere = min(least(node) for node in (1, 2, 3) if shelves["tea"][node] > 0)
    worth = max(0.0, elsewhere - least(0))
    assert (0.0 if found is None else found[0]) == pytest.approx(worth)


def test_only_the_fullest_shelves_are_priced() -> None:
    assert can_be_scarce([3, 50], 12)
    assert not can_be_scarce([12, 50], 12)
    assert not can_be_scarce([3], 12)
    assert not can_be_scarce([20] * HOLDERS + [1], 12)


def test_prices_go_half_way_and_away() -> None:
    assert settled(None, floats(8, 0)).tolist() == [8, 0]
    assert settled(floats(8, 0), floats(0, 4)).tolist() == [4, 2]
    assert settled(floats(8, 0), None).tolist() == [4, 0]
