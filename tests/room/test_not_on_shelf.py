"""Pickers who do not find things: other nodes step in, later ones if they must, and else the money goes back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from sangdan.adapters.sandbox_gateway import Behaviour
from sangdan.kit.db import Pool, value
from sangdan.offer.stock import commands as stock
from sangdan.order.orders.model import Parcel
from sangdan.pay.payments.model import Ask

from .alliance_cases import AT, EVENING, NIGHT, ROWS
from .alliance_town import Town

DAY = timedelta(days=1)


async def parcel_on(town: Town, order_id: UUID, node_id: str) -> Parcel:
    [found] = [parcel for parcel in await town.live(order_id) if parcel.node_id == node_id]
    return found


async def told(town: Town, order_id: UUID) -> list[tuple[int, bool]]:
    """Which parcels were announced to the shopper, and whether the date stood."""
    return [(each["parcel_no"], each["kept"]) for each in await town.facts(order_id, "orders.re_promised")]


def shelves(*rows: tuple[str, str, str, int]) -> list[dict[str, Any]]:
    return [dict(zip(("node_id", "sku", "owner_id", "on_hand"), row, strict=True)) for row in rows]


async def test_another_node_keeps_the_date(town: Town) -> None:
    order_id = await town.released(tea=2)
    [before] = await town.live(order_id)
    await town.until(EVENING)
    await town.pick(before, tea=0)

    [parcel] = await town.live(order_id)
    assert (parcel.node_id, parcel.service, parcel.fee_minor) == ("gimhae", "next_day", 0)
    assert (parcel.re_sourced, parcel.promised_at) == (True, before.promised_at)
    assert await told(town, order_id) == [(2, True)]
    assert await town.shelf("icheon", "tea") == (8, 0), "what nobody found is off the books"
    assert await town.shelf("gimhae", "tea") == (6, 2)
    assert (await town.payment(order_id)).refunded_minor == 0

    await town.deliver(parcel)
    assert (await town.whole(order_id)).order.state == "delivered"
    assert [(each.parcel_no, each.kept, each.cause) for each in await town.outcomes(order_id)] == [(2, True, "kept")]


async def test_a_dearer_service_keeps_the_date_when_the_ordered_one_cannot(town: Town) -> None:
    order_id = await town.released("standard", tea=1)
    [before] = await town.live(order_id)
    await town.until(NIGHT)
    await town.pick(before, tea=0)

    [parcel] = await town.live(order_id)
    assert (parcel.node_id, parcel.service) == ("gimhae", "next_day")
    assert parcel.promised_at == before.promised_at
    assert await told(town, order_id) == [(2, True)]


async def test_the_cheaper_service_of_two_that_keep_the_date(town: Town) -> None:
    order_id = await town.released("standard", tea=1)
    [before] = await town.live(order_id)
    await town.until(EVENING)
    await town.pick(before, tea=0)
    [parcel] = await town.live(order_id)
    assert (parcel.node_id, parcel.service) == ("gimhae", "standard")
    assert parcel.promised_at == before.promised_at


async def test_the_cheaper_node_of_two_that_keep_the_date(db: Pool) -> None:
    town = Town(db)
    await town.found(stock=[*ROWS["stock"], *shelves(("gangnam", "tea", "leaf", 9))])
    order_id = await town.released(tea=1)
    [before] = await town.live(order_id)
    other = {"gangnam": "icheon", "icheon": "gangnam"}[before.node_id]
    await town.until(EVENING)
    await town.pick(before, tea=0)
    [parcel] = await town.live(order_id)
    assert parcel.node_id == other, "both are nearer to Seoul than Gimhae"


async def test_the_date_moves_when_nobody_can_keep_it_and_the_shopper_is_told(town: Town) -> None:
    order_id = await town.released(tea=2)
    [before] = await town.live(order_id)
    await town.until(NIGHT)
    await town.pick(before, tea=0)

    [parcel] = await town.live(order_id)
    assert (parcel.node_id, parcel.promised_at) == ("gimhae", before.promised_at + DAY)
    assert await told(town, order_id) == [(2, False)]
    order = (await town.whole(order_id)).order
    assert order.promised_at == before.promised_at, "what it was sold with is not rewritten"

    await town.deliver(parcel)
    [outcome] = await town.outcomes(order_id)
    assert (outcome.kept, outcome.cause, outcome.late_s) == (False, "re_sourced", 86_400)
    assert (outcome.promised_at, outcome.probability_ppm) == (before.promised_at, before.probability_ppm)


async def test_what_nobody_has_is_refunded_and_the_order_ends(town: Town) -> None:
    order_id = await town.released(ice=2)
    [parcel] = await town.live(order_id)
    await town.pick(parcel, ice=0)

    order, paid = (await town.whole(order_id)).order, await town.payment(order_id)
    assert (order.state, order.reason, order.due_minor) == ("cancelled", "not_on_shelf", 0)
    assert (paid.captured_minor, paid.refunded_minor) == (9_000, 9_000)
    assert (await town.books()).net("escrow") == 0
    assert await told(town, order_id) == []
    assert await town.shelf("freeze", "ice") == (3, 0)
    assert len(await town.facts(order_id, "orders.cancelled")) == 1
    assert [(each.kept, each.cause) for each in await town.outcomes(order_id)] == [(False, "not_found")]


async def test_what_nobody_has_shortens_the_order_and_the_rest_comes(town: Town) -> None:
    order_id = await town.released(tea=1, ice=2)
    tea, ice = await parcel_on(town, order_id, "icheon"), await parcel_on(town, order_id, "freeze")
    await town.pick(ice, ice=1)
    assert [line.cancelled_units for line in (await town.whole(order_id)).lines] == [0, 1]
    assert (await town.payment(order_id)).refunded_minor == 3_000

    await town.pick(tea)
    await town.send(tea, tea.departs_at)
    await town.send(ice)
    assert (await town.whole(order_id)).order.state == "shipped"
    for parcel in (tea, ice):
        await town.tell(parcel, "delivered", tea.promised_at)
    await town.until(tea.promised_at + 8 * DAY)
    books = await town.books()
    assert (await town.whole(order_id)).order.state == "confirmed"
    assert (books.net("escrow"), books.net("delivery_income")) == (0, 3_000)
    assert books.net("due:stem", "alliance") == 3_000 - 270 - 27 - 1_200 - 120


async def test_it_never_comes_back_to_a_node_that_did_not_find_it(town: Town) -> None:
    """Icheon still has eight, Gimhae five: both were asked, and did not find two."""
    order_id = await town.released(tea=2)
    nodes: list[str] = []
    for _ in range(3):
        [parcel] = await town.live(order_id)
        nodes.append(parcel.node_id)
        await town.pick(parcel, tea=0)

    assert nodes == ["icheon", "gimhae", "haeundae"]
    assert [await town.shelf(node_id, "tea") for node_id in nodes] == [(8, 0), (4, 0), (1, 0)]
    order = (await town.whole(order_id)).order
    assert (order.state, order.reason) == ("cancelled", "not_on_shelf")
    assert (await town.payment(order_id)).refunded_minor == order.total_minor
    assert [kept for _, kept in await told(town, order_id)] == [True, True]
    assert [(each.parcel_no, each.cause) for each in await town.outcomes(order_id)] == [(3, "not_found")]


async def test_a_node_whose_units_the_shopper_gave_back_is_no_refuser(db: Pool) -> None:
    town = Town(db)
    await town.found(stock=shelves(("icheon", "tea", "leaf", 1), ("gimhae", "cup", "stem", 3)))
    order_id = await town.order(tea=1, cup=2)
    await town.cancel(order_id, {2: 1})
    async with db.transaction() as conn:
        await stock.receive(conn, "gimhae", town.ids.new(AT), "tea", "leaf", 5, "found again", AT)
    await town.until(EVENING)
    await town.pick(await parcel_on(town, order_id, "icheon"), tea=0)
    assert [parcel.node_id for parcel in await town.live(order_id)] == ["gimhae", "gimhae"]


async def test_what_was_found_goes_and_the_rest_follows_from_elsewhere(town: Town) -> None:
    order_id = await town.released(tea=3)
    [first] = await town.live(order_id)
    await town.pick(first, tea=2)

    second = await parcel_on(town, order_id, "gimhae")
    assert [part.left for part in (await town.whole(order_id)).inside(1)] == [2]
    assert [part.left for part in (await town.whole(order_id)).inside(2)] == [1]
    await town.send(first, first.departs_at)
    assert (await town.whole(order_id)).order.state == "released", "one parcel is still to leave"
    await town.pick(second)
    await town.send(second)
    assert (await town.whole(order_id)).order.state == "shipped"
    for parcel in (first, second):
        await town.tell(parcel, "delivered", first.promised_at)
    assert (await town.whole(order_id)).order.state == "delivered"
    assert (await town.payment(order_id)).refunded_minor == 0


@pytest.mark.parametrize(("ordered", "moved", "refunded_minor"), [(8, (6, 2), 0), (10, (6, 3), 9_000)])
async def test_several_nodes_bring_what_none_has_alone(
    town: Town, ordered: int, moved: tuple[int, int], refunded_minor: int
) -> None:
    order_id = await town.released(tea=ordered)
    [parcel] = await town.live(order_id)
    await town.pick(parcel, tea=0)

    whole = await town.whole(order_id)
    there = {
        each.node_id: sum(part.left for part in whole.inside(each.parcel_no)) for each in await town.live(order_id)
    }
    assert sorted(there.values(), reverse=True) == sorted(moved, reverse=True)
    assert set(there) == {"gimhae", "haeundae"}
    assert (await town.payment(order_id)).refunded_minor == refunded_minor
    assert [kept for _, kept in await told(town, order_id)] == [True], "told once"


async def test_each_line_goes_its_own_way(town: Town) -> None:
    """Nine cups are nowhere, but Gimhae has two; the tea comes from there in a parcel of its own."""
    order_id = await town.released(tea=2, cup=9)
    [parcel] = await town.live(order_id)
    await town.pick(parcel, tea=0, cup=0)

    whole = await town.whole(order_id)
    assert [line.cancelled_units for line in whole.lines] == [0, 7]
    assert {each.node_id for each in await town.live(order_id)} == {"gimhae"}
    assert (await town.payment(order_id)).refunded_minor == 7 * 4_000
    assert await town.shelf("gimhae", "cup") == (2, 2)


async def test_lines_that_go_together_come_together(town: Town) -> None:
    order_id = await town.released(tea=2, cup=2)
    [parcel] = await town.live(order_id)
    await town.pick(parcel, tea=0, cup=0)
    [second] = await town.live(order_id)
    assert [(part.line_no, part.left) for part in (await town.whole(order_id)).inside(second.parcel_no)] == [
        (1, 2), (2, 2),
    ]  # fmt: skip


async def test_a_refund_waits_for_a_capture_that_nobody_answered(db: Pool) -> None:
    asked = 0

    def hear_the_third(ask: Ask) -> Behaviour:
        nonlocal asked
        asked += ask.kind == "capture"
        return Behaviour.LOSE if ask.kind == "capture" and asked < 3 else Behaviour.APPROVE

    town = Town(db, hear_the_third)
    await town.found()
    order_id = await town.released(tea=1, ice=2)
    await town.pick(await parcel_on(town, order_id, "freeze"), ice=0)
    paid = await town.payment(order_id)
    assert (paid.state, paid.captured_minor, paid.refunded_minor) == ("authorised", 0, 0)

    await town.until(town.clock.now() + timedelta(hours=1))
    paid = await town.payment(order_id)
    assert (paid.state, paid.captured_minor, paid.refunded_minor) == ("captured", 18_000, 6_000)
    assert (await town.books()).net("escrow") == 12_000


async def test_an_order_that_ends_before_its_capture_is_answered_is_refunded_after_it(db: Pool) -> None:
    town = Town(db, lambda ask: Behaviour.TIME_OUT if ask.kind == "capture" else Behaviour.APPROVE)
    await town.found()
    order_id = await town.released(ice=2)
    [parcel] = await town.live(order_id)
    await town.pick(parcel, ice=0)
    assert (await town.whole(order_id)).order.state == "cancelled"
    await town.until(town.clock.now() + timedelta(hours=1))
    paid = await town.payment(order_id)
    assert (paid.captured_minor, paid.refunded_minor) == (9_000, 9_000)
    assert (await town.books()).net("escrow") == 0


@pytest.mark.parametrize(("found", "state", "refunded_minor"), [(1, "released", 5_000), (0, "cancelled", 10_000)])
async def test_what_is_fetched_at_a_counter_cannot_come_from_another(
    town: Town, found: int, state: str, refunded_minor: int
) -> None:
    order_id = await town.released("pickup", jam=2)
    [parcel] = await town.live(order_id)
    assert (parcel.node_id, parcel.carrier_id) == ("gangnam", None)
    await town.pick(parcel, jam=found)

    assert (await town.whole(order_id)).order.state == state
    assert (await town.payment(order_id)).refunded_minor == refunded_minor
    assert await town.shelf("haeundae", "jam") == (4, 0)
    if found:
        await town.send(parcel)
        assert [each.kept for each in await town.outcomes(order_id)] == [True], "it is ready at the counter"
        await town.tell(parcel, "delivered", parcel.promised_at + DAY)
        assert (await town.whole(order_id)).order.state == "delivered"


def _due(node_id: str, sku: str, owner_id: str, units: int) -> dict[str, Any]:
    due_at = (EVENING - timedelta(hours=3)).isoformat()
    return {"node_id": node_id, "inbound_id": "asn-1", "sku": sku, "owner_id": owner_id, "units": units,
            "due_at": due_at}  # fmt: skip


async def test_what_is_on_its_way_to_a_node_counts_too(db: Pool) -> None:
    town = Town(db)
    await town.found(
        stock=shelves(("icheon", "tea", "leaf", 4), ("gimhae", "tea", "leaf", 1)),
        inbound=[_due("gimhae", "tea", "leaf", 5)],
    )
    order_id = await town.released(tea=3)
    [before] = await town.live(order_id)
    await town.pick(before, tea=0)

    [parcel] = await town.live(order_id)
    parts = (await town.whole(order_id)).inside(parcel.parcel_no)
    assert sorted((part.left, part.inbound_id) for part in parts) == [(1, None), (2, "asn-1")]
    assert parcel.promised_at == before.promised_at
    await town.until(EVENING - timedelta(hours=3))
    async with db.transaction() as conn:
        await stock.arrive(conn, "gimhae", "asn-1", town.ids.new(AT), town.clock.now())
    assert await town.shelf("gimhae", "tea") == (6, 3)
    await town.deliver(parcel)
    assert await town.shelf("gimhae", "tea") == (3, 0)


async def test_supply_that_never_came_goes_back_to_its_date_and_costs_no_stock(db: Pool) -> None:
    town = Town(db)
    await town.found(stock=shelves(("icheon", "tea", "leaf", 1)), inbound=[_due("icheon", "tea", "leaf", 5)])
    order_id = await town.released(tea=3)
    [parcel] = await town.live(order_id)
    await town.until(EVENING)
    await town.pick(parcel, tea=0)

    assert (await town.whole(order_id)).order.state == "cancelled"
    assert await town.shelf("icheon", "tea") == (0, 0)
    async with db.transaction() as conn:
        assert await value(conn, "SELECT reserved FROM stock.inbound") == 0
        assert await value(conn, "SELECT sum(units) FROM stock.movement WHERE kind = 'lost'") == -1
    assert (await town.payment(order_id)).refunded_minor == 30_000
