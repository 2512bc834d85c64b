"""Reviews, and what many of them say together."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from .errors import BadReview

State: TypeAlias = Literal["waiting", "shown", "hidden"]
Report: TypeAlias = Literal["abuse", "advertising", "personal", "other"]
Order: TypeAlias = Literal["newest", "best", "worst"]

STARS: Final = range(1, 6)
LONGEST: Final = 2_000
# So many reviews of so many thousandths of a star stand behind every product beforehand: a product with two reviews is
# no better than one with two hundred because of them alone. Shown with docs/reviews.md.
PRIOR_REVIEWS: Final = 10
PRIOR_MILLI: Final = 4_000
_MILLI: Final = 1_000

# What nobody is shown before a person has looked: ways out of the shop, and what may be somebody's data.
_LINK: Final = re.compile(
    r"(https?://|www\.|\b[\w-]+\.(com|net|kr|io|shop)\b|\bt\.me/|오픈\s*(카톡|채팅))", re.IGNORECASE
)
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
_PHONE: Final = re.compile(r"(?<!\d)0\d{1,2}[-.\s]?\d{3,4}[-.\s]?\d{4}(?!\d)")


class Draft(msgspec.Struct, frozen=True):
    """A review as it is written, of a purchase that was proven."""

    review_id: UUID
    product_id: str
    order_id: UUID
    line_no: int
    sku: str
    shop_id: str
    shopper_id: str | None
    stars: int
    body: str
    written_at: datetime


class Review(msgspec.Struct, frozen=True):
    """A review as it stands.

    shopper_id  None once the shopper was forgotten
    reason      a code: why it waits, or was hidden
    reports     since somebody decided last
    """

    product_id: str
    review_id: UUID
    order_id: UUID
    line_no: int
    sku: str
    shop_id: str
    shopper_id: str | None
    stars: int
    body: str
    state: State
    reason: str | None
    reports: int
    written_at: datetime
    decided_at: datetime | None
    decided_by: str | None


class Shown(msgspec.Struct, frozen=True):
    """What everybody may read of a review."""

    review_id: UUID
    sku: str
    stars: int
    body: str
    written_at: datetime


class Rating(msgspec.Struct, frozen=True):
    """The shown reviews of a product, counted by stars."""

    product_id: str
    ones: int
    twos: int
    threes: int
    fours: int
    fives: int

    @property
    def counts(self) -> tuple[int, int, int, int, int]:
        """From one star to five."""
        return self.ones, self.twos, self.threes, self.fours, self.fives

    @property
    def reviews(self) -> int:
        """How many there are."""
        return sum(self.counts)

    @property
    def stars_milli(self) -> int | None:
        """The shrunk average in thousandths of a star; None without a review."""
        return shrunk(self.counts) if self.reviews else None


class Drift(msgspec.Struct, frozen=True):
    """A product whose counts are not those of its shown reviews.

    check    'rating'
    counted  as it is kept: reviews with one star first
    shown    as the reviews add up
    """

    check: str
    product_id: str
    counted: list[int]
    shown: list[int]


def shrunk(counts: Sequence[int]) -> int:
    """The average as if PRIOR_REVIEWS reviews of PRIOR_MILLI had come first, in thousandths of a star, rounded down.

    counts  reviews of one star to five
    source  Bayesian shrinkage towards a prior mean, m = 10 (literature: 10 to 20)
    """
    stars = sum(star * count for star, count in zip(STARS, counts, strict=True))
    return (PRIOR_REVIEWS * PRIOR_MILLI + stars * _MILLI) // (PRIOR_REVIEWS + sum(counts))


def check(stars: int, body: str) -> str:
    """The text as it is kept, without white space around it.

    raises  BadReview saying what to mend
    """
    if stars not in STARS:
        raise BadReview(f"{stars} stars: give 1 to 5.", field="stars", value=stars)
    text = "".join(each for each in body.strip() if each == "\n" or each.isprintable())
    if not text:
        raise BadReview("The review has no text: write a sentence at least.", field="body", value=0)
    if len(text) > LONGEST:
        raise BadReview(
            f"The review has {len(text)} characters: at most {LONGEST} are kept.", field="body", value=len(text)
        )
    return text


def doubt(body: str) -> str | None:
    """Why a person must look at a text before it is shown, as a code; None when it may be shown at once."""
    for reason, pattern in (("personal", _EMAIL), ("personal", _PHONE), ("advertising", _LINK)):
        if pattern.search(body):
            return reason
    return None
