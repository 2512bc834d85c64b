"""Facts are reacted to once and in order; timers fire at their time; calls out happen between transactions."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from sangdan.kit import events
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Conn, Pool, value
from sangdan.kit.engine import Engine
from sangdan.kit.events import Fact, drop_timer, emit, set_timer

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reactions of one test only."""
    for name in ("kinds", "askers", "timers"):
        monkeypatch.setattr(events, name, dict(getattr(events, name)))
    monkeypatch.setattr(events, "reactions", events.reactions.copy())


def a_kind() -> type[Any]:
    class Rang(Fact, frozen=True):
        """A bell rang."""

        about: ClassVar[str] = "bell"
        bell: str
        times: int

    return events.fact("tests.rang")(Rang)


async def test_facts_are_counted_under_their_subject_and_handled_in_order(db: Pool, registry: None) -> None:
    kind = a_kind()
    heard: list[tuple[str, int]] = []

    async def hear(conn: Conn, fact: Any, at: datetime) -> None:
        heard.append((fact.bell, fact.times))
        if fact.times == 1:
            await emit(conn, at, kind(bell=fact.bell, times=3))

    events.on(kind)(hear)
    async with db.transaction() as conn:
        await emit(conn, AT, kind(bell="a", times=1), kind(bell="b", times=1), kind(bell="a", times=2))

    await Engine(db, SimClock(AT), None).drain()

    assert [t for b, t in heard if b == "a"] == [1, 2, 3]
    assert [t for b, t in heard if b == "b"] == [1, 3]
    async with db.transaction() as conn:
        assert await value(conn, "SELECT count(*) FROM kit.outbox") == 0
        assert await value(conn, "SELECT max(sequence) FROM kit.event WHERE subject = 'a'") == 3


async def test_a_failing_reaction_waits_and_its_subject_with_it(db: Pool, registry: None) -> None:
    kind = a_kind()
    heard: list[tuple[str, int]] = []
    broken = True

    async def hear(conn: Conn, fact: Any, at: datetime) -> None:
        if broken and fact.bell == "a":
            raise RuntimeError("the clapper is missing")
        heard.append((fact.bell, fact.times))

    events.on(kind)(hear)
    async with db.transaction() as conn:
        await emit(conn, AT, kind(bell="a", times=1), kind(bell="a", times=2), kind(bell="b", times=1))
    clock = SimClock(AT)
    engine = Engine(db, clock, None, strict=False)

    await engine.drain()
    assert heard == [("b", 1)]

    broken = False
    await engine.drain()
    assert heard == [("b", 1)], "the retry has its own time"
    clock.set(AT + timedelta(minutes=1))
    await engine.drain()
    assert heard == [("b", 1), ("a", 1), ("a", 2)]


async def test_calls_out_are_made_between_transactions(db: Pool, registry: None) -> None:
    kind = a_kind()

    async def record(conn: Conn, fact: Any, answer: str, at: datetime) -> None:
        await set_timer(conn, "tests.answer", answer, at)

    async def ask(outside: str, fact: Any, at: datetime) -> str:
        async with db.transaction() as conn:
            assert await value(conn, "SELECT count(*) FROM kit.event") == 1, "the intent is committed"
        return f"{outside}-{fact.times}"

    events.calls(kind, record=record)(ask)
    async with db.transaction() as conn:
        await emit(conn, AT, kind(bell="a", times=1))
    await Engine(db, SimClock(AT), "gateway").drain()
    async with db.transaction() as conn:
        assert await value(conn, "SELECT key FROM kit.timer") == "gateway-1"


async def test_nothing_is_asked_for_a_subject_whose_earlier_fact_failed(db: Pool, registry: None) -> None:
    kind = a_kind()

    class Called(kind):
        """Somebody was called because a bell rang."""

    called = events.fact("tests.called")(Called)
    asked: list[str] = []

    async def fail(conn: Conn, fact: Any, at: datetime) -> None:
        raise RuntimeError("the clapper is missing")

    async def ask(outside: None, fact: Any, at: datetime) -> None:
        asked.append(fact.bell)

    async def record(conn: Conn, fact: Any, answer: None, at: datetime) -> None:
        pass

    events.on(kind)(fail)
    events.calls(called, record=record)(ask)
    async with db.transaction() as conn:
        await emit(conn, AT, kind(bell="a", times=1), called(bell="a", times=2), called(bell="b", times=1))
    await Engine(db, SimClock(AT), None, strict=False).drain()
    assert asked == ["b"]


async def test_timers_fire_in_time_order_and_set_the_clock(db: Pool, registry: None) -> None:
    rung: list[tuple[str, datetime]] = []

    async def ring(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
        rung.append((key, at))
        if data.get("again"):
            await set_timer(conn, "tests.ring", "later", at + timedelta(seconds=5))

    events.due("tests.ring")(ring)
    async with db.transaction() as conn:
        await set_timer(conn, "tests.ring", "b", AT + timedelta(seconds=20))
        await set_timer(conn, "tests.ring", "a", AT + timedelta(seconds=10), {"again": True})
        await set_timer(conn, "tests.ring", "far", AT + timedelta(days=1))
        await set_timer(conn, "tests.ring", "b", AT + timedelta(seconds=12))
    clock = SimClock(AT)
    await Engine(db, clock, None).run_until(AT + timedelta(minutes=1))
    assert rung == [
        ("a", AT + timedelta(seconds=10)),
        ("b", AT + timedelta(seconds=12)),
        ("later", AT + timedelta(seconds=15)),
    ]
    assert clock.now() == AT + timedelta(minutes=1)


async def test_alone_on_its_database_an_engine_sees_all_that_this_process_writes(db: Pool, registry: None) -> None:
    """It does not look for what others wrote; its own facts and timers, moved and dropped ones too, it never misses."""
    kind = a_kind()
    rung: list[str] = []

    async def hear(conn: Conn, fact: Any, at: datetime) -> None:
        await set_timer(conn, "tests.ring", fact.bell, at + timedelta(seconds=fact.times))

    async def ring(conn: Conn, key: str, data: dict[str, Any], at: datetime) -> None:
        rung.append(key)

    events.on(kind)(hear)
    events.due("tests.ring")(ring)
    engine = Engine(db, SimClock(AT), None, alone=True)
    await engine.run_until(AT)
    for bell, times in (("a", 30), ("b", 20), ("c", 10), ("d", 40)):
        async with db.transaction() as conn:
            await emit(conn, AT, kind(bell=bell, times=times))
        assert await engine.step(AT)
        assert not await engine.step(AT)
    async with db.transaction() as conn:
        await set_timer(conn, "tests.ring", "a", AT + timedelta(seconds=5))
        await drop_timer(conn, "tests.ring", "b")
    await engine.run_until(AT + timedelta(seconds=30))
    assert rung == ["a", "c"]
    await engine.run_until(AT + timedelta(seconds=60))
    assert rung == ["a", "c", "d"]
