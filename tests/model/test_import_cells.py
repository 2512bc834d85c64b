"""Whole columns are read by the rules that read one value elsewhere."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.flows.import_rows import cells
from sangdan.flows.import_rows.cells import Cell
from sangdan.kit.calendars import BadHours, minutes
from sangdan.kit.gs1 import check_digit, valid_gtin

DIGITS = st.text("0123456789", min_size=7, max_size=14)
TIMES = st.builds("{:02}:{:02}".format, st.integers(0, 24), st.sampled_from([0, 30, 59]))
SPANS = st.lists(st.builds("{}-{}".format, TIMES, TIMES), min_size=1, max_size=3).map(",".join)


def read(cell: Cell, *texts: str | None) -> list[object]:
    column = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return column.select(cell.read(pl.col("text"))).to_series().to_list()


@given(st.lists(DIGITS | DIGITS.map(lambda digits: f"{digits}{check_digit(digits)}"), min_size=1))
def test_gtins_are_judged_as_by_kit(texts: list[str]) -> None:
    assert read(cells.gtin(), *texts) == [text if valid_gtin(text) else None for text in texts]


@given(st.lists(SPANS, min_size=1))
def test_hours_are_judged_as_by_kit(texts: list[str]) -> None:
    def readable(text: str) -> bool:
        try:
            return bool(minutes(text))
        except BadHours:
            return False

    assert read(cells.hours(), *texts) == [text if readable(text) else None for text in texts]


@given(st.lists(st.integers(-(10**20), 10**20), min_size=1))
def test_whole_numbers_keep_their_bounds(numbers: list[int]) -> None:
    expected = [number if -5 <= number <= 10**12 else None for number in numbers]
    assert read(cells.whole(-5, 10**12), *map(str, numbers)) == expected


@pytest.mark.parametrize(
    ("cell", "good", "bad"),
    [
        (cells.code(), ["a", "A.b-c_9", "x" * 64], ["", "-a", "x" * 65, "가", "a b", "a\n"]),
        (cells.text(3), ["가나다", "a"], ["abcd", "a\nb", "a\x00"]),
        (cells.one_of("a", "b"), ["a"], ["A", "c", ""]),
        (cells.currency(), ["KRW"], ["krw", "KR", "WON원"]),
        (cells.postcode(), ["01000"], ["1000", "0100", "010000", "０１０００"]),
        (cells.timezone(), ["Asia/Seoul"], ["Seoul", "KST+9"]),
        (cells.clock(), ["00:00", "23:59:59"], ["24:00", "9:00", "12:60"]),
        (cells.hours(), ["", "00:00-24:00"], ["24:00-24:00", "22:00-02:00", "09:00"]),
    ],
)
def test_text_that_fits_is_kept_and_other_text_is_not(cell: Cell, good: list[str], bad: list[str]) -> None:
    assert read(cell, *good) == good
    assert read(cell, *bad) == [None] * len(bad)


def test_other_values() -> None:
    assert read(cells.flag(), "Yes", "n", "1", "FALSE", "maybe", None) == [True, False, True, False, None, None]
    leap_day, today = date(2024, 2, 29), date(2026, 11, 21)
    assert read(cells.day(), "2024-02-29", "2026-11-21 00:00:00", "2026-02-29", "21.11.2026") == [
        leap_day, today, None, None,
    ]  # fmt: skip
    nine = datetime(2026, 11, 21, tzinfo=UTC)
    spelled = ["2026-11-21T09:00:00+09:00", "2026-11-21 09:00+0900", "2026-11-21T00:00:00.000Z"]
    assert read(cells.instant(), *spelled, "2026-11-21T09:00:00", "2026-13-01T00:00:00Z") == [nine] * 3 + [None] * 2


def test_lists_are_good_as_a_whole() -> None:
    assert read(cells.several(cells.whole(0, 9)), "1| 2 |3", "1||3", "10", "") == [[1, 2, 3], None, None, []]
    assert read(cells.several(cells.code(), exactly=2), "a|b", "a", "a|b|c", "") == [["a", "b"], None, None, None]
    assert read(cells.several(cells.code(), least=1), "a", "") == [["a"], None]


@pytest.mark.parametrize("hidden", ["\x00", "\n", "\u2028", "\u202e", "\u2066"])
def test_text_holds_nothing_that_turns_or_breaks_its_line(hidden: str) -> None:
    assert read(cells.text(), f"참기름{hidden}300ml", "참기름 300ml 👩‍🌾") == [None, "참기름 300ml 👩‍🌾"]
