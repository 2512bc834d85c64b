"""The SQL of writing and deciding. A product's counts change in the statement that shows or hides a review."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from msgspec.structs import asdict

from sangdan.kit.db import Conn, many, maybe, run, value

from ..model import Draft, Drift, Order, Rating, Review, Shown

_COUNT: Final[LiteralString] = """
    INSERT INTO reviews.rating AS r (product_id, ones, twos, threes, fours, fives)
    SELECT n.product_id, (n.stars = 1)::integer, (n.stars = 2)::integer, (n.stars = 3)::integer,
           (n.stars = 4)::integer, (n.stars = 5)::integer
      FROM new n WHERE n.state = 'shown'
    ON CONFLICT (product_id) DO UPDATE
       SET ones = r.ones + excluded.ones, twos = r.twos + excluded.twos, threes = r.threes + excluded.threes,
           fours = r.fours + excluded.fours, fives = r.fives + excluded.fives
"""
WRITE: Final[LiteralString] = (
    """
    WITH new AS (
        INSERT INTO reviews.review (product_id, review_id, order_id, line_no, sku, shop_id, shopper_id, stars, body,
                                    state, reason, written_at)
        VALUES (%(product_id)s, %(review_id)s, %(order_id)s, %(line_no)s, %(sku)s, %(shop_id)s, %(shopper_id)s,
                %(stars)s, %(body)s, %(state)s, %(reason)s, %(written_at)s)
        ON CONFLICT DO NOTHING
     RETURNING product_id, stars, state
    ), counted AS (
"""
    + _COUNT
    + """
    )
    SELECT count(*) FROM new
"""
)
DECIDE: Final[LiteralString] = (
    """
    -- What was counted and is no longer shown goes, what was not and is comes: both in this statement.
    WITH new AS (
        UPDATE reviews.review
           SET state = %(state)s, reason = %(reason)s, reports = 0, decided_at = %(at)s, decided_by = %(by)s
         WHERE product_id = %(product_id)s AND review_id = %(review_id)s AND state = %(was)s
     RETURNING product_id, stars, CASE WHEN %(was)s = 'shown' THEN 'counted' ELSE state END AS state
    ), counted AS (
"""
    + _COUNT
    + """
    ), gone AS (
        UPDATE reviews.rating r
           SET ones = r.ones - (d.stars = 1)::integer, twos = r.twos - (d.stars = 2)::integer,
               threes = r.threes - (d.stars = 3)::integer, fours = r.fours - (d.stars = 4)::integer,
               fives = r.fives - (d.stars = 5)::integer
          FROM new d WHERE r.product_id = d.product_id AND %(was)s = 'shown' AND %(state)s <> 'shown'
    )
    SELECT count(*) FROM new
"""
)
_REVIEW: Final[LiteralString] = """
    SELECT product_id, review_id, order_id, line_no, sku, shop_id, shopper_id, stars, body, state, reason, reports,
           written_at, decided_at, decided_by
      FROM reviews.review
"""
LOCKED: Final[LiteralString] = (
    _REVIEW
    + """
     WHERE review_id = %(review_id)s AND (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s) FOR UPDATE
"""
)
QUEUE: Final[LiteralString] = (
    _REVIEW
    + """
     WHERE (state = 'waiting' OR reports > 0) AND (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s)
       AND (written_at, review_id) > (%(after_at)s::timestamptz, %(after_id)s::uuid)
     ORDER BY written_at, review_id LIMIT %(limit)s
"""
)
OF_ORDER: Final[LiteralString] = _REVIEW + " WHERE review_id = ANY(%(review_ids)s::uuid[]) ORDER BY review_id"
REPORT: Final[LiteralString] = """
    WITH told AS (
        INSERT INTO reviews.report (product_id, review_id, reporter, reason, reported_at)
        SELECT product_id, review_id, %(reporter)s, %(reason)s, %(at)s
          FROM reviews.review WHERE review_id = %(review_id)s AND state = 'shown'
        ON CONFLICT DO NOTHING
     RETURNING product_id, review_id
    )
    UPDATE reviews.review r SET reports = r.reports + 1
      FROM told t WHERE (r.product_id, r.review_id) = (t.product_id, t.review_id)
"""
_SHOWN: Final[LiteralString] = """
    SELECT review_id, sku, stars, body, written_at
      FROM reviews.review WHERE product_id = %(product_id)s AND state = 'shown'
