"""An order's whole life and its early ends, on the real database and the real engine; each step ends with an audit."""

from datetime import UTC, datetime, timedelta

import pytest

from sangdan.adapters.sandbox_gateway import Behaviour
from sangdan.flows import confirm_order
from sangdan.flows.place_order import StockGone
from sangdan.kit.db import Pool, value
from sangdan.offer.promise import commands as promises
from sangdan.order.orders.errors import NoSuchLine, WrongState
from sangdan.pay.payments.model import Ask

from .alliance_cases import AT, RELEASED, ROWS
from .alliance_town import Town


async def parcels_booked(town: Town, node_id: str) -> int:
    """How many parcels a node is to make, in all hours."""
    async with town.pool.transaction() as conn:
        return await value(
            conn, "SELECT coalesce(sum(parcels), 0) FROM warehouse.slot WHERE node_id = %(node_id)s", node_id=node_id
        )


async def timers(town: Town) -> set[str]:
    async with town.pool.transaction() as conn:
        return set(await value(conn, "SELECT coalesce(array_agg(kind), '{}') FROM kit.timer"))


async def test_an_order_lives_from_promise_to_settlement(town: Town) -> None:
    token, way = await town.way({"tea": 2, "cup": 1})
    assert (way.price.goods_minor, way.price.delivery_minor) == (22_000, 3_000)
    order_id = await town.take(token)
    assert await town.shelf("icheon", "tea") == (10, 2)
    assert (await town.books()).nets == {}

    await town.react()
    assert (await town.whole(order_id)).order.state == "authorised"
    assert (await town.books()).held_minor == 25_000

    await town.until(RELEASED)
    books = await town.books()
    assert (await town.whole(order_id)).order.state == "released"
    assert (books.held_minor, books.net("escrow"), books.net("gateway_fee")) == (0, 25_000, -625 - 62)

    [parcel] = await town.live(order_id)
    await town.pick(parcel)
    assert await town.shelf("icheon", "tea") == (10, 2)
    await town.send(parcel, parcel.departs_at)
    assert (await town.whole(order_id)).order.state == "shipped"
    assert await town.shelf("icheon", "tea") == (8, 0)

    await town.tell(parcel, "delivered", parcel.promised_at)
    order = (await town.whole(order_id)).order
    assert (order.state, order.delivered_at) == ("delivered", parcel.promised_at)
    assert [(each.kept, each.late_s, each.cause) for each in await town.outcomes(order_id)] == [(True, 0, "kept")]
    assert (await town.books()).net("escrow") == 25_000, "settlement waits for the confirmation"

    async with town.pool.transaction() as conn:
        await confirm_order.confirm(conn, order_id, town.clock.now())
    await town.react()
    books = await town.books()
    assert (await town.whole(order_id)).order.state == "confirmed"
    assert books.net("escrow") == 0
    assert books.net("delivery_income") == 3_000
    # Goods less commission of 11 and 9 %, its VAT, and the house's fees: 300 a unit and 900 shared by units, with VAT.
    assert books.net("due:leaf", "alliance") == 18_000 - 1_980 - 198 - 1_200 - 120
    assert books.net("due:stem", "alliance") == 4_000 - 360 - 36 - 600 - 60
    assert books.net("due:logis", "alliance") == 1_800 + 180
    assert books.net("due:swift", "alliance") == parcel.carrier_minor == 2_650
    assert books.net("due:alliance") == -books.net("due:market", "alliance")
    async with town.pool.transaction() as conn:
        assert await promises.recompute(conn, order_id)


@pytest.mark.parametrize("behaviour", [Behaviour.DECLINE, Behaviour.LOSE])
async def test_without_money_everything_goes_back(db: Pool, behaviour: Behaviour) -> None:
    town = Town(db, lambda ask: behaviour if ask.kind == "authorise" else Behaviour.APPROVE)
    await town.found()
    order_id = await town.order(tea=2, ice=1)
    await town.until(AT + timedelta(hours=1))

    order = (await town.whole(order_id)).order
    assert (order.state, order.reason, order.due_minor) == ("cancelled", "payment_declined", 0)
    assert await town.live(order_id) == []
    assert await town.shelf("icheon", "tea") == (10, 0)
    assert [await parcels_booked(town, node_id) for node_id in ("icheon", "freeze")] == [0, 0]
    assert (await town.books()).nets == {}
    assert await timers(town) == set()


