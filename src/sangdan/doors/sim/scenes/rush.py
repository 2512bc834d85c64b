"""Rush: a broadcast offer of two hundred, and five thousand buyers within seconds. Real servers, real requests."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from itertools import cycle
from statistics import median
from typing import Any, Final, LiteralString
from uuid import uuid4

import msgspec

from sangdan.kit.db import many

from .broadcast import CENTRE, Offer, dressed, offer_of, on_the_shelf, ordinary_goods
from .served import Client, Served, served
from .shopping import instant
from .stage import Language, Scene, Stage, Tables

BUYERS: Final = 5000
UNITS: Final = 200
SERVERS: Final = 2
VISITS: Final = 500  # buyers who have the offer's page open at a time, most of them with a promise in their hands
AT_ONCE: Final = 64  # requests under way at a time, as a proxy in front of the servers would let through
BEFORE: Final = 20  # ordinary orders before the broadcast
TOLD_EACH: Final = 1000  # buyers who have their answer

SOLD: Final[LiteralString] = """
    SELECT b.on_hand, b.reserved,
           (SELECT coalesce(sum(r.units), 0)::bigint FROM stock.reservation r
             WHERE r.sku = b.sku AND r.state = 'held' AND r.inbound_id IS NULL) AS held,
           (SELECT count(DISTINCT l.order_id) FROM orders.line l WHERE l.sku = b.sku) AS orders
      FROM stock.balance b
     WHERE (b.node_id, b.sku) = (%(node_id)s, %(sku)s)
"""


class Sold(msgspec.Struct, frozen=True):
    """The offer's shelf, and what holds its units."""

    on_hand: int
    reserved: int
    held: int
    orders: int


class Heard(msgspec.Struct, frozen=True):
    """What one buyer was told.

    kind      sold; refused (the promise was there, the goods were not); late (a later date is all there is); odd
    spoken    the refusal's sentence, in the buyer's language
    later_at  the soonest date that is offered instead, None when there is none
    similar   names of similar goods, in both languages
    """

    kind: str
    language: Language
    spoken: str | None = None
    later_at: datetime | None = None
    similar: tuple[tuple[str, str], ...] = ()


