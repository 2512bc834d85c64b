"""Names, packs and prices of the demo world's goods."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy import array
from numpy.random import default_rng

from sangdan.kit.gs1 import valid_gtin
from sangdan.tower.twin.model import packs
from sangdan.tower.twin.model.goods import goods, share_out
from sangdan.tower.twin.model.grammar import DEPARTMENTS, PACKAGE, departments, english, items, lexicon
from sangdan.tower.twin.model.skus import gtin, tag_price


@pytest.mark.parametrize("name", DEPARTMENTS)
def test_every_row_fills_all_its_slots(name: str) -> None:
    for item in items(name, []):
        assert item.name_ko.count("{}") == item.name_en.count("{}") == len(item.slots), item.name_ko
        assert bool(item.packs) != bool(item.shelf.colours or item.shelf.sizes) or name == "books", item.name_ko
        assert item.price_minor > 0
        assert item.weight_g > 0


def test_the_lexicon_gives_a_word_one_meaning() -> None:
    text = (files(PACKAGE) / "goods" / "lexicon.txt").read_text(encoding="utf-8")
    entries = [entry for line in text.splitlines() if not line.startswith("#") for entry in line.split(";") if entry]
    words = [entry.partition("=")[0] for entry in entries]

    assert all("=" in entry for entry in entries)
    assert sorted(word for word in set(words) if words.count(word) > 1) == []
    assert lexicon()["두부"] == "tofu"


def test_english_takes_the_phrase_then_the_words_then_the_sound() -> None:
    assert english("혼자 공부하는") == "Teach Yourself"
    assert english("무농약 적") == "pesticide-free red"
    assert english("청송") == "Cheongsong"
    assert english("LED") == "LED"


def test_departments_share_all_products_and_all_demand() -> None:
    assert sum(department.share for department in departments().values()) == pytest.approx(100)
    assert sum(department.demand for department in departments().values()) == pytest.approx(100)


def test_a_file_of_goods_is_read_only_when_it_is_known() -> None:
    names = {entry.name for entry in (files(PACKAGE) / "goods").iterdir() if entry.name.endswith(".toml")}

    assert names == {"categories.toml", *(f"{name}.toml" for name in DEPARTMENTS)}
    assert all(tomllib.loads((files(PACKAGE) / "goods" / name).read_text(encoding="utf-8")) for name in names)


@pytest.mark.parametrize(
    ("pack", "amount"),
    [
        ("500g", (500, True)), ("1.05kg", (1050, True)), ("330mL×20", (6600, True)), ("2인분 700g", (700, True)),
        ("10구", (10, False)), ("150매×3", (450, False)), ("1/2통", (0.5, False)), ("L", (1, False)),
        ("28cm", (1, False)), ("150×200cm", (150, False)), ("A4", (1, False)), ("3m", (1, False)), ("퀸", (1, False)),
    ],
)  # fmt: skip
def test_a_pack_tells_how_much_it_holds(pack: str, amount: tuple[float, bool]) -> None:
    assert packs.amount(pack) == pytest.approx(amount)


def test_packs_compare_by_mass_where_one_is_counted() -> None:
    assert packs.ratio("1kg", "250g", 260) == 4
    assert packs.ratio("500g", "10입", 250) == 2
    assert packs.ratio("L", "S", 90) == 1


def test_packs_read_well_in_english() -> None:
    assert packs.in_english("30m×30롤") == "30m×30 rolls"
    assert packs.in_english("1매") == "1 sheet"
    assert packs.in_english("슈퍼싱글") == "super single"


@given(st.integers(0, 10**10 - 1), st.integers(0, 10**10 - 1))
def test_barcodes_are_valid_and_never_meet(one: int, other: int) -> None:
    assert valid_gtin(gtin(one))
    assert (gtin(one) == gtin(other)) == (one == other)


@given(st.floats(100, 5_000_000))
def test_prices_look_like_price_tags_and_stay_near(won: float) -> None:
    tagged = tag_price(won)

    assert tagged % 10 == 0
    assert abs(tagged - won) <= max(420, won * 0.06)


@given(st.lists(st.tuples(st.floats(0.1, 50), st.integers(1, 80)), min_size=1, max_size=12), st.floats(0, 1))
def test_a_total_is_shared_out_and_no_room_overflows(parts: list[tuple[float, int]], full: float) -> None:
    weights, room = array([weight for weight, _ in parts]), array([space for _, space in parts])
    total = int(room.sum() * full)
    given_out = share_out(total, weights, room)

    assert given_out.sum() == total
    assert (given_out <= room).all()


def test_fresh_food_and_books_are_free_of_tax_and_goods_abroad_carry_a_tariff_code() -> None:
    made = goods(600, default_rng(4))
    rows = made.sku.join(made.product.select("product_id", "category"), on="product_id").rows(named=True)

    assert {row["vat_class"] for row in rows if row["category"].startswith(("fresh/", "books/"))} == {"exempt"}
    assert all(row["hs_code"] for row in rows if row["category"].startswith("overseas/"))
    assert all(row["origin"] != "KR" for row in rows if row["category"].startswith("overseas/"))
    assert {row["category"].split("/")[0] for row in rows} == set(DEPARTMENTS)
    assert any(len(row["options"]) == 2 for row in rows if row["category"].startswith("shoes/"))


def test_more_products_than_the_tables_have_names_for_get_new_brands() -> None:
    made = goods(40_000, default_rng(1))

    assert made.product.height == 40_000
    assert not made.product["name_ko"].is_duplicated().any()
    assert not made.sku["name_ko"].is_duplicated().any()