async def test_a_whole_order_is_cancelled_before_its_release(town: Town) -> None:
    order_id = await town.order(tea=2, cup=1)
    assert await parcels_booked(town, "icheon") == 1
    taken = await town.cancel(order_id)

    assert (taken.whole, taken.amount_minor) == (True, 25_000)
    assert await parcels_booked(town, "icheon") == 0
    assert await timers(town) == set()
    await town.until(RELEASED)
    order = (await town.whole(order_id)).order
    assert (order.state, order.reason, order.released_at) == ("cancelled", "shopper", None)
    assert (await town.payment(order_id)).state == "voided"
    assert (await town.books()).held_minor == 0
    with pytest.raises(WrongState):
        await town.cancel(order_id)


async def test_units_are_cancelled_one_by_one_and_the_fee_goes_with_the_last(town: Town) -> None:
    order_id = await town.order(tea=2, cup=1)
    amounts = [(await town.cancel(order_id, wish)).amount_minor for wish in ({1: 1}, {2: 1}, {1: 1})]

    assert amounts == [9_000, 4_000, 9_000 + 3_000]
    assert (await town.whole(order_id)).order.state == "cancelled"
    assert (await town.payment(order_id)).state == "voided"
    assert await town.shelf("icheon", "tea") == (10, 0)
    assert await parcels_booked(town, "icheon") == 0


async def test_what_is_left_is_captured_and_the_emptied_parcel_is_not_made(town: Town) -> None:
    order_id = await town.order(tea=2, ice=2)
    assert {parcel.node_id for parcel in await town.live(order_id)} == {"icheon", "freeze"}
    await town.cancel(order_id, {2: 2})

    assert [parcel.node_id for parcel in await town.live(order_id)] == ["icheon"]
    assert await town.shelf("freeze", "ice") == (5, 0)
    assert await parcels_booked(town, "freeze") == 0
    await town.until(RELEASED)
    assert (await town.payment(order_id)).captured_minor == 18_000 + 3_000
    assert (await town.books()).held_minor == 0


async def test_more_than_there_is_cannot_be_cancelled(town: Town) -> None:
    order_id = await town.order(tea=2)
    await town.cancel(order_id, {1: 1})
    for wish in ({1: 2}, {1: 0}, {7: 1}):
        with pytest.raises(NoSuchLine):
            await town.cancel(order_id, wish)
    assert await town.shelf("icheon", "tea") == (10, 1)


@pytest.mark.parametrize("wish", [None, {1: 1}])
async def test_after_the_release_it_is_too_late_to_cancel(town: Town, wish: dict[int, int] | None) -> None:
    order_id = await town.released(tea=2)
    before = await town.whole(order_id)
    with pytest.raises(WrongState, match="is released"):
        await town.cancel(order_id, wish)
    assert await town.whole(order_id) == before
    assert await town.shelf("icheon", "tea") == (10, 2)


async def test_an_order_cancelled_before_the_bank_answers_costs_nothing(db: Pool) -> None:
    town = Town(db, lambda ask: Behaviour.LATE if ask.kind == "authorise" else Behaviour.APPROVE)
    await town.found()
    order_id = await town.order(tea=2)
    assert (await town.payment(order_id)).state == "unknown"
    await town.cancel(order_id)
    await town.until(AT + timedelta(hours=1))

    assert (await town.whole(order_id)).order.reason == "shopper"
    assert (await town.payment(order_id)).state == "voided"
    assert (await town.books()).held_minor == 0
    assert await timers(town) == set()


