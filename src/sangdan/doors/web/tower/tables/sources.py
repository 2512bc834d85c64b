"""Where a table's rows come from: a room's listing, page by page, or rows that are few enough to be at hand."""

import heapq
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from sangdan.doors.web.words import Words
from sangdan.kit import lists
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.lists import Listing, Wish

Row = TypeVar("Row")
StructRow = TypeVar("StructRow", bound=msgspec.Struct)
Key: TypeAlias = tuple[Any, ...]

_KINDS: Final[Mapping[str, type]] = {
    "timestamptz": datetime, "uuid": UUID, "text": str, "bigint": int, "integer": int, "date": date,
}  # fmt: skip


class Asked(msgspec.Struct, frozen=True):
    """Who asks, when, in which language, and the transaction to look in."""

    conn: Conn
    seer: Seer
    at: datetime
    say: Words


class Source(Protocol[Row]):
    """Rows in an order, filtered, from a key on."""

    @property
    def orders(self) -> Sequence[str]:
        """Its orderings by name."""
        ...

    async def page(self, asked: Asked, wish: Wish, limit: int) -> Sequence[Row]:
        """Rows after a key."""
        ...

    async def end(self, asked: Asked, wish: Wish) -> Key | None:
        """The key at which a page stopped looking for more; None when it came to the end."""
        ...

    def key(self, row: Row, order: str) -> Key:
        """What tells a row from all others in an order, as JSON can hold it."""
        ...

    def kind(self, order: str) -> Any:
        """The type of a key, for msgspec."""
        ...


class Listed(Generic[StructRow]):
    """A room's listing.

    rows     reads a page of it: a room's command, which takes seen_by
    listing  the same room's
    """

    def __init__(
        self,
        listing: Listing,
        rows: Callable[[Conn, str | None, Wish, int], Awaitable[Sequence[StructRow]]],
    ) -> None:
        self._listing = listing
        self._rows = rows

    @property
    def orders(self) -> Sequence[str]:
        return tuple(self._listing.orders)

    async def page(self, asked: Asked, wish: Wish, limit: int) -> Sequence[StructRow]:
        return await self._rows(asked.conn, asked.seer.seen_by, wish, limit)

    async def end(self, asked: Asked, wish: Wish) -> Key | None:
        return await lists.end(asked.conn, self._listing, wish, seen_by=asked.seer.seen_by)

    def key(self, row: StructRow, order: str) -> Key:
        return lists.key_of(row, self._listing, order)

    def kind(self, order: str) -> Any:
        columns = self._listing.orders[order].columns
        return tuple[tuple(_KINDS[kind] for _, kind in columns)]


class Rows(Generic[Row]):
    """Rows that are at hand, a few thousand at most.

    rows     all that the asker may see
    orders   by name: the key of a row, of texts and whole numbers alone, which tells it from all others
    filters  by name: whether a row is what a filter's value asks for
    """

    def __init__(
        self,
        rows: Callable[[Asked], Awaitable[Sequence[Row]]],
        orders: Mapping[str, Callable[[Row], Key]],
        filters: Mapping[str, Callable[[Row, Any], bool]] | None = None,
    ) -> None:
        self._rows = rows
        self._orders = orders
        self._filters = filters or {}

    @property
    def orders(self) -> Sequence[str]:
        return tuple(self._orders)

    async def page(self, asked: Asked, wish: Wish, limit: int) -> Sequence[Row]:
        key = self._orders[wish.order]
        found = [
            row
            for row in await self._rows(asked)
            if all(self._filters[name](row, value) for name, value in wish.filters.items())
        ]
        if wish.after is not None:
            found = [row for row in found if (key(row) < wish.after if wish.descending else key(row) > wish.after)]
        first = heapq.nlargest if wish.descending else heapq.nsmallest
        return first(limit, found, key)

    async def end(self, asked: Asked, wish: Wish) -> Key | None:
        return None

    def key(self, row: Row, order: str) -> Key:
        return self._orders[order](row)

    def kind(self, order: str) -> Any:
        return tuple[int | str, ...]
