"""Ten to ten: a national centre's last run of the night, asked for just before and just after it can still be made."""

from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

import polars as pl

from sangdan.doors.sim.floor import Floor
from sangdan.doors.sim.happening import Happening
from sangdan.flows.picture import network_of
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.offer.promise.errors import PromiseExpired
from sangdan.offer.promise.model import Way
from sangdan.tower.twin.model import Reality
from sangdan.tower.twin.model.world import SEOUL

from .phone import Phone
from .shopping import Shopping, instant, of_service, percent
from .stage import DAY_ON, SEED, Scene, Stage

CENTRE: Final = "fc-deokpyeong"
HOME: Final = "04097"  # Mapo, Seoul
BEFORE: Final = datetime.combine(DAY_ON, time(21, 50), SEOUL)
AFTER: Final = datetime.combine(DAY_ON, time(22, 10), SEOUL)
MINUTE: Final = timedelta(minutes=1)
TOMORROW: Final = DAY_ON + timedelta(days=1)


class _Night:
    """What happens between ten to ten and the morning."""

    early: Way
    late: Way
    token: str
    order_id: UUID

    def __init__(self, stage: Stage, shopping: Shopping, happening: Happening, basket: Basket) -> None:
        self.stage = stage
        self.shopping = shopping
        self.happening = happening
        self.basket = basket
        self.refused = False
        self.answers: list[tuple[datetime, datetime]] = []

    async def before(self) -> None:
        """At ten to ten: ask, and take what is offered."""
        inputs, quote = await self.shopping.ask(self.basket)
        self.early = of_service(quote, "dawn")[0]
        self.shopping.tell(self.early)
        self.token = self.shopping.token(inputs, self.early)
        self.order_id = await self.shopping.take(inputs, self.early, "mapo")
        self.happening.postcodes[self.order_id] = HOME
        self.stage.step("손님이 이 약속으로 주문합니다.", "The shopper takes it.", order_id=self.order_id)

    async def between(self) -> None:
        """Every minute: what would be promised now."""
        way = of_service((await self.shopping.ask(self.basket))[1], "dawn")[0]
        self.answers.append((self.stage.clock.now(), way.promised_at))

    async def after(self) -> None:
        """At ten past ten: ask again, and try the old answer."""
        self.stage.step("밤 10시 10분, 같은 상품을 다시 묻습니다.", "Ten past ten: the same goods, asked for again.")
        self.late = of_service((await self.shopping.ask(self.basket))[1], "dawn")[0]
        self.shopping.tell(self.late)
        try:
            await self.shopping.take_token(self.token, "too-late")
        except PromiseExpired:
            self.refused = True


