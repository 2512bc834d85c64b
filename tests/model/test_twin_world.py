"""A small world has all that a large one has: the tables' rules, who can be reached, and the same bytes again."""

from datetime import date
from functools import cache

import polars as pl
import pytest

from sangdan.flows.import_rows.check import check, numbered
from sangdan.flows.import_rows.kinds import KINDS
from sangdan.kit.gs1 import valid_gtin
from sangdan.tower.twin.model.world import TABLES, Size, World, make_world

SMALL = Size(centres=5, stores=30, products=1200, orders_per_day=3000, members=400)
START = date(2026, 11, 23)

# Districts of every province with their first postcode; islands and Jeju are among them.
DISTRICTS = (
    ("서울특별시", "강남구", 6000, 37.50, 127.04), ("서울특별시", "종로구", 3000, 37.59, 126.98),
    ("서울특별시", "마포구", 3900, 37.56, 126.90), ("경기도", "이천시", 17300, 37.22, 127.45),
    ("경기도", "수원시 영통구", 16500, 37.26, 127.06), ("경기도", "연천군", 11000, 38.10, 127.07),
    ("인천광역시", "중구", 22380, 37.48, 126.52), ("인천광역시", "옹진군", 23110, 37.50, 124.70),
    ("강원도", "춘천시", 24200, 37.88, 127.73), ("충청북도", "청주시 흥덕구", 28400, 36.64, 127.42),
    ("충청남도", "천안시 서북구", 31000, 36.85, 127.14), ("세종특별자치시", "", 30100, 36.50, 127.26),
    ("대전광역시", "유성구", 34000, 36.38, 127.34), ("전라북도", "전주시 완산구", 54900, 35.81, 127.12),
    ("전라남도", "신안군", 58800, 34.80, 126.30), ("광주광역시", "북구", 61000, 35.19, 126.91),
    ("경상북도", "울릉군", 40200, 37.50, 130.86), ("대구광역시", "달성군", 42900, 35.69, 128.45),
    ("경상남도", "김해시", 50800, 35.23, 128.88), ("부산광역시", "해운대구", 48000, 35.17, 129.16),
    ("울산광역시", "남구", 44600, 35.53, 129.32), ("제주특별자치도", "제주시", 63000, 33.50, 126.53),
)  # fmt: skip


def some_places() -> pl.DataFrame:
    """Twelve postcodes in each district, in four neighbourhoods, around its middle."""
    rows = [
        (f"{first + n:05d}", sido, sigungu, f"한마을{n % 4 + 1}동", lat + n / 500, lon - n / 700)
        for sido, sigungu, first, lat, lon in DISTRICTS
        for n in range(12)
    ]
    return pl.DataFrame(rows, schema=["postcode", "sido", "sigungu", "dong", "lat", "lon"], orient="row")


@cache
def a_world() -> World:
    """The small world of seed 1."""
    return make_world(1, some_places(), START, SMALL)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    first, again = a_world(), make_world(1, some_places(), START, SMALL)
    other = make_world(2, some_places(), START, SMALL)

    for name in TABLES:
        assert first.tables[name].write_ipc(None).getvalue() == again.tables[name].write_ipc(None).getvalue(), name
    assert first.demand.equals(again.demand)
    assert not first.tables["skus"].equals(other.tables["skus"])
    assert not first.tables["stock"].equals(other.tables["stock"])


@pytest.mark.parametrize("name", TABLES)
def test_the_import_takes_every_row(name: str) -> None:
    table = a_world().tables[name]

    assert table.height > 0
    assert check(KINDS[name], numbered(table)).reasons == {}


def test_the_tables_come_in_the_order_of_the_import() -> None:
    assert list(TABLES) == [kind for kind in KINDS if kind in TABLES]


