"""What a database is made of, and whether it is whole: its form object by object, its indexes, pages and feed."""

import re
from typing import Final, LiteralString

import msgspec

from .db import Conn, many, one

# Everything of ours by name, with what PostgreSQL says of it. What differs between its versions is left out.
_OURS: Final[LiteralString] = """
    n.nspname <> 'information_schema' AND n.nspname <> 'public' AND n.nspname NOT LIKE 'pg\\_%%'
"""
PARTS: Final[LiteralString] = (
    """
    SELECT 'column ' || n.nspname || '.' || t.relname || '.' || a.attname AS name,
           format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
               || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS form
      FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid AND t.relkind IN ('r', 'p', 'v')
      JOIN pg_namespace n ON n.oid = t.relnamespace
      LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
     WHERE a.attnum > 0 AND NOT a.attisdropped AND """
    + _OURS
    + """
     UNION ALL
    SELECT 'constraint ' || n.nspname || '.' || coalesce(t.relname, y.typname) || '.' || c.conname,
           pg_get_constraintdef(c.oid)
      FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
      LEFT JOIN pg_class t ON t.oid = c.conrelid LEFT JOIN pg_type y ON y.oid = c.contypid
     WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND """
    + _OURS
    + """
     UNION ALL
    SELECT 'index ' || n.nspname || '.' || i.relname, pg_get_indexdef(i.oid)
      FROM pg_class i JOIN pg_namespace n ON n.oid = i.relnamespace WHERE i.relkind = 'i' AND """
    + _OURS
    + """
     UNION ALL
    SELECT 'trigger ' || n.nspname || '.' || t.relname || '.' || g.tgname,
           pg_get_triggerdef(g.oid) || CASE g.tgenabled WHEN 'O' THEN '' ELSE ' (switched off)' END
      FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE NOT g.tgisinternal AND """
    + _OURS
    + """
     UNION ALL
    SELECT 'view ' || n.nspname || '.' || v.relname, pg_get_viewdef(v.oid)
      FROM pg_class v JOIN pg_namespace n ON n.oid = v.relnamespace WHERE v.relkind = 'v' AND """
    + _OURS
    + """
     UNION ALL
    SELECT 'function ' || n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
           pg_get_functiondef(p.oid)
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prokind = 'f' AND """
    + _OURS
    + """
     ORDER BY 1
"""
)
INVALID: Final[LiteralString] = """
    SELECT n.nspname || '.' || i.relname AS name, pg_get_indexdef(i.oid) AS form
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = i.relnamespace
     WHERE NOT (x.indisvalid AND x.indisready) ORDER BY 1
"""
FEED: Final[LiteralString] = """
    SELECT h.position AS head, count(f.position) AS entries, coalesce(max(f.position), 0) AS last,
           count(f.position) FILTER (WHERE e.subject IS NULL) AS without_fact
      FROM kit.feed_head h
      LEFT JOIN kit.feed f ON true
      LEFT JOIN kit.event e ON (e.subject, e.sequence) = (f.subject, f.sequence)
     GROUP BY h.position
"""
PAGES: Final[LiteralString] = """
    SELECT current_setting('data_checksums') = 'on' AS checked, coalesce(checksum_failures, 0) AS failures
      FROM pg_stat_database WHERE datname = current_database()
"""


class Part(msgspec.Struct, frozen=True):
    """One object: its kind and name, and what PostgreSQL says of it."""

    name: str
    form: str


class Feed(msgspec.Struct, frozen=True):
    """The feed in numbers: entries are 1 to head without a gap, each with its fact, when it is whole."""

    head: int
    entries: int
    last: int
    without_fact: int


class Pages(msgspec.Struct, frozen=True):
    """Whether pages carry checksums, and how many were read that did not match."""

    checked: bool
    failures: int


async def parts(conn: Conn) -> dict[str, str]:
    """Everything of ours in a database, by name."""
    return {part.name: part.form for part in await many(conn, Part, PARTS)}


# What only an older version needs ends so, until the database is contracted.
FOREIGN: Final = "belongs to no migration"
_NAMES: Final = re.compile(r"\b[a-z_]+\.[a-z_]+\b")


def differences(found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    """What is not as it should be, a sentence each."""
    lacking = [f"{name} is missing" for name in sorted(wanted.keys() - found.keys())]
    foreign = [f"{name} {FOREIGN}" for name in sorted(found.keys() - wanted.keys())]
    changed = [
        f"{name} differs: it is {found[name]!r}, and should be {wanted[name]!r}"
        for name in sorted(wanted.keys() & found.keys())
        if found[name] != wanted[name]
    ]
    return [*lacking, *changed, *foreign]


def named_in(text: str) -> set[str]:
    """Everything that a text names with its schema, e.g. flows.place_order."""
    return set(_NAMES.findall(text))


async def invalid_indexes(conn: Conn) -> list[str]:
    """Indexes whose building was cut off: they cost, and are never used."""
    return [part.name for part in await many(conn, Part, INVALID)]


async def feed(conn: Conn) -> Feed:
    """The feed in numbers."""
    return await one(conn, Feed, FEED)


async def pages(conn: Conn) -> Pages:
    """What reading pages has shown so far."""
    return await one(conn, Pages, PAGES)


def is_whole(seen: Feed) -> bool:
    """Whether the feed has no gap and no entry without its fact."""
    return seen.head == seen.entries == seen.last and seen.without_fact == 0
