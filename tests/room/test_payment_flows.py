"""From an intent to the gateway and back: what each behaviour of the gateway makes of a payment."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec import convert

from sangdan.adapters.sandbox_gateway import Behaviour, Decide, SandboxGateway
from sangdan.flows import authorise_payment, capture_payment, inquire_payment, refund_payment
from sangdan.kit import ledger
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Conn, Json, many, run, value
from sangdan.kit.engine import DueTimer, Taken
from sangdan.kit.events import askers, drop_timer, kinds, timers
from sangdan.kit.ids import Ids
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.model import Contract, Partner
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.events import PaymentCaptured, PaymentRequested
from sangdan.pay.payments.model import Answer, Ask, call_key
from sangdan.pay.payments.ports import Gateway

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=31)
PUT = (authorise_payment, capture_payment, refund_payment, inquire_payment)  # importing them makes them known

OUTBOX = """
    SELECT o.subject, o.sequence, o.attempts, e.type, e.at, e.data
      FROM kit.outbox o JOIN kit.event e USING (subject, sequence) ORDER BY o.at, o.subject, o.sequence
"""


class World:
    """The outside, and time: puts every intent to the gateway the way the engine does, inside one transaction."""

    def __init__(self, conn: Conn, decide: Decide) -> None:
        self.conn = conn
        self.clock = SimClock(AT)
        self.sandbox = SandboxGateway(self.clock, decide)
        self.asked: list[str] = []

    @property
    def gateway(self) -> Gateway:
        return self.sandbox

    async def drain(self) -> None:
        """Put waiting intents to the gateway; facts that other rooms would react to only leave the queue."""
        while taken := await many(self.conn, Taken, OUTBOX):
            for each in taken:
                await run(self.conn, "DELETE FROM kit.outbox WHERE (subject, sequence) = (%(s)s, %(n)s)",
                          s=each.subject, n=each.sequence)  # fmt: skip
                if each.type not in askers:
                    continue
                ask, record = askers[each.type]
                fact = convert(each.data, kinds[each.type])
                self.asked.append(each.type.removeprefix("payments."))
                answer = await ask(self, fact, self.clock.now())
                await record(self.conn, fact, answer, self.clock.now())

    async def wait(self, seconds: int) -> None:
        """Let time pass: timers run and notices arrive when they are due."""
        until = self.clock.now() + timedelta(seconds=seconds)
        await self.drain()
        due = "SELECT key, kind, due_at, data FROM kit.timer WHERE due_at <= %(until)s ORDER BY due_at LIMIT 1"
        while timer := await many(self.conn, DueTimer, due, until=until):
            await self.hear(timer[0].due_at)
            self.clock.set(timer[0].due_at)
            await drop_timer(self.conn, timer[0].kind, timer[0].key)
            await timers[timer[0].kind](self.conn, timer[0].key, timer[0].data, self.clock.now())
            await self.drain()
        await self.hear(until)
        self.clock.set(until)

    async def hear(self, until: datetime) -> None:
        for due_at, answer in self.sandbox.notices(until):
            self.clock.set(due_at)
            await payments.record(self.conn, answer, due_at)
            await self.drain()


async def an_order(conn: Conn, amount_minor: int = 10_000) -> PaymentRequested:
    """A payment as placing leaves it, its intent in the queue."""
    payment_id = IDS.new(AT)
    wanted = PaymentRequested(
        order_id=IDS.new(AT),
        payment_id=payment_id,
        shop_id="market",
        key=call_key(payment_id, "authorise"),
        currency="KRW",
        amount_minor=amount_minor,
    )
    await run(
        conn,
        """
        WITH fact AS (
            INSERT INTO kit.event (subject, sequence, event_id, type, at, data)
            VALUES (%(payment_id)s::text, 1, %(payment_id)s, 'payments.requested', %(at)s, %(data)s)
            RETURNING subject, sequence, at
        ), queued AS (
            INSERT INTO kit.outbox (subject, sequence, at) SELECT subject, sequence, at FROM fact
        )
        INSERT INTO payments.payment (order_id, payment_id, shop_id, currency, state, amount_minor, requested_at)
        VALUES (%(order_id)s, %(payment_id)s, 'market', 'KRW', 'requested', %(amount_minor)s, %(at)s)
        """,
        order_id=wanted.order_id,
        payment_id=wanted.payment_id,
        amount_minor=amount_minor,
        at=AT,
        data=Json(wanted),
    )
    return wanted


def when(kind: str, behaviour: Behaviour) -> Decide:
    """Behave so for one kind of call; approve the rest."""

    def decide(ask: Ask) -> Behaviour:
        return behaviour if ask.kind == kind else Behaviour.APPROVE

    return decide


async def state(conn: Conn, wanted: PaymentRequested) -> str:
    return (await payments.payment(conn, wanted.order_id, None)).state


async def pending(conn: Conn) -> int:
    """What is held in the market's book."""
    return sum(each.credits_pending for each in await ledger.balances(conn, "market", "escrow"))


