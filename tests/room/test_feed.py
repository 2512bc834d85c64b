"""The feed: every fact whose reactions are committed, once, in one order that a reader can follow by a number."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, ClassVar

import pytest

from sangdan.kit import events, feed
from sangdan.kit.clock import SimClock
from sangdan.kit.db import RETRYABLE, Conn, Pool, run
from sangdan.kit.engine import Engine
from sangdan.kit.events import Fact, emit

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
ALL = 100_000


@pytest.fixture
def rang(monkeypatch: pytest.MonkeyPatch) -> type[Any]:
    """A kind of fact of this test only."""
    monkeypatch.setattr(events, "kinds", dict(events.kinds))
    monkeypatch.setattr(events, "reactions", events.reactions.copy())

    class Rang(Fact, frozen=True):
        """A bell rang."""

        about: ClassVar[str] = "bell"
        bell: str
        times: int

    return events.fact("tests.rang")(Rang)


async def ring(db: Pool, at: datetime, *facts: Fact) -> None:
    async with db.transaction() as conn:
        await emit(conn, at, *facts)


async def read(db: Pool, position: int = 0, types: tuple[str, ...] | None = None) -> list[feed.Entry]:
    async with db.transaction() as conn:
        return await feed.after(conn, position, ALL, types)


async def test_a_fact_is_fed_once_its_reactions_are_committed(db: Pool, rang: type[Any]) -> None:
    await ring(db, AT, rang(bell="a", times=1), rang(bell="b", times=1))
    assert await read(db) == []

    await Engine(db, SimClock(AT), None).drain()
    await ring(db, AT + timedelta(seconds=1), rang(bell="a", times=2))
    await Engine(db, SimClock(AT), None).drain()

    entries = await read(db)
    assert [(e.position, e.subject, e.sequence, e.data["times"]) for e in entries] == [
        (1, "a", 1, 1), (2, "b", 1, 1), (3, "a", 2, 2),
    ]  # fmt: skip
    assert await read(db, 1) == entries[1:]
    assert await read(db, types=("tests.rang",)) == entries
    assert await read(db, types=("tests.other",)) == []
    async with db.transaction() as conn:
        assert await feed.head(conn) == 3
        assert await feed.after(conn, 0, 2) == entries[:2]


async def test_since_gives_the_position_before_an_instant(db: Pool, rang: type[Any]) -> None:
    async with db.transaction() as conn:
        assert await feed.since(conn, AT) == 0
    for second in range(3):
        await ring(db, AT + timedelta(seconds=second), rang(bell="a", times=second))
        await Engine(db, SimClock(AT), None).drain()
    async with db.transaction() as conn:
        told = [await feed.since(conn, AT + timedelta(seconds=second)) for second in (-1, 0, 1, 2, 3)]
    assert told == [0, 0, 1, 2, 3]


async def test_a_fact_whose_reaction_fails_is_fed_when_it_succeeds(db: Pool, rang: type[Any]) -> None:
    broken = True

    async def hear(conn: Conn, fact: Any, at: datetime) -> None:
        if broken and fact.bell == "a":
            raise RuntimeError("the clapper is missing")

    events.on(rang)(hear)
    await ring(db, AT, rang(bell="a", times=1), rang(bell="b", times=1))
    clock = SimClock(AT)
    engine = Engine(db, clock, None, strict=False)
    await engine.drain()
    assert [e.subject for e in await read(db)] == ["b"]
    async with db.transaction() as conn:
        assert await feed.pending(conn, "tests.rang") == {"a"}

    broken = False
    clock.set(AT + timedelta(hours=1))
    await engine.drain()
    assert [(e.position, e.subject) for e in await read(db)] == [(1, "b"), (2, "a")]


async def test_a_reader_misses_nothing_while_many_write_and_two_engines_react(db: Pool, rang: type[Any]) -> None:
    bells, times = 12, 15

    async def write(bell: str) -> None:
        for count in range(times):
            async with db.transaction() as conn:
                await emit(conn, AT + timedelta(seconds=count), rang(bell=bell, times=count))
                await asyncio.sleep(0)  # others commit in between

    async def react(stop: asyncio.Event) -> None:
        engine = Engine(db, SimClock(AT), None, strict=False)
        while not stop.is_set():
            with suppress(*RETRYABLE):  # two that lead at once may lock each other out; the worker tries again, too
                await engine.drain()

    seen: list[feed.Entry] = []

    async def follow() -> None:
        while len(seen) < bells * times:
            seen.extend(await read(db, seen[-1].position if seen else 0))

    stop = asyncio.Event()
    engines = [asyncio.create_task(react(stop)) for _ in range(2)]
    async with asyncio.timeout(60):
        await asyncio.gather(follow(), *(write(f"bell-{number}") for number in range(bells)))
    stop.set()
    await asyncio.gather(*engines)

    assert seen == await read(db)
    assert [entry.position for entry in seen] == list(range(1, bells * times + 1))
    heard: defaultdict[str, list[int]] = defaultdict(list)
    for entry in seen:
        heard[entry.subject].append(entry.sequence)
    assert set(map(tuple, heard.values())) == {tuple(range(1, times + 1))}


async def test_deleting_nothing_takes_no_position(conn: Conn) -> None:
    before = await feed.head(conn)
    assert await run(conn, "DELETE FROM kit.outbox WHERE subject = 'nobody'") == 0
    assert await feed.head(conn) == before


async def test_what_happened_before_the_feed_is_in_it(db: Pool, rang: type[Any]) -> None:
    """The migration as it runs in an alliance that has traded for a while: done facts by time, waiting ones not."""
    up, down = _migration()
    async with db.transaction() as conn:
        await conn.execute(down.encode())
    for second in (2, 1):
        await ring(db, AT + timedelta(seconds=second), rang(bell=f"done-{second}", times=1))
    await Engine(db, SimClock(AT), None).drain()
    await ring(db, AT, rang(bell="waits", times=1))
    async with db.transaction() as conn:
        await conn.execute(up.encode())

    assert [(e.position, e.subject) for e in await read(db)] == [(1, "done-1"), (2, "done-2")]
    await Engine(db, SimClock(AT), None).drain()
    assert [(e.position, e.subject) for e in await read(db)][2:] == [(3, "waits")]


def _migration() -> tuple[str, str]:
    text = (files("sangdan") / "db" / "migrations" / "20261121100100_feed.sql").read_text(encoding="utf-8")
    up, down = text.removeprefix("-- migrate:up").split("-- migrate:down")
    return up, down
