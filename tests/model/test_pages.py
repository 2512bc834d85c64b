"""Cursors lead through a list once, whatever its length."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.doors.api.pages import CursorUnreadable, page, read_cursor

Key = tuple[datetime, str]
instants = st.datetimes(timezones=st.just(UTC))


@given(st.integers(0, 60), st.integers(1, 20))
def test_every_row_once(length: int, limit: int) -> None:
    rows = list(range(length))
    seen: list[int] = []
    cursor: str | None = None
    while True:
        after = read_cursor(cursor, -1, int)
        shown = page([row for row in rows if row > after][: limit + 1], limit, lambda row: row)
        assert len(shown.items) <= limit
        seen += shown.items
        cursor = shown.next
        if cursor is None:
            break

    assert seen == rows


@given(instants, st.text(max_size=40))
def test_keys_come_back_as_they_were(at: datetime, text: str) -> None:
    shown = page([(at, text), (at, "after")], 1, lambda row: row)

    assert read_cursor(shown.next, (at, ""), tuple[datetime, str]) == (at, text)


@given(st.text(max_size=200))
def test_no_cursor_breaks_the_list(cursor: str) -> None:
    """Whatever comes, it is a position or a problem of ours: anything else fails here."""
    with suppress(CursorUnreadable):
        name, number = read_cursor(cursor, ("", 0), tuple[str, int])
        assert (type(name), type(number)) == (str, int)


def test_a_cursor_of_another_list_is_refused() -> None:
    other = page([1, 2], 1, lambda row: row).next

    with pytest.raises(CursorUnreadable):
        read_cursor(other, "", str)