@pytest.mark.parametrize(
    ("table", "column", "other", "key"),
    [
        ("contracts", "partner_id", "partners", "partner_id"),
        ("calendar-days", "calendar_id", "calendars", "calendar_id"),
        ("postcodes", "zone_id", "zones", "zone_id"),
        ("nodes", "operator_id", "partners", "partner_id"),
        ("nodes", "zone_id", "zones", "zone_id"),
        ("nodes", "calendar_id", "calendars", "calendar_id"),
        ("lanes", "from_zone", "zones", "zone_id"),
        ("lanes", "to_zone", "zones", "zone_id"),
        ("lanes", "carrier_id", "partners", "partner_id"),
        ("lanes", "calendar_id", "calendars", "calendar_id"),
        ("surcharges", "carrier_id", "partners", "partner_id"),
        ("skus", "product_id", "products", "product_id"),
        ("offers", "sku", "skus", "sku"),
        ("offers", "seller_id", "partners", "partner_id"),
        ("stock", "sku", "skus", "sku"),
        ("stock", "node_id", "nodes", "node_id"),
        ("stock", "owner_id", "partners", "partner_id"),
        ("inbound", "sku", "skus", "sku"),
        ("inbound", "node_id", "nodes", "node_id"),
        ("members", "postcode", "postcodes", "postcode"),
    ],
)
def test_what_a_row_names_exists(table: str, column: str, other: str, key: str) -> None:
    tables = a_world().tables

    assert set(tables[table][column]) <= set(tables[other][key])


def test_keys_names_and_barcodes_are_unique_and_barcodes_checked() -> None:
    tables = a_world().tables

    for table, columns in (
        ("products", ["name_ko"]),
        ("skus", ["gtin"]),
        ("skus", ["name_ko"]),
        ("lanes", ["from_zone", "to_zone", "service", "carrier_id"]),
        ("nodes", ["name_ko"]),
    ):
        assert not tables[table].select(columns).is_duplicated().any(), (table, columns)
    assert all(valid_gtin(gtin) and gtin.startswith("25") for gtin in tables["skus"]["gtin"])


def test_every_postcode_can_be_reached_with_ambient_goods() -> None:
    tables = a_world().tables
    ambient = tables["lanes"].filter(pl.col("temperatures").list.contains("ambient"))
    reached = tables["postcodes"].join(
        ambient.select("to_zone").unique(), left_on="zone_id", right_on="to_zone", how="semi"
    )

    assert reached.height == tables["postcodes"].height == 12 * len(DISTRICTS)


def test_nothing_leaves_the_free_trade_zone_or_the_place_abroad() -> None:
    tables = a_world().tables
    uncleared = tables["nodes"].filter(pl.col("kind").is_in(["bonded", "overseas_hub"]))

    assert uncleared.height == 2
    assert tables["lanes"].join(uncleared, left_on="from_zone", right_on="zone_id", how="semi").height == 0
    assert tables["postcodes"].join(uncleared, on="zone_id", how="semi").height == 0


def test_a_seller_has_a_price_for_what_it_keeps_on_a_shelf() -> None:
    tables = a_world().tables
    keys = ["sku", "seller_id"]
    unpriced = tables["stock"].join(tables["offers"], left_on=["sku", "owner_id"], right_on=keys, how="anti")

    assert unpriced.height == 0


def test_goods_lie_only_where_they_keep_cold_and_drinks_only_in_stores() -> None:
    tables = a_world().tables
    kept = tables["stock"].join(tables["nodes"], on="node_id").join(tables["skus"], on="sku")

    assert kept.filter(~pl.col("temperatures").list.contains(pl.col("temperature"))).height == 0
    assert kept.filter(pl.col("age_limit") > 0).height > 0
    assert set(kept.filter(pl.col("age_limit") > 0)["kind"]) == {"store"}
    assert tables["skus"].filter((pl.col("age_limit") == 19) != pl.col("pickup_only")).height == 0
    assert kept.filter((pl.col("kind") == "cold") & (pl.col("temperature") == "frozen")).height > 0


def test_a_size_is_kept_to() -> None:
    world = make_world(3, some_places(), START, Size(centres=3, stores=0, products=150, orders_per_day=10, members=5))

    assert world.tables["products"].height == 150
    assert sorted(world.tables["nodes"]["kind"]) == ["bonded", "cold", "fulfilment_centre", "overseas_hub"]
    assert world.tables["members"].height == 5
    assert a_world().tables["nodes"].filter(pl.col("kind") == "store").height == SMALL.stores
    assert a_world().demand["share"].sum() == pytest.approx(1)