async def test_an_order_waits_for_a_bank_that_answers_after_its_hour(db: Pool) -> None:
    asked = 0

    def hear_the_fourth(ask: Ask) -> Behaviour:
        nonlocal asked
        asked += 1
        return Behaviour.LOSE if asked < 4 else Behaviour.APPROVE

    town = Town(db, hear_the_fourth)
    await town.found()
    order_id = await town.order(tea=1)
    answered_at = AT + timedelta(seconds=60 + 120 + 240)
    await town.until(answered_at - timedelta(seconds=1))
    assert (await town.whole(order_id)).order.state == "placed"
    await town.until(answered_at)
    order = (await town.whole(order_id)).order
    assert (order.state, order.released_at) == ("released", answered_at)


@pytest.mark.parametrize("kind", ["authorise", "capture", "refund"])
@pytest.mark.parametrize("behaviour", [Behaviour.TIME_OUT, Behaviour.LATE, Behaviour.TWICE])
async def test_however_the_bank_stammers_the_books_end_the_same(db: Pool, kind: str, behaviour: Behaviour) -> None:
    town = Town(db, lambda ask: behaviour if ask.kind == kind else Behaviour.APPROVE)
    await town.found()
    order_id = await town.released(tea=1, ice=2)
    await town.until(RELEASED + timedelta(hours=1))
    for parcel in await town.live(order_id):
        await town.pick(parcel, ice=0)
    await town.until(RELEASED + timedelta(hours=3))

    paid, books = await town.payment(order_id), await town.books()
    assert (paid.state, paid.captured_minor, paid.refunded_minor) == ("captured", 18_000, 6_000)
    assert (books.held_minor, books.net("escrow"), books.net("gateway_fee")) == (0, 12_000, -450 - 45)


async def test_a_void_that_stammers_is_made_once(db: Pool) -> None:
    town = Town(db, lambda ask: Behaviour.TIME_OUT if ask.kind == "void" else Behaviour.APPROVE)
    await town.found()
    order_id = await town.order(tea=1)
    await town.cancel(order_id)
    assert (await town.payment(order_id)).state == "authorised"
    await town.until(AT + timedelta(hours=1))
    assert (await town.payment(order_id)).state == "voided"
    assert (await town.books()).held_minor == 0


async def test_what_cannot_be_paid_in_the_end_does_not_leave(db: Pool) -> None:
    town = Town(db, lambda ask: Behaviour.DECLINE if ask.kind == "capture" else Behaviour.APPROVE)
    await town.found()
    order_id = await town.released(tea=1, ice=2)

    order, paid = (await town.whole(order_id)).order, await town.payment(order_id)
    assert (order.state, order.reason, order.due_minor) == ("cancelled", "payment_declined", 0)
    assert (paid.state, paid.captured_minor, (await town.books()).held_minor) == ("voided", 0, 0)
    assert [await town.shelf("icheon", "tea"), await town.shelf("freeze", "ice")] == [(10, 0), (5, 0)]
    assert [await parcels_booked(town, node_id) for node_id in ("icheon", "freeze")] == [0, 0]
    async with db.transaction() as conn:
        assert await value(conn, "SELECT array_agg(DISTINCT state) FROM warehouse.task") == ["cancelled"]


async def test_what_left_before_the_bank_refused_is_not_called_back(db: Pool) -> None:
    """And what was never taken is not given back when a parcel is lost."""
    asked = 0

    def refuse_late(ask: Ask) -> Behaviour:
        nonlocal asked
        asked += ask.kind == "capture"
        early = Behaviour.LOSE if asked < 3 else Behaviour.DECLINE
        return early if ask.kind == "capture" else Behaviour.APPROVE

    town = Town(db, refuse_late)
    await town.found()
    order_id = await town.released(tea=6, ice=5, jam=1)
    parcels = {parcel.node_id: parcel for parcel in await town.live(order_id)}
    tea, ice = parcels["icheon"], parcels["freeze"]
    for parcel in (tea, ice):
        await town.pick(parcel)
        await town.send(parcel)
    await town.until(RELEASED + timedelta(seconds=60 + 120))

    assert {parcel.node_id for parcel in await town.live(order_id)} == {"freeze", "icheon"}
    order = (await town.whole(order_id)).order
    assert (order.state, order.cancelled_minor) == ("shipped", 5_000)
    assert await town.shelf("gangnam", "jam") == (4, 0)
    await town.tell(ice, "lost", ice.promised_at)
    await town.tell(tea, "delivered", tea.promised_at)
    assert (await town.whole(order_id)).order.state == "delivered"
    assert (await town.payment(order_id)).refunded_minor == 0


