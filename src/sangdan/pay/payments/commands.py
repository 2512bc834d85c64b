"""The verbs of payments. Each locks the payment, so that answers and wishes come one after the other."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit import ledger
from sangdan.kit.db import Conn
from sangdan.kit.events import Fact, emit
from sangdan.kit.ids import derive

from . import queries
from .errors import NoSuchCall, NoSuchPayment
from .events import (
    CallRefused,
    CaptureRequested,
    InquiryDue,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
    RefundRequested,
    Requested,
    VoidRequested,
)
from .model import (
    GOES,
    Answer,
    Call,
    Kind,
    Outcome,
    Payment,
    Verdict,
    Whole,
    after,
    judge,
    to_capture,
    to_refund,
    to_void,
)
from .queries import drift

__all__ = [
    "ask_again", "call_off", "charge_fee", "drift", "give_up", "payment",
    "record", "request_capture", "request_refund", "unanswered",
]

log = logging.getLogger("sangdan.payments")

INTENTS: Final[dict[Kind, type[Requested]]] = {
    "capture": CaptureRequested,
    "refund": RefundRequested,
    "void": VoidRequested,
}


async def payment(conn: Conn, order_id: UUID, seen_by: str | None) -> Payment:
    """The payment of an order.

    seen_by  the ally that asks; None for the tower
    raises   NoSuchPayment, also when another ally collects it
    """
    found = await queries.payment(conn, order_id, seen_by)
    if found is None:
        raise _no_payment(order_id)
    return found


async def request_capture(conn: Conn, order_id: UUID, amount_minor: int, at: datetime) -> None:
    """Take what is due of the held money; harmless when it was asked for before.

    amount_minor  0..the amount authorised; at 0 the held money is let go
    raises        WrongState, TooMuch, BadAmount, NoSuchPayment
    """
    whole = await _locked(conn, order_id)
    if amount_minor == 0 and whole.payment.amount_minor > 0:
        await _ask(conn, whole, to_void(whole, at), at)
    elif amount_minor == 0:
        await _end_free(conn, whole.payment, "captured", at)
    else:
        await _ask(conn, whole, to_capture(whole, amount_minor, at), at)


async def request_refund(conn: Conn, order_id: UUID, cause: str, amount_minor: int, at: datetime) -> None:
    """Give money back once for a cause; waits for the capture when that has not been answered yet.

    cause         why, e.g. 'short:2'; the same cause again is harmless
    amount_minor  >= 1, at most what is captured and not refunded
    raises        TooMuch, CauseDiffers, BadAmount, NoSuchPayment
    """
    whole = await _locked(conn, order_id)
    await _ask(conn, whole, to_refund(whole, cause, amount_minor, at), at)


async def call_off(conn: Conn, order_id: UUID, cause: str, at: datetime) -> None:
    """Let all of an order's money go, whatever its state: void what is held, refund what is taken.

    cause   why, e.g. 'cancelled'
    raises  NoSuchPayment
    """
    whole = await _locked(conn, order_id)
    if whole.payment.state in ("declined", "voided"):
        return
    if whole.payment.amount_minor == 0:
        await _end_free(conn, whole.payment, "voided", at)
    elif not whole.of("capture"):
        await _ask(conn, whole, to_void(whole, at), at)
    elif whole.refundable_minor > 0:
        await _ask(conn, whole, to_refund(whole, cause, whole.refundable_minor, at), at)


async def record(conn: Conn, answer: Answer, at: datetime) -> Verdict:
    """Take an answer of the gateway: the first to a call has its effect, all others are counted only.

    answer  may come late, twice, at once with another, or contradict an earlier one
    gives   what it was; a contradiction is refused and logged, so the first answer stands
    raises  NoSuchCall, NoSuchPayment
    """
    whole, call = _found(await _locked(conn, answer.order_id), answer.key, answer.kind)
    verdict = judge(call, answer)
    if verdict is Verdict.FIRST:
        await _settle(conn, whole, call, answer, at)
    else:
        await queries.save(conn, whole.payment, replace(call, answers=call.answers + 1))
    if verdict is Verdict.CONTRADICTORY:
        log.warning(
            "contradictory answer refused",
            extra={"order_id": str(answer.order_id), "key": answer.key, "before": call.outcome, "now": answer.outcome},
        )
    approved = answer.kind == "authorise" and answer.outcome == "approved"
    if approved and verdict is not Verdict.REPEATED and whole.payment.state in ("declined", "voided"):
        # Money is held for an order that is gone: the approval came after we gave up, or after a decline.
        await _ask(conn, whole, to_void(whole, at), at)
    return verdict


async def unanswered(conn: Conn, order_id: UUID, key: str, kind: Kind) -> Call:
    """A call timed out: what became of it is unknown until somebody asks again.

    gives   the call; its outcome is not 'unknown' when an answer came by another way meanwhile
    raises  NoSuchCall, NoSuchPayment
    """
    whole, call = _found(await _locked(conn, order_id), key, kind)
    if call.outcome != "asked":
        return call
    call = replace(call, outcome="unknown")
    paid = whole.payment
    if kind == "authorise" and paid.state == "requested":
        paid = replace(paid, state="unknown")
    await queries.save(conn, paid, call)
    return call


async def ask_again(conn: Conn, order_id: UUID, key: str, tries: int, at: datetime) -> None:
    """Have the gateway asked what became of a call; nothing to do when it has said so meanwhile.

    tries  inquiries made before, >= 0
    """
    whole = await _locked(conn, order_id)
    call = whole.call(key)
    if call is None or call.outcome != "unknown":
        return
    await emit(
        conn, at,
        InquiryDue(
            order_id=order_id, payment_id=whole.payment.payment_id, key=key, currency=whole.payment.currency,
            amount_minor=call.amount_minor, of=whole.authorisation, kind=call.kind, tries=tries,
        ),
    )


async def give_up(conn: Conn, order_id: UUID, at: datetime) -> None:
    """No answer to an authorisation ever came: it counts as declined, and whatever is held is let go."""
    whole = await _locked(conn, order_id)
    if whole.payment.state != "unknown":
        return
    declined = replace(whole.payment, state="declined")
    await queries.move(conn, declined)
    fact = PaymentDeclined(order_id=order_id, payment_id=declined.payment_id, reason="no_answer")
    await emit(conn, at, fact, *_waiting(whole, declined))
    await _ask(conn, Whole(declined, whole.calls), to_void(whole, at), at)


async def charge_fee(conn: Conn, order_id: UUID, fee_minor: int, at: datetime) -> None:
    """Post what the gateway keeps of a capture, its VAT included; harmless twice.

    fee_minor  >= 0
    """
    paid = await payment(conn, order_id, None)
    if fee_minor > 0:
        await ledger.post(conn, [_transfer(paid, "gateway_fee", "gateway_fee", "gateway", fee_minor, at)])


async def _locked(conn: Conn, order_id: UUID) -> Whole:
    held = await queries.locked(conn, order_id)
    if held is None:
        raise _no_payment(order_id)
    return Whole(held, tuple(await queries.calls(conn, order_id)))


def _found(whole: Whole, key: str, kind: Kind) -> tuple[Whole, Call]:
    """The call with this key. Placing writes no row for its authorisation: the first word about it does."""
    call = whole.call(key)
    if call is not None:
        return whole, call
    paid = whole.payment
    if kind != "authorise" or any(known.kind == "authorise" for known in whole.calls):
        raise NoSuchCall(f"Order {paid.order_id} never made a call '{key}'.", order_id=str(paid.order_id), key=key)
    call = Call(paid.order_id, key, kind, paid.amount_minor, "asked", None, 0, paid.requested_at, None)
    return Whole(paid, (call, *whole.calls)), call


async def _ask(conn: Conn, whole: Whole, call: Call | None, at: datetime) -> None:
    """Write a call down and, unless it must wait for another's answer, have it made."""
    if call is None:
        return
    await queries.add_call(conn, call)
    if whole.payment.state in GOES[call.kind]:
        await emit(conn, at, _intent(whole, call))


