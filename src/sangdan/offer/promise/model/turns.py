"""In what order a floor picks what it has promised, and the first turn of a newcomer that makes nobody late.

A floor takes first what must be packed first. With parcels that take equally long this order keeps every date that any
order keeps, so whoever may still be let in is found by counting: of the parcels that must be packed by an instant, the
last one is packed in time. What is counted twice, by the beginning of the floor's work and by the newcomer's hour, is
kept when the goods of that hour cannot be picked before it.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from .inputs import Hours, Seconds, Unpicked
from .open_time import opening, worked

HOUR_S: Final = 3600


class Queue(msgspec.Struct, frozen=True):
    """What a node has promised and not picked.

    unpicked    by hour, and by the instant until which it must be packed where that is known
    pickers     who work side by side, >= 1
    each_s      open time that a picker takes for a parcel, >= handling_s
    handling_s  open time from start to packed
    since       when work on it begins at the latest
    """

    unpicked: tuple[Unpicked, ...]
    pickers: int
    each_s: int
    handling_s: int
    since: Seconds


def queue_of(unpicked: tuple[Unpicked, ...], handling_s: int, parcels_per_hour: int, since: Seconds) -> Queue | None:
    """Who picks, and how fast: a node that packs so many parcels an hour works on so many at once.

    parcels_per_hour  >= 1
    gives             None when nothing waits
    source            Little's law, rounded down to whole pickers
    """
    if not unpicked:
        return None
    pickers = max(1, parcels_per_hour * handling_s // HOUR_S)
    return Queue(unpicked, pickers, max(handling_s, -(-HOUR_S // parcels_per_hour)), handling_s, since)


def before(unpicked: Sequence[Unpicked], slot_at: Seconds, by: Seconds) -> int:
    """Parcels that are picked before one of an hour that must be packed by an instant.

    gives  those that must be packed by then; where that is not known, those of its hour and of earlier ones
    """
    return sum(
        each.parcels for each in unpicked if (each.hour_at <= slot_at if each.pack_by is None else each.pack_by <= by)
    )


def turn(hours: Hours, queue: Queue, slot_at: Seconds, began_at: Seconds) -> tuple[Seconds | None, int]:
    """When a picker is free for a newcomer that delays nobody beyond the instant until which it must be packed.

    slot_at   the newcomer's hour
    began_at  when work on it could begin if nothing waited, an open instant
    gives     the instant, None beyond the horizon; and how many parcels go first
    source    earliest due date (Jackson 1955). When no parcel takes longer than each_s, n of them on k pickers let the
              next one begin after n // k rounds at the latest; what need not go first may be in a picker's hands
    """
    lines = [_Line(hours, queue, slot_at, queue.since)]
    if slot_at > queue.since:
        lines.append(_Line(hours, queue, slot_at, slot_at))
    by = worked(hours, began_at, queue.handling_s)
    while by is not None:
        turns = [line.begins_at(line.place(by)) for line in lines]
        known = [at for at in turns if at is not None]
        if len(known) < len(turns):
            break
        ready_at = worked(hours, max(began_at, *known), queue.handling_s)
        if ready_at is not None and ready_at <= by:
            behind = [at for line in lines for at in line.behind(by)]
            if not behind:
                return max(known), lines[0].place(by)
            by = None if None in behind else max(at for at in behind if at is not None)
        else:
            by = ready_at
    return None, 0


class _Line:
    """The queue as a newcomer of an hour meets it, counted from one instant on."""

    def __init__(self, hours: Hours, queue: Queue, slot_at: Seconds, since: Seconds) -> None:
        self._hours = hours
        self._queue = queue
        self._slot_at = slot_at
        self._opens_at = opening(hours, since)
        from_hour = slot_at if since == slot_at and since > queue.since else None
        self._unpicked = [each for each in queue.unpicked if from_hour is None or each.hour_at >= from_hour]
        self._dated = sorted({each.pack_by for each in self._unpicked if each.pack_by is not None})

    def place(self, by: Seconds) -> int:
        """How many are picked, or may be in somebody's hands, before one that must be packed by an instant."""
        later = sum(each.parcels for each in self._queue.unpicked if each.pack_by is not None and each.pack_by > by)
        return before(self._unpicked, self._slot_at, by) + min(self._queue.pickers, later)

    def begins_at(self, place: int) -> Seconds | None:
        """When a picker is free after so many."""
        rounds = place // self._queue.pickers
        return None if self._opens_at is None else worked(self._hours, self._opens_at, rounds * self._queue.each_s)

    def behind(self, by: Seconds) -> list[Seconds | None]:
        """When a newcomer would be packed that went behind those who would be late if it did not."""
        return [
            packed_at
            for due_at in self._dated
            if due_at >= by
            for packed_at in [self._packed_at(self.place(due_at))]
            if packed_at is None or packed_at > due_at
        ]

    def _packed_at(self, place: int) -> Seconds | None:
        begins_at = self.begins_at(place)
        return None if begins_at is None else worked(self._hours, begins_at, self._queue.handling_s)
