"""Spooled rows become a file for people and programs: CSV, CSV as Excel wants it, XLSX, Parquet. In constant memory."""

import csv
import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias, get_args

import polars as pl

from sangdan.kit.problems import Invalid

from .tables import guarded

Form: TypeAlias = Literal["csv", "excel", "xlsx", "parquet"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
SUFFIXES: Final[Mapping[Form, str]] = {"csv": "csv", "excel": "csv", "xlsx": "xlsx", "parquet": "parquet"}
MEDIA_TYPES: Final[Mapping[Form, str]] = {
    "csv": "text/csv",
    "excel": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
# What a sheet holds, its header included.
MOST_ROWS: Final = 1_048_576
LONGEST_CELL: Final = 32_767
# Beyond this a spreadsheet rounds numbers.
MOST_EXACT: Final = 10**15
_BOM: Final = "\ufeff"
_COPIED: Final = 1 << 20


class _Sheet(Protocol):
    """What we use of a sheet of xlsxwriter, which says nothing of its types."""

    def freeze_panes(self, row: int, col: int) -> object: ...
    def write_string(self, row: int, col: int, string: str) -> object: ...
    def write_number(self, row: int, col: int, number: int) -> object: ...
    def write_boolean(self, row: int, col: int, boolean: bool) -> object: ...


class _Book(Protocol):
    """What we use of its workbook."""

    def add_worksheet(self) -> _Sheet: ...
    def close(self) -> None: ...


class TooManyForSheet(Invalid):
    """More rows than a sheet has."""

    code = "export-too-many-for-sheet"


def finish(spooled: Path, rows: int, columns: Mapping[str, str], form: Form, out: Path) -> None:
    """Make the file.

    spooled  CSV lines without a header, as flows.export_rows writes them
    rows     how many there are
    columns  what is in each: text, whole, flag, instant, day or list
    out      written over
    raises   TooManyForSheet
    """
    match form:
        case "csv":
            _plain(spooled, columns, out)
        case "excel":
            _for_excel(spooled, columns, out)
        case "xlsx":
            _workbook(spooled, rows, columns, out)
        case "parquet":
            _parquet(spooled, columns, out)


def _plain(spooled: Path, columns: Mapping[str, str], out: Path) -> None:
    """Byte for byte what the database says: it can be imported again."""
    with spooled.open("rb") as lines, out.open("wb") as file:
        file.write(",".join(columns).encode() + b"\n")
        while block := lines.read(_COPIED):
            file.write(block)


def _for_excel(spooled: Path, columns: Mapping[str, str], out: Path) -> None:
    texts = [kind in ("text", "list") for kind in columns.values()]
    with spooled.open(encoding="utf-8", newline="") as lines, out.open("w", encoding="utf-8", newline="") as file:
        file.write(_BOM)
        rows = csv.writer(file)
        rows.writerow(columns)
        for cells in csv.reader(lines):
            rows.writerow(guarded(cell) if text else cell for cell, text in zip(cells, texts, strict=True))


def _workbook(spooled: Path, rows: int, columns: Mapping[str, str], out: Path) -> None:
    """Text stays text, also where it looks like a formula or a number; whole numbers and flags are themselves."""
    if rows + 1 > MOST_ROWS:
        raise TooManyForSheet(
            f"A sheet holds {MOST_ROWS - 1:,} rows, and these are {rows:,}: take a shorter period, or CSV or Parquet.",
            rows=rows, most=MOST_ROWS - 1,
        )  # fmt: skip
    kinds = list(columns.values())
    options = {"constant_memory": True, "tmpdir": str(out.parent)}
    book: _Book = importlib.import_module("xlsxwriter").Workbook(str(out), options)
    try:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for place, name in enumerate(columns):
            sheet.write_string(0, place, name)
        with spooled.open(encoding="utf-8", newline="") as lines:
            for line, cells in enumerate(csv.reader(lines), start=1):
                _row(sheet, line, cells, kinds)
    finally:
        book.close()


def _row(sheet: _Sheet, line: int, cells: Sequence[str], kinds: Sequence[str]) -> None:
    for place, (cell, kind) in enumerate(zip(cells, kinds, strict=True)):
        if not cell:
            continue
        if kind == "whole" and abs(int(cell)) < MOST_EXACT:
            sheet.write_number(line, place, int(cell))
        elif kind == "flag":
            sheet.write_boolean(line, place, boolean=cell == "true")
        else:
            sheet.write_string(line, place, cell[:LONGEST_CELL])


def _parquet(spooled: Path, columns: Mapping[str, str], out: Path) -> None:
    if not spooled.stat().st_size:
        empty = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        empty.lazy().with_columns(_typed(columns)).collect().write_parquet(out)
        return
    rows = pl.scan_csv(spooled, has_header=False, new_columns=list(columns), schema=dict.fromkeys(columns, pl.String))
    rows.with_columns(_typed(columns)).sink_parquet(out, compression="zstd")


def _typed(columns: Mapping[str, str]) -> list[pl.Expr]:
    """Cells as what they are; a list's values stay text."""
    typed: list[pl.Expr] = []
    for name, kind in columns.items():
        cell = pl.col(name)
        if kind == "whole":
            typed.append(cell.cast(pl.Int64))
        elif kind == "flag":
            typed.append(cell == "true")
        elif kind == "instant":
            typed.append(cell.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_unit="us").dt.replace_time_zone("UTC"))
        elif kind == "day":
            typed.append(cell.str.to_date("%Y-%m-%d"))
        elif kind == "list":
            nothing = pl.lit([], pl.List(pl.String))
            typed.append(pl.when(cell == "").then(nothing).otherwise(cell.str.split("|")).alias(name))
    return typed
