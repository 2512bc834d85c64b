"""An order over HTTP: promised, placed, paid, picked, shipped, delivered, confirmed, settled; and what may go wrong."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sangdan.adapters.sandbox_gateway import SandboxGateway
from sangdan.doors.api.app import House
from sangdan.doors.worker.outside import Outside
from sangdan.flows import register
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine

from . import alliance
from .alliance import POSTCODE, SKU, UNITS, Caller
from .conftest import AT

assert len(register.REACTIVE) > 0

Callers = dict[str, Caller]
QUESTION = {"lines": [{"sku": SKU, "units": 2}], "postcode": POSTCODE}


@pytest.fixture(autouse=True)
async def founded(door: httpx.AsyncClient) -> None:
    await alliance.found(door)


@pytest.fixture
async def engine(db: Pool, house: House) -> AsyncIterator[Engine]:
    """Runs reactions, calls and timers when a test lets it."""
    assert isinstance(house.clock, SimClock)
    yield Engine(db, house.clock, Outside(SandboxGateway(house.clock)))


async def promised(callers: Callers, shop: str = "shop", question: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await callers[shop].post("/v1/promises", question or QUESTION)
    assert answer.status_code == 200, answer.text
    return answer.json()["ways"][0]


async def placed(callers: Callers) -> dict[str, Any]:
    way = await promised(callers)
    answer = await callers["shop"].post("/v1/orders", {"token": way["token"], "shopper_id": "kim"})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_promise_says_when_from_where_for_how_much_and_why(callers: Callers) -> None:
    told = await promised(callers)
    way = told["way"]

    assert (way["service"], way["price"]["goods_minor"]) == ("standard", 2 * 12_900)
    assert way["price"]["total_minor"] == way["price"]["goods_minor"] + way["price"]["delivery_minor"]
    assert [parcel["node_id"] for parcel in way["parcels"]] == ["house-1"]
    assert 0 < way["probability_ppm"] <= 1_000_000
    assert told["why"]
    assert all(isinstance(sentence, str) for sentence in told["why"])


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lines": []}, 422, "basket-size"),
        ({"lines": [{"sku": SKU, "units": 1}] * 101}, 422, "basket-size"),
        ({"lines": [{"sku": SKU, "units": 0}]}, 422, "bad-quantity"),
        ({"lines": [{"sku": SKU, "units": -3}]}, 422, "bad-quantity"),
        ({"lines": [{"sku": SKU, "units": 10**18}]}, 422, "bad-quantity"),
        ({"lines": [{"sku": "ghost", "units": 1}]}, 422, "sku-unknown"),
        ({"lines": [{"sku": SKU, "units": UNITS + 1}]}, 409, "no-way"),
        ({"lines": [{"sku": SKU, "units": 1, "seller_id": "house"}]}, 409, "not-for-sale"),
        ({"postcode": "4524"}, 422, "postcode-malformed"),
        ({"postcode": 4524}, 422, "invalid-request"),
        ({"postcode": "99999"}, 422, "postcode-unknown"),
        ({"currency": "XYZ"}, 409, "no-exchange-rate"),
        ({"currency": "won"}, 422, "invalid-request"),
    ],
)
async def test_questions_without_an_answer(callers: Callers, change: dict[str, Any], status: int, code: str) -> None:
    answer = await callers["shop"].post("/v1/promises", QUESTION | change)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_order_goes_its_whole_way(callers: Callers, house: House, engine: Engine) -> None:
    order = await placed(callers)
    path = f"/v1/orders/{order['order_id']}"
    [parcel] = order["parcels"]
    assert isinstance(house.clock, SimClock)
    await engine.run_until(AT + timedelta(hours=1))

    [work] = (await callers["floor"].get("/v1/tasks", node_id="house-1")).json()["items"]
    task = f"/v1/tasks/{work['task']['parcel_id']}"
    found = [{"reservation_id": line["reservation_id"], "units": line["units"]} for line in work["lines"]]
    assert task.endswith(parcel["parcel_id"])
    assert (await callers["floor"].post(f"{task}/pick", {"node_id": "house-1", "found": found})).status_code == 201
    unnumbered = await callers["floor"].post(f"{task}/pack", {"node_id": "house-1"})
    assert (unnumbered.status_code, unnumbered.json()["code"]) == (409, "no-gs1-prefix")


async def test_the_last_units_are_sold_once(callers: Callers) -> None:
    """Twenty shoppers were promised the same five units each; four can have them, and the others are told so."""
    question = {"lines": [{"sku": SKU, "units": UNITS // 4}], "postcode": POSTCODE}
    ways = [await promised(callers, question=question) for _ in range(20)]
    answers = await asyncio.gather(
        *(callers["shop"].post("/v1/orders", {"token": way["token"], "shopper_id": "kim"}) for way in ways)
    )
    [shelf] = (await callers["tower"].get("/v1/stock", sku=SKU)).json()["items"]

    assert Counter(answer.status_code for answer in answers) == {201: 4, 409: 16}
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {each["code"] for each in refused} == {"stock-gone"}
    assert shelf["reserved"] == shelf["on_hand"] == UNITS


async def test_a_refusal_carries_fresh_ways_that_can_be_taken(callers: Callers) -> None:
    question = {"lines": [{"sku": SKU, "units": UNITS // 2 + 1}], "postcode": POSTCODE}
    first, second = [await promised(callers, question=question) for _ in range(2)]
    await callers["shop"].post("/v1/orders", {"token": first["token"], "shopper_id": "kim"})
    gone = await callers["shop"].post("/v1/orders", {"token": second["token"], "shopper_id": "lee"})
    more = [{"node_id": "house-1", "sku": SKU, "owner_id": "maker", "on_hand": 3 * UNITS}]
    await callers["ally"].post("/v1/stock/counts", more)
    again = await callers["shop"].post("/v1/orders", {"token": second["token"], "shopper_id": "lee"})

    assert (gone.status_code, gone.json()["args"]["alternatives"]) == (409, [])
    assert again.status_code == 201


async def test_twenty_twins_are_one_order(callers: Callers, db: Pool) -> None:
    way = await promised(callers)
    body = {"token": way["token"], "shopper_id": "kim"}
    answers = await asyncio.gather(*(callers["shop"].post("/v1/orders", body, key="twin") for _ in range(20)))
    other = await callers["shop"].post("/v1/orders", body | {"shopper_id": "lee"}, key="twin")
    async with db.transaction() as conn:
        orders = await value(conn, "SELECT count(*) AS n FROM orders.order")

    assert orders == 1
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_promises_that_cannot_be_taken(callers: Callers, house: House) -> None:
    token = (await promised(callers))["token"]
    middle = len(token) // 2
    altered = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]

    async def take(token: str, shop: str = "shop") -> tuple[int, str]:
        answer = await callers[shop].post("/v1/orders", {"token": token, "shopper_id": "kim"})
        return answer.status_code, answer.json()["code"]

    assert await take(altered) == (422, "promise-altered")
    assert await take("x") == (422, "promise-altered")
    assert await take("열쇠") == (422, "promise-altered")
    assert await take(token, "foreign-shop") == (403, "promise-foreign")
    assert isinstance(house.clock, SimClock)
    house.clock.set(AT + timedelta(days=1))
    assert await take(token) == (409, "promise-expired")


async def test_cancelling_gives_the_units_back(callers: Callers, engine: Engine) -> None:
    order = await placed(callers)
    path = f"/v1/orders/{order['order_id']}/cancellation"
    await engine.drain()
    part = await callers["shop"].post(path, {"lines": [{"line_no": 1, "units": 1}]})
    too_many = await callers["shop"].post(path, {"lines": [{"line_no": 1, "units": 2}]})
    foreign = await callers["foreign-shop"].post(path, {})
    whole = await callers["shop"].post(path, {"reason": "changed-mind"})
    again = await callers["shop"].post(path, {})
    [shelf] = (await callers["tower"].get("/v1/stock", sku=SKU)).json()["items"]

    assert (part.status_code, part.json()["lines"][0]["cancelled_units"]) == (201, 1)
    assert (too_many.status_code, too_many.json()["code"]) == (422, "no-such-line")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "no-such-order")
    assert (whole.json()["state"], whole.json()["reason"]) == ("cancelled", "changed-mind")
    assert (again.status_code, again.json()["code"]) == (409, "wrong-order-state")
    assert shelf["reserved"] == 0
