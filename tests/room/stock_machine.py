"""All that may be done to stock, one step after the other, and the plain model beside it."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, LiteralString, Protocol, TypeVar
from uuid import UUID

import psycopg
import pytest
from bench.race.wishes import AT, OWNER, Part, Wish, taken
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from sangdan.flows.cancel_order import cancel
from sangdan.flows.drift import drift
from sangdan.flows.place_order import place_batch
from sangdan.flows.release_order import release
from sangdan.flows.ship_parcel import ship
from sangdan.kit.db import Conn, run
from sangdan.kit.ids import Ids
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.errors import NoSuchInbound, NoSuchReservation, OutOfStock
from sangdan.offer.stock.model import Held, Reservation
from sangdan.order.orders import commands as orders
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.model import Answer
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.events import ParcelHandedOver

from .copy_rows import csv
from .stock_model import Cell, Due, Hold, Model, Share

T = TypeVar("T")

PER_HOUR: Final = {"icheon": 3, "gimpo": 6}
NODES: Final = st.sampled_from(sorted(PER_HOUR))
SKUS: Final = st.sampled_from(["milk", "rice"])
CELLS: Final = st.tuples(NODES, SKUS)
FEW: Final = st.integers(1, 4)
SHOPS: Final = st.sampled_from(["market", "corner"])
MOST: Final = st.none() | st.integers(0, 8)
DUE_AT: Final = AT + timedelta(days=2)
DATA: Final = st.data()


class Draws(Protocol):
    """Whence the details of a step come: from hypothesis, or from a list."""

    def draw(self, strategy: st.SearchStrategy[T], /) -> T:
        """One of the strategy's values."""
        ...


