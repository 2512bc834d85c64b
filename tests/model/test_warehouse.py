"""What the floor decides without a database."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.kit.ids import Ids
from sangdan.ship.warehouse.errors import BadPrefix, WrongState
from sangdan.ship.warehouse.model import NEXT, State, Task, TaskLine, check_prefix, may_become, shorts

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=52)
STATES: tuple[State, ...] = get_args(State)


def a_task(state: State) -> Task:
    return Task("icheon", IDS.new(AT), IDS.new(AT), 1, None, "pickup", state, AT, None, None, None, None)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=6))
def test_found_and_short_add_up_to_what_was_asked_for(counts: list[tuple[int, int]]) -> None:
    lines = [TaskLine(UUID(int=0), n, IDS.new(AT), "sku", "dairy", units, None) for n, (units, _) in enumerate(counts)]
    found = {line.reservation_id: min(units, n) for line, (units, n) in zip(lines, counts, strict=True)}
    missing = {short.reservation_id: short.units for short in shorts(lines, found)}
    assert all(units > 0 for units in missing.values())
    assert all(found[line.reservation_id] + missing.get(line.reservation_id, 0) == line.units for line in lines)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("wanted", STATES)
def test_only_the_steps_of_the_map_are_taken(state: State, wanted: State) -> None:
    if wanted in NEXT[state]:
        may_become(a_task(state), wanted)
    else:
        with pytest.raises(WrongState):
            may_become(a_task(state), wanted)


def test_the_map_ends_where_the_parcel_leaves() -> None:
    ends: Mapping[State, bool] = {state: not after for state, after in NEXT.items()}
    assert [state for state, last in ends.items() if last] == ["handed_over", "cancelled"]
    assert set(NEXT) == set(STATES)


@pytest.mark.parametrize("bad", ["", "880", "8801234567890", "88O1234", "８８０１２３４"])
def test_a_prefix_is_four_to_twelve_digits(bad: str) -> None:
    with pytest.raises(BadPrefix):
        check_prefix(bad)
    check_prefix("8801234")
