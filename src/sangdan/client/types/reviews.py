"""What `client.reviews` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from uuid import UUID

import msgspec

from .goods import Rating


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody may read of a review."""

    review_id: UUID
    sku: str
    stars: int
    body: str
    written_at: datetime


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """Reviews of a product that are shown."""

    rating: Rating
    stars_milli: int | None
    items: tuple[Shown, ...]
    next: str | None


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """A review as it stands."""

    product_id: str
    review_id: UUID
    order_id: UUID
    line_no: int
    sku: str
    shop_id: str
    shopper_id: str | None
    stars: int
    body: str
    state: str
    reason: str | None
    reports: int
    written_at: datetime
    decided_at: datetime | None
    decided_by: str | None


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A review that was taken; waiting until somebody has looked at it, or shown."""

    review_id: UUID
    product_id: str
    state: str


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the report was new: each reporter counts once."""

    noted: bool
