"""Hours are promised, held, given back and used by many at once: never more than there are, and none is lost."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar
from uuid import UUID

import pytest

from sangdan.flows import hold_way
from sangdan.flows.cancel_order import cancel
from sangdan.flows.place_order import StockGone, take
from sangdan.kit.db import RETRYABLE, Conn, Pool
from sangdan.kit.problems import Problem
from sangdan.offer.promise.errors import NoWay
from sangdan.ship.warehouse import commands as warehouse

from .alliance_cases import BUYER, ROWS, SECRET, TERMS
from .alliance_town import Town

T = TypeVar("T")
Hour = tuple[str, datetime]

PER_HOUR: Final = 6
CROWD: Final = 10
SERVICES: Final = ("pickup", "pickup", "next_day", "next_day", "standard")
HELD_S: Final = 240
SLOTS: Final = "SELECT node_id, hour_at, parcels, parcels_max FROM warehouse.slot"
CLAIMS: Final = "SELECT parcel_id, node_id, hour_at, state FROM warehouse.slot_claim WHERE state <> 'released'"
# What the orders say that floors have still to pick, whatever the floors' own books say.
OPEN: Final = """
    SELECT p.parcel_id, p.node_id, p.slot_at
      FROM orders.parcel p LEFT JOIN warehouse.task t ON (t.node_id, t.parcel_id) = (p.node_id, p.parcel_id)
     WHERE p.state IN ('planned', 'released') AND coalesce(t.state, 'waiting') = 'waiting'
