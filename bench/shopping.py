"""An alliance with full shelves, and what its shoppers take: real questions asked once, to be placed over and over."""

import statistics
import time
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock
from typing import Final
from uuid import UUID

import polars as pl
from msgspec.structs import replace

from sangdan.adapters import korea
from sangdan.doors.sim.furnish import furnish
from sangdan.flows import quote_promise
from sangdan.flows.picture import network_of
from sangdan.flows.place_order import Buyer, Taken, place
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.kit.db import Pool
from sangdan.kit.engine import Engine
from sangdan.kit.ids import Ids
from sangdan.kit.problems import Problem
from sangdan.kit.settings import load
from sangdan.offer.promise import commands as promises
from sangdan.tower.twin.model import Size, make_world, wishes
from sangdan.tower.twin.model.world import SEOUL

DAY_ON: Final = date(2026, 11, 24)
MORNING: Final = datetime.combine(DAY_ON, clock(9), SEOUL)
THINKING: Final = timedelta(minutes=5)
SIZE: Final = Size(stores=100, products=1000, members=100)
PLENTY: Final = 1_000_000
FAR: Final = timedelta(days=1)
BUYER: Final = Buyer("web", "market", "kim")


async def baskets(pool: Pool, questions: int, size: Size = SIZE) -> list[Taken]:
    """Bring in the demo's alliance, smaller and with full shelves, and ask for what its shoppers want that morning.

    size   how many stores, products and members it has
    gives  what they choose of the answers, at most one a question; each is placed under ids of its own (`anew`)
    """
    world = make_world(7, korea.places(load().home), DAY_ON, size)
    tables = dict(world.tables)
    tables["nodes"] = tables["nodes"].with_columns(parcels_per_hour=pl.lit(PLENTY))
    tables["stock"] = tables["stock"].with_columns(on_hand=pl.lit(PLENTY))
    rejected = await furnish(pool, tables, MORNING - timedelta(days=1))
    assert not rejected, rejected
    ids, taken = Ids(7), list[Taken]()
    for wish in wishes(world, DAY_ON, 2 * questions)[:questions]:
        lines = tuple(Wish(line.sku, line.units) for line in wish.lines)
        basket = Basket(wishes=lines, postcode=wish.postcode, birth_year=wish.birth_year)
        try:
            async with pool.transaction() as conn:
                inputs, quote = await quote_promise.ask(conn, await network_of(conn), basket, MORNING)
        except Problem:
            continue
        way = next((each for each in quote.ways if each.service == wish.service), quote.ways[0])
        opened = promises.unsealed(way, inputs, ids.new(MORNING))
        taken.append(
            Taken(order_id=UUID(int=0), buyer=BUYER, promise=opened, release_at=MORNING + THINKING, confirm_days=7)
        )
    return taken


def anew(basket: Taken, ids: Ids) -> Taken:
    """The same basket, taken by somebody else."""
    return replace(basket, order_id=ids.new(MORNING), promise=replace(basket.promise, promise_id=ids.new(MORNING)))


def whole_from(taken: Sequence[Taken], node_id: str) -> list[Taken]:
    """Those that are delivered in one parcel, from a node."""
    return [
        each
        for each in taken
        if each.promise.way.node_id is None and [parcel.node_id for parcel in each.promise.way.parcels] == [node_id]
    ]


async def placed(pool: Pool, orders: Iterable[Taken]) -> float:
    """Place orders one by one; the release of every second one is far away. Gives the median, in seconds."""
    ids, taken_s = Ids(7), list[float]()
    for number, each in enumerate(orders):
        later = each.release_at + FAR if number % 2 else each.release_at
        order = replace(anew(each, ids), release_at=later)
        began = time.perf_counter()
        async with pool.transaction() as conn:
            assert not await place(conn, order, MORNING)
        taken_s.append(time.perf_counter() - began)
    return statistics.median(taken_s)


async def steps(engine: Engine, now: datetime) -> list[float]:
    """Let everything follow that is due; gives what each step of the engine took, in seconds."""
    busy, steps_s = True, list[float]()
    while busy:
        began = time.perf_counter()
        busy = await engine.step(now)
        steps_s.append(time.perf_counter() - began)
    return steps_s
