"""A payment gateway without a bank: deterministic, in process, as awkward as asked.

What it does with a call is chosen by a function from the call to a `Behaviour`; `by_amount` is the one the
HTTP sandbox uses. It remembers every key, so the same call again gives the same answer. It forgets with its
process; then it trusts what it is told of earlier authorisations, so that a restart looks like a real gateway's.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from heapq import heappop, heappush
from itertools import count
from typing import Final

from sangdan.kit.clock import Clock
from sangdan.pay.payments.errors import GatewayTimeout
from sangdan.pay.payments.model import Answer, Ask, Outcome

LATE_S: Final = 300
TWICE_S: Final = 5


class Behaviour(Enum):
    """What the gateway does with a call."""

    APPROVE = "approve"
    DECLINE = "decline"
    TIME_OUT = "time_out"  # does it, and never says so unless asked
    LOSE = "lose"  # never hears of it
    LATE = "late"  # does it, and says so five minutes later
    TWICE = "twice"  # says so, and says so again


Decide = Callable[[Ask], Behaviour]


def approve(ask: Ask) -> Behaviour:
    """Approve everything."""
    return Behaviour.APPROVE


def by_amount(ask: Ask) -> Behaviour:
    """Choose by the last three digits of the amount to authorise; everything else is approved.

    901 decline, 902 time out, 903 never arrive, 904 answer late, 905 answer twice
    """
    endings = {
        901: Behaviour.DECLINE,
        902: Behaviour.TIME_OUT,
        903: Behaviour.LOSE,
        904: Behaviour.LATE,
        905: Behaviour.TWICE,
    }
    return endings.get(ask.amount_minor % 1000, Behaviour.APPROVE) if ask.kind == "authorise" else Behaviour.APPROVE


class SandboxGateway:
    """The port `Gateway`, with nothing behind it.

    clock   dates the notifications it will send
    decide  what it does with each call; must depend on the call alone
    """

    def __init__(self, clock: Clock, decide: Decide = approve) -> None:
        self._clock = clock
        self._decide = decide
        self._answers: dict[str, Answer] = {}
        self._left: dict[str, int] = {}  # of an authorisation: what may still be captured, then refunded
        self._captured: set[str] = set()
        self._notices: list[tuple[datetime, int, Answer]] = []
        self._places = count()

    async def authorise(self, ask: Ask) -> Answer:
        """Hold the amount."""
        return self._answer(ask, self._hold)

    async def capture(self, ask: Ask) -> Answer:
        """Take the amount out of what is held, once; let the rest go."""
        return self._answer(ask, self._take)

    async def refund(self, ask: Ask) -> Answer:
        """Give back at most what was captured."""
        return self._answer(ask, self._give_back)

    async def void(self, ask: Ask) -> Answer:
        """Let go of what is held and was not captured."""
        return self._answer(ask, self._let_go)

    async def inquire(self, key: str) -> Answer | None:
        """What became of a call; None when it never arrived."""
        return self._answers.get(key)

    def notices(self, until: datetime) -> list[tuple[datetime, Answer]]:
        """Take the notifications that are due by `until`, earliest first; the caller delivers them."""
        due: list[tuple[datetime, Answer]] = []
        while self._notices and self._notices[0][0] <= until:
            due_at, _, answer = heappop(self._notices)
            due.append((due_at, answer))
        return due

    def _answer(self, ask: Ask, effect: Callable[[Ask], bool]) -> Answer:
        known = self._answers.get(ask.key)
        if known is not None:
            return known
        behaviour = self._decide(ask)
        if behaviour is Behaviour.LOSE:
            raise _timeout(ask)
        approved = behaviour is not Behaviour.DECLINE and effect(ask)
        answer = _answer_to(ask, "approved" if approved else "declined")
        self._answers[ask.key] = answer
        if behaviour is Behaviour.LATE:
            self._notify(answer, LATE_S)
        if behaviour is Behaviour.TWICE:
            self._notify(answer, TWICE_S)
        if behaviour in (Behaviour.TIME_OUT, Behaviour.LATE):
            raise _timeout(ask)
        return answer

    def _hold(self, ask: Ask) -> bool:
        if ask.key in self._left:  # voided before it arrived
            return False
        self._left[ask.key] = ask.amount_minor
        return True

    def _take(self, ask: Ask) -> bool:
        held = _authorisation(ask)
        if held in self._captured or ask.amount_minor > self._left.get(held, ask.amount_minor):
            return False
        self._captured.add(held)
        self._left[held] = ask.amount_minor
        return True

    def _give_back(self, ask: Ask) -> bool:
        held = _authorisation(ask)
        if held in self._captured:
            if ask.amount_minor > self._left[held]:
                return False
            self._left[held] -= ask.amount_minor
        return True

    def _let_go(self, ask: Ask) -> bool:
        held = _authorisation(ask)
        if held in self._captured:
            return False
        self._left[held] = 0
        return True

    def _notify(self, answer: Answer, after_s: int) -> None:
        due_at = self._clock.now() + timedelta(seconds=after_s)
        heappush(self._notices, (due_at, next(self._places), answer))


def _authorisation(ask: Ask) -> str:
    assert ask.of is not None, f"a {ask.kind} names its authorisation"
    return ask.of


def _answer_to(ask: Ask, outcome: Outcome) -> Answer:
    reference = hashlib.blake2b(ask.key.encode(), digest_size=8).hexdigest()
    return Answer(
        order_id=ask.order_id,
        key=ask.key,
        kind=ask.kind,
        outcome=outcome,
        amount_minor=ask.amount_minor,
        gateway_ref=f"sandbox-{reference}",
    )


def _timeout(ask: Ask) -> GatewayTimeout:
    return GatewayTimeout(f"The sandbox gateway did not answer {ask.key}; ask again with the same key.", key=ask.key)
