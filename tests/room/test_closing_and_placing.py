"""Somebody places on a node while somebody closes it: in every order of their steps, no order is forgotten."""

import asyncio
from random import Random
from typing import Final, LiteralString
from uuid import UUID

import pytest
from psycopg import Rollback

from sangdan.flows import close_node
from sangdan.flows.place_order import SourceClosed, take
from sangdan.kit.db import Conn, Pool, value

from .alliance_cases import BUYER, ROWS, SECRET, TERMS
from .alliance_town import Town
from .waiting import until_it_waits

NODE: Final = "icheon"
OPEN: Final[LiteralString] = """
    SELECT count(*) FROM orders.parcel WHERE node_id = %(node_id)s AND state IN ('planned', 'released')
"""
SHOPPERS: Final = 24


async def token_of(town: Town) -> str:
    """A promise of tea from the node, not taken yet."""
    token, way = await town.way({"tea": 1}, "next_day")
    assert [parcel.node_id for parcel in way.parcels] == [NODE]
    return token


async def place(town: Town, conn: Conn, token: str) -> UUID:
    """Take a promise on a connection, which commits when it likes."""
    return (await take(conn, token, BUYER, TERMS, SECRET, town.clock.now())).order_id


async def close(town: Town) -> None:
    """Close the node."""
    async with town.pool.transaction() as conn:
        await close_node.close(conn, NODE, "power", None, town.clock.now())


async def left(town: Town) -> int:
    """Let everything follow; gives the parcels that the closed node is still to make."""
    await town.until(town.clock.now())
    async with town.pool.transaction() as conn:
        return await value(conn, OPEN, node_id=NODE)


async def test_closing_waits_for_an_order_that_is_not_committed_and_moves_it(town: Town) -> None:
    token = await token_of(town)
    async with town.pool.transaction() as placing:
        order_id = await place(town, placing, token)
        closing = asyncio.create_task(close(town))
        await until_it_waits(town.pool, closing)
    await closing
    assert await left(town) == 0
    assert [parcel.node_id for parcel in await town.live(order_id)] == ["gimhae"]


async def test_who_comes_while_a_closing_waits_is_turned_away_at_once(town: Town) -> None:
    """Else one shopper after the other would keep open what is on fire."""
    before, after = await token_of(town), await token_of(town)
    async with town.pool.transaction() as placing:
        await place(town, placing, before)
        closing = asyncio.create_task(close(town))
        await until_it_waits(town.pool, closing)
        with pytest.raises(SourceClosed):
            await town.take(after)
    await closing
    assert await left(town) == 0


async def test_who_comes_before_a_closing_is_committed_is_turned_away_and_may_come_again_if_it_is_not(
    town: Town,
) -> None:
    token = await token_of(town)
    async with town.pool.transaction() as closing, closing.transaction() as undone:
        await close_node.close(closing, NODE, "power", None, town.clock.now())
        with pytest.raises(SourceClosed):
            await town.take(token)
        raise Rollback(undone)
    await town.take(token)
    assert await left(town) == 1


async def test_who_looked_before_the_closing_and_places_after_it_is_turned_away(town: Town) -> None:
    """Their transaction is older than the outage, and has seen the node at work."""
    token = await token_of(town)
    async with town.pool.transaction() as placing:
        assert await value(placing, OPEN, node_id=NODE) == 0
        await close(town)
        with pytest.raises(SourceClosed):
            await place(town, placing, token)
    assert await left(town) == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_crowd_that_comes_while_the_node_closes(db: Pool, seed: int) -> None:
    """Whoever comes after the closing is committed gets nothing there; what was placed before is seen by it."""
    town, random = Town(db, careful=False), Random(seed)
    await town.found(stock=[dict(row) | {"on_hand": 200} for row in ROWS["stock"] if row["sku"] == "tea"])
    tokens = [await token_of(town) for _ in range(SHOPPERS)]
    placed: list[UUID] = []
    late: list[UUID] = []
    closed = asyncio.Event()

    async def buy(token: str) -> None:
        for _ in range(random.randrange(60)):
            await asyncio.sleep(0)  # so that each seed has another order of steps
        after = closed.is_set()
        try:
            order_id = await town.take(token)
        except SourceClosed:
            return
        (late if after else placed).append(order_id)

    async def shut() -> None:
        await close(town)
        closed.set()

    await asyncio.gather(*map(buy, tokens[:10]), shut(), *map(buy, tokens[10:]))
    await asyncio.gather(*map(buy, tokens[20:]))
    assert (late, await left(town)) == ([], 0)
    moved = [parcel.node_id for order_id in placed for parcel in await town.live(order_id)]
    assert moved == ["gimhae"] * len(placed)
    await town.audit()
