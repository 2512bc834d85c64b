"""알림톡 and text messages through the stand-in relay: real HTTP, with all that goes wrong on it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from msgspec.structs import replace

from sangdan.adapters.alimtalk import AlimtalkMessenger, RelaySender, local_number
from sangdan.adapters.sandbox_relay import FATES, LATE_ASKS, Fate, SandboxRelay, reached_by
from sangdan.talk.notices.model import Address, Args, Names, render
from sangdan.talk.notices.ports import Outgoing, Receipt

from .alliance_town import Town
from .post_office import KIM, PostOffice

ME = RelaySender("0212345678", "@sangdan")
NUMBERS = {fate: f"0100000{digits}" for digits, fate in FATES.items()} | {Fate.DELIVER: "01012345678"}
TEXT = render(
    "ready",
    Args(
        order_no="1",
        shop=Names("가게", "Shop"),
        timezone="Asia/Seoul",
        currency="KRW",
        place=Names("강남점", "Gangnam"),
    ),
    "ko",
    "김하나",
)
LETTER = Outgoing(
    key=UUID("01890000-0000-7000-8000-000000000001"),
    to=NUMBERS[Fate.DELIVER],
    ways=("alimtalk", "sms"),
    code=TEXT.code,
    variables=TEXT.variables,
    title=TEXT.title,
    text=TEXT.text,
)


class _Server(uvicorn.Server):
    """Leaves signals to the tests."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class Line:
    """The relay, and how to reach it."""

    def __init__(self, relay: SandboxRelay, url: str) -> None:
        self.relay, self.url = relay, url

    def messenger(self, key: str = "secret", sender: RelaySender = ME, timeout_s: float = 5.0) -> AlimtalkMessenger:
        return AlimtalkMessenger(self.url, key, sender, timeout_s)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    """A relay that listens on this machine."""
    relay = SandboxRelay("secret", ME)
    listening = socket.create_server(("127.0.0.1", 0))
    server = _Server(uvicorn.Config(relay, lifespan="off", log_config=None, ws="none", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve([listening]))
    yield Line(relay, f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
    server.should_exit = True
    await serving
    listening.close()


def to(fate: Fate, **changes: Any) -> Outgoing:
    return replace(LETTER, to=NUMBERS[fate], **changes)


async def test_a_message_is_accepted_and_then_delivered(line: Line) -> None:
    messenger = line.messenger()
    accepted = await messenger.send(LETTER)
    assert (accepted.outcome, accepted.ref) == ("accepted", "relay-000000000001")
    assert await messenger.ask(LETTER) == replace(accepted, outcome="sent", channel="alimtalk")


async def test_the_same_key_sends_once_and_answers_the_same(line: Line) -> None:
    messenger = line.messenger()
    first, second = [await messenger.send(LETTER) for _ in range(2)]
    assert first == second
    assert len(line.relay.taken) == 1
    other = await messenger.send(replace(LETTER, to="01099999999"))
    assert (other.outcome, other.because) == ("refused", "idempotency-key-reused")


@pytest.mark.parametrize(
    ("ways", "channel", "because"),
    [(("alimtalk", "sms"), "lms", None), (("alimtalk",), None, "not-on-kakao"), (("sms",), "lms", None)],
)
async def test_who_is_not_on_kakao_gets_a_text_when_they_want_one(
    line: Line, ways: Any, channel: str | None, because: str | None
) -> None:
    messenger = line.messenger()
    letter = to(Fate.NOT_ON_KAKAO, ways=ways, text=TEXT.text + "가" * 60)
    await messenger.send(letter)
    became = await messenger.ask(letter)
    assert (became.channel, became.because) == (channel, because)
    assert became.outcome == ("refused" if because else "sent")


async def test_a_short_text_is_an_sms_and_a_very_long_one_is_cut(line: Line) -> None:
    messenger = line.messenger()
    for number, text, form in ((1, "짧은 글", "sms"), (2, "긴 글 🎁" * 1000, "lms")):
        letter = replace(LETTER, key=UUID(int=number), ways=("sms",), text=text)
        assert (await messenger.send(letter)).outcome == "accepted"
        taken = line.relay.taken[str(letter.key)]
        assert taken.wanted["text"]["form"] == form
        assert "alimtalk" not in taken.wanted


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "ghost_ko1"}, "template-unknown"),
        ({"code": "offer_starts_ko1"}, "template-unknown"),
        ({"variables": {"name": "김하나"}}, "variables-differ"),
        ({"variables": TEXT.variables | {"more": "x"}}, "variables-differ"),
        ({"variables": TEXT.variables | {"items": "가" * 1000}}, "text-too-long"),
        ({"to": "12345"}, "number-unfit"),
    ],
)
async def test_what_a_real_relay_would_refuse(line: Line, changes: dict[str, Any], code: str) -> None:
    assert await line.messenger().send(replace(LETTER, **changes)) == Receipt(outcome="refused", because=code)
    assert line.relay.taken == {}


