"""A tiny alliance: two centres, a cold one, two stores, two sellers, a carrier.

It is Monday, ten in the morning in Seoul. Both centres can bring their goods to Seoul by Tuesday night when they are
handed over tonight; the centre in Icheon is the cheaper one.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sangdan.flows.place_order import Buyer, Terms

AT: Final = datetime(2026, 11, 23, 1, tzinfo=UTC)
EVENING: Final = datetime(2026, 11, 23, 7, tzinfo=UTC)  # time enough to pack before the cut-off
NIGHT: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)  # an hour behind it
SEOUL, BUSAN = "06236", "48058"
SECRET: Final = b"a key of the tests, 32 bytes long"
BUYER: Final = Buyer("web", "market", "kim")
TERMS: Final = Terms(release_after_s=300, confirm_days=7)
RELEASED: Final = AT + timedelta(seconds=300)

_NAMES: Final = {"name_ko": "이름", "name_en": "Name"}
_HOURS: Final = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")
_PLACES: Final = {
    "seoul": {"lat_e6": 37_500_000, "lon_e6": 127_036_000},
    "busan": {"lat_e6": 35_160_000, "lon_e6": 129_160_000},
}


def _node(node_id: str, kind: str, operator_id: str, zone_id: str, temperature: str) -> dict[str, Any]:
    return {
        "node_id": node_id, "kind": kind, "operator_id": operator_id, "zone_id": zone_id, **_NAMES,
        **_PLACES[zone_id], "temperatures": temperature, "calendar_id": "always", "handling_s": 3600,
        "parcels_per_hour": 50, "pickup": kind == "store",
    }  # fmt: skip


def _lane(from_zone: str, service: str, hours: Sequence[int], base_minor: int) -> dict[str, Any]:
    return {
        "lane_id": f"{from_zone}.{service}", "from_zone": from_zone, "to_zone": "seoul", "service": service,
        "carrier_id": "swift", "calendar_id": "always", "cut_offs": "18:00", "departures": "20:00",
        "transit_s": "|".join(str(3600 * each) for each in hours), "temperatures": "ambient|frozen",
        "currency": "KRW", "base_minor": base_minor, "per_kg_minor": 100, "max_weight_g": 20_000,
        "distance_m": 60_000, "co2e_mg_per_kg_km": 100,
    }  # fmt: skip


def _sku(sku: str, temperature: str) -> dict[str, Any]:
    return {
        "sku": sku, "product_id": "things", **_NAMES, "weight_g": 500, "length_mm": 100, "width_mm": 100,
        "height_mm": 100, "temperature": temperature, "vat_class": "standard",
    }  # fmt: skip


_OVERNIGHT: Final = (8, 8, 9, 9, 10, 11, 12, 13, 16, 24)
_ACROSS: Final = (12, 12, 13, 13, 14, 15, 16, 17, 20, 30)
_SLOWLY: Final = (30, 32, 33, 34, 36, 40, 44, 48, 60, 90)

ROWS: Final[Mapping[str, Sequence[Mapping[str, Any]]]] = {
    "partners": [
        {"partner_id": partner_id, "kind": kind, **_NAMES}
        for partner_id, kind in (
            ("market", "marketplace"), ("leaf", "seller"), ("stem", "seller"), ("logis", "logistics"),
            ("mart", "retailer"), ("swift", "carrier"),
        )
    ],
    "contracts": [
        {
            "partner_id": partner_id, "valid_from": "2026-01-01", "currency": "KRW", "commission_ppm": commission_ppm,
            "gateway_fee_ppm": 25_000, "unit_fee_minor": 300, "parcel_fee_minor": 900, "settlement_cycle": "weekly",
        }
        for partner_id, commission_ppm in (
            ("market", 0), ("leaf", 110_000), ("stem", 90_000), ("logis", 0), ("mart", 50_000), ("swift", 0),
        )
    ],
    "calendars": [{"calendar_id": "always", "timezone": "Asia/Seoul", **_HOURS}],
    "zones": [{"zone_id": zone_id, **_NAMES, **place} for zone_id, place in _PLACES.items()],
    "postcodes": [{"postcode": SEOUL, "zone_id": "seoul"}, {"postcode": BUSAN, "zone_id": "busan"}],
    "nodes": [
        _node("icheon", "fulfilment_centre", "logis", "seoul", "ambient"),
        _node("gimhae", "fulfilment_centre", "logis", "busan", "ambient"),
        _node("freeze", "cold", "logis", "seoul", "frozen"),
        _node("gangnam", "store", "mart", "seoul", "ambient"),
        _node("haeundae", "store", "mart", "busan", "ambient"),
    ],
    "lanes": [
        _lane("seoul", "next_day", _OVERNIGHT, 2500),
        _lane("busan", "next_day", _ACROSS, 3500),
        _lane("seoul", "standard", _SLOWLY, 1800),
        _lane("busan", "standard", _SLOWLY, 2200),
    ],
    "products": [{"product_id": "things", "category": "things", **_NAMES}],
    "skus": [_sku("tea", "ambient"), _sku("cup", "ambient"), _sku("jam", "ambient"), _sku("ice", "frozen")],
    "offers": [
        {"sku": sku, "seller_id": seller_id, "valid_from": "2026-01-01T00:00:00+09:00", "currency": "KRW",
         "price_minor": price_minor}
        for sku, seller_id, price_minor in (
            ("tea", "leaf", 9000), ("cup", "stem", 4000), ("jam", "mart", 5000), ("ice", "stem", 3000),
        )
    ],
    "stock": [
        {"node_id": node_id, "sku": sku, "owner_id": owner_id, "on_hand": on_hand}
        for node_id, sku, owner_id, on_hand in (
            ("icheon", "tea", "leaf", 10), ("icheon", "cup", "stem", 10), ("gimhae", "tea", "leaf", 6),
            ("gimhae", "cup", "stem", 2), ("haeundae", "tea", "leaf", 3), ("freeze", "ice", "stem", 5),
            ("gangnam", "jam", "mart", 4), ("haeundae", "jam", "mart", 4),
        )
    ],
}  # fmt: skip