class _Crowd:
    """Everybody who wants the offer, and one shopper who only wants milk."""

    def __init__(self, alliance: Served, offer: Offer, ordinary: Sequence[str]) -> None:
        self.alliance = alliance
        self.offer = offer
        self.heard: list[Heard] = []
        self.took_s = 0.0
        self.calm_s: list[float] = []
        self.rushed_s: list[float] = []
        self.refused_ordinary: list[str] = []
        self._ordinary = cycle(ordinary)
        self._doorway = asyncio.Semaphore(VISITS)
        self._over = asyncio.Event()
        postcodes = alliance.tables["members"]["postcode"].drop_nulls().to_list()
        self._postcodes = cycle(postcodes)

    async def calm(self, orders: int) -> None:
        """An ordinary evening: one order after the other."""
        async with self.alliance.client() as client:
            for _ in range(orders):
                self.calm_s.append(await self._ordinary_order(client))

    async def rush(self, buyers: int, told: Callable[[Sequence[Heard]], None]) -> None:
        """The offer is on: everybody at once, and the ordinary orders go on beside.

        told  called with what has been heard so far, now and then
        """
        async with (
            self.alliance.client() as neighbour,
            self.alliance.client(AT_ONCE) as crowd,
            asyncio.TaskGroup() as evening,
        ):
            evening.create_task(self._beside(neighbour))
            began = time.perf_counter()
            for heard in asyncio.as_completed([self._visit(crowd, number) for number in range(buyers)]):
                self.heard.append(await heard)
                if len(self.heard) % TOLD_EACH == 0 and len(self.heard) < buyers:
                    told(self.heard)
            self.took_s = time.perf_counter() - began
            self._over.set()

    async def _beside(self, client: Client) -> None:
        while not self._over.is_set():
            self.rushed_s.append(await self._ordinary_order(client))

    async def _ordinary_order(self, client: Client) -> float:
        """Ask for ordinary goods and take them; gives the seconds it took."""
        began = time.perf_counter()
        address = self.alliance.addresses[0]
        question = {"lines": [{"sku": next(self._ordinary), "units": 1}], "postcode": next(self._postcodes)}
        answer = await client.ask(address, question)
        if answer.status_code == HTTPStatus.OK:
            answer = await client.take(address, answer.json()["ways"][0]["token"], "neighbour", uuid4().hex)
        if answer.status_code != HTTPStatus.CREATED:
            self.refused_ordinary.append(answer.text[:300])
        return time.perf_counter() - began

    async def _visit(self, client: Client, number: int) -> Heard:
        async with self._doorway:
            return await self._buy(client, number)

    async def _buy(self, client: Client, number: int) -> Heard:
        """One buyer: asks how the offer would come, and presses the button when it still comes from the shelf."""
        address = self.alliance.addresses[number % len(self.alliance.addresses)]
        language: Language = "ko" if number // 2 % 2 else "en"  # by turns, whichever server they come to
        question = {
            "lines": [{"sku": self.offer.sku, "units": 1, "seller_id": self.offer.seller_id}],
            "postcode": next(self._postcodes),
        }
        asked = await client.ask(address, question, language)
        if asked.status_code != HTTPStatus.OK:
            return Heard("odd", language, asked.text[:300])
        ways = asked.json()["ways"]
        now = on_the_shelf(ways)
        if now is None:
            return Heard("late", language, ways[0]["why"][0], _soonest(ways))
        taken = await client.take(address, now["token"], f"buyer-{number}", uuid4().hex, language)
        if taken.status_code == HTTPStatus.CREATED:
            return Heard("sold", language)
        told = taken.json()
        if told.get("code") != "stock-gone":
            return Heard("odd", language, taken.text[:300])
        similar = tuple((each["name_ko"], each["name_en"]) for each in told["args"]["similar"])
        return Heard("refused", language, told["detail"], _soonest(told["args"]["alternatives"]), similar)


async def run(stage: Stage) -> None:
    """An ordinary evening, the broadcast, and what became of everybody."""
    offers: list[Offer] = []

    def dress(tables: Tables) -> Tables:
        offers.append(offer_of(tables))
        return dressed(tables, offers[0], UNITS)

    stage.step(
        f"실제 서버 {SERVERS}대와 데이터베이스를 띄웁니다.",
        f"{SERVERS} real servers and a database start on this machine.",
    )
    async with served(SERVERS, dress, log_level="error", database_pool_size="12") as alliance:
        [offer] = offers
        crowd = _Crowd(alliance, offer, ordinary_goods(alliance.tables, offer))
        await crowd.calm(BEFORE)
        stage.step(
            f"방송 특가: {offer.name_ko}, {UNITS}개 한정. 손님 {BUYERS:,}명이 한꺼번에 몰립니다.",
            f"On air: {offer.name_en}, {UNITS} only. {BUYERS:,} buyers come at once.",
            nodes=[CENTRE], units=UNITS, buyers=BUYERS,
        )  # fmt: skip
        await crowd.rush(BUYERS, lambda heard: _tell_how_far(stage, heard))
        _tell(stage, crowd)
        await _check(stage, crowd)


def _tell_how_far(stage: Stage, heard: Sequence[Heard]) -> None:
    sold = sum(each.kind == "sold" for each in heard)
    stage.step(
        f"손님 {len(heard):,}명이 답을 들었습니다. {sold}개가 팔렸습니다.",
        f"{len(heard):,} buyers have their answer; {sold} are sold.",
        heard=len(heard), sold=sold,
    )  # fmt: skip


