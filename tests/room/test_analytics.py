"""Figures of a period, against a handful of orders that were counted by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sangdan.kit.db import Conn, run
from sangdan.kit.ids import Ids
from sangdan.tower.analytics import commands as analytics
from sangdan.tower.analytics.model import Accuracy, Cause, Cost, Report, Share, Speed, StateCount

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
PERIOD = (AT, AT + timedelta(days=1))
IDS = Ids(seed=61)

ORDER = """
    INSERT INTO orders.order (order_id, client_id, shop_id, shopper_id, promise_id, state, reason, currency,
                              goods_minor, delivery_minor, total_minor, cost_minor, co2e_g, postcode, service,
                              promised_at, probability_ppm, placed_at, release_at, confirm_days, released_at,
                              shipped_at, delivered_at)
    VALUES (%(order_id)s, 'web', %(shop_id)s, 'kim', %(order_id)s, %(state)s, %(reason)s, %(currency)s, 10000, 0, 10000,
            %(cost_minor)s, 500, '06236', 'next_day', %(placed_at)s, 900000, %(placed_at)s, %(placed_at)s, 7,
            %(released_at)s, %(shipped_at)s, %(shipped_at)s)
"""
LINE = """
    INSERT INTO orders.line (order_id, line_no, sku, seller_id, units, cancelled_units, short_units, unit_price_minor,
                             vat_class)
    VALUES (%(order_id)s, 1, 'milk', 'dairy', %(units)s, %(cancelled)s, %(short)s, 1000, 'exempt')
"""
PARCEL = """
    INSERT INTO orders.parcel (order_id, parcel_no, parcel_id, node_id, operator_id, carrier_id, service, state,
                               slot_at, ready_at, departs_at, promised_at, probability_ppm, fee_minor, carrier_minor,
                               weight_g, re_sourced)
    VALUES (%(order_id)s, %(number)s, %(parcel_id)s, %(node_id)s, 'logis', %(carrier_id)s, %(service)s, %(state)s,
            %(at)s, %(at)s, %(at)s, %(at)s, 900000, 0, 0, 500, %(re_sourced)s)
"""
CONTENT = """
    INSERT INTO orders.parcel_line (order_id, parcel_no, line_no, units, reservation_id, lost_units)
    VALUES (%(order_id)s, %(number)s, 1, %(units)s, %(parcel_id)s, %(lost)s)
"""
OUTCOME = """
    INSERT INTO promise.outcome (order_id, parcel_no, node_id, carrier_id, service, promised_at, probability_ppm,
                                 arrived_at, kept, late_s, cause)
    VALUES (%(order_id)s, %(number)s, %(node_id)s, %(carrier_id)s, %(service)s, %(at)s, %(stated)s, %(at)s,
            %(late_s)s <= 0, %(late_s)s, %(cause)s)
