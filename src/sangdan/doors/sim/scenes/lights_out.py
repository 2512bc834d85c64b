"""Lights out: kill -9 of the server and of its database in the middle of a rush. Both come back by themselves."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count, cycle
from typing import Final, LiteralString
from uuid import UUID, uuid4

import msgspec

from sangdan.kit.db import many, one, value
from sangdan.order.orders import commands as orders
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.delivery.model import Report
from sangdan.ship.warehouse import commands as warehouse

from .broadcast import CENTRE, Offer, dressed, offer_of, on_the_shelf, ordinary_goods
from .served import Client, Served, served
from .stage import Scene, Stage, Tables

BUYERS: Final = 6
BETWEEN: Final = 40  # orders acknowledged between two kills
UNITS: Final = 100

ORDERS: Final[LiteralString] = "SELECT order_id FROM orders.order ORDER BY order_id"
STATES: Final[LiteralString] = "SELECT state, count(*) AS orders FROM orders.order GROUP BY state ORDER BY state"
# Orders of which all that was due is captured, once, by the payment's row and by the ledger.
PAID_ONCE: Final[LiteralString] = """
    SELECT count(*) AS orders FROM orders.order o JOIN payments.payment p USING (order_id)
     WHERE p.state = 'captured' AND p.captured_minor = o.total_minor
       AND (SELECT sum(t.amount_minor) FROM kit.transfer t
             WHERE t.reference = o.order_id::text AND t.kind = 'capture') = o.total_minor
"""
SHELF: Final[LiteralString] = """
    SELECT b.on_hand, b.reserved, (SELECT count(*) FROM orders.line l WHERE l.sku = b.sku) AS lines
      FROM stock.balance b WHERE (b.node_id, b.sku) = (%(node_id)s, %(sku)s)
"""


class Shelf(msgspec.Struct, frozen=True):
    """The offer's shelf, and the order lines that name it."""

    on_hand: int
    reserved: int
    lines: int


class Acknowledged(msgspec.Struct, frozen=True):
    """A wish of which the server said that it is done."""

    token: str
    shopper_id: str
    key: str
    answer: bytes


class State(msgspec.Struct, frozen=True):
    """How many orders stand where."""

    state: str
    orders: int


class _Crowd:
    """Buyers who keep a journal of what they were told."""

    def __init__(self, alliance: Served, client: Client, offer: Offer, ordinary: Sequence[str]) -> None:
        self.alliance = alliance
        self.client = client
        self.journal: list[Acknowledged] = []
        self.odd: list[str] = []
        self.over = asyncio.Event()
        self._offer = offer
        self._sold_out = False
        self._ordinary = cycle(ordinary)
        self._postcodes = cycle(alliance.tables["members"]["postcode"].drop_nulls().to_list())
        self._told = asyncio.Condition()

    async def buy(self, number: int) -> None:
        """Order after order until the evening is over; never leaves one without its answer."""
        for turn in count():
            if self.over.is_set():
                return
            await self._order(f"buyer-{number}-{turn}")

    async def acknowledged(self, orders: int) -> None:
        """Wait until so many more orders are acknowledged."""
        wanted = len(self.journal) + orders
        async with self._told:
            await self._told.wait_for(lambda: len(self.journal) >= wanted)

    async def repeat(self) -> int:
        """Ask everything again, as a client that lost its memory would; gives how many answers differ."""
        differ = 0
        for each in self.journal:
            again = await self.client.take(self.alliance.addresses[0], each.token, each.shopper_id, each.key)
            differ += again.content != each.answer or again.headers.get("idempotent-replayed") != "true"
        return differ

    async def _order(self, shopper_id: str) -> None:
        address = self.alliance.addresses[0]
        sku = next(self._ordinary) if self._sold_out else self._offer.sku
        question = {"lines": [{"sku": sku, "units": 1}], "postcode": next(self._postcodes)}
        asked = await self.client.ask(address, question)
        if asked.status_code != HTTPStatus.OK:
            self.odd.append(asked.text[:300])
            return
        way = on_the_shelf(asked.json()["ways"])
        if way is None:
            self._sold_out = True
            return
        token, key = way["token"], uuid4().hex
        taken = await self.client.take(address, token, shopper_id, key)
        if taken.status_code == HTTPStatus.CREATED:
            async with self._told:
                self.journal.append(Acknowledged(token, shopper_id, key, taken.content))
                self._told.notify_all()
        elif taken.json()["code"] == "stock-gone":
            self._sold_out = True
        else:
            self.odd.append(taken.text[:300])


async def run(stage: Stage) -> None:
    """A rush, three kills in it, and what is left of it all."""
    offers: list[Offer] = []

    def dress(tables: Tables) -> Tables:
        offers.append(offer_of(tables))
        return dressed(tables, offers[0], UNITS)

    async with served(1, dress, log_level="error", release_after_s="0") as alliance:
        [offer] = offers
        stage.step(
            f"실제 서버와 데이터베이스에서 {offer.name_ko} 방송 특가가 한창입니다.",
            f"A real server and its database, in the middle of a rush for {offer.name_en}.",
            nodes=[CENTRE],
        )
        async with alliance.client(BUYERS) as client, asyncio.TaskGroup() as evening:
            crowd = _Crowd(alliance, client, offer, ordinary_goods(alliance.tables, offer))
            for number in range(BUYERS):
                evening.create_task(crowd.buy(number))
            await _kills(stage, alliance, crowd)
            crowd.over.set()
        async with alliance.client() as client:
            interrupted, crowd.client = crowd.client.interrupted, client
            stage.step(
                f"손님들은 그동안 {interrupted}번 끊겼고, 같은 주문을 같은 키로 다시 보냈습니다.",
                f"The buyers were cut off {interrupted} times, and sent the same wish again with the same key.",
                interrupted=interrupted,
            )
            await _check_orders(stage, alliance, crowd)
        await _go_on(alliance)
        await _check_end(stage, alliance, offer)


