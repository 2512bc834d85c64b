"""What goes out in its own time: messages, webhooks. Slow receivers hold up nobody: each sender runs beside the engine.

A sender claims its rows with SKIP LOCKED, so every process may run it at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from sangdan.kit.clock import Clock

from .pause import pause

log = logging.getLogger("sangdan.worker")

IDLE_S: Final = 0.2
AWAY_S: Final = 2.0

# Sends what is due at the instant; gives whether there was any.
Sender = Callable[[datetime], Awaitable[bool]]


async def send(senders: Sequence[Sender], clock: Clock, stop: asyncio.Event) -> None:
    """Run every sender until told to stop; each outlives the database's absence and its own mistakes."""
    async with asyncio.TaskGroup() as tasks:
        for sender in senders:
            tasks.create_task(_keep_sending(sender, clock, stop))


async def _keep_sending(sender: Sender, clock: Clock, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            if not await sender(clock.now()):
                await pause(stop, IDLE_S)
        except Exception:
            log.exception("a sender was interrupted and goes on")
            await pause(stop, AWAY_S)
