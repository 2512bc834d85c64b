"""Payments in the database: every answer counts once, and the ledger says the same as the payment."""

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from msgspec.structs import replace
from psycopg.errors import CheckViolation

from sangdan.kit import ledger
from sangdan.kit.db import Conn, Pool, run, value
from sangdan.kit.ids import Ids
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments import queries
from sangdan.pay.payments.errors import NoSuchCall, NoSuchPayment, TooMuch, WrongState
from sangdan.pay.payments.events import PaymentRequested
from sangdan.pay.payments.model import Answer, Call, Kind, Outcome, Verdict, call_key

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=21)
KINDS: Final[tuple[Kind, ...]] = ("authorise", "capture", "refund", "void")


async def a_payment(conn: Conn, amount_minor: int = 10_000, shop_id: str | None = None) -> PaymentRequested:
    """What placing an order leaves behind for payments."""
    payment_id = IDS.new(AT)
    wanted = PaymentRequested(
        order_id=IDS.new(AT),
        payment_id=payment_id,
        shop_id=shop_id or f"shop-{IDS.new(AT).hex[-8:]}",
        key=call_key(payment_id, "authorise"),
        currency="KRW",
        amount_minor=amount_minor,
    )
    await run(
        conn,
        """
        INSERT INTO payments.payment (order_id, payment_id, shop_id, currency, state, amount_minor, requested_at)
        VALUES (%(order_id)s, %(payment_id)s, %(shop_id)s, 'KRW', 'requested', %(amount_minor)s, %(at)s)
        """,
        order_id=wanted.order_id,
        payment_id=wanted.payment_id,
        shop_id=wanted.shop_id,
        amount_minor=amount_minor,
        at=AT,
    )
    return wanted


async def the_call(conn: Conn, order_id: UUID, kind: Kind) -> Call:
    """The latest call of a kind."""
    return [call for call in await queries.calls(conn, order_id) if call.kind == kind][-1]


def an_answer(wanted: PaymentRequested, outcome: Outcome = "approved", amount_minor: int | None = None) -> Answer:
    """The gateway on the authorisation."""
    amount = wanted.amount_minor if amount_minor is None else amount_minor
    return Answer(
        order_id=wanted.order_id,
        key=wanted.key,
        kind="authorise",
        outcome=outcome,
        amount_minor=amount,
        gateway_ref="g",
    )


async def answer(conn: Conn, order_id: UUID, kind: Kind, outcome: Outcome = "approved") -> Verdict:
    """The gateway on the latest call of a kind."""
    call = await the_call(conn, order_id, kind)
    told = Answer(
        order_id=order_id, key=call.key, kind=kind, outcome=outcome, amount_minor=call.amount_minor, gateway_ref="g"
    )
    return await payments.record(conn, told, AT)


async def facts(conn: Conn, wanted: PaymentRequested) -> list[str]:
    """What was told of the payment, in order."""
    types = "SELECT array_agg(type ORDER BY sequence) FROM kit.event WHERE subject = %(subject)s"
    told: list[str] | None = await value(conn, types, subject=wanted.subject)
    return [name.removeprefix("payments.") for name in told or []]


async def state(conn: Conn, wanted: PaymentRequested) -> tuple[str, int, int]:
    paid = await payments.payment(conn, wanted.order_id, None)
    return paid.state, paid.captured_minor, paid.refunded_minor


async def book(conn: Conn, wanted: PaymentRequested) -> dict[str, tuple[int, int]]:
    """Each account of the shop: net credit that moved, and that is pending."""
    return {
        each.account: (each.net_minor, each.credits_pending - each.debits_pending)
        for each in await ledger.balances(conn, wanted.shop_id)
    }


async def captured(conn: Conn, amount_minor: int = 10_000) -> PaymentRequested:
    """A payment whose money was taken."""
    wanted = await a_payment(conn, amount_minor)
    await payments.record(conn, an_answer(wanted), AT)
    await payments.request_capture(conn, wanted.order_id, amount_minor, AT)
    await answer(conn, wanted.order_id, "capture")
    return wanted


