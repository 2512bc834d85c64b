"""What happened to some aggregates, told in order: facts as they were written, for people and audits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, LiteralString

import msgspec

from .db import Conn, many

HISTORY: Final[LiteralString] = """
    SELECT subject, sequence, type, at, data
      FROM kit.event WHERE subject = ANY(%(subjects)s::text[])
     ORDER BY at, subject, sequence
     LIMIT %(limit)s
"""


class Told(msgspec.Struct, frozen=True):
    """A fact as it was written; `sequence` counts per subject."""

    subject: str
    sequence: int
    type: str
    at: datetime
    data: dict[str, Any]


async def history(conn: Conn, subjects: Sequence[str], limit: int) -> list[Told]:
    """The facts of these aggregates, oldest first.

    subjects  ids of aggregates
    limit     >= 1
    """
    return await many(conn, Told, HISTORY, subjects=list(subjects), limit=limit)
