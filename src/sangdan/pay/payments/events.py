"""What happens to a payment. The first five are intents: a flow puts them to the gateway and records what it says."""

from typing import ClassVar, Literal
from uuid import UUID

from sangdan.kit.events import Fact, fact

from .model import Kind


class Requested(Fact, frozen=True, kw_only=True):
    """A call is to be made. `of`: key of the authorisation it belongs to."""

    about: ClassVar[str] = "payment_id"
    order_id: UUID
    payment_id: UUID
    key: str
    currency: str
    amount_minor: int
    of: str | None = None


@fact("payments.requested")
class PaymentRequested(Requested, frozen=True, kw_only=True):
    """An order was placed; the shopper's money is to be held. Zero when everything in it is free."""

    shop_id: str


@fact("payments.capture_requested")
class CaptureRequested(Requested, frozen=True, kw_only=True):
    """The order goes to the floor; what is due of the held money is to be taken."""


@fact("payments.refund_requested")
class RefundRequested(Requested, frozen=True, kw_only=True):
    """Part of the taken money is to go back."""


@fact("payments.void_requested")
class VoidRequested(Requested, frozen=True, kw_only=True):
    """The held money is to be let go."""


@fact("payments.inquiry_due")
class InquiryDue(Requested, frozen=True, kw_only=True):
    """A call timed out; the gateway is to be asked what became of it. `tries`: how often it was before."""

    kind: Kind
    tries: int


@fact("payments.authorised")
class PaymentAuthorised(Fact, frozen=True, kw_only=True):
    """The gateway holds the money."""

    about: ClassVar[str] = "payment_id"
    order_id: UUID
    payment_id: UUID


@fact("payments.declined")
class PaymentDeclined(Fact, frozen=True, kw_only=True):
    """The gateway will not hold the money, or never said whether it does."""

    about: ClassVar[str] = "payment_id"
    order_id: UUID
    payment_id: UUID
    reason: Literal["refused", "no_answer"]


@fact("payments.captured")
class PaymentCaptured(Fact, frozen=True, kw_only=True):
    """The money was taken; zero when everything in the order is free."""

    about: ClassVar[str] = "payment_id"
    order_id: UUID
    payment_id: UUID
    shop_id: str
    currency: str
    amount_minor: int


@fact("payments.refunded")
class PaymentRefunded(Fact, frozen=True, kw_only=True):
    """Money went back to the shopper."""

    about: ClassVar[str] = "payment_id"
    order_id: UUID
    payment_id: UUID
    amount_minor: int


@fact("payments.voided")
class PaymentVoided(Fact, frozen=True, kw_only=True):
    """The held money was let go."""

    about: ClassVar[str] = "payment_id"
    order_id: UUID
    payment_id: UUID


@fact("payments.refused")
class CallRefused(Fact, frozen=True, kw_only=True):
    """The gateway declined a capture, a refund or a void: somebody has to look."""

    about: ClassVar[str] = "payment_id"
    order_id: UUID
    payment_id: UUID
    key: str
    kind: Kind
