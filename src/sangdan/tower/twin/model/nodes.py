"""Where goods are kept: fulfilment centres, the hub abroad and the stores."""

import re
from collections import Counter
from typing import Final

import numpy as np
import polars as pl

from . import allies, calendars
from .geography import great_circle_m, postcodes, province, residents
from .romanise import romanise_place

FREE_ZONE: Final = "incheon-free-trade-zone"
ABROAD: Final = "overseas-los-angeles"
COLD_CHAIN: Final = ["ambient", "chilled", "frozen"]

# Zones without postcodes: nothing leaves them by a domestic lane before it has cleared customs.
OUTSIDE_ZONES: Final = (
    (FREE_ZONE, "인천공항 자유무역지역", "Incheon Airport Free Trade Zone", 37.469, 126.452),
    (ABROAD, "미국 로스앤젤레스", "Los Angeles, United States", 33.942, -118.259),
)

# node_id, kind, Korean name, English name, latitude, longitude, share of the nation's parcels; opened in this order
_CENTRES: Final = (
    ("fc-icheon", "fulfilment_centre", "이천 풀필먼트센터", "Icheon Fulfilment Centre", 37.206, 127.484, 0.45),
    ("fc-deokpyeong", "cold", "덕평 신선센터", "Deokpyeong Fresh Centre", 37.243, 127.385, 0.45),
    ("fc-incheon", "bonded", "인천공항 보세센터", "Incheon Airport Bonded Centre", 37.469, 126.452, 0.05),
    ("fc-gimhae", "fulfilment_centre", "김해 풀필먼트센터", "Gimhae Fulfilment Centre", 35.228, 128.806, 0.20),
    ("fc-daegu", "fulfilment_centre", "대구 풀필먼트센터", "Daegu Fulfilment Centre", 35.697, 128.452, 0.15),
    ("fc-cheongju", "fulfilment_centre", "청주 풀필먼트센터", "Cheongju Fulfilment Centre", 36.628, 127.379, 0.15),
    ("fc-jangseong", "fulfilment_centre", "장성 풀필먼트센터", "Jangseong Fulfilment Centre", 35.302, 126.786, 0.12),
    ("fc-yangsan", "fulfilment_centre", "양산 풀필먼트센터", "Yangsan Fulfilment Centre", 35.336, 129.027, 0.10),
)
MOST_CENTRES: Final = len(_CENTRES)
LARGE_SHARE: Final = 0.3
_PEAK_SHARE: Final = 0.13  # of a day's parcels that a centre's share must be able to pack in one hour


def nodes(
    places: pl.DataFrame, centres: int, stores: int, orders_per_day: int, rng: np.random.Generator
) -> pl.DataFrame:
    """The columns of network.node, sorted by node_id.

    places          as sangdan.adapters.korea.places gives
    centres         3..MOST_CENTRES; the second is cold, the third bonded
    stores          how many; placed where people live, the large ones in towns
    orders_per_day  sizes the centres' capacity
    """
    rows = [*_centres(places, centres, orders_per_day), _hub(), *_stores(places, stores, rng)]
    return pl.DataFrame(rows).sort("node_id")


def _centres(places: pl.DataFrame, centres: int, orders_per_day: int) -> list[dict[str, object]]:
    zones = postcodes(places)["zone_id"]
    lat, lon = places.sort("postcode")["lat"].to_numpy(), places.sort("postcode")["lon"].to_numpy()
    rows: list[dict[str, object]] = []
    for node_id, kind, name_ko, name_en, at_lat, at_lon, share in _CENTRES[:centres]:
        nearest = int(np.argmin(great_circle_m(lat, lon, np.array(at_lat), np.array(at_lon))))
        rows.append(
            {
                "node_id": node_id,
                "kind": kind,
                "operator_id": allies.LOGISTICS,
                "name_ko": name_ko,
                "name_en": name_en,
                "zone_id": FREE_ZONE if kind == "bonded" else zones[nearest],
                "lat_e6": round(at_lat * 1e6),
                "lon_e6": round(at_lon * 1e6),
                "temperatures": COLD_CHAIN if kind == "cold" else ["ambient"],
                "calendar_id": calendars.CENTRE,
                "handling_s": 3600 if kind == "cold" else 5400,
                "parcels_per_hour": max(120, round(orders_per_day * share * _PEAK_SHARE)),
                "pickup": False,
            }
        )
    return rows


