"""The Python client against a server as people run it: twins, pages, streams, and nobody there."""

import signal
from typing import Any

import pytest

from sangdan.client import AsyncSangdan, Refused, Sangdan, Unreachable
from sangdan.client.types import WishedFor

from . import town
from .tower import tower


async def test_both_clients_see_the_same_and_a_retry_has_one_effect() -> None:
    with tower() as served:
        keys = town.found(served)
        lines = [WishedFor(sku="gim", units=1)]
        with Sangdan(served.address, keys["onmaru-web"], language="ko") as waiting:
            token = waiting.promises.ask(postcode=town.POSTCODE, lines=lines).ways[0].token
            placed = waiting.orders.place(token=token, shopper_id="kim", key="a-wish")
            assert waiting.orders.place(token=token, shopper_id="kim", key="a-wish") == placed
            with pytest.raises(Refused) as refused:
                waiting.orders.place(token=token, shopper_id="lee", key="a-wish")
        assert (refused.value.status, refused.value.code) == (422, "idempotency-key-reused")
        async with AsyncSangdan(served.address, keys["onmaru-web"]) as asynchronous:
            await take(asynchronous, lines, 4)
            seen = [order.order_id async for order in asynchronous.every(asynchronous.orders.list, limit=2)]
            assert len(seen) == len(set(seen)) == 5
            assert placed.order_id in seen
        with Sangdan(served.address, keys["onmaru-web"]) as waiting:
            assert [order.order_id for order in waiting.every(waiting.orders.list, limit=2)] == seen


def test_the_stream_goes_on_after_the_server_was_killed() -> None:
    with tower() as served:
        keys = town.found(served)
        with Sangdan(served.address, keys["onmaru-web"]) as shop:
            heard = shop.follow(after=0, types=["order.placed"])

            def order() -> str:
                way = shop.promises.ask(postcode=town.POSTCODE, lines=[WishedFor(sku="gim", units=1)]).ways[0]
                return str(shop.orders.place(token=way.token, shopper_id="kim").order_id)

            first = order()
            assert next(heard).subject == first
            served.end(signal.SIGKILL)
            served.start()
            second = order()
            assert next(heard).subject == second


async def take(client: AsyncSangdan, lines: list[WishedFor], many: int) -> None:
    for _ in range(many):
        quoted: Any = await client.promises.ask(postcode=town.POSTCODE, lines=lines)
        await client.orders.place(token=quoted.ways[0].token, shopper_id="park")


def test_nobody_answers() -> None:
    with Sangdan("http://127.0.0.1:9", "sgd_", tries=2) as client, pytest.raises(Unreachable, match="2 tries"):
        client.orders.list()
