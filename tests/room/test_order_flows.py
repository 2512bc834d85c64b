"""An order's whole life, room by room, on the real database and the real engine; after every step the books are audited."""

from datetime import timedelta

import pytest

from sangdan.flows import confirm_order
from sangdan.kit.db import Pool

from .alliance_cases import AT, RELEASED, Town


@pytest.fixture
async def town(db: Pool) -> Town:
    made = Town(db)
    await made.found()
    return made


async def test_an_order_lives_from_promise_to_settlement(town: Town) -> None:
    token, way = await town.way({"tea": 2, "cup": 1})
    assert (way.price.goods_minor, way.price.delivery_minor) == (22_000, 3_000)
    order_id = await town.take(token)
    assert await town.shelf("icheon", "tea") == (10, 2)
    assert (await town.books()).nets == {}

    await town.react()
    assert (await town.whole(order_id)).order.state == "authorised"
    assert (await town.books()).held_minor == 25_000

    await town.until(RELEASED)
    assert (await town.whole(order_id)).order.state == "released"
    books = await town.books()
    assert (books.held_minor, books.net("escrow"), books.net("gateway_fee")) == (0, 25_000, -688)

    [parcel] = await town.live(order_id)
    await town.pick(parcel)
    assert await town.shelf("icheon", "tea") == (10, 2)
    await town.send(parcel, parcel.departs_at)
    assert (await town.whole(order_id)).order.state == "shipped"
    assert await town.shelf("icheon", "tea") == (8, 0)
    await town.tell(parcel, "delivered", parcel.promised_at)
    order = (await town.whole(order_id)).order
    assert (order.state, order.delivered_at) == ("delivered", parcel.promised_at)
    assert [(each.kept, each.cause) for each in await town.outcomes(order_id)] == [(True, "kept")]
    assert (await town.books()).net("escrow") == 25_000, "settlement waits for the confirmation"

    async with town.pool.transaction() as conn:
        await confirm_order.confirm(conn, order_id, town.clock.now())
    await town.react()
    books = await town.books()
    assert (await town.whole(order_id)).order.state == "confirmed"
    assert books.net("escrow") == 0
    assert books.net("due:leaf", "alliance") == 18_000 - 1_980 - 198 - 600 - 600 - 120
    assert books.net("delivery_income") == 3_000
    assert books.net("due:alliance") == -books.net("due:market", "alliance")
    assert AT + timedelta(seconds=300) == RELEASED
