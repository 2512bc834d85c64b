"""Dated supply arrives while somebody is promised of it, or gives back what was: nobody's units are forgotten."""

import asyncio
from datetime import timedelta

from sangdan.flows.place_order import place
from sangdan.kit.db import Pool
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import Held

from .placing_cases import AT, IDS, a_taken
from .waiting import until_it_waits

INBOUND = "asn-1"
SUPPLY = f"2,icheon,{INBOUND},milk,dairy,5,2026-11-28T00:00:00Z,\n".encode()
HELD = Held("icheon", IDS.new(AT), 1, "milk", "dairy", 3, INBOUND)


async def expect(db: Pool) -> None:
    async with db.transaction() as conn:
        await stock.expect(conn, SUPPLY)


async def arrive(db: Pool) -> None:
    async with db.transaction() as conn:
        await stock.arrive(conn, "icheon", INBOUND, IDS.new(AT), AT)


async def drift(db: Pool) -> int:
    async with db.transaction() as conn:
        return len(await stock.drift(conn))


async def test_what_is_promised_while_it_arrives_moves_to_the_shelf_with_it(db: Pool) -> None:
    await expect(db)
    async with db.transaction() as placing:
        assert await place(placing, a_taken(units=3, inbound_id=INBOUND), AT) == []
        arriving = asyncio.create_task(arrive(db))
        await until_it_waits(db, arriving)
    await arriving
    assert await drift(db) == 0


async def test_what_is_given_back_while_it_arrives_is_free_on_the_shelf(db: Pool) -> None:
    await expect(db)

    async def give_back() -> None:
        async with db.transaction() as conn:
            await stock.let_go(conn, [HELD])

    async with db.transaction() as conn:
        assert await stock.hold(conn, IDS.new(AT), HELD, AT)
    async with db.transaction() as arriving:
        await stock.arrive(arriving, "icheon", INBOUND, IDS.new(AT), AT)
        giving = asyncio.create_task(give_back())
        await until_it_waits(db, giving)
    await giving
    assert await drift(db) == 0


async def test_a_hold_that_ends_while_its_supply_arrives_is_free_on_the_shelf(db: Pool) -> None:
    await expect(db)

    async def end() -> None:
        async with db.transaction() as conn:
            assert await stock.end(conn, "icheon", HELD.reservation_id, "released")

    async with db.transaction() as conn:
        assert await stock.keep(conn, HELD, AT + timedelta(minutes=5), "market", AT)
    async with db.transaction() as arriving:
        await stock.arrive(arriving, "icheon", INBOUND, IDS.new(AT), AT)
        ending = asyncio.create_task(end())
        await until_it_waits(db, ending)
    await ending
    assert await drift(db) == 0