async def test_money_is_held_then_taken_in_part_then_given_back(conn: Conn) -> None:
    wanted = await a_payment(conn)
    await payments.record(conn, an_answer(wanted), AT)
    assert await book(conn, wanted) == {"gateway": (0, -10_000), "escrow": (0, 10_000)}
    await payments.request_capture(conn, wanted.order_id, 8_000, AT)
    await answer(conn, wanted.order_id, "capture")
    await payments.charge_fee(conn, wanted.order_id, 264, AT)
    await payments.charge_fee(conn, wanted.order_id, 264, AT)
    assert await book(conn, wanted) == {"gateway": (-7_736, 0), "escrow": (8_000, 0), "gateway_fee": (-264, 0)}
    await payments.request_refund(conn, wanted.order_id, "short:1", 3_000, AT)
    await answer(conn, wanted.order_id, "refund")
    assert await book(conn, wanted) == {"gateway": (-4_736, 0), "escrow": (5_000, 0), "gateway_fee": (-264, 0)}
    assert await state(conn, wanted) == ("captured", 8_000, 3_000)
    assert await facts(conn, wanted) == ["authorised", "capture_requested", "captured", "refund_requested", "refunded"]
    assert await ledger.drift(conn) == []
    assert await payments.drift(conn) == []


async def test_what_was_asked_before_is_not_asked_again(conn: Conn) -> None:
    wanted = await captured(conn)
    await payments.request_capture(conn, wanted.order_id, 10_000, AT)
    await payments.request_refund(conn, wanted.order_id, "short:1", 400, AT)
    await payments.request_refund(conn, wanted.order_id, "short:1", 400, AT)
    assert Counter(await facts(conn, wanted))["capture_requested"] == 1
    assert Counter(await facts(conn, wanted))["refund_requested"] == 1


async def test_an_answer_told_five_times_counts_once(conn: Conn) -> None:
    wanted = await a_payment(conn)
    verdicts = [await payments.record(conn, an_answer(wanted), AT) for _ in range(5)]
    assert verdicts == [Verdict.FIRST, *[Verdict.REPEATED] * 4]
    assert (await the_call(conn, wanted.order_id, "authorise")).answers == 5
    assert await facts(conn, wanted) == ["authorised"]
    assert (await book(conn, wanted))["escrow"] == (0, 10_000)


async def test_twenty_answers_at_once_are_one(db: Pool) -> None:
    async with db.transaction() as conn:
        wanted = await a_payment(conn)

    async def hear() -> Verdict:
        async with db.transaction() as conn:
            return await payments.record(conn, an_answer(wanted), AT)

    assert Counter(await asyncio.gather(*(hear() for _ in range(20)))) == {Verdict.FIRST: 1, Verdict.REPEATED: 19}
    async with db.transaction() as conn:
        assert (await the_call(conn, wanted.order_id, "authorise")).answers == 20
        assert (await book(conn, wanted))["escrow"] == (0, 10_000)
        assert await ledger.drift(conn) == []


async def test_answers_that_contradict_at_once_leave_one_truth(db: Pool) -> None:
    async with db.transaction() as conn:
        wanted = await a_payment(conn)

    async def hear(outcome: Outcome) -> Verdict:
        async with db.transaction() as conn:
            return await payments.record(conn, an_answer(wanted, outcome), AT)

    verdicts = await asyncio.gather(*(hear(outcome) for outcome in ("approved", "declined")))
    assert Counter(verdicts) == {Verdict.FIRST: 1, Verdict.CONTRADICTORY: 1}
    async with db.transaction() as conn:
        call = await the_call(conn, wanted.order_id, "authorise")
        held = (await book(conn, wanted)).get("escrow", (0, 0))
        told = await facts(conn, wanted)
    if call.outcome == "approved":
        assert (held, told) == ((0, 10_000), ["authorised"])
    else:
        assert (held, told) == ((0, 0), ["declined", "void_requested"])


async def test_a_decline_after_an_approval_is_refused_and_logged(conn: Conn, caplog: pytest.LogCaptureFixture) -> None:
    wanted = await a_payment(conn)
    await payments.record(conn, an_answer(wanted), AT)
    with caplog.at_level(logging.WARNING, "sangdan.payments"):
        assert await payments.record(conn, an_answer(wanted, "declined"), AT) is Verdict.CONTRADICTORY
    assert [record.message for record in caplog.records] == ["contradictory answer refused"]
    assert await state(conn, wanted) == ("authorised", 0, 0)
    assert (await the_call(conn, wanted.order_id, "authorise")).outcome == "approved"
    assert await facts(conn, wanted) == ["authorised"]


async def test_an_approval_after_a_decline_is_not_kept_but_let_go(conn: Conn) -> None:
    wanted = await a_payment(conn)
    await payments.record(conn, an_answer(wanted, "declined"), AT)
    await payments.record(conn, an_answer(wanted), AT)
    assert await state(conn, wanted) == ("declined", 0, 0)
    assert await facts(conn, wanted) == ["declined", "void_requested"]
    assert await book(conn, wanted) == {}


