"""What the live picture costs with 10,000 parcels on their way: opening it, following it, telling it to the pages.

The alliance is the demo's, smaller and with full shelves; 200 questions make the ways, which are placed over and over.
Each follow comes five simulated minutes after the one before, as every half second of a day at speed 600, and hears of
200 orders. The loop's longest silence while it follows is what a page request waits at worst.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, LiteralString, TypeVar

import msgspec
import uvloop

from sangdan.flows.place_order import place
from sangdan.flows.watch import Watch
from sangdan.kit import postgres
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.kit.migrate import migrate

from .figures import Figure, Measured
from .shopping import MORNING, anew, baskets

PARCELS: Final = 10_000
QUESTIONS: Final = 200
FOLLOWS: Final = 40
TOUCHED: Final = 200
STEP: Final = timedelta(minutes=5)
T = TypeVar("T")

YARDSTICK: Final = "one plain read of all open parcels"

ALL: Final[LiteralString] = "SELECT * FROM orders.parcel WHERE state IN ('planned', 'released', 'shipped')"
# What reactions would have done, so that the bench measures the picture alone.
HEARD: Final[LiteralString] = "DELETE FROM kit.outbox"
SEND: Final[LiteralString] = """
    WITH gone AS (
        SELECT order_id, parcel_id, parcel_no, carrier_id, departs_at FROM orders.parcel
         WHERE state = 'planned' AND carrier_id IS NOT NULL ORDER BY parcel_id LIMIT %(many)s
    ), shipped AS (
        UPDATE orders.parcel p SET state = 'shipped' FROM gone g
         WHERE (p.order_id, p.parcel_no) = (g.order_id, g.parcel_no)
    ), on_the_road AS (
        INSERT INTO delivery.parcel (order_id, parcel_id, parcel_no, carrier_id, sscc, state, state_at, handed_over_at)
        SELECT order_id, parcel_id, parcel_no, carrier_id, parcel_id::text, 'in_transit', departs_at, departs_at
          FROM gone
    ), told AS (
        INSERT INTO kit.event (subject, sequence, event_id, type, at, data)
        SELECT parcel_id::text, 1, parcel_id, 'warehouse.handed_over', %(at)s, jsonb_build_object('order_id', order_id)
          FROM gone
     RETURNING subject, sequence, at
    )
    INSERT INTO kit.outbox (subject, sequence, at) SELECT subject, sequence, at FROM told
"""


def measure() -> Measured:
    """Watch ten thousand parcels."""
    with postgres.throwaway() as server:
        migrate(server.url)
        return uvloop.run(_measure(server.url))


async def _measure(url: str) -> Measured:
    pool = await Pool.open(url, size=4)
    try:
        now = await _fill(pool)
        plain_ms = statistics.median([(await _timing(_plain(pool)))[0] for _ in range(5)])
        gc.collect()
        gc.freeze()  # as the demo does once its world is made
        async with pool.transaction() as conn:
            opening_ms, watch = await _timing(Watch.open(conn, now))
            past_ms, _ = await _timing(watch.count_past(conn))
        follows, encoded, silences = list[float](), list[float](), list[float]()
        for number in range(FOLLOWS):
            now += STEP
            await _touch(pool, now)
            async with _listened() as silence:
                async with pool.transaction() as conn:
                    took_ms, change = await _timing(watch.follow(conn, now))
                await asyncio.sleep(0.002)
                silences.append(silence())
            follows.append(took_ms)
            encoded.append(_taking(lambda change=change: msgspec.json.encode(change)))
            assert number or change.parcels, "nothing was heard of"
        picture_ms = _taking(lambda: watch.picture(None))
        ally_ms = _taking(lambda: watch.picture("neoul"))
        picture = watch.picture(None)
        whole_ms = _taking(lambda: msgspec.json.encode(picture))
    finally:
        await pool.close()
    told = (
        ("opening, once a process", opening_ms),
        ("counting what is over, beside it", past_ms),
        ("following, median", statistics.median(follows)),
        ("following, slowest", max(follows)),
        ("the loop's longest silence while following", max(silences)),
        ("a change as JSON, slowest", max(encoded)),
        ("the whole picture", picture_ms),
        ("the whole picture for an ally", ally_ms),
        ("the whole picture as JSON", whole_ms),
    )
    size_mb = len(msgspec.json.encode(picture)) / 1e6
    about = (
        f"{len(picture.parcels):,} parcels to come, {picture.counters.at_risk:,} at risk, {len(picture.nodes)} nodes; "
        f"{FOLLOWS} follows, {TOUCHED} orders each; the picture is {size_mb:.1f} MB of JSON"
    )
    return Measured("live", about, [Figure(what, ms, "ms", YARDSTICK, plain_ms, "ms") for what, ms in told])


async def _fill(pool: Pool) -> datetime:
    """An alliance with full shelves and ten thousand open parcels; gives the instant at which they were ordered."""
    ids, taken = Ids(7), await baskets(pool, QUESTIONS)
    parcels = 0
    while parcels < PARCELS:
        async with pool.transaction() as conn:
            for each in taken:
                assert not await place(conn, anew(each, ids), MORNING)
                parcels += len(each.promise.way.parcels)
    async with pool.transaction() as conn:
        await conn.execute(SEND, {"many": PARCELS // 3, "at": MORNING})
        await conn.execute(HEARD)
        await conn.execute("ANALYZE")
    return MORNING.astimezone(UTC)


async def _touch(pool: Pool, at: datetime) -> None:
    async with pool.transaction() as conn:
        await conn.execute(SEND, {"many": TOUCHED, "at": at})
        await conn.execute(HEARD)


async def _plain(pool: Pool) -> None:
    async with pool.transaction() as conn:
        await (await conn.execute(ALL)).fetchall()


async def _timing(deed: Awaitable[T]) -> tuple[float, T]:
    began = time.perf_counter()
    made = await deed
    return (time.perf_counter() - began) * 1000, made


def _taking(deed: Callable[[], object]) -> float:
    """Milliseconds, the median of five."""
    taken = list[float]()
    for _ in range(5):
        began = time.perf_counter()
        deed()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


@asynccontextmanager
async def _listened() -> AsyncGenerator[Callable[[], float]]:
    """How long the loop let nobody speak, in milliseconds."""
    beats = [time.perf_counter()]

    async def beat() -> None:
        while True:
            await asyncio.sleep(0.001)
            beats.append(time.perf_counter())

    beating = asyncio.create_task(beat())
    try:
        yield lambda: max(later - sooner for sooner, later in pairwise(beats)) * 1000
    finally:
        beating.cancel()