class StockMachine(RuleBasedStateMachine):
    """One connection, one transaction that is rolled back; beside it the model."""

    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model(PER_HOUR)
        self.now = AT
        self.ids = Ids(seed=5)
        self.runner = asyncio.Runner()
        self.conn: Conn = self.do(psycopg.AsyncConnection.connect(self.url, options="-c timezone=UTC"))
        self.do(self.conn.execute("SELECT"))  # so that the code's own transactions only nest
        for number, node_id in enumerate(sorted(PER_HOUR)):
            self.do(warehouse.adopt_prefix(self.conn, node_id, f"880{number:06d}"))

    def do(self, deed: Coroutine[Any, Any, T]) -> T:
        """Wait for something to be done."""
        return self.runner.run(deed)

    def new(self) -> UUID:
        """An id that nothing has yet."""
        return self.ids.new(self.now)

    def teardown(self) -> None:
        try:
            assert self.do(drift(self.conn)) == []
        finally:
            self.do(self.conn.rollback())
            self.do(self.conn.close())
            self.runner.close()

    @rule(cell=CELLS, units=st.integers(1, 8), again=st.booleans())
    def receive(self, cell: Cell, units: int, again: bool) -> None:
        movement_id = self.new()
        for first in (True, False)[: 2 if again else 1]:
            told = self.do(stock.receive(self.conn, cell[0], movement_id, cell[1], OWNER, units, "test", self.now))
            assert told == first
        self.model.shelf(cell).on_hand += units

    @rule(cell=CELLS, on_hand=st.integers(0, 12), safety=st.none() | st.integers(0, 4))
    def count(self, cell: Cell, on_hand: int, safety: int | None) -> None:
        row = f"{cell[0]},{cell[1]},{OWNER},{on_hand},{'' if safety is None else safety}"
        loaded = self.do(stock.count(self.conn, csv(row), self.now, str(self.new())))
        shelf = self.model.shelf(cell)
        if on_hand < shelf.reserved:
            assert [refused.line for refused in loaded.refused] == [2]
        else:
            assert loaded.refused == []
            shelf.on_hand = on_hand
            shelf.safety = shelf.safety if safety is None else safety

    @rule(cell=CELLS, units=st.integers(1, 8), most=MOST)
    def announce(self, cell: Cell, units: int, most: int | None) -> None:
        inbound_id = f"asn-{len(self.model.due)}"
        self._expect(cell, inbound_id, units, most, refused=False)
        self.model.due_at_node[inbound_id] = cell[0]
        self.model.due[inbound_id] = Due(cell[1], units, most)

    @precondition(lambda self: self.model.due)
    @rule(data=DATA, units=st.integers(1, 8), most=MOST)
    def announce_again(self, data: Draws, units: int, most: int | None) -> None:
        inbound_id = data.draw(st.sampled_from(sorted(self.model.due)))
        due = self.model.due[inbound_id]
        changed = units != due.units
        refused = units < due.reserved or (due.received and changed)
        self._expect((self.model.due_at_node[inbound_id], due.sku), inbound_id, units, most, refused=refused)
        if not refused:
            due.units, due.most = units, most

    def _expect(self, cell: Cell, inbound_id: str, units: int, most: int | None, *, refused: bool) -> None:
        row = f"{cell[0]},{inbound_id},{cell[1]},{OWNER},{units},{DUE_AT.isoformat()},{'' if most is None else most}"
        loaded = self.do(stock.expect(self.conn, csv(row)))
        assert bool(loaded.refused) == refused, loaded

    @precondition(lambda self: self.model.due)
    @rule(data=DATA)
    def arrive(self, data: Draws) -> None:
        inbound_id = data.draw(st.sampled_from(sorted(self.model.due)))
        coming = stock.arrive(self.conn, self.model.due_at_node[inbound_id], inbound_id, self.new(), self.now)
        if self.model.due[inbound_id].received:
            with pytest.raises(NoSuchInbound):
                self.do(coming)
        else:
            self.do(coming)
            self.model.arrive(inbound_id)

    @rule(cell=CELLS, shop_id=SHOPS, most=st.integers(0, 6))
    def share(self, cell: Cell, shop_id: str, most: int) -> None:
        """A shop gets a share of a shelf; what it holds of an earlier one counts."""
        self.do(_share(self.conn, cell, shop_id, most, self.now))
        self.model.shelf(cell)
        self.model.shares.setdefault((cell, shop_id), Share(most)).most = most

    @rule(cell=CELLS, units=FEW, minutes=st.integers(1, 30), shop_id=st.none() | SHOPS)
    def reserve(self, cell: Cell, units: int, minutes: int, shop_id: str | None) -> None:
        hold_id, until = self.new(), self.now + timedelta(minutes=minutes)
        wanted = Reservation(cell[0], hold_id, cell[1], OWNER, units, until)
        holding = stock.reserve(self.conn, wanted, self.now, shop_id)
        if self.model.hold(hold_id, Hold(cell[0], cell[1], units, expires_at=until), shop_id):
            assert self.do(holding).reservation_id == hold_id
        else:
            with pytest.raises(OutOfStock):
                self.do(holding)

    @precondition(lambda self: self.model.baskets())
    @rule(data=DATA)
    def release(self, data: Draws) -> None:
        hold_id = data.draw(st.sampled_from(self.model.baskets()))
        hold = self.model.holds[hold_id]
        self.do(stock.release(self.conn, hold.node_id, hold_id))
        with pytest.raises(NoSuchReservation):
            self.do(stock.release(self.conn, hold.node_id, hold_id))
        self.do(_expire(self.conn, str(hold_id), hold.node_id, self.now))
        self.model.give_back(hold_id, hold.units)

    @rule(minutes=st.integers(1, 20))
    def wait(self, minutes: int) -> None:
        """Baskets expire by themselves, when they said and not before."""
        self.now += timedelta(minutes=minutes)
        for key, node_id in self.do(_ring(self.conn, self.now)):
            self.do(_expire(self.conn, key, node_id, self.now))
        for hold_id in self.model.baskets():
            hold = self.model.holds[hold_id]
            if hold.expires_at is not None and hold.expires_at <= self.now:
                self.model.give_back(hold_id, hold.units)

    @rule(data=DATA, cell=CELLS, units=FEW)
    def hold_for_an_order(self, data: Draws, cell: Cell, units: int) -> None:
        inbound_id = data.draw(st.sampled_from([None, *sorted(self.model.due), "asn-never"]))
        hold_id, order_id = self.new(), self.new()
        wanted = Held(cell[0], hold_id, 1, cell[1], OWNER, units, inbound_id)
        held = self.do(stock.hold(self.conn, order_id, wanted, self.now))
        assert held == self.model.hold(hold_id, Hold(cell[0], cell[1], units, inbound_id, order_id))

    @precondition(lambda self: self.model.loose())
    @rule(data=DATA, how=st.sampled_from(["let_go", "ship", "lose"]))
    def end_some(self, data: Draws, how: str) -> None:
        hold_id = data.draw(st.sampled_from(self.model.loose()))
        hold = self.model.holds[hold_id]
        units = data.draw(st.integers(1, hold.units))
        if how == "let_go":
            part = Held(hold.node_id, hold_id, 1, hold.sku, OWNER, units, hold.inbound_id)
            self.do(stock.let_go(self.conn, [part]))
            self.model.give_back(hold_id, units)
            return
        leave = stock.ship if how == "ship" else stock.lose
        leaving = leave(self.conn, hold.node_id, [(hold_id, units)], str(self.new()), self.now)
        if hold.inbound_id is None:
            self.do(leaving)
            self.model.take_away(hold_id, units, lost=how == "lose")
        else:
            with pytest.raises(AssertionError):
                self.do(leaving)

    @rule(data=DATA, orders=st.integers(1, 4), locked=st.booleans())
    def place(self, data: Draws, orders: int, locked: bool) -> None:
        """A batch: each order in whole or not at all, in the order in which they came."""
        wishes = [self._wish(data, AT + timedelta(hours=data.draw(st.integers(0, 1)))) for _ in range(orders)]
        batch = [taken(wish, PER_HOUR) for wish in wishes]
        told = self.do(place_batch(self.conn, batch, self.now, locked=locked))
        for wish, short in zip(wishes, told, strict=True):
            said = self.model.short(wish)
            assert {each["what"] for each in short} == said
            if not said:
                self.model.place(wish)

    @precondition(lambda self: self.model.orders)
    @rule(data=DATA)
    def place_again(self, data: Draws) -> None:
        wish = self.model.orders[data.draw(st.sampled_from(sorted(self.model.orders)))]
        [short] = self.do(place_batch(self.conn, [taken(wish, PER_HOUR)], self.now))
        assert short[0] == {"what": "taken"}

    def _wish(self, data: Draws, hour_at: datetime) -> Wish:
        """An order of one to three lines; each of one SKU, from one node or from both, and of what will come."""
        parts: list[Part] = []
        for line_no in range(1, data.draw(st.integers(1, 3)) + 1):
            sku = data.draw(SKUS)
            awaited = [
                (self.model.due_at_node[inbound_id], inbound_id)
                for inbound_id, due in sorted(self.model.due.items())
                if due.sku == sku
            ]
            places = [("icheon", None), ("gimpo", None), *awaited]
            for node_id, inbound_id in data.draw(
                st.lists(st.sampled_from(places), min_size=1, max_size=2, unique=True)
            ):
                parts.append(Part(line_no, node_id, sku, data.draw(FEW), inbound_id))
        return Wish(self.new(), tuple(parts), hour_at, data.draw(SHOPS))

    @precondition(lambda self: self.model.orders)
    @rule(data=DATA)
    def cancel(self, data: Draws) -> None:
        wish = self.model.orders[data.draw(st.sampled_from(sorted(self.model.orders)))]
        left = Counter[int]()
        for part, _, hold in self.model.held_by(wish):
            left[part.line_no] += hold.units
        some = data.draw(
            st.none() | st.fixed_dictionaries({}, optional={n: st.integers(1, u) for n, u in left.items()})
        )
        cut = self.do(cancel(self.conn, wish.order_id, "shopper", self.now, some or None))
        off = Counter[int]()
        line_of = {wish.reservation_id(part): part.line_no for part in wish.parts}
        for _, reservation_id, units in cut.parts:
            self.model.give_back(reservation_id, units)
            off[line_of[reservation_id]] += units
        assert off == Counter(some or left)
        holding = {part.node_id for part, _, _ in self.model.held_by(wish)}
        before = {part.node_id for part in wish.parts if part.line_no in left}
        emptied = {wish.nodes[parcel_no - 1] for parcel_no in cut.emptied}
        assert emptied <= before - holding
        self.model.empty(wish, emptied)
        if cut.whole:
            del self.model.orders[wish.order_id]

    @precondition(lambda self: self.model.orders)
    @rule(data=DATA)
    def send(self, data: Draws) -> None:
        """Paid, released, picked, packed, handed over: the units are off the shelves."""
        wish = self.model.orders[data.draw(st.sampled_from(sorted(self.model.orders)))]
        parts = self.model.held_by(wish)
        if any(hold.inbound_id is not None for _, _, hold in parts):
            return
        self.do(_send(self.conn, wish, sorted({hold.node_id for _, _, hold in parts}), self.now))
        for _, hold_id, hold in parts:
            self.model.take_away(hold_id, hold.units)
        del self.model.orders[wish.order_id]

    @invariant()
    def the_same(self) -> None:
        """Every balance, every hold, every hour; and the database agrees with itself."""
        model = self.model
        assert self.do(_rows(self.conn, SHELVES)) == {
            (*cell, each.on_hand, each.reserved, each.safety)
            for cell, each in model.shelves.items()
            if each.on_hand or each.reserved or each.safety
        }
        assert self.do(_rows(self.conn, DUE)) == {
            (model.due_at_node[name], name, each.sku, each.units, each.most, each.reserved, each.received)
            for name, each in model.due.items()
        }
        assert self.do(_rows(self.conn, HOLDS)) == {
            (hold_id, each.node_id, each.sku, each.units, each.inbound_id, each.order_id, each.expires_at, each.shop_id)
            for hold_id, each in model.holds.items()
        }
        assert self.do(_rows(self.conn, SHARES)) == {
            (*cell, shop_id, each.most, each.taken) for (cell, shop_id), each in model.shares.items()
        }
        assert self.do(_rows(self.conn, HOURS)) == {(*hour, many) for hour, many in model.hours.items() if many}
        assert self.do(_rows(self.conn, TIMERS)) == {(str(each),) for each in model.baskets()}
        assert self.do(stock.drift(self.conn)) == []


