"""What we want of a payment."""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from sangdan.kit import ledger
from sangdan.kit.db import Conn
from sangdan.kit.events import emit

from .. import queries
from ..events import PaymentCaptured, PaymentVoided
from ..model import Payment, to_capture, to_refund, to_void
from .intents import ask, locked, no_payment
from .postings import transfer


async def payment(conn: Conn, order_id: UUID, seen_by: str | None) -> Payment:
    """The payment of an order.

    seen_by  the ally that asks; None for the tower
    raises   NoSuchPayment, also when another ally collects it
    """
    found = await queries.payment(conn, order_id, seen_by)
    if found is None:
        raise no_payment(order_id)
    return found


async def request_capture(conn: Conn, order_id: UUID, amount_minor: int, at: datetime) -> None:
    """Take what is due of the held money; harmless when it was asked for before.

    amount_minor  0..the amount authorised; at 0 the held money is let go
    raises        WrongState, TooMuch, BadAmount, NoSuchPayment
    """
    whole = await locked(conn, order_id)
    if amount_minor == 0 and whole.payment.amount_minor > 0:
        await ask(conn, whole, to_void(whole, at), at)
    elif amount_minor == 0:
        await _end_free(conn, whole.payment, "captured", at)
    else:
        await ask(conn, whole, to_capture(whole, amount_minor, at), at)


async def request_refund(conn: Conn, order_id: UUID, cause: str, amount_minor: int, at: datetime) -> None:
    """Give money back once for a cause; waits for the capture when that has not been answered yet, and is not asked
    for when that was declined, since nothing was taken.

    cause         why, e.g. 'short:2'; the same cause again is harmless
    amount_minor  >= 1, at most what is captured and not refunded
    raises        TooMuch, CauseDiffers, BadAmount, NoSuchPayment
    """
    whole = await locked(conn, order_id)
    if whole.took_nothing:
        return
    await ask(conn, whole, to_refund(whole, cause, amount_minor, at), at)


async def call_off(conn: Conn, order_id: UUID, cause: str, at: datetime) -> None:
    """Let all of an order's money go, whatever its state: void what is held, refund what is taken.

    cause   why, e.g. 'cancelled'
    raises  NoSuchPayment
    """
    whole = await locked(conn, order_id)
    if whole.payment.state in ("declined", "voided"):
        return
    if whole.payment.amount_minor == 0:
        await _end_free(conn, whole.payment, "voided", at)
    elif not whole.of("capture"):
        await ask(conn, whole, to_void(whole, at), at)
    elif whole.refundable_minor > 0:
        await ask(conn, whole, to_refund(whole, cause, whole.refundable_minor, at), at)


async def charge_fee(conn: Conn, order_id: UUID, fee_minor: int, at: datetime) -> None:
    """Post what the gateway keeps of a capture, its VAT included; harmless twice.

    fee_minor  >= 0
    """
    paid = await payment(conn, order_id, None)
    if fee_minor > 0:
        await ledger.post(conn, [transfer(paid, "gateway_fee", "gateway_fee", "gateway", fee_minor, at)])


async def _end_free(conn: Conn, paid: Payment, state: str, at: datetime) -> None:
    """End a payment of nothing: no gateway, no ledger."""
    if state == "captured" and paid.state == "authorised":
        await queries.move(conn, replace(paid, state="captured"))
        fact = PaymentCaptured(
            order_id=paid.order_id,
            payment_id=paid.payment_id,
            shop_id=paid.shop_id,
            currency=paid.currency,
            amount_minor=0,
        )
        await emit(conn, at, fact)
    elif state == "voided" and paid.state in ("requested", "authorised"):
        await queries.move(conn, replace(paid, state="voided"))
        await emit(conn, at, PaymentVoided(order_id=paid.order_id, payment_id=paid.payment_id))
