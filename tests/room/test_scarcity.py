"""Scarcity from the database: learned from orders, priced in steps, weighed in the choice, and gone when it is old."""

import asyncio
from datetime import datetime, timedelta
from typing import Final, LiteralString

import pytest

from sangdan.flows import price_scarcity
from sangdan.flows.price_scarcity import EVERY, KEY, KIND, PAUSE
from sangdan.flows.price_scarcity.pricing import COVER, LATELY, LATEST
from sangdan.flows.quote_promise import Basket, Wish, ask
from sangdan.flows.quote_promise.scarcity import BELIEVED
from sangdan.kit import events
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Conn, Pool, run, value
from sangdan.kit.engine import Engine
from sangdan.kit.ids import Ids
from sangdan.offer.network import commands as network
from sangdan.offer.promise import commands as promise
from sangdan.offer.promise import queries as promises
from sangdan.offer.promise.model import Inputs, Way, decode, encode, ways_of

from .promise_world import AT, BUSAN, SEOUL, build, change

IDS: Final = Ids(seed=11)
FAR_MINOR: Final = 2_000

# A longer way costs more, and both centres' tea is one seller's, so that nothing but the alliance's cost decides.
TOWN: Final[LiteralString] = """
    UPDATE network.lane SET base_minor = base_minor + %(far)s WHERE service = 'standard' AND from_zone <> to_zone
"""
TEA: Final[LiteralString] = """
    INSERT INTO stock.balance (node_id, sku, owner_id, on_hand, reserved, safety)
    VALUES ('icheon', 'tea', 'stem', %(seoul)s, 0, 0)
"""
MORE: Final[LiteralString] = "UPDATE stock.balance SET on_hand = %(units)s WHERE (node_id, sku) = ('busan-1', 'tea')"
NO_OTHER: Final[LiteralString] = "DELETE FROM stock.balance WHERE owner_id = 'leaf' AND sku = 'tea'"
ORDER: Final[LiteralString] = """
    INSERT INTO orders.order (order_id, client_id, shop_id, shopper_id, promise_id, state, currency, goods_minor,
                              delivery_minor, total_minor, cost_minor, co2e_g, postcode, service, promised_at,
                              probability_ppm, placed_at, release_at, confirm_days)
    VALUES (%(order_id)s, 'web', 'mart', 'kim', %(order_id)s, 'placed', 'KRW', 1, 0, 1, 1, 1, %(postcode)s, 'standard',
            %(at)s, 900000, %(at)s, %(at)s, 7)
"""
LINE: Final[LiteralString] = """
    INSERT INTO orders.line (order_id, line_no, sku, seller_id, units, unit_price_minor, vat_class)
    VALUES (%(order_id)s, 1, %(sku)s, 'stem', %(units)s, 1, 'standard')
"""


async def ordered(conn: Conn, at: datetime, postcode: str = BUSAN, sku: str = "tea", units: int = 1) -> None:
    """One order of the past."""
    order_id = IDS.new(at)
    await run(conn, ORDER, order_id=order_id, postcode=postcode, at=at)
    await run(conn, LINE, order_id=order_id, sku=sku, units=units)


async def found(conn: Conn, orders: int = 20, busan: int = 4) -> None:
    """An alliance whose tea is plentiful in Seoul and scarce in Busan, where it was ordered twice a day."""
    await build(conn)
    await change(conn, TOWN, far=FAR_MINOR)
    await run(conn, NO_OTHER)
    await run(conn, TEA, seoul=100)
    await run(conn, MORE, units=busan)
    for number in range(orders):
        await ordered(conn, AT - timedelta(hours=12 * (orders - number)))


async def whole_round(conn: Conn, at: datetime = AT) -> int:
    """Steps until the round is over; gives how many."""
    steps = 1
    while await price_scarcity.step(conn, at):
        steps += 1
    return steps


async def prices(conn: Conn) -> dict[tuple[str, str], int]:
    return {(each.node_id, each.sku): each.price_minor for each in await promises.dearest(conn, None, None, 100)}


async def way_to(conn: Conn, postcode: str, at: datetime = AT) -> tuple[Inputs, Way]:
    wanted = Basket(wishes=(Wish("tea", 1, "stem"),), postcode=postcode)
    inputs, quote = await ask(conn, await network.picture(conn), wanted, at)
    return inputs, next(way for way in quote.ways if way.service == "standard")


async def test_the_shelf_that_its_region_will_empty_has_the_price_of_the_longer_way(conn: Conn) -> None:
    await found(conn)
    await whole_round(conn)
    assert await prices(conn) == {("busan-1", "tea"): FAR_MINOR}
    last = await promises.round_now(conn)
    assert (last.looked_at, last.scarce, last.began_at, last.ended_at) == (1, 1, None, AT)


async def test_an_order_leaves_the_scarce_shelf_alone_where_that_costs_less_than_it_saves(conn: Conn) -> None:
    await found(conn)
    # From Seoul's centre to Seoul costs a little more than from Busan's: by itself the order would come from Busan.
    await change(conn, "UPDATE network.lane SET base_minor = base_minor + 2500 WHERE from_zone = 'seoul'")
    _, before = await way_to(conn, SEOUL)
    await whole_round(conn)
    inputs, after = await way_to(conn, SEOUL)
    assert [parcel.node_id for parcel in before.parcels] == ["busan-1"]
    assert [parcel.node_id for parcel in after.parcels] == ["icheon"]
    # Nobody pays it: the price is the shopper's as before, and the cost is what the alliance will be billed.
    assert after.price == before.price
    assert after.cost_minor == before.cost_minor + 500
    assert {cell.node_id: cell.scarcity_minor for cell in inputs.cells if cell.scarcity_minor} == {"busan-1": 4500}
    # And it is among the inputs, so that the promise comes out the same when it is computed again.
    assert ways_of(decode(encode(inputs)), "standard") == (after,)


