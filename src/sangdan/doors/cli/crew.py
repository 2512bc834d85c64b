"""Several processes of ours on one socket: started together, ended together, and started anew when one is gone.

Nobody outlives the one who started them, however that one ends: they would go on answering on its socket.
"""

import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.process import BaseProcess, parent_process
from types import FrameType
from typing import Any, Final

from sangdan.kit.problems import Unavailable

log = logging.getLogger("sangdan.crew")

# A process that ends sooner than this did not serve; after so many in a row starting another would not help.
SERVED_S: Final = 5.0
FAILS_MOST: Final = 3

_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


class CrewFailed(Unavailable):
    """A process of ours ends again and again, right after its start."""

    code = "crew-failed"


class _Member:
    """A process that is to run as long as the crew does."""

    def __init__(self, name: str, run: Callable[..., None], args: tuple[Any, ...]) -> None:
        self.name = name
        self._run = run
        self._args = args
        self._fails = 0
        self.start()

    def start(self) -> None:
        """Start it, for the first time or anew."""
        self._since_s = time.monotonic()
        self.process: SpawnProcess = multiprocessing.get_context("spawn").Process(
            target=_serve, args=(self._run, self._args), name=self.name
        )
        self.process.start()

    def replace(self) -> None:
        """Start another in its place.

        raises  CrewFailed when the last ones did not last
        """
        self.process.join()
        code = self.process.exitcode
        served = time.monotonic() - self._since_s >= SERVED_S
        self._fails = 0 if served else self._fails + 1
        if self._fails >= FAILS_MOST:
            raise CrewFailed(
                f"{self.name} ended {FAILS_MOST} times right after its start, last with {code}: see its log."
            )
        log.error("a process has ended and is started anew", extra={"member": self.name, "exit_code": code})
        self.start()


def _serve(run: Callable[..., None], args: tuple[Any, ...]) -> None:
    """A member's life, in its own process."""
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()
    run(*args)


def _end_with(parent: BaseProcess | None) -> None:
    """Ask ourselves to end when whoever started us is gone, killed perhaps: finish what is under way and go."""
    assert parent is not None, "a member has a parent"
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def run(members: Mapping[str, tuple[Callable[..., None], tuple[Any, ...]]]) -> None:
    """Run processes until a signal ends them all; each finishes what is under way.

    members  by name: a function of a module, and its arguments, which travel to the process
    raises   CrewFailed
    """
    told, tells = multiprocessing.Pipe(duplex=False)

    def end(_number: int, _frame: FrameType | None) -> None:
        tells.send(None)

    before = {number: signal.signal(number, end) for number in _ENDING}
    crew: list[_Member] = []
    try:
        crew.extend(_Member(name, run, args) for name, (run, args) in members.items())
        _watch(crew, told)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for member in crew:
            member.process.terminate()
        for member in crew:
            member.process.join()


def _watch(crew: list[_Member], told: "Connection[Any, Any]") -> None:
    while True:
        ready = wait([told, *(member.process.sentinel for member in crew)])
        if told in ready:
            return
        for member in crew:
            if member.process.sentinel in ready:
                member.replace()
