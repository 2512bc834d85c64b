"""The address of a list: what is read from it, and that every way on leads where it says."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.datastructures import MultiDict

from sangdan.doors.web.shop.about import apart
from sangdan.doors.web.shop.place import digits, inside
from sangdan.doors.web.shop.wanted import FURTHEST, SORTS, Wanted, read, sorts
from sangdan.doors.web.words import words_in

SEARCH = "/shop/search"
text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30).map(str.strip)
won = st.none() | st.integers(0, 999_999_999)


def opened(href: str, category: str | None = None) -> Wanted:
    """What a page reads that was opened at an address."""
    parts = urlsplit(href)
    return read(parts.path, MultiDict(parse_qsl(parts.query, keep_blank_values=True)), category)


@given(
    st.builds(
        Wanted,
        path=st.just(SEARCH),
        text=text,
        category=st.none() | st.sampled_from(["fresh", "fresh/fruit", "a&b=c"]),
        brands=st.lists(text.filter(bool), max_size=4, unique=True).map(tuple),
        price=st.tuples(won, won),
        rating=st.none() | st.integers(1, 5),
        available=st.booleans(),
        sort=st.sampled_from(list(SORTS)),
        page=st.integers(1, FURTHEST),
    )
)
def test_an_address_says_all_that_was_wanted(wanted: Wanted) -> None:
    assert opened(wanted.href) == wanted


def test_a_filter_begins_at_the_first_page_and_the_next_page_keeps_the_filters() -> None:
    wanted = opened(f"{SEARCH}?q=우유&brand=들빛찬&page=3")
    assert opened(wanted.but(available=True)).page == 1
    assert opened(wanted.turned(1)) == opened(f"{SEARCH}?q=우유&brand=들빛찬&page=4")
    assert wanted.narrowings == 1
    assert opened(wanted.bare) == opened(f"{SEARCH}?q=우유")


def test_a_category_is_not_a_filter_of_its_own_page() -> None:
    wanted = opened("/shop/categories/fresh?available=1", "fresh")
    assert (wanted.narrowings, opened(wanted.bare, "fresh").category) == (1, "fresh")
    assert "category=" not in wanted.href


@pytest.mark.parametrize(
    "query",
    ["sort=wildest", "page=-1", "page=9999999999999", "page=two", "rating=6", "rating=٣", "price=cheap", "price=a-b",
     "available=maybe", "brand=", "nothing=1"],
)  # fmt: skip
def test_what_cannot_be_read_is_as_if_it_were_not_there(query: str) -> None:
    wanted = opened(f"{SEARCH}?q=x&{query}")
    assert wanted.narrowings == 0
    assert (wanted.sort, wanted.page in (1, FURTHEST)) == ("best", True)


def test_a_long_text_is_cut_and_a_nul_taken_out() -> None:
    assert opened(f"{SEARCH}?q=a%00b").text == "ab"
    assert len(opened(f"{SEARCH}?q={'x' * 5000}").text) == 200


def test_every_order_has_a_link_and_one_is_chosen() -> None:
    links = sorts(opened(f"{SEARCH}?q=x&sort=cheapest"), words_in("ko"))
    assert [link.text for link in links if link.chosen] == ["낮은 가격순"]
    assert len({link.href for link in links}) == len(SORTS)


@pytest.mark.parametrize(
    ("back", "to"),
    [
        ("/shop/products/p1?sku=p1-01", "/shop/products/p1?sku=p1-01"),
        ("/shop", "/shop"),
        ("/shop?x=1", "/shop?x=1"),
        ("//evil.example/shop/", "/shop"),
        ("https://evil.example/shop/", "/shop"),
        ("/shopping", "/shop"),
        ("/shop/\\evil.example", "/shop"),
        ("/shop/\r\nset-cookie: a=b", "/shop"),
        ("/tower", "/shop"),
        ("", "/shop"),
    ],
)
def test_one_is_sent_back_into_the_shop_and_nowhere_else(back: str, to: str) -> None:
    assert inside(back) == to


def test_a_postcode_may_be_written_with_blanks_and_hyphens() -> None:
    assert [digits(each) for each in ("06236", " 06 236 ", "062-36", "O6236")] == ["06236", "06236", "06236", "O6236"]


@pytest.mark.parametrize(
    ("name", "product", "rest"),
    [
        ("티셔츠 (차콜, S)", "티셔츠", "차콜, S"),
        ("막걸리 750mL×3", "막걸리", "750mL×3"),
        ("다른 것", "막걸리", "다른 것"),
        ("소설", "소설", "소설"),
    ],
)
def test_a_sku_is_told_by_what_sets_it_apart(name: str, product: str, rest: str) -> None:
    assert apart(name, product) == rest