async def test_the_last_unit_is_still_sold_to_whoever_asks(conn: Conn) -> None:
    await found(conn, busan=1)
    await whole_round(conn)
    await run(conn, "UPDATE stock.balance SET reserved = on_hand WHERE node_id = 'icheon'")
    _, way = await way_to(conn, SEOUL)
    assert [parcel.node_id for parcel in way.parcels] == ["busan-1"]


@pytest.mark.parametrize(("orders", "busan"), [(4, 1), (20, 60)])
async def test_thin_history_and_full_shelves_have_no_price(conn: Conn, orders: int, busan: int) -> None:
    await found(conn, orders=orders, busan=busan)
    await whole_round(conn)
    assert await prices(conn) == {}


async def test_supply_that_comes_soon_ends_the_scarcity(conn: Conn) -> None:
    await found(conn, busan=4)
    await run(
        conn,
        "INSERT INTO stock.inbound (node_id, inbound_id, sku, owner_id, units, due_at)"
        " VALUES ('busan-1', 'in-1', 'tea', 'stem', 50, %(due)s)",
        due=AT + timedelta(days=1),
    )
    await whole_round(conn)
    assert await prices(conn) == {}


async def test_old_orders_and_old_prices_are_forgotten(conn: Conn) -> None:
    await found(conn)
    await whole_round(conn)
    assert (await way_to(conn, SEOUL, AT + BELIEVED - timedelta(minutes=1)))[0].cells[0].scarcity_minor > 0
    later, _ = await way_to(conn, SEOUL, AT + BELIEVED)
    assert not any(cell.scarcity_minor for cell in later.cells)
    await whole_round(conn, AT + LATELY + timedelta(days=1))
    assert await prices(conn) == {}
    assert await value(conn, "SELECT count(*) FROM promise.wanted") == 0


async def test_only_the_latest_orders_of_a_sku_are_kept_and_each_once(conn: Conn) -> None:
    await found(conn, orders=0)
    for number in range(LATEST + 20):
        await ordered(conn, AT - timedelta(hours=2) - timedelta(minutes=number))
    await whole_round(conn)
    kept = "SELECT count(*) FROM promise.wanted"
    assert await value(conn, kept) == LATEST
    await ordered(conn, AT + timedelta(minutes=1))
    await whole_round(conn, AT + EVERY)
    await whole_round(conn, AT + EVERY)
    assert await value(conn, kept) == LATEST
    assert await value(conn, "SELECT max(at) FROM promise.wanted") == AT + timedelta(minutes=1)


async def test_a_round_is_cut_into_steps(conn: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    await found(conn)
    monkeypatch.setattr(price_scarcity, "ORDERS_A_STEP", 6)
    # Three full pages are read first, then the rest with the first SKUs; the last look finds no more of them.
    assert await whole_round(conn) == 5
    assert await prices(conn) == {("busan-1", "tea"): FAR_MINOR}


async def test_a_node_out_of_service_is_no_source(conn: Conn) -> None:
    await found(conn)
    await change(
        conn,
        "INSERT INTO network.outage (node_id, from_at, until_at, reason) VALUES ('icheon', %(at)s, NULL, 'other')",
        at=AT - timedelta(hours=1),
    )
    await whole_round(conn)
    assert await prices(conn) == {}


async def test_prices_are_in_the_baskets_currency(conn: Conn) -> None:
    await found(conn)
    await whole_round(conn)
    await run(conn, "UPDATE promise.scarcity SET currency = 'USD'")
    inputs, _ = await way_to(conn, SEOUL)
    assert not any(cell.scarcity_minor for cell in inputs.cells), "without a rate it does not count"


async def test_it_goes_on_by_itself(db: Pool) -> None:
    assert KIND in events.timers
    async with db.transaction() as conn:
        await found(conn)
        await price_scarcity.keep_going(conn, AT)
    engine = Engine(db, SimClock(AT), None)
    await engine.run_until(AT + 2 * PAUSE)
    async with db.transaction() as conn:
        assert await prices(conn) == {("busan-1", "tea"): FAR_MINOR}
        due_at = await value(conn, "SELECT due_at FROM kit.timer WHERE (kind, key) = (%(k)s, %(n)s)", k=KIND, n=KEY)
        assert due_at == AT + PAUSE + EVERY
        await run(conn, MORE, units=100)
    await engine.run_until(AT + 3 * EVERY)
    async with db.transaction() as conn:
        assert (await promises.round_now(conn)).looked_at == 1
        assert (await prices(conn))["busan-1", "tea"] < FAR_MINOR


async def test_two_at_once_take_turns(db: Pool) -> None:
    async with db.transaction() as conn:
        await found(conn)

    async def priced() -> None:
        more = True
        while more:
            async with db.transaction() as conn:
                more = await price_scarcity.step(conn, AT)

    await asyncio.gather(*(priced() for _ in range(4)))
    async with db.transaction() as conn:
        assert await prices(conn) == {("busan-1", "tea"): FAR_MINOR}
        assert await promise.recompute_all(conn) == (0, 0)


def test_demand_is_looked_at_no_further_than_it_is_remembered() -> None:
    assert COVER < LATELY
