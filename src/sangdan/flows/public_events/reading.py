"""Public events in the order of the feed, page by page, for one viewer."""

from collections.abc import Sequence
from typing import Final

import msgspec

from sangdan.kit import feed
from sangdan.kit.db import Conn
from sangdan.kit.problems import Conflict

from .kinds import facts_of
from .surroundings import gather
from .view import Event, Viewer, view

BATCH: Final = 500
# An ally that few facts concern waits for the look through so many batches at most, and then asks again.
BATCHES: Final = 10


class PositionAhead(Conflict):
    """The reader stands further than the feed goes: the database was put back to an earlier time."""

    code = "position-ahead"


class Read(msgspec.Struct, frozen=True):
    """A page of events.

    position  all that concerns the viewer up to here is in this page or was before it
    more      there may be further ones already
    """

    events: list[Event]
    position: int
    more: bool


def check_position(after: int, head: int) -> None:
    """Refuse to go on from where the feed has not come yet.

    raises  PositionAhead
    """
    if after > head:
        raise PositionAhead(
            f"Position {after} is ahead of the newest event, {head}: the alliance's database was restored to an "
            "earlier time. Go on from a position that is not ahead, and expect events you know.",
            after=after, head=head,
        )  # fmt: skip


async def read(conn: Conn, viewer: Viewer, after: int, types: Sequence[str] | None, limit: int) -> Read:
    """The events that follow a position.

    after   0 reads from the beginning
    types   public names; None for all
    limit   at most so many, >= 1
    raises  EventTypeUnknown, PositionAhead
    """
    facts = facts_of(types)
    head = await feed.head(conn)
    check_position(after, head)
    events: list[Event] = []
    position = after
    for _ in range(BATCHES):
        entries = await feed.after(conn, position, BATCH, facts)
        orders = await gather(conn, entries)
        for entry in entries:
            position = entry.position
            if (seen := view(entry, orders, viewer)) is not None:
                events.append(seen)
                if len(events) == limit:
                    return Read(events, position, more=position < head)
        if len(entries) < BATCH:
            return Read(events, max(position, head), more=False)
    return Read(events, position, more=True)