async def test_an_approval_of_another_amount_is_not_believed(conn: Conn) -> None:
    wanted = await a_payment(conn)
    assert await payments.record(conn, an_answer(wanted, amount_minor=1), AT) is Verdict.CONTRADICTORY
    assert await state(conn, wanted) == ("requested", 0, 0)
    assert await payments.record(conn, an_answer(wanted), AT) is Verdict.FIRST


async def test_answers_to_calls_that_were_never_made_are_refused(conn: Conn) -> None:
    wanted = await a_payment(conn)
    await payments.record(conn, an_answer(wanted), AT)
    for kind in KINDS:
        with pytest.raises(NoSuchCall):
            await payments.record(conn, replace(an_answer(wanted), key="forged", kind=kind), AT)
    with pytest.raises(NoSuchPayment):
        await payments.record(conn, replace(an_answer(wanted), order_id=IDS.new(AT)), AT)


async def test_an_order_called_off_while_the_gateway_thinks_never_goes_on(conn: Conn) -> None:
    wanted = await a_payment(conn)
    await payments.unanswered(conn, wanted.order_id, wanted.key, "authorise")
    await payments.call_off(conn, wanted.order_id, "shopper", AT)
    await payments.call_off(conn, wanted.order_id, "shopper", AT)
    assert await facts(conn, wanted) == []
    await payments.record(conn, an_answer(wanted), AT)
    assert await facts(conn, wanted) == ["void_requested"]
    await answer(conn, wanted.order_id, "void")
    assert await state(conn, wanted) == ("voided", 0, 0)
    assert await book(conn, wanted) == {"gateway": (0, 0), "escrow": (0, 0)}
    assert await ledger.drift(conn) == []


async def test_a_refund_waits_for_the_capture_it_is_taken_from(conn: Conn) -> None:
    wanted = await a_payment(conn)
    await payments.record(conn, an_answer(wanted), AT)
    await payments.request_capture(conn, wanted.order_id, 9_000, AT)
    await payments.request_refund(conn, wanted.order_id, "short:1", 2_000, AT)
    assert await facts(conn, wanted) == ["authorised", "capture_requested"]
    with pytest.raises(TooMuch):
        await payments.request_refund(conn, wanted.order_id, "short:2", 7_001, AT)
    await answer(conn, wanted.order_id, "capture")
    assert await facts(conn, wanted) == ["authorised", "capture_requested", "captured", "refund_requested"]


async def test_a_refund_of_what_was_not_taken_is_forgotten(conn: Conn) -> None:
    """The capture is declined, then tried again for what is left: the waiting refund must not come out of that."""
    wanted = await a_payment(conn)
    await payments.record(conn, an_answer(wanted), AT)
    await payments.request_capture(conn, wanted.order_id, 10_000, AT)
    await payments.request_refund(conn, wanted.order_id, "short:1", 4_000, AT)
    await answer(conn, wanted.order_id, "capture", "declined")
    await payments.request_capture(conn, wanted.order_id, 6_000, AT + timedelta(seconds=1))
    await answer(conn, wanted.order_id, "capture")
    assert await state(conn, wanted) == ("captured", 6_000, 0)
    assert (await the_call(conn, wanted.order_id, "refund")).outcome == "declined"
    assert Counter(await facts(conn, wanted))["refund_requested"] == 0


async def test_a_void_of_what_was_declined_is_forgotten(conn: Conn) -> None:
    wanted = await a_payment(conn)
    await payments.call_off(conn, wanted.order_id, "shopper", AT)
    await payments.record(conn, an_answer(wanted, "declined"), AT)
    assert await facts(conn, wanted) == ["declined"]
    assert (await the_call(conn, wanted.order_id, "void")).outcome == "declined"


async def test_calling_off_gives_back_what_was_taken_less_what_went_back(conn: Conn) -> None:
    wanted = await captured(conn)
    await payments.request_refund(conn, wanted.order_id, "short:1", 4_000, AT)
    await answer(conn, wanted.order_id, "refund")
    for seconds in (1, 2):
        await payments.call_off(conn, wanted.order_id, "lost", AT + timedelta(seconds=seconds))
    await answer(conn, wanted.order_id, "refund")
    assert await state(conn, wanted) == ("captured", 10_000, 10_000)
    assert (await book(conn, wanted))["escrow"] == (0, 0)


async def test_concurrent_refunds_never_pass_what_was_taken(db: Pool) -> None:
    async with db.transaction() as conn:
        wanted = await captured(conn)

    async def refund(number: int) -> None:
        async with db.transaction() as conn:
            await payments.request_refund(conn, wanted.order_id, f"short:{number}", 3_000, AT)

    results = await asyncio.gather(*(refund(number) for number in range(10)), return_exceptions=True)
    assert Counter(map(type, results)) == {type(None): 3, TooMuch: 7}


