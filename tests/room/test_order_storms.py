"""Whatever happens in whatever order, and however often it is heard: units and money end where they belong."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

import pytest

from sangdan.adapters.sandbox_gateway import SandboxGateway
from sangdan.doors.worker.outside import Outside
from sangdan.kit import events
from sangdan.kit.db import RETRYABLE, Conn, Pool
from sangdan.kit.engine import Engine, Listener
from sangdan.kit.events import Record
from sangdan.pay.payments.model import Answer, Ask

from .alliance_cases import RELEASED
from .alliance_town import Town
from .order_storm import Bank, Storm

# What may happen to an order, a payment or a parcel but once.
ONCE = (
    "orders.authorised", "orders.released", "orders.shipped", "orders.delivered", "orders.confirmed",
    "orders.cancelled", "payments.authorised", "payments.captured", "payments.voided", "warehouse.picked",
    "warehouse.handed_over", "delivery.delivered",
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


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_random_storm_leaves_nothing_unaccounted_for(db: Pool, seed: int) -> None:
    storm = Storm(db, seed)
    await storm.rage(220)
    assert set(storm.done) == {"order", "cancel", "wait", "pick", "send", "report", "confirm", "refill"}
    await storm.settle_down()
    await all_over(storm)


async def test_a_bank_that_declines_even_refunds_unbalances_no_book(db: Pool) -> None:
    storm = Storm(db, 5, Bank(5, stubborn=True))
    await storm.rage(200)
    await storm.settle_down()
    refused = await rows(db, "SELECT data ->> 'kind' FROM kit.event WHERE type = 'payments.refused'")
    assert {kind for (kind,) in refused} == {"capture", "refund"}


async def test_who_hears_everything_twice_does_it_once(
    db: Pool, second_db: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every reaction of the second run is called twice, every answer recorded twice."""
    once = Storm(db, 3)
    await once.rage(120)
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
    await again.rage(120)
    await again.settle_down()

    assert again.done == once.done
    first, second = await everything(db), await everything(second_db)
    assert [name for name in first if first[name] != second[name]] == []


class Pair(Engine):
    """Two engines on one database, neither of which knows that the other leads too.

    heard  facts that each has reacted to
    """

    def __init__(self, town: Town) -> None:
        self.heard = [0, 0]
        outside = Outside(town.gateway)
        self._engines = [
            Engine(town.pool, town.clock, outside, strict=False, listen=self._ear(number)) for number in (0, 1)
        ]
        self._town = town

    def _ear(self, number: int) -> Listener:
        def hear(fact: Any, at: datetime) -> None:
            self.heard[number] += 1

        return hear

    async def drain(self) -> int:
        """Both at once, until nothing waits; whoever lost a race tries again a second later."""
        for _ in range(60):
            await self._both(lambda engine: engine.drain())
            if not await rows(self._town.pool, "SELECT FROM kit.outbox LIMIT 1"):
                return 0
            self._town.clock.set(self._town.clock.now() + timedelta(seconds=1))
        raise AssertionError("a fact finds nobody who can react to it")

    async def run_until(self, at: datetime) -> None:
        """Both take whatever is due."""
        await self._both(lambda engine: engine.run_until(at))
        await self.drain()

    async def _both(self, run: Callable[[Engine], Coroutine[Any, Any, Any]]) -> None:
        for outcome in await asyncio.gather(*map(run, self._engines), return_exceptions=True):
            if isinstance(outcome, BaseException) and not isinstance(outcome, RETRYABLE):
                raise outcome


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_engines_at_once_double_nothing(db: Pool, seed: int) -> None:
    """A leader that lost its lock and has not noticed yet."""
    storm = Storm(db, seed)
    pair = storm.town.engine = Pair(storm.town)
    await storm.rage(120)
    await storm.settle_down()
    await all_over(storm)
    assert min(pair.heard) > 20, "both were at work"
    doubled = await rows(
        db, "SELECT subject, type, count(*) FROM kit.event GROUP BY subject, type HAVING count(*) > 1 ORDER BY 2"
    )
    assert [row for row in doubled if row[1] in ONCE] == []


class Interrupted(SandboxGateway):
    """Does what it is asked; but whoever asks first is gone before the answer."""

    def __init__(self, town: Town) -> None:
        super().__init__(town.clock)
        self._heard: set[str] = set()

    async def authorise(self, ask: Ask) -> Answer:
        """Hold the amount."""
        return self._cut(await super().authorise(ask))

    async def capture(self, ask: Ask) -> Answer:
        """Take the amount."""
        return self._cut(await super().capture(ask))

    def _cut(self, answer: Answer) -> Answer:
        if answer.key not in self._heard:
            self._heard.add(answer.key)
            raise LeaderDiedError
        return answer


class LeaderDiedError(Exception):
    """Stands for the end of the process, between the bank's answer and its record."""


async def test_the_heir_of_a_leader_that_died_while_it_asked_asks_again(town: Town) -> None:
    outside = Outside(Interrupted(town))
    dying, heir = (Engine(town.pool, town.clock, outside) for _ in range(2))
    token, _ = await town.way({"tea": 1})
    order_id = await town.take(token)
    for state, held, taken in (("authorised", 12_000, 0), ("captured", 0, 12_000)):
        with pytest.raises(LeaderDiedError):
            await dying.drain()
        await heir.drain()
        paid, books = await town.payment(order_id), await town.books()
        assert (paid.state, books.held_minor, books.net("escrow")) == (state, held, taken)
        await heir.fire(RELEASED)
    answers = await rows(town.pool, "SELECT kind, answers FROM payments.call ORDER BY kind")
    assert answers == [("authorise", 1), ("capture", 1)]
