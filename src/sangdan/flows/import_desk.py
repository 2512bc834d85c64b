"""A file is brought in through a page: what became of its rows is noted, and those that were not taken are kept."""

from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import polars as pl

from sangdan.kit import audit, import_runs
from sangdan.kit.access import Seer
from sangdan.kit.import_runs import Counts
from sangdan.kit.vault import Vault

from .import_rows import SEALED, Report, Transactions, header, kind_of, load

LONGEST_NAME: Final = 200


class Spell(Protocol):
    """Spells rejected rows as a file that spreadsheets open."""

    def __call__(self, rows: pl.DataFrame, /) -> bytes:
        """The file."""
        ...


async def take(
    pool: Transactions,
    vault: Vault,
    seer: Seer,
    run_id: UUID,
    kind: str,
    name: str,
    frame: pl.DataFrame,
    spell: Spell,
    at: datetime,
) -> Report | None:
    """Import the rows of a file.

    run_id  made when the form was shown: the same one again does nothing
    name    of the file, as its owner calls it
    spell   makes a file of what was rejected; rows of persons are not kept
    gives   None when this run was begun before
    raises  KindUnknown, HeaderWrong: nothing was written
    """
    header(kind_of(kind), frame.columns)
    called = "".join(each for each in name if each.isprintable())[:LONGEST_NAME]
    async with pool.transaction() as conn:
        if not await import_runs.begin(conn, run_id, kind, called, seer.client_id, at):
            return None
    report = await load(pool, kind, frame, at, vault=vault)
    counts = Counts(report.rows, report.loaded, report.unchanged, report.rejected, dict(report.reasons))
    kept = report.rejected > 0 and kind not in SEALED
    rejects = spell(report.rejects) if kept else None
    if rejects is not None and len(rejects) > import_runs.MOST_BYTES:
        rejects = None
    async with pool.transaction() as conn:
        await import_runs.finish(conn, run_id, counts, rejects, at)
        told = {"kind": kind, "file": called, "rows": counts.rows, "loaded": counts.loaded, "rejected": counts.rejected}
        await audit.note(conn, seer, at, "import.taken", f"import/{run_id}", after=told)
    return report
