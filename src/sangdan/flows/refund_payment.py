"""Money is to go back -> the gateway refunds what it took, or voids what it still holds."""

from datetime import datetime

from sangdan.kit.db import Conn
from sangdan.kit.events import calls
from sangdan.pay.payments.events import RefundRequested, VoidRequested
from sangdan.pay.payments.model import Answer
from sangdan.pay.payments.ports import Outside

from .inquire_payment import hear, put


async def hear_refund(conn: Conn, wanted: RefundRequested, answer: Answer | None, at: datetime) -> None:
    """Record the answer, or ask again in a minute."""
    await hear(conn, "refund", wanted, answer, 0, at)


@calls(RefundRequested, record=hear_refund)
async def refund_payment(outside: Outside, wanted: RefundRequested, at: datetime) -> Answer | None:
    """Ask the gateway for the refund."""
    return await put(outside.gateway, "refund", wanted)


async def hear_void(conn: Conn, wanted: VoidRequested, answer: Answer | None, at: datetime) -> None:
    """Record the answer, or ask again in a minute."""
    await hear(conn, "void", wanted, answer, 0, at)


@calls(VoidRequested, record=hear_void)
async def void_payment(outside: Outside, wanted: VoidRequested, at: datetime) -> Answer | None:
    """Ask the gateway to let the money go."""
    return await put(outside.gateway, "void", wanted)
