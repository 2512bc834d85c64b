"""What is spread over machines can be: keys, references, triggers and views, and every statement that touches it."""

from collections.abc import Sequence
from typing import Final, LiteralString

import msgspec
import pytest

from sangdan.flows.spread import LAYOUT
from sangdan.kit.db import Conn, many, run

from .grammar import functions, touched
from .spreading import Ground, breaches
from .statements import all_constants
from .test_statements import PLACING, PREPARABLE, body

# Statements that ask spread rows and the coordinator's own at once.
WITH_THE_COORDINATOR_S: Final = {
    "order/orders/queries/rows.py PAGE": "a shop's number is unique over all orders: found first, and there is one",
}
# Simulated days count on one database of their own.
SIMULATED: Final = "doors/sim/"

COLUMNS: Final[LiteralString] = """
    SELECT n.nspname || '.' || t.relname AS table_name, a.atttypid::regtype::text AS type,
           a.attnotnull AS held
      FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname || '.' || t.relname = ANY(%(tables)s::text[]) AND a.attname = %(column)s ORDER BY 1
"""
UNIQUE: Final[LiteralString] = """
    SELECT n.nspname || '.' || t.relname AS table_name, i.relname::text AS name, x.indisprimary AS is_primary,
           ARRAY(SELECT a.attname::text FROM unnest(x.indkey::int[]) WITH ORDINALITY AS k (number, position)
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.position) AS columns
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE x.indisunique AND n.nspname || '.' || t.relname = ANY(%(tables)s::text[]) ORDER BY 1, 2
"""
POINTING: Final[LiteralString] = """
    SELECT c.conname::text AS name, n.nspname || '.' || t.relname AS table_name,
           ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (number, position)
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number ORDER BY k.position) AS columns,
           m.nspname || '.' || u.relname AS target
      FROM pg_constraint c
      JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
      JOIN pg_class u ON u.oid = c.confrelid JOIN pg_namespace m ON m.oid = u.relnamespace
     WHERE c.contype = 'f' AND (n.nspname || '.' || t.relname = ANY(%(tables)s::text[])
                                OR m.nspname || '.' || u.relname = ANY(%(tables)s::text[])) ORDER BY 2, 1
"""
TRIGGERS: Final[LiteralString] = """
    SELECT n.nspname || '.' || t.relname || '.' || g.tgname AS name
      FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE NOT g.tgisinternal AND n.nspname || '.' || t.relname = ANY(%(tables)s::text[])
       AND g.tgfoid <> 'kit.append_only'::regproc
     UNION ALL
    SELECT n.nspname || '.' || t.relname || '.' || a.attname
      FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE a.attidentity <> '' AND n.nspname || '.' || t.relname = ANY(%(tables)s::text[]) ORDER BY 1
"""
VIEWS: Final[LiteralString] = """
    SELECT n.nspname || '.' || v.relname AS name, pg_get_viewdef(v.oid) AS text,
           array_agg(DISTINCT m.nspname || '.' || t.relname) AS reads
      FROM pg_class v JOIN pg_namespace n ON n.oid = v.relnamespace
      JOIN pg_rewrite r ON r.ev_class = v.oid
      JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_class t ON t.oid = d.refobjid AND t.relkind = 'r'
      JOIN pg_namespace m ON m.oid = t.relnamespace
     WHERE v.relkind = 'v' AND n.nspname NOT IN ('pg_catalog', 'information_schema') GROUP BY 1, 2, v.oid ORDER BY 1
"""


class Column(msgspec.Struct, frozen=True):
    """The spreading column of a table."""

    table_name: str
    type: str
    held: bool


class Unique(msgspec.Struct, frozen=True):
    """A unique index."""

    table_name: str
    name: str
    is_primary: bool
    columns: list[str]


class Pointing(msgspec.Struct, frozen=True):
    """A foreign key from or to a spread table."""

    name: str
    table_name: str
    columns: list[str]
    target: str


class Name(msgspec.Struct, frozen=True):
    """Something that a spread table should not have."""

    name: str


class View(msgspec.Struct, frozen=True):
    """A view, and the tables it reads."""

    name: str
    text: str
    reads: list[str]


def tables() -> list[str]:
    return list(LAYOUT.distributed)


async def ground(conn: Conn) -> Ground:
    views = {each.name: each.reads for each in await many(conn, View, VIEWS)}
    return Ground(LAYOUT.distributed, LAYOUT.replicated, views)


async def wide_keys(conn: Conn) -> list[str]:
    """Unique keys that several machines would have to keep together; primary keys must begin with the column."""
    found = await many(conn, Unique, UNIQUE, tables=tables())
    return [
        each.name
        for each in found
        if LAYOUT.column not in (each.columns[:1] if each.is_primary else each.columns)
    ]  # fmt: skip