SHELVES: Final = """
    SELECT node_id, sku, on_hand, reserved, safety FROM stock.balance WHERE on_hand + reserved + safety > 0
"""
DUE: Final = """
    SELECT node_id, inbound_id, sku, units, preorder_max, reserved, received_at IS NOT NULL FROM stock.inbound
"""
HOLDS: Final = """
    SELECT reservation_id, node_id, sku, units, inbound_id, order_id, expires_at, shop_id
      FROM stock.reservation WHERE state = 'held'
"""
SHARES: Final = "SELECT node_id, sku, shop_id, units_max, taken FROM stock.allotment"
SET_SHARE: Final[LiteralString] = """
    WITH cell AS (
        INSERT INTO stock.balance (node_id, sku, owner_id, allotted) VALUES (%(node_id)s, %(sku)s, %(owner_id)s, true)
        ON CONFLICT (node_id, sku, owner_id) DO UPDATE SET allotted = true
    )
    INSERT INTO stock.allotment (node_id, sku, owner_id, shop_id, units_max, set_at)
    VALUES (%(node_id)s, %(sku)s, %(owner_id)s, %(shop_id)s, %(most)s, %(at)s)
    ON CONFLICT (node_id, sku, owner_id, shop_id) DO UPDATE SET units_max = excluded.units_max
"""
HOURS: Final = "SELECT node_id, hour_at, parcels FROM warehouse.slot WHERE parcels > 0"
TIMERS: Final = "SELECT key FROM kit.timer WHERE kind = 'stock.expire'"
RING: Final = """
    DELETE FROM kit.timer WHERE kind = 'stock.expire' AND due_at <= %(now)s RETURNING key, data ->> 'node_id'
"""


