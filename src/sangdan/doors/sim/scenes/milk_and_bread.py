"""Milk and bread: what three stores of one quarter can promise a shopper who is on the way."""

from collections import defaultdict
from datetime import date, datetime, time, timedelta
from heapq import heapreplace
from typing import Final
from uuid import UUID

import polars as pl
from msgspec.structs import replace

from sangdan.doors.sim.floor import Floor
from sangdan.doors.sim.happening import Happening
from sangdan.flows.picture import network_of
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.flows.quote_promise.distance import distance_m
from sangdan.offer.promise.model import Inputs, Policy, Quote, Way
from sangdan.offer.promise.model.policy import policy_for
from sangdan.order.orders.model import Parcel
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.model import TaskLine
from sangdan.tower.twin.model import Reality
from sangdan.tower.twin.model.world import SEOUL

from .phone import Phone
from .shopping import LANGUAGES, Shopping, of_service
from .stage import SEED, Scene, Stage, Tables

SUNDAY: Final = date(2026, 11, 22)  # the fourth of its month: large stores rest by law
AT: Final = datetime.combine(SUNDAY, time(15), SEOUL)
HOME: Final = "04780"  # Seongsu, Seoul
EARLIER: Final = 5  # shoppers who were faster, a minute apart
HANDLING_S: Final = 720  # a small basket at the counter's own shelves, at the slowest
MINUTE: Final = timedelta(minutes=1)
LOOK_AFTER: Final = 35 * MINUTE
# Every store near enough is told, not only the best three.
ALL_STORES: Final[Policy] = replace(policy_for("KRW"), pickup_ways=100, near_m=0)


