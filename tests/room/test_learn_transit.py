"""Transit learned from the database's own parcels: kept under numbers, used by the next question, and told in it."""

from datetime import datetime, timedelta
from typing import Final, LiteralString

import numpy as np
import pytest

from sangdan.doors.api.desk import Desk
from sangdan.flows import learn_transit
from sangdan.flows.learn_transit import EVERY, FIRST_AFTER, KEPT, KEY, KIND, Shelf
from sangdan.flows.learn_transit.courses import courses
from sangdan.flows.learn_transit.serving import LOOK_EVERY, STALE
from sangdan.flows.quote_promise import Basket, Wish, ask
from sangdan.kit.db import Conn, run, value
from sangdan.kit.events import timers
from sangdan.kit.ids import Ids
from sangdan.offer.network import commands as network
from sangdan.offer.promise import commands as promise
from sangdan.offer.promise import queries as promises
from sangdan.offer.promise.model import Inputs, decode, encode, ways_of
from sangdan.offer.promise.ports import AS_CONFIGURED, Transit

from .promise_world import AT, SEOUL, build

IDS: Final = Ids(seed=5)
SERVICE: Final = "standard"
DAY: Final = timedelta(days=1)
SECRET: Final = b"a key of the tests, 32 bytes long"

# So many parcels of the last months, one every few hours; the carrier takes three times what is configured.
PAST: Final[LiteralString] = """
    WITH sent AS (
        SELECT * FROM unnest(%(ids)s::uuid[], %(ats)s::timestamptz[], %(hours)s::integer[]) AS s (order_id, at, hours)
    ), orders AS (
        INSERT INTO orders.order (order_id, client_id, shop_id, shopper_id, promise_id, state, currency, goods_minor,
                                  delivery_minor, total_minor, cost_minor, co2e_g, postcode, service, promised_at,
                                  probability_ppm, placed_at, release_at, confirm_days)
        SELECT order_id, 'web', 'mart', 'kim', order_id, 'delivered', 'KRW', 1, 0, 1, 1, 1, %(postcode)s, %(service)s,
               at, 900000, at, at, 7 FROM sent
    ), parcels AS (
        INSERT INTO orders.parcel (order_id, parcel_no, parcel_id, node_id, operator_id, carrier_id, service, state,
                                   slot_at, ready_at, departs_at, promised_at, probability_ppm, fee_minor,
                                   carrier_minor, weight_g)
        SELECT order_id, 1, order_id, %(node_id)s, 'op', %(carrier_id)s, %(service)s, 'delivered', at, at,
               at + interval '2 hours', at, 900000, 0, 0, 500 FROM sent
    ), road AS (
        INSERT INTO delivery.parcel (order_id, parcel_id, parcel_no, carrier_id, sscc, state, state_at, handed_over_at)
        SELECT order_id, order_id, 1, %(carrier_id)s, order_id::text, 'delivered', at, at + interval '2 hours' FROM sent
    )
    INSERT INTO promise.outcome (order_id, parcel_no, node_id, carrier_id, service, promised_at, probability_ppm,
                                 arrived_at, kept, late_s, cause)
    SELECT order_id, 1, %(node_id)s, %(carrier_id)s, %(service)s, at, 900000, at + hours * interval '1 hour', true, 0,
           'kept' FROM sent
"""
LANE: Final[LiteralString] = """
    SELECT l.carrier_id FROM network.lane l JOIN network.node n ON n.zone_id = l.from_zone
     WHERE n.node_id = %(node_id)s AND l.service = %(service)s LIMIT 1
"""
DUE: Final[LiteralString] = "SELECT due_at FROM kit.timer WHERE (kind, key) = (%(kind)s, %(key)s)"
SPOIL: Final[LiteralString] = "UPDATE promise.transit_snapshot SET body = '\\x00' WHERE snapshot_no = %(no)s"


async def sent(conn: Conn, parcels: int, node_id: str = "icheon", hours: float = 60.0) -> None:
    """The last months' parcels from a node to Seoul."""
    random = np.random.default_rng(2)
    ats = [AT - timedelta(hours=3 * (number + 30)) for number in range(parcels)]
    took = [int(hours * float(np.exp(0.2 * random.normal()))) + 1 for _ in ats]
    carrier_id = await value(conn, LANE, node_id=node_id, service=SERVICE)
    await run(
        conn, PAST, ids=[IDS.new(at) for at in ats], ats=ats, hours=took, postcode=SEOUL, node_id=node_id,
        carrier_id=carrier_id, service=SERVICE,
    )  # fmt: skip


async def asked(conn: Conn, transit: Transit, at: datetime = AT) -> Inputs:
    """Tea to Seoul."""
    inputs, _ = await ask(
        conn, await network.picture(conn), Basket(wishes=(Wish("tea", 1),), postcode=SEOUL), at, transit=transit
    )
    return inputs


def median_s(inputs: Inputs, node_id: str = "icheon") -> int:
    [route] = [each for each in inputs.routes if (each.node_id, each.service) == (node_id, SERVICE)]
    return route.transit_s[4]


