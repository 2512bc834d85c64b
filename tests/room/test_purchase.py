"""Several ways of one basket: placed together or not at all, paid together or not at all, each its own afterwards."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import pytest

from sangdan.adapters.sandbox_gateway import Behaviour
from sangdan.flows import place_order
from sangdan.flows.cancel_purchase import PartsMoved, cancel_purchase
from sangdan.flows.confirm_order import confirm_purchase
from sangdan.flows.place_order import Short, Terms
from sangdan.flows.place_order.together import PartsUnfit, check_parts, take_together
from sangdan.kit.db import Conn, Pool, value
from sangdan.kit.ids import derive
from sangdan.offer.promise import commands as promises
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import WrongState
from sangdan.pay.payments.model import Ask

from .alliance_cases import BUSAN, BUYER, RELEASED, SECRET, TERMS
from .alliance_town import Town
from .post_office import PostOffice

PARTS: Final[Sequence[tuple[str, Mapping[str, int]]]] = (
    ("next_day", {"tea": 2, "cup": 1}), ("pickup", {"jam": 1}), ("standard", {"ice": 1}),
)  # fmt: skip

SOON, DAY = timedelta(minutes=1), timedelta(days=1)


async def asked(town: Town, parts: Sequence[tuple[str, Mapping[str, int]]] = PARTS) -> list[str]:
    """A token for each part."""
    return [(await town.way(wishes, service))[0] for service, wishes in parts]


async def taken(
    town: Town, tokens: Sequence[str], terms: Terms = TERMS, *, broken: bool = False
) -> tuple[list[UUID], list[list[Short]]]:
    """Take them in one purchase; nobody has reacted yet."""
    at = town.clock.now()
    opened = [promises.open_(token, BUYER.client_id, at, SECRET) for token in tokens]
    parts = [
        place_order.opened(each, BUYER, terms, derive(each.promise_id, "order"), at) for each in opened
    ]  # fmt: skip

    async def also(conn: Conn) -> None:
        if broken:
            raise PartsUnfit("what comes along cannot be written")

    told = await take_together(town.pool, town.clock, parts, also)
    await town.audit()
    return [part.order_id for part in parts], told


async def bought(town: Town) -> list[UUID]:
    """A purchase of which everybody has heard."""
    order_ids, told = await taken(town, await asked(town))
    assert told == [[], [], []]
    await town.react()
    return order_ids


async def states(town: Town, order_ids: Sequence[UUID]) -> list[str]:
    return [(await town.whole(order_id)).order.state for order_id in order_ids]


async def left(db: Pool) -> Sequence[int]:
    """Orders, payments, reserved units and taken hours in all."""
    async with db.connection() as conn:
        row = await conn.execute(
            "SELECT (SELECT count(*) FROM orders.order), (SELECT count(*) FROM payments.payment),"
            " (SELECT coalesce(sum(reserved), 0)::bigint FROM stock.balance),"
            " (SELECT coalesce(sum(parcels), 0)::bigint FROM warehouse.slot)"
        )
        found = await row.fetchone()
    assert found is not None
    return found


async def test_each_keeps_its_promise_and_all_know_one_another(town: Town) -> None:
    order_ids = await bought(town)
    for order_id, (service, wishes) in zip(order_ids, PARTS, strict=True):
        whole = await town.whole(order_id)
        assert (whole.order.service, whole.order.state) == (service, "authorised")
        assert {line.sku: line.units for line in whole.lines} == wishes
        async with town.pool.transaction() as conn:
            assert list(await orders.together(conn, order_id)) == order_ids
            assert await promises.recompute(conn, order_id)
    await town.until(RELEASED)
    assert await states(town, order_ids) == ["released"] * 3


async def test_the_shopper_pays_the_sum_to_the_won_and_the_allies_are_settled_with(town: Town) -> None:
    order_ids = await bought(town)
    due = [(await town.whole(order_id)).order for order_id in order_ids]
    assert (await town.books()).held_minor == sum(order.goods_minor + order.delivery_minor for order in due)
    for order_id in order_ids:
        for parcel in await town.live(order_id):
            await town.until(RELEASED)
            await town.deliver(parcel)
    assert await states(town, order_ids) == ["delivered"] * 3
    paid = [await town.payment(order_id) for order_id in order_ids]
    assert [each.captured_minor for each in paid] == [order.total_minor for order in due]
    await town.until(town.clock.now() + timedelta(days=TERMS.confirm_days))
    assert await states(town, order_ids) == ["confirmed"] * 3
    books = await town.books()
    assert (books.held_minor, books.net("escrow")) == (0, 0), "nobody's money is left between"


async def test_when_one_cannot_be_had_nothing_is_left_of_any(town: Town, db: Pool) -> None:
    tokens = await asked(town)
    await town.order("pickup", jam=4)
    before = await left(db)

    _, told = await taken(town, tokens)
    assert [[short["what"] for short in each] for each in told] == [[], ["shelf"], []], "it is told of that part alone"
    assert await left(db) == before


async def test_two_parts_stand_in_one_stores_queue_one_behind_the_other(town: Town) -> None:
    ways = [await town.way({sku: 1}, "pickup", BUSAN) for sku in ("tea", "jam")]
    assert {way.node_id for _, way in ways} == {"haeundae"}
    order_ids, told = await taken(town, [token for token, _ in ways])
    assert told == [[], []]
    await town.react()
    assert await states(town, order_ids) == ["authorised"] * 2


async def test_what_comes_along_and_cannot_be_written_leaves_nothing(town: Town, db: Pool) -> None:
    with pytest.raises(PartsUnfit):
        await taken(town, await asked(town), broken=True)
    assert await left(db) == (0, 0, 0, 0)


async def test_taken_twice_it_is_there_once(town: Town, db: Pool) -> None:
    tokens = await asked(town)
    answers = await asyncio.gather(*(taken(town, tokens) for _ in range(5)))
    assert Counter(not any(told) for _, told in answers) == {True: 1, False: 4}
    assert {short["what"] for _, told in answers for each in told for short in each} == {"taken"}
    assert (await left(db))[0] == 3


async def test_purchases_and_orders_that_want_the_same_are_never_oversold(town: Town, db: Pool) -> None:
    """Ten units of tea lie in Icheon; five purchases of two and others of three run for them, in both sequences."""
    tokens = [await asked(town) for _ in range(5)]
    turned = [await asked(town, PARTS[::-1]) for _ in range(5)]
    single = [(await town.way({"tea": 3}))[0] for _ in range(4)]

    async def alone(token: str) -> bool:
        try:
            await town.take(token)
        except place_order.StockGone:
            return False
        return True

    town.careful = False
    together = asyncio.gather(*(taken(town, each) for each in [*tokens, *turned]))
    apart = asyncio.gather(*(alone(each) for each in single))
    placed = sum(not any(told) for _, told in await together)
    assert placed + sum(await apart) >= 3
    await town.audit()
    orders_placed = 3 * placed + sum(await apart)
    assert (await left(db))[0] == orders_placed
    async with db.connection() as conn:
        assert await value(conn, "SELECT count(*) FROM orders.purchase") == 3 * placed


async def a_town(db: Pool, service: str, behaviour: Behaviour) -> tuple[Town, list[UUID]]:
    """A purchase one of whose payments goes otherwise; no floor waits for second thoughts."""
    amounts = dict[str, int]()

    def decide(ask: Ask) -> Behaviour:
        return behaviour if ask.kind == "authorise" and ask.amount_minor == amounts[service] else Behaviour.APPROVE

    town = Town(db, decide)
    await town.found()
    order_ids, told = await taken(town, await asked(town), Terms(release_after_s=0, confirm_days=7))
    assert not any(told)
    for order_id in order_ids:
        order = (await town.whole(order_id)).order
        amounts[order.service] = order.total_minor
    await town.react()
    return town, order_ids


@pytest.mark.parametrize("service", [service for service, _ in PARTS])
async def test_one_payment_that_is_declined_ends_all_and_nothing_is_charged(db: Pool, service: str) -> None:
    town, order_ids = await a_town(db, service, Behaviour.DECLINE)
    await town.until(RELEASED)
    assert await states(town, order_ids) == ["cancelled"] * 3
    assert sorted([(await town.payment(each)).state for each in order_ids]) == ["declined", "voided", "voided"]
    assert (await town.books()).held_minor == 0
    assert (await left(db))[2:] == (0, 0)


@pytest.mark.parametrize("service", [service for service, _ in PARTS])
async def test_nothing_is_prepared_before_all_of_it_is_paid(db: Pool, service: str) -> None:
    """The bank says nothing of one part at first; until it does no floor is told of the others."""
    town, order_ids = await a_town(db, service, Behaviour.LATE)
    await town.until(town.clock.now())
    assert sorted(await states(town, order_ids)) == ["authorised", "authorised", "placed"]
    await town.until(RELEASED)
    assert await states(town, order_ids) == ["released"] * 3


async def test_who_cancels_the_part_that_is_not_paid_yet_lets_the_others_go_on(db: Pool) -> None:
    town, order_ids = await a_town(db, "standard", Behaviour.TIME_OUT)
    assert await states(town, order_ids) == ["authorised", "authorised", "placed"]
    await town.cancel(order_ids[2])
    await town.until(town.clock.now())
    assert await states(town, order_ids) == ["released", "released", "cancelled"]


async def test_a_part_is_cancelled_after_another_has_gone(town: Town) -> None:
    order_ids = await bought(town)
    due = [(await town.whole(order_id)).order.total_minor for order_id in order_ids]
    await town.cancel(order_ids[1])
    await town.until(RELEASED)
    [parcel] = await town.live(order_ids[0])
    await town.deliver(parcel)

    assert await states(town, order_ids) == ["delivered", "cancelled", "released"]
    paid = [await town.payment(order_id) for order_id in order_ids]
    assert [each.state for each in paid] == ["captured", "voided", "captured"]
    assert [each.captured_minor for each in paid] == [due[0], 0, due[2]]


# --- what its shopper is told


async def test_one_message_tells_of_all_parts_and_of_their_end_in_one_step(town: Town) -> None:
    office = PostOffice(town.pool)
    order_ids = await bought(town)
    assert await office.deliver(town.clock.now() + SOON) == ["placed_together_ko"]
    assert [len(await office.notices(each)) for each in order_ids] == [1, 0, 0]
    text = office.provider.tries[-1].text
    due = [(await town.whole(order_id)).order.total_minor for order_id in order_ids]
    assert f"{sum(due):,}원" in text
    assert all(f"\n{part}. " in text for part in (1, 2, 3))

    async def cancel() -> None:
        async with town.pool.transaction() as conn:
            await cancel_purchase(conn, order_ids, order_ids, "shopper", town.clock.now())

    answers = await asyncio.gather(*(cancel() for _ in range(4)), return_exceptions=True)
    assert Counter(map(type, answers)) == {type(None): 1, PartsMoved: 3}
    await town.react()
    assert await states(town, order_ids) == ["cancelled"] * 3
    assert await office.deliver(town.clock.now() + SOON) == ["cancelled_ko"]
    assert f"{sum(due):,}원은 청구되지 않습니다" in office.provider.tries[-1].text
    assert sorted([state for each in order_ids for _, state, _ in await office.states(each)]) == [
        "sent", "sent", "suppressed", "suppressed",
    ]  # fmt: skip
    assert await office.deliver(town.clock.now() + DAY) == []


async def test_a_part_that_is_cancelled_alone_is_told_of_alone(town: Town) -> None:
    office = PostOffice(town.pool)
    order_ids = await bought(town)
    await town.cancel(order_ids[1])
    assert await office.deliver(town.clock.now() + SOON) == ["cancelled_ko", "placed_together_ko"]
    assert "\n3. " not in office.provider.tries[-1].text, "what was cancelled at once is not confirmed first"
    await town.cancel(order_ids[0])
    assert await office.deliver(town.clock.now() + SOON) == ["cancelled_ko"]


async def test_nothing_is_said_to_be_ordered_before_all_of_it_is_paid(db: Pool) -> None:
    town, order_ids = await a_town(db, "standard", Behaviour.TIME_OUT)
    office = PostOffice(town.pool)
    assert await office.deliver(town.clock.now() + SOON) == []
    await town.cancel(order_ids[2])
    assert sorted(await office.deliver(town.clock.now() + SOON)) == ["cancelled_ko", "placed_together_ko"]


async def test_a_payment_that_is_declined_is_told_of_in_one_message(db: Pool) -> None:
    town, order_ids = await a_town(db, "pickup", Behaviour.DECLINE)
    office = PostOffice(town.pool)
    assert await office.deliver(town.clock.now() + SOON) == ["declined_ko"]
    due = [(await town.whole(order_id)).order.total_minor for order_id in order_ids]
    assert f"{sum(due):,}원" in office.provider.tries[-1].text


async def test_several_senders_tell_of_a_purchase_once(town: Town) -> None:
    office = PostOffice(town.pool)
    ids = [await bought(town) for _ in range(3)]
    async with town.pool.transaction() as conn:
        for order_ids in ids[1:]:
            await cancel_purchase(conn, order_ids, order_ids, "shopper", town.clock.now())
    await town.react()
    await asyncio.gather(*(office.deliver(town.clock.now() + SOON) for _ in range(4)))
    assert Counter(message.code[:-1] for message in office.provider.tries) == {
        "placed_together_ko": 1, "cancelled_ko": 2,
    }  # fmt: skip


# --- all of it is cancelled


async def test_all_is_cancelled_in_one_step_or_as_it_was_asked_or_not_at_all(town: Town) -> None:
    order_ids = await bought(town)
    at = town.clock.now()

    async def cancelled(wanted: Sequence[UUID]) -> list[UUID]:
        async with town.pool.transaction() as conn:
            return await cancel_purchase(conn, order_ids, wanted, "shopper", at)

    await town.cancel(order_ids[1])
    with pytest.raises(PartsMoved):
        await cancelled(order_ids)
    assert await states(town, order_ids) == ["authorised", "cancelled", "authorised"]
    assert await cancelled([order_ids[2]]) == [order_ids[2]]
    await town.until(RELEASED)
    with pytest.raises(PartsMoved):
        await cancelled([order_ids[0]])
    assert await states(town, order_ids) == ["released", "cancelled", "cancelled"]


async def test_all_is_confirmed_at_once_when_all_has_arrived(town: Town) -> None:
    order_ids = await bought(town)
    await town.cancel(order_ids[1])
    await town.until(RELEASED)

    async def confirmed() -> None:
        async with town.pool.transaction() as conn:
            await confirm_purchase(conn, order_ids, town.clock.now())

    for order_id in (order_ids[0], order_ids[2]):
        with pytest.raises(WrongState):
            await confirmed()
        for parcel in await town.live(order_id):
            await town.deliver(parcel)
    assert await states(town, order_ids) == ["delivered", "cancelled", "delivered"]
    await confirmed()
    await confirmed()
    await town.react()
    assert await states(town, order_ids) == ["confirmed", "cancelled", "confirmed"]
    assert (await town.books()).held_minor == 0


async def test_ways_make_up_the_basket_exactly_once(town: Town) -> None:
    at = town.clock.now()

    async def wrong(wanted: Mapping[str, int], *parts: tuple[str, Mapping[str, int]]) -> list[str]:
        opened = [promises.open_(token, BUYER.client_id, at, SECRET) for token in await asked(town, parts)]
        try:
            check_parts(opened, wanted)
        except PartsUnfit as unfit:
            return unfit.facts["skus"]
        return []

    tea, jam = ("next_day", {"tea": 2}), ("pickup", {"jam": 1})
    assert await wrong({"tea": 2, "jam": 1}, tea, jam) == []
    assert await wrong({"tea": 2, "jam": 1, "ice": 1}, tea, jam) == ["ice"]
    assert await wrong({"tea": 3, "jam": 1}, tea, jam) == ["tea"]
    assert await wrong({"tea": 2}, tea, jam) == ["jam"]
    assert await wrong({"tea": 4, "jam": 1}, tea, tea, jam) == ["tea"]