"""


class Crowd:
    """Shoppers and pickers of one seed, several at a time.

    held  by the token of a way that is held: which hold it is
    """

    def __init__(self, pool: Pool, seed: int) -> None:
        self.town = Town(pool, careful=False)
        self.random = Random(seed)
        self.orders: list[UUID] = []
        self.held: dict[str, UUID] = {}
        self.done = Counter[str]()
        self._tokens: list[str] = []

    async def found(self) -> None:
        """Shelves that outlast the hours: nothing but capacity is scarce."""
        tight = {"handling_s": 600, "parcels_per_hour": PER_HOUR}
        await self.town.found(
            nodes=[dict(row) | tight for row in ROWS["nodes"]],
            stock=[
                {"node_id": row["node_id"], "sku": "tea", "owner_id": "leaf", "on_hand": 400}
                for row in ROWS["nodes"] if row["node_id"] != "freeze"
            ],
        )  # fmt: skip

    async def round(self) -> None:
        """Several do something, each on a connection of their own, in whatever order it comes."""
        await self._ask()
        deeds: list[Callable[[], Awaitable[str]]] = self.random.choices(
            [self._take, self._hold, self._take_held, self._let_go, self._cancel, self._pick, self._react],
            weights=[6, 3, 2, 1, 2, 3, 1], k=CROWD,
        )  # fmt: skip
        self.done.update(await asyncio.gather(*(deed() for deed in deeds)))

    async def _ask(self) -> None:
        for _ in range(CROWD):
            try:
                token, _ = await self.town.way({"tea": self.random.randint(1, 2)}, self.random.choice(SERVICES))
            except NoWay:
                continue
            self._tokens.append(token)
        self.random.shuffle(self._tokens)

    async def _take(self) -> str:
        if not self._tokens:
            return "nothing"
        return await self._placed(self._tokens.pop(), None)

    async def _take_held(self) -> str:
        if not self.held:
            return "nothing"
        token, hold_id = self.held.popitem()
        return await self._placed(token, hold_id)

    async def _placed(self, token: str, hold_id: UUID | None) -> str:
        now = self.town.clock.now()

        async def placing(conn: Conn) -> UUID:
            if hold_id is not None:
                await hold_way.end(conn, hold_id, BUYER.client_id, now)
            return (await take(conn, token, BUYER, TERMS, SECRET, now)).order_id

        return await self._tried("taken", placing, self.orders.append)

    async def _hold(self) -> str:
        if not self._tokens:
            return "nothing"
        token, now = self._tokens.pop(), self.town.clock.now()

        async def holding(conn: Conn) -> UUID:
            held = await hold_way.hold(conn, token, BUYER.client_id, BUYER.shop_id, HELD_S, SECRET, now, most=100)
            return held.order_id

        return await self._tried("held", holding, lambda hold_id: self.held.update({token: hold_id}))

    async def _let_go(self) -> str:
        if not self.held:
            return "nothing"
        _, hold_id = self.held.popitem()
        now = self.town.clock.now()
        return await self._tried("let go", lambda conn: hold_way.release(conn, hold_id, BUYER.client_id, now))

    async def _cancel(self) -> str:
        if not self.orders:
            return "nothing"
        order_id, now = self.random.choice(self.orders), self.town.clock.now()
        return await self._tried("cancelled", lambda conn: cancel(conn, order_id, "shopper", now))

    async def _pick(self) -> str:
        """Somebody finds everything, or nothing, of a parcel: then it comes from elsewhere."""
        node_id = self.random.choice(ROWS["nodes"])["node_id"]
        there, now = self.random.choice((True, False)), self.town.clock.now()

        async def picking(conn: Conn) -> None:
            tasks = await conn.execute(
                "SELECT parcel_id FROM warehouse.task WHERE node_id = %s AND state = 'waiting' LIMIT 1", (node_id,)
            )
            for (parcel_id,) in await tasks.fetchall():
                lines = await warehouse.lines(conn, node_id, parcel_id)
                found = {line.reservation_id: line.units if there else 0 for line in lines}
                await warehouse.pick(conn, node_id, parcel_id, found, now)

        return await self._tried("picked", picking)

    async def _react(self) -> str:
        await self.town.react()
        return "reacted"

    async def _tried(
        self, name: str, work: Callable[[Conn], Awaitable[T]], then: Callable[[T], Any] = lambda _: None
    ) -> str:
        """In a transaction of its own, again when the database says so; what is refused leaves nothing."""
        for _ in range(10):
            try:
                async with self.town.pool.transaction() as conn:
                    made = await work(conn)
            except RETRYABLE:
                continue
            except Problem as refused:
                return "full" if isinstance(refused, StockGone) else refused.code
            then(made)
            return name
        raise AssertionError("ten deadlocks in a row")

    async def books(self) -> tuple[Counter[Hour], Counter[Hour]]:
        """By hour: places that are taken, and those that are still to be worked on. Each book says the same."""
        async with self.town.pool.transaction() as conn:
            slots = await (await conn.execute(SLOTS)).fetchall()
            claims = await (await conn.execute(CLAIMS)).fetchall()
            wanted = {row[0]: (row[1], row[2]) for row in await (await conn.execute(OPEN)).fetchall()}
            holds = await (await conn.execute("SELECT count(*) FROM baskets.hold WHERE state = 'held'")).fetchone()
        assert all(parcels <= parcels_max == PER_HOUR for _, _, parcels, parcels_max in slots), "overbooked"
        taken = Counter((node_id, hour_at) for _, node_id, hour_at, _ in claims)
        assert taken == Counter({(n, h): parcels for n, h, parcels, _ in slots if parcels}), "drifted"
        held = {parcel_id: (node_id, hour_at) for parcel_id, node_id, hour_at, state in claims if state == "held"}
        assert wanted.items() <= held.items(), "a parcel without its hour"
        assert holds is not None
        assert len(held) - len(wanted) == holds[0], "an hour that nobody wants"
        return taken, Counter(held.values())


@pytest.mark.parametrize("seed", [1, 2])
async def test_hours_in_any_interleaving(db: Pool, seed: int) -> None:
    crowd = Crowd(db, seed)
    await crowd.found()
    for _ in range(10):
        await crowd.round()
        await crowd.town.react()
        await crowd.books()
        await crowd.town.until(crowd.town.clock.now() + timedelta(minutes=crowd.random.choice((0, 1, 2, 20))))
    taken, _ = await crowd.books()
    assert {"taken", "held", "cancelled", "picked"} <= crowd.done.keys(), crowd.done
    assert max(taken.values()) == PER_HOUR, "nothing was scarce"

    await crowd.town.until(crowd.town.clock.now() + timedelta(seconds=HELD_S))
    for order_id in crowd.orders:
        try:
            await crowd.town.cancel(order_id)
        except Problem:
            for parcel in await crowd.town.live(order_id):
                async with crowd.town.pool.transaction() as conn:
                    state = (await warehouse.task(conn, parcel.node_id, parcel.parcel_id)).state
                if state == "waiting":
                    await crowd.town.pick(parcel)
    _, open_ = await crowd.books()
    assert not open_, "all is used, or given back"
    await crowd.town.audit()
