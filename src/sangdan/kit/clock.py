"""Time comes in as an argument: from the wall, or from a simulation."""

from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable


@runtime_checkable
class Clock(Protocol):
    """Tells the instant, in UTC."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        ...


class WallClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SimClock:
    """A time that moves only when it is told to, and never back.

    at  the first instant, aware
    """

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        """Move on to `at`; an earlier instant leaves the clock where it is."""
        self._at = max(self._at, at.astimezone(UTC))


class MovableClock:
    """The machine's own time and a lead over it, which only grows: for sandboxes."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def move(self, by: timedelta) -> None:
        """Run ahead by so much more; what is negative leaves the clock where it is."""
        self.ahead += max(by, timedelta())