async def test_an_order_confirms_itself_when_its_term_is_over(town: Town) -> None:
    order_id = await town.released(tea=1)
    [parcel] = await town.live(order_id)
    await town.deliver(parcel)
    ends_at = parcel.promised_at + timedelta(days=7)
    await town.until(ends_at - timedelta(seconds=1))
    assert (await town.whole(order_id)).order.state == "delivered"
    await town.until(ends_at)
    order = (await town.whole(order_id)).order
    assert (order.state, order.confirmed_at) == ("confirmed", ends_at)
    assert (await town.books()).net("escrow") == 0


async def test_confirming_twice_settles_once_and_ends_the_term(town: Town) -> None:
    order_id = await town.released(tea=1)
    async with town.pool.transaction() as conn:
        with pytest.raises(WrongState):
            await confirm_order.confirm(conn, order_id, town.clock.now())
    [parcel] = await town.live(order_id)
    await town.deliver(parcel)
    assert await timers(town) == {"order.confirm"}
    for _ in range(2):
        async with town.pool.transaction() as conn:
            await confirm_order.confirm(conn, order_id, town.clock.now())
        await town.react()
    assert await timers(town) == set()
    assert len(await town.facts(order_id, "orders.confirmed")) == 1
    once = (await town.books()).nets
    await town.until(parcel.promised_at + timedelta(days=8))
    assert (await town.books()).nets == once


async def test_contracts_change_at_midnight_in_seoul_not_nine_hours_later(db: Pool) -> None:
    """At 08:30 in Seoul it is still the day before in UTC, when the old terms held."""
    morning = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    ends = [dict(row, valid_to="2026-12-01") for row in ROWS["contracts"]]
    new = [
        dict(row, valid_from="2026-12-01", valid_to=None, commission_ppm=200_000, gateway_fee_ppm=40_000)
        for row in ROWS["contracts"]
    ]
    town = Town(db)
    await town.found(contracts=[*ends, *new])
    order_id = await town.released(tea=1)
    [parcel] = await town.live(order_id)
    await town.deliver(parcel)
    assert (await town.books()).net("gateway_fee") == -300 - 30, "2.5 % of 12,000, and VAT"

    await town.until(morning)
    async with town.pool.transaction() as conn:
        await confirm_order.confirm(conn, order_id, morning)
    await town.react()
    async with town.pool.transaction() as conn:
        commission = "SELECT sum(amount_minor) FROM kit.transfer WHERE book = 'alliance' AND kind = 'commission'"
        assert await value(conn, commission) == 1_800, "20 % of 9,000"

    await town.released(tea=1)
    assert (await town.books()).net("gateway_fee") == -330 - 480 - 48, "and 4 % of 12,000"


async def test_a_promise_whose_goods_went_meanwhile_leaves_nothing_behind(town: Town) -> None:
    token, _ = await town.way({"ice": 4})
    await town.order(ice=3)
    with pytest.raises(StockGone) as gone:
        await town.take(token)
    assert gone.value.facts["short"] == [{"what": "shelf", "node_id": "freeze", "sku": "ice"}]
    assert await town.shelf("freeze", "ice") == (5, 3)


async def test_the_bank_hears_each_wish_once(db: Pool) -> None:
    heard: list[str] = []

    def approve_and_remember(ask: Ask) -> Behaviour:
        heard.append(ask.kind)
        return Behaviour.APPROVE

    town = Town(db, approve_and_remember)
    await town.found()
    order_id = await town.released(tea=1, ice=1)
    for parcel in await town.live(order_id):
        await town.pick(parcel, ice=0)
    await town.react()
    assert heard == ["authorise", "capture", "refund"]
