"""A small alliance: 온마루 and 다른가게 have shoppers, 들녘상회 goods, 한빛물류 two centres, 바람택배 vans.

From Icheon parcels come the next day, from Gimpo some days later: a shopper who loses the one has the other left.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import httpx
import msgspec

from .tower import Tower

POSTCODE: Final = "04524"
ICHEON: Final = "icheon-1"
GIMPO: Final = "gimpo-1"
PLENTY: Final = 100_000

# What lies where: units in Icheon and in Gimpo.
SHELVES: Final[Mapping[str, tuple[int, int]]] = {
    "gim": (PLENTY, PLENTY),
    "oil": (PLENTY, 0),
    "tea": (0, PLENTY),
    "last-jar": (1, 0),
    "near-jar": (1, PLENTY),
    "ice": (PLENTY, 0),
    "lent": (PLENTY, 0),
}
_NAMES: Final[Mapping[str, str]] = {
    "gim": "곱창돌김 50매", "oil": "저온압착 참기름 300ml", "tea": "하동 녹차 세작 80g", "last-jar": "달항아리",
    "near-jar": "옹기 항아리", "ice": "팥 아이스크림", "lent": "값을 모르는 물건",
}  # fmt: skip
_CODES: Final = tuple(SHELVES)
_ALWAYS: Final = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")
_TRANSIT_S: Final = [21_600, 25_200, 28_800, 32_400, 36_000, 43_200, 50_400, 61_200, 86_400, 172_800]


def _named(name: str) -> dict[str, str]:
    return {"name_ko": name, "name_en": name}


def _lane(zone: str, service: str, departure: str, slower: int) -> dict[str, Any]:
    return {
        "lane_id": f"{zone}.{service}", "from_zone": zone, "to_zone": "jung", "service": service,
        "carrier_id": "baram", "calendar_id": "always", "cut_offs": [departure], "departures": [departure],
        "transit_s": [seconds * slower for seconds in _TRANSIT_S], "temperatures": ["ambient"], "currency": "KRW",
        "base_minor": 2600, "per_kg_minor": 100, "max_weight_g": 20_000, "distance_m": 60_000, "co2e_mg_per_kg_km": 105,
    }  # fmt: skip


ROWS: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "partners": [
        {"partner_id": "onmaru", "kind": "marketplace", **_named("온마루")},
        {"partner_id": "dareun", "kind": "marketplace", **_named("다른가게")},
        {"partner_id": "deulnyeok", "kind": "seller", **_named("들녘상회")},
        {"partner_id": "hanbit", "kind": "logistics", **_named("한빛물류")},
        {"partner_id": "baram", "kind": "carrier", **_named("바람택배")},
    ],
    "contracts": [
        {"partner_id": partner_id, "valid_from": "2025-01-01", "currency": "KRW", "settlement_cycle": "weekly"} | terms
        for partner_id, terms in {
            "onmaru": {"gateway_fee_ppm": 25_000},
            "dareun": {"gateway_fee_ppm": 25_000},
            "deulnyeok": {"commission_ppm": 110_000},
            "hanbit": {"unit_fee_minor": 300, "parcel_fee_minor": 900},
            "baram": {},
        }.items()
    ],
    "calendars": [{"calendar_id": "always", "timezone": "Asia/Seoul", **_ALWAYS}],
    "zones": [
        {"zone_id": "icheon", "lat_e6": 37_272_000, "lon_e6": 127_435_000, **_named("경기 이천시")},
        {"zone_id": "gimpo", "lat_e6": 37_615_000, "lon_e6": 126_716_000, **_named("경기 김포시")},
        {"zone_id": "jung", "lat_e6": 37_564_000, "lon_e6": 126_997_000, **_named("서울 중구")},
    ],
    "postcodes": [{"postcode": POSTCODE, "zone_id": "jung"}],
    "nodes": [
        {
            "node_id": f"{zone}-1", "kind": "fulfilment_centre", "operator_id": "hanbit", "zone_id": zone,
            "lat_e6": lat_e6, "lon_e6": lon_e6, "temperatures": ["ambient"], "calendar_id": "always",
            "handling_s": 3600, "parcels_per_hour": PLENTY, **_named(zone),
        }
        for zone, lat_e6, lon_e6 in (("icheon", 37_272_000, 127_435_000), ("gimpo", 37_615_000, 126_716_000))
    ],
    "lanes": [_lane("icheon", "next_day", "21:00", 1), _lane("gimpo", "standard", "18:00", 3)],
    "products": [{"product_id": sku, "category": "식품", **_named(_NAMES[sku])} for sku in _CODES],
    "skus": [
        {
            "sku": sku, "product_id": sku, "weight_g": 400, "length_mm": 200, "width_mm": 100, "height_mm": 100,
            "temperature": "frozen" if sku == "ice" else "ambient", "vat_class": "standard", **_named(_NAMES[sku]),
        }
        for sku in _CODES
    ],
    "offers": [
        {
            "sku": sku, "seller_id": "deulnyeok", "valid_from": "2025-01-01T00:00:00+09:00",
            "currency": "USD" if sku == "lent" else "KRW", "price_minor": 10_000,
        }
        for sku in _CODES
    ],
    "stock": [
        {"node_id": node_id, "sku": sku, "owner_id": "deulnyeok", "on_hand": units}
        for sku, held in SHELVES.items()
        for node_id, units in zip((ICHEON, GIMPO), held, strict=True)
    ],
}  # fmt: skip

CLIENTS: Final = (
    ("onmaru-web", "shop", "onmaru"),
    ("dareun-web", "shop", "dareun"),
    ("deulnyeok-desk", "ally", "deulnyeok"),
    ("icheon-floor", "floor", "hanbit"),
    ("baram-app", "courier", "baram"),
)

Keys = Mapping[str, str]


def found(tower: Tower) -> Keys:
    """Bring the alliance in as its operator would; gives each client's API key, the tower's as 'tower'."""
    keys = {"tower": tower.sangdan("keys", "make", "tower", "--role", "tower").stdout.strip()}
    with caller(tower, keys["tower"]) as door:
        for kind, rows in ROWS.items():
            body = b"\n".join(map(msgspec.json.encode, rows))
            answer = door.post(f"/v1/imports/{kind}", content=body, headers={"content-type": "application/x-ndjson"})
            assert (answer.status_code, answer.json().get("rejected")) == (200, 0), answer.text
        for client_id, role, partner_id in CLIENTS:
            wanted = {"client_id": client_id, "role": role, "partner_id": partner_id}
            keys[client_id] = door.post("/v1/clients", json=wanted).json()["key"]
    return keys


def caller(tower: Tower, key: str) -> httpx.Client:
    """Asks as one client."""
    return httpx.Client(base_url=tower.address, headers={"authorization": f"Bearer {key}"}, timeout=60)


def question(*skus: str, units: int = 1, **more: Any) -> dict[str, Any]:
    """A basket of these, to the one postcode there is, unless told otherwise."""
    return {"lines": [{"sku": sku, "units": units} for sku in skus], "postcode": POSTCODE} | more


def wish() -> dict[str, str]:
    """The header of a new wish."""
    return {"idempotency-key": uuid4().hex}


def promised(door: httpx.Client, *skus: str, units: int = 1) -> dict[str, Any]:
    """The soonest way to receive a basket."""
    answer = door.post("/v1/promises", json=question(*skus, units=units))
    assert answer.status_code == 200, answer.text
    return answer.json()["ways"][0]


def taking(way: Mapping[str, Any], shopper_id: str = "kim") -> dict[str, Any]:
    """The body that takes a way."""
    return {"token": way["token"], "shopper_id": shopper_id}
