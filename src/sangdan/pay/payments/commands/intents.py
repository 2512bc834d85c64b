"""Calls that are to be made: written down, and put to the gateway as soon as the payment has come that far."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.events import emit

from .. import queries
from ..errors import NoSuchPayment
from ..events import CaptureRequested, RefundRequested, Requested, VoidRequested
from ..model import GOES, Call, Kind, Payment, Whole

INTENTS: Final[dict[Kind, type[Requested]]] = {
    "capture": CaptureRequested,
    "refund": RefundRequested,
    "void": VoidRequested,
}


async def locked(conn: Conn, order_id: UUID) -> Whole:
    """The payment and its calls, nobody else's to change until the transaction ends.

    raises  NoSuchPayment
    """
    held = await queries.locked(conn, order_id)
    if held is None:
        raise no_payment(order_id)
    return Whole(held, tuple(await queries.calls(conn, order_id)))


async def ask(conn: Conn, whole: Whole, call: Call | None, at: datetime) -> None:
    """Write a call down and, unless it must wait for another's answer, have it made."""
    if call is None:
        return
    await queries.add_call(conn, call)
    if whole.payment.state in GOES[call.kind]:
        await emit(conn, at, intent(whole, call))


def waiting(whole: Whole, moved: Payment) -> list[Requested]:
    """Intents of calls that had to wait until the payment came this far."""
    before = whole.payment.state
    return [
        intent(whole, call)
        for call in whole.calls
        if call.outcome == "asked" and before not in GOES[call.kind] and moved.state in GOES[call.kind]
    ]


def intent(whole: Whole, call: Call) -> Requested:
    """The fact that has a flow put the call to the gateway."""
    return INTENTS[call.kind](
        order_id=call.order_id,
        payment_id=whole.payment.payment_id,
        key=call.key,
        currency=whole.payment.currency,
        amount_minor=call.amount_minor,
        of=whole.authorisation,
    )


def no_payment(order_id: UUID) -> NoSuchPayment:
    """The problem of an order without a payment that the caller may see."""
    return NoSuchPayment(f"Order {order_id} has no payment.", order_id=str(order_id))
