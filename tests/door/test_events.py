"""Public events: who hears of what, page by page, and the manual that says so."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from sangdan.flows import register
from sangdan.flows.public_events import KINDS, guide
from sangdan.kit import events as facts
from sangdan.kit.engine import Engine

from . import alliance
from .journey import Callers, shipped

REACTIVE = register.REACTIVE  # importing it makes every fact known
MANUAL = Path(__file__).parents[2] / "docs" / "events.md"
# Facts that are nobody's outside: intents put to the gateway, and a shopper's wish to be forgotten.
INTERNAL = {
    "payments.requested", "payments.capture_requested", "payments.refund_requested", "payments.void_requested",
    "payments.inquiry_due", "payments.refused", "shoppers.erased", "orders.date_accepted",
}  # fmt: skip


@pytest.fixture
async def order(door: httpx.AsyncClient, callers: Callers, engine: Engine) -> dict[str, Any]:
    """An order that has shipped, and all of whose facts are in the feed."""
    await alliance.found(door)
    return await shipped(callers, engine)


async def heard(callers: Callers, name: str, **params: str | int) -> list[dict[str, Any]]:
    answer = await callers[name].get("/v1/events", **params)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def test_the_manual_is_up_to_date() -> None:
    assert MANUAL.read_text() == guide()


def test_every_fact_is_public_or_internal_on_purpose() -> None:
    ours = {name for name in facts.kinds if facts.kinds[name].__module__.startswith("sangdan.")}
    public = {kind.fact for kind in KINDS.values()}
    assert sorted(ours - public - INTERNAL) == []
    assert sorted(public - ours) == []
    assert not public & INTERNAL


async def test_the_shop_hears_all_of_its_order(callers: Callers, order: dict[str, Any]) -> None:
    events = await heard(callers, "shop")

    assert sorted(types(events)) == sorted([
        "order.placed", "payment.authorised", "order.authorised", "order.released", "payment.captured",
        "parcel.picked", "parcel.packed", "parcel.shipped", "order.shipped",
    ])  # fmt: skip
    assert {event["data"]["order_id"] for event in events} == {order["order_id"]}
    assert [int(event["position"]) for event in events] == sorted(int(event["position"]) for event in events)
    told = {event["type"]: event for event in events}
    placed = told["order.placed"]
    assert (placed["specversion"], placed["source"], placed["subject"]) == ("1.0", "/v1/events", order["order_id"])
    assert placed["data"]["total_minor"] == order["sums"]["total_minor"]
    assert [line["units"] for line in placed["data"]["lines"]] == [2]
    assert told["payment.captured"]["data"]["amount_minor"] == order["sums"]["total_minor"]


async def test_every_other_ally_hears_its_part(callers: Callers, order: dict[str, Any]) -> None:
    """The maker sells, the house packs, swift carries: each its own, none the shop's sums."""
    seller, courier = [await heard(callers, name) for name in ("ally", "courier")]

    assert set(types(seller)) == {
        "order.placed", "order.authorised", "order.released", "parcel.picked", "parcel.packed", "parcel.shipped",
        "order.shipped",
    }  # fmt: skip
    assert types(courier) == ["parcel.picked", "parcel.packed", "parcel.shipped"]
    told = {event["type"]: event for event in seller}
    assert set(told["order.placed"]["data"]) == {"order_id", "shop_id", "placed_at", "service", "promised_at", "lines"}
    assert "found_units" not in told["parcel.picked"]["data"]
    assert "lines" not in courier[0]["data"]


@pytest.mark.parametrize("stranger", ["foreign-shop", "foreign-ally", "foreign-courier"])
async def test_a_stranger_hears_nothing(callers: Callers, order: dict[str, Any], stranger: str) -> None:
    answer = (await callers[stranger].get("/v1/events")).json()
    head = (await callers["tower"].get("/v1/events")).json()["next"]

    assert answer == {"items": [], "next": head, "more": False}


async def test_events_hold_nobodys_name(callers: Callers, order: dict[str, Any]) -> None:
    for name in ("tower", "shop", "ally", "courier"):
        text = (await callers[name].get("/v1/events")).text
        assert "kim" not in text
        assert alliance.POSTCODE not in text


async def test_pages_go_on_where_the_one_before_ended(callers: Callers, order: dict[str, Any]) -> None:
    whole = await heard(callers, "shop")
    after, pages = 0, list[dict[str, Any]]()
    while True:
        page = (await callers["shop"].get("/v1/events", after=after, limit=2)).json()
        pages += page["items"]
        after = page["next"]
        if not page["more"]:
            break

    assert pages == whole
    assert await heard(callers, "shop", after=after) == []


async def test_some_types_alone_or_from_a_time_on(callers: Callers, order: dict[str, Any]) -> None:
    chosen = await callers["shop"].get("/v1/events?types=parcel.shipped&types=order.placed")
    since = [await heard(callers, "shop", since=f"{event['time']}") for event in await heard(callers, "shop")]

    assert types(chosen.json()["items"]) == ["order.placed", "parcel.shipped"]
    assert [len(events) for events in since] == sorted((len(events) for events in since), reverse=True)
    assert len(since[0]) == 9


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("types=order.eaten", "event-type-unknown"),
        ("after=900", "position-ahead"),
        ("after=-1", "invalid-request"),
        ("limit=0", "invalid-request"),
        ("since=2026-11-21T00:00:00", "invalid-request"),
    ],
)
async def test_what_cannot_be_asked(callers: Callers, query: str, code: str) -> None:
    answer = await callers["shop"].get(f"/v1/events?{query}")
    assert answer.json()["code"] == code


async def test_the_documentation_tells_of_pages_streams_and_files(door: httpx.AsyncClient) -> None:
    paths = (await door.get("/openapi.json")).json()["paths"]
    page = paths["/v1/events"]["get"]["responses"]["200"]
    file = paths["/v1/exports/{resource}"]["get"]["responses"]["200"]

    assert "EventPage" in str(page["content"]["application/json"])
    assert "text/event-stream" in page["description"]
    assert list(file["content"]) == [
        "text/csv",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.apache.parquet",
    ]
    asked = [parameter["name"] for parameter in paths["/v1/events"]["get"]["parameters"]]
    assert sorted(asked) == ["after", "limit", "since", "types"]
