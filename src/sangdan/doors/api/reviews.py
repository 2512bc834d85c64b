"""Reviews: what shoppers say of what arrived, and what a shop shows of it."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.flows import write_review
from sangdan.flows.moderate_review import moderate
from sangdan.flows.write_review import Written
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.reviews import commands as reviews
from sangdan.offer.reviews.errors import BadReview, NoReason, NoSuchReview, NotReviewable, ReviewExists
from sangdan.offer.reviews.model import LONGEST, Order, Rating, Report, Review, Shown
from sangdan.order.orders.errors import NoSuchOrder

from .fields import Code, CodeInPath
from .pages import Cursor, CursorUnreadable, Limit, Page, page, read_cursor, said

FIRST: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00"), UUID(int=0)
Few = Annotated[int, QueryParameter(ge=1, le=50, description="Reviews on a page.")]
Sorted = Annotated[Order, QueryParameter(name="sort", description="newest, best or worst first.")]


class NewReview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a shopper says of one line of an order.

    stars       1..5
    body        a sentence at least
    shopper_id  who writes, where the shop knows: it must be the order's
    """

    order_id: UUID
    line_no: Annotated[int, Meta(ge=1, le=10_000)]
    stars: Annotated[int, Meta(ge=1, le=5)]
    body: Annotated[str, Meta(max_length=2 * LONGEST)]
    shopper_id: Code | None = None


class NewReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody objects to a review; the reporter is the shop's own name of whoever does."""

    reason: Report
    reporter: Code


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to become of a review; whoever hides it says why."""

    state: Literal["shown", "hidden"]
    reason: Annotated[str, Meta(max_length=200)] | None = None


class Reported(msgspec.Struct, frozen=True):
    """Whether the report was new: each reporter counts once."""

    noted: bool


class ReviewPage(msgspec.Struct, frozen=True):
    """Reviews of a product that are shown.

    stars_milli  the shrunk average of all of them, thousandths of a star; null without one
    next         the cursor of the next page; null on the last
    """

    rating: Rating
    stars_milli: int | None
    items: list[Shown]
    next: str | None


@get("/v1/products/{product_id:str}/reviews", tags=["reviews"], responses=problems(CursorUnreadable))
async def of_product(
    product_id: CodeInPath,
    conn: NamedDependency[Conn],
    order: Sorted = "newest",
    cursor: Cursor = None,
    limit: Few = 10,
) -> ReviewPage:
    """What shoppers who bought a product say of it; who they are is nobody's business."""
    skip = max(0, read_cursor(cursor, 0, int))
    rows = await reviews.page(conn, product_id, order, skip, limit + 1)
    rating = await reviews.rating(conn, product_id)
    more = said(skip + limit) if len(rows) > limit else None
    return ReviewPage(rating, rating.stars_milli, rows[:limit], more)


@post(
    "/v1/reviews",
    tags=["reviews"],
    responses=problems(NoSuchOrder, NotReviewable, BadReview, ReviewExists),
)
async def write(
    data: JSONBody[NewReview], conn: NamedDependency[Conn], seer: NamedDependency[Seer], at: NamedDependency[datetime]
) -> Written:
    """A shopper reviews what arrived, once. It waits for a person when it holds a link or somebody's data."""
    assert seer.partner_id is not None, "a shop acts for a partner"
    return await write_review.write(
        conn, seer.partner_id, data.order_id, data.line_no, data.stars, data.body, at, shopper_id=data.shopper_id
    )


@get("/v1/reviews", tags=["reviews"], responses=problems(CursorUnreadable))
async def queue(
    conn: NamedDependency[Conn], seer: NamedDependency[Seer], cursor: Cursor = None, limit: Limit = 50
) -> Page[Review]:
    """Reviews that somebody has to look at, oldest first: those that wait, and shown ones that were reported."""
    after = read_cursor(cursor, FIRST, tuple[datetime, UUID])
    rows = await reviews.queue(conn, seer.seen_by, after, limit + 1)
    return page(rows, limit, lambda row: (row.written_at, row.review_id))


@post("/v1/reviews/{review_id:uuid}/reports", tags=["reviews"], status_code=200, responses=problems(NoSuchReview))
async def report(
    review_id: FromPath[UUID], data: JSONBody[NewReport], conn: NamedDependency[Conn], at: NamedDependency[datetime]
) -> Reported:
    """Somebody objects to a review that is shown; it stays until somebody decides."""
    return Reported(await reviews.report(conn, review_id, data.reporter, data.reason, at))


@post(
    "/v1/reviews/{review_id:uuid}/decision",
    tags=["reviews"],
    status_code=200,
    responses=problems(NoSuchReview, NoReason),
)
async def decide(
    review_id: FromPath[UUID],
    data: JSONBody[Decision],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
) -> Review:
    """Show a review, or hide it with a reason; what was reported of it is dealt with then."""
    return await moderate(conn, review_id, seer, at, show=data.state == "shown", reason=data.reason)
