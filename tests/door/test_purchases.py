"""Several ways of one basket over HTTP: one answer, all or nothing, the same again for whoever asks again."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sangdan.doors.api.app import House
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine

from .alliance import SKU, UNITS
from .journey import Callers
from .two_ways import CAP, CAPS, both, way, widen

WHOLE = [{"sku": SKU, "units": 2}, {"sku": CAP, "units": 1}]
RECIPIENT = {"name": "성춘향", "phone": "010-0000-5678", "lines": ["남원시 요천로 1447"]}


@pytest.fixture(autouse=True)
async def wide(door: httpx.AsyncClient, founded: None) -> None:
    await widen(door)


def wish(parts: Sequence[dict[str, Any]], **more: Any) -> dict[str, Any]:
    named = [{"token": each["token"]} if "token" in each else each for each in parts]
    return {"parts": named, "lines": WHOLE, "shopper_id": "kim", **more}


async def count(db: Pool) -> int:
    async with db.connection() as conn:
        return await value(conn, "SELECT count(*) FROM orders.order")


async def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_two_ways_are_one_purchase(callers: Callers, db: Pool, engine: Engine) -> None:
    shop, ways = callers["shop"], await both(callers)
    answer = await shop.post("/v1/purchases", wish(ways, order_ref="A-1", recipient=RECIPIENT), key="one")
    twin = await shop.post("/v1/purchases", wish(ways, order_ref="A-1", recipient=RECIPIENT), key="one")
    again = await shop.post("/v1/purchases", wish(ways))

    told = answer.json()
    assert (answer.status_code, twin.content, twin.headers["idempotent-replayed"]) == (201, answer.content, "true")
    assert await code(again) == (409, "promise-taken")
    assert [each["service"] for each in told["orders"]] == ["standard", "pickup"]
    assert [each["order_ref"] for each in told["orders"]] == ["A-1", "A-1-2"]
    assert told["sums"]["total_minor"] == sum(each["way"]["price"]["total_minor"] for each in ways)
    assert told["sums"]["delivery_minor"] == sum(each["sums"]["delivery_minor"] for each in told["orders"])
    assert await count(db) == 2

    ids = [each["order_id"] for each in told["orders"]]
    for order_id in ids:
        assert (await shop.get(f"/v1/orders/{order_id}")).json()["together"] == ids
        assert (await shop.get(f"/v1/orders/{order_id}/recipient")).json()["name"] == "성춘향"
    assert (await callers["ally"].get(f"/v1/orders/{ids[0]}")).json()["together"] == [], "its shop's business"
    await engine.drain()
    cancelled = await shop.post(f"/v1/orders/{ids[1]}/cancellation", {})
    assert (cancelled.json()["state"], cancelled.json()["together"]) == ("cancelled", ids)
    assert (await shop.get(f"/v1/orders/{ids[0]}")).json()["state"] == "authorised"


async def test_when_one_way_is_gone_none_is_taken_and_fresh_ones_come_for_it_alone(callers: Callers, db: Pool) -> None:
    ways = await both(callers)
    faster = await way(callers, CAP, CAPS, "pickup")
    await callers["shop"].post("/v1/orders", {"token": faster["token"], "shopper_id": "lee"})
    answer = await callers["shop"].post("/v1/purchases", wish(ways))

    assert await code(answer) == (409, "stock-gone")
    args = answer.json()["args"]
    assert (args["part"], args["alternatives"]) == (1, [])
    assert {each["sku"] for each in args["short"]} == {CAP}
    assert await count(db) == 1


async def test_what_ran_out_is_refused_but_who_was_told_yes_hears_it_again(
    callers: Callers, db: Pool, house: House
) -> None:
    ways, late = await both(callers), await both(callers)
    first = await callers["shop"].post("/v1/purchases", wish(ways), key="first")
    assert isinstance(house.clock, SimClock)
    house.clock.set(house.clock.now().replace(hour=house.clock.now().hour + 1))

    assert await code(await callers["shop"].post("/v1/purchases", wish(late))) == (409, "promise-expired")
    again = await callers["shop"].post("/v1/purchases", wish(ways), key="first")
    assert (again.status_code, again.content) == (201, first.content)
    assert await count(db) == 2


async def test_ways_that_do_not_make_up_the_basket_are_refused(callers: Callers, db: Pool) -> None:
    shop, [tees, cap] = callers["shop"], await both(callers)
    more = await way(callers, SKU, 1, "standard")
    for parts, skus in (
        ([tees, tees], [CAP, SKU]), ([tees, cap, more], [SKU]), ([more, cap], [SKU]), ([tees, tees, cap], [SKU]),
    ):  # fmt: skip
        answer = await shop.post("/v1/purchases", wish(parts))
        assert (await code(answer), answer.json()["args"]["skus"]) == ((422, "parts-unfit"), skus)
    assert (await shop.post("/v1/purchases", wish([tees]))).status_code == 422
    assert await code(await shop.post("/v1/purchases", wish([tees, {}]))) == (422, "token-or-hold")
    assert await code(await shop.post("/v1/purchases", wish([tees, {"token": "x"}]))) == (422, "promise-altered")
    assert await code(await callers["foreign-shop"].post("/v1/purchases", wish([tees, cap]))) == (
        403, "promise-foreign",
    )  # fmt: skip
    assert await count(db) == 0


async def test_ways_that_are_held_are_taken_though_nothing_else_is_left(callers: Callers, db: Pool) -> None:
    shop = callers["shop"]
    tees, cap = await both(callers)
    held = (await shop.post("/v1/holds", {"token": cap["token"]})).json()["hold_id"]
    rest = await way(callers, CAP, CAPS - 1, "pickup")
    await shop.post("/v1/orders", {"token": rest["token"], "shopper_id": "lee"})

    answer = await shop.post("/v1/purchases", wish([tees, {"hold_id": held}]), key="held")
    twin = await shop.post("/v1/purchases", wish([tees, {"hold_id": held}]), key="held")
    assert (answer.status_code, twin.content) == (201, answer.content)
    assert await count(db) == 3


async def test_all_that_was_bought_together_is_cancelled_at_once_or_not_at_all(
    callers: Callers, db: Pool, engine: Engine, house: House
) -> None:
    shop = callers["shop"]

    async def bought() -> list[str]:
        answer = await shop.post("/v1/purchases", wish(await both(callers)))
        await engine.drain()
        return [each["order_id"] for each in answer.json()["orders"]]

    async def states(ids: Sequence[str]) -> list[str]:
        return [(await shop.get(f"/v1/orders/{each}")).json()["state"] for each in ids]

    ids, other = await bought(), await bought()
    lines = {"together": True, "lines": [{"line_no": 1, "units": 1}]}
    assert await code(await shop.post(f"/v1/orders/{ids[0]}/cancellation", lines)) == (422, "lines-together")
    foreign = await callers["foreign-shop"].post(f"/v1/orders/{ids[0]}/cancellation", {"together": True})
    assert foreign.status_code == 404
    answer = await shop.post(f"/v1/orders/{ids[1]}/cancellation", {"together": True})
    assert (answer.status_code, answer.json()["order_id"], answer.json()["state"]) == (200, ids[1], "cancelled")
    assert await states(ids) == ["cancelled", "cancelled"]
    async with db.connection() as conn:
        assert await value(conn, "SELECT count(*) FROM kit.audit WHERE what = 'order.cancelled'") == 2

    await engine.run_until(house.clock.now() + timedelta(hours=1))
    late = await shop.post(f"/v1/orders/{other[0]}/cancellation", {"together": True})
    assert (await code(late), late.json()["args"]["orders"]) == ((409, "parts-moved"), other)
    assert await states(other) == ["released", "released"]


async def test_of_many_who_want_the_same_as_many_get_it_as_there_is(callers: Callers, db: Pool) -> None:
    wanted = [await both(callers, UNITS // 4) for _ in range(6)]
    body = [wish(each) | {"lines": [{"sku": SKU, "units": UNITS // 4}, {"sku": CAP, "units": 1}]} for each in wanted]
    answers = await asyncio.gather(*(callers["shop"].post("/v1/purchases", each) for each in body))
    assert Counter(each.status_code for each in answers) == {201: 4, 409: 2}
    assert await count(db) == 8