async def _kills(stage: Stage, alliance: Served, crowd: _Crowd) -> None:
    """Server, database, both: each in the middle of orders, and each time it goes on by itself."""
    await crowd.acknowledged(BETWEEN)

    def both() -> None:
        alliance.kill_database()
        alliance.kill_servers()

    kills: Sequence[tuple[str, str, Callable[[], None]]] = (
        ("서버를", "The server", alliance.kill_servers),
        ("데이터베이스를", "The database", alliance.kill_database),
        ("둘 다", "Both are", both),
    )
    for ko, en, kill in kills:
        kill()
        began = time.perf_counter()
        await crowd.acknowledged(BUYERS + 1)  # more than can have been under way
        took_s = time.perf_counter() - began
        verb = "" if en.endswith("are") else " is"
        stage.step(
            f"{ko} kill -9로 죽였습니다. {took_s:.1f}초 뒤 다시 주문이 들어옵니다.",
            f"{en}{verb} killed with kill -9. Orders are taken again {took_s:.1f} seconds later.",
            back_s=round(took_s, 1), restarts=alliance.restarts,
        )  # fmt: skip
        await crowd.acknowledged(BETWEEN)


async def _check_orders(stage: Stage, alliance: Served, crowd: _Crowd) -> None:
    """What was acknowledged is there, once, and nothing else is."""
    told = [UUID(msgspec.json.decode(each.answer)["order_id"]) for each in crowd.journal]
    async with alliance.pool.transaction() as conn:
        placed = [row[0] for row in await (await conn.execute(ORDERS)).fetchall()]
    stage.check(
        f"확인받은 주문 {len(told)}건이 모두 그대로 있고, 확인받지 않은 주문은 없습니다.",
        f"All {len(told)} acknowledged orders are there, and no other is.",
        sorted(told) == placed and len(set(told)) == len(told) and not crowd.odd,
        acknowledged=len(told), placed=len(placed), odd=crowd.odd[:3],
    )  # fmt: skip
    differ = await crowd.repeat()
    async with alliance.pool.transaction() as conn:
        again = [row[0] for row in await (await conn.execute(ORDERS)).fetchall()]
    stage.check(
        "모든 요청을 같은 키로 다시 보내도 답이 같고, 주문은 늘지 않습니다.",
        "Every wish sent once more has the same answer, and makes no second order.",
        differ == 0 and again == placed,
        differ=differ,
    )


async def _go_on(alliance: Served) -> None:
    """The floors and the road finish what the kills interrupted."""
    await alliance.until(alliance.quiet, "every reaction to be through")
    async with alliance.pool.transaction() as conn:
        order_ids = [row[0] for row in await (await conn.execute(ORDERS)).fetchall()]
    for order_id in order_ids:
        async with alliance.pool.transaction() as conn:
            for parcel in await orders.parcels(conn, order_id):
                at = datetime.now(UTC)
                lines = await warehouse.lines(conn, parcel.node_id, parcel.parcel_id)
                found = {line.reservation_id: line.units for line in lines}
                await warehouse.pick(conn, parcel.node_id, parcel.parcel_id, found, at)
                await warehouse.pack(conn, parcel.node_id, parcel.parcel_id, at)
                await warehouse.hand_over(conn, parcel.node_id, parcel.parcel_id, at)
    await alliance.until(alliance.quiet, "every parcel to be on its way")
    for order_id in order_ids:
        async with alliance.pool.transaction() as conn:
            for parcel in await orders.parcels(conn, order_id):
                at = datetime.now(UTC)
                report = Report(order_id=order_id, parcel_id=parcel.parcel_id, at=at, state="delivered")
                await delivery.track(conn, report, None, at)
    await alliance.until(alliance.quiet, "every parcel to have arrived")


async def _check_end(stage: Stage, alliance: Served, offer: Offer) -> None:
    async with alliance.pool.transaction() as conn:
        states = await many(conn, State, STATES)
        paid = await value(conn, PAID_ONCE)
        shelf = await one(conn, Shelf, SHELF, node_id=CENTRE, sku=offer.sku)
    placed = sum(each.orders for each in states)
    stage.check(
        f"끊겼던 주문 {placed}건이 모두 끝까지 갑니다: 한 번씩 결제되고, 배송되었습니다.",
        f"All {placed} orders go on to their end: each paid once, and delivered.",
        [each.state for each in states] == ["delivered"] and paid == placed,
        paid_once=paid, **{each.state: each.orders for each in states},
    )  # fmt: skip
    stage.check(
        f"특가 {UNITS}개는 두 번 팔리지 않았습니다.",
        f"Of the {UNITS} on offer none was sold twice.",
        shelf.reserved == 0 and shelf.on_hand + shelf.lines == UNITS,
        on_hand=shelf.on_hand, sold=shelf.lines,
    )  # fmt: skip
    drifted = await alliance.drifted()
    stage.check("장부가 모두 맞습니다.", "Every balance adds up: nothing has drifted.", drifted == 0, drift=drifted)


SCENE: Final = Scene(
    name="lights-out",
    title_ko="정전",
    title_en="Lights out",
    about_ko="주문이 몰리는 중에 서버와 데이터베이스를 죽입니다. 저절로 살아나고, 확인한 주문은 하나도 잃지 않습니다.",
    about_en="Server and database are killed in mid-rush: back by themselves, nothing acknowledged is lost.",
    run=run,
)
