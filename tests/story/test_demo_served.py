"""The demo on a terminal: it serves its day, lets guests in by link, goes at any speed, and leaves nothing behind."""

import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from sangdan.doors.cli import build

from .terminal import BY_HAND, Terminal
from .tower import WAIT_S, until


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where PostgreSQL's own account may enter, too."""
    made = Path(tempfile.mkdtemp(prefix="sangdan-demo-"))
    made.chmod(0o777)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def started(folder: Path) -> Iterator[Callable[..., Terminal]]:
    """Starts a demo in the folder; whatever a failing test leaves running is ended."""
    terminals: list[Terminal] = []

    def start(*words: str) -> Terminal:
        terminals.append(Terminal(folder, *words))
        return terminals[-1]

    yield start
    for each in terminals:
        if each.process.poll() is None:
            each.end(signal.SIGKILL)


def events(answer: httpx.Response) -> Iterator[tuple[str, Any]]:
    """Server-sent events, by name."""
    name = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, msgspec.json.decode(line.removeprefix("data: "))


def instants(door: httpx.Client) -> Iterator[datetime]:
    """The day's clock, as the live page sees it."""
    with door.stream("GET", "/tower/live") as answer:
        assert answer.status_code == 200
        for name, data in events(answer):
            if name in ("picture", "change"):
                yield msgspec.convert(data["at"], datetime)


def test_a_day_is_watched_paused_and_ended(started: Callable[..., Terminal]) -> None:
    terminal = started("--speed", "60")
    tower, ally, picker, *_ = terminal.links
    with httpx.Client(base_url=tower.split("/enter")[0], follow_redirects=False, timeout=WAIT_S) as door:
        assert "sangdan_session" in door.get(tower, headers=BY_HAND).cookies
        seen = instants(door)
        morning = next(at for at in seen if (at.hour, at.minute) >= (0, 1))  # nine in Seoul: the shops are open
        assert next(at for at in seen if at > morning)

        headers = {"origin": str(door.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
        assert door.post("/tower/speed", data={"speed": "0"}, headers=headers).status_code < 400
        seen = instants(door)
        paused = next(seen)
        assert [next(seen), next(seen)] == [paused, paused]
        assert door.post("/tower/speed", data={"speed": "max"}, headers=headers).status_code < 400
    until(lambda: True if "The day is over" in terminal.written else None, "the day's end")
    assert terminal.process.poll() is None
    assert len(terminal.servers()) > 1
    assert "sangdan_session" not in httpx.get(ally[:-4] + "AAAA", headers=BY_HAND).cookies
    assert all("sangdan_session" in httpx.get(link, headers=BY_HAND).cookies for link in (picker, ally))
    assert "sangdan_session" not in httpx.get(ally, headers=BY_HAND).cookies, "a link lets in once"

    assert terminal.end(signal.SIGINT) == 0
    assert "drift" in terminal.written
    until(lambda: True if not terminal.servers() else None, "everything to end")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind_however_it_ends(
    folder: Path, started: Callable[..., Terminal], how: signal.Signals
) -> None:
    terminal = started()
    assert terminal.links
    assert terminal.servers()
    code = terminal.end(how)
    assert code == (0 if how is signal.SIGTERM else -how)
    until(lambda: True if not terminal.servers() else None, "everything to end")
    assert [each for each in folder.iterdir() if each.name.startswith("sangdan-")] == []


def test_an_unknown_scene_lists_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert int(build("demo")(["demo", "--scene", "nope", "--lang", "ko"])) == 2
    told = capsys.readouterr().err
    assert "그런 장면은 없습니다: nope" in told
    assert "ten-to-ten" in told
