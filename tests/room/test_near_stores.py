"""The stores near a shopper that have something: whose shelf counts, which doors are open, what a kit lacks."""

from datetime import UTC, datetime, timedelta

import pytest

from sangdan.flows.near_stores import StoreNear, near_stores
from sangdan.kit.db import Conn, run
from sangdan.offer.catalogue.errors import SkuUnknown
from sangdan.offer.network import commands as network
from sangdan.offer.promise.errors import NotForSale

from .promise_world import AT, BUSAN, SEOUL, build, change

KIT = """
    INSERT INTO catalogue.sku (sku, product_id, name_ko, name_en, weight_g, length_mm, width_mm, height_mm, temperature,
                               vat_class, age_limit, pickup_only)
    VALUES ('set', 'tea', '차 세트', 'Tea set', 800, 200, 200, 200, 'ambient', 'standard', 0, false)
"""


@pytest.fixture(autouse=True)
async def stores(conn: Conn) -> None:
    """The store of the alliance in Seoul, and one in Suwon."""
    await build(conn)
    await change(
        conn,
        """
        INSERT INTO network.node (node_id, kind, operator_id, name_ko, name_en, zone_id, lat_e6, lon_e6, temperatures,
                                  calendar_id, handling_s, parcels_per_hour, pickup)
        VALUES ('suwon', 'store', 'mart', '수원점', 'Suwon', 'seoul', 37266000, 127000000, '{ambient}', 'store', 900,
                20, true)
        """,
    )
    await run(
        conn,
        "INSERT INTO stock.balance (node_id, sku, owner_id, on_hand, reserved, safety)"
        " VALUES ('suwon', 'tea', 'stem', 9, 2, 1)",
    )


async def near(conn: Conn, sku: str = "tea", to: str = SEOUL, at: datetime = AT, most: int = 5) -> list[StoreNear]:
    picture = await network.picture(conn)
    return await near_stores(conn, picture, sku, picture.zone_of(to), at, most=most)


async def test_the_nearest_comes_first_with_what_can_still_be_promised(conn: Conn) -> None:
    from_seoul, from_busan = await near(conn), await near(conn, to=BUSAN)
    assert [(each.door.node.node_id, each.units) for each in from_seoul] == [("store-1", 3), ("suwon", 6)]
    assert from_seoul[0].door.distance_m < 200
    assert 26_000 < from_seoul[1].door.distance_m < 27_000
    assert from_busan == [], "nobody goes 300 km for tea"
    assert [each.door.node.node_id for each in await near(conn, most=1)] == ["store-1"]


async def test_a_centre_is_no_store_to_go_to(conn: Conn) -> None:
    """Icheon has five more of the tea, and nobody may fetch them there; of the cup only Busan's centre has any."""
    assert "icheon" not in {each.door.node.node_id for each in await near(conn)}
    assert await near(conn, "cup") == []


async def test_doors_open_now_and_doors_that_open_later_are_told_apart(conn: Conn) -> None:
    """On Saturday afternoon it is open until ten; on the Sunday that the law closes it, it opens on Monday."""
    closes = datetime(2026, 11, 21, 13, tzinfo=UTC)
    assert (await near(conn, most=1))[0].door.open == (AT, closes)
    on_sunday = (await near(conn, at=AT + timedelta(days=1), most=1))[0]
    assert on_sunday.door.open[0] == datetime(2026, 11, 23, 1, tzinfo=UTC)


async def test_a_store_that_is_out_of_service_is_not_named(conn: Conn) -> None:
    await network.close(conn, "store-1", "power", None, AT)
    assert [each.door.node.node_id for each in await near(conn)] == ["suwon"]


async def test_a_temperature_that_the_store_does_not_keep_any_more_counts_as_nothing(conn: Conn) -> None:
    await change(conn, "UPDATE network.node SET temperatures = '{chilled}' WHERE node_id = 'store-1'")
    assert [each.door.node.node_id for each in await near(conn)] == ["suwon"]


async def test_a_kit_is_there_as_often_as_its_scarcest_part(conn: Conn) -> None:
    await conn.execute(KIT)
    await run(
        conn,
        "INSERT INTO catalogue.kit_part (kit_sku, sku, units) VALUES ('set', 'tea', 1), ('set', 'cup', 2)",
    )
    await run(
        conn,
        "INSERT INTO catalogue.offer (sku, seller_id, valid_from, currency, price_minor)"
        " VALUES ('set', 'leaf', '2026-01-01Z', 'KRW', 15000)",
    )
    assert await near(conn, "set") == []
    await run(
        conn,
        "INSERT INTO stock.balance (node_id, sku, owner_id, on_hand, reserved, safety)"
        " VALUES ('store-1', 'cup', 'leaf', 5, 0, 0)",
    )
    assert [(each.door.node.node_id, each.units) for each in await near(conn, "set")] == [("store-1", 2)]


async def test_what_nobody_sells_is_said(conn: Conn) -> None:
    with pytest.raises(SkuUnknown):
        await near(conn, "nothing")
    await run(conn, "DELETE FROM catalogue.offer WHERE sku = 'wine'")
    with pytest.raises(NotForSale):
        await near(conn, "wine")
