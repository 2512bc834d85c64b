"""A node's outage over HTTP and at the command line: who may, what is refused, what shoppers are offered instead."""

import asyncio

import msgspec
import polars as pl
import pytest

from sangdan.doors.cli import main
from sangdan.flows.import_rows import load
from sangdan.kit.db import Pool
from sangdan.kit.engine import Engine

from . import alliance
from .alliance import SKU
from .conftest import AT
from .journey import QUESTION, Callers

OUTAGE = "/v1/nodes/house-1/outage"


@pytest.mark.usefixtures("founded")
async def test_a_floor_closes_its_own_node_and_opens_it_again(callers: Callers) -> None:
    floor = callers["floor"]
    closed = await floor.post(OUTAGE, {"reason": "fire", "until": "2026-11-21T09:00:00+09:00"})
    assert closed.status_code == 200, closed.text
    assert closed.json()["outage"] == {
        "node_id": "house-1", "from_at": "2026-11-20T03:00:00Z", "until_at": "2026-11-21T00:00:00Z", "reason": "fire",
    }  # fmt: skip
    assert [each["temperature"] for each in closed.json()["quarantine"]] == ["ambient", "chilled", "frozen"]
    assert (await floor.get("/v1/outages")).json() == [closed.json()]
    assert (await callers["foreign-floor"].get("/v1/outages")).json() == []

    opened = (await floor.delete(OUTAGE)).json()
    assert (opened["outage"], len(opened["quarantine"])) == (None, 3), "nobody has looked at the goods yet"
    checked = (await floor.delete(f"{OUTAGE}?checked=true")).json()
    assert (checked["outage"], checked["quarantine"]) == (None, [])
    again = await floor.delete(OUTAGE)
    assert (again.status_code, again.json()["code"]) == (409, "outage-none")
    assert (await floor.get("/v1/outages")).json() == []


@pytest.mark.usefixtures("founded")
@pytest.mark.parametrize(
    ("who", "node_id", "body", "status", "code"),
    [
        ("foreign-floor", "house-1", {"reason": "power"}, 404, "node-unknown"),
        ("tower", "ghost", {"reason": "power"}, 404, "node-unknown"),
        ("tower", "house-1", {"reason": "boredom"}, 422, "invalid-request"),
        ("tower", "house-1", {"reason": "power", "until": "2026-11-20T03:00:00Z"}, 422, "outage-ends-before"),
        ("shop", "house-1", {"reason": "power"}, 403, "role-may-not"),
    ],
)
async def test_what_is_refused(
    callers: Callers, who: str, node_id: str, body: dict[str, str], status: int, code: str
) -> None:
    answer = await callers[who].post(f"/v1/nodes/{node_id}/outage", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.usefixtures("founded")
async def test_a_promise_from_before_is_refused_with_fresh_ways(callers: Callers, engine: Engine) -> None:
    """The stranger's node has the shirt too: it is what the shopper is offered instead."""
    shelf = {"node_id": "stranger-1", "sku": SKU, "owner_id": "maker", "units": 5, "reference": "x"}
    moved = shelf | {"movement_id": "01890000-0000-7000-8000-000000000009"}
    way = (await callers["shop"].post("/v1/promises", QUESTION)).json()["ways"][0]
    assert [parcel["node_id"] for parcel in way["way"]["parcels"]] == ["house-1"]
    received = await callers["tower"].post("/v1/stock/receipts", [moved])
    assert received.status_code < 300, received.text
    assert (await callers["tower"].post(OUTAGE, {"reason": "other"})).status_code == 200

    refused = await callers["shop"].post("/v1/orders", {"token": way["token"], "shopper_id": "kim"})
    assert (refused.status_code, refused.json()["code"]) == (409, "source-closed")
    [instead] = refused.json()["args"]["alternatives"]
    assert [parcel["node_id"] for parcel in instead["way"]["parcels"]] == ["stranger-1"]
    placed = await callers["shop"].post("/v1/orders", {"token": instead["token"], "shopper_id": "kim"})
    assert placed.status_code == 201, placed.text
    await engine.drain()


@pytest.mark.usefixtures("founded")
async def test_a_basket_cannot_hold_what_is_out_of_service(callers: Callers) -> None:
    basket = {"lines": [{"node_id": "house-1", "sku": SKU, "owner_id": "maker", "units": 1}]}
    await callers["tower"].post(OUTAGE, {"reason": "other"})
    refused = await callers["shop"].post("/v1/reservations", basket)
    assert (refused.status_code, refused.json()["code"]) == (409, "node-out")
    await callers["tower"].delete(OUTAGE)
    assert (await callers["shop"].post("/v1/reservations", basket)).status_code == 201


@pytest.mark.usefixtures("founded")
async def test_the_same_wish_twice_is_answered_alike(callers: Callers) -> None:
    first, second = [await callers["tower"].post(OUTAGE, {"reason": "power"}, key="once") for _ in range(2)]
    assert (first.json(), second.headers["idempotent-replayed"]) == (second.json(), "true")


def test_at_the_command_line(url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(_town(url))
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)

    def told(*words: str) -> tuple[int, str, str]:
        code = main(["node", *words])
        heard = capsys.readouterr()
        return code, heard.out, heard.err

    assert told("list")[1].strip() == "No node was ever out of service."
    assert told("close", "house-1", "--reason", "power")[0] == 0
    code, out, _ = told("list", "--json")
    listed = msgspec.json.decode(out)
    assert (code, [each["node_id"] for each in listed["outages"]]) == (0, ["house-1"])
    assert [each["temperature"] for each in listed["quarantine"]] == ["chilled", "frozen"]
    assert "house-1" in told("list")[1]
    assert "back in service" in told("reopen", "house-1", "--checked")[1]
    code, _, err = told("reopen", "house-1")
    assert (code, "is not out of service" in err) == (1, True)
    code, _, err = told("close", "house-1", "--reason", "power", "--until", "2027-01-01T09:00:00")
    assert (code, "+09:00" in err) == (1, True)
    assert told("close", "house-1", "--reason", "boredom")[0] == 2


async def _town(url: str) -> None:
    pool = await Pool.open(url, size=2)
    for kind, rows in alliance.ROWS.items():
        assert (await load(pool, kind, pl.DataFrame(rows), AT)).rejected == 0
    await pool.close()