@pytest.mark.parametrize(
    ("behaviour", "at_once", "in_the_end", "asked"),
    [
        (Behaviour.APPROVE, "authorised", "authorised", ["requested"]),
        (Behaviour.DECLINE, "declined", "declined", ["requested"]),
        (Behaviour.TWICE, "authorised", "authorised", ["requested"]),
        (Behaviour.TIME_OUT, "unknown", "authorised", ["requested", "inquiry_due"]),
        (Behaviour.LATE, "unknown", "authorised", ["requested", "inquiry_due"]),
        (Behaviour.LOSE, "unknown", "declined", ["requested", *["inquiry_due"] * 6, "void_requested"]),
    ],
)
async def test_whatever_the_gateway_does_the_payment_ends_in_one_truth(
    conn: Conn, behaviour: Behaviour, at_once: str, in_the_end: str, asked: Sequence[str]
) -> None:
    world, wanted = World(conn, when("authorise", behaviour)), await an_order(conn)
    await world.drain()
    assert await state(conn, wanted) == at_once
    await world.wait(3600)
    assert await state(conn, wanted) == in_the_end
    assert world.asked == asked
    assert await pending(conn) == (10_000 if in_the_end == "authorised" else 0)
    assert await ledger.drift(conn) == []
    assert await value(conn, "SELECT count(*) FROM kit.timer WHERE kind = 'payment.inquire'") == 0


@pytest.mark.parametrize("kind", ["capture", "refund", "void"])
@pytest.mark.parametrize("behaviour", [Behaviour.TIME_OUT, Behaviour.LOSE, Behaviour.TWICE])
async def test_a_call_that_moves_money_is_asked_about_until_it_is_answered(
    conn: Conn, kind: str, behaviour: Behaviour
) -> None:
    tries = 0

    def decide(ask: Ask) -> Behaviour:
        nonlocal tries
        tries += ask.kind == kind
        return behaviour if ask.kind == kind and tries <= 3 else Behaviour.APPROVE

    world, wanted = World(conn, decide), await an_order(conn)
    await world.drain()
    if kind == "void":
        await payments.call_off(conn, wanted.order_id, "shopper", AT)
    else:
        await payments.request_capture(conn, wanted.order_id, 10_000, AT)
    await world.wait(3600)
    if kind == "refund":
        await payments.request_refund(conn, wanted.order_id, "short:1", 10_000, world.clock.now())
        await world.wait(3600)
    assert await state(conn, wanted) == ("voided" if kind == "void" else "captured")
    assert await pending(conn) == 0
    moved = sum(each.net_minor for each in await ledger.balances(conn, "market", "escrow"))
    assert moved == (10_000 if kind == "capture" else 0)
    assert await ledger.drift(conn) == []
    assert await payments.drift(conn) == []


async def test_what_is_free_never_reaches_the_gateway(conn: Conn) -> None:
    def refuse(ask: Ask) -> Behaviour:
        raise AssertionError("the gateway was called for nothing")

    world, wanted = World(conn, refuse), await an_order(conn, 0)
    await world.drain()
    await payments.request_capture(conn, wanted.order_id, 0, AT)
    await world.drain()
    assert await state(conn, wanted) == "captured"
    assert await ledger.balances(conn, "market") == []


async def test_a_notice_that_overtakes_the_inquiry_leaves_nothing_to_ask(conn: Conn) -> None:
    world, wanted = World(conn, when("authorise", Behaviour.LATE)), await an_order(conn)
    await world.drain()
    told = await world.gateway.inquire(wanted.key)
    assert isinstance(told, Answer)
    await payments.record(conn, told, AT)
    await world.wait(3600)
    assert await state(conn, wanted) == "authorised"
    assert world.asked == ["requested"]


async def test_the_gateway_keeps_its_share_and_vat_on_it_once(conn: Conn) -> None:
    await partners.save_partner(conn, Partner("market", "marketplace", "장터", "Market"))
    await partners.save_contract(conn, a_contract(gateway_fee_ppm=30_000))
    world, wanted = World(conn, when("authorise", Behaviour.APPROVE)), await an_order(conn)
    await world.drain()
    taken = PaymentCaptured(
        order_id=wanted.order_id, payment_id=wanted.payment_id, shop_id="market", currency="KRW", amount_minor=9_990
    )
    for _ in range(2):
        await capture_payment.charge_gateway_fee(conn, taken, AT)
    fees = {each.account: each.net_minor for each in await ledger.balances(conn, "market", "gateway_fee")}
    assert fees == {"gateway_fee": -330}, "3 % of 9,990 is 299.7, so 300; a tenth of that is VAT"


def a_contract(*, gateway_fee_ppm: int) -> Contract:
    return Contract(
        partner_id="market",
        valid_from=date(2026, 1, 1),
        valid_to=None,
        currency="KRW",
        commission_ppm=0,
        gateway_fee_ppm=gateway_fee_ppm,
        unit_fee_minor=0,
        parcel_fee_minor=0,
        vat_ppm=100_000,
        settlement_cycle="daily",
        settlement_days=1,
        return_mind_bearer="shopper",
        return_defect_bearer="seller",
    )
