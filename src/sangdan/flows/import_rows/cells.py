"""What a cell may hold: how its text is read, by the column, and how that is said to people.

A reader is an expression over trimmed text; it gives null where the text is not what it should be. Empty text reaches
it only where a column says that it means something: closed, or an empty list.
"""

from collections.abc import Callable
from typing import Final, TypeAlias
from zoneinfo import available_timezones

import msgspec
import polars as pl

Read: TypeAlias = Callable[[pl.Expr], pl.Expr]

SEPARATOR: Final = "|"
MOST: Final = 10**12
CODE: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
# Also what turns the letters behind it round: a name would say another thing than it shows.
_CONTROL: Final = r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
_WHOLE: Final = r"^[+-]?[0-9]{1,18}$"
_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_SPAN: Final = rf"{_CLOCK}-({_CLOCK}|24:00)"
_OFFSET: Final = r"(Z|[+-][0-9]{2}:?[0-9]{2})$"
_FLAGS: Final = {
    "true": True, "yes": True, "y": True, "1": True,
    "false": False, "no": False, "n": False, "0": False,
}  # fmt: skip


class Cell(msgspec.Struct, frozen=True):
    """One kind of cell.

    says   completes "... is not ..."
    read   text to value
    hints  for texts of which more can be said: whether it is one, and how to mend it
    """

    says: str
    read: Read
    hints: tuple[tuple[Read, str], ...] = ()


def _keep(fits: Read) -> Read:
    """Leave text that fits as it is."""
    return lambda text: pl.when(fits(text)).then(text)


def code() -> Cell:
    """An id of ours or a partner's: it sorts the same in Python and in SQL."""
    return Cell("a code of 1 to 64 ASCII letters, digits, dots, hyphens or underscores",
                _keep(lambda text: text.str.contains(CODE)))  # fmt: skip


def text(most: int = 200) -> Cell:
    """Words for people, on one line.

    most  characters
    """
    return Cell(
        f"text of at most {most} characters on one line",
        _keep(lambda text: (text.str.len_chars() <= most) & ~text.str.contains(_CONTROL)),
    )


def one_of(*words: str) -> Cell:
    """One of a few words."""
    return Cell(f"one of {', '.join(words)}", _keep(lambda text: text.is_in(words)))


def matching(pattern: str, says: str) -> Cell:
    """Text of a fixed form.

    pattern  a regular expression of Rust's kind, anchored
    """
    return Cell(says, _keep(lambda text: text.str.contains(pattern)))


def whole(least: int = 0, most: int = MOST) -> Cell:
    """A whole number within bounds, both included."""

    def read(text: pl.Expr) -> pl.Expr:
        number = pl.when(text.str.contains(_WHOLE)).then(text).cast(pl.Int64, strict=False)
        return pl.when(number.is_between(least, most)).then(number)

    return Cell(
        f"a whole number from {least} to {most}",
        read,
        ((lambda text: text.str.contains(r"^[+-]?[0-9]{1,3}(,[0-9]{3})+$"), "write it without thousands separators"),),
    )


def flag() -> Cell:
    """Yes or no."""
    return Cell(
        "true or false",
        lambda text: text.str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean),
    )


def day() -> Cell:
    """A local date; spreadsheets put a midnight behind it."""

    def read(text: pl.Expr) -> pl.Expr:
        dated = pl.when(text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]00:00:00)?$")).then(text.str.slice(0, 10))
        return dated.str.to_date("%Y-%m-%d", strict=False)

    return Cell("a date like 2026-11-21", read)


def instant() -> Cell:
    """A moment that means the same everywhere: it carries its offset from UTC."""

    def read(text: pl.Expr) -> pl.Expr:
        spelled = text.str.replace(" ", "T", literal=True).str.replace("Z$", "+00:00")
        with_offset = pl.when(text.str.contains(_OFFSET)).then(spelled)
        return pl.coalesce(
            with_offset.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
            for form in ("%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M%:z")
        )

    return Cell(
        "an instant like 2026-11-21T09:00:00+09:00",
        read,
        ((lambda text: ~text.str.contains(_OFFSET), "add the offset from UTC, e.g. +09:00, or Z"),),
    )


def clock() -> Cell:
    """A local time of day."""
    return matching(rf"^{_CLOCK}(:[0-5][0-9])?$", "a time like 17:30")


def hours() -> Cell:
    """A day's opening hours, as kit.calendars reads them."""

    def fits(text: pl.Expr) -> pl.Expr:
        times = text.str.replace_all("-", ",", literal=True).str.split(",")
        opens_first = (
            text.str.split(",").list.eval(pl.element().str.slice(0, 5) < pl.element().str.slice(6, 5)).list.all()
        )
        return (text == "") | text.str.contains(rf"^{_SPAN}(,{_SPAN})*$") & (times == times.list.sort()) & opens_first

    return Cell("hours like 09:00-22:00 or 09:00-12:00,13:00-24:00, in order and apart", _keep(fits))


def timezone() -> Cell:
    """An IANA name."""
    names = sorted(available_timezones())
    return Cell("a time zone like Asia/Seoul", _keep(lambda text: text.is_in(names)))


def currency() -> Cell:
    """An ISO 4217 code."""
    return matching("^[A-Z]{3}$", "a currency code like KRW")


def postcode() -> Cell:
    """Five digits, as text: a spreadsheet eats the zero in front."""
    return Cell(
        "a postcode of five digits",
        _keep(lambda text: text.str.contains("^[0-9]{5}$")),
        ((lambda text: text.str.contains("^[0-9]{4}$"), "the leading zero was lost: keep the column as text"),),
    )


def gtin() -> Cell:
    """A barcode number with its check digit.

    source  GS1 General Specifications 7.9; the same rule as kit.gs1, for whole columns
    """

    def fits(text: pl.Expr) -> pl.Expr:
        digits = text.str.contains("^([0-9]{8}|[0-9]{12,14})$")
        padded = pl.when(digits).then(text.str.zfill(14))
        weighed = pl.sum_horizontal(
            padded.str.slice(place, 1).cast(pl.Int32, strict=False) * (1 if place % 2 else 3) for place in range(14)
        )
        return digits & (weighed % 10 == 0)

    return Cell("a GTIN of 8, 12, 13 or 14 digits whose check digit is right", _keep(fits))


def several(cell: Cell, exactly: int | None = None, least: int = 0) -> Cell:
    """A list of cells, joined by '|'.

    exactly  how many, None for any number from `least`
    """

    def read(text: pl.Expr) -> pl.Expr:
        none = pl.lit([], pl.List(pl.String))
        parts = pl.when(text == "").then(none).otherwise(text.str.split(SEPARATOR))
        values = parts.list.eval(cell.read(pl.element().str.strip_chars()))
        enough = values.list.len() == exactly if exactly is not None else values.list.len() >= least
        return pl.when(enough & (values.list.drop_nulls().list.len() == values.list.len())).then(values)

    count = f"{exactly} values" if exactly is not None else f"{least} or more values" if least else "values"
    return Cell(f"{count} joined by '{SEPARATOR}', each {cell.says}", read)