async def test_a_question_is_answered_from_what_was_learned_and_says_so(conn: Conn) -> None:
    await build(conn)
    await sent(conn, 900)
    before = await asked(conn, AS_CONFIGURED)
    [part] = await learn_transit.learn(conn, AT)
    assert (part.snapshot_no, part.service, part.learned_at) == (1, SERVICE, AT)
    after = await asked(conn, await Shelf().transit(conn, AT))
    assert (before.transit_no, after.transit_no) == (None, 1)
    # From order to door sixty hours, where two and sixteen were to be expected.
    assert median_s(after) > 2 * median_s(before)
    # The inputs hold all that the promise is computed from, and what was stored before there was a number still reads.
    stored = decode(encode(after))
    assert ways_of(stored, SERVICE) == ways_of(after, SERVICE)
    assert b"transit_no" not in encode(before)


async def test_the_desk_asks_for_the_latest(conn: Conn) -> None:
    await build(conn)
    await sent(conn, 900)
    await learn_transit.learn(conn, AT)
    basket = Basket(wishes=(Wish("tea", 1),), postcode=SEOUL)
    told = {}
    for desk in (Desk(SECRET, 900), Desk(SECRET, 900, Shelf())):
        quoted = await desk.ask(conn, basket, "web", IDS.new(AT), "en", AT)
        [way] = [each for each in quoted.ways if each.way.service == SERVICE]
        opened = promise.open_(way.token, "web", AT, SECRET)
        told[opened.facts.transit_no] = opened.way.promised_at
    assert told.keys() == {None, 1}
    assert told[1] > told[None]


async def test_few_parcels_teach_nothing(conn: Conn) -> None:
    await build(conn)
    await sent(conn, 150)
    assert await learn_transit.learn(conn, AT) == []
    assert await Shelf().transit(conn, AT) is AS_CONFIGURED


async def test_what_comes_later_is_not_read(conn: Conn) -> None:
    """Learned for an instant, whatever the tables say of the time after it."""
    await build(conn)
    await sent(conn, 900)
    then = AT - 30 * DAY
    found = await courses(conn, await network.picture(conn), then)
    assert found
    assert all(each.ordered_at <= then for each in found)
    assert all(each.arrived_at is None or each.arrived_at <= then for each in found)
    assert any(each.arrived_at is None for each in found)


async def test_a_shelf_looks_now_and_then_and_takes_the_newest(conn: Conn) -> None:
    await build(conn)
    await sent(conn, 900)
    shelf = Shelf()
    assert (await shelf.transit(conn, AT)).snapshot_no is None
    await learn_transit.learn(conn, AT)
    assert (await shelf.transit(conn, AT + LOOK_EVERY / 2)).snapshot_no is None
    first = await shelf.transit(conn, AT + LOOK_EVERY)
    assert first.snapshot_no == 1
    assert await shelf.transit(conn, AT + 2 * LOOK_EVERY) is first
    await learn_transit.learn(conn, AT + DAY)
    assert (await shelf.transit(conn, AT + DAY + LOOK_EVERY)).snapshot_no == 2
    assert await shelf.transit(conn, AT + DAY + STALE + LOOK_EVERY) is AS_CONFIGURED


async def test_so_many_are_kept_and_no_more(conn: Conn) -> None:
    await build(conn)
    await sent(conn, 300)
    for day in range(KEPT + 2):
        await learn_transit.learn(conn, AT + timedelta(minutes=day))
    assert await value(conn, "SELECT array_agg(snapshot_no ORDER BY snapshot_no) FROM promise.transit_snapshot") == [
        *range(3, KEPT + 3)
    ]


async def test_a_damaged_snapshot_is_told_and_the_lanes_are_believed(
    conn: Conn, caplog: pytest.LogCaptureFixture
) -> None:
    await build(conn)
    await sent(conn, 900)
    await learn_transit.learn(conn, AT)
    await run(conn, SPOIL, no=1)
    transit = await Shelf().transit(conn, AT)
    assert median_s(await asked(conn, transit)) == median_s(await asked(conn, AS_CONFIGURED))
    assert "standard of snapshot 1 is not used" in caplog.text


async def test_the_timer_learns_and_comes_again(conn: Conn) -> None:
    await build(conn)
    await sent(conn, 900)
    await learn_transit.keep_going(conn, AT)
    assert await value(conn, DUE, kind=KIND, key=KEY) == AT + FIRST_AFTER
    await timers[KIND](conn, KEY, {}, AT + FIRST_AFTER)
    assert await value(conn, DUE, kind=KIND, key=KEY) == AT + FIRST_AFTER + EVERY
    assert await promises.newest_learned_at(conn) == AT + FIRST_AFTER
    # A server that starts an hour later does not learn again.
    await learn_transit.keep_going(conn, AT + timedelta(hours=1))
    assert await value(conn, DUE, kind=KIND, key=KEY) == AT + FIRST_AFTER + EVERY
