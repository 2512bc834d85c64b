"""The small alliance with a store that hands parcels out, and people who work there and on the road."""

from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import msgspec
import playwright.sync_api as pw

from . import town
from .tower import Tower, until
from .town import GIMPO, ICHEON, Keys

STORE: Final = "myeongdong"
PREFIXES: Final = {ICHEON: "88012345", GIMPO: "88012346", STORE: "88012347"}

_STORE_ROWS: Final[dict[str, list[dict[str, Any]]]] = {
    "nodes": [
        {
            "node_id": STORE, "kind": "store", "operator_id": "hanbit", "zone_id": "jung", "lat_e6": 37_563_000,
            "lon_e6": 126_985_000, "temperatures": ["ambient"], "calendar_id": "always", "handling_s": 600,
            "parcels_per_hour": 1000, "pickup": True, "name_ko": "명동점", "name_en": "Myeongdong store",
        }
    ],
    "stock": [{"node_id": STORE, "sku": "gim", "owner_id": "deulnyeok", "on_hand": 100_000}],
}  # fmt: skip


def found(running: Tower) -> Keys:
    """Bring the alliance in; every node numbers its parcels."""
    keys = town.found(running)
    with town.caller(running, keys["tower"]) as door:
        for kind, rows in _STORE_ROWS.items():
            body = b"\n".join(map(msgspec.json.encode, rows))
            answer = door.post(f"/v1/imports/{kind}", content=body, headers={"content-type": "application/x-ndjson"})
            assert (answer.status_code, answer.json().get("rejected")) == (200, 0), answer.text
        for node_id, prefix in PREFIXES.items():
            said = door.post(f"/v1/nodes/{node_id}/gs1-prefix", json={"gs1_prefix": prefix}, headers=town.wish())
            assert said.status_code == 200, said.text
    return keys


def order(running: Tower, keys: Keys, service: str, *skus: str, units: int = 1) -> UUID:
    """An order by a service; the tower releases it at once."""
    with town.caller(running, keys["onmaru-web"]) as shop:
        ways = shop.post("/v1/promises", json=town.question(*skus, units=units)).json()["ways"]
        way = next(each for each in ways if each["way"]["service"] == service)
        placed = shop.post("/v1/orders", json=town.taking(way, f"shopper-{uuid4().hex[:8]}"), headers=town.wish())
        assert placed.status_code == 201, placed.text
        return UUID(placed.json()["order_id"])


def on_floor(running: Tower, node_id: str, parcels: int) -> list[UUID]:
    """A node's parcels, once there are so many."""

    def there() -> list[UUID] | None:
        with running.database() as conn:
            rows = conn.execute("SELECT parcel_id FROM warehouse.task WHERE node_id = %s", (node_id,)).fetchall()
        return [row[0] for row in rows] if len(rows) >= parcels else None

    return until(there, f"{parcels} parcels on the floor of {node_id}")


def signed_in(running: Tower, key: str) -> str:
    """The cookie of a session, as whoever has the key would get it."""
    here = {"sec-fetch-site": "same-origin", "origin": running.address}
    with httpx.Client(base_url=running.address, headers=here) as door:
        answer = door.post("/sign-in", data={"key": key})
        assert answer.status_code == 303, answer.text
        return dict(door.cookies)["sangdan_session"]


def phone(opened: pw.Browser, running: Tower, key: str, language: str = "ko") -> pw.BrowserContext:
    """A phone on which somebody has signed in."""
    held = opened.new_context(viewport={"width": 390, "height": 780}, locale=language, has_touch=True)
    cookies = {"sangdan_session": signed_in(running, key), "sangdan_language": language}
    held.add_cookies([{"name": name, "value": value, "url": running.address} for name, value in cookies.items()])
    return held
