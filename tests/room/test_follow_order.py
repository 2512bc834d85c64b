"""An order as its shopper follows it: every step in turn, and why a promise moved, from when to when."""

from datetime import timedelta
from uuid import UUID

from sangdan.doors.web.shop.order_story import STEPS, Story, story
from sangdan.doors.web.shop.telling import Teller
from sangdan.doors.web.words import words_in
from sangdan.flows.follow_order import Step, follow

from .alliance_cases import EVENING, NIGHT
from .alliance_town import Town

DAY = timedelta(days=1)


async def steps(town: Town, order_id: UUID) -> list[Step]:
    async with town.pool.transaction() as conn:
        return list((await follow(conn, order_id)).steps)


async def told(town: Town, order_id: UUID) -> Story:
    say = words_in("en")
    async with town.pool.transaction() as conn:
        return story(await follow(conn, order_id), say, Teller(say, town.clock.now()))


async def test_a_plain_order_is_told_step_by_step(town: Town) -> None:
    order_id = await town.released(tea=2)
    [parcel] = await town.live(order_id)
    await town.until(EVENING)
    await town.pick(parcel, tea=2)
    await town.deliver(parcel)

    codes = [step.code for step in await steps(town, order_id)]
    assert codes[:2] == ["orders.placed", "payments.authorised"]
    assert codes[-2:] == ["delivery.delivered", "orders.delivered"]
    assert {"orders.released", "payments.captured", "warehouse.packed", "shipped"} <= set(codes)
    assert set(codes) <= STEPS.keys(), "each has its sentence"
    page = await told(town, order_id)
    assert (page.confirmable, page.lives) == (True, False)
    assert {stage.state for stage in page.road} == {"done"}


async def test_a_promise_that_moved_is_told_with_its_reason_and_both_dates(town: Town) -> None:
    order_id = await town.released(tea=2)
    [before] = await town.live(order_id)
    await town.until(NIGHT)
    await town.pick(before, tea=0)

    [moved] = [step for step in await steps(town, order_id) if step.code == "re_promised"]
    assert (moved.why, moved.was, moved.by) == ("not_on_shelf", before.promised_at, before.promised_at + DAY)
    page = await told(town, order_id)
    [moment] = [each for each in page.moments if "later than we said" in each.text]
    assert moment.mark == "change"
    assert moment.more[0] == "Why: the goods were not on the shelf where we had reserved them."
    assert moment.more[1].startswith("We had said ")
    assert page.lives


async def test_a_date_that_stands_is_told_so(town: Town) -> None:
    order_id = await town.released(tea=2)
    [before] = await town.live(order_id)
    await town.until(EVENING)
    await town.pick(before, tea=0)
    assert [step.code for step in await steps(town, order_id)][-1] == "re_promised_kept"


async def test_the_page_of_a_cancelled_order_waits_for_the_money(town: Town) -> None:
    order_id = await town.order(tea=2)
    await town.cancel(order_id)
    page = await told(town, order_id)
    assert (page.state, page.due_minor, page.road, page.lives) == ("cancelled", 0, (), False)
    assert any("nothing was charged" in moment.text for moment in page.moments)
