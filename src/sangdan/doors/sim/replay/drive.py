"""The driver: loads the alliance, puts each order at its instant, and lets reality do the rest."""

import gc
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from sangdan.adapters.olist import CURRENCY, SHOP, TIMEZONE, Alliance, Orders, Wish
from sangdan.adapters.olist import WishLine as Wanted
from sangdan.adapters.sandbox_gateway import SandboxGateway
from sangdan.doors.worker.outside import Outside
from sangdan.flows import quote_promise
from sangdan.flows.cancel_order import cancel
from sangdan.flows.place_order import Buyer, Taken, Terms, take
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.problems import Problem
from sangdan.offer.network import commands as network
from sangdan.offer.network.model import Network
from sangdan.offer.promise import commands as promise
from sangdan.offer.promise.model import Inputs, ways_of
from sangdan.offer.promise.model.policy import by_tariff
from sangdan.offer.stock import commands as stock
from sangdan.order.orders.events import OrderCancelled

from ..floor import Floor
from ..furnish import furnish
from ..marketplace import Dated
from ..report import why_refused
from ..world import World
from .past import CANCELLED_AFTER, Past, cancelled
from .transit import Learned

DAY_S: Final = 86_400
# A date is promised when it holds for nine of ten parcels, and never a later one than this.
TARGET_PPM, WITHIN_S = 900_000, 150 * DAY_S
TTL_S: Final = 900
TERMS: Final = Terms(release_after_s=300, confirm_days=7)
CLIENT: Final = "replay"
SERVICE: Final = "standard"


class Replay(msgspec.Struct, kw_only=True):
    """What the driver itself has counted.

    refused            by reason: of a row of the file, or a problem's code
    refused_in_stock   refused though every line could have been given: a mistake of ours
    prices_differing   placed orders whose goods do not cost what the file says
    import_rejected    rows of the alliance that the import did not take, by kind
    dated              both dates of every placed order that was not cancelled, in order of purchase
    """

    orders_in: int
    refused: Counter[str] = msgspec.field(default_factory=Counter[str])
    refused_in_stock: int = 0
    prices_differing: int = 0
    import_rejected: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    dated: list[Dated] = msgspec.field(default_factory=list[Dated])


async def replay(
    pool: Pool, read: Orders, alliance: Alliance, seed: int, after: Callable[[int], None] = lambda put: None
) -> Replay:
    """Drive all orders to their ends.

    pool   on a migrated database without orders
    seed   of the ids
    after  told how many orders have been put, after each
    """
    clock = SimClock(alliance.opens_at)
    world = World(pool, clock, seed, Outside(SandboxGateway(clock)))
    done = Replay(orders_in=read.rows_in, refused=Counter(read.left_out))
    done.import_rejected = await furnish(pool, alliance.tables, alliance.opens_at)
    async with pool.transaction() as conn:
        picture = await network.picture(conn)
    shoppers = _Shoppers(world, read, alliance, picture, seed, done, after)
    gc.collect()
    gc.freeze()  # what was loaded stays to the end: the collector need not look at it again and again
    try:
        await shoppers.live()
    finally:
        gc.unfreeze()
    return done


