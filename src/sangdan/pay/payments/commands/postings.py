"""What an approved call is in the ledger: transfers in the book of the shop that collects."""

from datetime import datetime

from sangdan.kit.ids import derive
from sangdan.kit.ledger import Phase, Transfer

from ..model import Call, Payment


def posting(paid: Payment, call: Call, at: datetime) -> Transfer:
    """An approved call as a transfer in the collecting shop's book."""
    match call.kind:
        case "authorise":
            return transfer(paid, "authorise", "gateway", "escrow", call.amount_minor, at, phase="pending")
        case "capture":
            return transfer(paid, "capture", "gateway", "escrow", call.amount_minor, at, phase="post")
        case "void":
            return transfer(paid, "void", "gateway", "escrow", call.amount_minor, at, phase="void")
        case "refund":
            return transfer(paid, "refund", "escrow", "gateway", call.amount_minor, at, part=call.key)


def transfer(
    paid: Payment,
    kind: str,
    debit: str,
    credit: str,
    amount_minor: int,
    at: datetime,
    *,
    phase: Phase = "single",
    part: str = "",
) -> Transfer:
    """A transfer of this payment, always with the same id.

    part  tells transfers of one kind apart
    """
    ends = phase in ("post", "void")
    return Transfer(
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
