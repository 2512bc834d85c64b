"""Units that other regions will miss get a price: rounds over the SKUs ordered lately, a bounded step at a time.

A round reads the orders placed since the last one, then goes through the SKUs by code. Each step is one transaction of
well under a second, so that whoever leads can do its other work in between, and a crash loses one step at most.
"""

import logging
from collections import defaultdict
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.kit.events import due, set_timer
from sangdan.offer.promise import queries as promises
from sangdan.offer.promise.errors import SolverMissing
from sangdan.offer.promise.queries import Asked, Placed, Round

from .pricing import LATELY, LATEST, priced

log = logging.getLogger("sangdan.scarcity")

KIND: Final = "promise.scarcity"
# One timer: another process that sets it only moves it.
KEY: Final = "round"
EVERY: Final = timedelta(minutes=15)
PAUSE: Final = timedelta(milliseconds=100)
# Orders are read so late that none is still being written with an earlier time.
BEHIND: Final = timedelta(minutes=1)
ORDERS_A_STEP: Final = 2_000
SKUS_A_STEP: Final = 200

_MISSING: Final = "Scarcity is priced by HiGHS, which is not installed: pip install 'sangdan[plan]'."


async def keep_going(conn: Conn, at: datetime) -> None:
    """Have rounds follow one another from now on; harmless when they do."""
    await set_timer(conn, KIND, KEY, at)


@due(KIND)
async def go_on(conn: Conn, key: str, _: dict[str, Any], at: datetime) -> None:
    """One step, and the timer for the next; without the solver nothing is priced, and sources are chosen without."""
    more = False
    if find_spec("highspy") is None:
        log.info(_MISSING)
    else:
        more = await step(conn, at)
    await set_timer(conn, KIND, key, at + (PAUSE if more else EVERY))


async def step(conn: Conn, at: datetime) -> bool:
    """Go on with the round, or begin one; gives whether there is more of it.

    raises  SolverMissing
    """
    if find_spec("highspy") is None:
        raise SolverMissing(_MISSING, extra="plan")
    now = await promises.lock_round(conn)
    if now.began_at is None:
        now = replace(now, began_at=at, looked_at=0, scarce=0, after_sku="")
    page = await _unread(conn, now, at)
    if page:
        now = replace(now, read_at=page[-1].placed_at, read_id=page[-1].order_id)
    more = True
    if len(page) < ORDERS_A_STEP:
        now, more = await _priced(conn, now, at)
    await promises.keep_round(conn, now)
    return more


async def _unread(conn: Conn, now: Round, at: datetime) -> list[Placed]:
    """Remember what was ordered since the last look, a bounded number of orders of it."""
    after = at - LATELY, UUID(int=0)
    if now.read_at is not None and now.read_id is not None:
        after = max(after, (now.read_at, now.read_id))
    page = await promises.placed(conn, after, at - BEHIND, ORDERS_A_STEP)
    orders = {each.order_id: each for each in page}
    lines = await promises.ordered(conn, list(orders)) if orders else []
    await promises.remember(
        conn,
        [
            Asked(each.sku, each.order_id, orders[each.order_id].postcode, each.units, orders[each.order_id].placed_at)
            for each in lines
        ],
    )
    return page


async def _priced(conn: Conn, now: Round, at: datetime) -> tuple[Round, bool]:
    """Price the next SKUs, or end the round when there are none."""
    assert now.began_at is not None
    skus = await promises.next_skus(conn, now.after_sku, SKUS_A_STEP)
    if not skus:
        await promises.forget_old_prices(conn, now.began_at)
        return replace(now, began_at=None, after_sku="", ended_at=at), False
    await promises.trim(conn, skus, LATEST, at - LATELY)
    asked: defaultdict[str, list[Asked]] = defaultdict(list)
    for each in await promises.wanted(conn, skus):
        asked[each.sku].append(each)
    found = await priced(conn, skus, asked, at)
    await promises.reprice(conn, found.skus, found.prices, found.currency, at)
    scarce = len({sku for _, sku, _ in found.prices})
    done = replace(now, after_sku=found.skus[-1], looked_at=now.looked_at + len(found.skus), scarce=now.scarce + scarce)
    return done, True
