"""Parcels on their way: reports come late, twice and at once, and each parcel is delivered once."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sangdan.kit.db import Conn, Pool, value
from sangdan.kit.ids import Ids
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.delivery.errors import NoSuchParcel
from sangdan.ship.delivery.model import Report, State

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=41)


async def a_parcel(conn: Conn, carrier_id: str | None = "fast") -> tuple[UUID, UUID]:
    """A parcel that was handed over: its order and itself."""
    order_id, parcel_id = IDS.new(AT), IDS.new(AT)
    for _ in range(2):
        await delivery.start(conn, order_id, parcel_id, 1, carrier_id, "008801234000000016", AT)
    return order_id, parcel_id


def a_report(ids: tuple[UUID, UUID], state: State, hours: int) -> Report:
    return Report(order_id=ids[0], parcel_id=ids[1], at=AT + timedelta(hours=hours), state=state)


async def facts(conn: Conn, parcel_id: UUID) -> list[str]:
    told: list[str] | None = await value(
        conn, "SELECT array_agg(type ORDER BY sequence) FROM kit.event WHERE subject = %(id)s", id=str(parcel_id)
    )
    return told or []


async def test_a_parcel_is_tracked_to_the_door(conn: Conn) -> None:
    ids = await a_parcel(conn)
    told: list[tuple[State, int]] = [("out_for_delivery", 20), ("in_transit", 2), ("delivered", 23), ("delivered", 23)]
    for state, hours in told:
        await delivery.track(conn, a_report(ids, state, hours), "fast", AT + timedelta(hours=24))
    parcel = await delivery.parcel(conn, *ids, None)
    assert (parcel.state, parcel.delivered_at) == ("delivered", AT + timedelta(hours=23))
    tracking = await delivery.tracking(conn, *ids)
    assert [each.state for each in tracking] == ["in_transit", "out_for_delivery", "delivered"]
    assert await facts(conn, ids[1]) == ["delivery.moved", "delivery.delivered"]
    assert await delivery.parcels(conn, ids[0]) == [parcel]


async def test_a_hundred_reports_at_once_deliver_once(db: Pool) -> None:
    async with db.transaction() as conn:
        ids = await a_parcel(conn)

    async def tell(number: int) -> None:
        state: State = "delivered" if number % 2 else "in_transit"
        async with db.transaction() as conn:
            await delivery.track(conn, a_report(ids, state, number % 5), None, AT)

    await asyncio.gather(*(tell(number) for number in range(100)))
    async with db.transaction() as conn:
        assert (await delivery.parcel(conn, *ids, None)).state == "delivered"
        assert await facts(conn, ids[1]) == ["delivery.delivered"]
        assert len(await delivery.tracking(conn, *ids)) == 10


async def test_a_loss_is_told_once_and_may_be_a_mistake(conn: Conn) -> None:
    ids = await a_parcel(conn)
    for hours in (72, 73):
        await delivery.track(conn, a_report(ids, "lost", hours), None, AT)
    await delivery.track(conn, a_report(ids, "delivered", 80), None, AT)
    assert await facts(conn, ids[1]) == ["delivery.lost", "delivery.delivered"]


async def test_what_comes_after_delivery_is_kept_and_changes_nothing(conn: Conn) -> None:
    ids = await a_parcel(conn)
    await delivery.track(conn, a_report(ids, "delivered", 5), None, AT)
    await delivery.track(conn, a_report(ids, "exception", 6), None, AT)
    assert (await delivery.parcel(conn, *ids, None)).state == "delivered"
    assert [each.state for each in await delivery.tracking(conn, *ids)] == ["delivered", "exception"]


async def test_a_carrier_knows_only_its_own_parcels(conn: Conn) -> None:
    ids = await a_parcel(conn)
    with pytest.raises(NoSuchParcel):
        await delivery.parcel(conn, *ids, "rival")
    with pytest.raises(NoSuchParcel):
        await delivery.track(conn, a_report(ids, "delivered", 1), "rival", AT)
    assert await facts(conn, ids[1]) == []


async def test_a_parcel_to_fetch_waits_at_the_counter(conn: Conn) -> None:
    ids = await a_parcel(conn, None)
    assert (await delivery.parcel(conn, *ids, None)).state == "available_for_pickup"
    with pytest.raises(NoSuchParcel):
        await delivery.parcel(conn, *ids, "fast")
