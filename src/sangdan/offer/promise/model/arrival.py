"""When a parcel is ready, when it leaves and when it will have arrived: whole seconds, no calendars, no clock."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec

from .inputs import Departures, Hours, Seconds
from .open_time import opening, worked
from .turns import HOUR_S, Queue, turn

PPM: Final = 1_000_000
# The probabilities at which a lane's transit_s are given.
GRID_PPM: Final = (0, 50_000, 100_000, 250_000, 500_000, 750_000, 900_000, 950_000, 990_000, PPM)
# Missing a run matters when the next one leaves so much later.
MISSED_S: Final = 3600
# A promised instant (rather than a day) is said in steps that people say.
SPOKEN_STEP_S: Final = 300


class Ready(msgspec.Struct, frozen=True):
    """A node's part: open_at is the first open instant, slot_at the first hour with a free parcel, ready_at packed.

    ahead  parcels that are picked first and keep it waiting, 0 when it does not wait for any
    """

    open_at: Seconds
    slot_at: Seconds
    ready_at: Seconds
    ahead: int = 0


class Arrival(msgspec.Struct, frozen=True):
    """A parcel's course.

    missed_at  the cut-off that it does not make though that run is yet to leave, None without one or when the next
               run leaves within MISSED_S anyway
    """

    ready: Ready
    departs_at: Seconds
    promised_at: Seconds
    probability_ppm: int
    missed_at: Seconds | None


def chance(transit_s: Sequence[int], within_s: int) -> int:
    """Probability that a transit takes at most so long.

    transit_s  ten, at the probabilities of GRID_PPM, non-decreasing
    within_s   seconds since departure, any
    gives      parts per million, linear between two points, rounded down
    """
    below = bisect_right(transit_s, within_s) - 1
    if below < 0:
        return 0
    if below == len(GRID_PPM) - 1:
        return PPM
    low, high = transit_s[below], transit_s[below + 1]
    return GRID_PPM[below] + (GRID_PPM[below + 1] - GRID_PPM[below]) * (within_s - low) // (high - low)


def needed(transit_s: Sequence[int], target_ppm: int) -> int:
    """The least time that reaches a probability: `chance` of it is at least the target, of a second less it is not.

    target_ppm  1..1000000
    """
    assert 1 <= target_ppm <= PPM
    above = bisect_left(GRID_PPM, target_ppm)
    low, high = transit_s[above - 1], transit_s[above]
    share, step = target_ppm - GRID_PPM[above - 1], GRID_PPM[above] - GRID_PPM[above - 1]
    return low - (-share * (high - low) // step)


def make_ready(
    hours: Hours, full_hours: Sequence[Seconds], handling_s: int, since: Seconds, queue: Queue | None = None
) -> Ready | None:
    """Find the hour that takes the parcel, and when it is packed.

    full_hours  hours without a free parcel, ascending
    handling_s  open time it takes
    since       when the goods are on the shelf, and not before the question
    queue       what is picked before it, None when nothing is
    gives       None when no hour of the horizon takes it
    """
    open_at = began_at = opening(hours, since)
    while began_at is not None:
        hour_at = began_at - began_at % HOUR_S
        place = bisect_left(full_hours, hour_at)
        if place == len(full_hours) or full_hours[place] != hour_at:
            break
        began_at = opening(hours, hour_at + HOUR_S)
    if open_at is None or began_at is None:
        return None
    slot_at, ahead = began_at - began_at % HOUR_S, 0
    if queue is not None:
        turn_at, before = turn(hours, queue, slot_at, began_at)
        if turn_at is None:
            return None
        began_at, ahead = (turn_at, before) if turn_at > began_at else (began_at, 0)
    ready_at = worked(hours, began_at, handling_s)
    return None if ready_at is None else Ready(open_at, slot_at, ready_at, ahead)


def next_run(departures: Departures, ready: Ready) -> Seconds | None:
    """When the first run leaves whose cut-off the parcel makes; None beyond the horizon."""
    run = bisect_left(departures.cut_offs, ready.ready_at)
    return departures.departs[run] if run < len(departures.departs) else None


def deliver(
    transit_s: Sequence[int],
    extra_s: int,
    departures: Departures,
    deadlines: Sequence[Seconds] | None,
    target_ppm: int,
    ready: Ready,
) -> Arrival | None:
    """The course of a parcel that is packed: its run, and the first date that is likely enough.

    transit_s   ten, at the probabilities of GRID_PPM, non-decreasing
    extra_s     what the shopper's area adds to every transit
    deadlines   ascending; None promises an instant, in steps of SPOKEN_STEP_S
    target_ppm  what the date must reach
    gives       None when no run or no date of the horizon will do
    """
    departs_at = next_run(departures, ready)
    if departs_at is None:
        return None
    likely_at = departs_at + extra_s + needed(transit_s, target_ppm)
    if deadlines is None:
        promised_at = _spoken(likely_at)
    else:
        date = bisect_left(deadlines, likely_at)
        if date == len(deadlines):
            return None
        promised_at = deadlines[date]
    probability_ppm = chance(transit_s, promised_at - departs_at - extra_s)
    return Arrival(ready, departs_at, promised_at, probability_ppm, _missed(departures, ready, departs_at))


def _missed(departures: Departures, ready: Ready, departs_at: Seconds) -> Seconds | None:
    before = bisect_left(departures.departs, departs_at) - 1
    if before < 0 or departures.departs[before] <= ready.open_at or departs_at - departures.departs[before] < MISSED_S:
        return None
    return departures.cut_offs[before]


def collect(hours: Hours, probability_ppm: int, ready: Ready, soonest_at: Seconds = 0) -> Arrival | None:
    """The course of a parcel that waits to be picked up: from the first open instant, as people say it, on.

    soonest_at  no sooner instant is promised
    """
    packed_at = opening(hours, max(ready.ready_at, soonest_at))
    waits_at = None if packed_at is None else opening(hours, _spoken(packed_at))
    return None if waits_at is None else Arrival(ready, waits_at, waits_at, probability_ppm, None)


def _spoken(at: Seconds) -> Seconds:
    return at + -at % SPOKEN_STEP_S
