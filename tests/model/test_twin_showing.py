"""Whatever the demo world sells has a picture that is built, a category with a name, and a law-abiding page."""

from importlib.resources import files

import pytest

from sangdan.tower.twin.model.opinions import SPOKEN_OF, opinion
from sangdan.tower.twin.model.showing import content, filed, picture

from .test_twin_world import a_world

FALLBACK = "package"


def listed() -> list[str]:
    return (files("sangdan.doors.web.assets") / "goods.txt").read_text().split()


def test_every_picture_that_is_shown_is_built_and_no_other() -> None:
    named = {each.picture for each in filed().values()}
    named |= {shown for each in filed().values() for _, shown in each.words}
    assert sorted(named | {FALLBACK}) == listed()


def test_every_product_has_a_picture_and_a_named_category() -> None:
    products = a_world().tables["products"]
    assert set(products["picture"].to_list()) <= set(listed())
    assert set(products["category"].to_list()) <= filed().keys()
    assert {path.partition("/")[0] for path in filed()} <= filed().keys()


@pytest.mark.parametrize(
    ("category", "name", "shown"),
    [
        ("fresh/fruit", " 나주 신고배", "pear"),
        ("fresh/fruit", " 제주 한라봉", "tangerine"),
        ("drinks/alcohol", " 드라이 진", "cocktail-glass"),
        ("household/kitchen", " 다마스커스 식도", "kitchen-knife"),
        ("books/novels", " 오래된 정원", "closed-book"),
        ("fashion/tops", " 남성 코튼 반팔 티셔츠", "t-shirt"),
    ],
)
def test_goods_look_like_what_they_are(category: str, name: str, shown: str) -> None:
    assert picture(category, name) == shown


@pytest.mark.parametrize(
    ("pack", "told"),
    [
        ("330mL×20", (6600, "ml", 100)), ("1.5kg", (1500, "g", 100)), ("2인분 700g", (700, "g", 100)),
        ("150매×6", (900, "sheet", 10)), ("30구", (30, "each", 10)), ("1개", None), ("L", None),
    ],
)  # fmt: skip
def test_what_is_in_a_pack_is_told_as_the_law_wants_it(pack: str, told: tuple[int, str, int] | None) -> None:
    assert content(pack) == told


def test_notices_say_the_same_in_both_languages() -> None:
    for row in a_world().tables["product-texts"].iter_rows(named=True):
        assert len(row["notice_ko"]) == len(row["notice_en"])
        assert all(": " in each for each in (*row["notice_ko"], *row["notice_en"]))


def test_sellers_tell_who_they_are() -> None:
    tables = a_world().tables
    told = set(tables["disclosures"]["partner_id"].to_list())
    assert set(tables["offers"]["seller_id"].to_list()) <= told


def test_some_shoppers_speak_and_the_late_ones_are_less_happy() -> None:
    asked = [(f"order-{number}", f"p{number % 40:06d}") for number in range(600)]
    stars: dict[bool, list[int]] = {}
    for late in (False, True):
        said = [opinion(1, order, 1, product, "fresh/fruit", late=late) for order, product in asked]
        stars[late] = [each.stars for each in said if each is not None]
    assert len(stars[True]) == len(stars[False])
    assert abs(len(stars[False]) / len(asked) - SPOKEN_OF) < 0.08
    assert sum(stars[True]) < sum(stars[False])
    assert set(stars[False]) <= set(range(1, 6))
    assert opinion(1, "order-1", 1, "p1", "fresh/fruit", late=False) == opinion(
        1, "order-1", 1, "p1", "fresh/fruit", late=False
    )
