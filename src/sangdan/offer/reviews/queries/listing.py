"""Reviews as those look for them who decide what is shown, and as a product's readers leaf through them."""

from collections.abc import Sequence
from typing import Final, LiteralString

from sangdan.kit import lists
from sangdan.kit.db import Conn
from sangdan.kit.lists import Listing, Wish

from ..model import Review, Shown

LISTED: Final[LiteralString] = """
    SELECT r.product_id, r.review_id, r.order_id, r.line_no, r.sku, r.shop_id, r.shopper_id, r.stars, r.body, r.state,
           r.reason, r.reports, r.written_at, r.decided_at, r.decided_by
      FROM reviews.review r
     WHERE (%(seen_by)s::text IS NULL OR r.shop_id = %(seen_by)s)
"""
# The first condition names its values word for word: it is served by an index of those rows alone.
REVIEWS: Final = Listing(
    select=LISTED,
    where={
        "state:open": "(r.state = 'waiting' OR r.reports > 0)",
        "state:waiting": "r.state = 'waiting'",
        "state:shown": "r.state = 'shown'",
        "state:hidden": "r.state = 'hidden'",
        "stars": "r.stars = %(stars)s",
        "product": "r.product_id = %(product)s",
        "written": "r.written_at >= %(written_from)s AND r.written_at < %(written_until)s",
    },
    orders={
        "written": lists.Order((("r.written_at", "timestamptz"), ("r.review_id", "uuid")), ("written_at", "review_id")),
    },
)
OF_PRODUCT: Final[LiteralString] = """
    SELECT r.review_id, r.sku, r.stars, r.body, r.written_at
      FROM reviews.review r
     WHERE r.product_id = %(product_id)s AND r.state = 'shown'
"""
SHOWN: Final = Listing(
    select=OF_PRODUCT,
    where={"stars": "r.stars = %(stars)s"},
    orders={
        "written": lists.Order((("r.written_at", "timestamptz"), ("r.review_id", "uuid")), ("written_at", "review_id")),
        "stars": lists.Order(
            (("r.stars", "smallint"), ("r.written_at", "timestamptz"), ("r.review_id", "uuid")),
            ("stars", "written_at", "review_id"),
        ),
    },
)


async def shown(conn: Conn, product_id: str, wish: Wish, limit: int) -> Sequence[Shown]:
    """A page of a product's shown reviews."""
    return await lists.page(conn, Shown, SHOWN, wish, limit, product_id=product_id)


async def listed(conn: Conn, seen_by: str | None, wish: Wish, limit: int) -> Sequence[Review]:
    """A page of reviews of the asker's own shop; of all for None."""
    return await lists.page(conn, Review, REVIEWS, wish, limit, seen_by=seen_by)
