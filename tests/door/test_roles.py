"""Every route is asked with every role's key: what the table forbids is refused, nothing breaks, and nothing leaks."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from sangdan.doors.access import ALL, MATRIX
from sangdan.kit.engine import Engine

from . import alliance
from .alliance import SKU
from .journey import QUESTION, Callers, shipped

PERIOD = "from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z"
SHELF = {"node_id": "house-1", "sku": SKU, "owner_id": "maker"}

# What each route is sent. The address's own parts are filled from the order of the test.
QUERIES: Mapping[str, str] = {
    "GET /v1/tasks": "node_id=house-1",
    "GET /v1/stock": f"node_id=house-1&sku={SKU}",
    "GET /v1/statements": PERIOD,
    "GET /v1/analytics": PERIOD,
    "DELETE /v1/reservations/{reservation_id}": "node_id=house-1",
}
BODIES: Mapping[str, Any] = {
    "POST /v1/clients": {"client_id": "walker", "role": "tower"},
    "POST /v1/imports/{kind}": [],
    "POST /v1/stock/counts": [SHELF | {"on_hand": 0}],
    "POST /v1/stock/receipts": [
        SHELF | {"movement_id": "01890000-0000-7000-8000-000000000001", "units": 1, "reference": "x"}
    ],
    "POST /v1/reservations": {"lines": [SHELF | {"units": 1}]},
    "POST /v1/promises": QUESTION,
    "POST /v1/promises/explanation": {"order_id": "{order_id}"},
    "POST /v1/holds": {"token": "x"},
    "POST /v1/orders": {"token": "x", "shopper_id": "kim"},
    "POST /v1/purchases": {
        "parts": [{"token": "x"}, {"token": "y"}], "lines": [{"sku": SKU, "units": 2}], "shopper_id": "kim"
    },
    "POST /v1/orders/{order_id}/cancellation": {},
    "PUT /v1/orders/{order_id}/recipient": {"name": "홍길동", "phone": "010-0000-1234", "lines": ["서울 중구 1"]},
    "PUT /v1/shoppers/{shopper_id}": {"name": "홍길동", "phone": "010-0000-1234"},
    "POST /v1/shoppers/{shopper_id}/consents": {"kind": "ads", "given": True, "how": "signup"},
    "POST /v1/shopper-searches": {"phone": "010-0000-1234"},
    "POST /v1/payments/notifications": {
        "order_id": "{order_id}", "key": "x", "kind": "authorise", "outcome": "declined", "amount_minor": 1
    },
    "POST /v1/nodes/{node_id}/gs1-prefix": {"gs1_prefix": "8809999"},
    "POST /v1/nodes/{node_id}/outage": {"reason": "other"},
    "POST /v1/lanes/{lane_id}/closing": {"reason": "other"},
    "POST /v1/carriers/{carrier_id}/closing": {"reason": "other"},
    "POST /v1/tasks/{parcel_id}/pick": {
        "node_id": "house-1", "found": [{"reservation_id": "{order_id}", "units": 0}]
    },
    "POST /v1/tasks/{parcel_id}/pack": {"node_id": "house-1"},
    "POST /v1/tasks/{parcel_id}/hand-over": {"node_id": "house-1"},
    "POST /v1/parcels/{parcel_id}/tracking": {"at": "2026-11-21T00:00:00Z", "state": "lost"},
    "POST /v1/reviews": {"order_id": "{order_id}", "line_no": 1, "stars": 5, "body": "좋아요"},
    "POST /v1/reviews/{review_id}/reports": {"reason": "abuse", "reporter": "kim"},
    "POST /v1/reviews/{review_id}/decision": {"state": "shown"},
    "POST /v1/webhooks": {"url": "https://hooks.example.com/walk"},
    "PATCH /v1/webhooks/{endpoint_id}": {"types": ["order.placed"]},
    "POST /v1/webhooks/{endpoint_id}/rotation": {},
    "POST /v1/webhooks/{endpoint_id}/replays": {"after": 0},
    "POST /v1/tracking": [{"parcel_id": "{parcel_id}", "at": "2026-11-21T00:00:00Z", "state": "lost"}],
}  # fmt: skip
# Reference data and questions show the alliance to every ally; there is nothing to leak.
SHARED = {
    "GET /v1/products", "GET /v1/skus/{sku}", "GET /v1/nodes", "GET /v1/partners", "POST /v1/promises",
    "POST /v1/reservations", "GET /v1/clients", "POST /v1/clients", "GET /v1/goods", "GET /v1/categories",
    "GET /v1/products/{product_id}", "GET /v1/products/{product_id}/reviews",
    "GET /v1/search", "GET /v1/suggestions",
}  # fmt: skip


def filled(sample: Any, parts: Mapping[str, str]) -> Any:
    """A sample with the order's own ids in it."""
    text = json.dumps(sample)
    for name, value in parts.items():
        text = text.replace("{" + name + "}", value)
    return json.loads(text)


