"""A simulated world that others write to as well: their facts are heard once committed, and their acts end nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from sangdan.doors.sim.world import World
from sangdan.kit import events
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.events import Fact, emit
from sangdan.kit.problems import Conflict

AT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> tuple[type[Any], list[int]]:
    """A kind of fact of this test only, and the ones that were reacted to."""
    monkeypatch.setattr(events, "kinds", dict(events.kinds))
    monkeypatch.setattr(events, "reactions", events.reactions.copy())
    times: list[int] = []

    class Rang(Fact, frozen=True):
        """A bell rang."""

        about: ClassVar[str] = "bell"
        bell: str
        times: int

    kind = events.fact("tests.rang")(Rang)

    async def hear(conn: Conn, fact: Any, at: datetime) -> None:
        times.append(fact.times)

    events.on(kind)(hear)
    return kind, times


async def test_a_request_that_commits_after_the_engine_looked_is_heard_at_once(
    db: Pool, heard: tuple[type[Any], list[int]]
) -> None:
    """An engine that is alone remembers what was emitted when it last looked: here before the commit."""
    kind, times = heard
    rung = asyncio.Event()

    async def ring(conn: Conn, fact: Any, at: datetime) -> None:
        rung.set()

    events.on(kind)(ring)
    world = World(db, SimClock(AT), 7, None, strict=False)
    async with db.transaction() as conn:
        await emit(conn, AT, kind(bell="a", times=1))
        await world.engine.drain()
    await world.engine.drain()
    assert times == []

    world.pace.set(0)
    day = asyncio.create_task(world.play(endless=True))
    world.stir()
    await asyncio.wait_for(rung.wait(), 20)
    assert (times, world.clock.now()) == ([1], AT)
    day.cancel()


async def test_a_paused_day_goes_on_at_the_new_speed(db: Pool) -> None:
    world = World(db, SimClock(AT), 7, None)
    done: list[datetime] = []
    first = asyncio.Event()

    async def deed() -> None:
        done.append(world.clock.now())
        first.set()

    for hour in (1, 2):
        world.plan(AT + timedelta(hours=hour), deed)
    world.pace.set(0)
    day = asyncio.create_task(world.play())
    await asyncio.sleep(0)
    assert done == []
    world.pace.set(3600)
    await asyncio.wait_for(first.wait(), 20)
    world.pace.set(float("inf"))
    await day
    assert done == [AT + timedelta(hours=1), AT + timedelta(hours=2)]


async def test_whoever_comes_second_in_a_shared_world_ends_nothing(db: Pool) -> None:
    async def refuse() -> None:
        raise Conflict("Somebody else picked it.")

    shared, own = World(db, SimClock(AT), 7, None, strict=False), World(db, SimClock(AT), 7, None)
    for world in (shared, own):
        world.plan(AT, refuse)
    await shared.play()
    with pytest.raises(Conflict):
        await own.play()