async def _settle(conn: Conn, whole: Whole, call: Call, answer: Answer, at: datetime) -> None:
    """Give the first answer its effect: state, ledger and facts."""
    moved = after(whole.payment, call, answer.outcome)
    heard = replace(
        call, outcome=answer.outcome, gateway_ref=answer.gateway_ref, answers=call.answers + 1, answered_at=at
    )
    await queries.save(conn, moved, heard)
    if moved != whole.payment and answer.outcome == "approved" and call.amount_minor > 0:
        await ledger.post(conn, [_posting(moved, call, at)])
    waiting = _waiting(whole, moved)
    await emit(conn, at, *_facts(whole.payment, moved, call, answer.outcome, waiting), *waiting)


def _waiting(whole: Whole, moved: Payment) -> list[Requested]:
    """Intents of calls that had to wait until the payment came this far."""
    before = whole.payment.state
    return [
        _intent(whole, call)
        for call in whole.calls
        if call.outcome == "asked" and before not in GOES[call.kind] and moved.state in GOES[call.kind]
    ]


def _facts(
    before: Payment, moved: Payment, call: Call, outcome: Outcome, waiting: Sequence[Requested]
) -> Sequence[Fact]:
    order_id, payment_id = moved.order_id, moved.payment_id
    if moved == before:
        refused = outcome == "declined" and before.state in ("authorised", "captured")
        return [CallRefused(order_id=order_id, payment_id=payment_id, key=call.key, kind=call.kind)] if refused else []
    match call.kind:
        case "authorise" if outcome == "declined":
            return [PaymentDeclined(order_id=order_id, payment_id=payment_id, reason="refused")]
        case "authorise":
            # Called off while the gateway was thinking: the order must not hear that it may go on.
            return [] if waiting else [PaymentAuthorised(order_id=order_id, payment_id=payment_id)]
        case "capture":
            return [_captured(moved)]
        case "refund":
            return [PaymentRefunded(order_id=order_id, payment_id=payment_id, amount_minor=call.amount_minor)]
        case "void":
            return [PaymentVoided(order_id=order_id, payment_id=payment_id)]