async def test_a_text_that_claims_to_be_short_is_refused(line: Line) -> None:
    """Our adapter never asks for that; another one's mistake must not pass."""
    body = {"to": LETTER.to, "from": ME.number, "text": {"form": "sms", "title": "", "text": "가" * 46}}
    headers = {"authorization": "Bearer secret", "idempotency-key": "x"}
    async with httpx.AsyncClient(base_url=line.url, headers=headers) as caller:
        long = await caller.post("/messages", json=body)
        bare = await caller.post("/messages", content=b"{", headers={"idempotency-key": "y"})
        keyless = await caller.post("/messages", json=body, headers={"idempotency-key": ""})
        astray = await caller.get("/elsewhere")
    answers = [(each.status_code, each.json()["code"]) for each in (long, bare, keyless, astray)]
    assert answers == [
        (400, "text-too-long"), (400, "body-unreadable"), (400, "idempotency-key-missing"), (404, "address-unknown")
    ]  # fmt: skip


async def test_wrong_keys_and_foreign_senders(line: Line) -> None:
    assert await line.messenger("guess").send(LETTER) == Receipt(outcome="again", because="key-unknown")
    stranger = line.messenger(sender=RelaySender("0299999999", "@sangdan"))
    assert await stranger.send(LETTER) == Receipt(outcome="refused", because="sender-unknown")
    impostor = line.messenger(sender=RelaySender(ME.number, "@other"))
    assert await impostor.send(LETTER) == Receipt(outcome="refused", because="profile-unknown")
    plain = line.messenger(sender=RelaySender(ME.number, None))
    assert await plain.send(replace(LETTER, ways=("alimtalk",))) == Receipt(outcome="refused", because="no_profile")


async def test_an_answer_that_never_comes_is_found_out_with_the_same_key(line: Line) -> None:
    hasty = line.messenger(timeout_s=0.2)
    letter = to(Fate.HANG)
    assert await hasty.send(letter) == Receipt(outcome="again", because="unreachable")
    assert (await hasty.send(letter)).outcome == "accepted"
    assert len(line.relay.taken) == 1


async def test_a_lost_message_is_not_taken_for_a_sent_one(line: Line) -> None:
    hasty = line.messenger(timeout_s=0.2)
    letter = to(Fate.LOSE)
    assert (await hasty.send(letter)).outcome == "again"
    assert await hasty.ask(letter) == Receipt(outcome="again", because="never_arrived")
    assert (await hasty.send(letter)).outcome == "accepted"


async def test_a_relay_that_stumbles_is_tried_again(line: Line) -> None:
    messenger = line.messenger()
    tries = [await messenger.send(to(Fate.FAIL)) for _ in range(3)]
    assert [each.outcome for each in tries] == ["again", "again", "accepted"]


async def test_late_and_dead(line: Line) -> None:
    messenger = line.messenger()
    late, dead = to(Fate.LATE), to(Fate.DEAD, key=UUID(int=2))
    for letter in (late, dead):
        await messenger.send(letter)
    outcomes = [(await messenger.ask(late)).outcome for _ in range(LATE_ASKS + 1)]
    assert outcomes == ["accepted"] * LATE_ASKS + ["sent"]
    assert await messenger.ask(dead) == Receipt(outcome="refused", because="number-dead")
    assert reached_by(line.relay.taken[str(dead.key)]) is None


async def test_nobody_answers(line: Line) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    messenger = AlimtalkMessenger(url, "secret", ME, timeout_s=1)
    assert await messenger.send(LETTER) == Receipt(outcome="again", because="unreachable")
    assert await messenger.ask(LETTER) == Receipt(outcome="accepted", because="unreachable")


@pytest.mark.parametrize("fate", [Fate.DELIVER, Fate.FAIL, Fate.LATE, Fate.NOT_ON_KAKAO, Fate.HANG, Fate.LOSE])
async def test_whatever_the_relay_does_the_shopper_gets_one_message(town: Town, line: Line, fate: Fate) -> None:
    order_id = await town.released(tea=1)
    person = replace(KIM, phone=Address(NUMBERS[fate], "010-****"), channels=("alimtalk", "sms"))
    office = PostOffice(town.pool, line.messenger(timeout_s=0.3), person)
    at = town.clock.now()
    for minute in range(12):
        await office.deliver(at + minute * timedelta(minutes=1))
    assert await office.states(order_id) == [("placed", "sent", None)]
    assert len(line.relay.taken) == 1


@pytest.mark.parametrize(
    ("phone", "local"),
    [("+82 10-1234-5678", "01012345678"), ("010-1234-5678", "01012345678"), ("+821012345678", "01012345678")],
)
def test_numbers_are_dialled_as_at_home(phone: str, local: str) -> None:
    assert local_number(phone) == local
