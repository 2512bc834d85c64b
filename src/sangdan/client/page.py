"""One page of a list."""

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some of a list's entries.

    items  in the list's order
    next   the `cursor` that gives the following page; None on the last
    """

    items: tuple[T, ...]
    next: str | None