class Pickers(Happening):
    """The floors at their slowest: as many pickers as a store says it has, each parcel as long as it may take."""

    def __init__(self, reality: Reality) -> None:
        super().__init__(reality)
        self._free_at: defaultdict[str, list[datetime]] = defaultdict(list)

    def picked_at(self, parcel: Parcel, at: datetime) -> datetime:
        """The first free picker takes it, and needs all the time that the promise reckons with."""
        node = self.network.node(parcel.node_id)
        free_at = self._free_at[node.node_id]
        if not free_at:
            free_at += [at] * max(1, node.parcels_per_hour * node.handling_s // 3600)
        done_at = max(at, parcel.slot_at, free_at[0]) + timedelta(seconds=node.handling_s)
        heapreplace(free_at, done_at)
        return done_at

    def found(self, parcel: Parcel, line: TaskLine) -> int:
        """All of it: this story is about time."""
        return line.units


class _Quarter:
    """The shopper's quarter: its stores, and what milk and bread are called there."""

    def __init__(self, tables: Tables, places: pl.DataFrame) -> None:
        home = places.row(by_predicate=pl.col("postcode") == HOME, named=True)
        here = round(home["lat"] * 1e6), round(home["lon"] * 1e6)
        stores = tables["nodes"].filter(pl.col("kind") == "store").select("node_id", "calendar_id", "lat_e6", "lon_e6")
        near = sorted((distance_m(*here, lat, lon), node_id, hours) for node_id, hours, lat, lon in stores.iter_rows())
        small = [node_id for _, node_id, hours in near if hours == "store-small"]
        self.busy, self.quiet = small[:2]
        self.closed = next(node_id for _, node_id, hours in near if hours == "store-large")
        listed = tables["offers"].filter(pl.col("seller_id") == "haedeun")["sku"]
        sold = tables["skus"].filter(pl.col("sku").is_in(listed.implode())).sort("sku")
        self.milk, self.bread = (
            sold.filter(pl.col("name_ko").str.contains(word))["sku"][0] for word in ("우유", "호밀 빵|식 빵")
        )

    def dress(self, tables: Tables) -> Tables:
        """Fill the three stores' shelves with both, and let small baskets be picked within HANDLING_S."""
        nodes, stock = tables["nodes"], tables["stock"]
        stores, goods = [self.busy, self.quiet, self.closed], [self.milk, self.bread]
        handling = pl.when(pl.col("node_id").is_in(stores)).then(HANDLING_S).otherwise(pl.col("handling_s"))
        elsewhere = stock.filter(~(pl.col("node_id").is_in(stores) & pl.col("sku").is_in(goods)))
        rows = [(node_id, sku, "haedeun", 40, 2) for node_id in stores for sku in goods]
        shelves = pl.DataFrame(rows, schema=stock.schema, orient="row")
        filled = pl.concat([elsewhere, shelves]).sort("node_id", "sku", "owner_id")
        return {**tables, "nodes": nodes.with_columns(handling_s=handling.cast(pl.Int64)), "stock": filled}


class _Afternoon:
    """Who asks and who takes, and what they were told."""

    quote: Quote
    closed: Quote

    def __init__(self, stage: Stage, shopping: Shopping, quarter: _Quarter) -> None:
        self.stage = stage
        self.shopping = shopping
        self.quarter = quarter
        self._ours: set[UUID] = set()
        self.basket = Basket(wishes=(Wish(quarter.milk, 1), Wish(quarter.bread, 1)), postcode=HOME)
        self.taken: dict[UUID, Way] = {}
        self.phone = Phone(stage, self._ours)

    async def somebody(self) -> None:
        """Another shopper wants the same from the store round the corner."""
        inputs, quote = await self.shopping.ask(self.basket, policy=ALL_STORES)
        await self._take(inputs, at_store(quote, self.quarter.busy), f"neighbour-{len(self.taken) + 1}")

    async def ours(self) -> None:
        """Our shopper asks all three, and takes the quiet one; a neighbour takes the busy one all the same."""
        shopping, quarter = self.shopping, self.quarter
        busy_ko, busy_en = (shopping.node(quarter.busy, language) for language in LANGUAGES)
        self.stage.step(
            f"일요일 오후 3시, 서울 성수동. 바로 앞 {busy_ko}에는 주문 {EARLIER}건이 먼저 와 있습니다.",
            f"Sunday, three in the afternoon, Seongsu, Seoul. The nearest store, {busy_en}, has {EARLIER} orders.",
            nodes=[quarter.busy, quarter.quiet, quarter.closed],
            points=shopping.points([quarter.busy, quarter.quiet, quarter.closed], "store"),
        )  # fmt: skip
        inputs, self.quote = await shopping.ask(self.basket, policy=ALL_STORES)
        self.closed = await shopping.ask_only(self.basket, [quarter.closed])
        quiet, busy = at_store(self.quote, quarter.quiet), at_store(self.quote, quarter.busy)
        for way in (quiet, busy, *of_service(self.closed, "pickup")):
            shopping.tell(way)
        self._ours.add(await self._take(inputs, quiet, "ours"))
        await self._take(inputs, busy, "neighbour-last")

    async def _take(self, inputs: Inputs, way: Way, shopper_id: str) -> UUID:
        order_id = await self.shopping.take(inputs, way, shopper_id)
        self.taken[order_id] = way
        return order_id


def at_store(quote: Quote, node_id: str) -> Way:
    """The way to pick up at a store."""
    return next(way for way in of_service(quote, "pickup") if way.node_id == node_id)


async def run(stage: Stage) -> None:
    """Fill one store with orders, ask, take, and see who was ready when."""
    quarter: list[_Quarter] = []

    def dress(tables: Tables) -> Tables:
        quarter.append(_Quarter(tables, stage.furniture.places))
        return quarter[0].dress(tables)

    world = await stage.furnish(AT - EARLIER * MINUTE, dress=dress)
    shopping = await Shopping(stage).open()
    pickers = Pickers(Reality(seed=SEED))
    async with world.pool.transaction() as conn:
        pickers.network = await network_of(conn)
    Floor(world, pickers)
    afternoon = _Afternoon(stage, shopping, quarter[0])
    for minute in range(EARLIER):
        world.plan(AT - (EARLIER - minute) * MINUTE, afternoon.somebody)
    world.plan(AT, afternoon.ours)
    world.plan(AT, lambda: _check_promises(afternoon))
    world.plan(AT + LOOK_AFTER, lambda: _check_readiness(afternoon))
    await world.play()


async def _check_promises(told: _Afternoon) -> None:
    """A quarter of an hour, half an hour, and nothing today."""
    stage, shopping, quarter = told.stage, told.shopping, told.quarter
    quiet, busy = at_store(told.quote, quarter.quiet), at_store(told.quote, quarter.busy)
    for way, holds, ko, en in (
        (quiet, quiet.promised_at - AT == 15 * MINUTE, "한가한", "quiet"),
        (busy, busy.promised_at - AT >= 30 * MINUTE and "waits_turn" in codes(busy), "붐비는", "busy"),
    ):
        minutes, node_id = (way.promised_at - AT) // MINUTE, str(way.node_id)
        stage.check(
            f"{ko} {shopping.node(node_id, 'ko')}: {minutes}분 뒤 픽업.",
            f"{shopping.node(node_id, 'en')} is {en}: ready in {minutes} minutes.",
            holds,
            minutes=minutes, nodes=[node_id],
        )  # fmt: skip
    today = [way for way in told.closed.ways if way.promised_at.astimezone(SEOUL).date() == SUNDAY]
    reasons = [reason for way in told.closed.ways for reason in way.reasons]
    reasons += [reason for each in told.closed.not_offered for reason in each.reasons]
    by_law = any(reason.code == "nodes_law" or reason.args.get("because") == "law" for reason in reasons)
    stage.check(
        f"{shopping.node(quarter.closed, 'ko')}은 오늘 의무휴업일이라 아무것도 약속하지 않습니다.",
        f"{shopping.node(quarter.closed, 'en')} is closed by law today and promises nothing for it.",
        not today and by_law,
        offered_today=len(today), nodes=[quarter.closed],
    )  # fmt: skip


def codes(way: Way) -> set[str]:
    """The codes of a way's reasons."""
    return {reason.code for reason in way.reasons}


async def _check_readiness(told: _Afternoon) -> None:
    """Each parcel was at the counter, whole, when it was promised, though every picking took as long as it may."""
    stage, late = told.stage, 0
    for order_id, way in told.taken.items():
        whole = await told.shopping.order(order_id)
        [parcel] = whole.parcels
        async with stage.world.pool.transaction() as conn:
            task = await warehouse.task(conn, parcel.node_id, parcel.parcel_id)
        if task.handed_over_at is None or whole.order.cancelled_minor:
            late += 1
            continue
        late += task.handed_over_at > way.promised_at
        placed, ready, due = (
            at.astimezone(SEOUL) for at in (whole.order.placed_at, task.handed_over_at, way.promised_at)
        )
        stage.step(
            f"  {placed:%H:%M} 주문, {due:%H:%M} 약속, {ready:%H:%M} 준비: {told.shopping.node(parcel.node_id, 'ko')}",
            f"  ordered {placed:%H:%M}, promised {due:%H:%M}, ready {ready:%H:%M}: "
            f"{told.shopping.node(parcel.node_id, 'en')}",
            order_id=order_id, ready_at=task.handed_over_at, promised_at=way.promised_at,
        )  # fmt: skip
    stage.check(
        f"한 건에 {HANDLING_S // 60}분씩, 가장 느리게 담아도 {len(told.taken)}건 모두 약속한 시각에 준비되었습니다.",
        f"With every picking at its slowest, {HANDLING_S // 60} minutes, all {len(told.taken)} were ready in time.",
        late == 0 and len(told.taken) == EARLIER + 2,
        late=late,
    )


SCENE: Final = Scene(
    name="milk-and-bread",
    title_ko="우유와 빵",
    title_en="Milk and bread",
    about_ko="한가한 매장은 15분, 붐비는 매장은 솔직하게 30분, 의무휴업일인 매장은 오늘은 없음.",
    about_en="Fifteen minutes at a quiet store, an honest thirty at a busy one, nothing at one closed by law today.",
    run=run,
)
