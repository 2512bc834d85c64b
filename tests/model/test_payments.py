"""A payment's life: every order of wishes and answers keeps its money in bounds, and the first answer stands."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from sangdan.kit.ids import Ids
from sangdan.pay.payments.errors import BadAmount, CauseDiffers, TooMuch, WrongState
from sangdan.pay.payments.model import (
    GIVE_UP_S,
    GOES,
    NEXT,
    Answer,
    Call,
    Kind,
    Outcome,
    Payment,
    State,
    Verdict,
    Whole,
    after,
    call_key,
    give_up_at,
    inquire_at,
    judge,
    moot,
    to_capture,
    to_refund,
    to_void,
)

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=7)


def a_payment(state: State = "requested", amount_minor: int = 10_000, *, captured: int = 0) -> Payment:
    return Payment(IDS.new(AT), IDS.new(AT), "market", "KRW", state, amount_minor, captured, 0, AT)


def a_call(paid: Payment, kind: Kind, amount_minor: int | None = None) -> Call:
    amount = paid.amount_minor if amount_minor is None else amount_minor
    return Call(paid.order_id, call_key(paid.payment_id, kind), kind, amount, "asked", None, 0, AT, None)


def an_answer(call: Call, outcome: Outcome) -> Answer:
    return Answer(
        order_id=call.order_id,
        key=call.key,
        kind=call.kind,
        outcome=outcome,
        amount_minor=call.amount_minor,
        gateway_ref="ref",
    )


def requested(amount_minor: int) -> Whole:
    paid = a_payment(amount_minor=amount_minor)
    return Whole(paid, (a_call(paid, "authorise"),))


class Till:
    """A payment driven the way the commands drive it, in memory."""

    def __init__(self, amount_minor: int) -> None:
        self.whole = requested(amount_minor)
        self.states: list[State] = ["requested"]

    def wish(self, kind: Kind, amount_minor: int, cause: str) -> None:
        try:
            match kind:
                case "capture":
                    call = to_capture(self.whole, amount_minor, AT)
                case "refund":
                    call = to_refund(self.whole, cause, amount_minor, AT)
                case _:
                    call = to_void(self.whole, AT)
        except (WrongState, TooMuch, CauseDiffers, BadAmount):
            return
        if call is not None:
            self.whole = Whole(self.whole.payment, (*self.whole.calls, call))

    def answer(self, number: int, outcome: Outcome) -> None:
        """Answer a call that the gateway can know: one that has gone out, or was answered before."""
        call = self.whole.calls[number % len(self.whole.calls)]
        if call.outcome == "asked" and self.whole.payment.state not in GOES[call.kind]:
            return
        if judge(call, an_answer(call, outcome)) is not Verdict.FIRST:
            return
        moved = after(self.whole.payment, call, outcome)
        if moved.state != self.whole.payment.state:
            self.states.append(moved.state)
        ended = {call.key: outcome, **{vain.key: "declined" for vain in moot(self.whole, call, outcome)}}
        calls = tuple(replace(c, outcome=ended.get(c.key, c.outcome)) for c in self.whole.calls)
        self.whole = Whole(moved, calls)


WISHES = st.tuples(
    st.sampled_from(["capture", "refund", "void"]),
    st.integers(-1, 12_000),
    st.sampled_from(["short", "cancelled", "lost"]),
)
ANSWERS = st.tuples(st.integers(0, 9), st.sampled_from(["approved", "declined"]))


@example(1, [(0, "approved"), ("capture", 1, "short"), ("refund", 1, "short"), (1, "declined"), ("capture", 1, "")])
@given(st.integers(1, 10_000), st.lists(st.one_of(WISHES, ANSWERS), max_size=40))
def test_no_order_of_wishes_and_answers_gives_back_more_than_was_taken(
    amount_minor: int, steps: list[tuple[Kind, int, str] | tuple[int, Outcome]]
) -> None:
    till = Till(amount_minor)
    for step in steps:
        if len(step) == 3:
            till.wish(*step)
        else:
            till.answer(*step)
        paid = till.whole.payment
        approved = {kind: [c for c in till.whole.calls if c.kind == kind and c.outcome == "approved"] for kind in GOES}
        assert 0 <= paid.refunded_minor <= paid.captured_minor <= paid.amount_minor
        assert paid.captured_minor == sum(c.amount_minor for c in approved["capture"])
        assert paid.refunded_minor == sum(c.amount_minor for c in approved["refund"])
        assert till.whole.refundable_minor >= 0
        assert not (approved["void"] and approved["capture"]), "money that was let go was taken"
    allowed = {(before, to) for (before, _, _), to in NEXT.items()}
    assert set(zip(till.states, till.states[1:], strict=False)) <= allowed


@pytest.mark.parametrize(("first", "second"), [("approved", "declined"), ("declined", "approved")])
def test_the_first_answer_stands(first: Outcome, second: Outcome) -> None:
    call = a_call(a_payment(), "authorise")
    assert judge(call, an_answer(call, first)) is Verdict.FIRST
    answered = replace(call, outcome=first)
    assert judge(answered, an_answer(call, first)) is Verdict.REPEATED
    assert judge(answered, an_answer(call, second)) is Verdict.CONTRADICTORY


def test_an_answer_about_another_amount_contradicts() -> None:
    call = a_call(a_payment(), "authorise")
    assert judge(call, replace(an_answer(call, "approved"), amount_minor=9_999)) is Verdict.CONTRADICTORY


def test_an_answer_after_a_time_out_is_still_the_first() -> None:
    call = replace(a_call(a_payment("unknown"), "authorise"), outcome="unknown")
    assert judge(call, an_answer(call, "approved")) is Verdict.FIRST


def test_a_capture_takes_at_most_what_is_held_and_once() -> None:
    paid = a_payment("authorised")
    whole = Whole(paid, (a_call(paid, "authorise"),))
    with pytest.raises(TooMuch):
        to_capture(whole, 10_001, AT)
    with pytest.raises(BadAmount):
        to_capture(whole, 0, AT)
    call = to_capture(whole, 8_000, AT)
    assert call is not None
    asked = Whole(paid, (*whole.calls, call))
    assert to_capture(asked, 8_000, AT) is None
    with pytest.raises(WrongState):
        to_capture(asked, 9_000, AT)


def test_a_declined_capture_may_be_tried_again_under_another_key() -> None:
    paid = a_payment("authorised")
    declined = replace(a_call(paid, "capture"), outcome="declined")
    again = to_capture(Whole(paid, (declined,)), 10_000, AT)
    assert again is not None
    assert again.key != declined.key


def test_money_is_voided_or_captured_never_both() -> None:
    paid = a_payment("authorised")
    with pytest.raises(WrongState):
        to_void(Whole(paid, (a_call(paid, "capture"),)), AT)
    with pytest.raises(WrongState):
        to_capture(Whole(paid, (a_call(paid, "void"),)), 10_000, AT)


def test_a_cause_is_refunded_once() -> None:
    paid = a_payment("captured", captured=10_000)
    whole = Whole(paid, (replace(a_call(paid, "capture"), outcome="approved"),))
    call = to_refund(whole, "short:1", 4_000, AT)
    assert call is not None
    whole = Whole(paid, (*whole.calls, call))
    assert to_refund(whole, "short:1", 4_000, AT) is None
    with pytest.raises(CauseDiffers):
        to_refund(whole, "short:1", 4_001, AT)
    with pytest.raises(TooMuch):
        to_refund(whole, "short:2", 6_001, AT)
    assert to_refund(whole, "short:2", 6_000, AT) is not None


def test_inquiries_slow_down_and_the_last_falls_on_the_giving_up() -> None:
    call, at, asked = a_call(a_payment(), "authorise"), AT, list[int]()
    while at < AT + timedelta(seconds=GIVE_UP_S):
        at = inquire_at(call, len(asked), at)
        asked.append(int((at - AT).total_seconds()))
    assert asked == [60, 180, 420, 900, 1500, 1800]


def test_money_on_the_move_is_never_given_up() -> None:
    call = a_call(a_payment("authorised"), "capture")
    assert give_up_at(call) is None
    assert inquire_at(call, 50, AT) == AT + timedelta(seconds=600)


def test_keys_are_the_same_for_the_same_call() -> None:
    payment_id = UUID(int=1)
    assert call_key(payment_id, "refund", "short") == call_key(payment_id, "refund", "short")
    assert call_key(payment_id, "refund", "short") != call_key(payment_id, "refund", "lost")
