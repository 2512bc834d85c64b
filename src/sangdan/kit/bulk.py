"""Many rows at once: COPY into a temporary table, refuse what cannot be, then one statement for the rest.

The temporary table is `incoming`. Its first column is `line`, the row's place in what somebody sent, so that a refusal
can name it. A run that is done in several transactions notes how far it came, in the transaction of each step.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

import msgspec

from .db import Conn, many, maybe, run

# What a table of somebody's rows carries beside its own columns: where a row came from, and why it cannot be used.
LINE: Final = "import_line"
REASON: Final = "import_reason"

DROP: Final[LiteralString] = "DROP TABLE pg_temp.incoming"
BEGIN: Final[LiteralString] = """
    INSERT INTO kit.bulk_run (name, done, at) VALUES (%(name)s, 0, %(at)s)
    ON CONFLICT (name) DO UPDATE SET at = excluded.at
    RETURNING done
"""
TAKE: Final[LiteralString] = "SELECT done FROM kit.bulk_run WHERE name = %(name)s FOR UPDATE"
ADVANCE: Final[LiteralString] = "UPDATE kit.bulk_run SET done = %(done)s, at = %(at)s WHERE name = %(name)s"
FINISH: Final[LiteralString] = "DELETE FROM kit.bulk_run WHERE name = %(name)s"


class Refused(msgspec.Struct, frozen=True):
    """A row that the database's present state does not allow, and why."""

    line: int
    reason: str


class Loaded(msgspec.Struct, frozen=True):
    """How many rows were new or different, and which were refused; the others were there already."""

    changed: int
    refused: list[Refused]


class Bulk(msgspec.Struct, frozen=True):
    """The statements that bring rows into one table.

    make    creates the temporary table `incoming`
    copy    COPY ... FROM STDIN in CSV
    put     writes what is left, in key order; its row count is the number of rows that changed
    refuse  each deletes rows from `incoming`, returning line and reason
    lock    holds the rows that `refuse` looks at until the transaction ends; None when they never change
    """

    make: LiteralString
    copy: LiteralString
    put: LiteralString
    refuse: tuple[LiteralString, ...] = ()
    lock: LiteralString | None = None


class _Known(msgspec.Struct, frozen=True):
    id: str


class _Done(msgspec.Struct, frozen=True):
    done: int


async def load(conn: Conn, bulk: Bulk, rows: bytes) -> Loaded:
    """Bring rows in, or up to date, in the caller's transaction.

    rows  CSV in the columns of `bulk.copy`
    """
    await fill(conn, bulk.make, bulk.copy, rows)
    if bulk.lock is not None:
        await run(conn, bulk.lock)
    refused = await refuse(conn, bulk.refuse)
    changed = await run(conn, bulk.put)
    await drop(conn)
    return Loaded(changed, refused)


async def fill(conn: Conn, make: LiteralString, copy: LiteralString, rows: bytes) -> None:
    """Create `incoming` and copy the rows into it."""
    await run(conn, make)
    async with conn.cursor() as cur, cur.copy(copy) as stream:
        await stream.write(rows)


async def refuse(conn: Conn, statements: Sequence[LiteralString]) -> list[Refused]:
    """Take out of `incoming` what each statement objects to; a row is refused once, for the first reason."""
    return [row for statement in statements for row in await many(conn, Refused, statement)]


async def drop(conn: Conn) -> None:
    """Make way for the next rows of the same transaction."""
    await run(conn, DROP)


async def known(conn: Conn, statement: LiteralString, ids: Sequence[str]) -> set[str]:
    """Those of the ids that the statement finds; it takes `ids` and gives a column `id`."""
    return {row.id for row in await many(conn, _Known, statement, ids=list(ids))}


async def begin(conn: Conn, name: str, at: datetime) -> int:
    """Start a run, or go on with one that was interrupted; gives how much of it is done."""
    started = await maybe(conn, _Done, BEGIN, name=name, at=at)
    assert started is not None
    return started.done


async def take(conn: Conn, name: str) -> int | None:
    """How much of a run is done; None when another process finished it. Holds the run until the transaction ends."""
    taken = await maybe(conn, _Done, TAKE, name=name)
    return None if taken is None else taken.done


async def advance(conn: Conn, name: str, done: int, at: datetime) -> None:
    """Note how much of a run is done, together with what was done."""
    await run(conn, ADVANCE, name=name, done=done, at=at)


async def finish(conn: Conn, name: str) -> None:
    """Forget a run: the next one of the same name begins at the beginning."""
    await run(conn, FINISH, name=name)