def _tell(stage: Stage, crowd: _Crowd) -> None:
    heard = Counter(each.kind for each in crowd.heard)
    stage.step(
        f"{crowd.took_s:.1f}초 만에 {heard['sold']}명이 샀고, {heard['refused'] + heard['late']:,}명은 다른 방법을 "
        "안내받았습니다.",
        f"Within {crowd.took_s:.1f} seconds {heard['sold']} have bought, and {heard['refused'] + heard['late']:,} were "
        "told of other ways.",
        seconds=round(crowd.took_s, 1), **heard,
    )  # fmt: skip
    spoken: dict[Language, str] = {each.language: each.spoken or "" for each in crowd.heard if each.kind == "refused"}
    example = next((each for each in crowd.heard if each.kind == "refused" and each.later_at is not None), None)
    if example is not None and example.later_at is not None and len(spoken) > 1:
        names = [" / ".join(each[place] for each in example.similar) or "-" for place in (0, 1)]
        stage.message(
            f"{spoken['ko']} 가장 빠른 다음 도착: {instant(example.later_at, 'ko')}. 비슷한 상품: {names[0]}",
            f"{spoken['en']} The next to arrive: {instant(example.later_at, 'en')}. Similar: {names[1]}",
        )


async def _check(stage: Stage, crowd: _Crowd) -> None:
    heard = Counter(each.kind for each in crowd.heard)
    await crowd.alliance.until(crowd.alliance.quiet, "every reaction to be through")
    async with crowd.alliance.pool.transaction() as conn:
        [sold] = await many(conn, Sold, SOLD, node_id=CENTRE, sku=crowd.offer.sku)
    stage.check(
        f"정확히 {UNITS}개가 팔렸습니다. 하나도 더 팔리지 않았습니다.",
        f"Exactly {UNITS} were sold, and not one more.",
        heard["sold"] == sold.orders == sold.held == sold.reserved == min(UNITS, len(crowd.heard)),
        sold=heard["sold"], held=sold.held, reserved=sold.reserved, on_hand=sold.on_hand,
    )  # fmt: skip
    others = [each for each in crowd.heard if each.kind != "sold"]
    without = [each for each in others if each.kind == "odd" or not each.spoken or not (each.later_at or each.similar)]
    beaten = [each for each in others if each.kind == "refused"]
    stage.check(
        f"못 산 {len(others):,}명 모두 자기 언어로 다음 방법을 안내받았습니다: 늦은 날짜, 다른 출고지, 비슷한 상품.",
        f"All the other {len(others):,} were told the next best ways in their language: a later date, another place, "
        "a similar product.",
        not without and all(each.similar and each.later_at for each in beaten),
        beaten_by_a_moment=len(beaten), without=[each.spoken for each in without[:3]],
    )  # fmt: skip
    stage.check(
        f"그동안 다른 주문 {len(crowd.rushed_s)}건도 모두 들어왔습니다. 주문 하나에 평소 {_ms(crowd.calm_s)}ms, "
        f"방송 중 {_ms(crowd.rushed_s)}ms 걸렸습니다.",
        f"Meanwhile {len(crowd.rushed_s)} ordinary orders were all placed: {_ms(crowd.calm_s)} ms each before the "
        f"broadcast, {_ms(crowd.rushed_s)} ms during it.",
        bool(crowd.rushed_s) and not crowd.refused_ordinary,
        before_ms=_ms(crowd.calm_s), during_ms=_ms(crowd.rushed_s), refused=crowd.refused_ordinary[:3],
    )  # fmt: skip
    drifted = await crowd.alliance.drifted()
    stage.check("장부가 모두 맞습니다.", "Every balance adds up: nothing has drifted.", drifted == 0, drift=drifted)


def _soonest(ways: Sequence[dict[str, Any]]) -> datetime | None:
    return min((datetime.fromisoformat(each["way"]["promised_at"]) for each in ways), default=None)


def _ms(seconds: Sequence[float]) -> int:
    return round(1000 * median(seconds)) if seconds else 0


SCENE: Final = Scene(
    name="rush",
    title_ko="방송 특가",
    title_en="Rush",
    about_ko="방송 특가 200개에 손님 5,000명이 몰립니다. 정확히 200개만 팔고, 나머지에게는 다른 방법을 안내합니다.",
    about_en="200 units on air, 5,000 buyers in seconds: exactly 200 are sold, the rest told what else there is.",
    run=run,
)
