"""The server as a process of its own: it tells where it listens, answers, and ends as it should."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import httpx
import pytest

WAIT_S: Final = 60


def sangdan(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sangdan", *words], env=environment(url), capture_output=True, text=True, check=False
    )


def environment(url: str) -> dict[str, str]:
    return {**os.environ, "SANGDAN_DATABASE_URL": url}


@contextmanager
def running(url: str, *words: str) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sangdan", *words],
        env=environment(url), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("words", [("serve", "--port", "0"), ("serve", "--port", "0", "--no-worker")])
def test_it_tells_its_address_answers_and_ends_gracefully(url: str, words: tuple[str, ...]) -> None:
    key = sangdan(url, "keys", "make", "desk", "--role", "tower").stdout.strip()
    with running(url, *words) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        answer = httpx.get(f"{address}/v1/clients", headers={"authorization": f"Bearer {key}"})
        big = httpx.post(f"{address}/v1/clients", content=b" " * 9_000_000, headers={"authorization": f"Bearer {key}"})
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=WAIT_S)

    assert address.startswith("http://127.0.0.1:")
    assert [client["client_id"] for client in answer.json()["items"]] == ["desk"]
    assert (big.status_code, big.json()["code"]) == (413, "body-too-large")
    assert (process.returncode, out) == (0, "")
    assert key not in err
    assert '"route":"/v1/clients"' in err
    assert "Traceback" not in err


def test_a_taken_port_is_told(url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = sangdan(url, "serve", "--port", str(taken.getsockname()[1]))

    assert told.returncode == 1
    assert "Cannot listen on 127.0.0.1" in told.stderr


def test_a_revoked_key_is_listed_as_such(url: str) -> None:
    made = [sangdan(url, "keys", "make", name, "--role", "tower") for name in ("a", "a", "b")]
    revoked = sangdan(url, "keys", "revoke", "a")
    listed = sangdan(url, "keys", "list", "--json")

    assert [each.returncode for each in made] == [0, 1, 0]
    assert "A client a exists" in made[1].stderr
    assert revoked.returncode == 0
    assert '"client_id":"a"' in listed.stdout
    assert made[0].stdout.strip() not in listed.stdout
