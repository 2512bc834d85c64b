"""Long lists in pages: a cursor names the row after which the next page begins, so new rows shift nothing."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar

import msgspec
from litestar.params import QueryParameter

from sangdan.doors.problems import DoorProblem

MOST: Final = 200

Row = TypeVar("Row")
Key = TypeVar("Key")

Limit: TypeAlias = Annotated[int, QueryParameter(ge=1, le=MOST, description="Rows on a page.")]
Cursor: TypeAlias = Annotated[str | None, QueryParameter(max_length=1000, description="`next` of the page before.")]


class CursorUnreadable(DoorProblem):
    """Not a cursor that this list gave out."""

    code = "cursor-unreadable"
    status = 422


class Page(msgspec.Struct, Generic[Row], frozen=True):
    """Some rows of a list.

    next  the cursor of the next page; null on the last
    """

    items: list[Row]
    next: str | None


def read_cursor(cursor: str | None, first: Key, kind: type[Key]) -> Key:
    """The key after which to go on.

    cursor  as given by `page`, None for the first page
    first   a key before all rows
    kind    the type of the key, for msgspec
    raises  CursorUnreadable
    """
    if cursor is None:
        return first
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode()), type=kind)
    except (binascii.Error, msgspec.MsgspecError, ValueError) as wrong:
        raise CursorUnreadable("Send the `next` of the page before as it was given, or no cursor to begin.") from wrong


def page(rows: Sequence[Row], limit: int, key: Callable[[Row], Any]) -> Page[Row]:
    """A page of rows that were asked for with `limit` + 1.

    rows   0..limit + 1, in the order of their key
    limit  1..200
    key    what `read_cursor` will give back
    """
    assert len(rows) <= limit + 1
    if len(rows) <= limit:
        return Page(list(rows), None)
    return Page(list(rows[:limit]), said(key(rows[limit - 1])))


def said(key: Any) -> str:
    """The cursor that gives this key back."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode()
