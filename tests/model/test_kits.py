"""A kit's price over its parts: not a won is lost, whatever the prices and the units."""

from hypothesis import given
from hypothesis import strategies as st

from sangdan.offer.catalogue.model import part_prices
from sangdan.offer.promise.model import Line
from sangdan.offer.promise.model.basket import Wish, wishes_of

parts_of_kits = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 10**7)), min_size=1, max_size=12)


@given(price_minor=st.integers(0, 10**8), parts=parts_of_kits)
def test_the_parts_cost_what_the_kit_costs(price_minor: int, parts: list[tuple[int, int]]) -> None:
    shared = part_prices(price_minor, parts)
    assert sum(units * each for groups in shared for units, each in groups) == price_minor
    assert [sum(units for units, _ in groups) for groups in shared] == [units for units, _ in parts]
    assert all(units > 0 and each >= 0 for groups in shared for units, each in groups)
    assert all(len(groups) <= 2 and groups[-1][1] - groups[0][1] <= 1 for groups in shared)


@given(price_minor=st.integers(0, 10**8), parts=parts_of_kits)
def test_a_part_bears_what_it_is_worth(price_minor: int, parts: list[tuple[int, int]]) -> None:
    whole = sum(worth for _, worth in parts)
    for (_, worth), groups in zip(parts, part_prices(price_minor, parts), strict=True):
        bears = sum(units * each for units, each in groups)
        if whole:
            assert abs(bears * whole - price_minor * worth) < whole


def test_a_share_that_does_not_divide_makes_two_prices() -> None:
    """Ten thousand won for one cup of 4,000 and three teas of 3,000 each: 3,077 and 6,923, which three do not share."""
    assert part_prices(10_000, [(1, 4_000), (3, 9_000)]) == [[(1, 3_077)], [(1, 2_307), (2, 2_308)]]


def test_lines_become_the_wishes_again() -> None:
    def line(number: int, sku: str, units: int, kit_units: int = 0) -> Line:
        kit = ("gift", 2) if kit_units else (None, None)
        return Line(line_no=number, sku=sku, units=units, seller_id="leaf", weight_g=1,
                    kit_sku=kit[0], kit_no=kit[1], kit_units=kit_units)  # fmt: skip

    lines = [line(1, "tea", 5), line(2, "cup", 3, 1), line(3, "tea", 3, 1), line(4, "tea", 6, 2)]
    assert wishes_of(lines) == [Wish("tea", 5, "leaf"), Wish("gift", 3, "leaf")]
