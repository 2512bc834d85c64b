"""Somebody decides what a shop shows of a review: noted, with how it was and how it is."""

from datetime import datetime
from uuid import UUID

from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.reviews import commands as reviews
from sangdan.offer.reviews.model import Review


async def moderate(conn: Conn, review_id: UUID, seer: Seer, at: datetime, *, show: bool, reason: str | None) -> Review:
    """Show a review, or hide it.

    reason  why it is hidden; needed for that alone
    gives   the review as it is then
    raises  NoSuchReview, also for another shop's; NoReason
    """
    was, now = await reviews.decide(
        conn, review_id, show=show, reason=reason, by=seer.client_id, seen_by=seer.seen_by, at=at
    )
    await audit.note(
        conn, seer, at, "review.shown" if show else "review.hidden", f"review/{review_id}",
        before={"state": was.state, "reports": was.reports}, after={"state": now.state}, reason=now.reason or "",
    )  # fmt: skip
    return now
