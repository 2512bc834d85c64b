"""Many at once: one unit is sold once, one wish is granted once."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx

from .tower import Tower
from .town import GIMPO, ICHEON, Keys, promised, taking, wish

MANY: Final = 20


async def at_once(
    door: httpx.Client, bodies: Sequence[Mapping[str, Any]], headers: Sequence[Mapping[str, str]]
) -> list[httpx.Response]:
    """Place orders, all under way before the first is answered; the answers in the order asked."""
    limits = httpx.Limits(max_connections=len(bodies))
    async with httpx.AsyncClient(base_url=door.base_url, headers=door.headers, timeout=60, limits=limits) as many:
        await asyncio.gather(*(many.get("/v1/partners") for _ in bodies))  # so that all lines are open
        orders = (many.post("/v1/orders", json=b, headers=dict(h)) for b, h in zip(bodies, headers, strict=True))
        return await asyncio.gather(*orders)


async def test_twenty_buyers_of_the_last_unit(alliance: tuple[Tower, Keys], shop: httpx.Client) -> None:
    ways = [promised(shop, "last-jar") for _ in range(MANY)]
    answers = await at_once(shop, [taking(way) for way in ways], [wish() for _ in ways])

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: MANY - 1}
    for refusal in (answer.json() for answer in answers if answer.status_code == 409):
        assert refusal["code"] == "stock-gone"
        assert "last-jar" in refusal["detail"]
        assert refusal["args"]["short"] == [{"what": "shelf", "node_id": ICHEON, "sku": "last-jar"}]
        assert refusal["args"]["alternatives"] == []
        assert refusal["args"]["services"]["next_day"][0]["code"]
    assert len(sold(shop, "last-jar")) == 1
    assert alliance[0].drift()["drift_rows"] == 0


async def test_who_comes_too_late_is_offered_what_is_left(alliance: tuple[Tower, Keys], shop: httpx.Client) -> None:
    ways = [promised(shop, "near-jar") for _ in range(MANY)]
    answers = await at_once(shop, [taking(way) for way in ways], [wish() for _ in ways])
    refusals = [answer.json() for answer in answers if answer.status_code == 409]
    instead = [refusal["args"]["alternatives"][0] for refusal in refusals]
    second = await at_once(shop, [taking(way) for way in instead], [wish() for _ in instead])

    assert {way["way"]["parcels"][0]["node_id"] for way in ways} == {ICHEON}
    assert len(refusals) == MANY - 1
    assert {way["way"]["parcels"][0]["node_id"] for way in instead} == {GIMPO}
    assert {answer.status_code for answer in second} == {201}
    assert len(sold(shop, "near-jar")) == MANY
    assert alliance[0].drift()["drift_rows"] == 0


async def test_twenty_twins_of_one_wish(alliance: tuple[Tower, Keys], shop: httpx.Client) -> None:
    before = alliance[0].rows()["orders.order"]
    body, key = taking(promised(shop, "oil", units=3)), wish()
    answers = await at_once(shop, [body] * MANY, [key] * MANY)
    [late] = await at_once(shop, [body], [key])
    [other] = await at_once(shop, [body | {"shopper_id": "lee"}], [key])

    assert {answer.status_code for answer in [*answers, late]} == {201}
    assert len({answer.content for answer in [*answers, late]}) == 1
    assert Counter(answer.headers.get("idempotent-replayed") for answer in answers) == {None: 1, "true": MANY - 1}
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert alliance[0].rows()["orders.order"] == before + 1
    assert [line["units"] for line in sold(shop, "oil")] == [3]


async def test_a_promise_is_taken_once(alliance: tuple[Tower, Keys], shop: httpx.Client) -> None:
    """Twenty wishes, each with a key of its own, for one promise."""
    before = alliance[0].rows()["orders.order"]
    body = taking(promised(shop, "oil"))
    answers = await at_once(shop, [body] * MANY, [wish() for _ in range(MANY)])

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: MANY - 1}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"promise-taken"}
    assert alliance[0].rows()["orders.order"] == before + 1


def sold(shop: httpx.Client, sku: str) -> list[dict[str, Any]]:
    """The lines of all of the shop's orders with this SKU."""
    page = shop.get("/v1/orders", params={"limit": 200}).json()
    assert page["next"] is None
    wholes = (shop.get(f"/v1/orders/{order['order_id']}").json() for order in page["items"])
    return [line for whole in wholes for line in whole["lines"] if line["sku"] == sku]
