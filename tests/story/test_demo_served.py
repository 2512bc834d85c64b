"""The demo on a terminal: it serves its day, lets guests in by link, goes at any speed, and leaves nothing behind."""

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec
import pytest

from sangdan.doors.cli import build

from .places import write_places
from .tower import WAIT_S, until

SMALL: Final = ("--orders", "60", "--stores", "5", "--products", "100")
LINK: Final = re.compile(r"http://\S+/enter\?token=\S+")


class Terminal:
    """`sangdan demo` on a terminal of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.written = ""
        self._folder = folder
        places = write_places(folder / "places.csv")
        ours, theirs = pty.openpty()
        kept = {n: v for n, v in os.environ.items() if not n.startswith("SANGDAN_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sangdan", "demo", *SMALL, "--postcodes", str(places), "--no-browser", *words],
            stdin=theirs, stdout=theirs, stderr=subprocess.STDOUT, start_new_session=True,
            env=kept | {"SANGDAN_HOME": str(folder), "SANGDAN_PORT": "0", "TMPDIR": str(folder), "LANG": "en_US.UTF-8"},
        )  # fmt: skip
        os.close(theirs)
        self._reading = threading.Thread(target=self._read, args=[ours])
        self._reading.start()

    def _read(self, ours: int) -> None:
        with open(ours, "rb", buffering=0) as screen, suppress(OSError):  # the terminal is gone with its last writer
            while piece := screen.read(4096):
                self.written += piece.decode(errors="replace")

    @property
    def links(self) -> list[str]:
        return until(lambda: found if len(found := LINK.findall(self.written)) == 3 or self._ended() else None, "links")

    def _ended(self) -> bool:
        assert self.process.poll() is None, self.written[-3000:]
        return False

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        code = self.process.wait(WAIT_S)
        self._reading.join(WAIT_S)
        return code

    def servers(self) -> list[str]:
        """Command lines of the processes that run out of our folder."""
        found = list[str]()
        for each in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                words = (each / "cmdline").read_bytes().decode().replace("\0", " ")
                if int(each.name) != os.getpid() and str(self._folder) in words:
                    found.append(words)
        return found


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
    tower, shop, ally = terminal.links
    with httpx.Client(base_url=tower.split("/enter")[0], follow_redirects=False, timeout=WAIT_S) as door:
        assert "sangdan_session" in door.get(tower).cookies
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
    assert all("sangdan_session" in httpx.get(link).cookies for link in (shop, ally))
    assert "sangdan_session" not in httpx.get(ally[:-4] + "AAAA").cookies

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
