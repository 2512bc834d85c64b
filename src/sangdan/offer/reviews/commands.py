"""The verbs of the reviews room: write, show or hide, report, and tell what reviews say together."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit.db import Conn
from sangdan.kit.events import emit

from .errors import NoReason, NoSuchReview, ReviewExists
from .events import ReviewDecided, ReviewWritten
from .model import Draft, Order, Rating, Report, Review, Shown, State, check, doubt
from .queries import writing
from .queries.listing import REVIEWS, SHOWN, listed, shown
from .queries.writing import drift, forget, known, queue

__all__ = [
    "REVIEWS", "SHOWN", "decide", "drift", "forget", "known", "listed", "page", "queue", "rating", "ratings", "report",
    "shown", "write",
]  # fmt: skip


async def write(conn: Conn, draft: Draft) -> State:
    """Keep a review of a purchase that the caller has proven.

    gives   shown, or waiting when a person must look first
    raises  BadReview, ReviewExists
    """
    draft = replace(draft, body=check(draft.stars, draft.body))
    reason = doubt(draft.body)
    state: State = "shown" if reason is None else "waiting"
    if not await writing.write(conn, draft, state, reason):
        raise ReviewExists("This purchase has its review already.", review_id=str(draft.review_id))
    written = ReviewWritten(
        review_id=draft.review_id, product_id=draft.product_id, partner_id=draft.shop_id, stars=draft.stars, state=state
    )
    await emit(conn, draft.written_at, written)
    return state


async def decide(
    conn: Conn, review_id: UUID, *, show: bool, reason: str | None, by: str, seen_by: str | None, at: datetime
) -> tuple[Review, Review]:
    """Show a review, or hide it; what was reported of it is dealt with then.

    reason   why it is hidden, for whoever asks
    by       the client or person who decides
    seen_by  the shop whose reviews these are; None for the tower
    gives    the review as it was and as it is
    raises   NoSuchReview, NoReason
    """
    before = await writing.locked(conn, review_id, seen_by)
    if before is None:
        raise NoSuchReview(f"There is no review {review_id}.", review_id=str(review_id))
    said = (reason or "").strip()[:200] or None
    if not show and said is None:
        raise NoReason("Say why the review is hidden.", review_id=str(review_id))
    state: State = "shown" if show else "hidden"
    kept = None if show else said
    await writing.decide(conn, before, state, kept, by, at)
    if state != before.state:
        decided = ReviewDecided(
            review_id=review_id, product_id=before.product_id, partner_id=before.shop_id, state=state, reason=kept
        )
        await emit(conn, at, decided)
    return before, replace(before, state=state, reason=kept, reports=0, decided_at=at, decided_by=by)


async def report(conn: Conn, review_id: UUID, reporter: str, reason: Report, at: datetime) -> bool:
    """Somebody objects to a review; gives whether that was new. Saying it twice counts once.

    raises  NoSuchReview when there is none, or none that is shown
    """
    if [each.state for each in await known(conn, [review_id])] != ["shown"]:
        raise NoSuchReview(f"There is no review {review_id}.", review_id=str(review_id))
    return await writing.report(conn, review_id, reporter, reason, at) > 0


async def page(conn: Conn, product_id: str, order: Order = "newest", skip: int = 0, limit: int = 10) -> list[Shown]:
    """The shown reviews of a product.

    skip   so many come before
    limit  1..201
    """
    return await writing.page(conn, product_id, order, skip, limit)


async def ratings(conn: Conn, product_ids: Sequence[str]) -> dict[str, Rating]:
    """What the reviews of products say together, by product; those without a review are not there."""
    return {each.product_id: each for each in await writing.ratings(conn, product_ids) if each.reviews}


async def rating(conn: Conn, product_id: str) -> Rating:
    """The same of one product."""
    return (await ratings(conn, [product_id])).get(product_id, Rating(product_id, 0, 0, 0, 0, 0))
