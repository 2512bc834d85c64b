"""How far apart two places are."""

from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from typing import Final

EARTH_M: Final = 6_371_000


@lru_cache(maxsize=65536)
def distance_m(from_lat_e6: int, from_lon_e6: int, to_lat_e6: int, to_lon_e6: int) -> int:
    """As the crow flies, in whole metres.

    source  haversine on a sphere of the earth's mean radius
    """
    from_lat, to_lat = radians(from_lat_e6 / 1e6), radians(to_lat_e6 / 1e6)
    up, across = to_lat - from_lat, radians((to_lon_e6 - from_lon_e6) / 1e6)
    chord = sin(up / 2) ** 2 + cos(from_lat) * cos(to_lat) * sin(across / 2) ** 2
    return round(2 * EARTH_M * asin(sqrt(min(1.0, chord))))
