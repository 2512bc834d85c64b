"""How many orders a second become durable in process: `flows.place_order.counter` with so many waiting at any time.

Whole orders of one to five lines over a million full cells on a server that flushes every commit: shelves, hours,
promise with its inputs, order, payment intent, facts and retry key. The orders are made before the clock runs; what is
measured is the counter, the batch and its commit. Then the same with one SKU that everybody wants, and with nothing
left of it.
"""

import asyncio
import time
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Final

import msgspec
import psycopg
import uvloop
from msgspec.structs import replace

from sangdan.flows.place_order import Claim, Taken
from sangdan.flows.place_order.counter import Counter
from sangdan.kit import postgres
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Pool

from . import ground
from .demand import BUYER, NODES, PLENTY, SKUS, orders
from .figures import Figure, Measured, Target
from .ground import AT

WARM: Final = 1_000
MADE: Final = 8_000
ANSWER: Final = b"{}" * 300  # as long as an order's answer


class Rate(msgspec.Struct, frozen=True):
    """Orders a second, and the server's processor time for one, in microseconds."""

    orders: float
    cpu_us: float


def measure() -> Measured:
    """Place orders as fast as it goes."""
    with ground.durable() as server:
        uvloop.run(_found(server))
        ground.fill_whole(server, NODES, SKUS, PLENTY)
        before = _yardstick(server)
        told = uvloop.run(_rates(server))
        after = _yardstick(server)
        flush = ground.flush_ms(server.folder)
    held = Rate((before.orders + after.orders) / 2, (before.cpu_us + after.cpu_us) / 2)
    goals = {
        "128 waiting": Target("ratio", at_least=1.5),
        "512 waiting": Target("ratio", at_least=2.5),
    }
    figures = [
        Figure(what, rate.orders, "orders/s", ground.YARDSTICK, held.orders, "transactions/s", goals.get(what))
        for what, rate in told.items()
    ]
    figures.append(
        Figure("server CPU of an order, 512 waiting", told["512 waiting"].cpu_us, "us", ground.YARDSTICK, held.cpu_us,
               "us", Target("ratio", at_most=0.4))
    )  # fmt: skip
    uniform, hot, gone = (told[f"128 waiting{which}"].orders for which in ("", ", one hot SKU", ", sold out"))
    figures += [
        Figure("one hot SKU against uniform demand", hot, "orders/s", "128 waiting", uniform, "orders/s",
               Target("ratio", at_least=0.8)),
        Figure("a sold-out SKU against a sale", gone, "orders/s", "128 waiting, one hot SKU", hot, "orders/s",
               Target("ratio", at_least=1)),
    ]  # fmt: skip
    cells = len(NODES) * len(SKUS)
    about = f"orders of 1 to 5 lines, {cells:,} cells, fsync on; flushing 8 KB takes {flush:.2f} ms here"
    return Measured("place", about, figures)


def _yardstick(server: postgres.Server) -> Rate:
    spent, seconds = ground.server_cpu_s(server), 4
    rate = ground.yardstick(server, seconds)
    return Rate(rate, 1e6 * (ground.server_cpu_s(server) - spent) / (rate * seconds))


async def _found(server: postgres.Server) -> None:
    pool = await Pool.open(server.url)
    await ground.found(pool, NODES, SKUS)
    await pool.close()


async def _rates(server: postgres.Server) -> dict[str, Rate]:
    pool = await Pool.open(server.url, size=4)
    try:
        uniform, hot = (orders(Random(7), AT, demand) for demand in ("uniform", "hot"))
        told = {f"{waiting} waiting": await _rate(server, pool, uniform, waiting) for waiting in (1, 8, 128, 512)}
        told |= {f"{waiting} waiting, one hot SKU": await _rate(server, pool, hot, waiting) for waiting in (128, 512)}
        with psycopg.connect(server.url, autocommit=True) as conn:
            conn.execute("UPDATE stock.balance SET safety = on_hand WHERE sku = %s", [SKUS[0]])
        told["128 waiting, sold out"] = await _rate(server, pool, hot, 128)
        return told
    finally:
        await pool.close()


async def _rate(server: postgres.Server, pool: Pool, wishes: Iterator[Taken], waiting: int) -> Rate:
    """Orders a second, with so many waiting at any time until all are placed."""
    counter = Counter(pool, WallClock(), 1 << 20)
    rate = Rate(0, 0)
    for made in (WARM, MADE if waiting >= 64 else MADE // 4):
        ready = [_keyed(each) for each in islice(wishes, made)]

        async def buy(ready: list[Taken]) -> None:
            while ready:
                await counter.place(ready.pop())

        began, spent = time.perf_counter(), ground.server_cpu_s(server)
        await asyncio.gather(*(buy(ready) for _ in range(waiting)))
        took, cpu_s = time.perf_counter() - began, ground.server_cpu_s(server) - spent
        rate = Rate(made / took, 1e6 * cpu_s / made)
    return rate


def _keyed(taken: Taken) -> Taken:
    claim = Claim(BUYER.client_id, str(taken.order_id), taken.order_id.bytes, 201, ANSWER)
    return replace(taken, claim=claim)
