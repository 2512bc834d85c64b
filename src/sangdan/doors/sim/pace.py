"""How fast a simulated day goes: simulated seconds a second, changed at any moment, from standing still to flat out."""

import asyncio
import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sangdan.kit.clock import Clock
from sangdan.kit.problems import Invalid

FLAT_OUT: Final = math.inf
# While nothing happens the clock still moves on, so often.
TICK_S: Final = 0.1


class BadSpeed(Invalid):
    """A speed is 0 for a pause, or any positive number; 'max' for as fast as it goes."""

    code = "bad-speed"


class Pace:
    """Tells a simulation how far it may go. Simulated time never outruns speed x real time, and catches up when late.

    clock  the simulation's: what it shows is where a new speed begins
    wall   seconds of real time, never back

    `is_chosen` tells whether somebody has set a speed since it began.
    """

    def __init__(self, clock: Clock, speed: float = FLAT_OUT, wall: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wall = wall
        self._speed = checked(speed)
        self._from_at, self._from_s = clock.now(), wall()
        self._stirred = asyncio.Event()
        self.is_chosen = False

    @property
    def speed(self) -> float:
        """Simulated seconds a second: 0 while paused, infinite when flat out."""
        return self._speed

    def set(self, speed: float) -> None:
        """Go on at another speed, from now on.

        raises  BadSpeed
        """
        self._speed = checked(speed)
        self.is_chosen = True
        self._from_at, self._from_s = self._clock.now(), self._wall()
        self.stir()

    def stir(self) -> None:
        """Something happened: whoever rests looks again."""
        self._stirred.set()

    def limit(self) -> datetime | None:
        """The instant that may be reached by now; None: any."""
        if self._speed == FLAT_OUT:
            return None
        return self._from_at + timedelta(seconds=(self._wall() - self._from_s) * self._speed)

    async def rest(self, until: datetime | None) -> None:
        """Wait until an instant may be reached, the speed changes or something stirs; for one tick at most.

        until  None: nothing is planned
        """
        wait_s = TICK_S
        limit = self.limit()
        if limit is not None and until is not None and self._speed > 0:
            wait_s = min(wait_s, max((until - limit).total_seconds(), 0.0) / self._speed)
        try:
            await asyncio.wait_for(self._stirred.wait(), wait_s)
        except TimeoutError:
            return
        self._stirred.clear()


def checked(speed: float) -> float:
    """A speed that can be used.

    raises  BadSpeed
    """
    if math.isnan(speed) or speed < 0:
        raise BadSpeed(f"A day cannot go at speed {speed}: say 0 to pause it, or a positive number.", speed=str(speed))
    return speed


def read(text: str) -> float:
    """A speed as people write it: 60, 0.5, max.

    raises  BadSpeed
    """
    if text == "max":
        return FLAT_OUT
    try:
        return checked(float(text))
    except ValueError:
        raise BadSpeed(f"{text!r} is no speed: say 0 to pause, 60, 600 or max.", speed=text) from None


def spelled(speed: float) -> str:
    """A speed as people write it."""
    return "max" if speed == FLAT_OUT else f"{speed:g}"
