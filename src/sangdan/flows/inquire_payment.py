"""A call to the gateway timed out -> ask what became of it, later and later, until it says or we give up."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sangdan.kit.db import Conn
from sangdan.kit.events import calls, due, set_timer
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.errors import GatewayTimeout
from sangdan.pay.payments.events import InquiryDue, Requested
from sangdan.pay.payments.model import Answer, Ask, Kind, give_up_at, inquire_at
from sangdan.pay.payments.ports import Gateway, Outside

INQUIRE: Final = "payment.inquire"

# How each kind of call is made.
WAYS: Final[Mapping[Kind, Callable[[Gateway, Ask], Awaitable[Answer]]]] = {
    "authorise": lambda gateway, ask: gateway.authorise(ask),
    "capture": lambda gateway, ask: gateway.capture(ask),
    "refund": lambda gateway, ask: gateway.refund(ask),
    "void": lambda gateway, ask: gateway.void(ask),
}


async def put(gateway: Gateway, kind: Kind, wanted: Requested) -> Answer | None:
    """Make a call; None when the gateway does not answer in time."""
    ask = Ask(
        order_id=wanted.order_id,
        key=wanted.key,
        kind=kind,
        currency=wanted.currency,
        amount_minor=wanted.amount_minor,
        of=wanted.of,
    )
    try:
        return await WAYS[kind](gateway, ask)
    except GatewayTimeout:
        return None


async def hear(conn: Conn, kind: Kind, wanted: Requested, answer: Answer | None, tries: int, at: datetime) -> None:
    """Record an answer, or its absence and when to ask again.

    tries  inquiries made so far, >= 0
    """
    if answer is not None:
        await payments.record(conn, answer, at)
        return
    call = await payments.unanswered(conn, wanted.order_id, wanted.key, kind)
    if call.outcome != "unknown":
        return
    ends_at = give_up_at(call)
    if ends_at is not None and at >= ends_at:
        await payments.give_up(conn, wanted.order_id, at)
        return
    data = {"order_id": str(wanted.order_id), "tries": tries}
    await set_timer(conn, INQUIRE, wanted.key, inquire_at(call, tries, at), data)


@due(INQUIRE)
async def inquire(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
    """Time to ask again: the question itself is put outside this transaction."""
    await payments.ask_again(conn, UUID(data["order_id"]), key, data["tries"], at)


async def hear_inquiry(conn: Conn, asked: InquiryDue, answer: Answer | None, at: datetime) -> None:
    """Record what the inquiry brought."""
    await hear(conn, asked.kind, asked, answer, asked.tries + 1, at)


@calls(InquiryDue, record=hear_inquiry)
async def ask_what_became(outside: Outside, asked: InquiryDue, at: datetime) -> Answer | None:
    """Ask about the call; if it never arrived, make it again under its old key."""
    try:
        known = await outside.gateway.inquire(asked.key)
    except GatewayTimeout:
        return None
    return known or await put(outside.gateway, asked.kind, asked)
