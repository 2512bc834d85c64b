"""A payment and the calls to the gateway that move it. Pure: what may be asked, and what an answer changes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import replace

from .errors import BadAmount, CauseDiffers, TooMuch, WrongState

State: TypeAlias = Literal["requested", "unknown", "authorised", "declined", "captured", "voided"]
Kind: TypeAlias = Literal["authorise", "capture", "refund", "void"]
Outcome: TypeAlias = Literal["approved", "declined"]

# What an answer makes of a payment. What is not here leaves its state alone.
NEXT: Final[Mapping[tuple[State, Kind, Outcome], State]] = {
    ("requested", "authorise", "approved"): "authorised",
    ("requested", "authorise", "declined"): "declined",
    ("unknown", "authorise", "approved"): "authorised",
    ("unknown", "authorise", "declined"): "declined",
    ("authorised", "capture", "approved"): "captured",
    ("authorised", "void", "approved"): "voided",
    ("captured", "refund", "approved"): "captured",
}
# States in which a call may go to the gateway; before that it waits for another call's answer.
GOES: Final[Mapping[Kind, frozenset[State]]] = {
    "authorise": frozenset({"requested", "unknown"}),
    "capture": frozenset({"authorised"}),
    "refund": frozenset({"captured"}),
    "void": frozenset({"authorised", "declined", "voided"}),
}

FIRST_INQUIRY_S: Final = 60
SLOWEST_INQUIRY_S: Final = 600
GIVE_UP_S: Final = 30 * 60


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway is asked to do, once for a key.

    order_id      our reference; comes back with the answer
    key           what the gateway knows the call by
    amount_minor  > 0, in `currency`'s minor unit
    of            key of the authorisation that a capture, refund or void belongs to; None for an authorisation
    """

    order_id: UUID
    key: str
    kind: Kind
    currency: str
    amount_minor: int
    of: str | None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the gateway says of a call; it may say so late, or more than once."""

    order_id: UUID
    key: str
    kind: Kind
    outcome: Outcome
    amount_minor: int
    gateway_ref: str | None


class Payment(msgspec.Struct, frozen=True):
    """What an order's shopper pays: refunded_minor <= captured_minor <= amount_minor."""

    order_id: UUID
    payment_id: UUID
    shop_id: str
    currency: str
    state: State
    amount_minor: int
    captured_minor: int
    refunded_minor: int
    requested_at: datetime


class Call(msgspec.Struct, frozen=True):
    """A call to the gateway; 'unknown' after a time-out. `answers` counts every answer, late and double ones too."""

    order_id: UUID
    key: str
    kind: Kind
    amount_minor: int
    outcome: Literal["asked", "approved", "declined", "unknown"]
    gateway_ref: str | None
    answers: int
    asked_at: datetime
    answered_at: datetime | None


class Whole(msgspec.Struct, frozen=True):
    """A payment with its calls, oldest first."""

    payment: Payment
    calls: tuple[Call, ...]

    def of(self, kind: Kind) -> list[Call]:
        """The calls of a kind that the gateway has not declined."""
        return [call for call in self.calls if call.kind == kind and call.outcome != "declined"]

    def call(self, key: str) -> Call | None:
        """The call with this key."""
        return next((call for call in self.calls if call.key == key), None)

    @property
    def authorisation(self) -> str | None:
        """The key under which the gateway holds the money, or was asked to."""
        return next((call.key for call in self.calls if call.kind == "authorise"), None)

    @property
    def took_nothing(self) -> bool:
        """Whether the gateway declined to take the money."""
        return not self.of("capture") and any(call.kind == "capture" for call in self.calls)

    @property
    def refundable_minor(self) -> int:
        """What a further refund may take: captured, or about to be, and not promised back yet."""
        captured = sum(call.amount_minor for call in self.of("capture"))
        return captured - sum(call.amount_minor for call in self.of("refund"))


class Verdict(Enum):
    """What an answer is to its call."""

    FIRST = "first"
    REPEATED = "repeated"
    CONTRADICTORY = "contradictory"


class Drift(msgspec.Struct, frozen=True):
    """A payment whose sums are not those of its approved calls."""

    check: str
    order_id: UUID
    payment_minor: int
    calls_minor: int


def call_key(payment_id: UUID, kind: Kind, part: str | int | None = None) -> str:
    """The key of a call: always the same one, so that a retry is the same call to the gateway.

    part  tells calls of one kind apart: a number, or the cause of a refund; None for the one authorisation
    """
    return f"{kind}-{payment_id}" if part is None else f"{kind}-{payment_id}-{part}"


def to_capture(whole: Whole, amount_minor: int, at: datetime) -> Call | None:
    """The capture to ask for; None when it was asked for before.

    amount_minor  1..the amount authorised; what is left of the authorisation is let go by the gateway
    raises        WrongState unless authorised, or when another amount or a void was asked for; TooMuch, BadAmount
    """
    payment = whole.payment
    if amount_minor < 1:
        raise BadAmount(f"A capture needs an amount of at least 1; got {amount_minor}.", amount_minor=amount_minor)
    if amount_minor > payment.amount_minor:
        raise _too_much(payment, amount_minor, payment.amount_minor)
    if any(call.amount_minor == amount_minor for call in whole.of("capture")):
        return None
    if payment.state != "authorised" or whole.of("capture") or whole.of("void"):
        raise _wrong_state(payment, "captured")
    return _fresh(whole, "capture", amount_minor, at)


