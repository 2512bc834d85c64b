"""What leaves the tower, in earnest: a stream that outlives its server, a revoked key, and the page about webhooks."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest

from . import town
from .tower import Tower, tower, until
from .town import Keys, promised, taking, wish

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = "docs/webhooks.md"
_FENCED: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ORDERS: Final = 5


class Listener(threading.Thread):
    """Reads a stream for as long as it lasts, then asks again with the last id, as a browser does."""

    def __init__(self, running: Tower, key: str) -> None:
        super().__init__(daemon=True)
        self._running, self._key = running, key
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.last_id: str | None = None
        self.opened = 0
        self.statuses: list[int] = []
        self._over = False

    def run(self) -> None:
        while not self._over:
            try:
                self._listen()
            except httpx.TransportError:
                continue

    def end(self) -> None:
        self._over = True
        self.join()

    def _listen(self) -> None:
        headers = {"authorization": f"Bearer {self._key}", "accept": "text/event-stream"}
        if self.last_id is not None:
            headers["last-event-id"] = self.last_id
        with (
            httpx.Client(base_url=self._running.address, timeout=30) as client,
            client.stream("GET", "/v1/events", headers=headers) as answer,
        ):
            self.statuses.append(answer.status_code)
            if answer.status_code != 200:
                self._over = answer.status_code != 503  # the server just came back, its database not yet
                return
            self.opened += 1
            told: dict[str, str] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                told[name] = value
                if line:
                    continue
                if "data" in told:
                    self.heard.append((told["id"], msgspec.json.decode(told["data"])))
                self.last_id = told.get("id", self.last_id)
                told = {}
                if self._over:
                    return


def test_a_stream_goes_on_after_its_server_and_loses_nothing(alone: tuple[Tower, Keys]) -> None:
    """Ended gracefully once, killed once: what comes is every event, once, in order."""
    running, keys = alone
    listener = Listener(running, keys["onmaru-web"])
    listener.start()
    until(lambda: listener.opened or None, "the stream to open")
    with town.caller(running, keys["onmaru-web"]) as door:
        for how in (signal.SIGTERM, signal.SIGKILL, None):
            opened = listener.opened
            for _ in range(ORDERS):
                body, key = taking(promised(door, "gim")), wish()
                assert door.post("/v1/orders", json=body, headers=key).status_code == 201
            if how is not None:
                running.end(how)
                running.start()
                until(lambda opened=opened: listener.opened > opened or None, "the stream to open again")
        until(running.is_quiet, "every reaction to be through")
        page = door.get("/v1/events", params={"limit": 1000}).json()
        until(lambda: len(listener.heard) >= len(page["items"]) or None, f"every event: {listener.statuses}")
    running.end(signal.SIGTERM)
    listener.end()

    assert [event for _, event in listener.heard] == page["items"]
    assert [event["position"] for event in page["items"]] == [told for told, _ in listener.heard]
    assert len([1 for event in page["items"] if event["type"] == "order.placed"]) == 3 * ORDERS


def test_a_revoked_keys_stream_ends_and_streams_are_few(alone: tuple[Tower, Keys]) -> None:
    running, keys = alone
    listeners = [Listener(running, keys["onmaru-web"]) for _ in range(6)]
    for listener in listeners:
        listener.start()
    until(lambda: sum(len(each.statuses) for each in listeners) >= 6 or None, "every stream to be answered")
    with town.caller(running, keys["tower"]) as door:
        assert door.delete("/v1/clients/onmaru-web", headers=wish()).status_code == 204
    for listener in listeners:
        listener.join(timeout=60)

    assert not any(listener.is_alive() for listener in listeners)
    first = sorted(listener.statuses[0] for listener in listeners)
    assert first == [200] * 5 + [429]
    assert {listener.statuses[-1] for listener in listeners} == {401, 429}


def test_a_reader_that_is_slow_holds_up_nobody(alone: tuple[Tower, Keys]) -> None:
    """It reads nothing at all; meanwhile others are served, and the server stops when it is told to."""
    running, keys = alone
    with socket.create_connection(("127.0.0.1", running.port)) as idle:
        asked = f"GET /v1/events?after=0 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {keys['tower']}\r\n"
        idle.sendall(f"{asked}accept: text/event-stream\r\n\r\n".encode())
        with town.caller(running, keys["onmaru-web"]) as door:
            for _ in range(ORDERS):
                assert door.post("/v1/orders", json=taking(promised(door, "gim")), headers=wish()).status_code == 201
        running.end(signal.SIGTERM)


def blocks(language: str) -> list[str]:
    """The page's fenced blocks in a language."""
    return [block for fenced, block in _FENCED.findall((ROOT / PAGE).read_text(encoding="utf-8")) if fenced == language]


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="the page is for bash and curl")
def test_the_page_about_webhooks_does_what_it_says(tmp_path: Path) -> None:
    [receiver], [serving] = blocks("python"), blocks("sh")
    assert serving == "SANGDAN_WEBHOOKS_PRIVATE=true sangdan serve\n"
    (tmp_path / "receiver.py").write_text(receiver)
    with socket.create_server(("127.0.0.1", 0)) as asked:
        port = asked.getsockname()[1]
    with tower(webhooks_private="true") as running:
        environment = running.environment | {"HOOK_PORT": str(port), "RECEIVER": str(tmp_path / "receiver.py")}
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        pasted = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(blocks("bash"))],
            cwd=ROOT, env=environment | {"PATH": programs, "TMPDIR": str(tmp_path)},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert pasted.returncode == 0, pasted.stdout + pasted.stderr
    assert "it arrived, and it was signed" in pasted.stdout
    assert "/problems/" not in pasted.stdout
