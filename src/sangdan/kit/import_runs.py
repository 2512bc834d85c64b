"""Files that somebody brought in: what became of their rows, and those that were not taken."""

from datetime import datetime, timedelta
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from .db import Conn, Json, many, maybe, run, value

KEPT: Final = timedelta(days=30)
MOST_BYTES: Final = 4 << 20

BEGIN: Final[LiteralString] = """
    INSERT INTO kit.import_run (run_id, kind, file, client_id, begun_at)
    VALUES (%(run_id)s, %(kind)s, %(file)s, %(client_id)s, %(at)s)
    ON CONFLICT (run_id) DO NOTHING
"""
FINISH: Final[LiteralString] = """
    UPDATE kit.import_run
       SET (ended_at, rows, loaded, unchanged, rejected, reasons, rejects)
         = (%(at)s, %(rows)s, %(loaded)s, %(unchanged)s, %(rejected)s, %(reasons)s, %(rejects)s)
     WHERE run_id = %(run_id)s
"""
FORGET: Final[LiteralString] = (
    "UPDATE kit.import_run SET rejects = NULL WHERE rejects IS NOT NULL AND begun_at < %(before)s"
)
_RUN: Final[LiteralString] = """
    SELECT run_id, kind, file, client_id, begun_at, ended_at, rows, loaded, unchanged, rejected, reasons,
           rejects IS NOT NULL AS has_rejects
      FROM kit.import_run
"""
RUN: Final[LiteralString] = _RUN + " WHERE run_id = %(run_id)s"
RUNS: Final[LiteralString] = (
    _RUN
    + """
     WHERE (%(kind)s::text IS NULL OR kind = %(kind)s)
       AND (%(before)s::uuid IS NULL OR run_id < %(before)s)
     ORDER BY run_id DESC LIMIT %(limit)s
"""
)
REJECTS: Final[LiteralString] = "SELECT rejects FROM kit.import_run WHERE run_id = %(run_id)s"


class ImportRun(msgspec.Struct, frozen=True):
    """One file; its counts are 0 and `ended_at` is None while it is read, or when that was interrupted.

    reasons      how often each short reason rejected a row
    has_rejects  the rejected rows are kept: not those of persons, and not for longer than KEPT
    """

    run_id: UUID
    kind: str
    file: str
    client_id: str
    begun_at: datetime
    ended_at: datetime | None
    rows: int
    loaded: int
    unchanged: int
    rejected: int
    reasons: dict[str, int]
    has_rejects: bool


class Counts(msgspec.Struct, frozen=True):
    """What became of a file's rows."""

    rows: int
    loaded: int
    unchanged: int
    rejected: int
    reasons: dict[str, int]


async def begin(conn: Conn, run_id: UUID, kind: str, file: str, client_id: str, at: datetime) -> bool:
    """Note that a file is being read; False when it was before. What was rejected long ago is let go of."""
    await run(conn, FORGET, before=at - KEPT)
    return bool(await run(conn, BEGIN, run_id=run_id, kind=kind, file=file, client_id=client_id, at=at))


async def finish(conn: Conn, run_id: UUID, counts: Counts, rejects: bytes | None, at: datetime) -> None:
    """Note what became of it.

    rejects  as a CSV file; None to keep none
    """
    reasons: dict[str, Any] = counts.reasons
    await run(
        conn, FINISH, run_id=run_id, rows=counts.rows, loaded=counts.loaded, unchanged=counts.unchanged,
        rejected=counts.rejected, reasons=Json(reasons), rejects=rejects, at=at,
    )  # fmt: skip


async def find(conn: Conn, run_id: UUID) -> ImportRun | None:
    """One of them."""
    return await maybe(conn, ImportRun, RUN, run_id=run_id)


async def latest(conn: Conn, kind: str | None, before: UUID | None, limit: int) -> list[ImportRun]:
    """The latest first, before a known one."""
    return await many(conn, ImportRun, RUNS, kind=kind, before=before, limit=limit)


async def rejects(conn: Conn, run_id: UUID) -> bytes | None:
    """The rejected rows as a CSV file; None when none are kept."""
    kept = await value(conn, REJECTS, run_id=run_id)
    return None if kept is None else bytes(kept)
