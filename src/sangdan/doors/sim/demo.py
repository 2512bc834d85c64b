"""The demo day: a national alliance from a seed, a day's shoppers, and a reality that the promise room never sees."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID, uuid5

import msgspec
import polars as pl

from sangdan.adapters.sandbox_gateway import Behaviour, SandboxGateway
from sangdan.doors.worker.outside import Outside
from sangdan.flows import quote_promise
from sangdan.flows.cancel_order import cancel
from sangdan.flows.picture import network_of
from sangdan.flows.place_order import Buyer, Terms, take
from sangdan.flows.quote_promise import Basket
from sangdan.flows.quote_promise import Wish as Wanted
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.problems import Problem
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model import Quote, Way
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import WrongState
from sangdan.order.orders.events import OrderReleased
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.model import Ask
from sangdan.tower.twin.model import Reality, Size, Wish, make_world, wishes
from sangdan.tower.twin.model import World as Furniture
from sangdan.tower.twin.model.world import SEOUL

from .floor import Floor
from .furnish import furnish
from .happening import Happening
from .report import Told, tell, why_refused
from .reviewers import Reviewers
from .world import World

CLIENT: Final = "web"
SHOP: Final = "market"
SECRET: Final = bytes(32)  # the day's own database is gone with its promises
TERMS: Final = Terms(release_after_s=300, confirm_days=7)
MOVEMENTS: Final = UUID("01994d1e-0000-7000-8000-000000000000")
# After the last order: all is delivered, and confirmed by its term.
AFTERWARDS: Final = timedelta(days=14)
# Who watches need not wait for the shoppers of the night.
OPENING: Final = timedelta(hours=9)


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What a demo day is made from.

    eve  orders of the day before: their parcels arrive on the day, and those who have theirs speak of it
    """

    seed: int
    orders: int
    day_on: date
    size: Size
    eve: int = 0


async def play(
    pool: Pool, day: Day, places: pl.DataFrame, told: Callable[[str, int], None], step: Callable[[int], None]
) -> Told:
    """Run a demo day to its end.

    pool    of an empty, migrated database
    places  Korea's postcodes: adapters.korea.places
    told    called with each table that is in, and its rows
    step    called after each order with how many are done
    """
    return await (await move_in(pool, day, places, told, step)).run()


async def move_in(
    pool: Pool,
    day: Day,
    places: pl.DataFrame,
    told: Callable[[str, int], None],
    step: Callable[[int], None],
    *,
    strict: bool = True,
) -> "Shopping":
    """Bring the alliance in; the clock stands at the day's first instant.

    strict  what goes wrong ends the day (see World); the rest as in `play`
    """
    furniture = make_world(day.seed, places, day.day_on, day.size)
    begins = datetime.combine(day.day_on, time(), SEOUL)
    rejected = await furnish(pool, furniture.tables, begins - timedelta(days=1), told)
    assert not rejected, f"our own world does not fit: {rejected}"
    shopping = Shopping(pool, day, furniture, begins, step, strict=strict)
    await shopping.plan()
    return shopping


