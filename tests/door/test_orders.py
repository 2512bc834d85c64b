"""An order over HTTP: promised, placed, paid, picked, shipped, delivered, confirmed, settled; and what may go wrong."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from sangdan.doors.api.app import House
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine

from .alliance import POSTCODE, SKU, UNITS
from .conftest import AT
from .journey import QUESTION, Callers, placed, promised, shipped

pytestmark = pytest.mark.usefixtures("founded")


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


async def test_an_order_goes_its_whole_way(callers: Callers, engine: Engine) -> None:
    order = await shipped(callers, engine)
    path = f"/v1/orders/{order['order_id']}"
    parcel = f"/v1/parcels/{order['parcels'][0]['parcel_id']}"
    later = (AT + timedelta(hours=30)).isoformat()
    early = await callers["shop"].post(f"{path}/confirmation", {})
    foreign = await callers["foreign-courier"].post(f"{parcel}/tracking", {"at": later, "state": "delivered"})
    taken = await callers["courier"].post(f"{parcel}/tracking", {"at": later, "state": "delivered"})
    await engine.drain()
    confirmed = await callers["shop"].post(f"{path}/confirmation")
    await engine.drain()
    timeline = (await callers["shop"].get(f"{path}/timeline")).json()
    period = {"from": "2026-11-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}
    statement = (await callers["tower"].get("/v1/statements", **period)).json()
    own = (await callers["ally"].get("/v1/statements", **period)).json()
    report = (await callers["shop"].get("/v1/analytics", **period)).json()

    assert (early.status_code, early.json()["code"]) == (409, "wrong-order-state")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "no-such-parcel")
    assert (taken.status_code, taken.json()["state"]) == (200, "delivered")
    assert confirmed.json()["state"] == "confirmed"
    assert [told["type"] for told in timeline if told["subject"] == order["order_id"]] == [
        "orders.placed", "orders.authorised", "orders.released", "orders.shipped", "orders.delivered",
        "orders.confirmed",
    ]  # fmt: skip
    assert sum(line["owed_minor"] for line in statement["lines"]) == 0
    assert {line["partner_id"] for line in own["lines"]} == {"maker"}
    assert own["totals"][0]["owed_minor"] > 0
    assert report["orders"] == 1


async def test_bulk_reports_name_what_was_not_taken(callers: Callers, engine: Engine) -> None:
    order = await shipped(callers, engine)
    parcel_id = order["parcels"][0]["parcel_id"]
    at = (AT + timedelta(hours=2)).isoformat()
    rows = [
        {"parcel_id": order["order_id"], "at": at, "state": "in_transit"},
        {"parcel_id": parcel_id, "at": at, "state": "out_for_delivery", "detail": "van 3"},
    ]
    foreign = await callers["foreign-courier"].post("/v1/tracking", rows)
    told = await callers["courier"].post("/v1/tracking", rows)
    absurd = await callers["courier"].post("/v1/tracking", [rows[1] | {"at": "0001-01-01T00:00:00+14:00"}])
    seen = (await callers["courier"].get(f"/v1/parcels/{parcel_id}")).json()

    assert (foreign.json()["taken"], [each["index"] for each in foreign.json()["refused"]]) == (0, [0, 1])
    assert (told.json()["taken"], [each["index"] for each in told.json()["refused"]]) == (1, [0])
    assert (absurd.status_code, absurd.json()["code"]) == (422, "invalid-request")
    assert (seen["parcel"]["state"], seen["reports"][-1]["detail"]) == ("out_for_delivery", "van 3")


async def test_the_gateway_may_repeat_itself(callers: Callers, engine: Engine) -> None:
    order = await placed(callers)
    await engine.drain()
    timeline = (await callers["shop"].get(f"/v1/orders/{order['order_id']}/timeline")).json()
    [asked] = [told["data"] for told in timeline if told["type"] == "payments.requested"]
    word = {
        "order_id": order["order_id"], "key": asked["key"], "kind": "authorise", "outcome": "approved",
        "amount_minor": asked["amount_minor"], "gateway_ref": None,
    }  # fmt: skip
    again = await callers["shop"].post("/v1/payments/notifications", word)
    denied = await callers["shop"].post("/v1/payments/notifications", word | {"outcome": "declined"})
    unasked = await callers["shop"].post("/v1/payments/notifications", word | {"key": "x"})
    foreign = await callers["foreign-shop"].post("/v1/payments/notifications", word)

    assert (again.json(), denied.json()) == ({"verdict": "repeated"}, {"verdict": "contradictory"})
    assert (unasked.status_code, unasked.json()["code"]) == (404, "no-such-payment-call")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "no-such-payment")


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

    assert (part.status_code, part.json()["lines"][0]["cancelled_units"]) == (200, 1)
    assert (too_many.status_code, too_many.json()["code"]) == (422, "no-such-line")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "no-such-order")
    assert (whole.json()["state"], whole.json()["reason"]) == ("cancelled", "changed-mind")
    assert (again.status_code, again.json()["code"]) == (409, "wrong-order-state")
    assert shelf["reserved"] == 0
