"""Reviews: of what arrived, once, and counted exactly as they are shown."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest

from sangdan.flows import write_review
from sangdan.flows.drift import drift
from sangdan.flows.moderate_review import moderate
from sangdan.flows.write_review import Written
from sangdan.kit.access import Seer
from sangdan.kit.db import run, value
from sangdan.offer.reviews import commands as reviews
from sangdan.offer.reviews.errors import NoReason, NoSuchReview, NotReviewable, ReviewExists
from sangdan.order.orders.errors import NoSuchOrder

from .alliance_cases import AT
from .alliance_town import Town

TOWER = Seer("operator", "tower", None, None)


async def delivered(town: Town) -> UUID:
    """An order of two lines, of which all arrived."""
    order_id = await town.released(tea=1, cup=1)
    for parcel in await town.live(order_id):
        await town.pick(parcel)
        await town.send(parcel)
        await town.deliver(parcel)
    return order_id


async def write(town: Town, order_id: UUID, line_no: int = 1, stars: int = 5, body: str = "향이 좋아요.") -> Written:
    async with town.pool.transaction() as conn:
        return await write_review.write(conn, "market", order_id, line_no, stars, body, AT)


async def counts(town: Town) -> tuple[int, ...]:
    async with town.pool.transaction() as conn:
        assert [each for each in await drift(conn) if each.room == "reviews"] == []
        return (await reviews.rating(conn, "things")).counts


async def test_only_what_arrived_is_reviewed_and_by_its_own_shop(town: Town) -> None:
    early = await town.order(tea=1)
    with pytest.raises(NotReviewable):
        await write(town, early)
    order_id = await delivered(town)
    with pytest.raises(NotReviewable):
        await write(town, order_id, line_no=9)
    async with town.pool.transaction() as conn:
        with pytest.raises(NoSuchOrder):
            await write_review.write(conn, "leaf", order_id, 1, 5, "좋아요", AT)
        with pytest.raises(NoSuchOrder):
            await write_review.write(conn, "market", order_id, 1, 5, "좋아요", AT, shopper_id="somebody-else")
        assert [line.review for line in await write_review.open_lines(conn, "market", order_id)] == [None, None]
        assert await write_review.open_lines(conn, "market", early) == []


async def test_a_purchase_is_reviewed_once_by_however_many_at_once(town: Town) -> None:
    order_id = await delivered(town)
    answers = await asyncio.gather(*(write(town, order_id) for _ in range(8)), return_exceptions=True)

    assert Counter(map(type, answers)) == {Written: 1, ReviewExists: 7}
    assert await counts(town) == (0, 0, 0, 0, 1)


async def test_what_is_hidden_counts_no_more_and_comes_back_as_it_was(town: Town) -> None:
    order_id = await delivered(town)
    first, second = await write(town, order_id), await write(town, order_id, 2, 2, "문의 010-0000-0000")
    assert (first.state, second.state) == ("shown", "waiting")
    assert await counts(town) == (0, 0, 0, 0, 1)

    async with town.pool.transaction() as conn:
        assert [each.review_id for each in await reviews.queue(conn, "market", (AT, UUID(int=0)), 9)] == [
            second.review_id
        ]
        assert await reviews.queue(conn, "leaf", (AT, UUID(int=0)), 9) == []
        with pytest.raises(NoReason):
            await moderate(conn, first.review_id, TOWER, AT, show=False, reason="  ")
        await moderate(conn, first.review_id, TOWER, AT, show=False, reason="욕설")
        await moderate(conn, first.review_id, TOWER, AT, show=False, reason="욕설")
        await moderate(conn, second.review_id, TOWER, AT, show=True, reason=None)
    assert await counts(town) == (0, 1, 0, 0, 0)

    async with town.pool.transaction() as conn:
        back = await moderate(conn, first.review_id, TOWER, AT, show=True, reason=None)
        assert (back.state, back.reason, back.decided_by) == ("shown", None, "operator")
        assert [each.stars for each in await reviews.page(conn, "things", "worst")] == [2, 5]
        assert await value(conn, "SELECT count(*) FROM kit.audit WHERE starts_with(what, 'review.')") == 4
    assert await counts(town) == (0, 1, 0, 0, 1)


async def test_another_shops_review_is_not_there_to_decide(town: Town) -> None:
    written = await write(town, await delivered(town))
    async with town.pool.transaction() as conn:
        with pytest.raises(NoSuchReview):
            await moderate(conn, written.review_id, Seer("mart", "shop", "mart", None), AT, show=False, reason="x")


async def test_a_reporter_counts_once_and_a_decision_ends_it(town: Town) -> None:
    written = await write(town, await delivered(town))
    async with town.pool.transaction() as conn:
        noted = [await reviews.report(conn, written.review_id, who, "abuse", AT) for who in ("kim", "kim", "lee")]
        assert noted == [True, False, True]
        [waiting] = await reviews.queue(conn, None, (AT, UUID(int=0)), 9)
        assert (waiting.reports, waiting.state) == (2, "shown")
        await moderate(conn, written.review_id, TOWER, AT, show=True, reason=None)
        assert await reviews.queue(conn, None, (AT, UUID(int=0)), 9) == []
        await moderate(conn, written.review_id, TOWER, AT, show=False, reason="욕설")
        with pytest.raises(NoSuchReview):
            await reviews.report(conn, written.review_id, "park", "abuse", AT)


async def test_who_is_forgotten_leaves_the_text_alone(town: Town) -> None:
    await write(town, await delivered(town))
    async with town.pool.transaction() as conn:
        assert await reviews.forget(conn, "market", "kim") == 1
        assert await value(conn, "SELECT count(*) FROM reviews.review WHERE shopper_id IS NOT NULL") == 0
    assert await counts(town) == (0, 0, 0, 0, 1)


async def test_a_count_that_was_tampered_with_is_found(town: Town) -> None:
    await write(town, await delivered(town))
    async with town.pool.transaction() as conn:
        await run(conn, "UPDATE reviews.rating SET ones = 3")
        [found] = await reviews.drift(conn)
        assert (found.product_id, found.counted, found.shown) == ("things", [3, 0, 0, 0, 1], [0, 0, 0, 0, 1])
