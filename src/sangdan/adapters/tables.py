"""Tables in files: CSV in UTF-8 or CP949, XLSX, Parquet. Read to frames of text, and what was rejected written back.

One record is one line: a quote that is not closed spoils its own line, never the rest of the file.
"""

import csv
import hashlib
import io
import os
import re
from collections import Counter
from pathlib import Path
from typing import Final

import fastexcel
import msgspec
import polars as pl
from polars.exceptions import PolarsError

from sangdan.kit.bulk import LINE, REASON
from sangdan.kit.problems import Invalid

_FIELD: Final = r'(?:"(?:[^"]|"")*"|[^",]*)'
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PARQUET: Final = b"PAR1"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_UTF8_BOM: Final = b"\xef\xbb\xbf"
_BOM: Final = "\ufeff"
MOST_COLUMNS: Final = 1000
# A text cell that begins so is run as a formula when somebody opens the file; the wide ones by a Korean Excel, too.
# source  https://owasp.org/www-community/attacks/CSV_Injection
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_GUARD: Final = "'"
_FORMULA_BEHIND: Final = rf"[{re.escape(''.join(FORMULA))}]"


class FileMissing(Invalid):
    """There is no such file, or it cannot be opened."""

    code = "file-missing"


class FileUnreadable(Invalid):
    """The file is not a table of the kinds that are read."""

    code = "file-unreadable"


class EncodingWrong(Invalid):
    """The text of the file is in no encoding that was expected."""

    code = "encoding-wrong"


class FileEmpty(Invalid):
    """The file holds no rows."""

    code = "file-empty"


class Table(msgspec.Struct, frozen=True):
    """A file's rows.

    frame   LINE, REASON (why a line could not be split, else null), then the file's columns; text, but in Parquet
    digest  of the file's bytes, in hexadecimal
    """

    frame: pl.DataFrame
    digest: str


def is_text(data: bytes) -> bool:
    """Whether a file is read as CSV."""
    return not data.startswith((_PARQUET, *_WORKBOOKS))


def read(path: Path, encoding: str | None = None) -> Table:
    """Read a file, as `parse` does.

    raises  FileMissing, and what `parse` raises
    """
    try:
        data = path.read_bytes()
    except OSError as reason:
        raise FileMissing(f"{path} cannot be opened: {reason.strerror}.", file=str(path)) from reason
    return parse(data, path.name, encoding)


def parse(data: bytes, name: str, encoding: str | None = None) -> Table:
    """Read a table; what it is, its first bytes say.

    name      what people call it
    encoding  of CSV, as Python names it; None: UTF-8 or CP949, whichever it is
    gives     column names in lower case, without blanks around; empty rows left out
    raises    FileUnreadable, EncodingWrong, FileEmpty
    """
    if data.startswith(_PARQUET):
        frame = _parquet(data, name)
    elif data.startswith(_WORKBOOKS):
        frame = _workbook(data, name)
    else:
        frame = _csv(_utf8(data, encoding, name), name)
    if not frame.height:
        raise FileEmpty(f"{name} has no rows below its header.", file=name)
    return Table(frame, hashlib.sha256(data).hexdigest())


def guarded(text: str) -> str:
    """Text that Excel takes as text, whatever it begins with: an apostrophe in front, as people type it themselves."""
    return f"{_GUARD}{text}" if text.startswith(FORMULA) else text


def spelled(frame: pl.DataFrame, *, header: bool = True) -> str:
    """Rows that were rejected as CSV that is safe to open in a spreadsheet; `parse` takes the apostrophes off again.

    A cell that has apostrophes in front of a formula gets one more, so that none is lost.
    """
    lists = [
        pl.col(name).list.eval(pl.element().cast(pl.String)).list.join("|")
        for name, dtype in frame.schema.items()
        if dtype == pl.List
    ]
    text = pl.col(pl.String)
    formula = text.str.contains(rf"^{_GUARD}*{_FORMULA_BEHIND}")
    guard = pl.when(formula).then(pl.lit(_GUARD) + text).otherwise(text).name.keep()
    return frame.with_columns(lists).with_columns(guard).write_csv(include_header=header)


