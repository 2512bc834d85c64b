"""What happens to a review."""

from typing import ClassVar
from uuid import UUID

from sangdan.kit.events import Fact, fact


@fact("reviews.written")
class ReviewWritten(Fact, frozen=True):
    """A shopper said what a purchase was like; partner_id is the ally whose shop it was bought in."""

    about: ClassVar[str] = "review_id"
    review_id: UUID
    product_id: str
    partner_id: str
    stars: int
    state: str


@fact("reviews.decided")
class ReviewDecided(Fact, frozen=True):
    """Somebody showed or hid a review; partner_id as above."""

    about: ClassVar[str] = "review_id"
    review_id: UUID
    product_id: str
    partner_id: str
    state: str
    reason: str | None
