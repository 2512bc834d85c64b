"""How long a place that goes out of service keeps the alliance busy: what was open there comes from elsewhere.

The alliance is the demo's, smaller and with full shelves. Orders that come whole from its busiest centre are placed and
paid, and every second one is on the floor; then the centre closes. What is measured is the engine's work from there
until nothing is left to do: it moves each order in a transaction of its own, and reacts to what follows. Twice as many
orders must not take longer each, hence the last quarter beside the first. ORDERS in the environment sets how many.
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
from sangdan.flows import close_node, register
from sangdan.flows.place_order import Taken
from sangdan.kit import postgres
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine

from . import ground
from .figures import Figure, Measured
from .shopping import MORNING, THINKING, baskets, placed, steps, whole_from

ORDERS: Final = int(os.environ.get("ORDERS", "2000"))
QUESTIONS: Final = 400
PLACING: Final = "placing such an order, median"
REACTIVE: Final = register.REACTIVE  # importing it makes every reaction known

OPEN: Final[LiteralString] = """
    SELECT count(*) FROM orders.parcel WHERE node_id = %(node_id)s AND state IN ('planned', 'released')
"""
MOVED: Final[LiteralString] = "SELECT count(DISTINCT order_id) FROM orders.parcel WHERE re_sourced"
ANALYZE: Final[LiteralString] = "ANALYZE"


class Cleared(msgspec.Struct, frozen=True):
    """What it took.

    steps_ms    one for each of the engine's, in the order in which it took them
    placing_ms  of one order, the median
    moved       orders that come from elsewhere now; the others nobody could bring
    kinds       different baskets
    """

    steps_ms: list[float]
    placing_ms: float
    moved: int
    kinds: int


def measure() -> Measured:
    """Close the busiest centre."""
    with ground.durable() as server:
        before = ground.yardstick(server)
        cleared = uvloop.run(_measure(server))
        held_against = (before + ground.yardstick(server)) / 2
    steps_ms = cleared.steps_ms
    quarter = len(steps_ms) // 4
    rates = (
        ("orders brought from elsewhere", ORDERS / sum(steps_ms) * 1000),
        ("the first quarter of the work", ORDERS / 4 / sum(steps_ms[:quarter]) * 1000),
        ("the last quarter of the work", ORDERS / 4 / sum(steps_ms[-quarter:]) * 1000),
    )
    times = (
        ("one step of the engine, median", statistics.median(steps_ms)),
        ("the longest step of the engine", max(steps_ms)),
    )
    figures = [Figure(what, rate, "orders/s", ground.YARDSTICK, held_against, "transactions/s") for what, rate in rates]
    figures += [Figure(what, ms, "ms", PLACING, cleared.placing_ms, "ms") for what, ms in times]
    about = (
        f"{ORDERS:,} orders of {cleared.kinds} kinds on one node, every second one on its floor, fsync on; "
        f"{cleared.moved:,} moved, {ORDERS - cleared.moved:,} ended, {sum(steps_ms) / 1000:.1f} s in all"
    )
    return Measured("outage", about, figures)


async def _measure(server: postgres.Server) -> Cleared:
    pool = await Pool.open(server.url, size=4)
    try:
        node_id, kinds = _busiest(await baskets(pool, QUESTIONS))
        clock = SimClock(MORNING)
        engine = Engine(pool, clock, Outside(SandboxGateway(clock)), strict=False)
        placing_ms = 1000 * await placed(pool, islice(cycle(kinds), ORDERS))
        await engine.run_until(MORNING + THINKING)
        async with pool.transaction() as conn:
            assert await value(conn, OPEN, node_id=node_id) == ORDERS
            await conn.execute(ANALYZE)
        gc.collect()
        steps_ms = await _close(pool, engine, clock, node_id)
        async with pool.transaction() as conn:
            assert await value(conn, OPEN, node_id=node_id) == 0, "something was left behind"
            moved = await value(conn, MOVED)
    finally:
        await pool.close()
    return Cleared(steps_ms, placing_ms, moved, len(kinds))


def _busiest(taken: Sequence[Taken]) -> tuple[str, list[Taken]]:
    """The node from which most baskets come whole, and these."""
    named = Counter(parcel.node_id for each in taken for parcel in each.promise.way.parcels)
    node_id = max(named, key=lambda node_id: (len(whole_from(taken, node_id)), node_id))
    return node_id, whole_from(taken, node_id)


async def _close(pool: Pool, engine: Engine, clock: SimClock, node_id: str) -> list[float]:
    """Close a node and let everything follow; gives what each step took, in milliseconds."""
    now = clock.now()
    async with pool.transaction() as conn:
        await close_node.close(conn, node_id, "power", None, now)
    return [step_s * 1000 for step_s in await steps(engine, now)]