@pytest.fixture
async def parts(door: httpx.AsyncClient, callers: Callers, engine: Engine) -> dict[str, str]:
    """An order that has shipped, and the addresses of all that hangs on it."""
    await alliance.found(door)
    order = await shipped(callers, engine)
    told = (await callers["tower"].get("/v1/notices")).json()["items"]
    endpoint = await callers["shop"].post("/v1/webhooks", {"url": "https://hooks.example.com/in?of=maker"})
    held = await callers["shop"].post("/v1/reservations", {"lines": [SHELF | {"units": 1}]})
    return {
        "order_id": order["order_id"],
        "parcel_id": order["parcels"][0]["parcel_id"],
        "reservation_id": held.json()["reservations"][0]["reservation_id"],
        "hold_id": order["order_id"],
        "notice_id": told[0]["notice_id"],
        "node_id": "house-1",
        "lane_id": "seoul.standard",
        "carrier_id": "swift",
        "client_id": "nobody",
        "kind": "stock",
        "sku": SKU,
        "shopper_id": "lee",
        "endpoint_id": endpoint.json()["endpoint"]["endpoint_id"],
        "resource": "orders",
        "product_id": "tee",
        "review_id": order["order_id"],
    }


async def asked(callers: Callers, name: str, route: str, parts: Mapping[str, str]) -> httpx.Response:
    method, template = route.split()
    path = filled(template, parts) + (f"?{QUERIES[route]}" if route in QUERIES else "")
    if method == "GET":
        return await callers[name].get(path)
    if method == "DELETE":
        return await callers[name].delete(path)
    if method == "PUT":
        return await callers[name].put(path, filled(BODIES.get(route), parts))
    if method == "PATCH":
        return await callers[name].patch(path, filled(BODIES.get(route), parts))
    return await callers[name].post(path, filled(BODIES.get(route), parts))


@pytest.mark.parametrize("role", sorted(ALL))
async def test_the_table_is_kept(callers: Callers, parts: dict[str, str], role: str) -> None:
    for route, allowed in MATRIX.items():
        answer = await asked(callers, role, route, parts)
        code = answer.json().get("code") if answer.status_code >= 400 else None
        assert answer.status_code < 500, (route, answer.text)
        assert (code == "role-may-not") == (role not in allowed), (route, answer.text)


@pytest.mark.parametrize("stranger", ["foreign-shop", "foreign-ally", "foreign-floor", "foreign-courier"])
async def test_a_stranger_learns_and_changes_nothing(callers: Callers, parts: dict[str, str], stranger: str) -> None:
    paths = [f"/v1/orders/{parts['order_id']}", f"/v1/parcels/{parts['parcel_id']}", f"/v1/stock?sku={SKU}"]
    before = [(await callers["tower"].get(path)).content for path in paths]
    for route in MATRIX.keys() - SHARED - {"DELETE /v1/reservations/{reservation_id}"}:
        answer = await asked(callers, stranger, route, parts)
        assert answer.status_code < 500, (route, answer.text)
        for mine in ("kim", "maker", "house-1", "swift"):
            told = answer.text if answer.status_code < 400 else ""
            assert mine not in told, (route, told)
    after = [(await callers["tower"].get(path)).content for path in paths]

    assert after == before


async def test_an_ally_sees_its_part_without_names_and_sums(callers: Callers, parts: dict[str, str]) -> None:
    path = f"/v1/orders/{parts['order_id']}"
    whole = (await callers["shop"].get(path)).json()
    part = (await callers["ally"].get(path)).json()
    listed = (await callers["ally"].get("/v1/orders", state="shipped")).json()["items"]
    elsewhere = await callers["foreign-ally"].get(path)

    assert (whole["shopper_id"], whole["sums"]["goods_minor"]) == ("kim", 2 * 12_900)
    assert (part["shopper_id"], part["sums"]) == (None, None)
    assert [line["seller_id"] for line in part["lines"]] == ["maker"]
    assert [order["order_id"] for order in listed] == [parts["order_id"]]
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "no-such-order")


async def test_a_key_that_is_confined_to_a_node_stays_there(callers: Callers, door: httpx.AsyncClient) -> None:
    await alliance.found(door)
    made = await callers["tower"].post(
        "/v1/clients", {"client_id": "gate", "role": "floor", "partner_id": "house", "node_id": "stranger-1"}
    )
    gate = alliance.Caller(door, made.json()["key"])
    own, other = [await gate.get("/v1/tasks", node_id=node) for node in ("stranger-1", "house-1")]

    assert [own.json()["code"], other.json()["code"]] == ["node-unknown", "node-unknown"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"partner_id": "ghost"}, "partner-unknown"),
        ({"node_id": "ghost"}, "node-unknown"),
        ({"partner_id": "maker"}, "shop-collects-nothing"),
    ],
)
async def test_clients_that_cannot_be(
    callers: Callers, door: httpx.AsyncClient, change: dict[str, str], code: str
) -> None:
    await alliance.found(door)
    body = {"client_id": "new", "role": "shop", "partner_id": "market"} | change

    assert (await callers["tower"].post("/v1/clients", body)).json()["code"] == code
