"""The worker: one leads, it runs what is due, and it outlives what goes wrong."""

import asyncio
from datetime import datetime

import psycopg
import pytest

from sangdan.doors import worker
from sangdan.doors.worker import work
from sangdan.kit import events, postgres
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Conn, Pool, run, value
from sangdan.kit.engine import Engine
from sangdan.kit.events import Timer, set_timer

from .conftest import AT


class Tally:
    """Counts what happens and lets a test wait for it."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._changed = asyncio.Condition()

    async def add(self, name: str) -> None:
        """It happened."""
        async with self._changed:
            self.seen.append(name)
            self._changed.notify_all()

    async def reach(self, name: str, times: int) -> None:
        """Wait until it has happened so often."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.seen.count(name) >= times)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for the lead, and come back from a failure, at once."""
    for name in ("IDLE_S", "FOLLOW_S", "AWAY_S"):
        monkeypatch.setattr(worker, name, 0.01)


def leading(pool: Pool, stop: asyncio.Event, tally: Tally, name: str) -> asyncio.Task[None]:
    """A worker that counts its turns under a name."""

    async def turn(at: datetime) -> None:
        await tally.add(name)

    clock = SimClock(AT)
    return asyncio.create_task(work(Engine(pool, clock, None, strict=False), clock, stop, [turn]))


async def test_due_timers_run_and_a_failing_one_stops_nothing(db: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    tally, stop = Tally(), asyncio.Event()

    async def handle(conn: Conn, key: str, data: dict[str, object], at: datetime) -> None:
        await tally.add(key)
        if key == "broken":
            raise ValueError("a handler of ours that fails")

    timer: Timer = handle
    monkeypatch.setitem(events.timers, "test", timer)
    async with db.transaction() as conn:
        for key in ("broken", "good"):
            await set_timer(conn, "test", key, AT)
    running = leading(db, stop, tally, "turn")
    await tally.reach("good", 1)
    await tally.reach("turn", 2)
    stop.set()
    await running

    assert tally.seen.count("good") == 1


async def test_of_two_workers_one_leads_and_the_other_takes_over(db: Pool, url: str) -> None:
    other = await Pool.open(url, size=4)
    tally, stops = Tally(), [asyncio.Event(), asyncio.Event()]
    leader = leading(db, stops[0], tally, "first")
    await tally.reach("first", 1)
    follower = leading(other, stops[1], tally, "second")
    await tally.reach("first", 10)
    alone = set(tally.seen)
    stops[0].set()
    await leader
    await tally.reach("second", 1)
    stops[1].set()
    await follower
    await other.close()

    assert alone == {"first"}


async def test_it_goes_on_when_its_connections_are_cut(db: Pool, server: postgres.Server) -> None:
    tally, stop = Tally(), asyncio.Event()
    async with db.transaction() as conn:
        name = await value(conn, "SELECT current_database() AS name")
    running = leading(db, stop, tally, "turn")
    await tally.reach("turn", 1)
    async with await psycopg.AsyncConnection.connect(server.admin_url, autocommit=True) as admin:
        await run(admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %(name)s", name=name)
    await tally.reach("turn", len(tally.seen) + 3)
    stop.set()
    await running
