"""Columns of a table: what each shows of a row, and what an export writes of it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Generic, Literal, TypeAlias, TypeVar

import msgspec

from sangdan.doors.web.words import SEOUL, Words

Row = TypeVar("Row")
# What is in an exported column, as adapters.exports takes it.
Kind: TypeAlias = Literal["text", "whole", "flag", "instant", "day"]
Tone: TypeAlias = Literal["", "quiet", "good", "change", "bad", "info"]
Value: TypeAlias = str | int | bool | datetime | date | None


class Cell(msgspec.Struct, frozen=True):
    """What stands in one place of a table.

    text   in the page's language
    under  a second, quieter line
    href   where it leads
    tone   shown as a badge of that tone; '' is plain text
    meter  a bar of so many per cents, 0..100, beside the text
    code   an id or a number that is read letter by letter
    tongue the language of what a person wrote, which `under` then names; '' is the page's
    """

    text: str
    under: str = ""
    href: str | None = None
    tone: Tone = ""
    meter: int | None = None
    code: bool = False
    tongue: str = ""


class Column(msgspec.Struct, Generic[Row], frozen=True):
    """One column.

    name    in the address of the page
    title   marked English
    show    its cell for a row; a plain text is a cell of that text
    value   what an export writes; None: the cell's text
    kind    of `value`
    order   the ordering of the source that sorts by it, '' when none does
    number  set flush right
    wide    takes what room is left
    phone   also shown where the page is narrow: two or three columns, the first always
    """

    name: str
    title: str
    show: Callable[[Row, Words], Cell | str]
    value: Callable[[Row], Value] | None = None
    kind: Kind = "text"
    order: str = ""
    number: bool = False
    wide: bool = False
    phone: bool = True

    def cell(self, row: Row, say: Words) -> Cell:
        """What it shows of a row."""
        shown = self.show(row, say)
        return shown if isinstance(shown, Cell) else Cell(shown)

    def exported(self, row: Row, say: Words) -> str:
        """What an export writes of a row: instants in Korean time with their offset, nothing for None."""
        value = self.cell(row, say).text if self.value is None else self.value(row)
        match value:
            case None:
                return ""
            case bool():
                return "true" if value else "false"
            case datetime():
                return value.astimezone(SEOUL).isoformat(timespec="seconds")
            case date():
                return value.isoformat()
            case _:
                return str(value)
