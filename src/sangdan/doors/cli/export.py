"""`sangdan export`: rows of any resource into a file."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cyclopts import Parameter

from sangdan.adapters import exports
from sangdan.adapters.exports import Form
from sangdan.flows import export_rows
from sangdan.flows.export_rows import Scope
from sangdan.kit.problems import Invalid

from .output import Json, answer
from .session import in_database

_FORMS: Final[dict[str, Form]] = {".csv": "csv", ".xlsx": "xlsx", ".parquet": "parquet"}


class ExportUnclear(Invalid):
    """The file's name does not say in which form it is to be, or it cannot be written."""

    code = "export-unclear"


class Exported(msgspec.Struct, frozen=True):
    """What was written."""

    resource: str
    file: str
    form: Form
    rows: int


def export(
    resource: str,
    file: Path,
    /,
    *,
    from_: Annotated[datetime | None, Parameter(name="--from")] = None,
    until: datetime | None = None,
    excel: bool = False,
    json: Json = False,
) -> None:
    """Write all rows of a resource to a file: CSV, XLSX or Parquet, by the ending of its name.

    What can be imported has the columns of its import. Shoppers' names, addresses and numbers are in none.

    Resources: partners, contracts, disclosures, calendars, calendar-days, zones, postcodes, nodes, lanes, surcharges,
    categories, products, product-texts, skus, contents, synonyms, offers, rates, stock, inbound, orders, lines,
    parcels, payments, statements, transfers, movements, reservations, outcomes, tasks, tracking, notices, events.

    Parameters
    ----------
    resource
        One of these.
    file
        Written over when all rows are there; an export that fails leaves it as it was.
    from_
        Rows from this instant on, for what happened at a time; UTC unless it says otherwise.
    until
        Rows before this instant.
    excel
        A CSV that Excel opens rightly: with a byte order mark, and no cell that it would run as a formula.
    """
    form = _form(file, excel=excel)
    scope = Scope(since=_utc(from_), until=_utc(until))
    export_rows.check(resource, scope)
    if not file.absolute().parent.is_dir():
        raise ExportUnclear(f"{file.parent} is no folder.", file=str(file))
    # Beside the file, so that it gets its name in one step.
    with tempfile.TemporaryDirectory(prefix=".sangdan-export-", dir=file.absolute().parent) as folder:
        spooled, out = Path(folder, "spooled"), Path(folder, "made")
        with spooled.open("wb") as rows:
            told = in_database(lambda conn: export_rows.spool(conn, resource, scope, rows))
        exports.finish(spooled, told.rows, told.columns, form, out)
        out.replace(file)
    answer(Exported(resource, str(file), form, told.rows), f"{file}: {told.rows:,} rows of {resource}", json=json)


def _form(file: Path, *, excel: bool) -> Form:
    form = _FORMS.get(file.suffix.lower())
    if form is None:
        known = ", ".join(_FORMS)
        raise ExportUnclear(f"{file}: end its name in one of {known}.", file=str(file))
    if excel and form != "csv":
        raise ExportUnclear(f"--excel is for CSV: {file} is not.", file=str(file))
    return "excel" if excel else form


def _utc(at: datetime | None) -> datetime | None:
    return at if at is None or at.tzinfo is not None else at.replace(tzinfo=UTC)
