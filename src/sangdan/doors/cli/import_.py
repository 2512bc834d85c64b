"""`sangdan import`: rows from files."""

import asyncio
import time
from pathlib import Path
from typing import Final

import msgspec
import polars as pl

from sangdan.adapters import tables
from sangdan.adapters.tables import Table
from sangdan.flows.import_rows import Report, header, kind_of, load
from sangdan.kit import postgres, settings
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Pool
from sangdan.kit.problems import Invalid

from .output import Json, answer, progress

SHOWN: Final = 10


class RejectsUnclear(Invalid):
    """Rejects would go where they cannot."""

    code = "rejects-unclear"


class Imported(msgspec.Struct, frozen=True):
    """What became of one file's rows; see flows.import_rows.Report.

    rejects  where the rejected rows are, None when there are none
    """

    file: str
    rows: int
    loaded: int
    unchanged: int
    rejected: int
    resumed: int
    reasons: dict[str, int]
    rejects: str | None


class Answer(msgspec.Struct, frozen=True):
    """What became of all files' rows."""

    kind: str
    rows: int
    loaded: int
    unchanged: int
    rejected: int
    resumed: int
    seconds: float
    files: list[Imported]


def import_(
    kind: str,
    /,
    *files: Path,
    rejects: Path | None = None,
    encoding: str | None = None,
    json: Json = False,
) -> int:
    """Bring rows of one kind in from CSV, XLSX or Parquet files.

    Good rows are loaded, bad ones go to a file of rejects with their line and what is wrong; mend them there and import
    that file. Running an import twice changes nothing; one that was interrupted goes on where it stopped.

    Kinds: partners, contracts, calendars, calendar-days, zones, postcodes, nodes, lanes, surcharges, products, skus,
    offers, rates, stock, inbound, members. `sangdan columns KIND` prints an empty file to start from.

    Exit code 1 when a row was rejected.

    Parameters
    ----------
    kind
        What the rows are.
    files
        Tables with a header; all are read and their headers checked before the first row is written.
    rejects
        Where rejected rows go: a file, or a folder for several files. Without it, NAME.rejects.csv in this folder.
    encoding
        Of CSV files. Without it, UTF-8 or CP949, whichever the file is in.
    """
    began = time.monotonic()
    chosen = kind_of(kind)
    if not files:
        raise tables.FileMissing("Name at least one file to import.")
    read = {path: tables.read(path, encoding) for path in files}
    for table in read.values():
        header(chosen, table.frame.columns)
    aside = {path: _aside(path, rejects, alone=len(files) == 1) for path in files}
    with postgres.database(settings.load()) as url:
        done = asyncio.run(_import(url, kind, read, aside))
    total = Answer(
        kind=kind,
        rows=sum(each.rows for each in done),
        loaded=sum(each.loaded for each in done),
        unchanged=sum(each.unchanged for each in done),
        rejected=sum(each.rejected for each in done),
        resumed=sum(each.resumed for each in done),
        seconds=round(time.monotonic() - began, 3),
        files=done,
    )
    answer(total, "\n".join(line for each in done for line in _told(each)), json=json)
    return 1 if total.rejected else 0


async def _import(url: str, kind: str, read: dict[Path, Table], aside: dict[Path, Path]) -> list[Imported]:
    pool = await Pool.open(url, size=2)
    try:
        return [await _import_one(pool, kind, path, table, aside[path]) for path, table in read.items()]
    finally:
        await pool.close()


async def _import_one(pool: Pool, kind: str, path: Path, table: Table, aside: Path) -> Imported:
    with progress() as bar:
        task = bar.add_task(path.name, total=table.frame.height)

        def told(handled: int, rows: int) -> None:
            bar.update(task, completed=handled, total=rows)

        def sink(rejected: pl.DataFrame, *, more: bool) -> None:
            tables.write(aside, rejected, more=more)

        run = f"{kind}:{table.digest[:32]}"
        report = await load(pool, kind, table.frame, WallClock().now(), run=run, sink=sink, told=told)
    return _imported(path, report, aside)


def _imported(path: Path, report: Report, aside: Path) -> Imported:
    return Imported(
        file=str(path),
        rows=report.rows,
        loaded=report.loaded,
        unchanged=report.unchanged,
        rejected=report.rejected,
        resumed=report.resumed,
        reasons=dict(report.reasons),
        rejects=str(aside) if report.rejected else None,
    )


def _aside(path: Path, rejects: Path | None, *, alone: bool) -> Path:
    """Where a file's rejects go."""
    name = f"{path.stem}.rejects.csv"
    if rejects is None:
        aside = Path(name)
    elif rejects.is_dir():
        aside = rejects / name
    elif alone:
        aside = rejects
    else:
        detail = f"{rejects} is not a folder: several files need one for their rejects."
        raise RejectsUnclear(detail, rejects=str(rejects))
    if aside.resolve() == path.resolve():
        raise RejectsUnclear(f"{rejects} is the file that is imported: name another one.", rejects=str(rejects))
    return aside


def _told(done: Imported) -> list[str]:
    counts = f"{done.rows:,} rows: {done.loaded:,} loaded, {done.unchanged:,} unchanged, {done.rejected:,} rejected"
    resumed = f", {done.resumed:,} done before" if done.resumed else ""
    lines = [f"{done.file}: {counts}{resumed}"]
    lines += [f"  {count:>9,}  {reason}" for reason, count in list(done.reasons.items())[:SHOWN]]
    return [*lines, f"  rejects: {done.rejects}"] if done.rejects else lines
