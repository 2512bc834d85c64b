"""What one address may ask for: bounded in the long run, whatever it asks and however it waits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.kit import allowance
from sangdan.kit.allowance import AT_ONCE_S, Allowance, TooManyRequests

PER_S = 5
FULL = PER_S * AT_ONCE_S


def paid(purse: Allowance, who: str, costs: int, now_s: float) -> bool:
    try:
        purse.take(who, costs, now_s)
    except TooManyRequests:
        return False
    return True


@given(asked=st.lists(st.tuples(st.floats(0, 30), st.integers(1, 2 * FULL)), max_size=60))
def test_nobody_gets_more_than_a_full_purse_and_what_came_in(asked: list[tuple[float, int]]) -> None:
    purse, now_s, got = Allowance(PER_S), 0.0, 0
    for after_s, costs in asked:
        now_s += after_s
        if paid(purse, "a", costs, now_s):
            got += min(costs, FULL)
        assert got <= FULL + now_s * PER_S + 1e-6


@given(costs=st.integers(1, 2 * FULL), spent=st.integers(0, FULL))
def test_whoever_waits_as_long_as_they_were_told_is_served(costs: int, spent: int) -> None:
    purse, now_s = Allowance(PER_S), 1000.0
    if spent:
        purse.take("a", spent, now_s)
    try:
        purse.take("a", costs, now_s)
    except TooManyRequests as refused:
        assert not paid(purse, "a", costs, now_s), "asking again at once does not help"
        purse.take("a", costs, now_s + refused.facts["wait_s"])
        assert paid(purse, "b", costs, now_s), "and it is nobody else's matter"


def test_no_bound_is_none_and_a_crowd_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    unbounded = Allowance(0)
    assert all(paid(unbounded, "a", FULL, 0.0) for _ in range(10))
    monkeypatch.setattr(allowance, "REMEMBERED", 3)
    purse = Allowance(PER_S)
    for who in "abcd":
        purse.take(who, FULL, 0.0)
    assert [paid(purse, who, 1, 0.0) for who in "bcda"] == [False, False, False, True], "only the oldest is forgotten"
