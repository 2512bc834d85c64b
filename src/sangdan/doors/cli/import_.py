"""`sangdan import`: rows from files."""

import asyncio
import re
import time
from pathlib import Path
from typing import Final

import msgspec
import polars as pl
from msgspec import UNSET, UnsetType

from sangdan.adapters import tables
from sangdan.adapters.tables import Table
from sangdan.flows import import_orders
from sangdan.flows.import_orders import Counted, OrdersReport, Source
from sangdan.flows.import_rows import ORDERS, SEALED, Report, form_of, header, load
from sangdan.flows.import_rows.cells import CODE
from sangdan.flows.place_order import Terms
from sangdan.kit import audit, postgres, settings
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Pool
from sangdan.kit.problems import Invalid
from sangdan.kit.settings import Settings
from sangdan.kit.vault import Vault

from .output import Json, answer, progress

SHOWN: Final = 10
CLIENT: Final = "import"


class RejectsUnclear(Invalid):
    """Rejects would go where they cannot."""

    code = "rejects-unclear"


class ShopUnclear(Invalid):
    """Orders come without the shop that took them, or something else comes with one."""

    code = "import-shop-unclear"


class Imported(msgspec.Struct, frozen=True):
    """What became of one file's rows; see flows.import_rows.Report.

    rejects  where the rejected rows are, None when there are none
    orders   for orders alone: what became of them
    """

    file: str
    rows: int
    loaded: int
    unchanged: int
    rejected: int
    resumed: int
    reasons: dict[str, int]
    rejects: str | None
    orders: Counted | UnsetType = UNSET


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
    shop: str | None = None,
    client: str | None = None,
    json: Json = False,
) -> int:
    """Bring rows of one kind in from CSV, XLSX or Parquet files.

    Good rows are loaded, bad ones go to a file of rejects with their line and what is wrong; mend them there and import
    that file. Running an import twice changes nothing; one that was interrupted goes on where it stopped.

    Kinds: partners, contracts, calendars, calendar-days, zones, postcodes, nodes, lanes, surcharges, products, skus,
    kits, offers, rates, stock, stock-rules, inbound, members, people, orders. `sangdan columns KIND` prints an empty
    file to start from.

    Orders are not loaded but promised and placed, one at a time: name the shop that took them. One that nothing can
    bring, or whose goods are gone, is rejected with the reason; one that was imported before is left as it is.

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
    shop
        Of orders: the ally whose shop took them, and collects the money.
    client
        Of orders: the client that they are kept under; "import" without it.
    """
    began = time.monotonic()
    chosen, configured = form_of(kind), settings.load()
    source = _source(kind, shop, client, configured)
    if not files:
        raise tables.FileMissing("Name at least one file to import.")
    read = {path: tables.read(path, encoding) for path in files}
    for table in read.values():
        header(chosen, table.frame.columns)
    aside = {path: _aside(path, rejects, alone=len(files) == 1) for path in files}
    with postgres.database(configured) as url:
        done = asyncio.run(_import(url, kind, read, aside, source, configured))
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


async def _import(
    url: str,
    kind: str,
    read: dict[Path, Table],
    aside: dict[Path, Path],
    source: Source | None,
    configured: Settings,
) -> list[Imported]:
    pool = await Pool.open(url, size=2)
    try:
        vault = await Vault.open(pool, configured, WallClock()) if kind in SEALED else None
        return [await _import_one(pool, kind, path, table, aside[path], source, vault) for path, table in read.items()]
    finally:
        await pool.close()


async def _import_one(
    pool: Pool, kind: str, path: Path, table: Table, aside: Path, source: Source | None, vault: Vault | None
) -> Imported:
    with progress() as bar:
        task = bar.add_task(path.name, total=table.frame.height)

        def told(handled: int, rows: int) -> None:
            bar.update(task, completed=handled, total=rows)

        def sink(rejected: pl.DataFrame, *, more: bool) -> None:
            tables.write(aside, rejected, more=more)

        if source is not None:
            report = await import_orders.load(pool, table.frame, source, WallClock(), sink=sink, told=told)
        else:
            run = f"{kind}:{table.digest[:32]}"
            at = WallClock().now()
            report = await load(pool, kind, table.frame, at, run=run, sink=sink, told=told, vault=vault)
    async with pool.transaction() as conn:
        after = {"file": path.name, "rows": report.rows, "loaded": report.loaded, "rejected": report.rejected}
        await audit.note(conn, audit.console(), WallClock().now(), "rows.imported", f"import/{kind}", after=after)
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
        orders=report.orders if isinstance(report, OrdersReport) else UNSET,
    )


def _source(kind: str, shop: str | None, client: str | None, configured: Settings) -> Source | None:
    """Where orders come from; None for every other kind, which comes from nowhere in particular."""
    if kind != ORDERS.name:
        if shop is None and client is None:
            return None
        raise ShopUnclear(f"Only orders have a shop and a client: import {kind} without --shop and --client.")
    if shop is None:
        raise ShopUnclear("Name the ally whose shop took the orders: --shop PARTNER.")
    client_id = CLIENT if client is None else client
    if not re.fullmatch(CODE, client_id):
        raise ShopUnclear(f"--client {client_id[:60]!r} is no name: use letters, digits, '.', '_' and '-', 64 at most.")
    return Source(shop, client_id, Terms(configured.release_after_s, configured.confirm_after_days))


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
    if done.orders is not UNSET:
        made = done.orders
        lines.append(f"  orders: {made.placed:,} placed, {made.unchanged:,} unchanged, {made.refused:,} refused")
    lines += [f"  {count:>9,}  {reason}" for reason, count in list(done.reasons.items())[:SHOWN]]
    return [*lines, f"  rejects: {done.rejects}"] if done.rejects else lines
