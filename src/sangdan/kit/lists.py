"""Long lists that people filter, sort and leaf through: one statement for each wish, made of pieces that a room wrote.

Only what is asked for stands in the statement, so that an index serves it; the next page begins after a row's key, so
that new rows shift nothing and the thousandth page costs what the first does. Of a table that grows without end a page
looks at so many rows and no more, so that what few rows fit, or none, costs no more than that; whoever goes on looking
begins where it stopped.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, LiteralString, TypeVar

import msgspec

from .db import Conn, many

T = TypeVar("T", bound=msgspec.Struct)

# As many columns as an ordering may have.
_AFTER: Final[tuple[LiteralString, ...]] = ("%(after_0)s", "%(after_1)s", "%(after_2)s", "%(after_3)s")


class Order(msgspec.Struct, frozen=True):
    """One way to sort a list; its columns together tell every row from every other, and none is ever NULL.

    columns  expressions of the statement with their SQL types: ("o.placed_at", "timestamptz"), ("o.order_id", "uuid")
    fields   the same columns as fields of the row, and of the listing's `rows`
    served   conditions that an index serves together with this order: they choose the rows that are looked at
    bounds   by a condition, what it means for this order's first column: nothing is looked at that cannot fit it
    apart    by a condition, what is looked at instead of the listing's `rows`: what fits it, and little more
    """

    columns: tuple[tuple[LiteralString, LiteralString], ...]
    fields: tuple[str, ...]
    served: frozenset[str] = frozenset()
    bounds: Mapping[str, LiteralString] = {}
    apart: Mapping[str, LiteralString] = {}


class Which(msgspec.Struct, frozen=True):
    """A filter's value that has a condition of its own: where["state:open"], say.

    values  by the names that the condition asks for
    """

    name: str
    values: Mapping[str, Any] = {}


class Listing(msgspec.Struct, frozen=True):
    """A list as its room offers it.

    select   a whole statement that ends in its WHERE, so that conditions can follow with AND
    where    conditions by the name of their filter, or FILTER:WHICH; each speaks of %(name)s, or of names of its own
    orders   by name
    rows     the rows that a page looks at, a statement that ends in its WHERE as well, and a part of `select`; '' for a
             list that is always looked through whole
    most     so many of the rows are looked at for a page, >= the most that are asked for
    """

    select: LiteralString
    where: Mapping[str, LiteralString]
    orders: Mapping[str, Order]
    rows: LiteralString = ""
    most: int = 10_000

    def statement(self, filters: Mapping[str, object], order: str, *, descending: bool, after: bool) -> LiteralString:
        """The statement for one wish; it asks for the filters' values, after_0, after_1, ..., most and limit.

        filters  those that are set, by name
        after    whether a page before this one was seen
        """
        sort, keys = self.orders[order], _keys(filters)
        pieces: list[LiteralString] = [self.select]
        if self.rows:
            looked = self._looked(keys, sort, descending, after)
            pieces[0] = self.select.replace(self.rows, looked + "\n     LIMIT %(most)s")
        elif after:
            pieces.append(_beyond(sort, descending))
        for key in keys:
            if not self.rows or key not in sort.served:
                pieces.append(self.where[key])
        return "\n       AND ".join(pieces) + _sorted(sort, descending) + "\n     LIMIT %(limit)s"

    def end(self, filters: Mapping[str, object], order: str, *, descending: bool, after: bool) -> LiteralString:
        """The statement for the last row that a page looks at; nothing when the list ends before."""
        looked = self._looked(_keys(filters), self.orders[order], descending, after)
        return looked + "\n    OFFSET %(most)s - 1 LIMIT 1"

    def _looked(self, keys: Sequence[str], sort: Order, descending: bool, after: bool) -> LiteralString:
        """The rows that a page is taken from, in their order."""
        pieces: list[LiteralString] = [self.rows]
        for key in keys:
            pieces[0] = sort.apart.get(key, pieces[0])
            if key in sort.served:
                pieces.append(self.where[key])
            if key in sort.bounds:
                pieces.append(sort.bounds[key])
        if after:
            pieces.append(_beyond(sort, descending))
        return "\n       AND ".join(pieces) + _sorted(sort, descending)


def _keys(filters: Mapping[str, object]) -> list[str]:
    """The conditions that are set."""
    return [f"{name}:{value.name}" if isinstance(value, Which) else name for name, value in filters.items()]


def _beyond(sort: Order, descending: bool) -> LiteralString:
    """Rows after a key."""
    keys: list[LiteralString] = []
    names: list[LiteralString] = []
    for key, (name, kind) in zip(_AFTER, sort.columns, strict=False):
        names.append(name)
        keys.append(key + "::" + kind)
    compared: LiteralString = ") < (" if descending else ") > ("
    return "(" + ", ".join(names) + compared + ", ".join(keys) + ")"


def _sorted(sort: Order, descending: bool) -> LiteralString:
    direction: LiteralString = " DESC" if descending else ""
    ordered: list[LiteralString] = []
    for name, _ in sort.columns:
        ordered.append(name + direction)
    return "\n     ORDER BY " + ", ".join(ordered)


class Wish(msgspec.Struct, frozen=True):
    """What somebody wants to see of a list.

    filters  what their conditions ask for: a value, several by their names, or a Which
    order    one of the listing's
    after    the key of the last row that was seen, in the order's columns; None for the first page
    """

    filters: Mapping[str, Any]
    order: str
    descending: bool = False
    after: tuple[Any, ...] | None = None


async def page(conn: Conn, kind: type[T], listing: Listing, wish: Wish, limit: int, /, **args: Any) -> list[T]:
    """Rows of a list, in their order.

    limit  >= 1
    args   what the statement itself asks for: seen_by, ...
    """
    sql = listing.statement(wish.filters, wish.order, descending=wish.descending, after=wish.after is not None)
    return await many(conn, kind, sql, **_values(listing, wish), **args, limit=limit)


async def end(conn: Conn, listing: Listing, wish: Wish, /, **args: Any) -> tuple[Any, ...] | None:
    """Where a page stops looking: the key of the last row that it looks at; None when it comes to the list's end.

    The row may be one that the asker must not know of: a door seals the key before it shows it.

    args   as in `page`
    """
    if not listing.rows:
        return None
    sql = listing.end(wish.filters, wish.order, descending=wish.descending, after=wish.after is not None)
    cursor = await conn.execute(sql, {**_values(listing, wish), **args})
    row = await cursor.fetchone()
    if row is None or cursor.description is None:
        return None
    named = dict(zip((column.name for column in cursor.description), row, strict=True))
    return tuple(named[name] for name in listing.orders[wish.order].fields)


def _values(listing: Listing, wish: Wish) -> dict[str, Any]:
    """What a statement is given for a wish."""
    values: dict[str, Any] = {"most": listing.most}
    for name, value in wish.filters.items():
        match value:
            case Which():
                values |= value.values
            case dict():
                values |= value
            case _:
                values[name] = value
    return values | {f"after_{place}": part for place, part in enumerate(wish.after or ())}


def key_of(row: msgspec.Struct, listing: Listing, order: str) -> tuple[Any, ...]:
    """The key of a row, after which the next page begins."""
    return tuple(getattr(row, name) for name in listing.orders[order].fields)
