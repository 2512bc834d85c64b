"""How a find weighs that can be had soon, late, or not at all."""

from hypothesis import given
from hypothesis import strategies as st

from sangdan.offer.search.model.listing import Asked, Hit, Standing, blended, weighed

DAY_S = 86_400
STANDINGS = st.builds(Standing, st.booleans(), st.none() | st.integers(0, 60 * DAY_S))


def hit(product_id: str, relevance: float) -> Hit:
    return Hit(product_id, product_id, product_id, None, "c", 1000, relevance)


@given(st.floats(0, 1e6), st.none() | STANDINGS)
def test_nothing_is_worth_more_than_it_fits(relevance: float, standing: Standing | None) -> None:
    assert relevance * 0.35 <= weighed(relevance, standing) <= relevance


@given(st.floats(0.1, 100), st.integers(0, 30 * DAY_S), st.integers(0, 30 * DAY_S))
def test_sooner_is_never_worse(relevance: float, one: int, other: int) -> None:
    soon, late = sorted((one, other))
    assert weighed(relevance, Standing(True, soon)) >= weighed(relevance, Standing(True, late))


def test_of_two_that_fit_alike_the_one_at_hand_comes_first() -> None:
    hits = [hit("gone", 10.0), hit("late", 10.0), hit("here", 10.0), hit("unknown", 9.0)]
    standings = {"gone": Standing(False), "late": Standing(True, 7 * DAY_S), "here": Standing(True, 3600)}

    order = [each.product_id for each in blended(hits, standings, Asked())]

    assert order == ["here", "unknown", "late", "gone"]


def test_a_far_better_fit_comes_first_though_it_is_gone() -> None:
    hits = [hit("poor", 3.0), hit("fits", 10.0)]

    found = blended(hits, {"poor": Standing(True, 60), "fits": Standing(False)}, Asked())

    assert [each.product_id for each in found] == ["fits", "poor"]


def test_only_what_can_be_had_is_left_when_that_is_asked_for() -> None:
    hits = [hit("gone", 10.0), hit("here", 1.0), hit("unknown", 9.0)]
    standings = {"gone": Standing(False), "here": Standing(True, 60)}

    assert [each.product_id for each in blended(hits, standings, Asked(available=True))] == ["here"]


def test_soonest_puts_those_without_a_date_last() -> None:
    hits = [hit("gone", 10.0), hit("unsure", 9.0), hit("late", 2.0), hit("soon", 1.0)]
    standings = {
        "gone": Standing(False), "unsure": Standing(True), "late": Standing(True, 9 * DAY_S),
        "soon": Standing(True, 60),
    }  # fmt: skip

    found = [each.product_id for each in blended(hits, standings, Asked(sort="soonest"))]

    assert found == ["soon", "late", "gone", "unsure"]
