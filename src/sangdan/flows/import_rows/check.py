"""Is each row good? Decided by column expressions over the whole frame, never row by row in Python."""

from difflib import get_close_matches
from functools import reduce
from typing import Final

import msgspec
import polars as pl

from sangdan.kit.bulk import LINE, REASON

from .cells import SEPARATOR
from .errors import HeaderWrong
from .kinds import Column, Form

OURS: Final = frozenset({LINE, REASON})
SHOWN: Final = 60
NONE: Final = "–"


class Checked(msgspec.Struct, frozen=True):
    """What a check found.

    good     LINE and the kind's columns, typed, sorted by the kind's key
    rejects  LINE, REASON, then the columns as they came
    reasons  how many rows each short reason rejected; a row may have several
    """

    good: pl.DataFrame
    rejects: pl.DataFrame
    reasons: dict[str, int]


class _Fault(msgspec.Struct, frozen=True):
    """One thing that may be wrong: its short name, and its sentence where it is, null elsewhere."""

    name: str
    sentence: pl.Expr


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with a place for each row, counted from 1 unless it has one; and nothing wrong with any so far."""
    if LINE not in frame.columns:
        frame = frame.with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64))
    if REASON not in frame.columns:
        frame = frame.with_columns(pl.lit(None, pl.String).alias(REASON))
    return frame


def header(kind: Form, names: list[str]) -> None:
    """Compare column names with those of the kind.

    raises  HeaderWrong naming every missing and unknown column
    """
    known = [column.name for column in kind.columns]
    missing = [column.name for column in kind.columns if column.need and column.name not in names]
    faults = [f"missing: {', '.join(missing)}"] if missing else []
    unknown = [name for name in names if name not in known and name not in OURS]
    for name in unknown:
        near = get_close_matches(name, known, 1)
        faults.append(f"unknown: {name[:SHOWN]!r}" + (f" (is it {near[0]}?)" if near else ""))
    if faults:
        told = "; ".join(faults)
        raise HeaderWrong(
            f"The columns are not those of {kind.name}: {told}. They should be {', '.join(known)}.",
            kind=kind.name,
            faults=told,
            missing=", ".join(missing) or NONE,
            unknown=", ".join(name[:SHOWN] for name in unknown) or NONE,
            columns=known,
        )


def check(kind: Form, frame: pl.DataFrame) -> Checked:
    """Type every cell and tell the good rows from the bad.

    frame   numbered; cells are text, or typed already (Parquet, in process)
    raises  HeaderWrong
    """
    header(kind, frame.columns)
    columns = [column for column in kind.columns if column.name in frame.columns]
    given = frame.select(LINE, REASON, *(as_text(frame, column.name) for column in columns))
    absent = [pl.lit(None, pl.String).alias(column.name) for column in kind.columns if column not in columns]
    text = given.with_columns(absent).select(LINE, REASON, *(_filled(column) for column in kind.columns))
    typed = text.select(LINE, *(_typed(column) for column in kind.columns))
    faults = _faults(kind, text, typed)
    bad = faults.filter(pl.any_horizontal(pl.exclude(LINE).is_not_null()))
    good = typed.join(bad, on=LINE, how="anti") if bad.height else typed
    repeated = _repeated(kind, good)
    if repeated.height:
        good = good.join(repeated, on=LINE, how="anti")
    all_bad = pl.concat([bad, repeated], how="diagonal") if repeated.height else bad
    return Checked(good.sort(kind.key), rejects(frame, all_bad), _count(all_bad))


def rejects(frame: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    """Rows as they came, each with all that is wrong with it.

    faults  LINE, then columns of sentences, null where nothing is wrong
    """
    names = [name for name in faults.columns if name != LINE]
    sentence = pl.concat_str(names, separator="; ", ignore_nulls=True) if names else pl.lit("", pl.String)
    why = faults.select(LINE, sentence.alias(REASON))
    came = frame.drop(REASON).filter(pl.col(LINE).is_in(why[LINE].implode()))
    return why.join(came, on=LINE).select(LINE, REASON, pl.exclude(LINE, REASON)).sort(LINE)


def as_text(frame: pl.DataFrame, name: str) -> pl.Expr:
    """A column as the text that somebody would have typed; empty cells are null."""
    cell, kind = pl.col(name), frame.schema[name]
    if kind == pl.String:
        stripped = cell.str.strip_chars()
        return pl.when(stripped != "").then(stripped).alias(name)
    return _spelled(cell, kind).alias(name)


def _spelled(cell: pl.Expr, kind: pl.DataType) -> pl.Expr:
    if isinstance(kind, pl.List):
        inner = _spelled(pl.element(), kind.inner if isinstance(kind.inner, pl.DataType) else kind.inner())
        return cell.list.eval(inner).list.join(SEPARATOR)
    if isinstance(kind, pl.Datetime):
        if kind.time_zone is None:
            return cell.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f")
        return cell.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00")
    if kind == pl.Time:
        return cell.dt.strftime("%H:%M:%S")
    if kind.is_float():
        return (
            pl.when(cell == cell.floor())
            .then(cell.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(cell.cast(pl.String))
        )
    return cell.cast(pl.String)


def _filled(column: Column) -> pl.Expr:
    """Text with the default where a cell is empty."""
    return pl.col(column.name) if column.default is None else pl.col(column.name).fill_null(column.default)


def _typed(column: Column) -> pl.Expr:
    """Text read by its cell."""
    return column.cell.read(pl.col(column.name)).alias(column.name)


def _faults(kind: Form, text: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    """LINE and a column of sentences for each thing that may be wrong, null where it is not."""
    spelled = text.rename({column.name: f"text:{column.name}" for column in kind.columns})
    both = pl.concat([spelled, typed.drop(LINE)], how="horizontal")
    faults = [_of_cell(column) for column in kind.columns]
    whole_row = pl.col(REASON).is_null()
    faults += [
        _Fault(f"{rule.name} rule", pl.when(rule.broken.fill_null(value=False)).then(pl.lit(rule.says)))
        for rule in kind.rules
    ]
    sentences = [pl.when(whole_row).then(fault.sentence).alias(fault.name) for fault in faults]
    return both.select(LINE, pl.col(REASON).alias("unreadable line"), *sentences)


def _of_cell(column: Column) -> _Fault:
    """What may be wrong with one cell: it is empty and must not be, or its text does not fit."""
    text = pl.col(f"text:{column.name}")
    shown = text.str.slice(0, SHOWN)
    wrong = pl.format("{}: '{}' is not {}", pl.lit(column.name), shown, pl.lit(column.cell.says))
    for hinted, advice in column.cell.hints:
        wrong = (
            pl.when(hinted(text))
            .then(pl.format("{}: '{}': {}", pl.lit(column.name), shown, pl.lit(advice)))
            .otherwise(wrong)
        )
    empty = text.is_null()
    sentence = pl.when(~empty & pl.col(column.name).is_null()).then(wrong)
    if column.need:
        sentence = pl.when(empty).then(pl.lit(f"{column.name}: is empty")).otherwise(sentence)
    return _Fault(column.name, sentence)


def _repeated(kind: Form, good: pl.DataFrame) -> pl.DataFrame:
    """Rows that share what no two rows may share, all but the first; LINE and a column for each such group."""
    found: list[pl.DataFrame] = []
    for group in (kind.key, *kind.unique):
        full = good.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in group))
        if full.select(group).n_unique() == full.height:
            continue
        first = pl.col(LINE).min().over(group)
        same = full.select(LINE, first.alias("first")).filter(pl.col(LINE) != pl.col("first"))
        says = pl.format("{}: the same as in line {}", pl.lit(", ".join(group)), pl.col("first"))
        found.append(same.select(LINE, says.alias(f"{', '.join(group)} repeated")))
    if not found:
        return pl.DataFrame(schema={LINE: pl.Int64})
    return reduce(lambda one, other: one.join(other, on=LINE, how="full", coalesce=True), found)


def _count(faults: pl.DataFrame) -> dict[str, int]:
    """How often each thing was wrong, the most frequent first."""
    counts = {name: faults.height - faults[name].null_count() for name in faults.columns if name != LINE}
    return {name: count for name, count in sorted(counts.items(), key=lambda each: -each[1]) if count}
