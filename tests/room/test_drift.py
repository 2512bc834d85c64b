"""Drift: a world at work has none, and each check catches the row that was corrupted for it."""

from datetime import UTC, datetime, timedelta
from typing import Final, LiteralString, NamedTuple

import pytest

from sangdan.flows.drift import CHECKS, drift
from sangdan.flows.place_order import place
from sangdan.kit.db import Conn, run
from sangdan.kit.ids import Ids
from sangdan.offer.reviews import commands as reviews
from sangdan.offer.reviews.model import Draft
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import Held
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.model import Answer, Kind, call_key
from sangdan.pay.settlement import commands as settlement
from sangdan.pay.settlement.model import LineFacts, OrderFacts, ParcelFacts, Period, Terms
from sangdan.ship.warehouse import commands as warehouse

from .placing_cases import a_taken

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
LATER = AT + timedelta(days=1)
IDS = Ids(seed=71)


class Corruption(NamedTuple):
    """What somebody did to a row behind our back, and which check of which room must see it."""

    room: str
    check: str
    sql: LiteralString


CORRUPTIONS: Final = (
    Corruption("stock", "on_hand", "UPDATE stock.balance SET on_hand = on_hand + 1"),
    Corruption("stock", "on_hand", "DELETE FROM stock.balance WHERE sku = 'rice'"),
    Corruption("stock", "reserved", "UPDATE stock.balance SET reserved = reserved - 1 WHERE sku = 'milk'"),
    Corruption("stock", "reserved", "UPDATE stock.reservation SET state = 'released' WHERE inbound_id IS NULL"),
    Corruption("stock", "inbound", "UPDATE stock.inbound SET reserved = reserved + 1"),
    Corruption(
        "stock",
        "oversold",
        "ALTER TABLE stock.balance DROP CONSTRAINT never_oversold; UPDATE stock.balance SET reserved = on_hand + 1",
    ),
    Corruption(
        "payments",
        "captured",
        "UPDATE payments.payment SET captured_minor = captured_minor - 1 WHERE captured_minor > 0",
    ),
    Corruption(
        "payments",
        "refunded",
        "UPDATE payments.payment SET refunded_minor = refunded_minor - 1 WHERE refunded_minor > 0",
    ),
    Corruption("payments", "refunded", "DELETE FROM payments.call WHERE kind = 'refund'"),
    Corruption("ledger", "debits_minor", "UPDATE kit.account SET debits_minor = 0 WHERE account = 'gateway'"),
    Corruption("ledger", "credits_minor", "UPDATE kit.account SET credits_minor = 0 WHERE account = 'escrow'"),
    Corruption("ledger", "debits_pending", "UPDATE kit.account SET debits_pending = 7 WHERE account = 'gateway'"),
    Corruption("ledger", "credits_pending", "UPDATE kit.account SET credits_pending = 7 WHERE account = 'escrow'"),
    Corruption("ledger", "book", "UPDATE kit.account SET credits_minor = credits_minor + 1 WHERE account = 'escrow'"),
    Corruption(
        "ledger",
        "end",
        """
        INSERT INTO kit.transfer (book, transfer_id, currency, debit, credit, amount_minor, phase, pending_id, kind,
                                  reference, at)
        SELECT book, gen_random_uuid(), currency, debit, credit, 1, 'post', gen_random_uuid(), kind, reference, at
          FROM kit.transfer LIMIT 1
        """,
    ),
    Corruption(
        "settlement",
        "mirror",
        "UPDATE kit.account SET credits_minor = credits_minor + 1 WHERE book = 'market' AND account = 'due:alliance'",
    ),
    Corruption(
        "settlement",
        "statement",
        """
        INSERT INTO settlement.statement (partner_id, currency, period_from, period_to, lines, owed_minor, closed_at)
        SELECT partner_id, currency, period_to, period_to + interval '1 day', lines, owed_minor, closed_at
          FROM settlement.statement WHERE partner_id = 'van'
        """,
    ),
    Corruption(
        "settlement", "hours", "UPDATE settlement.hour SET owed_minor = owed_minor + 1 WHERE partner_id = 'van'"
    ),
    Corruption("slots", "slot", "UPDATE warehouse.slot SET parcels = parcels - 1"),
    Corruption("slots", "slot", "UPDATE warehouse.slot_claim SET state = 'released'"),
    Corruption("slots", "slot", "DELETE FROM warehouse.slot"),
    Corruption("orders", "line", "UPDATE orders.line SET cancelled_units = cancelled_units + 1"),
    Corruption("orders", "goods", "UPDATE orders.order SET (goods_minor, total_minor) = (1, 1 + delivery_minor)"),
    Corruption("orders", "ended", "UPDATE orders.order SET state = 'delivered'"),
    Corruption("orders", "stray line", "DELETE FROM orders.order"),
    Corruption("orders", "stray parcel", "DELETE FROM orders.order"),
    Corruption("orders", "stray part", "DELETE FROM orders.parcel"),
    Corruption("reviews", "rating", "UPDATE reviews.rating SET (ones, fives) = (100, 0)"),
    Corruption("reviews", "rating", "UPDATE reviews.review SET state = 'hidden'"),
    Corruption("reviews", "rating", "DELETE FROM reviews.rating"),
    Corruption(
        "holds", "holds", "UPDATE orders.order SET state = 'cancelled'; UPDATE orders.parcel SET state = 'lost'"
    ),
)


