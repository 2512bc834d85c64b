"""Olist's files become wishes, an alliance and a reality; every row is counted, nothing of later is seen earlier."""

import gzip
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.adapters import olist
from sangdan.adapters.olist.tariffs import tariffs
from sangdan.flows.import_rows import kind_of
from sangdan.flows.import_rows.check import check, numbered

from ..olist_files import ORDERS, write


def read(folder: Path, limit: int | None = None) -> olist.Orders:
    return olist.orders_of(olist.read(folder), limit)


def alliance(folder: Path, share: float = 1.0) -> olist.Alliance:
    files = olist.read(folder)
    return olist.alliance_of(files, olist.orders_of(files), share)


def test_every_row_is_used_or_left_out_for_a_reason(tmp_path: Path) -> None:
    orders = read(write(tmp_path))
    assert orders.rows_in == len(ORDERS) == len(orders.wishes) + sum(orders.left_out.values())
    assert orders.left_out == {"no_items": 1, "unknown_goods": 1}
    assert [wish.number for wish in orders.wishes] == list(range(10))


def test_a_wish_holds_what_was_known_at_purchase(tmp_path: Path) -> None:
    first, second, *_ = read(write(tmp_path)).wishes
    assert (first.order_id, first.postcode, first.state) == ("o01", "04001", "SP")
    assert (first.bought_at, first.bought_on, first.second) == (
        datetime(2017, 10, 2, 13, tzinfo=UTC),
        date(2017, 10, 2),
        36_000,
    )
    assert first.lines == (olist.WishLine("cup", "ann", 2),)
    assert (first.goods_minor, first.estimated_on) == (2000, date(2017, 10, 25))
    assert [line.seller_id for line in second.lines] == ["ann", "bob"]
    assert first.shopper_id == second.shopper_id


def test_the_hour_that_the_clocks_skipped_is_told_as_the_next(tmp_path: Path) -> None:
    """On 2017-10-15 Brazil's clocks went from 00:00 to 01:00."""
    wish = next(wish for wish in read(write(tmp_path)).wishes if wish.order_id == "o11")
    assert wish.bought_at == datetime(2017, 10, 15, 3, 30, tzinfo=UTC)


def test_orders_come_in_order_of_purchase_and_a_limit_takes_the_first(tmp_path: Path) -> None:
    usual = read(write(tmp_path))
    assert [w.bought_at for w in usual.wishes] == sorted(w.bought_at for w in usual.wishes)
    few = read(tmp_path, 7)
    assert few.rows_in == 7
    assert few.wishes == usual.wishes[:6]


def test_the_same_orders_in_another_order_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write(tmp_path / "a")
    items = (tmp_path / "a" / "olist_order_items_dataset.csv").read_text().splitlines()[1:]
    write(tmp_path / "b", olist_order_items_dataset=items[::-1])
    one, other = alliance(tmp_path / "a"), alliance(tmp_path / "b")
    assert all(one.tables[name].equals(other.tables[name]) for name in one.tables)