async def wrong_views(conn: Conn) -> list[str]:
    stands_on = await ground(conn)
    return [
        f"{view.name} {breach}" for view in await many(conn, View, VIEWS) for breach in breaches(view.text, stands_on)
    ]


async def test_every_spread_table_has_the_column_in_the_same_type(conn: Conn) -> None:
    found = await many(conn, Column, COLUMNS, tables=tables(), column=LAYOUT.column)
    assert [each.table_name for each in found] == sorted(LAYOUT.distributed)
    # A domain with a check would do as a type, but Citus cannot tell from its values which machine holds them.
    assert {(each.type, each.held) for each in found} == {("uuid", True)}


async def test_unique_keys_hold_the_column(conn: Conn) -> None:
    assert not await wide_keys(conn)
    await run(conn, "CREATE UNIQUE INDEX bad ON orders.parcel (parcel_id)")
    assert await wide_keys(conn) == ["bad"]


async def test_references_stay_among_spread_tables_and_are_the_ones_that_are_put_back(conn: Conn) -> None:
    found = await many(conn, Pointing, POINTING, tables=tables())
    standing = {(each.name, each.table_name, tuple(each.columns), each.target) for each in found}
    assert standing == {(each.name, each.table, each.columns, each.target) for each in LAYOUT.references}
    assert all(each.columns[0] == LAYOUT.column for each in LAYOUT.references)
    assert all({each.table, each.target} <= set(LAYOUT.distributed) for each in LAYOUT.references)


async def test_spread_tables_have_no_triggers_but_the_one_that_refuses_and_no_numbers_of_their_own(conn: Conn) -> None:
    assert not await many(conn, Name, TRIGGERS, tables=tables())
    await run(conn, "ALTER TABLE orders.line ADD COLUMN n bigint GENERATED ALWAYS AS IDENTITY")
    assert [each.name for each in await many(conn, Name, TRIGGERS, tables=tables())] == ["orders.line.n"]


async def test_views_of_spread_tables_are_computed_where_the_rows_lie(conn: Conn) -> None:
    assert not await wrong_views(conn)
    await run(
        conn,
        "CREATE VIEW orders.bad AS SELECT o.order_id, l.n FROM orders.order o"
        " CROSS JOIN LATERAL (SELECT count(*) AS n FROM orders.line WHERE order_id = o.order_id) l",
    )
    assert await wrong_views(conn) == ["orders.bad sums up beside each row, and not by group"]


async def test_every_statement_on_spread_rows_can_be_sent_to_them(conn: Conn) -> None:
    stands_on = await ground(conn)
    found: list[str] = []
    for statement in all_constants():
        if statement.file.startswith(SIMULATED) or not body(statement.text).startswith(PREPARABLE):
            continue
        name = f"{statement.file} {statement.name}"
        found += (
            f"{name} {each}" for each in breaches(statement.text, stands_on) if name not in WITH_THE_COORDINATOR_S
        )
    assert not found, "\n".join(found)


async def test_placing_only_adds_to_spread_tables(conn: Conn) -> None:
    stands_on = await ground(conn)
    for _, statements in functions(PLACING.read_text()):
        for text in statements:
            spread = stands_on.tables(_written(text)) & set(LAYOUT.distributed)
            if spread:
                assert text.lstrip().upper().startswith("INSERT"), text[:200]


def _written(text: str) -> Sequence[str]:
    return sorted(touched(text).writes)


@pytest.mark.parametrize(
    ("text", "breach"),
    [
        ("SELECT 1 FROM orders.order JOIN stock.reservation USING (order_id)", "joins ['orders.order'] with"),
        ("SELECT 1 FROM orders.order WHERE shop_id = %(shop_id)s FOR UPDATE", "locks rows"),
        ("UPDATE orders.parcel SET state = 'lost' WHERE node_id = %(node_id)s", "changes rows"),
        ("DELETE FROM delivery.tracking WHERE at < %(at)s", "changes rows"),
        (
            "SELECT k.n FROM orders.order o CROSS JOIN LATERAL"
            " (SELECT count(*) AS n FROM orders.line l WHERE l.order_id = o.order_id) k",
            "sums up beside each row",
        ),
    ],
)
def test_a_breach_is_seen(text: str, breach: str) -> None:
    stands_on = Ground(LAYOUT.distributed, LAYOUT.replicated, {})
    assert any(found.startswith(breach) for found in breaches(text, stands_on))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1 FROM stock.balance FOR UPDATE",
        "SELECT 1 FROM orders.order WHERE order_id = %(order_id)s FOR UPDATE",
        "UPDATE delivery.parcel SET state = 'lost' WHERE (order_id, parcel_id) = (%(order_id)s, %(parcel_id)s)",
        "SELECT 1 FROM orders.line l JOIN kit.exchange_rate r USING (rate_id)",
    ],
)
def test_what_can_be_sent_is_no_breach(text: str) -> None:
    assert not list(breaches(text, Ground(LAYOUT.distributed, LAYOUT.replicated, {})))
