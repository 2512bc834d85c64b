"""How fast a simulated day goes."""

import asyncio
import math
from datetime import UTC, datetime, timedelta

import pytest

from sangdan.doors.sim.pace import BadSpeed, Pace, read, spelled
from sangdan.kit.clock import SimClock

AT = datetime(2026, 11, 24, tzinfo=UTC)


class Wall:
    """Real seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def a_pace(speed: float) -> tuple[Pace, SimClock, Wall]:
    clock, wall = SimClock(AT), Wall()
    return Pace(clock, speed, wall), clock, wall


def test_time_never_outruns_the_speed_and_catches_up_when_late() -> None:
    pace, clock, wall = a_pace(60)
    wall.seconds = 10
    assert pace.limit() == AT + timedelta(minutes=10)
    clock.set(AT + timedelta(minutes=1))  # the machine is slow: the limit does not wait for it
    wall.seconds = 20
    assert pace.limit() == AT + timedelta(minutes=20)


def test_a_new_speed_counts_from_where_the_clock_stands() -> None:
    pace, clock, wall = a_pace(60)
    wall.seconds = 10
    clock.set(AT + timedelta(minutes=4))
    pace.set(0)
    wall.seconds = 1000
    assert pace.limit() == clock.now()
    pace.set(2)
    wall.seconds = 1003
    assert pace.limit() == clock.now() + timedelta(seconds=6)
    pace.set(math.inf)
    assert pace.limit() is None


async def test_who_rests_wakes_at_a_new_speed() -> None:
    pace, _, _ = a_pace(0)
    resting = asyncio.create_task(pace.rest(AT + timedelta(hours=1)))
    await asyncio.sleep(0)
    assert not resting.done()
    pace.set(60)
    await asyncio.wait_for(resting, 5)


@pytest.mark.parametrize(("text", "speed"), [("60", 60.0), ("0", 0.0), ("0.5", 0.5), ("max", math.inf)])
def test_speeds_are_read_and_spelled(text: str, speed: float) -> None:
    assert read(text) == speed
    assert spelled(read(text)) == text


@pytest.mark.parametrize("text", ["fast", "-1", "nan", ""])
def test_what_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(BadSpeed):
        read(text)
