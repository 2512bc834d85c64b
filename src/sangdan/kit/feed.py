"""The feed: facts whose reactions are committed, in one order for all who follow (decisions/0006)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from .db import Conn, many, value

HEAD: Final[LiteralString] = "SELECT position FROM kit.feed_head"
AFTER: Final[LiteralString] = """
    SELECT f.position, e.event_id, e.type, e.subject, e.sequence, e.at, e.data
      FROM (SELECT position, subject, sequence
              FROM kit.feed
             WHERE position > %(after)s AND (%(types)s::text[] IS NULL OR type = ANY (%(types)s))
             ORDER BY position LIMIT %(limit)s) f
      JOIN kit.event e USING (subject, sequence)
     ORDER BY f.position
"""
SINCE: Final[LiteralString] = "SELECT coalesce(min(position) - 1, %(head)s) FROM kit.feed WHERE at >= %(at)s"
PENDING: Final[LiteralString] = """
    SELECT o.subject FROM kit.outbox o JOIN kit.event e USING (subject, sequence) WHERE e.type = %(type)s
"""


class Entry(msgspec.Struct, frozen=True):
    """A fact as it stands in the feed.

    position  1, 2, 3...; later entries have higher ones
    subject   the aggregate's id; sequence counts under it
    """

    position: int
    event_id: UUID
    type: str
    subject: str
    sequence: int
    at: datetime
    data: dict[str, Any]


async def head(conn: Conn) -> int:
    """The position of the newest entry; 0 while there is none."""
    return int(await value(conn, HEAD))


async def after(conn: Conn, position: int, limit: int, types: Sequence[str] | None = None) -> list[Entry]:
    """The entries that follow a position, in order.

    position  0 reads from the beginning
    limit     at most so many
    types     only these; None reads all
    """
    return await many(conn, Entry, AFTER, after=position, limit=limit, types=None if types is None else list(types))


async def since(conn: Conn, at: datetime) -> int:
    """The position from which `after` gives whatever happened at `at` or later."""
    return int(await value(conn, SINCE, at=at, head=await head(conn)))


async def pending(conn: Conn, kind: str) -> set[str]:
    """The subjects of facts of a kind that are not in the feed yet: committed, their reactions still to come."""
    return {row[0] for row in await (await conn.execute(PENDING, {"type": kind})).fetchall()}
