"""Cold night: the cold centre loses its power at seven with chilled orders open, and nobody is told a lie."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID

import polars as pl

from sangdan.doors.sim.floor import Floor
from sangdan.doors.sim.happening import Happening
from sangdan.flows import close_node, quote_promise
from sangdan.flows.drift import drift
from sangdan.flows.picture import network_of
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.kit.problems import Problem
from sangdan.offer.promise.model import Way
from sangdan.talk.notices.commands import Shown
from sangdan.tower.twin.model import Reality
from sangdan.tower.twin.model.world import SEOUL

from .fates import Broken, Fate, affected, broken_lines, fates_of, open_parcels, warm_parcels
from .phone import Phone
from .shopping import Shopping, instant
from .stage import DAY_ON, SEED, Scene, Stage, Tables

ORDERS: Final = 160
COLD: Final = "fc-deokpyeong"
SPARE: Final = "fc-gimhae"  # has a few cold rooms tonight
WARM: Final = "fc-icheon"  # next door, and not cold: somebody left chilled goods there
SHARE: Final = 4  # of so many chilled SKUs all but one lie in the spare rooms too
ALIKE: Final = ("dawn", "next_day")
BEGINS: Final = datetime.combine(DAY_ON, time(16), SEOUL)
DARK: Final = datetime.combine(DAY_ON, time(19), SEOUL)
MOMENT: Final = timedelta(seconds=1)
MINUTE: Final = timedelta(minutes=1)


class _Night:
    """One evening of chilled orders, and what the dark makes of them."""

    def __init__(self, stage: Stage, shopping: Shopping, happening: Happening) -> None:
        self.stage = stage
        self.phone = Phone(stage, shown=())
        self.shopping = shopping
        self.happening = happening
        self.open_ids: list[UUID] = []
        self._random = Random(SEED)
        tables = stage.furniture.tables
        self._postcodes = tables["members"]["postcode"].drop_nulls().to_list()
        self._skus = _chilled(tables)

    async def order(self, number: int) -> None:
        """A shopper orders something chilled from the cold centre, by dawn or for tomorrow in turn."""
        wishes = tuple(Wish(sku, 1) for sku in self._random.sample(self._skus, 1 + number % 2))
        basket = Basket(wishes=wishes, postcode=self._random.choice(self._postcodes))
        try:
            inputs, quote = await self.shopping.ask(basket)
        except Problem:
            return  # nothing goes there tonight
        cold = [way for way in quote.ways if way.service in ALIKE and _from(way, COLD)]
        hoped = [way for way in cold if way.service == ALIKE[number // 2 % 2]] or cold
        if hoped:
            order_id = await self.shopping.take(inputs, hoped[0], f"shopper-{number}")
            self.happening.postcodes[order_id] = basket.postcode

    async def lights_out(self) -> None:
        """Seven o'clock: the operator closes the centre."""
        async with self.stage.world.pool.transaction() as conn:
            parcels = await open_parcels(conn, COLD)
            self.open_ids = await affected(conn, COLD)
            await close_node.close(conn, COLD, "power", None, self.stage.clock.now())
        self.stage.step(
            f"저녁 7시, {self.shopping.node(COLD, 'ko')}가 정전됩니다. 나가지 못한 상자가 {parcels}개입니다.",
            f"Seven in the evening: {self.shopping.node(COLD, 'en')} loses its power, with {parcels} parcels to make.",
            nodes=[COLD], points=self.shopping.points([COLD], "dark"), parcels=parcels, orders=len(self.open_ids),
        )  # fmt: skip

    async def census(self) -> None:
        """A moment later: every order has been seen to."""
        fates = await self._fates()
        told = Counter(fate.end for fate in fates)
        self.stage.step(
            f"{len(fates)}건 가운데 {told['kept']}건은 다른 곳에서 제날짜에 보내고, {told['late']}건은 날짜를 바꾸고, "
            f"{told['refunded']}건은 환불합니다.",
            f"Of {len(fates)} orders {told['kept']} come from elsewhere in time, {told['late']} get a new date, and "
            f"{told['refunded']} are given their money back.",
            nodes=[SPARE], points=self.shopping.points([SPARE], "source"), **told,
        )  # fmt: skip
        self.stage.check(
            "모든 주문이 옮겨지거나, 새 날짜를 안내받거나, 환불되었습니다. 잃어버린 주문은 없습니다.",
            "Every order was moved, told or refunded: none is lost.",
            bool(fates) and told["left"] == 0 and await self._nothing_left(),
            **told,
        )
        could = [fate for fate in fates if fate.end != "kept" and await self._could_keep(fate)]
        self.stage.check(
            "알린 주문마다 약속 엔진에 다시 물었습니다. 약속한 날에 보낼 방법이 남아 있던 주문은 하나도 없습니다.",
            "The promise room was asked anew for each order that was told: not one could still have kept its date.",
            not could,
            asked=sum(fate.end != "kept" for fate in fates), could_keep=[fate.order_id for fate in could],
        )  # fmt: skip

    async def a_minute_later(self) -> None:
        """The shoppers have been told, all of it in one message each."""
        fates = await self._fates()
        self._messages(fates)
        sent = Counter(each.order_id for each in self._since_dark())
        wanted = {fate.order_id: 0 if fate.end == "kept" else 1 for fate in fates}
        self.stage.check(
            "약속을 지키는 손님에게는 알림이 없고, 못 지키는 손님에게는 꼭 한 번 알립니다.",
            "Who keeps the date hears nothing; every other shopper is told exactly once.",
            all(fate.heard == sent[fate.order_id] == wanted[fate.order_id] for fate in fates),
            messages=sent.total(), told_once=sum(fate.heard == 1 for fate in fates),
            told_more=sum(fate.heard > 1 for fate in fates),
        )  # fmt: skip

    async def morning_after(self) -> None:
        """When all has arrived: what was sent from where, and whether the books agree."""
        async with self.stage.world.pool.transaction() as conn:
            warm = await warm_parcels(conn, COLD, DARK)
            drifted = await drift(conn)
        ended = Counter(fate.state for fate in await self._fates())
        self.stage.check(
            "차가워야 할 상품이 따뜻한 곳에서, 또는 정전된 곳에서 나간 일은 없습니다.",
            "Nothing chilled was sent from a warm place, nor out of the dark.",
            warm == 0 and ended.keys() <= {"delivered", "confirmed", "cancelled"},
            warm=warm, **ended,
        )  # fmt: skip
        self.stage.check(
            "재고, 약속, 시간대, 돈의 장부가 모두 맞습니다.",
            "Stock, promises, hours and money add up: nothing has drifted.",
            not drifted,
            drift=len(drifted),
        )

    def _messages(self, fates: Sequence[Fate]) -> None:
        """One message of each kind, as a shopper reads it."""
        for kind in ("late", "refunded"):
            ids = {fate.order_id for fate in fates if fate.end == kind}
            shown = next((each for each in self._since_dark() if each.order_id in ids), None)
            if shown is not None:
                self.phone.show(shown)

    def _since_dark(self) -> list[Shown]:
        """What shoppers were sent because of the dark."""
        return [each for each in self.phone.received if each.sent_at >= DARK and each.order_id in self.open_ids]

    async def _fates(self) -> list[Fate]:
        async with self.stage.world.pool.transaction() as conn:
            return await fates_of(conn, self.open_ids, DARK)

    async def _nothing_left(self) -> bool:
        async with self.stage.world.pool.transaction() as conn:
            return await open_parcels(conn, COLD) == 0

    async def _could_keep(self, fate: Fate) -> bool:
        """Whether an order's promise could be kept better than it was, as the promise room sees it now.

        Of goods that were given up: whether anybody could bring any of them, whenever. Of goods that come later:
        whether each of them could still come in time, by whatever service.
        """
        now = self.stage.clock.now()
        async with self.stage.world.pool.transaction() as conn:
            broken = await broken_lines(conn, fate)
        ways = {each: [w for w in await self._ways(each, fate, now) if w.service != "pickup"] for each in broken}
        gone = [each for each in broken if each.gone]
        late = [each for each in broken if not each.gone]
        in_time = [each for each in late if any(way.promised_at <= fate.promised_at for way in ways[each])]
        return any(ways[each] for each in gone) or (not gone and len(in_time) == len(late))

    async def _ways(self, line: Broken, fate: Fate, now: datetime) -> Sequence[Way]:
        """How a unit of a line could reach the shopper, from its seller."""
        basket = Basket(wishes=(Wish(line.sku, 1, line.seller_id),), postcode=fate.postcode)
        async with self.stage.world.pool.transaction() as conn:
            try:
                return (await quote_promise.ask(conn, await network_of(conn), basket, now))[1].ways
            except Problem:
                return ()


