"""Views of a list that people keep: a name, and the query of the page's address; some are for all of their ally."""

from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from .db import Conn, many, run
from .problems import Conflict, NotFound

LONGEST_NAME: Final = 60
LONGEST_QUERY: Final = 2_000
MOST: Final = 100

SAVE: Final[LiteralString] = """
    -- The same name on the same page is the same view, said anew.
    INSERT INTO kit.saved_view AS old (view_id, owner_id, team, page, name, query, shared, saved_at)
    SELECT %(view_id)s, %(owner_id)s, %(team)s, %(page)s, %(name)s, %(query)s, %(shared)s, %(at)s
     WHERE (SELECT count(*) FROM kit.saved_view v WHERE v.owner_id = %(owner_id)s) < %(most)s
        OR EXISTS (SELECT FROM kit.saved_view v
                    WHERE (v.owner_id, v.page, v.name) = (%(owner_id)s, %(page)s, %(name)s))
    ON CONFLICT (owner_id, page, name) DO UPDATE
       SET (query, shared, saved_at) = (excluded.query, excluded.shared, excluded.saved_at)
"""
VIEWS: Final[LiteralString] = """
    SELECT view_id, name, query, shared, owner_id = %(owner_id)s AS own
      FROM kit.saved_view
     WHERE page = %(page)s AND (owner_id = %(owner_id)s OR shared AND team = %(team)s)
     ORDER BY name, view_id
"""
REMOVE: Final[LiteralString] = """
    DELETE FROM kit.saved_view WHERE view_id = %(view_id)s AND owner_id = %(owner_id)s AND page = %(page)s
"""


class SavedView(msgspec.Struct, frozen=True):
    """A view as it is offered; `own` ones can be removed."""

    view_id: UUID
    name: str
    query: str
    shared: bool
    own: bool


class TooManyViews(Conflict):
    """As many views are kept as one person may have."""

    code = "too-many-views"


class NoSuchView(NotFound):
    """No view of one's own by that id."""

    code = "no-such-view"


async def save(
    conn: Conn, view_id: UUID, owner_id: str, team: str | None, page: str, name: str, query: str, at: datetime,
    *, shared: bool,
) -> None:  # fmt: skip
    """Keep a view; one of the same name is replaced.

    owner_id  whoever is signed in
    team      their ally; None for the tower
    page      the list's name
    name      1..60 characters
    query     of the address, up to 2,000 characters
    shared    for everybody of the team
    raises    TooManyViews
    """
    saved = await run(
        conn, SAVE, view_id=view_id, owner_id=owner_id, team=team or "", page=page, name=name, query=query,
        shared=shared, at=at, most=MOST,
    )  # fmt: skip
    if not saved:
        raise TooManyViews(f"You keep {MOST} views already; remove one that you no longer use.", most=MOST)


async def views(conn: Conn, owner_id: str, team: str | None, page: str) -> list[SavedView]:
    """The views of a page that somebody is offered, by name."""
    return await many(conn, SavedView, VIEWS, owner_id=owner_id, team=team or "", page=page)


async def remove(conn: Conn, view_id: UUID, owner_id: str, page: str) -> None:
    """Keep a view of one's own no longer.

    raises  NoSuchView, also for somebody else's
    """
    if not await run(conn, REMOVE, view_id=view_id, owner_id=owner_id, page=page):
        raise NoSuchView("There is no such view of yours; it may be gone already.")
