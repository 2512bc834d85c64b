"""A server that dies while a message is out: the relay, whose answer never came, is asked again with the same key."""

import signal
import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, LiteralString

import pytest
import uvicorn

from sangdan.adapters.alimtalk import RelaySender
from sangdan.adapters.sandbox_relay import FATES, Fate, SandboxRelay

from . import town
from .tower import Tower, tower, until
from .town import promised, taking, wish

KEY: Final = "key of the relay"
ME: Final = RelaySender("0212345678", "@onmaru")
HANGS: Final = next(f"0100000{digits}" for digits, fate in FATES.items() if fate is Fate.HANG)

# As if the lease had run out: the test does not wait for the clock.
LEASE_OVER: Final[LiteralString] = """
    UPDATE notices.notice SET due_at = %(now)s WHERE state = 'sending' AND provider_ref IS NULL
"""


class _Server(uvicorn.Server):
    """Leaves signals to the tests."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class Relay:
    """A relay on this machine, in a thread of its own."""

    def __init__(self) -> None:
        self.app = SandboxRelay(KEY, ME)
        self.listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(self.app, lifespan="off", log_config=None, ws="none", timeout_graceful_shutdown=1)
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self.listening],))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    def end(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self.listening.close()


@pytest.fixture
def relay() -> Iterator[Relay]:
    made = Relay()
    yield made
    made.end()


def test_a_message_that_was_out_when_the_server_died_arrives_once(relay: Relay) -> None:
    settings = {
        "relay_url": relay.url, "relay_key": KEY, "relay_number": ME.number, "relay_profile": ME.profile or "",
    }  # fmt: skip
    with tower(**settings) as running:
        keys = town.found(running)
        with town.caller(running, keys["onmaru-web"]) as shop:
            person = {"name": "김하나", "phone": HANGS, "channels": ["alimtalk"]}
            assert shop.put("/v1/shoppers/kim", json=person, headers=wish()).status_code == 200
            placed = shop.post("/v1/orders", json=taking(promised(shop, "gim")), headers=wish())
            assert placed.status_code == 201, placed.text
        until(lambda: bool(relay.app.taken), "the relay to have the message")
        running.end(signal.SIGKILL)
        running.start()
        with running.database() as conn:
            conn.execute(LEASE_OVER, {"now": datetime.now(UTC)})
        until(lambda: _answered(running), "the relay's answer")

        [taken] = relay.app.taken.values()
        assert taken.wanted["to"] == HANGS
        assert "김하나님" in taken.wanted["alimtalk"]["variables"].values()
        [(notice_id, ref)] = _rows(running)
        assert list(relay.app.taken) == [notice_id]
        assert ref == f"relay-{notice_id[-12:]}"


def _rows(running: Tower) -> list[Any]:
    with running.database() as conn:
        return conn.execute("SELECT notice_id::text, provider_ref FROM notices.notice").fetchall()


def _answered(running: Tower) -> bool:
    return all(ref is not None for _, ref in _rows(running))
