"""A world to simulate in: a throw-away database, a clock that jumps, the engine, and an agenda of what reality does."""

import heapq
import logging
import tempfile
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sangdan.flows import register
from sangdan.kit import postgres
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool
from sangdan.kit.engine import Engine
from sangdan.kit.events import Fact, note_commit
from sangdan.kit.ids import Ids
from sangdan.kit.migrate import migrate
from sangdan.kit.problems import Problem

from .memory import PeakMemory
from .pace import Pace

log = logging.getLogger("sangdan.sim")

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
    pace     how fast it goes; flat out unless told otherwise
    strict   what goes wrong ends the run; in a world that others act in too, it is logged
    """

    def __init__(self, pool: Pool, clock: SimClock, seed: int, outside: Any, *, strict: bool = True) -> None:
        self.pool = pool
        self.clock = clock
        self.ids = Ids(seed)
        self.pace = Pace(clock)
        self.engine = Engine(pool, self.clock, outside, strict=strict, listen=self._hear, alone=True)
        self._strict = strict
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

    def stir(self) -> None:
        """Somebody else of this process has written to the database: look at it now, not at the next entry."""
        note_commit()
        self.pace.stir()

    async def play(self, between: Deed = _nothing, *, endless: bool = False) -> None:
        """Run the agenda to its end, the production's facts and timers in between.

        between  done before each entry, once its instant is reached, and while the clock waits for one
        endless  go on when the agenda is empty, as time passes, until cancelled
        """
        while self._agenda or endless:
            first = self._agenda[0][0] if self._agenda else None
            reached = self._reached(first)
            # What runs here may make reality plan something sooner than what is first now.
            if await self.engine.step(reached):
                continue
            if reached != first:
                self.clock.set(reached)
                await between()
                await self.pace.rest(first)
                continue
            at, _, deed = heapq.heappop(self._agenda)
            self.clock.set(at)
            await between()
            await self._do(deed)
            if not self._agenda:
                await self.engine.drain()

    def _reached(self, first: datetime | None) -> datetime:
        """How far time may go now: to the next entry, if the pace allows it."""
        limit = self.pace.limit()
        if first is None:
            return self.clock.now() if limit is None else limit
        return first if limit is None else min(first, limit)

    async def _do(self, deed: Deed) -> None:
        try:
            await deed()
        except Problem as problem:
            if self._strict:
                raise
            log.info("somebody else was there first", extra={"problem": problem.code})
        except Exception:
            if self._strict:
                raise
            log.exception("a deed failed")


class Ground(NamedTuple):
    """What a run stands on.

    address  of its migrated database
    memory   that the database and we take
    folder   for files that go with the run
    """

    address: str
    memory: PeakMemory
    folder: Path


@asynccontextmanager
async def ground(url: str | None) -> AsyncGenerator[Ground]:
    """A database and a folder for one run.

    url  of an empty database of your own; None makes a throw-away one, and all is gone however the process ends
    """
    if url is not None:
        migrate(url)
        with PeakMemory() as memory, tempfile.TemporaryDirectory(prefix="sangdan-day-") as folder:
            yield Ground(url, memory, Path(folder))
        return
    with postgres.throwaway() as server:
        migrate(server.url)
        main = postgres.status(server.folder).pid
        with PeakMemory([] if main is None else [main]) as memory:
            yield Ground(server.url, memory, server.folder)
