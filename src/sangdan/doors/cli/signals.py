"""How a long-running command ends: SIGINT and SIGTERM ask it to, once; it finishes what is under way."""

import asyncio
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopped_by_signals() -> Generator[asyncio.Event]:
    """An event that a signal sets, instead of breaking into whatever runs; the handlers before come back afterwards."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _ENDING}
    for number in _ENDING:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def end_with_input(stop: asyncio.Event) -> None:
    """Set an event when standard input is closed: whoever started us is gone, however it ended."""
    loop = asyncio.get_running_loop()

    def wait() -> None:
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, daemon=True).start()