"""
NEWEST: Final[LiteralString] = _SHOWN + " ORDER BY written_at DESC, review_id LIMIT %(limit)s OFFSET %(skip)s"
BEST: Final[LiteralString] = _SHOWN + " ORDER BY stars DESC, written_at DESC, review_id LIMIT %(limit)s OFFSET %(skip)s"
WORST: Final[LiteralString] = _SHOWN + " ORDER BY stars, written_at DESC, review_id LIMIT %(limit)s OFFSET %(skip)s"
RATINGS: Final[LiteralString] = """
    SELECT product_id, ones, twos, threes, fours, fives
      FROM reviews.rating WHERE product_id = ANY(%(product_ids)s::text[])
"""
FORGET: Final[LiteralString] = """
    UPDATE reviews.review SET shopper_id = NULL WHERE shopper_id = %(shopper_id)s AND shop_id = %(shop_id)s
"""
DRIFT: Final[LiteralString] = """
    SELECT 'rating' AS check, product_id, counted, shown
      FROM (SELECT coalesce(r.product_id, s.product_id) AS product_id,
                   CASE WHEN r.product_id IS NULL THEN '{0,0,0,0,0}'
                        ELSE ARRAY[r.ones, r.twos, r.threes, r.fours, r.fives]::bigint[] END AS counted,
                   coalesce(s.shown, '{0,0,0,0,0}') AS shown
              FROM (SELECT product_id, ones, twos, threes, fours, fives
                      FROM reviews.rating WHERE ones + twos + threes + fours + fives > 0) r
              FULL JOIN (SELECT product_id, ARRAY[
                                    count(*) FILTER (WHERE stars = 1), count(*) FILTER (WHERE stars = 2),
                                    count(*) FILTER (WHERE stars = 3), count(*) FILTER (WHERE stars = 4),
                                    count(*) FILTER (WHERE stars = 5)] AS shown
                           FROM reviews.review WHERE state = 'shown' GROUP BY product_id) s USING (product_id)) b
     WHERE counted <> shown
     ORDER BY product_id
"""


async def write(conn: Conn, draft: Draft, state: str, reason: str | None) -> bool:
    """Keep a review, and count it when it is shown; False when this purchase has one."""
    return bool(await value(conn, WRITE, **asdict(draft), state=state, reason=reason))


async def locked(conn: Conn, review_id: UUID, seen_by: str | None) -> Review | None:
    """A review of the asker's own shop, nobody else's to decide until the transaction ends."""
    return await maybe(conn, Review, LOCKED, review_id=review_id, seen_by=seen_by)


async def decide(conn: Conn, review: Review, state: str, reason: str | None, by: str, at: datetime) -> None:
    """Show or hide a review that is locked."""
    moved = await value(
        conn, DECIDE, product_id=review.product_id, review_id=review.review_id, was=review.state, state=state,
        reason=reason, by=by, at=at,
    )  # fmt: skip
    assert moved, "a locked review does not move"


async def queue(conn: Conn, seen_by: str | None, after: tuple[datetime, UUID], limit: int) -> list[Review]:
    """What somebody has to look at, oldest first: reviews that wait, and shown ones that were reported."""
    return await many(conn, Review, QUEUE, seen_by=seen_by, after_at=after[0], after_id=after[1], limit=limit)


async def known(conn: Conn, review_ids: Sequence[UUID]) -> list[Review]:
    """Those of the reviews that were written, by id."""
    return await many(conn, Review, OF_ORDER, review_ids=list(review_ids))


async def report(conn: Conn, review_id: UUID, reporter: str, reason: str, at: datetime) -> int:
    """Note that somebody objects to a shown review; 0 when they did before, or it is not shown."""
    return await run(conn, REPORT, review_id=review_id, reporter=reporter, reason=reason, at=at)


async def page(conn: Conn, product_id: str, order: Order, skip: int, limit: int) -> list[Shown]:
    """The shown reviews of a product.

    skip  so many come before
    """
    wanted = {"product_id": product_id, "skip": skip, "limit": limit}
    if order == "best":
        return await many(conn, Shown, BEST, **wanted)
    return await many(conn, Shown, WORST if order == "worst" else NEWEST, **wanted)


async def ratings(conn: Conn, product_ids: Sequence[str]) -> list[Rating]:
    """The counts of those products that have any."""
    return await many(conn, Rating, RATINGS, product_ids=list(product_ids))


async def forget(conn: Conn, shop_id: str, shopper_id: str) -> int:
    """Take a shopper's id off what they wrote; the text stays, nobody's."""
    return await run(conn, FORGET, shop_id=shop_id, shopper_id=shopper_id)


async def drift(conn: Conn) -> list[Drift]:
    """Products whose counts by stars differ from the reviews that are shown."""
    return await many(conn, Drift, DRIFT)
