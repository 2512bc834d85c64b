"""Where an order may go, and what a cut leaves."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.kit.ids import Ids
from sangdan.order.orders.errors import NoSuchLine, WrongState
from sangdan.order.orders.model import (
    NEXT,
    Line,
    Order,
    Parcel,
    ParcelLine,
    Whole,
    cut,
    may_become,
    state_from_parcels,
    units_to_cancel,
)

AT = datetime(2026, 11, 21, tzinfo=UTC)
IDS = Ids(seed=5)
ID = IDS.new(AT)


def an_order(state: str = "authorised", *, goods_minor: int = 0, delivery_minor: int = 3000) -> Order:
    return Order(
        order_id=ID,
        client_id="web",
        shop_id="market",
        shopper_id="kim",
        state=state,
        reason=None,
        currency="KRW",
        goods_minor=goods_minor,
        delivery_minor=delivery_minor,
        total_minor=goods_minor + delivery_minor,
        cancelled_minor=0,
        cost_minor=2500,
        co2e_g=400,
        postcode="06236",
        service="next_day",
        promised_at=AT,
        probability_ppm=950_000,
        placed_at=AT,
        release_at=AT,
        confirm_days=7,
        released_at=None,
        shipped_at=None,
        delivered_at=None,
        confirmed_at=None,
    )


def a_parcel(parcel_no: int, state: str = "planned") -> Parcel:
    return Parcel(
        order_id=ID,
        parcel_no=parcel_no,
        parcel_id=IDS.new(AT),
        node_id="icheon",
        operator_id="logis",
        carrier_id="fast",
        service="next_day",
        state=state,
        slot_at=AT,
        ready_at=AT,
        departs_at=AT,
        promised_at=AT,
        probability_ppm=950_000,
        fee_minor=3000,
        carrier_minor=2500,
        weight_g=500,
        re_sourced=False,
    )


def a_whole(split: list[list[int]]) -> Whole:
    """Lines of 100 won; split[line][parcel] units."""
    lines = tuple(
        Line(ID, n, f"sku{n}", "dairy", sum(units), 0, 100, "standard")
        for n, units in enumerate(split, 1)
        if sum(units)
    )
    parts = tuple(
        ParcelLine(ID, parcel_no, n, each, None, IDS.new(AT), 0)
        for n, units in enumerate(split, 1)
        for parcel_no, each in enumerate(units, 1)
        if each
    )
    goods = 100 * sum(map(sum, split))
    parcels = tuple(a_parcel(no) for no in sorted({p.parcel_no for p in parts}))
    return Whole(an_order(goods_minor=goods), lines, parcels, parts)


def test_every_state_that_may_follow_is_a_state() -> None:
    assert set().union(*NEXT.values()) <= set(NEXT)


@pytest.mark.parametrize(
    ("state", "wanted"), [("released", "authorised"), ("cancelled", "released"), ("confirmed", "cancelled")]
)
def test_what_is_not_a_step_is_refused_by_name(state: str, wanted: str) -> None:
    with pytest.raises(WrongState, match=f"is {state}.*become {wanted}"):
        may_become(an_order(state), wanted)


splits = st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=4).filter(
    lambda split: sum(map(sum, split)) > 0
)


@given(splits, st.data())
def test_a_cut_takes_exactly_what_was_asked_and_prices_it(split: list[list[int]], data: st.DataObject) -> None:
    whole = a_whole(split)
    wish = {line.line_no: data.draw(st.integers(1, line.units)) for line in whole.lines}
    taken = cut(whole, units_to_cancel(whole.lines, wish))

    by_line: dict[int, int] = {}
    by_reservation: dict[UUID, int] = {}
    lines = {p.reservation_id: p for p in whole.parcel_lines}
    for _, reservation_id, units in taken.parts:
        by_line[lines[reservation_id].line_no] = by_line.get(lines[reservation_id].line_no, 0) + units
        by_reservation[reservation_id] = units
    assert by_line == wish
    assert all(units <= lines[r].units for r, units in by_reservation.items())
    everything = all(line.units == wish[line.line_no] for line in whole.lines)
    assert taken.whole == everything
    assert taken.amount_minor == (whole.order.total_minor if everything else 100 * sum(wish.values()))
    left = {
        p.parcel_no: sum(
            q.units - by_reservation.get(q.reservation_id, 0) for q in whole.parcel_lines if q.parcel_no == p.parcel_no
        )
        for p in whole.parcels
    }
    assert set(taken.emptied) == {no for no, units in left.items() if units == 0}


def test_a_wish_for_more_than_is_left_is_refused() -> None:
    whole = a_whole([[2, 0, 0]])
    for wish in ({1: 3}, {1: 0}, {2: 1}):
        with pytest.raises(NoSuchLine):
            units_to_cancel(whole.lines, wish)


@pytest.mark.parametrize(
    ("before", "states", "after"),
    [
        ("released", ["shipped", "released"], "released"),
        ("released", ["shipped", "cancelled"], "shipped"),
        ("released", ["delivered", "lost"], "delivered"),
        ("shipped", ["shipped", "delivered"], "shipped"),
        ("shipped", ["lost", "lost"], "cancelled"),
        ("authorised", ["planned"], "authorised"),
    ],
)
def test_an_order_follows_its_parcels(before: str, states: list[str], after: str) -> None:
    parcels = [a_parcel(n, state) for n, state in enumerate(states, 1)]
    assert state_from_parcels(an_order(before), parcels) == after
