"""What a piece of SQL touches, read from PostgreSQL's own grammar (pglast) as a tree of plain dicts and lists."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

import msgspec
from pglast import parser

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | int | float | bool | None"

_NO_SCHEMA: Final = frozenset({"", "pg_temp"})  # names of WITH, and temporary tables
_WRITING: Final = frozenset({"InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CreateStmt", "CopyStmt"})
_CLOCKS_AND_DICE: Final = frozenset(
    {
        *("clock_timestamp", "localtimestamp", "now", "statement_timestamp", "timeofday", "transaction_timestamp"),
        *("gen_random_uuid", "random", "random_normal", "uuidv4", "uuidv7"),
    }
)
_CLOCK_WORDS: Final = frozenset({"now", "today", "tomorrow", "yesterday"})
_CLOCK_VALUES: Final = re.compile(r"SVFOP_((?:CURRENT|LOCAL)_?(?:DATE|TIME)\w*)")
_TEMPORARY: Final = frozenset({".incoming", "pg_temp.incoming"})

# How plpgsql means a piece of text: a whole statement, an expression, or (from 3) an assignment.
_STATEMENT: Final = 0
_EXPRESSION: Final = 2


class Touched(NamedTuple):
    """What a piece of SQL does, as sets of dotted names; a name without schema begins with the dot."""

    writes: frozenset[str]
    reads: frozenset[str]
    calls: frozenset[str]
    clocks: frozenset[str]


def touched(text: str) -> Touched:
    """What statements write, read and call, and which clocks or dice they ask.

    text  one statement or several, parameters spelled $1
    """
    tree = _tree(parser.parse_sql_json(text))
    writes: set[str] = set()
    calls: set[str] = set()
    clocks: set[str] = set()
    for kind, node in nodes(tree):
        if kind in _WRITING:
            writes |= _target(kind, node)
        elif kind == "TruncateStmt":
            writes |= set(_relations(node))
        elif kind == "FuncCall":
            called = _words(node.get("funcname"))
            calls.add(called if "." in called else f".{called}")
            if called.rpartition(".")[2] in _CLOCKS_AND_DICE:
                clocks.add(f"{called}()")
        else:
            clocks |= _clock(kind, node)
    reads = {name for name in _relations(tree) if name.partition(".")[0] not in _NO_SCHEMA}
    return Touched(frozenset(writes - _TEMPORARY), frozenset(reads - writes), frozenset(calls), frozenset(clocks))


def functions(text: str) -> Iterator[tuple[str, list[str]]]:
    """The functions that a file creates: the name of each, and the statements in its body."""
    raw = text.encode()
    for each in _list(_dict(_tree(parser.parse_sql_json(text))).get("stmts")):
        place, length = _dict(each).get("stmt_location", 0), _dict(each).get("stmt_len", 0)
        assert isinstance(place, int)
        assert isinstance(length, int)
        made = _dict(_dict(each).get("stmt")).get("CreateFunctionStmt")
        if made is None:
            continue
        options = {str(_dict(node).get("defname")): _dict(node).get("arg") for _, node in nodes(_dict(made)["options"])}
        if "plpgsql" in strings(options.get("language")):
            source = raw[place : place + length if length else None].decode()
            yield _words(_dict(made)["funcname"]), list(_statements(_tree(parser.parse_plpgsql_json(source))))
        else:
            yield _words(_dict(made)["funcname"]), strings(options.get("as"))


def _target(kind: str, node: "dict[str, Tree]") -> set[str]:
    relation = _dict(node.get("relation"))
    reads_only = kind == "CopyStmt" and not node.get("is_from")
    if not relation or relation.get("relpersistence") == "t" or reads_only:
        return set()
    return {_name(relation)}


def _clock(kind: str, node: "dict[str, Tree]") -> set[str]:
    if kind == "SQLValueFunction":
        found = _CLOCK_VALUES.match(str(node.get("op")))
        return {found[1]} if found else set()
    if kind == "TypeCast":
        return {f"'{word}'" for word in strings(node.get("arg")) if word.lower() in _CLOCK_WORDS}
    return set()


def _statements(tree: Tree) -> Iterator[str]:
    """Every piece of SQL in plpgsql's tree; expressions as a SELECT of them."""
    for kind, node in nodes(tree):
        query = node.get("query")
        if kind != "PLpgSQL_expr" or not isinstance(query, str):
            continue
        mode = node.get("parseMode", _STATEMENT)
        if mode == _STATEMENT:
            yield query
        else:
            yield "SELECT " + (query if mode == _EXPRESSION else re.split(r":?=", query, maxsplit=1)[1])


def nodes(tree: Tree) -> "Iterator[tuple[str, dict[str, Tree]]]":
    """Every node below, as its kind and its fields."""
    if isinstance(tree, list):
        for each in tree:
            yield from nodes(each)
    elif isinstance(tree, dict):
        for name, below in tree.items():
            if isinstance(below, dict):
                yield name, below
            yield from nodes(below)


def _relations(tree: Tree) -> Iterator[str]:
    for kind, node in nodes(tree):
        if kind in {"RangeVar", "relation"} and "relname" in node:
            yield _name(node)


def _name(relation: "dict[str, Tree]") -> str:
    return f"{relation.get('schemaname', '')}.{relation.get('relname')}"


def _words(names: Tree) -> str:
    return ".".join(strings(names))


def strings(tree: Tree) -> list[str]:
    """The string values below, in order."""
    return [str(node["sval"]) for kind, node in nodes({"top": tree}) if kind in {"String", "sval"} and "sval" in node]


def _tree(text: str) -> Tree:
    tree: Tree = msgspec.json.decode(text)
    return tree


def _dict(tree: Tree) -> "dict[str, Tree]":
    return tree if isinstance(tree, dict) else {}


def _list(tree: Tree) -> "list[Tree]":
    return tree if isinstance(tree, list) else []
