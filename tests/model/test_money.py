"""Money never leaks: what is split sums to what was there, and rounding is half even, once."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.kit.money import PPM, allocate, convert, divided, exponent, gross_vat, share_ppm, spelled

amounts = st.integers(-(10**15), 10**15)
rates = st.integers(0, PPM)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)


@given(amounts, st.integers(1, 10**9))
def test_division_is_pythons_own_half_even(numerator: int, denominator: int) -> None:
    assert divided(numerator, denominator) == round(Fraction(numerator, denominator))


@pytest.mark.parametrize(("amount", "share"), [(5, 0), (15, 2), (25, 2), (35, 4), (-5, 0), (-15, -2)])
def test_a_tenth_rounds_ties_to_even(amount: int, share: int) -> None:
    assert share_ppm(amount, 100_000) == share


@given(amounts, rates)
def test_a_share_and_its_mirror_cancel(amount: int, ppm: int) -> None:
    assert share_ppm(amount, ppm) + share_ppm(-amount, ppm) == 0


@pytest.mark.parametrize(("gross", "vat"), [(11_000, 1_000), (10_000, 909), (0, 0), (-11_000, -1_000)])
def test_vat_inside_a_price(gross: int, vat: int) -> None:
    assert gross_vat(gross, 100_000) == vat


@given(st.integers(0, 10**12), rates)
def test_vat_is_the_rate_on_what_is_left(gross: int, ppm: int) -> None:
    vat = gross_vat(gross, ppm)
    exact = Fraction((gross - vat) * ppm, PPM)
    assert abs(vat - exact) <= 1


@pytest.mark.parametrize(
    ("amount", "source", "target", "rate", "converted"),
    [
        (100, "USD", "KRW", 1_442_880_000, 1_443),
        (10_000, "KRW", "USD", 693, 693),
        (12_345, "BRL", "BRL", PPM, 12_345),
        (1_000, "KWD", "JPY", 480_000_000, 480),
    ],
)
def test_conversion_minds_both_minor_units(amount: int, source: str, target: str, rate: int, converted: int) -> None:
    assert convert(amount, source, target, rate) == converted


@given(amounts, weights)
def test_allocation_loses_nothing_and_is_fair(amount: int, shares_of: list[int]) -> None:
    shares = allocate(amount, shares_of)
    total = sum(shares_of)
    assert sum(shares) == amount
    for share, weight in zip(shares, shares_of, strict=True):
        exact = Fraction(amount * weight, total) if total else Fraction(amount, len(shares_of))
        assert abs(share - exact) < 1


@given(st.integers(0, 10**6), weights)
def test_allocation_pays_nobody_for_no_weight(amount: int, shares_of: list[int]) -> None:
    if any(shares_of):
        assert all(
            share == 0 for share, weight in zip(allocate(amount, shares_of), shares_of, strict=True) if not weight
        )


def test_ties_go_to_the_earlier_line() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(-100, [1, 1, 1]) == [-34, -33, -33]
    assert allocate(5, [0, 0]) == [3, 2]


def test_the_won_has_no_minor_unit() -> None:
    assert [exponent(currency) for currency in ("KRW", "JPY", "BRL", "KWD")] == [0, 0, 2, 3]
    assert spelled(1_234_500, "KRW") == "1,234,500"
    assert spelled(-5, "BRL") == "-0.05"
