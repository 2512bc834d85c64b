"""How much memory a run takes: the processes of this program and of its database, shared pages counted once."""

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import psutil

EVERY_S: Final = 1.0


def proportional_bytes(pids: Iterable[int]) -> int:
    """Summed proportional set size of these processes and their children; resident size where the system has no PSS."""
    total = 0
    for pid in pids:
        try:
            root = psutil.Process(pid)
            family = [root, *root.children(recursive=True)]
        except psutil.Error:
            continue
        total += sum(_bytes_of(process) for process in family)
    return total


def _bytes_of(process: psutil.Process) -> int:
    """One process's share. The kernel adds the pages up: reading them one by one would slow what is measured."""
    try:
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # gone meanwhile, or not Linux
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


class PeakMemory:
    """Samples memory from a thread until it is closed.

    pids  roots besides this process: the database's
    """

    def __init__(self, pids: Iterable[int] = ()) -> None:
        self._pids = {os.getpid(), *pids}
        self._ended = threading.Event()
        self.peak_bytes = 0
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def _sample(self) -> None:
        while True:
            self.peak_bytes = max(self.peak_bytes, proportional_bytes(self._pids))
            if self._ended.wait(EVERY_S):
                return

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
