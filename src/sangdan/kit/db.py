"""The way to PostgreSQL: a pool, transactions, and rows as typed structs. SQL itself lives in the rooms.

A jsonb parameter is wrapped in `Json`; msgspec does the encoding.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, LiteralString, TypeAlias, TypeVar

import msgspec
import psycopg
from psycopg import AsyncConnection, AsyncCursor
from psycopg.types.json import Jsonb as Json
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool

Conn: TypeAlias = AsyncConnection[Any]
T = TypeVar("T", bound=msgspec.Struct)
Done = TypeVar("Done")

__all__ = ["RETRYABLE", "ColumnsDifferError", "Conn", "Json", "Pool", "many", "maybe", "one", "run", "value"]

# The three things that may happen to a statement that lost a race: worth another try, as a whole.
RETRYABLE = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
TRIES: Final = 3

set_json_dumps(msgspec.json.encode)
set_json_loads(msgspec.json.decode)

_OPTIONS: Final = "-c timezone=UTC"
_ALONE: Final = f"{_OPTIONS} -c plan_cache_mode=force_generic_plan"
_checked: set[tuple[str, type]] = set()


class ColumnsDifferError(Exception):
    """A statement's columns are not the fields of the struct it should fill: a mistake of ours."""


def _check(cur: AsyncCursor[Any], kind: type[msgspec.Struct], sql: str) -> None:
    """Compare names once per statement, so that rows can be filled by position afterwards."""
    if (sql, kind) in _checked:
        return
    assert cur.description is not None, "the statement gives no rows"
    columns = tuple(column.name for column in cur.description)
    if columns != kind.__struct_fields__:
        raise ColumnsDifferError(f"{kind.__name__} has {kind.__struct_fields__}, the statement gives {columns}")
    _checked.add((sql, kind))


async def run(conn: Conn, sql: LiteralString, /, **args: Any) -> int:
    """Execute a statement; gives the number of rows it touched."""
    return (await conn.execute(sql, args)).rowcount


async def value(conn: Conn, sql: LiteralString, /, **args: Any) -> Any:
    """The first column of the first row; None when there is no row."""
    row = await (await conn.execute(sql, args)).fetchone()
    return None if row is None else row[0]


async def maybe(conn: Conn, kind: type[T], sql: LiteralString, /, **args: Any) -> T | None:
    """The first row, or None."""
    cur = await conn.execute(sql, args)
    _check(cur, kind, sql)
    row = await cur.fetchone()
    return None if row is None else kind(*row)


async def one(conn: Conn, kind: type[T], sql: LiteralString, /, **args: Any) -> T:
    """The row of a statement that always gives one."""
    row = await maybe(conn, kind, sql, **args)
    assert row is not None, "the statement promised a row"
    return row


async def many(conn: Conn, kind: type[T], sql: LiteralString, /, **args: Any) -> list[T]:
    """All rows, in the statement's order."""
    cur = await conn.execute(sql, args)
    _check(cur, kind, sql)
    return [kind(*row) for row in await cur.fetchall()]


class Pool:
    """Connections to one database, handed out to the doors."""

    def __init__(self, pool: AsyncConnectionPool[Conn]) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, size: int = 8, wait_s: float = 30.0, alone: bool = False) -> "Pool":
        """Connect.

        url     a libpq address
        size    the most connections at once, >= 1
        wait_s  how long a caller waits for a free connection before it is told that the database is away
        alone   a simulation on a database of its own, small statements in great number: a connection is not asked
                whether it still lives before it is handed out, and a statement is planned once for all values
        """

        async def ask(conn: Conn) -> None:
            """Whether a connection still lives. Where one died, the database was away: the others are asked at once,
            since the pool would find them dead one by one, and wait longer each time than its caller does.
            """
            try:
                await pool.check_connection(conn)
            except psycopg.Error:
                await pool.check()
                raise

        pool: AsyncConnectionPool[Conn] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            timeout=wait_s,
            open=False,
            kwargs={"options": _ALONE if alone else _OPTIONS, "prepare_threshold": 2},
            check=None if alone else ask,
        )
        await pool.open(wait=True, timeout=wait_s)
        return cls(pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Conn]:
        """One transaction: committed at the end of the block, rolled back when it raises."""
        async with self._pool.connection() as conn, conn.transaction():
            yield conn

    async def retried(self, work: Callable[[Conn], Awaitable[Done]]) -> Done:
        """What is done in one transaction, from its beginning again when it lost a race, TRIES times at most."""
        for _ in range(TRIES - 1):
            try:
                async with self.transaction() as conn:
                    return await work(conn)
            except RETRYABLE:
                continue
        async with self.transaction() as conn:
            return await work(conn)

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Conn]:
        """A connection without a transaction around it: each statement commits by itself."""
        async with self._pool.connection() as conn:
            await conn.set_autocommit(True)
            try:
                yield conn
            finally:
                if not conn.closed:
                    await conn.set_autocommit(False)

    async def close(self) -> None:
        await self._pool.close()
