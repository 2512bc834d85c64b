"""Zones and postcodes: where people live, and who pays more to be reached."""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl

from .romanise import romanise, romanise_place

Floats: TypeAlias = npt.NDArray[np.float64]

EARTH_M: Final = 6_371_000
ROAD: Final = 1.3  # a road is longer than the great circle by about this factor

JEJU: Final = (63000, 63644)
# Islands for which carriers ask a surcharge, as the shop systems' shared lists of 2021 to 2026 have them. The rows
# that come of it are data of the alliance: import its carriers' own table in their place.
ISLANDS: Final = (
    (22386, 22388), (23004, 23010), (23100, 23116), (23124, 23136), (31708, 31708), (32133, 32133), (33411, 33411),
    (40200, 40240), (46768, 46771), (52570, 52571), (53031, 53033), (53089, 53104), (56347, 56349), (57068, 57069),
    (58760, 58762), (58800, 58810), (58816, 58818), (58826, 58826), (58832, 58832), (58839, 58841), (58843, 58866),
    (58953, 58958), (59102, 59103), (59106, 59106), (59127, 59127), (59129, 59129), (59137, 59166), (59650, 59650),
    (59766, 59766), (59781, 59790),
)  # fmt: skip

# Residents in thousands (resident registration, 2024, rounded): what a province weighs in demand.
RESIDENTS: Final = {
    "서울": 9330, "부산": 3270, "대구": 2360, "인천": 3020, "광주": 1410, "대전": 1440, "울산": 1100,
    "세종": 390, "경기": 13690, "강원": 1520, "충북": 1590, "충남": 2130, "전북": 1740, "전남": 1790,
    "경북": 2530, "경남": 3230, "제주": 670,
}  # fmt: skip
_TWO_PART: Final = {
    "충청북도": "충북", "충청남도": "충남", "전라북도": "전북", "전라남도": "전남", "경상북도": "경북",
    "경상남도": "경남",
}  # fmt: skip

METROPOLITAN: Final = {
    "capital": ("서울", "인천", "경기"),
    "southeast": ("부산", "울산", "경남"),
    "daegu": ("대구", "경북"),
}


def province(sido: str) -> str:
    """The two syllables that everybody uses: 서울 for 서울특별시, 충북 for 충청북도."""
    return _TWO_PART.get(sido, sido[:2])


def zone_id(sido: str, sigungu: str) -> str:
    """A district's code, readable and stable: `gyeonggi-suwon-si-yeongtong-gu`."""
    district = romanise_place(sigungu).lower().replace(" ", "-")
    return f"{romanise(province(sido))}-{district}".strip("-")


def zones(places: pl.DataFrame) -> pl.DataFrame:
    """One zone for each city, county or district, in its middle.

    places  as sangdan.adapters.korea.places gives
    gives   the columns of network.zone
    """
    middle = (
        places.group_by("sido", "sigungu", maintain_order=True).agg(pl.col("lat", "lon").mean()).sort("sido", "sigungu")
    )
    rows = [
        {
            "zone_id": zone_id(sido, sigungu),
            "name_ko": f"{sido} {sigungu}".strip(),
            "name_en": f"{romanise_place(sigungu)}, {romanise(province(sido)).capitalize()}".removeprefix(", "),
            "lat_e6": round(lat * 1e6),
            "lon_e6": round(lon * 1e6),
        }
        for sido, sigungu, lat, lon in middle.iter_rows()
    ]
    return pl.DataFrame(rows).sort("zone_id")


def postcodes(places: pl.DataFrame) -> pl.DataFrame:
    """The columns of network.postcode: the zone of every postcode and whether it is on the mainland."""
    ids = {key: zone_id(*key) for key in places.select("sido", "sigungu").unique().iter_rows()}
    number = places["postcode"].cast(pl.Int32)
    island = pl.Series(np.zeros(places.height, dtype=bool))
    for first, last in ISLANDS:
        island |= number.is_between(first, last)
    area = pl.when(number.is_between(*JEJU)).then(pl.lit("jeju")).when(island).then(pl.lit("island"))
    return places.select(
        "postcode",
        pl.Series("zone_id", [ids[key] for key in places.select("sido", "sigungu").iter_rows()]),
        area.otherwise(pl.lit("mainland")).alias("area"),
    ).sort("postcode")


def residents(places: pl.DataFrame) -> Floats:
    """The share of the nation behind each postcode: its province's residents, spread evenly over its postcodes."""
    provinces = places["sido"].map_elements(province, return_dtype=pl.String)
    count = dict(provinces.value_counts().iter_rows())
    weight = np.array([RESIDENTS.get(name, 1000) / count[name] for name in provinces])
    return weight / weight.sum()


def metropolis(sido: str) -> str | None:
    """The metropolitan area that a province belongs to, if any."""
    return next((name for name, members in METROPOLITAN.items() if province(sido) in members), None)


def great_circle_m(lat: Floats, lon: Floats, other_lat: Floats, other_lon: Floats) -> Floats:
    """Metres over the ground between points in degrees (haversine); the arguments broadcast."""
    a, b = np.radians(lat), np.radians(other_lat)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_M * np.arcsin(np.sqrt(half))