"""


class Case:
    """Orders written straight into their tables, the way they would stand after a life."""

    def __init__(self, conn: Conn) -> None:
        self.conn = conn

    async def order(
        self,
        state: str,
        *parcels: dict[str, Any],
        units: int = 2,
        cancelled: int = 0,
        short: int = 0,
        ship_s: int | None = None,
        **others: Any,
    ) -> None:
        """An order with one line; ship_s: seconds from placing to the last hand-over."""
        order = {
            "order_id": IDS.new(AT), "shop_id": "market", "state": state, "reason": None, "currency": "KRW",
            "cost_minor": 3_000, "placed_at": AT, "released_at": AT,
            "shipped_at": None if ship_s is None else AT + timedelta(seconds=ship_s), **others,
        }  # fmt: skip
        await run(self.conn, ORDER, **order)
        await run(self.conn, LINE, order_id=order["order_id"], units=units, cancelled=cancelled, short=short)
        for number, parcel in enumerate(parcels, 1):
            row = {
                "order_id": order["order_id"], "number": number, "parcel_id": IDS.new(AT), "at": AT,
                "node_id": "icheon", "carrier_id": "fast", "service": "next_day", "state": "delivered",
                "re_sourced": False, "units": 2, "lost": 0, "stated": 900_000, "late_s": -60, "cause": "kept", **parcel,
            }  # fmt: skip
            await run(self.conn, PARCEL, **row)
            await run(self.conn, CONTENT, **row)
            if row["state"] == "delivered":
                await run(self.conn, OUTCOME, **row)


async def report(conn: Conn, seen_by: str | None = None) -> Report:
    return await analytics.report(conn, *PERIOD, seen_by)


async def test_a_day_counted_by_hand(conn: Conn) -> None:
    case, half = Case(conn), {"units": 1}
    await case.order("delivered", {}, ship_s=100)  # perfect
    await case.order("confirmed", half, {**half, "node_id": "gimpo"}, ship_s=200)  # perfect, split
    await case.order("delivered", {"late_s": 7200, "cause": "late_transit"}, ship_s=300)  # late
    await case.order("delivered", {"lost": 1}, cancelled=1, short=1, ship_s=400)  # a unit short
    await case.order("delivered", {"units": 1}, cancelled=1, ship_s=500)  # the shopper took a unit back: perfect
    await case.order("delivered", {"re_sourced": True}, ship_s=600)  # on time in full, not in one go
    await case.order("cancelled", {"state": "cancelled", "lost": 2}, cancelled=2, short=2, reason="not_found")
    await case.order("cancelled", {"state": "cancelled", "lost": 2}, cancelled=2, released_at=None, reason="shopper")
    await case.order("released", {"state": "released"})
    await case.order("delivered", {}, placed_at=PERIOD[1])  # tomorrow's

    seen = await report(conn)

    assert seen.orders == 9
    assert seen.states == (
        StateCount("cancelled", "not_found", 1), StateCount("cancelled", "shopper", 1),
        StateCount("confirmed", None, 1), StateCount("delivered", None, 5), StateCount("released", None, 1),
    )  # fmt: skip
    assert seen.on_time == Share(5, 7, 714_286)
    assert seen.in_full == Share(5, 7, 714_286)
    assert seen.on_time_in_full == Share(4, 7, 571_429)
    assert seen.perfect == Share(3, 7, 428_571)
    assert seen.fill == Share(10, 13, 769_231)
    assert seen.split == Share(1, 7, 142_857)
    assert seen.click_to_ship == Speed(6, 300, 600)
    assert seen.causes == (Cause("kept", 6), Cause("late_transit", 1))
    assert seen.costs == (Cost("KRW", 7, 21_000, 3_000, 3_500, 500),)


async def test_stated_probability_stands_beside_the_kept_share(conn: Conn) -> None:
    case = Case(conn)
    await case.order("delivered", {"stated": 900_000})
    await case.order("delivered", {"stated": 800_000, "late_s": 60, "cause": "late_hand_over"})
    await case.order("delivered", {"stated": 700_000, "late_s": 300, "cause": "late_transit", "node_id": "gimpo"})
    await case.order("delivered", {"stated": 1_000_000, "carrier_id": None, "service": "pickup"})
    assert (await report(conn)).accuracy == (
        Accuracy("all", "", 4, 850_000, 500_000, 60),
        Accuracy("node", "gimpo", 1, 700_000, 0, 300),
        Accuracy("node", "icheon", 3, 900_000, 666_667, 60),
        Accuracy("carrier", "-", 1, 1_000_000, 1_000_000, None),
        Accuracy("carrier", "fast", 3, 800_000, 333_333, 60),
        Accuracy("service", "next_day", 3, 800_000, 333_333, 60),
        Accuracy("service", "pickup", 1, 1_000_000, 1_000_000, None),
    )


async def test_a_period_without_orders_has_no_shares(conn: Conn) -> None:
    seen = await report(conn)
    assert (seen.orders, seen.states, seen.accuracy, seen.causes, seen.costs) == (0, (), (), (), ())
    assert seen.perfect == seen.fill == seen.split == Share(0, 0, None)
    assert seen.click_to_ship == Speed(0, None, None)


async def test_a_shop_sees_its_own_orders_only(conn: Conn) -> None:
    case = Case(conn)
    await case.order("delivered", {})
    await case.order("delivered", {"late_s": 9, "cause": "late_transit"}, shop_id="rival", currency="BRL")
    seen = await report(conn, "market")
    assert (seen.orders, seen.on_time) == (1, Share(1, 1, 1_000_000))
    assert [cost.currency for cost in seen.costs] == ["KRW"]
    assert [each.kept_ppm for each in seen.accuracy] == [1_000_000] * 4
    assert seen.causes == (Cause("kept", 1),)
    assert (await report(conn)).orders == 2
    assert (await report(conn, "stranger")).orders == 0


async def test_a_parcel_lost_and_sent_again_fills_no_more_than_was_wanted(conn: Conn) -> None:
    await Case(conn).order("delivered", {"state": "lost"}, {"re_sourced": True})
    seen = await report(conn)
    assert (seen.fill, seen.perfect) == (Share(2, 2, 1_000_000), Share(0, 1, 0))
