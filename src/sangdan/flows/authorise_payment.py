"""An order was placed -> the gateway holds the shopper's money."""

from datetime import datetime

from sangdan.kit.db import Conn
from sangdan.kit.events import calls
from sangdan.pay.payments.events import PaymentRequested
from sangdan.pay.payments.model import Answer
from sangdan.pay.payments.ports import Outside

from .inquire_payment import hear, put


async def hear_authorisation(conn: Conn, wanted: PaymentRequested, answer: Answer | None, at: datetime) -> None:
    """Record the answer, or ask again in a minute."""
    await hear(conn, "authorise", wanted, answer, 0, at)


@calls(PaymentRequested, record=hear_authorisation)
async def authorise_payment(outside: Outside, wanted: PaymentRequested, at: datetime) -> Answer | None:
    """Ask the gateway; what is free is approved without one."""
    if wanted.amount_minor == 0:
        return Answer(
            order_id=wanted.order_id,
            key=wanted.key,
            kind="authorise",
            outcome="approved",
            amount_minor=0,
            gateway_ref=None,
        )
    return await put(outside.gateway, "authorise", wanted)
