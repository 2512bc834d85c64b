"""What a kind of import is: the form of its rows, and the room that takes them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec
import polars as pl

from sangdan.kit.bulk import Loaded
from sangdan.kit.db import Conn
from sangdan.kit.vault import Vault

from ..cells import Cell

Find: TypeAlias = Callable[[Conn, Sequence[str]], Awaitable[set[str]]]
Put: TypeAlias = Callable[[Conn, bytes, datetime, str], Awaitable[Loaded]]
Seal: TypeAlias = Callable[[Conn, Vault, pl.DataFrame, datetime, str], Awaitable[Loaded]]


class Reference(msgspec.Struct, frozen=True):
    """Rows that another column may name.

    noun  what people call one of them
    kind  the import that brings them
    find  asks the owning room which of some ids it knows
    """

    noun: str
    kind: str
    find: Find


class Column(msgspec.Struct, frozen=True):
    """A column of a kind.

    meaning  what it says, with its unit, for docs/import.md
    example  a cell that fits
    need     the column must be there, and each row must fill it
    default  what an empty cell means, as text; None: nothing is known
    refers   whose id it is
    """

    name: str
    cell: Cell
    meaning: str
    example: str
    need: bool = True
    default: str | None = None
    refers: Reference | None = None


class Rule(msgspec.Struct, frozen=True):
    """What must hold between the columns of one row.

    name    short, for counting
    says    what is wrong when it is broken
    broken  over the typed columns; null means that a column it needs is empty
    """

    name: str
    says: str
    broken: pl.Expr


class Form(msgspec.Struct, frozen=True):
    """What the rows of an import look like.

    says    what one row is
    key     what tells two rows apart
    unique  further columns that no two rows may share
    notes   what else people should know, a sentence each
    """

    name: str
    says: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


class Kind(Form, frozen=True, kw_only=True):
    """One kind of import whose rows a room takes, in the order of their key.

    put    gives CSV to the room, the form's columns unless `shape` makes others: (conn, rows, at, reference)
    seal   in place of `put` where rows are personal and must not be copied in the clear: (conn, vault, typed rows, at,
           reference)
    shape  from the typed columns to those that `put` takes, LINE first
    """

    put: Put | None = None
    seal: Seal | None = None
    shape: Callable[[pl.DataFrame], pl.DataFrame] | None = None


def plain(put: Callable[[Conn, bytes], Awaitable[Loaded]]) -> Put:
    """A room's load that needs neither the instant nor the name of the run."""

    async def with_run(conn: Conn, rows: bytes, at: datetime, reference: str) -> Loaded:
        return await put(conn, rows)

    return with_run


def ends_after_it_begins() -> Rule:
    """For rows that are valid from a date or an instant until before another."""
    return Rule("valid_to", "valid_to must come after valid_from", pl.col("valid_to") <= pl.col("valid_from"))
