"""Holds, kits and the rules of the stock over HTTP, as a shop and the tower see them."""

from datetime import datetime, timedelta
from typing import Any, Final

import httpx
import pytest

from sangdan.kit.clock import SimClock
from sangdan.kit.engine import Engine

from . import alliance
from .alliance import ROWS, SKU, UNITS
from .conftest import AT
from .journey import QUESTION, Callers, promised

ALL: Final[dict[str, Any]] = {**QUESTION, "lines": [{"sku": SKU, "units": UNITS}]}
RECIPIENT: Final = {"name": "성춘향", "phone": "010-0000-5678", "lines": ["남원시 요천로 1447"]}
NOBODYS: Final = "01920000-0000-7000-8000-000000000000"
pytestmark = pytest.mark.usefixtures("founded")


async def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_promise_is_held_and_let_go(callers: Callers) -> None:
    shop, way = callers["shop"], await promised(callers, question=ALL)
    held = await shop.post("/v1/holds", {"token": way["token"], "hold_s": 60}, key="hold")
    twin = await shop.post("/v1/holds", {"token": way["token"], "hold_s": 60}, key="hold")
    other = await shop.post("/v1/holds", {"token": way["token"]})
    between = await shop.post("/v1/promises", QUESTION)
    path = f"/v1/holds/{held.json()['hold_id']}"
    foreign = await callers["foreign-shop"].delete(path)
    gone = await shop.delete(path)
    again = await shop.delete(path)
    after = await shop.post("/v1/promises", ALL)

    assert (held.status_code, twin.content) == (201, held.content)
    assert datetime.fromisoformat(held.json()["expires_at"]) == AT + timedelta(seconds=60)
    assert [await code(each) for each in (other, between)] == [(409, "held-already"), (409, "no-way")]
    assert [await code(each) for each in (foreign, again)] == [(404, "no-such-hold")] * 2
    assert (gone.status_code, after.status_code) == (204, 200)


async def test_what_is_held_is_ordered_by_its_hold_though_nothing_else_is_left(callers: Callers) -> None:
    shop, way = callers["shop"], await promised(callers, question=ALL)
    held = (await shop.post("/v1/holds", {"token": way["token"]})).json()
    wish = {"hold_id": held["hold_id"], "shopper_id": "kim", "order_ref": "A-1", "recipient": RECIPIENT}
    foreign = await callers["foreign-shop"].post("/v1/orders", wish)
    placed = await shop.post("/v1/orders", wish, key="order")
    twin = await shop.post("/v1/orders", wish, key="order")
    again = await shop.post("/v1/orders", wish)

    assert (placed.status_code, placed.json()["order_ref"]) == (201, "A-1")
    assert (twin.content, twin.headers["idempotent-replayed"]) == (placed.content, "true")
    assert [await code(each) for each in (foreign, again)] == [(404, "no-such-hold")] * 2


async def test_what_was_ordered_is_not_held(callers: Callers) -> None:
    shop, way = callers["shop"], await promised(callers)
    placed = await shop.post("/v1/orders", {"token": way["token"], "shopper_id": "kim"})
    held = await shop.post("/v1/holds", {"token": way["token"]})

    assert await code(held) == (409, "promise-taken")
    assert held.json()["args"] == {"order_id": placed.json()["order_id"]}


@pytest.mark.parametrize("holds_max", [2])
async def test_one_shop_cannot_hold_without_end(callers: Callers) -> None:
    """Two stand; a third has to wait until one is released, and another shop is not hindered."""
    shop, path = callers["shop"], "/v1/holds"
    tokens = [(await promised(callers))["token"] for _ in range(3)]
    held = [await shop.post(path, {"token": token}) for token in tokens]
    other = (await promised(callers, "foreign-shop"))["token"]

    assert [answer.status_code for answer in held] == [201, 201, 409]
    assert (await code(held[2]), held[2].json()["args"]) == ((409, "too-many-holds"), {"most": 2})
    assert (await callers["foreign-shop"].post(path, {"token": other})).status_code == 201
    assert (await shop.delete(f"{path}/{held[0].json()['hold_id']}")).status_code == 204
    assert (await shop.post(path, {"token": tokens[2]})).status_code == 201


async def test_an_order_takes_a_token_or_a_hold(callers: Callers) -> None:
    shop, way = callers["shop"], await promised(callers)
    neither = await shop.post("/v1/orders", {"shopper_id": "kim"})
    both = await shop.post("/v1/orders", {"shopper_id": "kim", "token": way["token"], "hold_id": NOBODYS})
    assert [await code(each) for each in (neither, both)] == [(422, "token-or-hold")] * 2


async def test_a_hold_runs_out_by_itself(callers: Callers, engine: Engine) -> None:
    way = await promised(callers, question=ALL)
    await callers["shop"].post("/v1/holds", {"token": way["token"], "hold_s": 60})
    await engine.run_until(AT + timedelta(seconds=60))

    assert (await callers["shop"].post("/v1/promises", ALL)).status_code == 200


