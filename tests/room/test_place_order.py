"""Placing: stock, capacity, promise, order and payment intent together, or nothing of them."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from sangdan.flows.place_order import Taken, place
from sangdan.kit.db import Conn, Pool, run, value
from sangdan.offer.promise.model.answer import Content
from sangdan.offer.stock import commands as stock
from sangdan.order.orders import commands as orders

from .placing_cases import AT, IDS, a_taken


async def shelf(conn: Conn, units: int, sku: str = "milk") -> None:
    await stock.receive(conn, "icheon", IDS.new(AT), sku, "dairy", units, "test", AT)


async def rows_left(conn: Conn) -> int:
    """Rows that a refused order might have left anywhere."""
    return await value(
        conn,
        """
        SELECT (SELECT count(*) FROM stock.reservation) + (SELECT count(*) FROM orders.order)
             + (SELECT count(*) FROM promise.promise) + (SELECT count(*) FROM payments.payment)
             + (SELECT count(*) FROM warehouse.slot_claim) + (SELECT count(*) FROM kit.outbox)
             + (SELECT coalesce(sum(parcels), 0) FROM warehouse.slot)
             + (SELECT coalesce(sum(reserved), 0) FROM stock.balance)
        """,
    )


async def test_everything_stands_together(conn: Conn) -> None:
    await shelf(conn, 3)
    taken = a_taken(units=2)
    assert await place(conn, taken, AT) == []

    whole = await orders.read(conn, await orders.get(conn, taken.order_id))
    assert (whole.order.state, whole.order.total_minor, whole.order.due_minor) == ("placed", 8000, 8000)
    assert [(line.sku, line.units) for line in whole.lines] == [("milk", 2)]
    assert [h.units for h in await stock.held(conn, taken.order_id)] == [2]
    assert whole.parcel_lines[0].reservation_id == (await stock.held(conn, taken.order_id))[0].reservation_id
    assert await value(conn, "SELECT parcels FROM warehouse.slot") == 1
    kinds = await value(conn, "SELECT array_agg(type ORDER BY type) FROM kit.event")
    assert kinds == ["orders.placed", "payments.requested"]
    stored = await value(conn, "SELECT answer FROM promise.promise")
    assert stored == taken.promise.answer
    assert await stock.drift(conn) == []


async def test_what_is_short_is_named_and_nothing_is_left(conn: Conn) -> None:
    await shelf(conn, 1)
    assert await place(conn, a_taken(units=2), AT) == [{"what": "shelf", "node_id": "icheon", "sku": "milk"}]
    assert await place(conn, a_taken(sku="bread"), AT) == [{"what": "shelf", "node_id": "icheon", "sku": "bread"}]
    assert await place(conn, a_taken(inbound_id="asn-9"), AT) == [
        {"what": "inbound", "node_id": "icheon", "sku": "milk"}
    ]
    short = await place(conn, a_taken(per_hour=0), AT)
    assert [s["what"] for s in short] == ["capacity"]
    assert await rows_left(conn) == 0


async def test_dated_supply_is_promised_up_to_its_units(conn: Conn) -> None:
    await run(
        conn,
        """
        INSERT INTO stock.inbound (node_id, inbound_id, sku, owner_id, units, due_at)
        VALUES ('icheon', 'asn-1', 'milk', 'dairy', 2, %(due_at)s)
        """,
        due_at=AT + timedelta(days=1),
    )
    assert await place(conn, a_taken(units=2, inbound_id="asn-1"), AT) == []
    assert (await place(conn, a_taken(inbound_id="asn-1"), AT))[0]["what"] == "inbound"
    assert await stock.drift(conn) == []


async def test_twenty_buyers_for_one_unit(db: Pool) -> None:
    async with db.transaction() as conn:
        await shelf(conn, 1)

    async def buy() -> str:
        async with db.transaction() as conn:
            short = await place(conn, a_taken(), AT)
        return short[0]["what"] if short else "placed"

    answers = await asyncio.gather(*(buy() for _ in range(20)))
    assert Counter(answers) == {"placed": 1, "shelf": 19}
    async with db.transaction() as conn:
        assert await stock.drift(conn) == []
        assert await value(conn, "SELECT count(*) FROM orders.order") == 1


async def test_an_hour_is_never_overbooked(db: Pool) -> None:
    async with db.transaction() as conn:
        await shelf(conn, 100)

    async def buy() -> str:
        async with db.transaction() as conn:
            short = await place(conn, a_taken(per_hour=3), AT)
        return short[0]["what"] if short else "placed"

    answers = await asyncio.gather(*(buy() for _ in range(20)))
    assert Counter(answers) == {"placed": 3, "capacity": 17}


async def test_orders_that_want_the_same_shelves_the_other_way_round_do_not_lock_each_other_out(db: Pool) -> None:
    async with db.transaction() as conn:
        for sku in ("milk", "bread"):
            await shelf(conn, 40, sku)

    def both(first: str, second: str) -> Taken:
        one, other = a_taken(first), a_taken(second)
        mine = one.promise.way
        lines = (mine.lines[0], replace(other.promise.way.lines[0], line_no=2, wish_no=2))
        parcel = replace(mine.parcels[0], contents=(Content(1, 1, None), Content(2, 1, None)))
        return replace(one, promise=replace(one.promise, way=replace(mine, lines=lines, parcels=(parcel,))))

    async def buy(turn: int) -> UUID:
        taken = both("milk", "bread") if turn % 2 else both("bread", "milk")
        async with db.transaction() as conn:
            assert await place(conn, taken, AT) == []
        return taken.order_id

    placed = await asyncio.gather(*(buy(turn) for turn in range(40)))
    assert len(set(placed)) == 40
    async with db.transaction() as conn:
        assert await stock.available(conn, ["milk", "bread"]) == []
        assert await stock.drift(conn) == []
