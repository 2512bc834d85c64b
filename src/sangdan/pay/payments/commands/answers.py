"""What the gateway says of our calls, and what to do when it says nothing."""

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit import ledger
from sangdan.kit.db import Conn
from sangdan.kit.events import Fact, emit

from .. import queries
from ..errors import NoSuchCall
from ..events import (
    CallRefused,
    InquiryDue,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentDeclined,
    PaymentRefunded,
    PaymentVoided,
)
from ..model import Answer, Call, Kind, Outcome, Payment, Verdict, Whole, after, call_key, judge, moot, to_void
from .intents import ask, locked, waiting
from .postings import posting

log = logging.getLogger("sangdan.payments")


async def record(conn: Conn, answer: Answer, at: datetime) -> Verdict:
    """Take an answer of the gateway: the first to a call has its effect, all others are counted only.

    answer  may come late, twice, at once with another, or contradict an earlier one
    gives   what it was; a contradiction is refused and logged, so the first answer stands
    raises  NoSuchCall, NoSuchPayment
    """
    whole, call = _found(await locked(conn, answer.order_id), answer.key, answer.kind)
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
    if _holds_for_nothing(whole.payment, answer):
        await ask(conn, whole, to_void(whole, at), at)
    return verdict


async def unanswered(conn: Conn, order_id: UUID, key: str, kind: Kind) -> Call:
    """A call timed out: what became of it is unknown until somebody asks again.

    gives   the call; its outcome is not 'unknown' when an answer came by another way meanwhile
    raises  NoSuchCall, NoSuchPayment
    """
    whole, call = _found(await locked(conn, order_id), key, kind)
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
    whole = await locked(conn, order_id)
    call = whole.call(key)
    if call is None or call.outcome != "unknown":
        return
    await emit(
        conn,
        at,
        InquiryDue(
            order_id=order_id,
            payment_id=whole.payment.payment_id,
            key=key,
            currency=whole.payment.currency,
            amount_minor=call.amount_minor,
            of=whole.authorisation,
            kind=call.kind,
            tries=tries,
        ),
    )


async def give_up(conn: Conn, order_id: UUID, at: datetime) -> None:
    """No answer to an authorisation ever came: it counts as declined, and whatever is held is let go."""
    whole = await locked(conn, order_id)
    if whole.payment.state != "unknown":
        return
    declined = replace(whole.payment, state="declined")
    await queries.move(conn, declined)
    fact = PaymentDeclined(order_id=order_id, payment_id=declined.payment_id, reason="no_answer")
    await emit(conn, at, fact, *waiting(whole, declined))
    await ask(conn, Whole(declined, whole.calls), to_void(whole, at), at)


def _found(whole: Whole, key: str, kind: Kind) -> tuple[Whole, Call]:
    """The call with this key. Placing writes no row for its authorisation: the first word about it does."""
    call = whole.call(key)
    if call is not None:
        return whole, call
    paid = whole.payment
    if kind != "authorise" or key != call_key(paid.payment_id, "authorise"):
        raise NoSuchCall(f"Order {paid.order_id} never made a call '{key}'.", order_id=str(paid.order_id), key=key)
    call = Call(paid.order_id, key, kind, paid.amount_minor, "asked", None, 0, paid.requested_at, None)
    return Whole(paid, (call, *whole.calls)), call


def _holds_for_nothing(paid: Payment, answer: Answer) -> bool:
    """Whether the gateway now holds money for an order that is gone: approved after we gave up, or after a decline."""
    approved = answer.kind == "authorise" and answer.outcome == "approved"
    return approved and paid.state in ("declined", "voided") and paid.amount_minor > 0


async def _settle(conn: Conn, whole: Whole, call: Call, answer: Answer, at: datetime) -> None:
    """Give the first answer its effect: state, ledger and facts."""
    moved = after(whole.payment, call, answer.outcome)
    heard = replace(
        call, outcome=answer.outcome, gateway_ref=answer.gateway_ref, answers=call.answers + 1, answered_at=at
    )
    await queries.save(conn, moved, heard)
    if moved != whole.payment and answer.outcome == "approved" and call.amount_minor > 0:
        await ledger.post(conn, [posting(moved, call, at)])
    vain = moot(whole, call, answer.outcome)
    for each in vain:
        await queries.save(conn, moved, replace(each, outcome="declined"))
    freed = waiting(Whole(whole.payment, tuple(each for each in whole.calls if each not in vain)), moved)
    await emit(conn, at, *_facts(whole.payment, moved, call, answer.outcome, called_off=bool(freed)), *freed)


def _facts(before: Payment, moved: Payment, call: Call, outcome: Outcome, *, called_off: bool) -> Sequence[Fact]:
    """What the first answer to a call makes known.

    called_off  a void was waiting for this answer: the order must not hear that it may go on
    """
    order_id, payment_id = moved.order_id, moved.payment_id
    if moved == before:
        refused = outcome == "declined" and before.state in ("authorised", "captured")
        return [CallRefused(order_id=order_id, payment_id=payment_id, key=call.key, kind=call.kind)] if refused else []
    match call.kind:
        case "authorise" if outcome == "declined":
            return [PaymentDeclined(order_id=order_id, payment_id=payment_id, reason="refused")]
        case "authorise":
            return [] if called_off else [PaymentAuthorised(order_id=order_id, payment_id=payment_id)]
        case "capture":
            return [
                PaymentCaptured(
                    order_id=order_id,
                    payment_id=payment_id,
                    shop_id=moved.shop_id,
                    currency=moved.currency,
                    amount_minor=call.amount_minor,
                )
            ]
        case "refund":
            return [PaymentRefunded(order_id=order_id, payment_id=payment_id, amount_minor=call.amount_minor)]
        case "void":
            return [PaymentVoided(order_id=order_id, payment_id=payment_id)]
