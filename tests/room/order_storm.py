"""Random days: shoppers, pickers, carriers and a bank who do whatever can be done next, from a seed."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from sangdan.adapters.sandbox_gateway import Behaviour
from sangdan.flows import confirm_order
from sangdan.flows.place_order import StockGone
from sangdan.kit.db import Pool
from sangdan.offer.promise.errors import NoWay
from sangdan.offer.stock import commands as stock
from sangdan.order.orders.model import CANCELLABLE, Parcel
from sangdan.pay.payments.model import Ask
from sangdan.ship.delivery.model import State

from .alliance_cases import ROWS
from .alliance_town import Town

SKUS: Final = ("tea", "cup", "jam", "ice")
SERVICES: Final = ("next_day", "standard", "pickup")
REPORTS: Final[tuple[State, ...]] = ("delivered", "delivered", "delivered", "out_for_delivery", "attempt_fail", "lost")
STAMMERS: Final = (Behaviour.TIME_OUT, Behaviour.LATE, Behaviour.TWICE)


class Bank:
    """Mostly approves; now and then it stammers, loses a call once, or declines to hold the money.

    seed      of its moods
    stubborn  often declines captures and refunds too
    """

    def __init__(self, seed: int, *, stubborn: bool = False) -> None:
        self._seed = seed
        self._declines = {"authorise": 0.15} | ({"capture": 0.3, "refund": 0.5} if stubborn else {})
        self._lost: set[str] = set()

    def __call__(self, ask: Ask) -> Behaviour:
        mood = Random(f"{self._seed}/{ask.key}")
        if mood.random() < 0.1 and ask.key not in self._lost:
            self._lost.add(ask.key)
            return Behaviour.LOSE
        if mood.random() < self._declines.get(ask.kind, 0):
            return Behaviour.DECLINE
        return mood.choice(STAMMERS) if mood.random() < 0.2 else Behaviour.APPROVE


class Storm:
    """What happens in the town, one thing after another.

    seed  of the choices
    bank  how the gateway behaves; from the seed unless given
    """

    def __init__(self, pool: Pool, seed: int, bank: Bank | None = None) -> None:
        self.town = Town(pool, bank or Bank(seed), careful=False)
        self.orders: list[UUID] = []
        self.done: list[str] = []
        self._random = Random(seed)
        self._deeds: dict[str, tuple[int, Callable[[], Awaitable[bool]]]] = {
            "order": (6, self._order),
            "cancel": (2, self._cancel),
            "wait": (3, self._wait),
            "pick": (5, self._pick),
            "send": (5, self._send),
            "report": (4, self._report),
            "confirm": (1, self._confirm),
            "refill": (2, self._refill),
        }

    async def rage(self, steps: int) -> None:
        """Do so many things, and audit after every twentieth."""
        await self.town.found()
        await self.stir(steps)

    async def stir(self, steps: int) -> None:
        """The same in a town that is founded."""
        weights = [weight for weight, _ in self._deeds.values()]
        for step in range(steps):
            [name] = self._random.choices(list(self._deeds), weights)
            if await self._deeds[name][1]():
                self.done.append(name)
            if step % 20 == 0:
                await self.town.audit()

    async def settle_down(self) -> None:
        """Let every order come to its end, without further mishap."""
        for _ in range(10):
            await self.town.until(self.town.clock.now() + timedelta(days=1))
            for _, parcel, task_state in await self._parcels():
                if task_state == "waiting":
                    await self.town.pick(parcel)
                if task_state in ("waiting", "picked"):
                    await self.town.send(parcel)
                await self.town.tell(parcel, "delivered", self.town.clock.now())
        await self.town.until(self.town.clock.now() + timedelta(days=9))
        await self.town.audit()

    async def _order(self) -> bool:
        wishes = {sku: self._random.randint(1, 4) for sku in self._random.sample(SKUS, self._random.randint(1, 3))}
        service = self._random.choice(SERVICES)
        try:
            token, _ = await self.town.way(wishes, service)
            self.orders.append(await self.town.take(token))
        except (NoWay, StockGone):
            return False
        await self.town.react()
        return True

    async def _cancel(self) -> bool:
        for order_id in self._shuffled(self.orders):
            whole = await self.town.whole(order_id)
            if whole.order.state in CANCELLABLE:
                line = self._random.choice([each for each in whole.lines if each.units > each.cancelled_units])
                units = self._random.randint(1, line.units - line.cancelled_units)
                await self.town.cancel(order_id, self._random.choice([None, {line.line_no: units}]))
                return True
        return False

    async def _wait(self) -> bool:
        await self.town.until(self.town.clock.now() + timedelta(minutes=self._random.choice([1, 5, 10, 60, 300])))
        return True

    async def _pick(self) -> bool:
        for _, parcel, state in self._shuffled(await self._parcels()):
            if state == "waiting":
                some = {
                    sku: self._random.randint(0, 2) for sku in self._random.sample(SKUS, self._random.randint(0, 3))
                }
                await self.town.pick(parcel, **some)
                return True
        return False

    async def _send(self) -> bool:
        for _, parcel, state in self._shuffled(await self._parcels()):
            if state == "picked":
                await self.town.send(parcel)
                return True
        return False

    async def _report(self) -> bool:
        for state, parcel, _ in self._shuffled(await self._parcels()):
            if state == "shipped":
                await self.town.tell(parcel, self._random.choice(REPORTS), self.town.clock.now())
                return True
        return False

    async def _confirm(self) -> bool:
        for order_id in self._shuffled(self.orders):
            if (await self.town.whole(order_id)).order.state == "delivered":
                async with self.town.pool.transaction() as conn:
                    await confirm_order.confirm(conn, order_id, self.town.clock.now())
                await self.town.react()
                return True
        return False

    async def _refill(self) -> bool:
        row = self._random.choice(ROWS["stock"])
        now = self.town.clock.now()
        async with self.town.pool.transaction() as conn:
            await stock.receive(
                conn, row["node_id"], self.town.ids.new(now), row["sku"], row["owner_id"], 3, "refill", now
            )
        return True

    async def _parcels(self) -> list[tuple[str, Parcel, str]]:
        """Parcels that are still to come, each with its own state before it and its task's behind it."""
        async with self.town.pool.transaction() as conn:
            rows = await conn.execute("SELECT parcel_id, state FROM warehouse.task ORDER BY parcel_id")
            tasks = dict(await rows.fetchall())
        return [
            (parcel.state, parcel, tasks[parcel.parcel_id])
            for order_id in self.orders
            for parcel in await self.town.live(order_id)
            if parcel.parcel_id in tasks
        ]

    def _shuffled(self, things: list[Any]) -> list[Any]:
        return self._random.sample(things, len(things))
