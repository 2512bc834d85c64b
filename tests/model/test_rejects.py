"""Rejected rows as a file: safe to open in a spreadsheet, and the same rows again when it is brought back in."""

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sangdan.adapters import tables
from sangdan.kit.bulk import LINE, REASON

# One record is one line, and blanks around a cell do not count: neither has any part in this.
CELLS = st.text(st.sampled_from("'=+-@＝＋－＠ax,\"\t|"), max_size=6).map(str.strip)


def rejected(*cells: str) -> pl.DataFrame:
    return pl.DataFrame({LINE: range(2, 2 + len(cells)), REASON: "name: is unfit", "name": cells, "also": "x"})


@given(st.lists(CELLS, min_size=1, max_size=5))
@example(["=1+1", "'=1+1", "''=1+1", "'quoted", "@x", "－1", "\t=1"])
def test_what_was_rejected_comes_back_as_it_was(cells: list[str]) -> None:
    frame = tables.parse(tables.spelled(rejected(*cells)).encode(), "x.csv").frame
    assert [cell or "" for cell in frame["name"]] == cells
    assert tables.parse(tables.spelled(frame).encode(), "x.csv").frame.equals(frame)


@given(CELLS)
def test_no_cell_of_it_is_a_formula(cell: str) -> None:
    opened = pl.read_csv(tables.spelled(rejected(cell)).encode(), infer_schema=False)
    assert not (opened["name"].item() or "").startswith(tables.FORMULA)


@pytest.mark.parametrize("cell", ["'=1", "'quoted", "=1"])
def test_a_file_of_somebody_s_own_is_read_as_it_is(cell: str) -> None:
    assert tables.parse(f"name,also\n{cell},x\n".encode(), "x.csv").frame["name"].item() == cell
