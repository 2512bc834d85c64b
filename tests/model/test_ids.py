"""Ids sort by time, repeat from a seed, and derive the same children every time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sangdan.kit.ids import Ids, derive, named

AT = datetime(2026, 11, 21, tzinfo=UTC)


@given(st.integers(1, 10**9))
def test_ids_are_version_7_and_sort_by_time(ms: int) -> None:
    ids = Ids(seed=3)
    early, late = ids.new(AT), ids.new(AT + timedelta(milliseconds=ms))
    assert early.version == late.version == 7
    assert early.variant == "specified in RFC 4122"
    assert early < late


def test_a_seed_repeats_itself_and_none_does_not() -> None:
    assert [Ids(seed=1).new(AT) for _ in range(2)] == [Ids(seed=1).new(AT)] * 2
    assert Ids().new(AT) != Ids().new(AT)


@given(st.lists(st.text(max_size=5), max_size=3), st.lists(st.text(max_size=5), max_size=3))
def test_children_differ_by_what_they_are_derived_from(one: list[str], other: list[str]) -> None:
    parent = Ids(seed=1).new(AT)
    child: UUID = derive(parent, *one)
    assert child == derive(parent, *one)
    assert child.version == 7
    assert child.int >> 80 == parent.int >> 80
    assert (child == derive(parent, *other)) == (one == other)


def test_a_name_has_one_id_whenever_it_is_asked_for() -> None:
    """Written down: an id that changed with a release would place every order of a file again."""
    assert named("order", "market", "A-1") == UUID("00000000-0000-7bc7-9a6a-27a1688f9438")
    assert named("order", "market", "A-1").version == 7
    names = [
        ("order", "market", "A-1"),
        ("order", "market", "A-2"),
        ("order", "mart", "A-1"),
        ("parcel", "market", "A-1"),
    ]
    assert len({named(*name) for name in names}) == len(names)
