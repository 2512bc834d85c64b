"""Settlement on the ledger: posted once, stated line by line, closed once."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import pytest
from msgspec.structs import replace

from sangdan.kit import ledger
from sangdan.kit.db import Conn, Pool, value
from sangdan.kit.ids import Ids
from sangdan.pay.settlement import commands as settlement
from sangdan.pay.settlement.errors import PeriodOpen, PeriodsOverlap
from sangdan.pay.settlement.model import LineFacts, OrderFacts, ParcelFacts, Period, Terms, totals

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = Period(MONDAY, MONDAY + 7 * DAY)
AFTER = MONDAY + 8 * DAY
TERMS = {ally: Terms(ally, "KRW", 110_000, 300, 900, 100_000) for ally in ("seller-a", "seller-b", "centre")}
ids = Ids(seed=3)


def an_order(at: datetime, **changes: Any) -> OrderFacts:
    usual = OrderFacts(
        order_id=ids.new(at),
        shop_id="market",
        currency="KRW",
        delivery_minor=3_000,
        captured_minor=36_000,
        refunded_minor=0,
        at=at,
        lines=(LineFacts(1, "seller-a", 2, 10_000), LineFacts(2, "seller-b", 1, 13_000)),
        parcels=(ParcelFacts(1, "centre", "van", 2_500, {1: 2, 2: 1}),),
    )
    return replace(usual, **changes)


async def a_week(conn: Conn) -> list[OrderFacts]:
    """An order a day from Monday to the Monday after."""
    orders = [an_order(MONDAY + n * DAY) for n in range(8)]
    for order in orders:
        await settlement.settle(conn, order, TERMS)
    return orders


async def test_an_order_is_settled_once(db: Pool) -> None:
    order = an_order(MONDAY)

    async def settle(hours: int) -> int:
        async with db.transaction() as conn:
            return await settlement.settle(conn, replace(order, at=MONDAY + timedelta(hours=hours)), TERMS)

    answers = await asyncio.gather(*(settle(n) for n in range(8)))
    assert sum(answers) == max(answers) > 0
    async with db.connection() as conn:
        assert await ledger.drift(conn) == []
        assert await settlement.drift(conn) == []
        lines = await settlement.statement(conn, WEEK, "centre")
        assert [line.owed_minor for line in lines if line.kind == "fulfilment"] == [1_200, 600]


async def test_captured_money_passes_through_escrow(conn: Conn) -> None:
    order = an_order(MONDAY)
    captured = ledger.Transfer(
        book="market",
        transfer_id=ids.new(MONDAY),
        currency="KRW",
        debit="gateway",
        credit="escrow",
        amount_minor=36_000,
        kind="capture",
        reference=str(order.order_id),
        at=MONDAY,
    )
    await ledger.post(conn, [captured])
    await settlement.settle(conn, order, TERMS)

    market = {each.account: each.net_minor for each in await ledger.balances(conn, "market")}
    assert market["escrow"] == 0
    assert sum(market.values()) == 0
    assert market["due:alliance"] == 31_507


async def test_the_statement_is_the_ledgers_lines_and_sums_to_zero(conn: Conn) -> None:
    orders = await a_week(conn)
    lines = await settlement.statement(conn, WEEK, None)

    assert sum(line.owed_minor for line in lines) == 0
    assert {line.reference.split("/")[0] for line in lines} == {str(order.order_id) for order in orders[:7]}
    van = await settlement.statement(conn, WEEK, "van")
    assert [(line.kind, line.owed_minor) for line in van] == [("carriage", 2_500)] * 7
    assert [line.at for line in van] == [MONDAY + n * DAY for n in range(7)]
    assert van == [line for line in lines if line.partner_id == "van"]
    assert await settlement.statement(conn, WEEK, None, currency="USD") == []
    assert await settlement.statement(conn, WEEK, "nobody") == []


async def test_closing_stores_what_the_lines_add_up_to(conn: Conn) -> None:
    await a_week(conn)
    closed = await settlement.close(conn, WEEK, None, AFTER)

    stated = totals(await settlement.statement(conn, WEEK, None))
    assert [(each.partner_id, each.currency, each.lines, each.owed_minor) for each in closed] == [
        (each.partner_id, each.currency, each.lines, each.owed_minor) for each in stated
    ]
    assert sum(each.owed_minor for each in closed) == 0
    assert {(each.period_from, each.period_to, each.closed_at) for each in closed} == {(WEEK.since, WEEK.until, AFTER)}
    assert await settlement.drift(conn) == []


async def test_closing_twice_changes_nothing(conn: Conn) -> None:
    await a_week(conn)
    van = await settlement.close(conn, WEEK, "van", AFTER)
    assert [(each.partner_id, each.owed_minor) for each in van] == [("van", 17_500)]

    closed = await settlement.close(conn, WEEK, None, AFTER + DAY)
    assert await settlement.close(conn, WEEK, None, AFTER + 2 * DAY) == closed
    assert {each.partner_id: each.closed_at for each in closed} == {
        "centre": AFTER + DAY, "market": AFTER + DAY, "seller-a": AFTER + DAY, "seller-b": AFTER + DAY, "van": AFTER,
    }  # fmt: skip
    told: int = await value(conn, "SELECT count(*) FROM kit.event WHERE type = 'settlement.closed'")
    assert told == len(closed)


@pytest.mark.parametrize(("since", "until"), [(-1, 1), (3, 4), (0, 6), (6, 8), (-1, 8)])
async def test_no_instant_is_closed_twice(conn: Conn, since: int, until: int) -> None:
    await a_week(conn)
    await settlement.close(conn, WEEK, None, AFTER)
    with pytest.raises(PeriodsOverlap, match="2026-11-16"):
        await settlement.close(conn, Period(MONDAY + since * DAY, MONDAY + until * DAY), None, AFTER)
    assert await settlement.close(conn, Period(WEEK.until, WEEK.until + DAY), None, AFTER)


async def test_a_period_that_is_not_over_stays_open(conn: Conn) -> None:
    with pytest.raises(PeriodOpen):
        await settlement.close(conn, WEEK, None, WEEK.until - timedelta(seconds=1))


async def test_of_overlapping_closings_at_once_one_wins(db: Pool) -> None:
    async with db.transaction() as conn:
        await a_week(conn)

    async def close(days: int) -> int:
        async with db.transaction() as conn:
            return len(await settlement.close(conn, Period(MONDAY, MONDAY + days * DAY), None, AFTER))

    answers = await asyncio.gather(*(close(days) for days in range(1, 8)), return_exceptions=True)
    assert Counter(map(type, answers)) == {int: 1, PeriodsOverlap: 6}


async def test_sums_by_the_hour_are_those_of_the_lines(conn: Conn) -> None:
    await a_week(conn)
    for period in (Period(MONDAY, MONDAY + DAY), Period(MONDAY + DAY / 4, MONDAY + 3 * DAY)):
        for partner_id in ("market", "seller-a", "centre", "van"):
            lines = await settlement.statement(conn, period, partner_id)
            owed = Counter[str]()
            for each in lines:
                owed[each.kind] += each.owed_minor
            counted = Counter(each.kind for each in lines)
            told = await settlement.sums(conn, period, partner_id)
            assert [(each.kind, each.lines, each.owed_minor) for each in told] == [
                (kind, counted[kind], owed[kind]) for kind in sorted(counted)
            ]


@pytest.mark.parametrize(
    ("damage", "checks"),
    [
        ("UPDATE kit.account SET credits_minor = credits_minor + 1 WHERE account = 'due:alliance'", ["mirror"]),
        ("DELETE FROM kit.account WHERE account = 'due:alliance'", ["mirror"]),
        ("UPDATE kit.account SET debits_minor = debits_minor + 1 WHERE account = 'due:market'", ["mirror", "hours"]),
        ("DELETE FROM settlement.hour WHERE partner_id = 'van'", ["hours"]),
        (
            "INSERT INTO settlement.statement "
            "VALUES ('van', 'KRW', '2026-11-16Z', '2026-11-17Z', 1, 2501, '2026-11-20Z')",
            ["statement"],
        ),
    ],
)
async def test_drift_sees_damage(conn: Conn, damage: LiteralString, checks: list[str]) -> None:
    await a_week(conn)
    assert await settlement.drift(conn) == []
    await conn.execute(damage)
    assert [row.check for row in await settlement.drift(conn)] == checks
