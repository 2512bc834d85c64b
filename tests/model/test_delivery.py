"""Scattered reports become one state, in whatever order they come."""

from datetime import UTC, datetime, timedelta
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from sangdan.kit.ids import Ids
from sangdan.ship.delivery.model import Parcel, Report, State, after, handed_over

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=9)
ORDER_ID, PARCEL_ID = IDS.new(AT), IDS.new(AT)


def a_report(state: State, hours: int) -> Report:
    return Report(order_id=ORDER_ID, parcel_id=PARCEL_ID, at=AT + timedelta(hours=hours), state=state)


def a_parcel(carrier_id: str | None = "fast") -> Parcel:
    return handed_over(ORDER_ID, PARCEL_ID, 1, carrier_id, "0" * 18, AT)


def told(*reports: Report) -> Parcel:
    parcel = a_parcel()
    for report in reports:
        parcel = after(parcel, report)
    return parcel


REPORTS = st.builds(a_report, st.sampled_from(get_args(State)), st.integers(-3, 12))


@given(st.lists(REPORTS, max_size=8).flatmap(lambda reports: st.tuples(st.just(reports), st.permutations(reports))))
def test_the_order_in_which_reports_come_does_not_matter(both: tuple[list[Report], list[Report]]) -> None:
    reports, shuffled = both
    assert told(*reports).state == told(*shuffled, *reports).state


@given(st.lists(REPORTS, max_size=8))
def test_delivered_is_final(reports: list[Report]) -> None:
    delivered = told(a_report("delivered", 5))
    for report in reports:
        assert after(delivered, report) == delivered


def test_the_latest_report_counts() -> None:
    parcel = told(a_report("out_for_delivery", 8), a_report("in_transit", 3))
    assert (parcel.state, parcel.state_at) == ("out_for_delivery", AT + timedelta(hours=8))
    assert told(a_report("attempt_fail", 8), a_report("out_for_delivery", 20)).state == "out_for_delivery"


def test_a_lost_parcel_may_turn_up() -> None:
    parcel = told(a_report("lost", 48), a_report("delivered", 30))
    assert (parcel.state, parcel.delivered_at) == ("delivered", AT + timedelta(hours=30))


def test_without_a_carrier_it_waits_for_the_shopper() -> None:
    assert a_parcel(None).state == "available_for_pickup"
    assert a_parcel("fast").state == "in_transit"
