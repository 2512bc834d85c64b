"""A world to simulate in: a throw-away database, a clock that jumps, the engine, and an agenda of what reality does."""

import heapq
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sangdan.flows import register
from sangdan.kit import postgres
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool
from sangdan.kit.engine import Engine
from sangdan.kit.events import Fact
from sangdan.kit.ids import Ids
from sangdan.kit.migrate import migrate

from .memory import PeakMemory

Deed = Callable[[], Awaitable[None]]

REACTIVE = register.REACTIVE  # the reactions are known before the engine runs


async def _nothing() -> None:
    """Nothing happens between two entries."""


class World:
    """What a driver of a simulated day works with.

    pool     the day's own database
    clock    tells the simulated instant
    engine   runs the production's reactions and timers
    ids      repeat with the seed
    """

    def __init__(self, pool: Pool, clock: SimClock, seed: int, outside: Any) -> None:
        self.pool = pool
        self.clock = clock
        self.ids = Ids(seed)
        self.engine = Engine(pool, self.clock, outside, listen=self._hear, alone=True)
        self._agenda: list[tuple[datetime, int, Deed]] = []
        self._entries = 0
        self._listeners: defaultdict[str, list[Callable[[Any, datetime], None]]] = defaultdict(list)

    def plan(self, at: datetime, deed: Deed) -> None:
        """Have reality do something at `at`; what is planned for one instant happens in the order of planning."""
        self._entries += 1
        heapq.heappush(self._agenda, (at, self._entries, deed))

    def when(self, kind: type[Fact], heard: Callable[[Any, datetime], None]) -> None:
        """Let reality hear of a fact, once it is committed."""
        self._listeners[kind.type].append(heard)

    def _hear(self, fact: Any, at: datetime) -> None:
        for heard in self._listeners[fact.type]:
            heard(fact, at)

    async def play(self, between: Deed = _nothing) -> None:
        """Run the agenda to its end, the production's facts and timers in between.

        between  done before each entry, once its instant is reached
        """
        while self._agenda:
            # What runs here may make reality plan something sooner than what is first now.
            if await self.engine.step(self._agenda[0][0]):
                continue
            at, _, deed = heapq.heappop(self._agenda)
            self.clock.set(at)
            await between()
            await deed()
            if not self._agenda:
                await self.engine.drain()


@asynccontextmanager
async def database(url: str | None) -> AsyncGenerator[tuple[str, PeakMemory]]:
    """A migrated database for one run, and the memory that it and we take.

    url  of an empty database of your own; None makes a throw-away one that is gone afterwards
    """
    if url is not None:
        migrate(url)
        with PeakMemory() as memory:
            yield url, memory
        return
    with postgres.throwaway() as server:
        migrate(server.url)
        main = postgres.status(server.folder).pid
        with PeakMemory([] if main is None else [main]) as memory:
            yield server.url, memory
