"""Orders of five lines over HTTP, as a shop sends them: POST /v1/orders with a token and a retry key, 128 at a time.

A real server process on a durable database with a million cells, and the buyers in a process of their own: all of it
on this machine's cores. Each order is written whole (shelves, hours, promise with its inputs, order, payment intent,
facts, retry key and answer) before it is answered. No worker runs: what reacts to orders comes after them.
"""

import json
import os
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from random import Random
from typing import Final, LiteralString
from uuid import UUID

import msgspec
import uvloop

from sangdan.flows.admit_client import admit
from sangdan.kit import access, postgres
from sangdan.kit.db import Pool, run
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.commands import Seal
from sangdan.offer.promise.model.slip import slip_of

from . import ground
from .buyers import Task, Told
from .demand import NODES, PLENTY, SKUS, baskets
from .figures import Figure, Measured, Target

CONNECTIONS: Final = 128
SECONDS: Final = float(os.environ.get("BENCH_SECONDS", "60"))
WARM_S: Final = 5.0
LINES: Final = (5, 5)
SECRET: Final = "not-a-secret-but-thirty-two-characters"

# The example's ally ships; this one sells.
COLLECTS: Final[LiteralString] = "UPDATE partners.partner SET kind = 'marketplace'"


def measure() -> Measured:
    """Place orders over HTTP for a minute."""
    with ground.durable() as server:
        key = uvloop.run(_found(server))
        ground.fill_whole(server, NODES, SKUS, PLENTY)
        before = ground.yardstick(server)
        told = _sold(server, key)
        held_against = (before + ground.yardstick(server)) / 2
        flush = ground.flush_ms(server.folder)
    assert not told.refused, told.refused
    latencies = sorted(told.latencies_ms)
    rate = told.placed / told.took_s
    flushing = "making 8 KB durable"
    figures = [
        Figure("orders over HTTP, 128 open requests", rate, "orders/s", ground.YARDSTICK, held_against,
               "transactions/s", Target("ratio", at_least=0.3)),
        Figure("the same, as it is", rate, "orders/s", ground.YARDSTICK, held_against, "transactions/s",
               Target("value", at_least=2000)),
        Figure("until answered, median", statistics.median(latencies), "ms", flushing, flush, "ms"),
        Figure("until answered, 99 of 100", latencies[len(latencies) * 99 // 100], "ms", flushing, flush, "ms",
               Target("value", at_most=100)),
    ]  # fmt: skip
    about = (
        f"{SECONDS:.0f} s, 5 lines an order, {len(NODES) * len(SKUS):,} cells, one server process and the buyers on"
        f" this machine, fsync on; flushing 8 KB takes {flush:.2f} ms here"
    )
    return Measured("place_http", about, figures)


async def _found(server: postgres.Server) -> str:
    """Bring in the alliance; gives the shop's key."""
    pool = await Pool.open(server.url)
    try:
        await ground.found(pool, NODES, SKUS)
        key = access.new_key()
        async with pool.transaction() as conn:
            await run(conn, COLLECTS)
            await admit(conn, "web", "shop", "hanbit", None, key, datetime.now(UTC))
        return key
    finally:
        await pool.close()


def _sold(server: postgres.Server, key: str) -> Told:
    chosen = {"SANGDAN_DATABASE_URL": server.url, "SANGDAN_SECRET": SECRET, "SANGDAN_LOG_LEVEL": "warning",
              "SANGDAN_MASTER_KEY": "0" * 64, "SANGDAN_PORT": "0"}  # fmt: skip
    kept = {name: each for name, each in os.environ.items() if not name.startswith("SANGDAN_")}
    with subprocess.Popen(
        [sys.executable, "-m", "sangdan", "serve", "--no-worker"],
        env=kept | chosen, stdout=subprocess.PIPE, text=True,
    ) as serving:  # fmt: skip
        assert serving.stdout is not None
        try:
            host, _, port = serving.stdout.readline().strip().removeprefix("http://").rpartition(":")
            task = Task(host, int(port), key, SECRET.encode(), _seals(), CONNECTIONS, SECONDS, WARM_S)
            told = subprocess.run(
                [sys.executable, "-m", "bench.buyers"],
                input=msgspec.json.encode(task), stdout=subprocess.PIPE, check=True,
            ).stdout  # fmt: skip
        finally:
            serving.terminate()
    return msgspec.convert(json.loads(told), Told)


def _seals() -> list[Seal]:
    """What is bought, sealed; each buyer's has an id of its own."""
    seals = list[Seal]()
    for each in baskets(Random(7), datetime.now(UTC), "uniform", LINES):
        way, facts = each.promise.way, each.promise.facts
        slip = slip_of(facts, way, int(way.expires_at.timestamp()) + 300)
        token = promises.seal(way, each.promise.inputs, UUID(int=0), "web", SECRET.encode(), slip)
        seals.append(promises.unspell(token, SECRET.encode()))
    return seals