def _hub() -> dict[str, object]:
    _, _, _, lat, lon = OUTSIDE_ZONES[1]
    return {
        "node_id": "hub-los-angeles",
        "kind": "overseas_hub",
        "operator_id": allies.OVERSEAS,
        "name_ko": "로스앤젤레스 해외 허브",
        "name_en": "Los Angeles Overseas Hub",
        "zone_id": ABROAD,
        "lat_e6": round(lat * 1e6),
        "lon_e6": round(lon * 1e6),
        "temperatures": ["ambient"],
        "calendar_id": calendars.HUB,
        "handling_s": 86400,
        "parcels_per_hour": 200,
        "pickup": False,
    }


def _stores(places: pl.DataFrame, stores: int, rng: np.random.Generator) -> list[dict[str, object]]:
    """Draw postcodes by residents without replacement (Gumbel's trick); the first ones drawn become large stores."""
    table = places.sort("postcode")
    areas = postcodes(places)
    with np.errstate(divide="ignore"):
        score = np.log(residents(table) * (areas["area"].to_numpy() != "island")) + rng.gumbel(size=table.height)
    drawn = table.with_columns(areas["zone_id"], pl.Series("score", score)).sort("score", descending=True)
    # One store for a neighbourhood and one more for every sixty of its postcodes.
    rank, size = pl.cum_count("postcode"), pl.len()
    quarter = ["sido", "sigungu", "dong"]
    roomy = (rank - 1).over(quarter) <= size.over(quarter) // 60
    spread = pl.concat([drawn.filter(roomy), drawn.filter(~roomy)]).filter(pl.col("score").is_finite()).head(stores)
    town = ~pl.col("dong").str.contains("[면리]$")
    large = round(stores * LARGE_SHARE)
    spread = pl.concat([spread.filter(town).head(large), spread.filter(town).slice(large), spread.filter(~town)])
    names: Counter[str] = Counter()
    rows: list[dict[str, object]] = []
    for number, shop in enumerate(spread.iter_rows(named=True)):
        is_large = number < large
        name_ko, name_en = _store_name(shop["sido"], shop["sigungu"], shop["dong"], is_large, names)
        monday = is_large and province(shop["sido"]) == "대구"
        calendar = calendars.LARGE_STORE_MONDAY if monday else calendars.LARGE_STORE
        rows.append(
            {
                "node_id": f"store-{number + 1:04d}",
                "kind": "store",
                "operator_id": allies.RETAILER,
                "name_ko": name_ko,
                "name_en": name_en,
                "zone_id": shop["zone_id"],
                "lat_e6": round(shop["lat"] * 1e6),
                "lon_e6": round(shop["lon"] * 1e6),
                "temperatures": COLD_CHAIN,
                "calendar_id": calendar if is_large else calendars.SMALL_STORE,
                "handling_s": 900 if is_large else 1500,
                "parcels_per_hour": 60 if is_large else 20,
                "pickup": True,
            }
        )
    return rows


def _store_name(sido: str, sigungu: str, dong: str, large: bool, taken: Counter[str]) -> tuple[str, str]:
    """A branch is called after its town and neighbourhood: 해든나루마트 강남역삼점."""
    town = sigungu.split()[-1] if sigungu else province(sido)
    town = province(sido) if len(town) == 2 and town.endswith("구") else re.sub(r"(?<=..)[시군구]$", "", town)
    quarter = re.sub(r"(?<=..)\d*[읍면동가]$", "", dong)
    place = town if quarter in ("", town) else town + quarter
    brand_ko, brand_en = ("해든나루마트", "Haedeun Naru Mart") if large else ("해든나루데일리", "Haedeun Naru Daily")
    taken[brand_ko + place] += 1
    again = taken[brand_ko + place]
    branch_en = " ".join(dict.fromkeys(romanise_place(part) for part in (town, quarter) if part))
    return (
        f"{brand_ko} {place}{f'{again}호' if again > 1 else ''}점",
        f"{brand_en} {branch_en}{f' {again}' if again > 1 else ''}",
    )


def outside_zones() -> pl.DataFrame:
    """The columns of network.zone for the free trade zone and the place abroad."""
    rows = [(name, ko, en, round(lat * 1e6), round(lon * 1e6)) for name, ko, en, lat, lon in OUTSIDE_ZONES]
    return pl.DataFrame(rows, schema=["zone_id", "name_ko", "name_en", "lat_e6", "lon_e6"], orient="row")