async def run(stage: Stage) -> None:
    """Ask before, between and after, and let the early order come home."""
    world = await stage.furnish(BEFORE)
    shopping = await Shopping(stage).open()
    sku = _goods(stage)
    stage.step(
        f"밤 9시 50분, 서울 마포의 손님이 {shopping.sku(sku, 'ko')} 1개를 찾습니다.",
        f"Ten to ten at night. A shopper in Mapo, Seoul looks for {shopping.sku(sku, 'en')}.",
        nodes=[CENTRE], points=shopping.points([CENTRE], "source"),
    )  # fmt: skip
    happening = Happening(Reality(seed=SEED))
    async with world.pool.transaction() as conn:
        happening.network = await network_of(conn)
    Floor(world, happening)
    Phone(stage)
    night = _Night(stage, shopping, happening, Basket(wishes=(Wish(sku, 1),), postcode=HOME))
    world.plan(BEFORE, night.before)
    for minute in range(1, (AFTER - BEFORE) // MINUTE):
        world.plan(BEFORE + minute * MINUTE, night.between)
    world.plan(AFTER, night.after)
    world.plan(AFTER, lambda: _check_dates(night))
    await world.play()
    await _check_arrival(night)


def _goods(stage: Stage) -> str:
    """The chilled goods that the centre holds most of: among the centres it alone keeps them cold."""
    tables = stage.furniture.tables
    chilled = tables["skus"].filter((pl.col("temperature") == "chilled") & (pl.col("weight_g") < 3000))["sku"]
    held = tables["stock"].filter((pl.col("node_id") == CENTRE) & pl.col("sku").is_in(chilled.implode()))
    return held.sort("on_hand", "sku", descending=[True, False])["sku"][0]


def _cut_off(night: _Night) -> datetime:
    """Tonight's cut-off of the lane that the early way rides, as the network has it."""
    lane_id = night.early.parcels[0].lane_id
    lanes = (lane for between in night.happening.network.lanes.values() for lane in between)
    return datetime.combine(DAY_ON, max(next(lane for lane in lanes if lane.lane_id == lane_id).cut_offs), SEOUL)


async def _check_dates(night: _Night) -> None:
    """The date moved with the cut-off, to the minute, and the reason says so."""
    stage, early, late, cut_off_at = night.stage, night.early, night.late, _cut_off(night)
    early_on, late_on = (way.promised_at.astimezone(SEOUL).date() for way in (early, late))
    stage.check(
        f"9시 50분의 약속은 내일입니다. {instant(early.promised_at, 'ko')}까지, 확률 {percent(early.probability_ppm)}.",
        f"At ten to ten it is tomorrow: by {instant(early.promised_at, 'en')}, at {percent(early.probability_ppm)}.",
        early_on == TOMORROW and early.parcels[0].node_id == CENTRE and early.probability_ppm >= 900_000,
        promised_at=early.promised_at, probability_ppm=early.probability_ppm,
    )  # fmt: skip
    missed = next((reason for reason in late.reasons if reason.code == "missed_cut_off"), None)
    said_at = None if missed is None else datetime.fromisoformat(str(missed.args["cut_off_at"]))
    stage.check(
        f"10시 10분에는 {instant(late.promised_at, 'ko')}로 바뀌고, 이유는 {cut_off_at:%H:%M} 마감입니다.",
        f"At ten past ten it has moved to {instant(late.promised_at, 'en')}, and the reason is the cut-off "
        f"of {cut_off_at:%H:%M}.",
        late_on > TOMORROW and said_at == cut_off_at,
        promised_at=late.promised_at, cut_off_at=cut_off_at,
    )  # fmt: skip
    # From being asked to packed, with the shopper's time to decide: the run is made until so long before its cut-off.
    needs = early.parcels[0].ready_at - BEFORE
    latest_at, minutes = cut_off_at - needs, needs // MINUTE
    right = all((at <= latest_at) == (promised_at == early.promised_at) for at, promised_at in night.answers)
    stage.check(
        f"그 사이 1분마다 물었습니다. 포장까지 {minutes}분이라 {latest_at:%H:%M}까지는 내일, 그다음부터는 모레입니다.",
        f"Asked every minute in between: it takes {minutes} minutes until packed, so until {latest_at:%H:%M} it is "
        "tomorrow, and from then on the day after.",
        right and len(night.answers) == (AFTER - BEFORE) // MINUTE - 1,
        latest_at=latest_at, asked=len(night.answers),
    )  # fmt: skip
    stage.check(
        "9시 50분에 받은 약속을 10시 10분에 쓰려 하면 거절됩니다. 못 지킬 날짜로는 주문받지 않습니다.",
        "The answer of ten to ten is refused at ten past: no order is taken for a date that cannot be kept.",
        night.refused,
        expires_at=early.expires_at,
    )


async def _check_arrival(night: _Night) -> None:
    """The early order was there in time."""
    delivered_at = (await night.shopping.order(night.order_id)).order.delivered_at
    assert delivered_at is not None, "the agenda ends when it has arrived"
    night.stage.check(
        f"9시 50분 주문은 {instant(delivered_at, 'ko')}에 도착했습니다. 약속보다 늦지 않았습니다.",
        f"The order of ten to ten came on {instant(delivered_at, 'en')}, no later than promised.",
        delivered_at <= night.early.promised_at,
        delivered_at=delivered_at,
    )


SCENE: Final = Scene(
    name="ten-to-ten",
    title_ko="밤 10시 10분 전",
    title_en="Ten to ten",
    about_ko="9시 50분 주문은 내일 아침에 옵니다. 10시 10분이면 날짜가 바뀌고, 왜 바뀌었는지 말해 줍니다.",
    about_en="Ordered at ten to ten it comes tomorrow morning; at ten past the date moves, and the reason says so.",
    run=run,
)
