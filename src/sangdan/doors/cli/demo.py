"""`sangdan demo`: an alliance's day."""

import time
from datetime import date
from pathlib import Path
from typing import Final

import uvloop

from sangdan.adapters import korea
from sangdan.doors.sim.demo import Day, play
from sangdan.doors.sim.report import Told, sound, spoken
from sangdan.doors.sim.world import database
from sangdan.kit.db import Pool
from sangdan.kit.settings import load
from sangdan.tower.twin.model import Size

from .output import Json, answer, progress

DAY_ON: Final = date(2026, 11, 24)  # an ordinary Tuesday


def demo(
    *,
    orders: int = 2000,
    seed: int = 7,
    headless: bool = False,
    day: date = DAY_ON,
    stores: int = 400,
    products: int = 20_000,
    postcodes: Path | None = None,
    database: str | None = None,
    json: Json = False,
) -> int:
    """Run a national alliance's day through the production code and tell what happened.

    Five fulfilment centres, an overseas hub and hundreds of stores, every postcode of Korea, a day's shoppers, a
    gateway that declines and answers late, pickers who do not find things. Exit code 0 when nothing drifted, nothing
    was oversold and the ledger sums to zero.

    Parameters
    ----------
    orders
        How many shoppers want something that day.
    seed
        The same seed gives the same day.
    headless
        Only the report: accepted for scripts; there is no page yet.
    day
        The local date.
    stores, products
        How large the alliance is.
    postcodes
        Your own file of postcodes instead of the package's: CSV with postcode, sido, sigungu, lat and lon.
    database
        An empty database of your own, kept afterwards; without it a throw-away one.
    """
    size = Size(stores=stores, products=products, orders_per_day=max(orders, 1000))
    told = uvloop.run(_demo(Day(seed=seed, orders=orders, day_on=day, size=size), postcodes, database))
    answer(told, spoken(told), json=json)
    return 0 if sound(told) else 1


async def _demo(day: Day, postcodes: Path | None, url: str | None) -> Told:
    began = time.monotonic()
    places = korea.places(load().home) if postcodes is None else korea.read_places(postcodes)
    async with database(url) as (address, memory):
        pool = await Pool.open(address, size=4, alone=True)
        try:
            with progress() as bar:
                furnishing = bar.add_task("the alliance moves in", total=None)
                ordering = bar.add_task("orders", total=day.orders)
                told = await play(
                    pool, day, places,
                    lambda kind, rows: bar.update(furnishing, description=f"{rows:,} {kind}"),
                    lambda done: bar.update(ordering, completed=done),
                )  # fmt: skip
        finally:
            await pool.close()
    told.seconds = round(time.monotonic() - began, 1)
    told.peak_pss_mb = round(memory.peak_bytes / 1e6, 1)
    return told
