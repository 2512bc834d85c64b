"""Whatever happens in whatever order, and however often it is heard: units and money end where they belong."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from sangdan.doors.worker.outside import Outside
from sangdan.kit import events
from sangdan.kit.db import RETRYABLE, Conn, Pool, value
from sangdan.kit.engine import Engine
from sangdan.kit.events import Record
from sangdan.pay.payments.model import Answer, Ask

from .alliance_cases import Town
from .order_storm import Bank, Storm

# What may happen to an order, a payment or a parcel but once.
ONCE = (
    "orders.authorised", "orders.released", "orders.shipped", "orders.delivered", "orders.confirmed", "orders.cancelled",
    "payments.authorised", "payments.captured", "payments.voided", "warehouse.picked", "warehouse.handed_over",
    "delivery.delivered",
)  # fmt: skip


async def rows(pool: Pool, query: str) -> list[Any]:
    async with pool.transaction() as conn:
        return await (await conn.execute(query.encode())).fetchall()


async def everything(pool: Pool) -> dict[str, list[Any]]:
    """All that an order leaves behind, but for the ids of events and the count of answers."""
    queries = {
        "orders": "SELECT * FROM orders.order ORDER BY 1",
        "lines": "SELECT * FROM orders.line ORDER BY 1, 2",
        "parcels": "SELECT * FROM orders.parcel ORDER BY 1, 2",
        "contents": "SELECT * FROM orders.parcel_line ORDER BY 1, 2, 3, 6",
        "outcomes": "SELECT * FROM promise.outcome ORDER BY 1, 2",
        "payments": "SELECT * FROM payments.payment ORDER BY 1",
        "calls": "SELECT order_id, key, outcome FROM payments.call ORDER BY 1, 2",
        "transfers": "SELECT * FROM kit.transfer ORDER BY 1, 2",
        "shelves": "SELECT * FROM stock.balance ORDER BY 1, 2, 3",
        "movements": "SELECT node_id, sku, owner_id, units, kind FROM stock.movement ORDER BY 1, 2, 3, at, 4, 5",
        "hours": "SELECT * FROM warehouse.slot ORDER BY 1, 2",
        "events": "SELECT subject, sequence, type, at, data FROM kit.event ORDER BY 1, 2",
        "timers": "SELECT * FROM kit.timer ORDER BY 1, 2",
        "outbox": "SELECT subject FROM kit.outbox",
    }
    return {name: await rows(pool, query) for name, query in queries.items()}


async def all_over(storm: Storm) -> None:
    """Every order has ended, nobody waits for anything, no shopper's money is left in escrow."""
    states = Counter([(await storm.town.whole(order_id)).order.state for order_id in storm.orders])
    assert set(states) <= {"confirmed", "cancelled"}
    assert states["confirmed"] > 0
    books = await storm.town.books()
    assert (books.net("escrow"), books.held_minor) == (0, 0)
    left = await everything(storm.town.pool)
    assert (left["timers"], left["outbox"]) == ([], [])


@pytest.mark.parametrize("seed", range(4))
async def test_a_random_storm_leaves_nothing_unaccounted_for(db: Pool, seed: int) -> None:
    storm = Storm(db, seed)
    await storm.rage(120)
    assert set(storm.done) >= {"order", "cancel", "wait", "pick", "send", "report"}
    await storm.settle_down()
    await all_over(storm)


async def test_a_bank_that_declines_even_refunds_unbalances_no_book(db: Pool) -> None:
    storm = Storm(db, 5, Bank(5, stubborn=True))
    await storm.rage(120)
    await storm.settle_down()
    refused = await rows(db, "SELECT data ->> 'kind' FROM kit.event WHERE type = 'payments.refused'")
    assert {kind for (kind,) in refused} == {"capture", "refund"}


async def test_who_hears_everything_twice_does_it_once(
    db: Pool, monkeypatch: pytest.MonkeyPatch, second_db: Pool
) -> None:
    """Every reaction of the second run is called twice, every answer recorded twice."""
    once = Storm(db, 3)
    await once.rage(100)
    await once.settle_down()

    def twice(record: Record) -> Record:
        async def record_twice(conn: Conn, fact: Any, answer: Any, at: datetime) -> None:
            await record(conn, fact, answer, at)
            await record(conn, fact, answer, at)

        return record_twice

    doubled = {kind: [each for each in heard for _ in range(2)] for kind, heard in events.reactions.items()}
    monkeypatch.setattr(events, "reactions", doubled)
    monkeypatch.setattr(events, "askers", {k: (ask, twice(record)) for k, (ask, record) in events.askers.items()})
    again = Storm(second_db, 3)
    await again.rage(100)
    await again.settle_down()

    assert again.done == once.done
    first, second = await everything(db), await everything(second_db)
    assert {name: second[name] == first[name] for name in first} == dict.fromkeys(first, True)
