"""One stock: what is held, shipped, lost and received, and that nothing is ever held twice."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sangdan.kit.db import Conn, Pool, run, value
from sangdan.kit.ids import Ids
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.errors import BadUnits, NoSuchInbound, NoSuchReservation, OutOfStock
from sangdan.offer.stock.model import Held, Reservation

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=1)


async def shelf(
    conn: Conn, *, node: str = "icheon", sku: str = "milk", owner: str = "dairy", units: int, safety: int = 0
) -> None:
    """Put units on a shelf the way a delivery does."""
    await stock.receive(conn, node, IDS.new(AT), sku, owner, units, "test", AT)
    await run(
        conn,
        "UPDATE stock.balance SET safety = %(safety)s WHERE (node_id, sku, owner_id) = (%(node)s, %(sku)s, %(owner)s)",
        safety=safety,
        node=node,
        sku=sku,
        owner=owner,
    )


def a_reservation(units: int = 1, *, sku: str = "milk", until: datetime | None = None) -> Reservation:
    return Reservation(
        node_id="icheon",
        reservation_id=IDS.new(AT),
        sku=sku,
        owner_id="dairy",
        units=units,
        expires_at=until or AT + timedelta(minutes=15),
    )


async def an_order_holds(conn: Conn, units: int, *, sku: str = "milk") -> Held:
    """Hold units for an order; gives what it holds."""
    wanted = Held("icheon", IDS.new(AT), 1, sku, "dairy", units, None)
    assert await stock.hold(conn, IDS.new(AT), wanted, AT)
    return wanted


async def cell(conn: Conn) -> tuple[int, int]:
    balances = await stock.balances(conn, "icheon", "milk", "dairy", ("", "", ""), 10)
    return balances[0].on_hand, balances[0].reserved


async def test_the_last_unit_is_sold_once(db: Pool) -> None:
    """Saleor #543 and Vendure #3508 sold it twice; Odoo #55494 lost count."""
    async with db.transaction() as conn:
        await shelf(conn, units=1)

    async def buy() -> Reservation:
        async with db.transaction() as conn:
            return await stock.reserve(conn, a_reservation(), AT)

    answers = await asyncio.gather(*(buy() for _ in range(20)), return_exceptions=True)

    assert Counter(map(type, answers)) == {Reservation: 1, OutOfStock: 19}
    async with db.transaction() as conn:
        assert await stock.drift(conn) == []
        assert await stock.oversold(conn) == 0


async def test_safety_stock_is_not_promised(conn: Conn) -> None:
    await shelf(conn, units=5, safety=3)
    assert [c.units for c in await stock.available(conn, ["milk"])] == [2]
    with pytest.raises(OutOfStock):
        await stock.reserve(conn, a_reservation(3), AT)
    assert (await stock.reserve(conn, a_reservation(2), AT)).units == 2
    assert await stock.available(conn, ["milk"]) == []


@pytest.mark.parametrize("units", [0, -1, 10**12])
async def test_absurd_units_are_refused(conn: Conn, units: int) -> None:
    with pytest.raises(BadUnits):
        await stock.reserve(conn, a_reservation(units), AT)


async def test_a_hold_ends_once(conn: Conn) -> None:
    await shelf(conn, units=3)
    held = await stock.reserve(conn, a_reservation(2), AT)
    await stock.release(conn, held.node_id, held.reservation_id)
    with pytest.raises(NoSuchReservation):
        await stock.release(conn, held.node_id, held.reservation_id)
    await stock.expire(conn, str(held.reservation_id), {"node_id": held.node_id}, AT)
    assert await cell(conn) == (3, 0)


async def test_a_hold_expires_by_its_timer(conn: Conn) -> None:
    await shelf(conn, units=3)
    held = await stock.reserve(conn, a_reservation(3), AT)
    due = await value(conn, "SELECT due_at FROM kit.timer WHERE key = %(key)s", key=str(held.reservation_id))
    assert due == held.expires_at
    await stock.expire(conn, str(held.reservation_id), {"node_id": held.node_id}, held.expires_at)
    assert [c.units for c in await stock.available(conn, ["milk"])] == [3]


async def test_shipping_takes_units_off_the_shelf_once(conn: Conn) -> None:
    await shelf(conn, units=5)
    held = await an_order_holds(conn, 2)
    await stock.ship(conn, "icheon", [(held.reservation_id, 2)], "parcel-1", AT)
    assert await cell(conn) == (3, 0)
    with pytest.raises(AssertionError):
        await stock.ship(conn, "icheon", [(held.reservation_id, 2)], "parcel-1", AT)
    assert await cell(conn) == (3, 0)
    assert await stock.drift(conn) == []


async def test_what_is_not_on_the_shelf_is_corrected(conn: Conn) -> None:
    """A picker finds one of three: the reservation keeps one, the shelf loses two, nobody else's units are touched."""
    await shelf(conn, units=5)
    held = await an_order_holds(conn, 3)
    await an_order_holds(conn, 1)
    await stock.lose(conn, "icheon", [(held.reservation_id, 2)], "parcel-1", AT)
    assert await cell(conn) == (3, 2)
    await stock.ship(conn, "icheon", [(held.reservation_id, 1)], "parcel-1", AT)
    assert await cell(conn) == (2, 1)
    assert await stock.drift(conn) == []


async def test_units_are_given_back_in_part(conn: Conn) -> None:
    await shelf(conn, units=5)
    held = await an_order_holds(conn, 4)
    await stock.let_go(conn, [Held("icheon", held.reservation_id, 1, "milk", "dairy", 1, None)])
    assert await cell(conn) == (5, 3)
    await stock.let_go(conn, [Held("icheon", held.reservation_id, 1, "milk", "dairy", 3, None)])
    assert await cell(conn) == (5, 0)
    assert await stock.drift(conn) == []


async def test_supply_with_a_date_is_promised_and_arrives(conn: Conn) -> None:
    await run(
        conn,
        """
        INSERT INTO stock.inbound (node_id, inbound_id, sku, owner_id, units, reserved, due_at)
        VALUES ('icheon', 'asn-1', 'milk', 'dairy', 10, 4, %(due_at)s)
        """,
        due_at=AT + timedelta(days=2),
    )
    reservation_id: UUID = IDS.new(AT)
    await run(
        conn,
        """
        INSERT INTO stock.reservation (node_id, reservation_id, order_id, line_no, sku, owner_id, units, inbound_id, at)
        VALUES ('icheon', %(id)s, %(id)s, 1, 'milk', 'dairy', 4, 'asn-1', %(at)s)
        """,
        id=reservation_id,
        at=AT,
    )
    assert [s.units for s in await stock.supply(conn, ["milk"], AT)] == [6]
    assert await stock.drift(conn) == []
    await stock.arrive(conn, "icheon", "asn-1", IDS.new(AT), AT + timedelta(days=2))
    assert await cell(conn) == (10, 4)
    assert await stock.supply(conn, ["milk"], AT) == []
    with pytest.raises(NoSuchInbound):
        await stock.arrive(conn, "icheon", "asn-1", IDS.new(AT), AT + timedelta(days=2))
    await stock.ship(conn, "icheon", [(reservation_id, 4)], "parcel-1", AT)
    assert await stock.drift(conn) == []


async def test_receiving_twice_is_receiving_once(conn: Conn) -> None:
    movement_id = IDS.new(AT)
    assert await stock.receive(conn, "icheon", movement_id, "milk", "dairy", 7, "asn", AT)
    assert not await stock.receive(conn, "icheon", movement_id, "milk", "dairy", 7, "asn", AT)
    assert await cell(conn) == (7, 0)
