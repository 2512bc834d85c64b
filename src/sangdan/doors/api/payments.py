"""Word from the payment gateway."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.pay.payments import commands as payments
from sangdan.pay.payments.errors import NoSuchCall, NoSuchPayment
from sangdan.pay.payments.model import Answer, Kind, Outcome, Verdict

Key = Annotated[str, Meta(min_length=1, max_length=255)]
Amount = Annotated[int, Meta(ge=0, le=10**15)]


class Notification(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The gateway's answer to one of our calls; `key` is the one that the call was made with."""

    order_id: UUID
    key: Key
    kind: Kind
    outcome: Outcome
    amount_minor: Amount
    gateway_ref: Annotated[str, Meta(max_length=255)] | None = None


class Heard(msgspec.Struct, frozen=True):
    """What the notification was: the first word of an answer, the same again, or a contradiction, which is refused."""

    verdict: Verdict


# A gateway repeats itself, and cannot send our header: answers are told apart by their call's key.
@post(
    "/v1/payments/notifications",
    tags=["payments"],
    status_code=200,
    opt={"harmless": True},
    responses=problems(NoSuchPayment, NoSuchCall),
)
async def notify(
    data: JSONBody[Notification],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
) -> Heard:
    """Take an answer that comes late, or twice. Only the first counts. The gateway has a key of the collecting shop."""
    await payments.payment(conn, data.order_id, seer.seen_by)
    answer = Answer(
        order_id=data.order_id,
        key=data.key,
        kind=data.kind,
        outcome=data.outcome,
        amount_minor=data.amount_minor,
        gateway_ref=data.gateway_ref,
    )
    return Heard(await payments.record(conn, answer, at))