async def test_capturing_nothing_lets_the_money_go(conn: Conn) -> None:
    wanted = await a_payment(conn)
    await payments.record(conn, an_answer(wanted), AT)
    await payments.request_capture(conn, wanted.order_id, 0, AT)
    await answer(conn, wanted.order_id, "void")
    assert await state(conn, wanted) == ("voided", 0, 0)
    with pytest.raises(WrongState):
        await payments.request_capture(conn, wanted.order_id, 1, AT)


@pytest.mark.parametrize("kind", ["capture", "refund"])
async def test_a_refused_call_is_told_and_moves_nothing(conn: Conn, kind: Kind) -> None:
    if kind == "capture":
        wanted = await a_payment(conn)
        await payments.record(conn, an_answer(wanted), AT)
        await payments.request_capture(conn, wanted.order_id, 10_000, AT)
    else:
        wanted = await captured(conn)
        await payments.request_refund(conn, wanted.order_id, "short:1", 1_000, AT)
    before = (await state(conn, wanted), await book(conn, wanted))
    await answer(conn, wanted.order_id, kind, "declined")
    assert (await facts(conn, wanted))[-1] == "refused"
    assert (await state(conn, wanted), await book(conn, wanted)) == before
    assert await payments.drift(conn) == []


async def test_giving_up_declines_and_a_late_approval_changes_nothing(conn: Conn) -> None:
    wanted = await a_payment(conn)
    await payments.unanswered(conn, wanted.order_id, wanted.key, "authorise")
    assert (await state(conn, wanted))[0] == "unknown"
    await payments.give_up(conn, wanted.order_id, AT + timedelta(minutes=30))
    await payments.give_up(conn, wanted.order_id, AT + timedelta(minutes=30))
    assert await facts(conn, wanted) == ["declined", "void_requested"]
    await answer(conn, wanted.order_id, "void")
    await payments.record(conn, an_answer(wanted), AT + timedelta(hours=1))
    assert await state(conn, wanted) == ("declined", 0, 0)
    assert await facts(conn, wanted) == ["declined", "void_requested"]
    assert await book(conn, wanted) == {}


async def test_a_late_approval_that_the_void_missed_is_voided_again(conn: Conn) -> None:
    wanted = await a_payment(conn)
    await payments.unanswered(conn, wanted.order_id, wanted.key, "authorise")
    await payments.give_up(conn, wanted.order_id, AT)
    await answer(conn, wanted.order_id, "void", "declined")
    await payments.record(conn, an_answer(wanted), AT)
    assert await facts(conn, wanted) == ["declined", "void_requested", "void_requested"]


async def test_what_is_free_ends_without_a_ledger(conn: Conn) -> None:
    taken, called_off = await a_payment(conn, 0), await a_payment(conn, 0)
    await payments.record(conn, an_answer(taken), AT)
    await payments.request_capture(conn, taken.order_id, 0, AT)
    await payments.call_off(conn, called_off.order_id, "shopper", AT)
    await payments.record(conn, an_answer(called_off), AT)
    assert (await state(conn, taken), await state(conn, called_off)) == (("captured", 0, 0), ("voided", 0, 0))
    assert await facts(conn, taken) == ["authorised", "captured"]
    assert await facts(conn, called_off) == ["voided"]
    assert await book(conn, taken) == {}


async def test_an_ally_does_not_see_anothers_payments(conn: Conn) -> None:
    wanted = await a_payment(conn, shop_id="market")
    assert (await payments.payment(conn, wanted.order_id, "market")).amount_minor == 10_000
    with pytest.raises(NoSuchPayment):
        await payments.payment(conn, wanted.order_id, "rival")


async def test_drift_catches_a_payment_that_its_calls_do_not_explain(conn: Conn) -> None:
    wanted = await captured(conn)
    await run(conn, "UPDATE payments.payment SET refunded_minor = 1 WHERE order_id = %(id)s", id=wanted.order_id)
    assert [(d.check, d.order_id, d.payment_minor, d.calls_minor) for d in await payments.drift(conn)] == [
        ("refunded", wanted.order_id, 1, 0)
    ]


async def test_the_database_itself_refuses_to_give_back_too_much(conn: Conn) -> None:
    wanted = await captured(conn)
    with pytest.raises(CheckViolation):
        await run(conn, "UPDATE payments.payment SET refunded_minor = 10001 WHERE order_id = %(o)s", o=wanted.order_id)
