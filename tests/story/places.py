"""Postcodes for small days: a file as an operator would bring it."""

import csv
from pathlib import Path
from typing import Final

# Districts with their first postcode: the mainland from end to end, Jeju and an island.
DISTRICTS: Final = (
    ("서울특별시", "강남구", 6000, 37.50, 127.04), ("서울특별시", "마포구", 3900, 37.56, 126.90),
    ("경기도", "이천시", 17300, 37.22, 127.45), ("경기도", "수원시 영통구", 16500, 37.26, 127.06),
    ("대전광역시", "유성구", 34000, 36.38, 127.34), ("광주광역시", "북구", 61000, 35.19, 126.91),
    ("경상남도", "김해시", 50800, 35.23, 128.88), ("부산광역시", "해운대구", 48000, 35.17, 129.16),
    ("제주특별자치도", "제주시", 63000, 33.50, 126.53), ("경상북도", "울릉군", 40200, 37.50, 130.86),
)  # fmt: skip


def write_places(file: Path) -> Path:
    """A file of postcodes: nine in each district."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(["postcode", "sido", "sigungu", "dong", "lat", "lon"])
        for sido, sigungu, first, lat, lon in DISTRICTS:
            for n in range(9):
                rows.writerow([f"{first + n:05d}", sido, sigungu, f"한마을{n % 3 + 1}동", lat + n / 500, lon])
    return file
