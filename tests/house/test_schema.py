"""The database's form: facts stay, keys let the tables be spread over machines, no floats, nothing asks a clock."""

from typing import Final, LiteralString

import msgspec
import psycopg
import pytest
from psycopg import sql

from sangdan.kit.db import Conn, many, run

from .grammar import touched

# By which column the tables of a schema are spread (DESIGN §4); the other schemas hold reference tables, small ones
# that every machine has.
SPREAD_BY: Final = {
    "stock": "node_id",
    "warehouse": "node_id",
    "orders": "order_id",
    "baskets": "order_id",
    "promise": "order_id",
    "payments": "order_id",
    "delivery": "order_id",
    "floor": "parcel_id",
    "notices": "order_id",
    "shoppers": "shopper_id",
}
# The tables that differ from their schema; None: a reference table.
DIFFERENT: Final = {
    "floor.action": "key",
    "floor.photo": "photo_id",
    "kit.account": "book",
    "kit.transfer": "book",
    "kit.event": "subject",
    "kit.outbox": "subject",
    "kit.timer": "key",
    "kit.request": "client_id",
    "orders.member": None,
    "promise.transit_snapshot": None,
    "stock.rule": None,
    "shoppers.recipient": "order_id",
    "shoppers.leaving": "order_id",
    "orders.reference": "client_id",
    "stock.change": None,
    "stock.follower": None,
    "promise.scarcity": "node_id",
    "promise.scarcity_round": None,
    "promise.wanted": "sku",
    "baskets.basket": "basket_id",
    "baskets.wish": "basket_id",
    "baskets.choice": "basket_id",
    "baskets.choice_part": "basket_id",
}
FACTS: Final = (
    "kit.audit",
    "baskets.agreement",
    "kit.event",
    "kit.transfer",
    "orders.purchase",
    "promise.promise",
    "settlement.statement",
    "shoppers.change",
    "shoppers.consent",
    "shoppers.reading",
    "stock.movement",
)

KEYS: Final[LiteralString] = """
    SELECT n.nspname || '.' || t.relname AS table_name, i.relname::text AS name, x.indisprimary AS is_primary,
           ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int[]) WITH ORDINALITY AS k (number, position)
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.position) AS columns
      FROM pg_index x
      JOIN pg_class t ON t.oid = x.indrelid
      JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE x.indisunique AND n.nspname <> 'public' AND n.nspname NOT LIKE 'pg\\_%%' ORDER BY 1, 2
"""
REFERENCES: Final[LiteralString] = """
    SELECT c.conname::text AS name, n.nspname || '.' || t.relname AS table_name,
           ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (number, position)
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.position) AS columns,
           m.nspname || '.' || u.relname AS target
      FROM pg_constraint c
      JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
      JOIN pg_class u ON u.oid = c.confrelid JOIN pg_namespace m ON m.oid = u.relnamespace
     WHERE c.contype = 'f' ORDER BY 1, 2
"""
VIEWS: Final[LiteralString] = """
    SELECT n.nspname || '.' || v.relname AS name, array_agg(DISTINCT m.nspname || '.' || t.relname) AS reads
      FROM pg_class v JOIN pg_namespace n ON n.oid = v.relnamespace
      JOIN pg_rewrite r ON r.ev_class = v.oid
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p')
      JOIN pg_namespace m ON m.oid = t.relnamespace
     WHERE v.relkind IN ('v', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') GROUP BY 1 ORDER BY 1
"""
DEFAULTS: Final[LiteralString] = """
    SELECT n.nspname || '.' || t.relname || '.' || a.attname AS name, pg_get_expr(d.adbin, d.adrelid) AS value
      FROM pg_attrdef d
      JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
      JOIN pg_class t ON t.oid = d.adrelid
      JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname NOT IN ('public', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%%' ORDER BY 1
"""
INEXACT: Final[LiteralString] = """
    SELECT table_schema || '.' || table_name || '.' || column_name AS name, data_type::text AS value
      FROM information_schema.columns
     WHERE data_type IN ('real', 'double precision', 'numeric', 'money', 'timestamp without time zone')
       AND table_schema NOT IN ('pg_catalog', 'information_schema', 'public') ORDER BY 1
"""


class Key(msgspec.Struct, frozen=True):
    """A primary key or unique index."""

    table_name: str
    name: str
    is_primary: bool
    columns: list[str]


class Reference(msgspec.Struct, frozen=True):
    """A foreign key."""

    name: str
    table_name: str
    columns: list[str]
    target: str


class View(msgspec.Struct, frozen=True):
    """A view and the tables it reads."""

    name: str
    reads: list[str]


class Named(msgspec.Struct, frozen=True):
    """Something with a name."""

    name: str
    value: str