class _Shoppers:
    """Those who put the file's orders, and what becomes of their wishes."""

    def __init__(
        self, world: World, read: Orders, alliance: Alliance, picture: Network, seed: int, done: Replay,
        after: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._world = world
        self._read = read
        self._picture = picture
        self._secret = seed.to_bytes(32, signed=True)  # its tokens never leave this process
        self._done = done
        self._after = after
        self._past = Past()
        self._transit = Learned(world, alliance)
        self._policy = by_tariff(TTL_S, TIMEZONE, WITHIN_S, TARGET_PPM)
        self._dated: dict[UUID, Dated] = {}
        Floor(world, self._past)
        world.when(OrderCancelled, self._cancelled)

    async def live(self) -> None:
        """Put every order at its instant, then wait until the last delivered one has confirmed itself."""
        for wish in self._read.wishes:
            self._world.plan(wish.bought_at, lambda wish=wish: self._buy(wish))
        await self._world.play()
        await self._world.engine.run_until(self._world.clock.now() + timedelta(days=TERMS.confirm_days + 1))
        self._done.dated = list(self._dated.values())

    async def _buy(self, wish: Wish) -> None:
        try:
            async with self._world.pool.transaction() as conn:
                await self._place(conn, wish)
        except Problem as problem:
            self._done.refused[why_refused(problem, SERVICE)] += 1
            async with self._world.pool.transaction() as conn:
                self._done.refused_in_stock += await _in_stock(conn, wish.lines)
        self._after(wish.number + 1)

    async def _place(self, conn: Conn, wish: Wish) -> None:
        """Ask, take the one way there is, and remember what the marketplace said."""
        at = self._world.clock.now()
        estimated_at = _end_of(wish.estimated_on)
        basket = quote_promise.Basket(
            wishes=tuple(quote_promise.Wish(line.product_id, line.units, line.seller_id) for line in wish.lines),
            postcode=wish.postcode,
            currency=CURRENCY,
            estimated_at=estimated_at,
        )
        self._transit.about(wish)
        facts, answer = await quote_promise.ask(
            conn, self._picture, basket, at, policy=self._policy, transit=self._transit
        )
        way = answer.ways[0]
        token = promise.seal(way, promise.pack(facts), self._world.ids.new(at), CLIENT, self._secret)
        buyer = Buyer(CLIENT, SHOP, wish.shopper_id)
        taken = await take(conn, token, buyer, TERMS, self._secret, at)
        happened = self._read.happened[wish.order_id]
        self._past.remember(taken.order_id, happened)
        if cancelled(happened):
            self._world.plan(at + CANCELLED_AFTER, lambda: self._cancel(taken))
        self._transit.expect(self._picture, taken, estimated_at, at)
        self._done.prices_differing += way.price.goods_minor != wish.goods_minor
        self._dated[taken.order_id] = Dated(
            bought_on=wish.bought_on,
            second=wish.second,
            ours_s=_local_s(at, way.promised_at),
            blind_s=_local_s(at, _promised_blind(facts, self._transit.blind)),
            theirs_on=wish.estimated_on,
            delivered_on=happened.delivered_on,
        )

    def _cancelled(self, fact: OrderCancelled, at: datetime) -> None:
        self._dated.pop(fact.order_id, None)

    async def _cancel(self, taken: Taken) -> None:
        async with self._world.pool.transaction() as conn:
            await cancel(conn, taken.order_id, "shopper", self._world.clock.now())


def _promised_blind(facts: Inputs, blind: Mapping[str, tuple[int, ...]]) -> datetime:
    """The date by the same rule and the same facts, but with other transit times."""
    routes = tuple(replace(route, transit_s=blind.get(route.node_id, route.transit_s)) for route in facts.routes)
    return ways_of(replace(facts, routes=routes), SERVICE)[0].promised_at


def _end_of(day: date) -> datetime:
    """The last second of a local date."""
    return datetime.combine(day, time(23, 59, 59), ZoneInfo(TIMEZONE)).astimezone(UTC)


def _local_s(at: datetime, promised_at: datetime) -> int:
    """Seconds between two instants on the local clocks, whatever these did meanwhile."""
    here, there = (each.astimezone(ZoneInfo(TIMEZONE)).replace(tzinfo=None) for each in (at, promised_at))
    return int((there - here).total_seconds())


async def _in_stock(conn: Conn, lines: tuple[Wanted, ...]) -> bool:
    """Whether the sellers have every line."""
    held: Counter[tuple[str, str]] = Counter()
    for cell in await stock.available(conn, [line.product_id for line in lines]):
        held[cell.sku, cell.owner_id] += cell.units
    return all(held[line.product_id, line.seller_id] >= line.units for line in lines)
