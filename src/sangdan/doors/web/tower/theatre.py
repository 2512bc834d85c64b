"""Scenes played for the page: each is the command line's own program, and its lines are what the page shows."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import msgspec

from sangdan.doors.sim.scenes import Scene
from sangdan.doors.web.errors import NoSuchScene, ScenesBusy

log = logging.getLogger("sangdan.door")

COMMAND: Final = (sys.executable, "-m", "sangdan", "demo", "--json", "--scene")
MOST_AT_ONCE: Final = 2
# A scene that talks on beyond this is cut off.
MOST_LINES: Final = 5_000
LINE_BYTES: Final = 1 << 20
GRACE_S: Final = 5.0
BEAT_S: Final = 10.0
ERRORS_SHOWN: Final = 4_000


class Performance:
    """One run of a scene: its lines so far, and who waits for more."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.exit_code: int | None = None
        self._news = asyncio.Event()

    def add(self, line: bytes) -> None:
        """A line was told."""
        self.lines.append(line)
        self._announce()

    def end(self, exit_code: int) -> None:
        """The program is gone."""
        self.exit_code = exit_code
        self._announce()

    async def news(self) -> bool:
        """Wait until there is more; False when nothing came for long."""
        try:
            await asyncio.wait_for(self._news.wait(), BEAT_S)
        except TimeoutError:
            return False
        return True

    def _announce(self) -> None:
        self._news.set()
        self._news = asyncio.Event()


class Theatre:
    """Plays scenes: at most one of each at a time, and two in all.

    scenes   those that may be played; none on a production server
    stop     set when the server ends: what plays ends with it
    command  starts the program; the scene's name is added
    """

    def __init__(self, scenes: Mapping[str, Scene], stop: asyncio.Event, command: Sequence[str] = COMMAND) -> None:
        self.scenes = scenes
        self._stop = stop
        self._command = command
        self._performances: dict[str, Performance] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def scene(self, name: str) -> Scene:
        """The scene of that name.

        raises  NoSuchScene
        """
        found = self.scenes.get(name)
        if found is None:
            raise NoSuchScene(f"There is no scene {name[:40]} on this server.", scene=name[:40])
        return found

    def start(self, name: str) -> None:
        """Play a scene from its beginning; one that plays already plays on.

        raises  NoSuchScene, ScenesBusy
        """
        self.scene(name)
        last = self._performances.get(name)
        if last is not None and last.exit_code is None:
            return
        if sum(each.exit_code is None for each in self._performances.values()) >= MOST_AT_ONCE:
            raise ScenesBusy(f"{MOST_AT_ONCE} scenes play already; wait until one has ended.", most=MOST_AT_ONCE)
        playing = self._performances[name] = Performance()
        task = asyncio.create_task(self._play(name, playing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def state(self, name: str) -> str:
        """'idle', 'plays' or 'ended'."""
        found = self._performances.get(name)
        if found is None:
            return "idle"
        return "plays" if found.exit_code is None else "ended"

    async def stream(self, name: str, after: int) -> AsyncGenerator[bytes]:
        """Server-sent events: every line from `after` on, then `over`.

        after  how many lines the page has already
        """
        playing = self._performances.get(name)
        yield b"retry: 1000\n\n"
        if playing is None:
            return
        told = after if after <= len(playing.lines) else 0
        while not self._stop.is_set():
            for line in playing.lines[told:]:
                told += 1
                yield b"id: %d\nevent: line\ndata: %b\n\n" % (told, line)
            if playing.exit_code is not None and told == len(playing.lines):
                yield b"event: over\ndata: %d\n\n" % playing.exit_code
                return
            if not await playing.news():
                yield b": alive\n\n"

    async def _play(self, name: str, playing: Performance) -> None:
        try:
            exit_code = await self._run(name, playing)
        except OSError as reason:
            log.warning("a scene could not be started", extra={"scene": name, "error": str(reason)})
            exit_code = 1
        playing.end(exit_code)

    async def _run(self, name: str, playing: Performance) -> int:
        """Run the program, add its lines, and give its exit code."""
        process = await asyncio.create_subprocess_exec(
            *self._command, name,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            limit=LINE_BYTES, start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        errors = asyncio.create_task(process.stderr.read())
        ending = asyncio.create_task(self._stop.wait())
        reading = asyncio.create_task(_read(process.stdout, playing))
        try:
            await asyncio.wait({ending, reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over = reading.done()
            for task in (ending, reading):
                task.cancel()
            exit_code = await _end(process, over=over)
            if exit_code and not self._stop.is_set():
                told = (await errors)[-ERRORS_SHOWN:].decode(errors="replace")
                log.warning("a scene failed", extra={"scene": name, "exit_code": exit_code, "stderr": told})
            errors.cancel()
        return exit_code


async def _read(output: asyncio.StreamReader, playing: Performance) -> None:
    """Take the program's lines as they come; whatever is no line of a scene is left out."""
    while len(playing.lines) < MOST_LINES and (line := await output.readline()):
        with suppress(msgspec.DecodeError):
            told: Any = msgspec.json.decode(line)
            if isinstance(told, dict) and "kind" in told:
                playing.add(line.strip())


async def _end(process: asyncio.subprocess.Process, *, over: bool) -> int:
    """The exit code of a program, once it is gone with all that it started.

    over  it has told everything and only has to end; else it is made to
    """
    if not over:
        _signal(process, signal.SIGTERM)
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            return await asyncio.wait_for(process.wait(), GRACE_S)
        except TimeoutError:
            _signal(process, how)
    return await process.wait()


def _signal(process: asyncio.subprocess.Process, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, how)
