"""A small alliance, brought in over HTTP: a market, a maker, a house that packs, a carrier and a stranger."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

import httpx
import msgspec

WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
POSTCODE: Final = "04524"
SKU: Final = "tee-m"
UNITS: Final = 20

_PLACE: Final = {"lat_e6": 37566500, "lon_e6": 126978000}
_NAMES: Final = {"name_ko": "이름", "name_en": "Name"}

ROWS: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "partners": [
        {"partner_id": partner_id, "kind": kind, **_NAMES}
        for partner_id, kind in (
            ("market", "marketplace"),
            ("maker", "seller"),
            ("house", "logistics"),
            ("swift", "carrier"),
            ("stranger", "retailer"),
        )
    ],
    "contracts": [
        {
            "partner_id": partner_id,
            "valid_from": "2026-01-01",
            "currency": "KRW",
            "commission_ppm": 100_000,
            "gateway_fee_ppm": 25_000,
            "unit_fee_minor": 300,
            "parcel_fee_minor": 900,
            "settlement_cycle": "weekly",
        }
        for partner_id in ("market", "maker", "house", "swift", "stranger")
    ],
    "calendars": [{"calendar_id": "always", "timezone": "Asia/Seoul", **dict.fromkeys(WEEK, "00:00-24:00")}],
    "zones": [{"zone_id": "seoul", **_NAMES, **_PLACE}],
    "postcodes": [{"postcode": POSTCODE, "zone_id": "seoul"}],
    "nodes": [
        {
            "node_id": node_id,
            "kind": "fulfilment_centre",
            "operator_id": operator_id,
            **_NAMES,
            "zone_id": "seoul",
            **_PLACE,
            "temperatures": ["ambient"],
            "calendar_id": "always",
            "handling_s": 3600,
            "parcels_per_hour": 100,
        }
        for node_id, operator_id in (("house-1", "house"), ("stranger-1", "stranger"))
    ],
    "lanes": [
        {
            "lane_id": "seoul.standard",
            "from_zone": "seoul",
            "to_zone": "seoul",
            "service": "standard",
            "carrier_id": "swift",
            "calendar_id": "always",
            "cut_offs": ["20:00"],
            "departures": ["21:00"],
            "transit_s": [36_000] * 10,
            "temperatures": ["ambient"],
            "currency": "KRW",
            "base_minor": 2500,
            "per_kg_minor": 100,
            "max_weight_g": 20_000,
            "distance_m": 20_000,
            "co2e_mg_per_kg_km": 100,
        }
    ],
    "products": [{"product_id": "tee", "category": "tops", **_NAMES}],
    "skus": [
        {
            "sku": SKU,
            "product_id": "tee",
            **_NAMES,
            "weight_g": 200,
            "length_mm": 300,
            "width_mm": 250,
            "height_mm": 20,
            "temperature": "ambient",
            "vat_class": "standard",
        }
    ],
    "offers": [
        {
            "sku": SKU,
            "seller_id": "maker",
            "valid_from": "2026-01-01T00:00:00+09:00",
            "currency": "KRW",
            "price_minor": 12_900,
        }
    ],
    "stock": [{"node_id": "house-1", "sku": SKU, "owner_id": "maker", "on_hand": UNITS}],
}


class Caller:
    """Asks with one API key, each write with an Idempotency-Key of its own unless told otherwise.

    key  of the client to ask as
    """

    def __init__(self, door: httpx.AsyncClient, key: str) -> None:
        self._door = door
        self._headers = {"authorization": f"Bearer {key}"}

    async def get(self, path: str, **params: str | int) -> httpx.Response:
        """Read."""
        return await self._door.get(path, params=params or None, headers=self._headers)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        """Write."""
        headers = self._headers | {"idempotency-key": key or uuid4().hex}
        return await self._door.post(path, json=body, headers=headers)

    async def put(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        """Write in place of what was there."""
        headers = self._headers | {"idempotency-key": key or uuid4().hex}
        return await self._door.put(path, json=body, headers=headers)

    async def patch(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        """Write a part of what is there."""
        headers = self._headers | {"idempotency-key": key or uuid4().hex}
        return await self._door.patch(path, json=body, headers=headers)

    async def delete(self, path: str, *, key: str | None = None) -> httpx.Response:
        """End something."""
        return await self._door.delete(path, headers=self._headers | {"idempotency-key": key or uuid4().hex})


def lines(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as NDJSON."""
    return b"\n".join(map(msgspec.json.encode, rows))


async def bring(door: httpx.AsyncClient, kind: str, body: bytes, form: str = "application/x-ndjson") -> httpx.Response:
    """Import rows of one kind."""
    return await door.post(f"/v1/imports/{kind}", content=body, headers={"content-type": form})


async def found(door: httpx.AsyncClient) -> None:
    """Bring the whole alliance in, as its tower."""
    for kind, rows in ROWS.items():
        answer = await bring(door, kind, lines(rows))
        told = answer.json()
        assert (answer.status_code, told.get("rejected")) == (200, 0), (kind, told)
