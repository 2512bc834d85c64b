"""The order goes to the floor -> the gateway takes what is due, and keeps its fee of it."""

from datetime import datetime

from sangdan.kit.db import Conn
from sangdan.kit.events import calls, on
from sangdan.kit.money import share_ppm
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.model import local_date
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.events import CaptureRequested, PaymentCaptured
from sangdan.pay.payments.model import Answer
from sangdan.pay.payments.ports import Outside

from .inquire_payment import hear, put


async def hear_capture(conn: Conn, wanted: CaptureRequested, answer: Answer | None, at: datetime) -> None:
    """Record the answer, or ask again in a minute."""
    await hear(conn, "capture", wanted, answer, 0, at)


@calls(CaptureRequested, record=hear_capture)
async def capture_payment(outside: Outside, wanted: CaptureRequested, at: datetime) -> Answer | None:
    """Ask the gateway for the money."""
    return await put(outside.gateway, "capture", wanted)


@on(PaymentCaptured)
async def charge_gateway_fee(conn: Conn, taken: PaymentCaptured, at: datetime) -> None:
    """The gateway keeps a share of what it took, and VAT on that share; of nothing it keeps nothing."""
    if taken.amount_minor == 0:
        return
    contract = await partners.contract(conn, taken.shop_id, local_date(at))
    fee_minor = share_ppm(taken.amount_minor, contract.gateway_fee_ppm)
    await payments.charge_fee(conn, taken.order_id, fee_minor + share_ppm(fee_minor, contract.vat_ppm), at)
