"""Dates compared at equal risk: by hand, and on made-up marketplaces whose answer is known."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sangdan.doors.sim.marketplace import Dated, compare

BOUGHT = date(2018, 3, 1)
DAY = 86_400


def an_order(ours: int, theirs: int, taken: int | None, *, blind: int | None = None) -> Dated:
    return Dated(
        bought_on=BOUGHT, second=3600, ours_s=ours * DAY, blind_s=(ours if blind is None else blind) * DAY,
        theirs_on=BOUGHT + timedelta(days=theirs),
        delivered_on=None if taken is None else BOUGHT + timedelta(days=taken),
    )  # fmt: skip


def test_no_orders_no_comparison() -> None:
    assert compare([]) is None


def test_shares_and_days_by_hand() -> None:
    told = compare([an_order(5, 20, 5), an_order(5, 20, 6), an_order(5, 20, None), an_order(5, 4, 4)])
    assert told is not None
    assert (told.on_time_share, told.marketplace_on_time_share) == (0.5, 0.75)
    assert (told.mean_days, told.marketplace_mean_days) == (5.0, 16.0)


def test_knowing_each_order_is_worth_days_at_equal_risk() -> None:
    """They say 10 days to everybody; half the orders take 2 and half take 10, and we know which."""
    told = compare([an_order(2, 10, 2, blind=10), an_order(10, 10, 10, blind=10)] * 50)
    assert told is not None
    assert told.matched_days_earlier == 4.0
    assert told.matched_days_earlier_without_estimate == 0.0


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=40), st.integers(2, 5))
def test_padding_all_dates_alike_gains_and_loses_nothing(orders: list[tuple[int, int]], padding: int) -> None:
    """Whoever only multiplies the other's dates is no better at equal risk."""
    plain = compare([an_order(theirs * padding, theirs, taken) for theirs, taken in orders])
    assert plain is not None
    assert plain.matched_days_earlier >= 0.0