async def test_who_is_too_late_to_hold_is_told_of_other_ways(callers: Callers) -> None:
    shop = callers["shop"]
    first, second = await promised(callers, question=ALL), await promised(callers)
    assert (await shop.post("/v1/holds", {"token": first["token"]})).status_code == 201
    late = await shop.post("/v1/holds", {"token": second["token"]})

    assert await code(late) == (409, "stock-gone")
    assert late.json()["args"]["alternatives"] == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"token": "x"}, (422, "promise-altered")),
        ({"token": ""}, (422, "invalid-request")),
        ({"token": "x", "hold_s": 0}, (422, "invalid-request")),
        ({"token": "x", "hold_s": 3601}, (422, "invalid-request")),
        ({}, (422, "invalid-request")),
    ],
)
async def test_absurd_holds_are_refused(callers: Callers, body: dict[str, Any], told: tuple[int, str]) -> None:
    assert await code(await callers["shop"].post("/v1/holds", body)) == told


async def test_a_kit_is_shown_promised_and_cancelled_whole(callers: Callers, door: httpx.AsyncClient) -> None:
    shop, sku = callers["shop"], ROWS["skus"][0]
    for kind, rows in {
        "skus": [{**sku, "sku": "pair"}],
        "kits": [{"kit_sku": "pair", "sku": SKU, "units": 2}],
        "offers": [{**ROWS["offers"][0], "sku": "pair", "price_minor": 20_001}],
    }.items():
        assert (await alliance.bring(door, kind, alliance.lines(rows))).json()["loaded"] == 1
    shown = (await shop.get("/v1/skus/pair")).json()
    way = await promised(callers, question={**QUESTION, "lines": [{"sku": "pair", "units": 3}]})
    placed = await shop.post("/v1/orders", {"token": way["token"], "shopper_id": "kim"})
    path = f"/v1/orders/{placed.json()['order_id']}"
    lines = (await shop.get(path)).json()["lines"]
    half = await shop.post(f"{path}/cancellation", {"lines": [{"line_no": lines[0]["line_no"], "units": 1}]})
    one = [{"line_no": line["line_no"], "units": line["units"] // 3} for line in lines]
    whole = await shop.post(f"{path}/cancellation", {"lines": one})

    assert (shown["sku"]["is_kit"], shown["parts"]) == (True, [{"kit_sku": "pair", "sku": SKU, "units": 2}])
    assert way["way"]["price"]["goods_minor"] == 3 * 20_001
    assert {(line["kit_sku"], line["kit_no"]) for line in lines} == {("pair", 1)}
    assert sorted(line["unit_price_minor"] for line in lines) == [10_000, 10_001]
    assert await code(half) == (422, "kit-apart")
    assert half.json()["args"]["one"] == ", ".join(f"#{each['line_no']} x{each['units']}" for each in one)
    assert whole.json()["sums"]["cancelled_minor"] == 20_001


async def test_a_shop_is_promised_and_holds_its_share_alone(callers: Callers, door: httpx.AsyncClient) -> None:
    rule = {"rule_id": "m", "category": "tops", "shop_id": "market", "units_max": 3}
    assert (await alliance.bring(door, "stock-rules", alliance.lines([rule]))).json()["loaded"] == 1
    shelf = {"node_id": "house-1", "sku": SKU, "owner_id": "maker"}
    asked = [
        await callers["shop"].post("/v1/promises", {**QUESTION, "lines": [{"sku": SKU, "units": units}]})
        for units in (3, 4)
    ]
    held = [
        await callers["shop"].post("/v1/reservations", {"lines": [shelf | {"units": units}]}) for units in (4, 3, 1)
    ]
    tower = await callers["tower"].post("/v1/reservations", {"lines": [shelf | {"units": UNITS - 3}]})

    assert [answer.status_code for answer in asked] == [200, 409]
    assert [answer.status_code for answer in held] == [409, 201, 409]
    assert tower.status_code == 201


async def test_rules_that_cannot_be_are_told_by_line(door: httpx.AsyncClient) -> None:
    rows = [
        {"rule_id": "a", "safety": 1, "shop_id": "market"},
        {"rule_id": "b", "share_ppm": 1},
        {"rule_id": "c", "safety": 1, "sku": SKU, "category": "tops"},
        {"rule_id": "d", "shop_id": "market", "share_ppm": 1, "units_max": 1},
        {"rule_id": "e", "safety": 1, "node_id": "ghost"},
        {"rule_id": "f", "shop_id": "market", "share_ppm": 1_000_001},
        {"rule_id": "g"},
        {"rule_id": "h", "safety": 1},
        {"rule_id": "i", "safety": 2},
    ]
    told = (await alliance.bring(door, "stock-rules", alliance.lines(rows))).json()

    assert (told["loaded"], [each["line"] for each in told["rejects"]]) == (1, [1, 2, 3, 4, 5, 6, 7, 9])
    again = (await alliance.bring(door, "stock-rules", alliance.lines(rows[7:8]))).json()
    assert (again["loaded"], again["unchanged"]) == (0, 1)


async def test_the_clock_of_the_house_ends_a_hold_before_its_timer(callers: Callers, house: Any) -> None:
    way = await promised(callers, question=ALL)
    held = await callers["shop"].post("/v1/holds", {"token": way["token"], "hold_s": 60})
    clock: SimClock = house.clock
    clock.set(AT + timedelta(seconds=60))

    assert await code(await callers["shop"].delete(f"/v1/holds/{held.json()['hold_id']}")) == (404, "no-such-hold")
