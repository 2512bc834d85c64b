"""How a long-running command ends: SIGINT and SIGTERM ask it to, once; it finishes what is under way."""

import asyncio
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from sangdan.kit.clock import SimClock

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


def end_with_input(stop: asyncio.Event, clock: SimClock | None = None) -> None:
    """Set an event when standard input is closed: whoever started us is gone, however it ended.

    clock  moved to the instants that are said there meanwhile, a line each
    """
    loop = asyncio.get_running_loop()

    def wait() -> None:
        try:
            for line in sys.stdin:
                if clock is not None:
                    clock.set(datetime.fromisoformat(line.strip()))
        finally:
            loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, daemon=True).start()
