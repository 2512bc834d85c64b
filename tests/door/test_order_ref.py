"""The shop's own number of an order: kept, found again, one order's alone."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest

from sangdan.kit.db import Pool, run, value

from .alliance import SKU
from .journey import Callers, promised

REFERENCES = "SELECT count(*) AS n FROM orders.reference"
pytestmark = pytest.mark.usefixtures("founded")


async def take(callers: Callers, order_ref: object, shop: str = "shop", **more: Any) -> httpx.Response:
    """Take a fresh promise under a number."""
    way = await promised(callers, shop)
    body = {"token": way["token"], "shopper_id": "kim", "order_ref": order_ref}
    return await callers[shop].post("/v1/orders", body, **more)


async def listed(callers: Callers, who: str, order_ref: str) -> list[dict[str, Any]]:
    """The orders that somebody finds by a number."""
    return (await callers[who].get("/v1/orders", order_ref=order_ref)).json()["items"]


async def test_the_shop_finds_its_order_by_its_own_number(callers: Callers) -> None:
    placed = (await take(callers, "웹-2026/0001")).json()
    await take(callers, "web-2")
    [found] = await listed(callers, "shop", "웹-2026/0001")
    whole = (await callers["shop"].get(f"/v1/orders/{placed['order_id']}")).json()

    assert placed["order_ref"] == found["order_ref"] == whole["order_ref"] == "웹-2026/0001"
    assert found["order_id"] == placed["order_id"]
    assert await listed(callers, "shop", "web-3") == []


async def test_an_order_needs_no_number(callers: Callers) -> None:
    placed = await take(callers, None)

    assert (placed.status_code, placed.json()["order_ref"]) == (201, None)


async def test_a_number_is_one_orders_alone(callers: Callers, db: Pool) -> None:
    first = (await take(callers, "web-1")).json()
    second = await take(callers, "web-1")
    [shelf] = (await callers["tower"].get("/v1/stock", sku=SKU)).json()["items"]

    assert (second.status_code, second.json()["code"]) == (409, "order-ref-taken")
    assert second.json()["args"] == {"order_ref": "web-1", "order_id": first["order_id"]}
    assert shelf["reserved"] == 2, "the refused order holds nothing"


async def test_of_many_at_once_one_gets_the_number(callers: Callers, db: Pool) -> None:
    ways = [await promised(callers) for _ in range(6)]
    bodies = [{"token": way["token"], "shopper_id": "kim", "order_ref": "web-1"} for way in ways]
    answers = await asyncio.gather(*(callers["shop"].post("/v1/orders", body) for body in bodies))
    async with db.transaction() as conn:
        kept = await value(conn, REFERENCES)

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 5}
    assert kept == 1


async def test_a_retry_brings_the_same_answer(callers: Callers) -> None:
    way = await promised(callers)
    body = {"token": way["token"], "shopper_id": "kim", "order_ref": "web-1"}
    first = await callers["shop"].post("/v1/orders", body, key="once")
    again = await callers["shop"].post("/v1/orders", body, key="once")

    assert (first.status_code, again.content) == (201, first.content)


async def test_another_shop_may_use_the_same_number_and_sees_only_its_own(callers: Callers) -> None:
    await take(callers, "web-1")
    other = await take(callers, "web-1", "foreign-shop")

    assert other.status_code in (201, 409), other.text
    assert other.json().get("code") != "order-ref-taken"
    assert {order["shop_id"] for order in await listed(callers, "shop", "web-1")} == {"market"}


async def test_who_only_has_a_part_in_an_order_does_not_see_the_shops_number(callers: Callers) -> None:
    order_id = (await take(callers, "web-1")).json()["order_id"]

    assert (await callers["ally"].get(f"/v1/orders/{order_id}")).json()["order_ref"] is None
    assert await listed(callers, "ally", "web-1") == []


@pytest.mark.parametrize("order_ref", ["", " ", "a\nb", "a\x00b", " a", "a ", "a" * 101, 7])
async def test_what_is_no_number_is_refused(callers: Callers, order_ref: object) -> None:
    answer = await take(callers, order_ref)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")


async def test_an_order_of_an_older_version_has_none(callers: Callers, db: Pool) -> None:
    order_id = (await take(callers, None)).json()["order_id"]
    async with db.transaction() as conn:
        touched = await run(conn, "UPDATE orders.order SET order_ref = NULL WHERE order_id = %(id)s", id=order_id)
    shown = (await callers["tower"].get(f"/v1/orders/{order_id}")).json()

    assert (touched, shown["order_ref"]) == (1, None)
