"""What a statement may not do to tables that are spread over machines, read from PostgreSQL's own grammar.

The rules are Citus' documented limits for queries that span machines, and one of our own: what changes or locks spread
rows names the order, so that it goes to one machine.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

import msgspec
from pglast import parser

from .grammar import Tree, nodes, strings, touched
from .statements import plain

_BY_ORDER: Final = re.compile(r"\border_id(, \w+)*\)? = (\(?\$\d|o\.order_id)")
_AGGREGATES: Final = frozenset({"count", "sum", "min", "max", "avg", "bool_or", "bool_and", "array_agg", "jsonb_agg"})


class Ground(NamedTuple):
    """What the statements stand on.

    spread      tables that lie by order
    everywhere  tables that every machine has
    views       by view: the tables it reads
    """

    spread: Collection[str]
    everywhere: Collection[str]
    views: Mapping[str, Collection[str]]

    def tables(self, names: Collection[str]) -> set[str]:
        """The tables behind tables and views; temporary ones and PostgreSQL's own are nobody's."""
        behind = {table for name in names for table in self.views.get(name, (name,))}
        return {each for each in behind if "." in each and each.partition(".")[0] not in ("pg_temp", "pg_catalog")}


def breaches(text: str, ground: Ground) -> Iterator[str]:
    """Say which rules a statement breaks.

    text  as psycopg gets it, or as it stands in a function
    """
    numbered = plain(text)
    done = touched(numbered)
    tables = ground.tables(done.writes | done.reads)
    spread = tables & set(ground.spread)
    if not spread:
        return
    beside = tables - spread - set(ground.everywhere)
    if beside:
        yield f"joins {sorted(spread)} with {sorted(beside)}, which the workers do not have"
    by_order = _BY_ORDER.search(numbered) is not None
    kinds = {kind for kind, _ in nodes(_tree(numbered))}
    if "LockingClause" in kinds and not by_order:
        yield "locks rows of several machines"
    changes = kinds & {"UpdateStmt", "DeleteStmt"} and done.writes & spread
    if changes and not by_order:
        yield "changes rows of several machines"
    if any(_sums_up_unsorted(node) for node in _laterals(_tree(numbered))):
        yield "sums up beside each row, and not by group"


def _laterals(tree: Tree) -> Iterator[dict[str, Tree]]:
    for kind, node in nodes(tree):
        if kind == "RangeSubselect" and node.get("lateral"):
            yield node


def _sums_up_unsorted(lateral: dict[str, Tree]) -> bool:
    """Whether a lateral subquery has an aggregate and no GROUP BY."""
    [select] = [node for kind, node in nodes(lateral.get("subquery")) if kind == "SelectStmt"][:1]
    called = {
        word
        for kind, node in nodes(select.get("targetList"))
        if kind == "FuncCall"
        for word in strings(node.get("funcname"))
    }
    return bool(called & _AGGREGATES) and not select.get("groupClause")


def _tree(text: str) -> Tree:
    tree: Tree = msgspec.json.decode(parser.parse_sql_json(text))
    return tree