async def run(stage: Stage) -> None:
    """An evening of orders, the dark at seven, and the day after."""
    world = await stage.furnish(BEGINS, dress=_dress)
    shopping = await Shopping(stage).open()
    happening = Happening(Reality(seed=SEED))
    async with world.pool.transaction() as conn:
        happening.network = await network_of(conn)
    Floor(world, happening)
    night = _Night(stage, shopping, happening)
    stage.step(
        f"{instant(BEGINS, 'ko')}, {shopping.node(COLD, 'ko')}에 냉장 주문이 들어오기 시작합니다.",
        f"{instant(BEGINS, 'en')}: chilled orders come in at {shopping.node(COLD, 'en')}.",
        nodes=[COLD], points=shopping.points([COLD], "source"),
    )  # fmt: skip
    for number in range(ORDERS):
        world.plan(BEGINS + (DARK - BEGINS) * number / ORDERS, lambda number=number: night.order(number))
    world.plan(DARK, night.lights_out)
    world.plan(DARK + MOMENT, night.census)
    world.plan(DARK + MINUTE, night.a_minute_later)
    await world.play()
    await night.morning_after()


def _from(way: Way, node_id: str) -> bool:
    return any(parcel.node_id == node_id for parcel in way.parcels)


def _chilled(tables: Tables) -> list[str]:
    """What the cold centre alone holds of chilled goods."""
    chilled = tables["skus"].filter(pl.col("temperature") == "chilled", pl.col("weight_g") < 3000)
    return sorted(set(_held(tables["stock"], COLD)["sku"]) & set(chilled["sku"]))


