"""Beyond one machine: tables spread over a PostgreSQL with Citus, by a plan that can be read before and run again.

Each statement commits by itself: Citus spreads a table with references to others only outside a transaction. Whatever
was done before is seen and left alone, so that a run which was cut off is mended by the next one.
"""

from collections.abc import AsyncIterator
from typing import Final, LiteralString

import msgspec
from psycopg import AsyncClientCursor, sql

from .db import Conn, many, value
from .problems import Unavailable

THERE: Final[LiteralString] = "SELECT to_regclass('pg_dist_partition') IS NOT NULL"
WORKERS: Final[LiteralString] = """
    SELECT nodename::text AS host, nodeport AS port FROM pg_dist_node
     WHERE isactive AND shouldhaveshards AND noderole = 'primary' ORDER BY 1, 2
"""
SPREAD: Final[LiteralString] = """
    SELECT n.nspname || '.' || t.relname AS name
      FROM pg_dist_partition p JOIN pg_class t ON t.oid = p.logicalrelid::oid
      JOIN pg_namespace n ON n.oid = t.relnamespace
     ORDER BY 1
"""
REFERENCES: Final[LiteralString] = """
    SELECT n.nspname || '.' || t.relname AS name, c.conname::text AS constraint_name
      FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE c.contype = 'f' ORDER BY 1, 2
"""
# Functions whose plans are fixed for all values: Citus plans by values, and refuses to plan without them.
FIXED: Final[LiteralString] = """
    SELECT 'ALTER FUNCTION ' || p.oid::regprocedure || ' SET plan_cache_mode TO auto' AS name FROM pg_proc p
     WHERE p.proconfig @> ARRAY['plan_cache_mode=force_generic_plan'] ORDER BY 1
"""
REPLICATE: Final[LiteralString] = "SELECT create_reference_table(%(table)s)"
DISTRIBUTE: Final[LiteralString] = """
SELECT create_distributed_table(%(table)s, %(column)s, colocate_with => %(beside)s)
"""

# Said to the session first: our triggers only refuse changes, each on the rows of its own table.
_SETTINGS: Final = ("SET citus.enable_unsafe_triggers TO on", "SET citus.multi_shard_modify_mode TO sequential")
_DROP: Final = "ALTER TABLE {table} DROP CONSTRAINT {name}"
_ADD: Final = "ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {target} ({columns})"


class CitusMissing(Unavailable):
    """The database has no Citus, or no machine to spread tables over."""

    code = "citus-missing"


class Reference(msgspec.Struct, frozen=True):
    """A foreign key between spread tables; its columns are named alike on both sides."""

    name: str
    table: str
    columns: tuple[str, ...]
    target: str


class Layout(msgspec.Struct, frozen=True):
    """Which tables go where; those that are not named stay where they are.

    column       by which the tables are spread, all of one type, so that rows that belong together lie together
    distributed  the first is what the others lie beside
    replicated   small ones that every machine has
    references   between the distributed ones: lifted while they move, and put back
    """

    column: str
    distributed: tuple[str, ...]
    replicated: tuple[str, ...]
    references: tuple[Reference, ...]


class Named(msgspec.Struct, frozen=True):
    """A table or a function."""

    name: str


class Worker(msgspec.Struct, frozen=True):
    """A machine that holds parts of tables."""

    host: str
    port: int


class Held(msgspec.Struct, frozen=True):
    """A foreign key that stands."""

    name: str
    constraint_name: str


async def is_there(conn: Conn) -> bool:
    """Whether the database has the extension."""
    return await value(conn, THERE)


async def missing(conn: Conn, layout: Layout) -> list[str]:
    """The statements that bring the database to the layout, in order; none when it is there.

    conn  of any PostgreSQL: without Citus nothing is spread yet
    """
    there = await is_there(conn)
    spread = {each.name for each in await many(conn, Named, SPREAD)} if there else set[str]()
    standing = {(each.name, each.constraint_name) for each in await many(conn, Held, REFERENCES)}
    moving = [table for table in layout.distributed if table not in spread]
    near = [each for each in layout.references if each.table in moving or each.target in moving]
    lifted = [each for each in near if (each.table, each.name) in standing]
    put = [each for each in layout.references if each in lifted or (each.table, each.name) not in standing]
    fixed = await many(conn, Named, FIXED)
    said = AsyncClientCursor(conn)
    return [
        *(_lifted(each).as_string(conn) for each in lifted),
        *(said.mogrify(REPLICATE, {"table": table}) for table in layout.replicated if table not in spread),
        *(said.mogrify(DISTRIBUTE, _place(layout, table)).strip() for table in moving),
        *(_put(each).as_string(conn) for each in put),
        *(each.name for each in fixed),
    ]


async def bring(conn: Conn, layout: Layout) -> AsyncIterator[str]:
    """Bring the database to the layout; gives each statement when it is done.

    conn    in autocommit, to the coordinator, as the owner of the tables
    raises  CitusMissing
    """
    if not await is_there(conn):
        raise CitusMissing(
            "This PostgreSQL has no Citus. Put citus first into shared_preload_libraries, restart it, and run "
            "CREATE EXTENSION citus in this database, on the coordinator and on every worker; --dry-run shows what "
            "would be done then."
        )
    if not await many(conn, Worker, WORKERS):
        raise CitusMissing(
            "Citus is there, but no machine that may hold parts of tables: on the coordinator, name itself by "
            "SELECT citus_set_coordinator_host('HOST', PORT) and each worker by SELECT citus_add_node('HOST', PORT)."
        )
    statements = await missing(conn, layout)
    for statement in [*_SETTINGS, *statements] if statements else ():
        await conn.execute(statement.encode())
        if statement not in _SETTINGS:
            yield statement


def _place(layout: Layout, table: str) -> dict[str, str]:
    first = layout.distributed[0]
    return {"table": table, "column": layout.column, "beside": "none" if table == first else first}


def _lifted(reference: Reference) -> sql.Composed:
    return sql.SQL(_DROP).format(table=_table(reference.table), name=sql.Identifier(reference.name))


def _put(reference: Reference) -> sql.Composed:
    return sql.SQL(_ADD).format(
        table=_table(reference.table),
        name=sql.Identifier(reference.name),
        columns=sql.SQL(", ").join(sql.Identifier(column) for column in reference.columns),
        target=_table(reference.target),
    )


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))
