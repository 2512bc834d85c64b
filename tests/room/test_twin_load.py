"""The demo world goes through the import into the database, whole, and a second time changes nothing."""

from datetime import UTC, date, datetime

import polars as pl

from sangdan.flows.import_rows import load
from sangdan.kit import settings
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool
from sangdan.kit.vault import Vault
from sangdan.tower.twin.model import Size, World, make_world

AT = datetime(2026, 11, 22, 15, tzinfo=UTC)


def a_world() -> World:
    """Three districts on the mainland, one of Jeju; stores in some of them."""
    rows = [
        (f"{first + n:05d}", sido, sigungu, f"한마을{n % 3 + 1}동", lat + n / 500, lon)
        for sido, sigungu, first, lat, lon in (
            ("서울특별시", "강남구", 6000, 37.50, 127.04),
            ("경기도", "이천시", 17300, 37.22, 127.45),
            ("경상남도", "김해시", 50800, 35.23, 128.88),
            ("제주특별자치도", "제주시", 63000, 33.50, 126.53),
        )
        for n in range(9)
    ]
    places = pl.DataFrame(rows, schema=["postcode", "sido", "sigungu", "dong", "lat", "lon"], orient="row")
    size = Size(stores=8, products=300, orders_per_day=200, members=60)
    return make_world(11, places, date(2026, 11, 23), size)


async def test_the_demo_world_is_imported_whole_and_only_once(db: Pool) -> None:
    world = a_world()
    vault = await Vault.open(db, settings.load(), SimClock(AT))

    first = {name: await load(db, name, table, AT, vault=vault) for name, table in world.tables.items()}
    again = {name: await load(db, name, table, AT, vault=vault) for name, table in world.tables.items()}

    assert {name: (report.loaded, report.rejected) for name, report in first.items()} == {
        name: (table.height, 0) for name, table in world.tables.items()
    }
    assert {name: report.unchanged for name, report in again.items()} == {
        name: table.height for name, table in world.tables.items()
    }