def _held(stock: pl.DataFrame, node_id: str) -> pl.DataFrame:
    return stock.filter(pl.col("node_id") == node_id)


def _dress(tables: Tables) -> Tables:
    """Most of the chilled goods lie in the spare rooms too, and some by mistake in the warm centre next door."""
    nodes, stock = tables["nodes"], tables["stock"]
    cold_rooms = pl.lit(["ambient", "chilled", "frozen"])
    nodes = nodes.with_columns(
        temperatures=pl.when(pl.col("node_id") == SPARE).then(cold_rooms).otherwise(pl.col("temperatures"))
    )
    chilled = _chilled(tables)
    cells = _held(stock, COLD).filter(pl.col("sku").is_in(chilled))
    spare = cells.filter(~pl.col("sku").is_in(chilled[::SHARE])).with_columns(node_id=pl.lit(SPARE))
    warm = cells.with_columns(node_id=pl.lit(WARM))
    known = pl.concat([stock, spare, warm]).unique(["node_id", "sku", "owner_id"], keep="first", maintain_order=True)
    return {**tables, "nodes": nodes, "stock": known}


SCENE: Final = Scene(
    name="cold-night",
    title_ko="불 꺼진 신선센터",
    title_en="Cold night",
    about_ko="저녁 7시 신선센터가 정전됩니다. 지킬 수 있는 날짜는 지키고, 나머지 손님에게는 한 번만 알립니다.",
    about_en="The cold centre loses its power at seven: what can keep its date does, everybody else is told once.",
    run=run,
)
