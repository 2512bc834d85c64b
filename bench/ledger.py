"""How many transfers a second become durable: entered, and both balances changed, in one statement a batch.

Transfers run between a thousand accounts of one book, as when many orders are settled at once.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from random import Random
from typing import Final

import uvloop

from sangdan.kit import ledger, postgres
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.kit.ledger import Transfer

from . import ground
from .figures import Figure, Measured
from .ground import AT

ACCOUNTS: Final = 1000
# Transfers in a batch, and batches under way at once.
SHAPES: Final = ((10, 1), (100, 1), (1000, 1), (1000, 2))
SECONDS: Final = 4.0


def measure() -> Measured:
    """Post as fast as it goes, and prove the books afterwards."""
    with ground.durable() as server:
        before = ground.yardstick(server)
        rates = uvloop.run(_rates(server))
        held_against = (before + ground.yardstick(server)) / 2
        flush = ground.flush_ms(server.folder)
    figures = [
        Figure(what, rate, "transfers/s", ground.YARDSTICK, held_against, "transactions/s")
        for what, rate in rates.items()
    ]
    return Measured("ledger", f"{ACCOUNTS:,} accounts, fsync on; flushing 8 KB takes {flush:.2f} ms here", figures)


async def _rates(server: postgres.Server) -> dict[str, float]:
    pool = await Pool.open(server.url, size=4)
    rates: dict[str, float] = {}
    try:
        for size, at_once in SHAPES:
            what = f"{size:>5,} in a batch, {at_once} batch{'es' if at_once > 1 else ''} at once"
            print(f"  {what.strip()}", file=sys.stderr)
            rates[what] = await _post(pool, size, at_once)
        async with pool.transaction() as conn:
            assert await ledger.drift(conn) == []
    finally:
        await pool.close()
    return rates


async def _post(pool: Pool, size: int, at_once: int) -> float:
    """Transfers a second over some seconds; making them is not on the clock."""
    entered, spent = 0, 0.0
    random, ids = Random(size), Ids()
    while spent < SECONDS:
        batches = [_batch(random, ids, size) for _ in range(at_once * max(1, 2000 // size))]
        began = time.perf_counter()
        entered += sum(await asyncio.gather(*(_enter(pool, batches[n::at_once]) for n in range(at_once))))
        spent += time.perf_counter() - began
    return entered / spent


async def _enter(pool: Pool, batches: Sequence[Sequence[Transfer]]) -> int:
    entered = 0
    for batch in batches:
        async with pool.transaction() as conn:
            entered += await ledger.post(conn, batch)
    return entered


def _batch(random: Random, ids: Ids, size: int) -> list[Transfer]:
    return [
        Transfer(
            book="alliance",
            transfer_id=ids.new(AT),
            currency="KRW",
            debit=f"due:{debit}",
            credit=f"due:{credit}",
            amount_minor=random.randint(100, 90_000),
            kind="goods",
            reference="bench",
            at=AT,
        )
        for debit, credit in (random.sample(range(ACCOUNTS), 2) for _ in range(size))
    ]