def to_refund(whole: Whole, cause: str, amount_minor: int, at: datetime) -> Call | None:
    """The refund to ask for; None when this cause was refunded before.

    cause         why, e.g. 'short:2'; each cause is refunded once
    amount_minor  1..what was captured and not refunded
    raises        TooMuch, CauseDiffers, BadAmount
    """
    payment = whole.payment
    if amount_minor < 1:
        raise BadAmount(f"A refund needs an amount of at least 1; got {amount_minor}.", amount_minor=amount_minor)
    known = whole.call(call_key(payment.payment_id, "refund", cause))
    if known is not None:
        if known.amount_minor != amount_minor:
            raise CauseDiffers(
                f"'{cause}' of order {payment.order_id} was refunded with {known.amount_minor}, not {amount_minor}.",
                order_id=str(payment.order_id),
                cause=cause,
                amount_minor=known.amount_minor,
            )
        return None
    if amount_minor > whole.refundable_minor:
        raise _too_much(payment, amount_minor, whole.refundable_minor)
    return _fresh(whole, "refund", amount_minor, at, cause)


def to_void(whole: Whole, at: datetime) -> Call | None:
    """The void to ask for; None when it was asked for before, or nothing was ever held.

    raises  WrongState once a capture was asked for: refund instead
    """
    if whole.of("capture"):
        raise _wrong_state(whole.payment, "voided")
    if whole.of("void"):
        return None
    return _fresh(whole, "void", whole.payment.amount_minor, at)


def judge(call: Call, answer: Answer) -> Verdict:
    """Whether an answer is news, the same again, or the opposite of what the gateway said before."""
    if answer.kind != call.kind or answer.amount_minor != call.amount_minor:
        return Verdict.CONTRADICTORY
    if call.outcome in ("asked", "unknown"):
        return Verdict.FIRST
    return Verdict.REPEATED if call.outcome == answer.outcome else Verdict.CONTRADICTORY


def after(payment: Payment, call: Call, outcome: Outcome) -> Payment:
    """The payment as the first answer to a call leaves it."""
    state = NEXT.get((payment.state, call.kind, outcome))
    if state is None:
        return payment
    captured, refunded = payment.captured_minor, payment.refunded_minor
    if call.kind == "capture" and outcome == "approved":
        captured += call.amount_minor
    if call.kind == "refund" and outcome == "approved":
        refunded += call.amount_minor
    assert 0 <= refunded <= captured <= payment.amount_minor
    return replace(payment, state=state, captured_minor=captured, refunded_minor=refunded)


def moot(whole: Whole, call: Call, outcome: Outcome) -> tuple[Call, ...]:
    """Calls that waited for this answer in vain: a refund of what was not taken, a void of what is not held."""
    if outcome == "approved" or call.kind not in ("authorise", "capture"):
        return ()
    vain: Kind = "void" if call.kind == "authorise" else "refund"
    return tuple(
        each for each in whole.of(vain) if each.outcome == "asked" and whole.payment.state not in GOES[each.kind]
    )


def inquire_at(call: Call, tries: int, at: datetime) -> datetime:
    """When to ask again about a call that timed out.

    tries  inquiries made before, >= 0
    at     now
    gives  a minute from now, then twice as long each time up to ten; the last one for an authorisation
           falls on the instant at which it is given up
    """
    due_at = at + timedelta(seconds=min(FIRST_INQUIRY_S << min(tries, 10), SLOWEST_INQUIRY_S))
    ends_at = give_up_at(call)
    return due_at if ends_at is None or at >= ends_at else min(due_at, ends_at)


def give_up_at(call: Call) -> datetime | None:
    """When an unanswered call counts as declined; None: never, since goods or money moved on the strength of it."""
    return call.asked_at + timedelta(seconds=GIVE_UP_S) if call.kind == "authorise" else None


def _fresh(whole: Whole, kind: Kind, amount_minor: int, at: datetime, part: str | None = None) -> Call:
    made = sum(call.kind == kind for call in whole.calls)
    key = call_key(whole.payment.payment_id, kind, part or made + 1)
    return Call(whole.payment.order_id, key, kind, amount_minor, "asked", None, 0, at, None)


def _too_much(payment: Payment, amount_minor: int, left_minor: int) -> TooMuch:
    return TooMuch(
        f"Order {payment.order_id} has {left_minor} {payment.currency} (minor units) left for this; "
        f"{amount_minor} is too much.",
        order_id=str(payment.order_id),
        currency=payment.currency,
        amount_minor=amount_minor,
        left_minor=left_minor,
    )


def _wrong_state(payment: Payment, wanted: str) -> WrongState:
    return WrongState(
        f"The payment of order {payment.order_id} is {payment.state}; it cannot be {wanted} now.",
        order_id=str(payment.order_id),
        state=payment.state,
        wanted=wanted,
    )