def unguarded(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows as they were before `spelled`."""
    return frame.with_columns(pl.col(pl.String).str.replace(rf"^{_GUARD}({_GUARD}*{_FORMULA_BEHIND})", "$1"))


def write(path: Path, frame: pl.DataFrame, *, more: bool) -> None:
    """Write rows as CSV that spreadsheets open in Korean.

    more  go on below what the file holds, if there is one
    """
    more = more and path.exists()
    text = spelled(frame, header=not more)
    # A new one is for its owner alone: rejected rows may speak of people.
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | (os.O_APPEND if more else os.O_TRUNC), 0o600)
    with os.fdopen(opened, "w", encoding="utf-8", newline="") as file:
        file.write(text if more else _BOM + text)


def _utf8(data: bytes, encoding: str | None, name: str) -> bytes:
    """The file's text in UTF-8, or a clear answer which line is in something else."""
    if encoding is not None:
        try:
            return data.decode(encoding).removeprefix(_BOM).encode()
        except LookupError as reason:
            raise EncodingWrong(f"{encoding!r} is no encoding: use utf-8 or cp949.", encoding=encoding) from reason
        except UnicodeDecodeError as reason:
            raise _not_in(encoding, data, reason.start, name) from reason
    if data.startswith(_UTF16):
        raise EncodingWrong(f"{name} is in UTF-16: save it as CSV in UTF-8.", file=name)
    try:
        data.decode()
    except UnicodeDecodeError as in_utf8:
        # Text that began as good UTF-8 is UTF-8 with a broken byte: read as CP949 it would be gibberish.
        if not data[: in_utf8.start].removeprefix(_UTF8_BOM).isascii():
            raise _not_in("UTF-8", data, in_utf8.start, name) from in_utf8
        try:
            return data.decode("cp949").encode()
        except UnicodeDecodeError as in_cp949:
            raise _not_in("UTF-8 or CP949", data, in_cp949.start, name) from in_cp949
    return data.removeprefix(_UTF8_BOM)


def _not_in(encoding: str, data: bytes, place: int, name: str) -> EncodingWrong:
    line = data.count(b"\n", 0, place) + 1
    detail = f"Line {line} of {name} is not in {encoding} (byte 0x{data[place]:02x}). Save the file as CSV in UTF-8."
    return EncodingWrong(detail, file=name, line=line)


def _csv(data: bytes, name: str) -> pl.DataFrame:
    """Lines split into columns; those that cannot be split keep their whole text in the first column."""
    lines = pl.read_lines(io.BytesIO(data), name="text", row_index_name=LINE, row_index_offset=1)
    lines = lines.with_columns(pl.col(LINE).cast(pl.Int64), pl.col("text").str.strip_chars_end("\r"))
    lines = lines.filter(pl.col("text").str.strip_chars(" \t,") != "")
    if not lines.height:
        raise FileEmpty(f"{name} is empty.", file=name)
    names = _names(_header(lines["text"][0], name), name)
    lines = lines.slice(1)
    whole = rf"^{_FIELD}(?:,{_FIELD}){{{len(names) - 1}}}$"
    lines = lines.with_columns(pl.col("text").str.contains(whole).alias("whole"))
    broken = lines.filter(~pl.col("whole")).select(
        LINE, _why_broken(len(names)).alias(REASON), pl.col("text").alias(_own(names)[0])
    )
    good = lines.filter("whole").select(LINE, "text")
    text = good.select("text").write_csv(include_header=False, quote_style="never")
    split = (
        pl.read_csv(text.encode(), has_header=False, new_columns=names, infer_schema=False)
        if good.height
        else pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    )
    assert split.height == good.height, "a line was split into two, or two were joined"
    rows = split.with_columns(good[LINE], pl.lit(None, pl.String).alias(REASON))
    return _ours_first(pl.concat([rows, broken], how="diagonal").sort(LINE), names)


def _header(line: str, name: str) -> list[str]:
    try:
        return next(csv.reader([line]))
    except csv.Error as reason:
        raise FileUnreadable(f"The header of {name} cannot be split: {reason}.", file=name) from reason


def _why_broken(columns: int) -> pl.Expr:
    text = pl.col("text")
    found = text.str.count_matches(",", literal=True) + 1
    return (
        pl.when(text.str.contains('"', literal=True))
        .then(pl.lit("the line's quotes do not match"))
        .otherwise(pl.format("the line has {} columns, the header has {}", found, pl.lit(columns)))
    )


def _workbook(data: bytes, name: str) -> pl.DataFrame:
    """The first sheet, its first filled row the header; numbers and dates as a spreadsheet would show them plainly."""
    try:
        sheet = pl.read_excel(
            io.BytesIO(data),
            has_header=False,
            infer_schema_length=0,
            drop_empty_rows=False,
            drop_empty_cols=False,
            raise_if_empty=False,
            read_options={"skip_rows": 0},
        )
    except fastexcel.FastExcelError as reason:
        told = str(reason).splitlines()[0]
        raise FileUnreadable(f"{name} is not a workbook that can be read: {told}.", file=name) from reason
    filled = sheet.with_row_index(LINE, offset=1).filter(pl.any_horizontal(pl.exclude(LINE).is_not_null()))
    if not filled.height:
        raise FileEmpty(f"The first sheet of {name} is empty.", file=name)
    cells = [str(cell or "") for cell in filled.row(0)[1:]]
    while not cells[-1].strip() and filled[sheet.columns[len(cells) - 1]].null_count() == filled.height:
        cells.pop()
    names = _names(cells, name)
    places = dict(zip(names, sheet.columns, strict=False))
    kept = filled.slice(1).select(LINE, *(pl.col(places[own]).alias(own) for own in _own(names)))
    rows = kept.with_columns(pl.col(LINE).cast(pl.Int64), pl.lit(None, pl.String).alias(REASON))
    return _ours_first(rows, names)


def _parquet(data: bytes, name: str) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (PolarsError, OSError) as reason:
        raise FileUnreadable(f"{name} is not a Parquet file that can be read: {reason}.", file=name) from reason
    names = _names(frame.columns, name)
    frame = frame.rename(dict(zip(frame.columns, names, strict=True))).drop(LINE, REASON, strict=False)
    rows = frame.with_row_index(LINE, offset=1).with_columns(
        pl.col(LINE).cast(pl.Int64), pl.lit(None, pl.String).alias(REASON)
    )
    return _ours_first(rows, names)


def _names(header: list[str], file: str) -> list[str]:
    """Column names as we compare them; one without a name is told by its place.

    raises  FileUnreadable when one comes twice or the columns are not separated by commas
    """
    names = [name.strip().lower() or f"column {place}" for place, name in enumerate(header, start=1)]
    if len(names) > MOST_COLUMNS:
        raise FileUnreadable(f"The header of {file} names more than {MOST_COLUMNS} columns.", file=file)
    if twice := sorted(name for name, times in Counter(names).items() if times > 1):
        raise FileUnreadable(f"The header of {file} names {', '.join(twice)} twice.", file=file)
    if len(names) == 1 and (found := [mark for mark in ";\t|" if mark in names[0]]):
        raise FileUnreadable(f"The columns of {file} are separated by {found[0]!r}: use commas.", file=file)
    return names


def _own(names: list[str]) -> list[str]:
    """The file's own columns: a file of rejects that comes back has ours, too, and they are made anew."""
    return [name for name in names if name not in (LINE, REASON)]


def _ours_first(rows: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    ours = rows.select(LINE, REASON, *_own(names))
    return unguarded(ours) if {LINE, REASON} <= set(names) else ours
