"""Long lists that people filter, sort and leaf through: one statement for each wish, made of pieces that a room wrote.

Only what is asked for stands in the statement, so that an index serves it; the next page begins after a row's key, so
that new rows shift nothing and the thousandth page costs what the first does.
"""

from collections.abc import Mapping
from typing import Any, Final, LiteralString, TypeVar

import msgspec

from .db import Conn, many

T = TypeVar("T", bound=msgspec.Struct)

# As many columns as an ordering may have.
_AFTER: Final[tuple[LiteralString, ...]] = ("%(after_0)s", "%(after_1)s", "%(after_2)s", "%(after_3)s")


class Order(msgspec.Struct, frozen=True):
    """One way to sort a list; its columns together tell every row from every other, and none is ever NULL.

    columns  expressions of the statement with their SQL types: ("o.placed_at", "timestamptz"), ("o.order_id", "uuid")
    fields   the same columns as fields of the row
    """

    columns: tuple[tuple[LiteralString, LiteralString], ...]
    fields: tuple[str, ...]


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
    """

    select: LiteralString
    where: Mapping[str, LiteralString]
    orders: Mapping[str, Order]

    def statement(self, filters: Mapping[str, object], order: str, *, descending: bool, after: bool) -> LiteralString:
        """The statement for one wish; it asks for the filters' values, after_0, after_1, ... and limit.

        filters  those that are set, by name
        after    whether a page before this one was seen
        """
        chosen = self.orders[order].columns
        pieces: list[LiteralString] = [self.select]
        for name, value in filters.items():
            pieces.append(self.where[f"{name}:{value.name}" if isinstance(value, Which) else name])
        if after:
            keys: list[LiteralString] = []
            names: list[LiteralString] = []
            for key, (name, kind) in zip(_AFTER, chosen, strict=False):
                names.append(name)
                keys.append(key + "::" + kind)
            compared: LiteralString = ") < (" if descending else ") > ("
            pieces.append("(" + ", ".join(names) + compared + ", ".join(keys) + ")")
        direction: LiteralString = " DESC" if descending else ""
        ordered: list[LiteralString] = []
        for name, _ in chosen:
            ordered.append(name + direction)
        return "\n       AND ".join(pieces) + "\n     ORDER BY " + ", ".join(ordered) + "\n     LIMIT %(limit)s"


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
    values: dict[str, Any] = {**args, "limit": limit}
    for name, value in wish.filters.items():
        match value:
            case Which():
                values |= value.values
            case dict():
                values |= value
            case _:
                values[name] = value
    values |= {f"after_{place}": part for place, part in enumerate(wish.after or ())}
    return await many(conn, kind, sql, **values)


def key_of(row: msgspec.Struct, listing: Listing, order: str) -> tuple[Any, ...]:
    """The key of a row, after which the next page begins."""
    return tuple(getattr(row, name) for name in listing.orders[order].fields)
