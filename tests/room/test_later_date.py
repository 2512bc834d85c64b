"""A date that nobody can hold is given anew: the soonest are shown, one is chosen, the shopper answers."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest

from sangdan.flows.answer_date import NothingToAnswer, accept, decline
from sangdan.flows.follow_order import Followed, follow
from sangdan.flows.later_date import Date, DateGone, Dates, foretold, later_dates, promise_later
from sangdan.flows.rescue_parcel import NoParcel, NothingToRescue, NotYours, Rescued
from sangdan.order.orders.model import Cut, Parcel

from .alliance_cases import EVENING, NIGHT
from .alliance_town import Town

DAY = timedelta(days=1)
WHY = "missed_departure"


async def dates(town: Town, parcel: Parcel, seen_by: str | None = None) -> Dates:
    async with town.pool.transaction() as conn:
        return await later_dates(conn, parcel.parcel_id, town.clock.now(), seen_by)


async def promised(town: Town, parcel: Parcel, key: str = "", seen_by: str | None = None) -> tuple[Rescued, Date]:
    async with town.pool.transaction() as conn:
        done = await promise_later(conn, parcel.parcel_id, key, WHY, town.clock.now(), seen_by)
    await town.react()
    return done


async def missed_its_van(town: Town) -> tuple[UUID, Parcel]:
    """An order that is on the floor still when tonight's van has gone: no way holds its date."""
    order_id = await town.released(tea=2)
    [parcel] = await town.live(order_id)
    await town.until(parcel.departs_at + timedelta(minutes=10))
    return order_id, parcel


async def followed(town: Town, order_id: UUID) -> Followed:
    async with town.pool.transaction() as conn:
        return await follow(conn, order_id)


async def said_yes(town: Town, order_id: UUID) -> None:
    async with town.pool.transaction() as conn:
        await accept(conn, order_id, town.clock.now())


async def said_no(town: Town, order_id: UUID) -> Cut:
    async with town.pool.transaction() as conn:
        taken = await decline(conn, order_id, town.clock.now())
    await town.react()
    return taken


async def test_the_soonest_dates_are_shown_with_what_they_cost_and_nothing_moves(town: Town) -> None:
    order_id, parcel = await missed_its_van(town)
    found = await dates(town, parcel)
    assert [(each.node_ids, each.service) for each in found.dates[:2]] == [
        (("icheon",), "next_day"), (("icheon",), "standard"),
    ]  # fmt: skip
    first = found.dates[0]
    assert (first.promised_at, first.extra_minor, first.keeps) == (parcel.promised_at + DAY, 0, False)
    cheaper = found.dates[1]
    assert cheaper.extra_minor < 0, "slower, and 700 won less"
    assert (await town.live(order_id)) == [parcel]
    assert await town.shelf("icheon", "tea") == (10, 2)


async def test_the_chosen_date_is_promised_and_the_first_promise_counts_as_missed(town: Town) -> None:
    order_id, parcel = await missed_its_van(town)
    first = (await dates(town, parcel)).dates[0]
    async with town.pool.transaction() as conn, conn.transaction(force_rollback=True):
        await promise_later(conn, parcel.parcel_id, first.key, WHY, town.clock.now(), None)
        words = await foretold(conn, order_id, WHY)
    assert "It missed the run that it was meant for, so it comes later." in words["en"].text
    assert "예정된 배송 차량에 싣지 못해 도착이 늦어집니다." in words["ko"].text

    done, date = await promised(town, parcel, first.key)
    assert (date, done.kept) == (first, False)
    [moved] = await town.live(order_id)
    assert (moved.node_id, moved.promised_at) == ("icheon", first.promised_at)
    assert [(each["kept"], each["why"]) for each in await town.facts(order_id, "orders.re_promised")] == [(False, WHY)]
    [step] = [each for each in (await followed(town, order_id)).steps if each.code == "re_promised"]
    assert (step.why, step.was, step.by) == (WHY, parcel.promised_at, first.promised_at)

    await town.deliver(moved)
    [outcome] = await town.outcomes(order_id)
    assert (outcome.kept, outcome.promised_at, outcome.late_s) == (False, parcel.promised_at, 86_400)


async def test_of_two_operators_one_gives_the_date(town: Town) -> None:
    _, parcel = await missed_its_van(town)
    key = (await dates(town, parcel)).dates[0].key
    answers = await asyncio.gather(*(promised(town, parcel, key) for _ in range(2)), return_exceptions=True)
    assert Counter(map(type, answers)) == {tuple: 1, NothingToRescue: 1}


