"""From the node to the shopper: how promises end, and parcels that are given up, for good or for a while."""

from datetime import timedelta
from uuid import UUID

import pytest

from sangdan.flows import confirm_order
from sangdan.kit.db import Pool
from sangdan.order.orders.model import Parcel
from sangdan.tower.analytics import commands as analytics

from .alliance_cases import AT, ROWS
from .alliance_town import Town

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def handed_over(town: Town, order_id: UUID) -> dict[str, Parcel]:
    """All of an order's parcels on the road, in time; by node."""
    parcels = {parcel.node_id: parcel for parcel in await town.live(order_id)}
    for parcel in parcels.values():
        await town.pick(parcel)
        await town.send(parcel, parcel.departs_at)
    return parcels


@pytest.mark.parametrize(
    ("leaves_after", "arrives_after", "kept", "cause"),
    [
        (-HOUR, -HOUR, True, "kept"),
        (HOUR, timedelta(), True, "kept"),
        (timedelta(), timedelta(seconds=1), False, "late_transit"),
        (HOUR, DAY, False, "late_hand_over"),
    ],
)
async def test_a_promise_ends_kept_or_missed_and_says_why(
    town: Town, leaves_after: timedelta, arrives_after: timedelta, kept: bool, cause: str
) -> None:
    order_id = await town.released(tea=1)
    [parcel] = await town.live(order_id)
    await town.pick(parcel)
    await town.send(parcel, parcel.departs_at + leaves_after)
    await town.tell(parcel, "delivered", parcel.promised_at + arrives_after)
    [outcome] = await town.outcomes(order_id)
    assert (outcome.kept, outcome.late_s, outcome.cause) == (kept, int(arrives_after.total_seconds()), cause)
    assert (outcome.node_id, outcome.carrier_id, outcome.service) == ("icheon", "swift", "next_day")
    assert (outcome.promised_at, outcome.probability_ppm) == (parcel.promised_at, parcel.probability_ppm)


@pytest.mark.parametrize(("ready_after", "cause"), [(-HOUR, "kept"), (HOUR, "late_hand_over")])
async def test_a_counter_keeps_its_promise_when_the_parcel_is_ready(
    town: Town, ready_after: timedelta, cause: str
) -> None:
    order_id = await town.released("pickup", jam=1)
    [parcel] = await town.live(order_id)
    await town.pick(parcel)
    await town.send(parcel, parcel.promised_at + ready_after)
    await town.tell(parcel, "delivered", parcel.promised_at + 2 * DAY)
    [outcome] = await town.outcomes(order_id)
    assert (outcome.cause, outcome.late_s) == (cause, int(ready_after.total_seconds()))
    assert (await town.whole(order_id)).order.state == "delivered"


async def test_an_order_has_arrived_when_its_last_parcel_has(town: Town) -> None:
    order_id = await town.released(tea=1, ice=1)
    parcels = await handed_over(town, order_id)
    await town.tell(parcels["freeze"], "delivered", parcels["freeze"].promised_at - HOUR)
    assert (await town.whole(order_id)).order.state == "shipped"
    await town.tell(parcels["icheon"], "delivered", parcels["icheon"].promised_at)
    assert (await town.whole(order_id)).order.state == "delivered"
    assert [each.kept for each in await town.outcomes(order_id)] == [True, True]


async def test_a_lost_order_is_refunded_and_stays_so_when_it_turns_up(town: Town) -> None:
    order_id = await town.released(tea=1)
    parcel = (await handed_over(town, order_id))["icheon"]
    await town.tell(parcel, "lost", parcel.promised_at + DAY)

    order, paid, books = (await town.whole(order_id)).order, await town.payment(order_id), await town.books()
    assert (order.state, order.reason) == ("cancelled", "lost_in_transit")
    assert (paid.captured_minor, paid.refunded_minor, books.net("escrow")) == (12_000, 12_000, 0)
    assert len(await town.facts(order_id, "orders.cancelled")) == 1
    [missed] = await town.outcomes(order_id)
    assert (missed.kept, missed.late_s, missed.arrived_at, missed.cause) == (False, None, None, "lost")
    async with town.pool.transaction() as conn:
        report = await analytics.report(conn, AT, AT + DAY, None)
    assert (report.accuracy[0].kept_ppm, report.accuracy[0].late_s, report.on_time.count) == (0, None, 0)

    await town.tell(parcel, "delivered", parcel.promised_at + 2 * DAY)
    whole = await town.whole(order_id)
    assert (whole.order, whole.parcel(1).state) == (order, "lost")
    assert ((await town.payment(order_id)), (await town.books()).nets) == (paid, books.nets)
    assert await town.outcomes(order_id) == [missed]


async def test_a_lost_parcel_comes_off_the_order_and_its_carrier_is_not_paid_for_it(town: Town) -> None:
    order_id = await town.released(tea=1, ice=2)
    parcels = await handed_over(town, order_id)
    tea, ice = parcels["icheon"], parcels["freeze"]
    await town.tell(ice, "lost", ice.promised_at)
    assert (await town.whole(order_id)).order.state == "shipped"
    assert (await town.payment(order_id)).refunded_minor == 6_000
    await town.tell(tea, "delivered", tea.promised_at)
    assert (await town.whole(order_id)).order.state == "delivered"
    await town.tell(ice, "delivered", ice.promised_at + DAY)
    assert (await town.whole(order_id)).parcel(ice.parcel_no).state == "lost"

    async with town.pool.transaction() as conn:
        await confirm_order.confirm(conn, order_id, town.clock.now())
    await town.react()
    books = await town.books()
    assert (books.net("escrow"), books.net("delivery_income")) == (0, 3_000)
    assert books.net("due:swift", "alliance") == tea.carrier_minor
    assert books.net("due:stem", "alliance") == 0
    assert books.net("due:logis", "alliance") == 1_200 + 120


async def test_a_lost_parcel_of_gifts_needs_no_refund(db: Pool) -> None:
    gifts = [dict(row, price_minor=0) if row["sku"] == "ice" else row for row in ROWS["offers"]]
    town = Town(db)
    await town.found(offers=gifts)
    order_id = await town.released(tea=1, ice=2)
    parcels = await handed_over(town, order_id)
    await town.tell(parcels["freeze"], "lost", parcels["freeze"].promised_at)
    whole, paid = await town.whole(order_id), await town.payment(order_id)
    assert ([line.cancelled_units for line in whole.lines], paid.refunded_minor) == ([0, 2], 0)
    assert whole.order.state == "shipped"


async def test_a_parcel_that_arrived_is_not_lost_any_more(town: Town) -> None:
    order_id = await town.released(tea=1)
    parcel = (await handed_over(town, order_id))["icheon"]
    await town.tell(parcel, "delivered", parcel.promised_at)
    await town.tell(parcel, "lost", parcel.promised_at + HOUR)
    assert (await town.whole(order_id)).order.state == "delivered"
    assert (await town.payment(order_id)).refunded_minor == 0


async def test_what_is_lost_twice_is_refunded_once(town: Town) -> None:
    order_id = await town.released(tea=1, ice=2)
    ice = (await handed_over(town, order_id))["freeze"]
    for hours in (1, 2):
        await town.tell(ice, "lost", ice.promised_at + hours * HOUR)
    await town.tell(ice, "in_transit", ice.promised_at + 3 * HOUR)
    await town.tell(ice, "lost", ice.promised_at + 4 * HOUR)
    assert (await town.payment(order_id)).refunded_minor == 6_000
    assert [line.cancelled_units for line in (await town.whole(order_id)).lines] == [0, 2]
