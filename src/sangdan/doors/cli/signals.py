"""How a long-running command ends: SIGINT and SIGTERM ask it to, once; it finishes what is under way."""

import asyncio
import signal
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
