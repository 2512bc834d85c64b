"""`sangdan replay`: real orders of another marketplace, through this alliance's code."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import uvloop
from cyclopts import App, Parameter
from cyclopts.validators import Number

from sangdan.adapters import olist
from sangdan.doors.sim import report, world
from sangdan.doors.sim.replay import Replayed, replay, replayed, sound, spoken
from sangdan.kit.db import Pool

from .output import Json, answer, progress

app = App(name="replay", help="Drive another marketplace's real orders through the alliance.")

MEGABYTE: Final = 1_000_000


@app.command(name="olist")
def of_olist(
    folder: Path,
    /,
    *,
    scarce: bool = False,
    share: Annotated[float, Parameter(validator=Number(gt=0, lt=1))] = 0.7,
    limit: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    seed: int = 0,
    database: str | None = None,
    json: Json = False,
) -> int:
    """Replay the orders of Olist's public data set in order of purchase, each from promise to settlement.

    Sellers become nodes. Stock is what the orders of the file will ask of each seller. Transit times are learned from
    the deliveries that were complete at each moment; what really happened drives hand-overs, deliveries and
    cancellations, and nothing else sees it. Ends with one table; `--json` says more.

    Exit code 1 when anything drifts, is oversold, does not sum to zero, or was refused though it was there.

    Parameters
    ----------
    folder
        Holds the files under their original names, as CSV, plain or with .gz.
    scarce
        Stock only a part of what the orders will ask for, so that some must be refused.
    share
        That part of each shelf, rounded down to whole units.
    limit
        Only so many orders, the first by time of purchase.
    seed
        Of the ids. The same seed gives the same report.
    database
        An empty PostgreSQL database of yours, as postgresql://...; without it a throw-away one, gone afterwards.
    """
    began = time.monotonic()
    files = olist.read(folder)
    read = olist.orders_of(files, limit)
    part = share if scarce else 1.0
    alliance = olist.alliance_of(files, read, part)
    with progress() as bar:
        task = bar.add_task("orders", total=len(read.wishes))
        told = uvloop.run(_replay(database, read, alliance, seed, part, lambda put: bar.update(task, completed=put)))
    told.seconds = round(time.monotonic() - began, 1)
    answer(told, spoken(told), json=json)
    return 0 if sound(told) else 1


async def _replay(
    database: str | None,
    read: olist.Orders,
    alliance: olist.Alliance,
    seed: int,
    part: float,
    after: Callable[[int], None],
) -> Replayed:
    """Run it in its database; gives the figures but for the time it took."""
    async with world.ground(database) as (url, memory, _):
        pool = await Pool.open(url, size=2, alone=True)
        try:
            done = await replay(pool, read, alliance, seed, after)
            async with pool.transaction() as conn:
                told = await report.tell(conn, done.orders_in, done.refused)
        finally:
            await pool.close()
    told.peak_pss_mb = round(memory.peak_bytes / MEGABYTE, 1)
    return replayed(told, done, read, _stocked(part))


def _stocked(part: float) -> str:
    """How stock was derived, in words."""
    if part == 1:
        return "abundant: each seller has every unit that the file's orders ask of it"
    return f"scarce: of each product, a seller has {part:g} of the units that the file's orders ask of it, rounded down"
