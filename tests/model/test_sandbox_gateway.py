"""The sandbox gateway keeps the port's word: one effect for a key, however awkward its answers."""

from datetime import UTC, datetime, timedelta

import pytest

from sangdan.adapters.sandbox_gateway import LATE_S, TWICE_S, Behaviour, SandboxGateway, by_amount
from sangdan.kit.clock import SimClock
from sangdan.kit.ids import Ids
from sangdan.pay.payments.errors import GatewayTimeout
from sangdan.pay.payments.model import Ask, Kind
from sangdan.pay.payments.ports import Gateway

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
IDS = Ids(seed=8)


def an_ask(kind: Kind = "authorise", amount_minor: int = 10_000, *, key: str = "a", of: str | None = None) -> Ask:
    return Ask(order_id=IDS.new(AT), key=key, kind=kind, currency="KRW", amount_minor=amount_minor, of=of)


def gateway(behaviour: Behaviour = Behaviour.APPROVE) -> SandboxGateway:
    """Behaves as told when it authorises, and approves the rest."""
    return SandboxGateway(SimClock(AT), lambda ask: behaviour if ask.kind == "authorise" else Behaviour.APPROVE)


async def test_the_same_key_is_the_same_call() -> None:
    bank: Gateway = gateway()
    await bank.authorise(an_ask())
    first = await bank.capture(an_ask("capture", 6_000, key="c", of="a"))
    again = await bank.capture(an_ask("capture", 6_000, key="c", of="a"))
    other = await bank.capture(an_ask("capture", 1, key="d", of="a"))
    assert (first.outcome, other.outcome) == ("approved", "declined")
    assert again == first


async def test_no_more_goes_back_than_was_taken() -> None:
    bank = gateway()
    await bank.authorise(an_ask())
    assert (await bank.capture(an_ask("capture", 10_001, key="c1", of="a"))).outcome == "declined"
    assert (await bank.capture(an_ask("capture", 6_000, key="c2", of="a"))).outcome == "approved"
    assert (await bank.refund(an_ask("refund", 6_001, key="r1", of="a"))).outcome == "declined"
    assert (await bank.refund(an_ask("refund", 6_000, key="r2", of="a"))).outcome == "approved"
    assert (await bank.void(an_ask("void", key="v", of="a"))).outcome == "declined"


async def test_a_call_that_timed_out_was_done_all_the_same() -> None:
    bank = gateway(Behaviour.TIME_OUT)
    with pytest.raises(GatewayTimeout):
        await bank.authorise(an_ask())
    known = await bank.inquire("a")
    assert known is not None
    assert known.outcome == "approved"
    assert await bank.authorise(an_ask()) == known


async def test_a_lost_call_never_arrived() -> None:
    bank = gateway(Behaviour.LOSE)
    with pytest.raises(GatewayTimeout):
        await bank.authorise(an_ask())
    assert await bank.inquire("a") is None


async def test_nothing_is_held_after_a_void_not_even_later() -> None:
    bank = gateway()
    assert (await bank.void(an_ask("void", key="v", of="a"))).outcome == "approved"
    assert (await bank.authorise(an_ask())).outcome == "declined"
    assert (await bank.capture(an_ask("capture", 1, key="c", of="a"))).outcome == "declined"


@pytest.mark.parametrize(("behaviour", "after_s"), [(Behaviour.LATE, LATE_S), (Behaviour.TWICE, TWICE_S)])
async def test_notices_come_when_they_are_due_and_once(behaviour: Behaviour, after_s: int) -> None:
    bank = gateway(behaviour)
    try:
        await bank.authorise(an_ask())
    except GatewayTimeout:
        assert behaviour is Behaviour.LATE
    due_at = AT + timedelta(seconds=after_s)
    assert bank.notices(due_at - timedelta(seconds=1)) == []
    assert [(at, answer.outcome) for at, answer in bank.notices(due_at)] == [(due_at, "approved")]
    assert bank.notices(due_at) == []


@pytest.mark.parametrize(
    ("amount_minor", "behaviour"),
    [
        (12_901, Behaviour.DECLINE),
        (901, Behaviour.DECLINE),
        (1_902, Behaviour.TIME_OUT),
        (1_903, Behaviour.LOSE),
        (1_904, Behaviour.LATE),
        (1_905, Behaviour.TWICE),
        (1_900, Behaviour.APPROVE),
        (9_010, Behaviour.APPROVE),
    ],
)
def test_the_amount_chooses_in_the_http_sandbox(amount_minor: int, behaviour: Behaviour) -> None:
    assert by_amount(an_ask(amount_minor=amount_minor)) is behaviour
    assert by_amount(an_ask("capture", amount_minor, of="a")) is Behaviour.APPROVE


async def test_a_restart_forgets_and_answers_the_same() -> None:
    """kill -9 between authorisation and capture: the gateway of a new process must not refuse the money."""
    before, afterwards = gateway(), gateway()
    await before.authorise(an_ask())
    asked = an_ask("capture", 10_000, key="c", of="a")
    assert await before.capture(asked) == await afterwards.capture(asked)
