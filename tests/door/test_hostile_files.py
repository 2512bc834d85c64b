"""Files that are small and stand for much, or are made to hurt: one is refused, and the server goes on."""

import importlib
import io
from typing import Final

import httpx
import polars as pl
import pytest

from sangdan.adapters import ndjson, tables
from sangdan.adapters.confined import Readers
from sangdan.adapters.tables import FileEmpty, FileUnreadable
from sangdan.kit.bulk import REASON

PARTNERS: Final = "/v1/imports/partners"
GIB: Final = 1 << 30


def workbook(rows: int, columns: int) -> bytes:
    """Two filled cells: the first, and the last of so many."""
    made = io.BytesIO()
    with importlib.import_module("xlsxwriter").Workbook(made) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "partner_id")
        sheet.write_string(rows - 1, columns - 1, "x")
    return made.getvalue()


def parquet(rows: int) -> bytes:
    made = io.BytesIO()
    pl.DataFrame({"partner_id": pl.repeat("a", rows, eager=True)}).write_parquet(made)
    return made.getvalue()


async def test_two_cells_in_opposite_corners_do_not_end_the_server(door: httpx.AsyncClient) -> None:
    """Read in the server, this workbook of 5 KB asked for 400 GB, and the process was aborted."""
    file = workbook(1_048_576, 16_384)
    assert len(file) < 10_000
    refused = await door.post(PARTNERS, content=file, headers={"content-type": "text/csv"})
    assert (refused.status_code, refused.json()["code"]) == (422, "file-unreadable")
    assert "more memory or time" in refused.json()["detail"]
    taken = await door.post(PARTNERS, content=b"partner_id\nme\n", headers={"content-type": "text/csv"})
    assert taken.json()["code"] == "import-header-wrong"


async def test_a_file_that_unpacks_to_too_much_is_refused() -> None:
    file = parquet(40_000_000)
    assert len(file) < 100_000
    with pytest.raises(FileUnreadable, match="more memory or time"):
        await Readers(GIB).parse(file, "the file")


async def test_what_is_right_or_plainly_wrong_is_told_as_ever() -> None:
    readers = Readers()
    for file in (workbook(3, 2), parquet(3)):
        assert (await readers.parse(file, "it")).equals(tables.parse(file, "it").frame)
    with pytest.raises(FileUnreadable, match="it is not a Parquet file"):
        await readers.parse(b"PAR1 and no more", "it")
    with pytest.raises(FileEmpty):
        await readers.parse(parquet(0), "it")


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (",".join(f"c{number}" for number in range(300_000)) + "\n1\n", "more than 1000 columns"),
        ("c" * 200_000 + "\n1\n", "cannot be split"),
    ],
)
def test_a_header_that_is_made_to_hurt_is_refused_at_once(text: str, why: str) -> None:
    """Comparing each of 300,000 names with every other would hold the interpreter for an hour."""
    with pytest.raises(FileUnreadable, match=why):
        tables.parse(text.encode(), "the body")


def test_lines_with_a_field_of_their_own_each_are_refused() -> None:
    with pytest.raises(FileUnreadable, match="more than 1000 fields"):
        ndjson.parse(b"\n".join(b'{"c%d": 1}' % number for number in range(1001)), "the body")


@pytest.mark.parametrize("value", [b"[" * 900 + b"]" * 900, b'{"a":' * 5000 + b"1" + b"}" * 5000])
def test_a_line_that_is_nested_too_deeply_spoils_itself_alone(value: bytes) -> None:
    frame = ndjson.parse(b'{"a": ' + value + b'}\n{"a": 1}\n', "the body")
    assert frame[REASON].to_list() == ["the line's values are nested too deeply", None]
