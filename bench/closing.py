"""How soon everything that was to leave by a lane takes another way, once the lane closes.

The alliance is the demo's, smaller and with full shelves. Orders that leave whole by its busiest lane are placed, and
every second one is on the floor; then the lane closes. What is measured is the engine's work until nothing is left to
do: each order is moved in a transaction of its own. ORDERS in the environment sets how many.
"""

import gc
import os
import statistics
from collections import Counter
from collections.abc import Sequence
from itertools import cycle, islice
from typing import Final, LiteralString

import msgspec
import uvloop

from sangdan.adapters.sandbox_gateway import SandboxGateway
from sangdan.doors.worker.outside import Outside
from sangdan.flows import close_lane, register
from sangdan.flows.place_order import Taken
from sangdan.kit import postgres
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine

from . import ground
from .figures import Figure, Measured, Target
from .outage import ANALYZE, PLACING
from .shopping import MORNING, THINKING, baskets, placed, steps

ORDERS: Final = int(os.environ.get("ORDERS", "40"))
QUESTIONS: Final = 200
WITHIN_S: Final = 2
REACTIVE: Final = register.REACTIVE  # importing it makes every reaction known

MOVED: Final[LiteralString] = "SELECT count(DISTINCT order_id) FROM orders.parcel WHERE re_sourced"
LATER: Final[LiteralString] = """
    SELECT count(*) FROM kit.event WHERE type = 'orders.re_promised' AND NOT (data ->> 'kept')::boolean
"""


class Rerouted(msgspec.Struct, frozen=True):
    """What it took.

    steps_s     of the engine, in the order in which it took them
    placing_s   of one order, the median
    moved       orders that take another way; the others wait
    later       of these: those whose date moved
    """

    steps_s: list[float]
    placing_s: float
    moved: int
    later: int


def measure() -> Measured:
    """Close the busiest lane."""
    with ground.durable() as server:
        rerouted = uvloop.run(_measure(server))
    steps_s, placing_s = rerouted.steps_s, rerouted.placing_s
    within = Target("value", at_most=WITHIN_S)
    figures = [
        Figure(f"all {ORDERS} orders of a lane, from its closing", sum(steps_s), "s", PLACING, placing_s, "s", within),
        Figure("one order, the longest step", max(steps_s), "s", PLACING, placing_s, "s", within),
        Figure("one order, the median step", statistics.median(steps_s), "s", PLACING, placing_s, "s"),
    ]
    about = (
        f"{ORDERS} orders, every second one on its floor, fsync on; {rerouted.moved} took another way, "
        f"{rerouted.later} of them later than promised, {ORDERS - rerouted.moved} wait for the lane"
    )
    return Measured("closing", about, figures)


async def _measure(server: postgres.Server) -> Rerouted:
    pool = await Pool.open(server.url, size=4)
    try:
        lane_id, kinds = _busiest(await baskets(pool, QUESTIONS))
        clock = SimClock(MORNING)
        engine = Engine(pool, clock, Outside(SandboxGateway(clock)), strict=False)
        placing_s = await placed(pool, islice(cycle(kinds), ORDERS))
        await engine.run_until(MORNING + THINKING)
        async with pool.transaction() as conn:
            await conn.execute(ANALYZE)
        gc.collect()
        steps_s = await _close(pool, engine, clock, lane_id)
        async with pool.transaction() as conn:
            moved, later = await value(conn, MOVED), await value(conn, LATER)
    finally:
        await pool.close()
    return Rerouted(steps_s, placing_s, moved, later)


def _busiest(taken: Sequence[Taken]) -> tuple[str, list[Taken]]:
    """The lane by which most baskets leave whole, and these."""
    alone = [each for each in taken if len(each.promise.way.parcels) == 1]
    named = Counter(lane_id for each in alone if (lane_id := each.promise.way.parcels[0].lane_id) is not None)
    lane_id = max(named, key=lambda lane_id: (named[lane_id], lane_id))
    return lane_id, [each for each in alone if each.promise.way.parcels[0].lane_id == lane_id]


async def _close(pool: Pool, engine: Engine, clock: SimClock, lane_id: str) -> list[float]:
    """Close a lane and let everything follow; gives what each step took, in seconds."""
    now = clock.now()
    async with pool.transaction() as conn:
        await close_lane.close(conn, "lane", lane_id, "road", None, now)
    return await steps(engine, now)
