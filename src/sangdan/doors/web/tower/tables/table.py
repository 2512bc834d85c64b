"""A table as its page declares it."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

from sangdan.doors.web.words import mark
from sangdan.kit.access import Role

from .actions import Action
from .columns import Column
from .filters import Filter
from .sources import Asked, Source

Row = TypeVar("Row")


class Table(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """One list of the tower.

    path      of its page, below /tower: "/orders"
    title     marked English
    roles     who may see it
    columns   from left to right; the first tells which row it is
    filters   from left to right
    source    where its rows come from
    order     that stands when none is asked for, with '-' before it when it descends
    row_id    what actions and tests know a row by
    link      the row's own page, None when it has none
    actions   on rows
    called    what people call a row, by its id, also one with which nothing can be done; None: by that id. Raises a
              Problem when there is no such row
    lead      one marked sentence under the title
    empty     marked English: what to say when there are no rows at all
    above     a template that stands between title and table, '' for none
    doing     a template of what stands beside the title, '' for none
    per_page  rows, 1..200
    """

    path: str
    title: str
    roles: frozenset[Role]
    columns: tuple[Column[Row], ...]
    source: Source[Row]
    order: str
    row_id: Callable[[Row], str]
    filters: tuple[Filter, ...] = ()
    link: Callable[[Row], str] | None = None
    actions: tuple[Action, ...] = ()
    called: Callable[[Asked, str], Awaitable[str]] | None = None
    lead: str = ""
    empty: str = mark("There is nothing here yet.")
    above: str = ""
    doing: str = ""
    per_page: int = 50

    @property
    def name(self) -> str:
        """What saved views and exported files are called by."""
        return self.path.strip("/").replace("/", "-")

    @property
    def url(self) -> str:
        """Where its page is."""
        return f"/tower{self.path}"
