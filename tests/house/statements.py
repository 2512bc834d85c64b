"""Finds the SQL of the house, and says which rules a statement breaks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from .grammar import functions, touched
from .tree import SOURCE, modules, rooms

# The one statement that writes several rooms' tables, and its owner (DESIGN §4).
PLACING: Final = "flows.place_orders"
PLACING_OWNER: Final = "flows/place_order/batch.py"

_EVERYBODYS: Final = frozenset({"", "pg_catalog", "kit"})
_CATALOGUES: Final = frozenset({"pg_catalog", "information_schema"})
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[sb]")
_LOOKS_LIKE_SQL: Final = re.compile(
    r"\s*(--.*\n\s*)*(SELECT|INSERT INTO|UPDATE \w|DELETE FROM|WITH \w+ AS|MERGE INTO|COPY|LOCK TABLE|TRUNCATE)\b"
)


class Statement(NamedTuple):
    """One SQL constant.

    file  where it stands, from the source's root
    name  its name there
    text  as psycopg gets it
    """

    file: str
    name: str
    text: str


def constants(file: Path) -> list[Statement]:
    """The statements of one module, in the order in which they stand: constants annotated Final[LiteralString].

    A constant that others are joined from is a piece of them, and no statement.
    """
    known: dict[str, str] = {}
    pieces: set[str] = set()
    for node in ast.parse(file.read_text()).body:
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.value is not None
            and ast.unparse(node.annotation) == "Final[LiteralString]"
        ):
            known[node.target.id] = _text(node.value, known, pieces)
    place = str(file.relative_to(SOURCE))
    return [Statement(place, name, text) for name, text in known.items() if name not in pieces]


def all_constants() -> list[Statement]:
    """Every SQL constant of the product."""
    return [statement for file in modules() for statement in constants(file)]


def loose(text: str) -> list[str]:
    """SQL in a module's source that is no constant annotated LiteralString: the first words of each.

    text  the module's source; its docstrings may begin as they like
    """
    tree = ast.parse(text)
    kept = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and "LiteralString" in ast.unparse(node.annotation)
        for part in ast.walk(node)
    }
    kept |= {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value.strip()[:60]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in kept
        and _LOOKS_LIKE_SQL.match(node.value)
    ]


def plain(text: str) -> str:
    """The statement with $1, $2... in place of psycopg's names, as PostgreSQL reads it."""
    numbers: dict[str, int] = {}
    numbered = _PLACEHOLDER.sub(lambda found: f"${numbers.setdefault(found[1], len(numbers) + 1)}", text)
    return numbered.replace("%%", "%")


def breaches(statement: Statement, views: frozenset[str] = frozenset()) -> Iterator[str]:
    """Say, one by one, which rules a statement breaks.

    statement  any constant
    views      the names of the database's views, which any room may read
    """
    done = touched(plain(statement.text))
    own = _own_schema(statement.file)
    for name in sorted(done.writes):
        if _schema(name) != own:
            yield f"writes {name}, which is not its own"
    for name in sorted(done.calls):
        is_placing = name == PLACING and statement.file == PLACING_OWNER
        if _schema(name) != own and _schema(name) not in _EVERYBODYS and not is_placing:
            yield f"calls {name}, which is not its own"
    for name in sorted(done.reads - views):
        if own is not None and _schema(name) != own and _schema(name) not in _CATALOGUES:
            yield f"reads {name}: another room's table, and no view"
    for name in sorted(done.clocks):
        yield f"asks {name}: time, chance and ids come in as arguments"


def function_breaches(text: str) -> Iterator[str]:
    """The same for a file of db/functions: a function writes its own schema, the placing one excepted."""
    for name, statements in functions(text):
        for done in map(touched, statements):
            for target in sorted(done.writes):
                if name != PLACING and _schema(target) != _schema(name):
                    yield f"{name} writes {target}, which is not its own"
            for clock in sorted(done.clocks):
                yield f"{name} asks {clock}: time, chance and ids come in as arguments"


def _own_schema(file: str) -> str | None:
    """The one schema that a file's statements may write; None when they may write nothing."""
    parts = file.split("/")
    if parts[0] == "kit":
        return "kit"
    return parts[1] if "/".join(parts[:2]) in rooms() else None


def _schema(name: str) -> str:
    return name.partition(".")[0]


def _text(node: ast.expr, known: dict[str, str], pieces: set[str]) -> str:
    """What a constant says: a string, or strings and constants above joined by +."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, known, pieces) + _text(node.right, known, pieces)
    if isinstance(node, ast.Name):
        pieces.add(node.id)
        return known[node.id]
    text = ast.literal_eval(node)
    assert isinstance(text, str)
    return text
