"""Rows in bulk, as `sangdan import` takes them from files."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
import polars as pl
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from sangdan.adapters import ndjson, tables
from sangdan.adapters.confined import Readers
from sangdan.adapters.tables import EncodingWrong, FileEmpty, FileUnreadable
from sangdan.doors.problems import DoorProblem, RoleMayNot, problems
from sangdan.flows import import_rows
from sangdan.flows.import_rows import HeaderWrong, KindUnknown, Report
from sangdan.flows.import_rows.check import numbered
from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.bulk import LINE, REASON
from sangdan.kit.db import Conn, Pool
from sangdan.kit.vault import Vault

REJECTS_SHOWN: Final = 1000
NAME: Final = "the body"

# Kinds that an ally may bring itself, and the column that says whose a row is. The others are the tower's.
OWNED: Final[Mapping[str, str]] = {
    "offers": "seller_id",
    "stock": "owner_id",
    "inbound": "owner_id",
    "people": "shop_id",
}

Form = Literal["csv", "ndjson"]
FORMS: Final[Mapping[str, Form]] = {
    "text/csv": "csv",
    "application/vnd.apache.parquet": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "csv",
    "application/x-ndjson": "ndjson",
    "application/jsonl": "ndjson",
}


class MediaTypeUnknown(DoorProblem):
    """A body in a form that this address does not read."""

    code = "media-type-unknown"
    status = 415


class Rejected(msgspec.Struct, frozen=True):
    """A row that was not taken: its line in what was sent, from 1, and all that is wrong with it."""

    line: int
    reason: str


class Imported(msgspec.Struct, frozen=True):
    """What became of the rows; rows = loaded + unchanged + rejected.

    loaded     new, or different from what was known
    unchanged  known exactly so
    reasons    how often each short reason rejected a row
    rejects    the first 1,000 rejected rows
    """

    kind: str
    rows: int
    loaded: int
    unchanged: int
    rejected: int
    reasons: dict[str, int]
    rejects: list[Rejected]


class Within:
    """Lets an import write in a transaction that is open already, so that it commits with the rest of a request.

    conn  the open one
    """

    def __init__(self, conn: Conn) -> None:
        self._conn = conn

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Conn]:
        """A part of the open transaction."""
        async with self._conn.transaction():
            yield self._conn


def mark_foreign(frame: pl.DataFrame, kind: str, seer: Seer) -> pl.DataFrame:
    """Mark the rows that are not the asker's own as rejected.

    frame   with or without LINE and REASON
    raises  RoleMayNot for a kind that belongs to the whole alliance, when the asker is one of the allies
    """
    if seer.seen_by is None:
        return frame
    column = OWNED.get(kind)
    if column is None:
        raise RoleMayNot(f"Only the tower may import {kind}.", role=seer.role)
    frame = numbered(frame)
    if column not in frame.columns:
        return frame  # the import itself tells that the column is missing
    foreign = pl.col(REASON).is_null() & (pl.col(column).str.strip_chars() != seer.seen_by)
    says = pl.lit(f"{column}: rows of other allies are not yours to import")
    frame = frame.with_columns(pl.when(foreign).then(says).otherwise(pl.col(REASON)).alias(REASON))
    return frame if seer.node_ids is None else _mark_elsewhere(frame, seer.node_ids)


def _mark_elsewhere(frame: pl.DataFrame, node_ids: frozenset[str]) -> pl.DataFrame:
    """Mark the rows that are not of these nodes, or of none at all, as rejected."""
    named = pl.col("node_id") if "node_id" in frame.columns else pl.lit("")
    elsewhere = pl.col(REASON).is_null() & ~named.str.strip_chars().is_in(sorted(node_ids)).fill_null(False)
    says = pl.lit("node_id: you are confined to other nodes")
    return frame.with_columns(pl.when(elsewhere).then(says).otherwise(pl.col(REASON)).alias(REASON))


def counted(report: Imported) -> dict[str, object]:
    """What the audit keeps of an import."""
    return {"rows": report.rows, "loaded": report.loaded, "rejected": report.rejected}


def imported(report: Report) -> Imported:
    """A report as it is told over HTTP."""
    shown = report.rejects.head(REJECTS_SHOWN)
    return Imported(
        kind=report.kind,
        rows=report.rows,
        loaded=report.loaded,
        unchanged=report.unchanged,
        rejected=report.rejected,
        reasons=dict(report.reasons),
        rejects=[Rejected(line, reason) for line, reason in zip(shown[LINE], shown[REASON], strict=True)],
    )


# Safe to run twice by itself, and committed in chunks: no Idempotency-Key, no transaction around it.
@post(
    "/v1/imports/{kind:str}",
    tags=["imports"],
    status_code=200,
    opt={"own_transactions": True, "media_types": tuple(FORMS)},
    responses=problems(KindUnknown, HeaderWrong, MediaTypeUnknown, FileUnreadable, FileEmpty, EncodingWrong),
)
async def import_(
    kind: FromPath[str],
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    vault: NamedDependency[Vault],
    readers: NamedDependency[Readers],
) -> Imported:
    """Bring rows of one kind in: text/csv (UTF-8 or CP949), Parquet, XLSX or application/x-ndjson.

    Good rows are loaded, bad ones are told with their line and reason. The columns are those of `sangdan columns KIND`.
    An ally may bring its own offers, stock and inbound supply; everything else is the tower's. What is larger than a
    body may be goes through `sangdan import`.
    """
    import_rows.kind_of(kind)
    form = FORMS.get(request.content_type[0])
    if form is None:
        known = ", ".join(FORMS)
        raise MediaTypeUnknown(f"Send one of {known}.", media_type=request.content_type[0], known=known)
    body = await request.body()
    if form == "csv" and not tables.is_text(body):
        frame = await readers.parse(body, NAME)
    else:
        read = _csv if form == "csv" else _ndjson
        frame = await asyncio.to_thread(read, body)  # a large body must not stop the other requests
    report = imported(await import_rows.load(pool, kind, mark_foreign(frame, kind, seer), at, vault=vault))
    async with pool.transaction() as conn:
        await audit.note(conn, seer, at, "rows.imported", f"import/{kind}", after=counted(report))
    return report


def _csv(body: bytes) -> pl.DataFrame:
    return tables.parse(body, NAME).frame


def _ndjson(body: bytes) -> pl.DataFrame:
    return ndjson.parse(body, NAME)
