"""Filters of a table: what may stand in the page's address, and what it asks of the source."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from sangdan.doors.web.words import SEOUL, mark

from .sources import Asked

# What a filter asks of the source: a value, or several under names that begin with its own.
Sought: TypeAlias = Any
LONGEST: Final = 200
YEARS: Final = range(2000, 2200)


class Option(msgspec.Struct, frozen=True):
    """One choice: its value in the address, and its marked English or the name of a thing.

    name  said as it is, where it is a name
    """

    value: str
    title: str
    name: bool = False


class Unfit(Exception):
    """What stands in the address is none of a filter's values; says so in marked English."""


class Search(msgspec.Struct, frozen=True):
    """A text.

    hint  what may be looked for, marked English
    sift  what of the text is asked for; None when it can be nothing in this list
    """

    kind: ClassVar[str] = "search"
    name: str
    title: str
    hint: str = ""
    sift: Callable[[str], Sought | None] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.name,)

    def read(self, raw: Mapping[str, str]) -> Sought | None:
        """The text, or what it stands for."""
        text = raw[self.name]
        return text if self.sift is None else self.sift(text)


class Choice(msgspec.Struct, frozen=True):
    """One of several.

    options  those that are always there
    ask      those that depend on the data
    sift     what a value asks of the source; None: itself
    """

    kind: ClassVar[str] = "choice"
    name: str
    title: str
    options: tuple[Option, ...] = ()
    ask: Callable[[Asked], Awaitable[Sequence[Option]]] | None = None
    sift: Callable[[str], Sought] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.name,)

    def read(self, raw: Mapping[str, str]) -> Sought | None:
        """The value."""
        value = raw[self.name]
        if self.ask is None and all(value != option.value for option in self.options):
            raise Unfit(mark("There is no such choice."))
        return value if self.sift is None else self.sift(value)


class Days(msgspec.Struct, frozen=True):
    """From a day to a day, both of them included, in Korean time; asks for NAME_from and NAME_until."""

    kind: ClassVar[str] = "days"
    name: str
    title: str

    @property
    def fields(self) -> tuple[str, ...]:
        return f"{self.name}_from", f"{self.name}_until"

    def read(self, raw: Mapping[str, str]) -> Sought | None:
        """Two instants; open ends are the ends of time."""
        since, until = self.fields
        first = _day(raw[since]) if since in raw else date(YEARS.start, 1, 1)
        last = _day(raw[until]) if until in raw else date(YEARS.stop - 1, 12, 30)
        if last < first:
            raise Unfit(mark("The last day is before the first."))
        return {since: _begins(first), until: _begins(last + timedelta(days=1))}


class Flag(msgspec.Struct, frozen=True):
    """Only rows of which something is true."""

    kind: ClassVar[str] = "flag"
    name: str
    title: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.name,)

    def read(self, raw: Mapping[str, str]) -> Sought | None:
        """True."""
        return True


# Each has a name in the source and one or more fields in the address; `read` gives what is asked for, or raises Unfit.
Filter: TypeAlias = Search | Choice | Days | Flag


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Unfit(mark("Give a day such as 2026-11-23.")) from None
    if day.year not in YEARS:
        raise Unfit(mark("Give a day such as 2026-11-23."))
    return day


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), SEOUL)
