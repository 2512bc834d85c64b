"""How far an order has come: promised, placed, shipped, all over HTTP."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sangdan.kit.engine import Engine

from .alliance import POSTCODE, SKU, Caller
from .conftest import AT

Callers = dict[str, Caller]
QUESTION: dict[str, Any] = {"lines": [{"sku": SKU, "units": 2}], "postcode": POSTCODE}


async def promised(callers: Callers, shop: str = "shop", question: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await callers[shop].post("/v1/promises", question or QUESTION)
    assert answer.status_code == 200, answer.text
    return answer.json()["ways"][0]


async def placed(callers: Callers, recipient: Mapping[str, Any] | None = None) -> dict[str, Any]:
    way = await promised(callers)
    body = {"token": way["token"], "shopper_id": "kim", "recipient": recipient}
    answer = await callers["shop"].post("/v1/orders", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def shipped(callers: Callers, engine: Engine, recipient: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An order whose parcel was picked, packed and handed over."""
    order = await placed(callers, recipient)
    floor = callers["floor"]
    await engine.run_until(AT + timedelta(hours=1))
    await floor.post("/v1/nodes/house-1/gs1-prefix", {"gs1_prefix": "8801234"})
    [work] = (await floor.get("/v1/tasks", node_id="house-1")).json()["items"]
    task = f"/v1/tasks/{work['task']['parcel_id']}"
    found = [{"reservation_id": line["reservation_id"], "units": line["units"]} for line in work["lines"]]
    steps = [
        await floor.post(f"{task}/pick", {"node_id": "house-1", "found": found}),
        await floor.post(f"{task}/pack", {"node_id": "house-1"}),
        await floor.post(f"{task}/hand-over", {"node_id": "house-1"}),
    ]
    await engine.drain()

    assert [step.json()["state"] for step in steps] == ["picked", "packed", "handed_over"]
    assert len(steps[1].json()["sscc"]) == 18
    return order