async def test_a_date_that_went_meanwhile_is_not_promised(town: Town) -> None:
    order_id, parcel = await missed_its_van(town)
    keys = [each.key for each in (await dates(town, parcel)).dates]
    await town.until(town.clock.now() + DAY)
    for key in (keys[0], "0." + keys[0], "nonsense", "9.9"):
        with pytest.raises(DateGone):
            await promised(town, parcel, key)
    assert await town.live(order_id) == [parcel]


async def test_it_leaves_meanwhile_and_keeps_its_date(town: Town) -> None:
    order_id = await town.released(tea=2)
    [parcel] = await town.live(order_id)
    key = (await dates(town, parcel)).dates[0].key
    await town.until(EVENING)
    await town.pick(parcel)
    await town.send(parcel)
    with pytest.raises(NothingToRescue):
        await promised(town, parcel, key)
    with pytest.raises(NothingToAnswer):
        await said_no(town, order_id)


async def test_only_the_shop_that_sold_it_or_the_tower_gives_a_date(town: Town) -> None:
    _, parcel = await missed_its_van(town)
    for ally in ("logis", "leaf", "swift"):
        with pytest.raises(NotYours):
            await dates(town, parcel, ally)
    with pytest.raises(NoParcel):
        await dates(town, parcel, "stem")
    assert await dates(town, parcel, "market") == await dates(town, parcel)
    await promised(town, parcel, seen_by="market")


async def test_the_shopper_takes_the_date_and_is_not_asked_again(town: Town) -> None:
    order_id, parcel = await missed_its_van(town)
    assert (await followed(town, order_id)).later is None
    _, date = await promised(town, parcel)
    assert (await followed(town, order_id)).later == date.promised_at
    await asyncio.gather(*(said_yes(town, order_id) for _ in range(3)))
    await said_yes(town, order_id)
    await town.react()
    assert (await followed(town, order_id)).later is None
    assert len(await town.facts(order_id, "orders.date_accepted")) == 1, "told again, it is not noted again"

    [moved] = await town.live(order_id)
    await town.until(moved.departs_at + timedelta(minutes=10))
    _, date = await promised(town, moved)
    assert (await followed(town, order_id)).later == date.promised_at, "a date that is new again is asked again"
    await said_yes(town, order_id)
    assert len(await town.facts(order_id, "orders.date_accepted")) == 2


@pytest.mark.parametrize("packed", [False, True])
async def test_the_shopper_would_not_wait_and_pays_nothing(town: Town, packed: bool) -> None:
    order_id, parcel = await missed_its_van(town)
    with pytest.raises(NothingToAnswer):
        await said_no(town, order_id)
    await promised(town, parcel)
    [moved] = await town.live(order_id)
    if packed:
        await town.pick(moved)
    assert (await said_no(town, order_id)).whole
    await town.until(town.clock.now() + timedelta(hours=1))
    whole = await town.whole(order_id)
    assert (whole.order.state, whole.order.reason, whole.order.due_minor) == ("cancelled", "shopper", 0)
    paid = await town.payment(order_id)
    assert paid.captured_minor == paid.refunded_minor == whole.order.total_minor
    assert await town.shelf("icheon", "tea") == (10, 0)
    [outcome] = await town.outcomes(order_id)
    assert (outcome.kept, outcome.cause, outcome.arrived_at) == (False, "re_sourced", None)
    with pytest.raises(NothingToAnswer):
        await said_no(town, order_id)


async def test_what_has_left_comes_and_only_the_rest_is_cancelled(town: Town) -> None:
    order_id = await town.released(tea=1, ice=1)
    late, sent = sorted(await town.live(order_id), key=lambda parcel: parcel.node_id == "freeze")
    await town.until(EVENING)
    await town.pick(sent)
    await town.send(sent)
    await town.until(NIGHT + timedelta(hours=2))
    await promised(town, late)
    assert not (await followed(town, order_id)).leaves_all
    taken = await said_no(town, order_id)
    assert not taken.whole
    whole = await town.whole(order_id)
    assert (whole.order.state, whole.order.cancelled_minor) == ("shipped", 9000)
    assert [parcel.node_id for parcel in await town.live(order_id)] == ["freeze"]