def spread_by(table: str) -> str | None:
    """The column by which a table is spread; None for a reference table."""
    return DIFFERENT[table] if table in DIFFERENT else SPREAD_BY.get(table.partition(".")[0])


async def misplaced_keys(conn: Conn) -> list[str]:
    """Keys that a table spread by its column could not have: they must hold it, a primary key in front."""
    wrong: list[str] = []
    for key in await many(conn, Key, KEYS):
        column = spread_by(key.table_name)
        if column is not None and column not in (key.columns[:1] if key.is_primary else key.columns):
            wrong.append(f"{key.name} on {key.columns}, but {key.table_name} is spread by {column}")
    return wrong


async def far_references(conn: Conn) -> list[str]:
    """Foreign keys that would lead to another machine."""
    wrong: list[str] = []
    for reference in await many(conn, Reference, REFERENCES):
        column = spread_by(reference.target)
        if column is None:
            continue
        if spread_by(reference.table_name) != column or column not in reference.columns:
            wrong.append(f"{reference.name}: {reference.table_name} points at {reference.target}")
    return wrong


async def wide_views(conn: Conn) -> list[str]:
    """Views that join tables spread by different columns."""
    wrong: list[str] = []
    for view in await many(conn, View, VIEWS):
        columns = {spread_by(table) for table in view.reads} - {None}
        if len(columns) > 1:
            wrong.append(f"{view.name} joins tables spread by {sorted(map(str, columns))}")
    return wrong


async def clocks_in_defaults(conn: Conn) -> list[str]:
    """Columns that would fill themselves with time or chance."""
    return [each.name for each in await many(conn, Named, DEFAULTS) if touched(f"SELECT {each.value}").clocks]


async def may_change(conn: Conn, table: str, column: str) -> set[str]:
    """Which of the ways to change a table the database lets pass; no row is touched."""
    names = {"table": sql.Identifier(*table.split(".")), "column": sql.Identifier(column)}
    passed: set[str] = set()
    for way in ("UPDATE {table} SET {column} = {column} WHERE false", "DELETE FROM {table} WHERE false"):
        try:
            async with conn.transaction():
                await conn.execute(sql.SQL(way).format(**names))
            passed.add(way.partition(" ")[0])
        except psycopg.errors.IntegrityConstraintViolation:
            continue
    return passed


@pytest.mark.parametrize("table", FACTS)
async def test_facts_are_never_changed(conn: Conn, table: str) -> None:
    key = next(k for k in await many(conn, Key, KEYS) if k.table_name == table and k.is_primary)
    assert await may_change(conn, table, key.columns[0]) == set()


async def test_a_table_without_the_trigger_is_seen(conn: Conn) -> None:
    assert await may_change(conn, "stock.balance", "node_id") == {"UPDATE", "DELETE"}


async def test_keys_begin_with_the_column_that_spreads_their_table(conn: Conn) -> None:
    assert not await misplaced_keys(conn)
    await run(conn, "CREATE TABLE stock.bad (id uuid PRIMARY KEY, node_id text UNIQUE)")
    assert await misplaced_keys(conn) == ["bad_pkey on ['id'], but stock.bad is spread by node_id"]


async def test_foreign_keys_stay_in_their_family(conn: Conn) -> None:
    assert not await far_references(conn)
    await run(conn, "CREATE TABLE stock.bad (node_id text PRIMARY KEY, order_id uuid REFERENCES orders.order)")
    assert await far_references(conn) == ["bad_order_id_fkey: stock.bad points at orders.order"]


async def test_views_stay_in_one_family(conn: Conn) -> None:
    assert not await wide_views(conn)
    await run(conn, "CREATE VIEW stock.bad AS SELECT 1 AS one FROM stock.balance, orders.line, network.node")
    assert await wide_views(conn) == ["stock.bad joins tables spread by ['node_id', 'order_id']"]


async def test_no_column_fills_itself_with_time_or_chance(conn: Conn) -> None:
    assert not await clocks_in_defaults(conn)
    await run(conn, "CREATE TABLE stock.bad (node_id text PRIMARY KEY, at timestamptz DEFAULT now())")
    await run(conn, "ALTER TABLE stock.bad ADD COLUMN id uuid DEFAULT gen_random_uuid(), ADD COLUMN n int DEFAULT 0")
    assert await clocks_in_defaults(conn) == ["stock.bad.at", "stock.bad.id"]


async def test_no_column_is_inexact(conn: Conn) -> None:
    assert not await many(conn, Named, INEXACT)
    await run(conn, "CREATE TABLE stock.bad (node_id text PRIMARY KEY, weight double precision, at timestamp)")
    assert [each.name for each in await many(conn, Named, INEXACT)] == ["stock.bad.at", "stock.bad.weight"]
