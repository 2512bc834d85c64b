"""Where things are in Brazil: states as zones, zip prefixes as points, and how far it is between them."""

import math
from collections.abc import Mapping
from typing import Final

import polars as pl

from .files import numbers

# Code: name in Korean, name in English (its own).
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "AC": ("아크리주", "Acre"),
    "AL": ("알라고아스주", "Alagoas"),
    "AM": ("아마조나스주", "Amazonas"),
    "AP": ("아마파주", "Amapá"),
    "BA": ("바이아주", "Bahia"),
    "CE": ("세아라주", "Ceará"),
    "DF": ("연방구", "Distrito Federal"),
    "ES": ("이스피리투산투주", "Espírito Santo"),
    "GO": ("고이아스주", "Goiás"),
    "MA": ("마라냥주", "Maranhão"),
    "MG": ("미나스제라이스주", "Minas Gerais"),
    "MS": ("마투그로수두술주", "Mato Grosso do Sul"),
    "MT": ("마투그로수주", "Mato Grosso"),
    "PA": ("파라주", "Pará"),
    "PB": ("파라이바주", "Paraíba"),
    "PE": ("페르남부쿠주", "Pernambuco"),
    "PI": ("피아우이주", "Piauí"),
    "PR": ("파라나주", "Paraná"),
    "RJ": ("리우데자네이루주", "Rio de Janeiro"),
    "RN": ("히우그란지두노르치주", "Rio Grande do Norte"),
    "RO": ("혼도니아주", "Rondônia"),
    "RR": ("호라이마주", "Roraima"),
    "RS": ("히우그란지두술주", "Rio Grande do Sul"),
    "SC": ("산타카타리나주", "Santa Catarina"),
    "SE": ("세르지피주", "Sergipe"),
    "SP": ("상파울루주", "São Paulo"),
    "TO": ("토칸칭스주", "Tocantins"),
}
SOUTH, NORTH, WEST, EAST = -34.0, 6.0, -74.5, -32.0
MIDDLE: Final = (-15.8, -47.9)  # where nothing is known: Brasília
EARTH_M: Final = 6_371_000

Point = tuple[float, float]


class Map:
    """Points by zip prefix and by state, in degrees."""

    def __init__(self, places: pl.DataFrame) -> None:
        """places: rows of the file of places; points outside Brazil are left out."""
        columns = {"geolocation_lat": pl.Float64(), "geolocation_lng": pl.Float64()}
        rows = numbers(places, columns, "the file of places").filter(
            pl.col("geolocation_lat").is_between(SOUTH, NORTH) & pl.col("geolocation_lng").is_between(WEST, EAST)
        )
        of_zip = _middles(rows.with_columns(key=pl.col("geolocation_zip_code_prefix").str.zfill(5)))
        self._states = _middles(rows.with_columns(key=pl.col("geolocation_state")))
        self._zips = of_zip

    def of_state(self, state: str) -> Point:
        """The middle of a state's zip prefixes."""
        return self._states.get(state, MIDDLE)

    def of_zip(self, postcode: str, state: str) -> Point:
        """Where a zip prefix lies; its state's middle when the file does not say."""
        return self._zips.get(postcode) or self.of_state(state)


def _middles(rows: pl.DataFrame) -> dict[str, Point]:
    means = rows.sort("key", "geolocation_lat", "geolocation_lng").group_by("key", maintain_order=True).agg(
        pl.col("geolocation_lat", "geolocation_lng").mean().round(6)
    )  # fmt: skip
    return {key: (lat, lon) for key, lat, lon in means.iter_rows() if key is not None}


def metres(one: Point, other: Point) -> int:
    """Along the great circle.

    source  haversine formula on a sphere
    """
    (lat, lon), (to_lat, to_lon) = ((math.radians(d) for d in point) for point in (one, other))
    half = math.sin((to_lat - lat) / 2) ** 2 + math.cos(lat) * math.cos(to_lat) * math.sin((to_lon - lon) / 2) ** 2
    return round(2 * EARTH_M * math.asin(math.sqrt(half)))


def e6(degrees: float) -> int:
    """Millionths of a degree."""
    return round(degrees * 1_000_000)