async def _end_free(conn: Conn, paid: Payment, state: str, at: datetime) -> None:
    """End a payment of nothing: no gateway, no ledger."""
    if state == "captured" and paid.state == "authorised":
        moved = replace(paid, state="captured")
        await queries.move(conn, moved)
        await emit(conn, at, _captured(moved))
    elif state == "voided" and paid.state in ("requested", "authorised"):
        await queries.move(conn, replace(paid, state="voided"))
        await emit(conn, at, PaymentVoided(order_id=paid.order_id, payment_id=paid.payment_id))


def _posting(paid: Payment, call: Call, at: datetime) -> ledger.Transfer:
    """An approved call as a transfer in the collecting shop's book."""
    match call.kind:
        case "authorise":
            return _transfer(paid, "authorise", "gateway", "escrow", call.amount_minor, at, phase="pending")
        case "capture":
            return _transfer(paid, "capture", "gateway", "escrow", call.amount_minor, at, phase="post")
        case "void":
            return _transfer(paid, "void", "gateway", "escrow", call.amount_minor, at, phase="void")
        case "refund":
            return _transfer(paid, "refund", "escrow", "gateway", call.amount_minor, at, part=call.key)


def _transfer(
    paid: Payment, kind: str, debit: str, credit: str, amount_minor: int, at: datetime,
    *, phase: str = "single", part: str = "",
) -> ledger.Transfer:
    ends = phase in ("post", "void")
    return ledger.Transfer(
        book=paid.shop_id,
        transfer_id=derive(paid.payment_id, kind, part),
        currency=paid.currency,
        debit=debit,
        credit=credit,
        amount_minor=amount_minor,
        phase=phase,
        pending_id=derive(paid.payment_id, "authorise", "") if ends else None,
        kind=kind,
        reference=str(paid.order_id),
        at=at,
    )


def _intent(whole: Whole, call: Call) -> Requested:
    return INTENTS[call.kind](
        order_id=call.order_id, payment_id=whole.payment.payment_id, key=call.key,
        currency=whole.payment.currency, amount_minor=call.amount_minor, of=whole.authorisation,
    )


def _captured(paid: Payment) -> PaymentCaptured:
    return PaymentCaptured(
        order_id=paid.order_id, payment_id=paid.payment_id, shop_id=paid.shop_id,
        currency=paid.currency, amount_minor=paid.captured_minor,
    )


def _no_payment(order_id: UUID) -> NoSuchPayment:
    return NoSuchPayment(f"Order {order_id} has no payment.", order_id=str(order_id))
