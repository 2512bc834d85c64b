"""Files that are brought in: one form for all kinds, what became of each, and the rows that were not taken."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import polars as pl
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from sangdan.adapters import tables
from sangdan.adapters.confined import Readers
from sangdan.doors.web.answers import words
from sangdan.doors.web.field_names import FIELDS
from sangdan.doors.web.names import actor_name
from sangdan.doors.web.words import Words, mark
from sangdan.flows import import_desk, import_rows
from sangdan.flows.import_rows import KINDS, SEALED
from sangdan.kit import import_runs
from sangdan.kit.access import Seer
from sangdan.kit.bulk import LINE, REASON
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids
from sangdan.kit.import_runs import ImportRun
from sangdan.kit.problems import NotFound, Problem
from sangdan.kit.vault import Vault

from .forms import Sent, told, unfit
from .frame import page
from .places import TOWER
from .reject_words import reasons, short

SHOWN: Final = 30
REJECTS: Final = 100
CSV: Final = "text/csv; charset=utf-8"
BOM: Final = "\ufeff"
KIND: Final[Mapping[str, str]] = {
    "partners": mark("Allies"),
    "contracts": mark("Contracts"),
    "disclosures": mark("Sellers' details"),
    "calendars": mark("Calendars"),
    "calendar-days": mark("Dates that differ"),
    "zones": mark("Zones"),
    "postcodes": mark("Postcodes"),
    "nodes": mark("Nodes"),
    "lanes": mark("Lanes"),
    "surcharges": mark("Surcharges"),
    "categories": mark("Categories"),
    "products": mark("Products"),
    "product-texts": mark("Product texts"),
    "skus": mark("SKUs"),
    "contents": mark("Contents for unit prices"),
    "kits": mark("Kits"),
    "offers": mark("Offers"),
    "rates": mark("Exchange rates"),
    "stock": mark("Stock counts"),
    "stock-rules": mark("Stock rules"),
    "inbound": mark("Announced supply"),
    "members": mark("Members"),
    "people": mark("People"),
    "synonyms": mark("Other names for searching"),
}


class Shown(msgspec.Struct, frozen=True):
    """Rejected rows as the page shows them.

    columns  of the file
    rows     its line, what is wrong with it in the page's language, its cells
    """

    columns: list[str]
    rows: list[tuple[str, list[str], tuple[str | None, ...]]]


class NoSuchImportRun(NotFound):
    """There was no such import, or its rejected rows are not kept any more."""

    code = "no-such-import-run"


@get("/imports", opt={"roles": TOWER})
async def imports(
    request: Request[Seer, Any, Any],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
) -> Response[Any]:
    """What was brought in, and a form to bring in more."""
    async with pool.transaction() as conn:
        return await _desk(request, conn, ids.new(at))


@post("/imports", status_code=200, opt={"roles": TOWER})
async def bring(
    request: Request[Seer, Any, Any],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
    vault: NamedDependency[Vault],
    readers: NamedDependency[Readers],
) -> Response[Any]:
    """Bring a file in: good rows are taken, the others kept to be mended. The same form sent twice is one import."""
    form = await request.form()
    fields = Sent({name: each for name, each in form.multi_items() if isinstance(each, str)})
    file = form.get("file")
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise unfit("file", "")
        kind, run_id = fields.text("kind"), fields.id("run")
        import_rows.kind_of(kind)
        frame = await _read(await file.read(), file.filename, readers)
        await import_desk.take(pool, vault, request.user, run_id, kind, file.filename, frame, spelled, at)
    except Problem as problem:
        wrong, status = told(request, problem)
        async with pool.transaction() as conn:
            return await _desk(request, conn, ids.new(at), wrong, status, fields.fields.get("kind", ""))
    return Redirect(f"/tower/imports/{run_id}", status_code=303)


@get("/imports/{run_id:uuid}", opt={"roles": TOWER})
async def import_(
    request: Request[Seer, Any, Any], run_id: FromPath[UUID], pool: NamedDependency[Pool]
) -> Response[Any]:
    """What became of one file, and the first rows that were not taken."""
    async with pool.transaction() as conn:
        run, rejects = await _found(conn, run_id), await import_runs.rejects(conn, run_id)
    say = words(request)
    shown = await asyncio.to_thread(_first, rejects, say) if rejects is not None else None
    counts = [(short(reason, say), count) for reason, count in sorted(run.reasons.items(), key=lambda each: -each[1])]
    return page(
        request, "tower/import.html",
        run=run, kind=_kind(run.kind, say), shown=shown, most=REJECTS, personal=run.kind in SEALED,
        shares=_shares(run), reasons=counts, fields=FIELDS, by=actor_name(run.client_id, say),
    )  # fmt: skip


@get("/imports/{run_id:uuid}/rejects.csv", opt={"roles": TOWER})
async def rejects(
    request: Request[Seer, Any, Any], run_id: FromPath[UUID], pool: NamedDependency[Pool]
) -> Response[bytes]:
    """The rows that were not taken, with what is wrong with each: mend them and bring them in again."""
    async with pool.transaction() as conn:
        run, kept = await _found(conn, run_id), await import_runs.rejects(conn, run_id)
    if kept is None:
        raise NoSuchImportRun("Its rejected rows are not kept.")
    headers = {
        "content-disposition": f'attachment; filename="{run.kind}.rejects.csv"',
        "cache-control": "no-store",
    }
    return Response(kept, media_type=CSV, headers=headers)


@get("/imports/columns/{kind:str}", opt={"roles": TOWER})
async def columns(request: Request[Seer, Any, Any], kind: FromPath[str]) -> Response[bytes]:
    """An empty file of a kind to start from: its header and one row that fits."""
    text = import_rows.template(import_rows.kind_of(kind))
    headers = {"content-disposition": f'attachment; filename="{kind}.csv"', "cache-control": "no-store"}
    return Response((BOM + text).encode(), media_type=CSV, headers=headers)


def spelled(rows: pl.DataFrame) -> bytes:
    """Rows as CSV that spreadsheets open in Korean."""
    return (BOM + tables.spelled(rows)).encode()


async def _read(body: bytes, name: str, readers: Readers) -> pl.DataFrame:
    if not tables.is_text(body):
        return await readers.parse(body, name)
    return (await asyncio.to_thread(tables.parse, body, name)).frame


def _first(kept: bytes, say: Words) -> Shown:
    """The first rows of a file of rejects."""
    rows = tables.unguarded(pl.read_csv(kept.removeprefix(BOM.encode()), infer_schema=False, n_rows=REJECTS))
    cells = rows.drop(LINE, REASON)
    told = [(line, reasons(why or "", say, KIND)) for line, why in rows.select(LINE, REASON).iter_rows()]
    return Shown(cells.columns, [(*each, row) for each, row in zip(told, cells.iter_rows(), strict=True)])


async def _found(conn: Conn, run_id: UUID) -> ImportRun:
    run = await import_runs.find(conn, run_id)
    if run is None:
        raise NoSuchImportRun(f"There was no import {run_id}.")
    return run


def _shares(run: ImportRun) -> list[tuple[str, float, float]]:
    """What became of the rows, as parts of a line: kind, begin and width in hundredths."""
    parts: list[tuple[str, float, float]] = []
    begin = 0.0
    for kind, count in (("loaded", run.loaded), ("unchanged", run.unchanged), ("rejected", run.rejected)):
        width = 100 * count / max(run.rows, 1)
        parts.append((kind, begin, width))
        begin += width
    return parts


def _kind(name: str, say: Words) -> str:
    return say(KIND[name]) if name in KIND else name


async def _desk(
    request: Request[Seer, Any, Any], conn: Conn, run_id: UUID, wrong: str = "", status: int = 200, chosen: str = ""
) -> Response[Any]:
    say = words(request)
    runs = await import_runs.latest(conn, None, None, SHOWN)
    return page(
        request, "tower/imports.html", status,
        runs=[(each, _kind(each.kind, say), actor_name(each.client_id, say)) for each in runs],
        run_id=run_id, wrong=wrong,
        kinds=[(name, _kind(name, say)) for name in KINDS], chosen=chosen or request.query_params.get("kind", "stock"),
        ours=(LINE, REASON),
    )  # fmt: skip


PAGES: Final = (imports, import_, rejects, columns)
UPLOADS: Final = (bring,)