class Shopping:
    """The shoppers of the day.

    world    they live in
    gateway  they pay through
    """

    def __init__(
        self,
        pool: Pool,
        day: Day,
        furniture: Furniture,
        begins: datetime,
        step: Callable[[int], None],
        *,
        strict: bool = True,
    ) -> None:
        reality = Reality(seed=day.seed)
        clock = SimClock(begins - timedelta(days=1) if day.eve else begins)
        self.gateway = SandboxGateway(clock, lambda ask: _behaviour(reality, ask))
        self.world = World(pool, clock, day.seed, Outside(self.gateway), strict=strict)
        eve = wishes(furniture, day.day_on - timedelta(days=1), day.eve) if day.eve else []
        self._wishes = [*eve, *wishes(furniture, day.day_on, day.orders)]
        self._begins = begins
        self._reality = reality
        self._furniture = furniture
        self._happening = Happening(reality)
        self.world.when(OrderReleased, self._learn)
        self._floor = Floor(self.world, self._happening)
        self._refused: Counter[str] = Counter()
        self._done = 0
        self._step = step

    @property
    def people(self) -> pl.DataFrame:
        """What those are called who order on this day, as the import takes it; nobody who lives."""
        ordering = {wish.shopper_id for wish in self._wishes}
        return self._furniture.tables["people"].filter(pl.col("shopper_id").is_in(ordering))

    async def run(self) -> Told:
        """The day as fast as it goes, and the days after it until the last order is confirmed."""
        await self.world.play(self._deliver_notices)
        await self.world.engine.run_until(self.world.clock.now() + AFTERWARDS)
        return await self._tell()

    async def live(self, speed: float, over: Callable[[Told], None]) -> None:
        """The day for those who watch: flat out until the shops open, then at a pace, and on for ever.

        speed  from then on, unless somebody has set another
        over   told once nothing of the day is left to come
        """
        pace = self.world.pace
        products = self._furniture.tables["products"]
        category = dict(products.select("product_id", "category").iter_rows())
        Reviewers(self.world, self._furniture.seed, category)

        async def open_shops() -> None:
            if not pace.is_chosen:
                pace.set(speed)

        self.world.plan(self._begins + OPENING, open_shops)
        await self.world.play(self._deliver_notices)
        over(await self._tell())
        await self.world.play(self._deliver_notices, endless=True)

    async def plan(self) -> None:
        """Put the day's wishes and deliveries on the agenda; the network is in memory afterwards."""
        async with self.world.pool.transaction() as conn:
            self._happening.network = await network_of(conn)
        for wish in self._wishes:
            self.world.plan(wish.at, lambda wish=wish: self._order(wish))
        for due_at, rows in self._furniture.tables["inbound"].sort("due_at").group_by("due_at", maintain_order=True):
            self.world.plan(due_at[0], lambda rows=rows: self._arrive(rows))

    async def _tell(self) -> Told:
        async with self.world.pool.transaction() as conn:
            return await tell(conn, len(self._wishes), self._refused)

    def _learn(self, released: OrderReleased, at: datetime) -> None:
        """An order that came through another door: reality must know where it goes before the floor asks."""
        if released.order_id in self._happening.postcodes:
            return

        async def learn() -> None:
            async with self.world.pool.transaction() as conn:
                order = await orders.get(conn, released.order_id)
            self._happening.postcodes[released.order_id] = order.postcode

        self.world.plan(at, learn)

    async def _order(self, wish: Wish) -> None:
        """One shopper asks, takes the way that fits the wish best, and sometimes thinks better of it."""
        now = self.world.clock.now()
        try:
            async with self.world.pool.transaction() as conn:
                order_id = await self._take(conn, wish, now)
        except Problem as problem:
            self._refused[why_refused(problem, wish.service)] += 1
        else:
            self._happening.postcodes[order_id] = wish.postcode
            if self._reality.regrets(str(order_id)):
                self.world.plan(now + timedelta(seconds=120), lambda: self._cancel(order_id))
        self._done += 1
        self._step(self._done)

    async def _take(self, conn: Conn, wish: Wish, now: datetime) -> UUID:
        basket = Basket(
            wishes=tuple(Wanted(line.sku, line.units) for line in wish.lines),
            postcode=wish.postcode,
            birth_year=wish.birth_year,
        )
        network = await network_of(conn)
        inputs, quote = await quote_promise.ask(conn, network, basket, now)
        way = _chosen(quote, wish)
        promise_id = self.world.ids.new(now)
        token = promises.seal(way, promises.pack(inputs), promise_id, CLIENT, SECRET)
        buyer = Buyer(CLIENT, SHOP, wish.shopper_id)
        return (await take(conn, token, buyer, TERMS, SECRET, now)).order_id

    async def _cancel(self, order_id: UUID) -> None:
        try:
            async with self.world.pool.transaction() as conn:
                await cancel(conn, order_id, "shopper", self.world.clock.now())
        except WrongState:
            return  # the bank declined it meanwhile

    async def _arrive(self, rows: pl.DataFrame) -> None:
        """A lorry's worth of announced supply."""
        async with self.world.pool.transaction() as conn:
            for node_id, inbound_id in rows.select("node_id", "inbound_id").iter_rows():
                movement_id = uuid5(MOVEMENTS, f"{node_id}/{inbound_id}")
                await stock.arrive(conn, node_id, inbound_id, movement_id, self.world.clock.now())

    async def _deliver_notices(self) -> None:
        """The gateway answers late, or twice."""
        now = self.world.clock.now()
        for _, answer in self.gateway.notices(now):
            async with self.world.pool.transaction() as conn:
                await payments.record(conn, answer, now)


def _behaviour(reality: Reality, ask: Ask) -> Behaviour:
    return Behaviour(reality.payment(ask.key)) if ask.kind == "authorise" else Behaviour.APPROVE


def _chosen(quote: Quote, wish: Wish) -> Way:
    """The way that the shopper hoped for, at the store they look at; else the cheapest that comes soonest."""
    hoped = [way for way in quote.ways if way.service == wish.service]
    there = [way for way in hoped if wish.store in (None, way.node_id)]
    return (there or hoped or list(quote.ways))[0]