def test_files_may_be_compressed(tmp_path: Path) -> None:
    usual = read(write(tmp_path))
    plain = tmp_path / "olist_orders_dataset.csv"
    (tmp_path / "olist_orders_dataset.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert read(tmp_path).wishes == usual.wishes


def test_the_import_takes_every_table(tmp_path: Path) -> None:
    for name, frame in alliance(write(tmp_path)).tables.items():
        checked = check(kind_of(name), numbered(frame))
        assert checked.rejects.height == 0, (name, checked.reasons)
        assert checked.good.height == frame.height > 0


def test_nothing_of_the_alliance_or_a_wish_comes_from_what_happened_later(tmp_path: Path) -> None:
    """Take every hand-over and delivery out of the file: only what reality knows may change."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write(tmp_path / "a")
    without = [f"{o.order},c{o.order},{o.state},{o.bought}:00,,,,{o.estimated} 00:00:00" for o in ORDERS]
    write(tmp_path / "b", olist_orders_dataset=without)
    one, other = alliance(tmp_path / "a"), alliance(tmp_path / "b")
    assert all(one.tables[name].equals(other.tables[name]) for name in one.tables)
    assert read(tmp_path / "a").wishes == read(tmp_path / "b").wishes
    assert read(tmp_path / "a").happened != read(tmp_path / "b").happened


def test_a_price_holds_from_the_order_that_first_paid_it(tmp_path: Path) -> None:
    offers = alliance(write(tmp_path)).tables["offers"].filter(pl.col("sku") == "cup")
    changed_at = datetime(2017, 10, 3, 14, 30, tzinfo=UTC)
    assert offers["price_minor"].to_list() == [1000, 1250]
    assert offers["valid_from"].to_list() == [datetime(2017, 9, 30, tzinfo=UTC), changed_at]
    assert offers["valid_to"].to_list() == [changed_at, None]


@pytest.mark.parametrize(("share", "units"), [(1.0, [5, 3, 4]), (0.7, [3, 2, 2]), (0.2, [1, 0, 0])])
def test_a_shelf_holds_a_part_of_what_the_orders_ask_of_it(tmp_path: Path, share: float, units: list[int]) -> None:
    stock = alliance(write(tmp_path), share).tables["stock"].sort("sku")
    shelves = [("ann", "cup", "ann"), ("cid", "pen", "cid"), ("bob", "rug", "bob")]
    assert stock.select("node_id", "sku", "owner_id").rows() == shelves
    assert sorted(stock["on_hand"].to_list()) == sorted(units)


def test_what_the_file_does_not_say_of_a_product_is_assumed(tmp_path: Path) -> None:
    skus = {row["sku"]: row for row in alliance(write(tmp_path)).tables["skus"].to_dicts()}
    assert sorted(skus) == ["cup", "pen", "rug"]
    assert (skus["pen"]["weight_g"], skus["pen"]["length_mm"]) == (1000, 200)
    assert [skus["rug"][side] for side in ("length_mm", "width_mm", "height_mm")] == [900, 200, 100]
    products = {row["product_id"]: row["category"] for row in alliance(tmp_path).tables["products"].to_dicts()}
    assert products == {"cup": "cool_things", "rug": "unclassified", "pen": "canetas"}


def test_a_place_outside_brazil_moves_nothing(tmp_path: Path) -> None:
    zones = {row["zone_id"]: row for row in alliance(write(tmp_path)).tables["zones"].to_dicts()}
    assert len(zones) == 27
    assert zones["SP"]["lat_e6"] == round((-23.55 - 23.54 - 23.60) / 3 * 1e6)


@given(st.integers(0, 5_000_000))
def test_configured_transit_never_falls_and_grows_with_distance(distance_m: int) -> None:
    here, farther = olist.configured_s(distance_m), olist.configured_s(distance_m + 100_000)
    assert len(here) == 10
    assert here == sorted(here)
    assert all(near < far for near, far in zip(here, farther, strict=True))


def test_a_tariff_that_was_charged_is_found_again() -> None:
    """20 centavos a kilogram on 500 and 900 for the parcel; a pair without parcels lies on the line over distance."""
    pairs = [("A", "A"), ("A", "B"), ("A", "C")]
    paid = [("A", to, kg * 1000, base + 20 * kg) for to, base in (("A", 500), ("B", 900)) for kg in range(1, 50)]
    found = tariffs(pairs, [100_000, 500_000, 300_000], paid)
    assert found.per_kg_minor == 20
    assert found.base_minor == (500, 900, 700)


@pytest.mark.parametrize(
    ("table", "rows", "told"),
    [
        ("olist_orders_dataset", ["o1,co1,delivered,yesterday,,,,2017-10-25 00:00:00"], "order_purchase_timestamp"),
        ("olist_orders_dataset", ["o1,co1,lost,2017-10-02 10:00:00,,,,2017-10-25 00:00:00"], "'lost'"),
        ("olist_order_items_dataset", ["o01,1,cup,ann,,ten,1"], "price"),
        ("olist_products_dataset", ["cup,cool_stuff,1,1,1,heavy,16,10,14"], "product_weight_g"),
        ("olist_order_items_dataset", ["o99,1,cup,ann,,1.00,1"], "None of 12 orders"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(tmp_path: Path, table: str, rows: list[str], told: str) -> None:
    write(tmp_path, **{table: rows})
    with pytest.raises(olist.BadOlist, match=told):
        alliance(tmp_path)


def test_a_missing_file_a_wrong_header_and_no_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(olist.BadOlist, match="is not a folder"):
        olist.read(tmp_path / "nowhere")
    write(tmp_path)
    (tmp_path / "olist_sellers_dataset.csv").write_text("seller,zip\nann,1\n")
    with pytest.raises(olist.BadOlist, match="lacks the columns seller_id, seller_zip_code_prefix"):
        olist.read(tmp_path)
    (tmp_path / "olist_sellers_dataset.csv").unlink()
    with pytest.raises(olist.BadOlist, match=r"lacks olist_sellers_dataset\.csv"):
        olist.read(tmp_path)


@pytest.mark.realdata
def test_the_real_files(realdata: Path) -> None:
    """16,994 orders, 85 of them without items; units on the shelves are the items of the file."""
    orders = read(realdata / "olist")
    assert (orders.rows_in, orders.left_out) == (16_994, {"no_items": 85})
    assert sum(line.units for wish in orders.wishes for line in wish.lines) == orders.items.height == 19_465
    for name, frame in alliance(realdata / "olist").tables.items():
        assert check(kind_of(name), numbered(frame)).rejects.height == 0, name
    assert all(w.estimated_on - w.bought_on >= timedelta(days=1) for w in orders.wishes)