async def a_world_at_work(conn: Conn) -> None:
    """A little of everything, made by the rooms' own verbs."""
    await goods(conn)
    await money(conn)
    assert await place(conn, a_taken("rice", units=2), AT) == []
    for parcel_id in (IDS.new(AT), IDS.new(AT)):
        await warehouse.claim(conn, "icheon", parcel_id, AT, 9)
    await warehouse.use_claim(conn, "icheon", parcel_id)
    await opinions(conn)


async def goods(conn: Conn) -> None:
    for sku in ("milk", "rice"):
        await stock.receive(conn, "icheon", IDS.new(AT), sku, "dairy", 9, "test", AT)
    await stock.hold(conn, IDS.new(AT), Held("icheon", IDS.new(AT), 1, "milk", "dairy", 3, None), AT)
    await run(
        conn,
        """
        WITH awaited AS (
            INSERT INTO stock.inbound (node_id, inbound_id, sku, owner_id, units, reserved, due_at)
            VALUES ('icheon', 'asn-1', 'milk', 'dairy', 10, 4, %(due_at)s)
        )
        INSERT INTO stock.reservation (node_id, reservation_id, order_id, line_no, sku, owner_id, units, inbound_id, at)
        VALUES ('icheon', %(id)s, %(id)s, 1, 'milk', 'dairy', 4, 'asn-1', %(at)s)
        """,
        id=IDS.new(AT),
        at=AT,
        due_at=LATER,
    )


async def opinions(conn: Conn) -> None:
    await run(conn, "INSERT INTO partners.partner VALUES ('market', 'marketplace', '시장', 'Market')")
    await run(conn, "INSERT INTO catalogue.product VALUES ('milk', 'chilled', '우유', 'Milk', NULL)")
    draft = Draft(IDS.new(AT), "milk", IDS.new(AT), 1, "milk", "market", "kim", 5, "고소해요.", AT)
    assert await reviews.write(conn, draft) == "shown"


async def money(conn: Conn) -> None:
    order_id, payment_id = IDS.new(AT), IDS.new(AT)
    await run(
        conn,
        """
        INSERT INTO payments.payment (order_id, payment_id, shop_id, currency, state, amount_minor, requested_at)
        VALUES (%(order_id)s, %(payment_id)s, 'market', 'KRW', 'requested', 24000, %(at)s)
        """,
        order_id=order_id,
        payment_id=payment_id,
        at=AT,
    )

    async def approve(kind: Kind, key: str, amount_minor: int) -> None:
        answer = Answer(
            order_id=order_id, key=key, kind=kind, outcome="approved", amount_minor=amount_minor, gateway_ref="g"
        )
        await payments.record(conn, answer, AT)

    await approve("authorise", call_key(payment_id, "authorise"), 24_000)
    await payments.request_capture(conn, order_id, 24_000, AT)
    await approve("capture", call_key(payment_id, "capture", 1), 24_000)
    await payments.request_refund(conn, order_id, "short", 1_000, AT)
    await approve("refund", call_key(payment_id, "refund", "short"), 1_000)
    confirmed = OrderFacts(
        order_id=order_id, shop_id="market", currency="KRW", delivery_minor=3_000, captured_minor=24_000,
        refunded_minor=1_000, at=AT, lines=(LineFacts(1, "farm", 2, 10_000),),
        parcels=(ParcelFacts(1, "centre", "van", 2_500, {1: 2}),),
    )  # fmt: skip
    terms = {ally: Terms(ally, "KRW", 110_000, 300, 900, 100_000) for ally in ("farm", "centre")}
    await settlement.settle(conn, confirmed, terms)
    await settlement.close(conn, Period(AT, LATER), None, LATER)


async def test_a_world_at_work_has_no_drift(conn: Conn) -> None:
    await a_world_at_work(conn)
    assert await drift(conn) == []


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda c: f"{c.room}-{c.check}")
async def test_a_corrupted_row_is_caught(conn: Conn, corruption: Corruption) -> None:
    await a_world_at_work(conn)
    for statement in corruption.sql.split(";"):
        assert await run(conn, statement) != 0
    found = {(each.room, each.row["check"]) for each in await drift(conn)}
    assert (corruption.room, corruption.check) in found
    accused = {room for room, _ in found}
    assert accused <= {corruption.room, "ledger", "holds"}, "one corrupted room must not accuse another"


def test_no_check_goes_unproven() -> None:
    assert {corruption.room for corruption in CORRUPTIONS} == set(CHECKS)
