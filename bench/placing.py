"""How many orders a second become durable: stock, capacity, promise, order and payment intent in one step each.

Orders of three lines over 100,000 full cells, by way of the pool, on a server that flushes every commit. Once everybody
buys something else, once everybody's first line is the one SKU of the hour on one node. The orders are made before the
clock runs; what is measured is `flows.place_order.place` and the commit.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Final
from uuid import UUID

import msgspec
import uvloop
from msgspec.structs import replace

from sangdan.flows.place_order import Buyer, Taken, place
from sangdan.kit import postgres
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.model import Cell, quote

from . import ground
from .figures import Figure, Measured
from .ground import AT
from .questions import CANDIDATES, LINES, question

NODES: Final = [f"node-{number:03}" for number in range(50)]
SKUS: Final = [f"sku-{number:05}" for number in range(ground.CELLS // len(NODES))]
PLENTY: Final = 1_000_000
BASKETS: Final = 500
AT_ONCE: Final = (1, 8, 32)
SECONDS: Final = 4.0
WARM: Final = 60
BUYER: Final = Buyer(client_id="web", shop_id="hanbit", shopper_id="kim")


def measure() -> Measured:
    """Place orders as fast as it goes."""
    with ground.durable() as server:
        before = ground.yardstick(server)
        orders = uvloop.run(_orders(server))
        held_against = (before + ground.yardstick(server)) / 2
        flush = ground.flush_ms(server.folder)
    figures = [
        Figure(what, rate, "orders/s", ground.YARDSTICK, held_against, "transactions/s")
        for what, rate in orders.items()
    ]
    about = (
        f"{LINES} lines an order, {len(NODES) * len(SKUS):,} cells, fsync on; flushing 8 KB takes {flush:.2f} ms here"
    )
    return Measured("placing", about, figures)


async def _orders(server: postgres.Server) -> dict[str, float]:
    pool = await Pool.open(server.url, size=max(AT_ONCE))
    try:
        await ground.found(pool, NODES, SKUS)
        await ground.fill(pool, NODES, SKUS, PLENTY)
        return await _rates(pool)
    finally:
        await pool.close()


async def _rates(pool: Pool) -> dict[str, float]:
    rates: dict[str, float] = {}
    for name, hot in (("everybody another SKU", False), ("everybody the same SKU", True)):
        orders = _wishes(Random(7), hot=hot)
        await _place(pool, orders, 8, most=WARM)
        for at_once in AT_ONCE:
            print(f"  {name}, {at_once} at once", file=sys.stderr)
            rates[f"{at_once:>2} at once, {name}"] = await _place(pool, orders, at_once)
    return rates


async def _place(pool: Pool, orders: Iterator[Taken], at_once: int, most: int | None = None) -> float:
    """Orders a second over some seconds, or over `most` orders."""
    placed, began = 0, time.perf_counter()

    async def buy() -> None:
        nonlocal placed
        while placed < most if most is not None else time.perf_counter() - began < SECONDS:
            async with pool.transaction() as conn:
                short = await place(conn, next(orders), AT)
            assert short == [], short
            placed += 1

    await asyncio.gather(*(buy() for _ in range(at_once)))
    return placed / (time.perf_counter() - began)


def _wishes(random: Random, *, hot: bool) -> Iterator[Taken]:
    """Orders without end: some hundred baskets, each order with an id of its own."""
    baskets = [_basket(random, hot=hot) for _ in range(BASKETS)]
    ids = Ids()
    while True:
        for basket in baskets:
            promise = replace(basket.promise, promise_id=ids.new(AT))
            yield replace(basket, order_id=ids.new(AT), promise=promise)


def _basket(random: Random, *, hot: bool) -> Taken:
    """What a shopper takes: one of the ways of a real question. When hot, its first line lies on one shelf alone."""
    nodes, skus = random.sample(NODES, CANDIDATES), random.sample(SKUS[1:], LINES)
    if hot:
        nodes = [NODES[0], *(node for node in nodes if node != NODES[0])][:CANDIDATES]
        skus = [SKUS[0], *skus[1:]]
    facts = question(random, AT, nodes, skus)
    if hot:
        full = [Cell(NODES[0], sku, "hanbit", 40) for sku in skus]  # so that this basket, too, fits in one parcel
        others = (cell for cell in facts.cells if cell.node_id != NODES[0] and cell.sku != SKUS[0])
        facts = replace(facts, cells=(*full, *others))
    way = random.choice(quote(facts).ways)
    promise = Opened(UUID(int=0), facts, way, promises.pack(facts), msgspec.json.encode(way))
    return Taken(
        order_id=UUID(int=0), buyer=BUYER, promise=promise, release_at=AT + timedelta(minutes=5), confirm_days=7
    )