async def _rows(conn: Conn, sql: Any) -> set[tuple[Any, ...]]:
    return set(await (await conn.execute(sql)).fetchall())


async def _share(conn: Conn, cell: Cell, shop_id: str, most: int, at: datetime) -> None:
    """What a rule comes to in its cell; what rules say is another test's."""
    await run(conn, SET_SHARE, node_id=cell[0], sku=cell[1], owner_id=OWNER, shop_id=shop_id, most=most, at=at)


async def _ring(conn: Conn, now: datetime) -> Sequence[tuple[str, str]]:
    return await (await conn.execute(RING, {"now": now})).fetchall()


async def _expire(conn: Conn, key: str, node_id: str, now: datetime) -> None:
    await stock.expire(conn, key, {"node_id": node_id}, now)


async def _send(conn: Conn, wish: Wish, nodes: Sequence[str], now: datetime) -> None:
    paid = await payments.payment(conn, wish.order_id, None)
    approved = Answer(
        order_id=wish.order_id, key=f"authorise-{paid.payment_id}", kind="authorise", outcome="approved",
        amount_minor=paid.amount_minor, gateway_ref="1",
    )  # fmt: skip
    await payments.record(conn, approved, now)
    await orders.authorise(conn, wish.order_id, now)
    await release(conn, str(wish.order_id), {}, now)
    for node_id in nodes:
        parcel_id = wish.parcel_id(node_id)
        lines = await warehouse.lines(conn, node_id, parcel_id)
        await warehouse.pick(conn, node_id, parcel_id, {line.reservation_id: line.units for line in lines}, now)
        await warehouse.pack(conn, node_id, parcel_id, now)
        gone = await warehouse.hand_over(conn, node_id, parcel_id, now)
        assert gone.sscc is not None
        fact = ParcelHandedOver(
            node_id=node_id, parcel_id=parcel_id, order_id=wish.order_id, parcel_no=gone.parcel_no, at=now,
            sscc=gone.sscc, carrier_id=gone.carrier_id,
        )  # fmt: skip
        await ship(conn, fact, now)
