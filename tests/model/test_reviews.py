"""What reviews say together, and which of them a person looks at first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.offer.catalogue.model import Content, unit_price
from sangdan.offer.reviews.errors import BadReview
from sangdan.offer.reviews.model import LONGEST, PRIOR_MILLI, check, doubt, shrunk

COUNTS = st.lists(st.integers(0, 10_000), min_size=5, max_size=5)


@given(COUNTS)
def test_a_shrunk_average_lies_between_the_prior_and_the_average(counts: list[int]) -> None:
    many = sum(counts)
    average = sum(stars * 1000 * count for stars, count in enumerate(counts, 1)) / many if many else PRIOR_MILLI
    low, high = sorted((PRIOR_MILLI, average))
    assert int(low) - 1 <= shrunk(counts) <= high


def test_two_reviews_do_not_beat_two_hundred() -> None:
    assert shrunk([0, 0, 0, 0, 2]) < shrunk([0, 2, 6, 22, 170])
    assert shrunk([0, 0, 0, 0, 0]) == PRIOR_MILLI


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("배송도 빠르고 사과가 정말 달아요.", None),
        ("3,500원에 이 정도면 좋아요. 2026-11-22에 받았어요.", None),
        ("문의는 010-1234-5678로 주세요", "personal"),
        ("연락처 01012345678", "personal"),
        ("kim@example.com 으로 연락 주세요", "personal"),
        ("더 싼 곳 www.elsewhere.example", "advertising"),
        ("오픈 채팅으로 오세요", "advertising"),
    ],
)
def test_what_may_be_a_persons_data_or_leads_elsewhere_waits(body: str, reason: str | None) -> None:
    assert doubt(body) == reason


@pytest.mark.parametrize(("stars", "body"), [(0, "좋아요"), (6, "좋아요"), (5, "  \n\x00 "), (5, "가" * (LONGEST + 1))])
def test_a_review_that_cannot_be_is_refused(stars: int, body: str) -> None:
    with pytest.raises(BadReview):
        check(stars, body)


def test_a_text_is_kept_without_what_nobody_can_read() -> None:
    assert check(5, " 좋아요\x07\n또 살게요 ") == "좋아요\n또 살게요"


@given(st.integers(0, 10**9), st.integers(1, 10**6), st.integers(1, 1000))
def test_a_unit_price_is_the_nearest_whole_won(price: int, amount: int, per: int) -> None:
    told = unit_price(price, Content("x", amount, "g", per)).amount_minor
    assert abs(2 * (told * amount - price * per)) <= amount
