"""When a parcel is ready, when it leaves and when it will have arrived: whole seconds, no calendars, no clock."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

import msgspec

from .inputs import Departures, Hours, Seconds, Unpicked

PPM: Final = 1_000_000
# The probabilities at which a lane's transit_s are given.
GRID_PPM: Final = (0, 50_000, 100_000, 250_000, 500_000, 750_000, 900_000, 950_000, 990_000, PPM)
HOUR_S: Final = 3600
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


class Queue(msgspec.Struct, frozen=True):
    """What a node has to pick before anything new.

    unpicked  by hour, ascending
    pickers   who work side by side, >= 1
    each_s    open time that a picker takes for a parcel
    since     when work on it begins at the latest
    """

    unpicked: tuple[Unpicked, ...]
    pickers: int
    each_s: int
    since: Seconds


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


def opening(hours: Hours, since: Seconds) -> Seconds | None:
    """The first open instant from `since` on; None beyond the horizon."""
    first = bisect_right(hours.closes, since)
    return max(since, hours.opens[first]) if first < len(hours.opens) else None


def worked(hours: Hours, began_at: Seconds, work_s: int) -> Seconds | None:
    """When work that runs only in open hours is done.

    began_at  an open instant
    work_s    >= 0
    """
    done_at, left_s = began_at, work_s
    for window in range(bisect_right(hours.closes, began_at), len(hours.opens)):
        done_at = max(began_at, hours.opens[window])
        open_s = hours.closes[window] - done_at
        if left_s <= open_s:
            return done_at + left_s
        left_s -= open_s
    return None


def queue_of(unpicked: tuple[Unpicked, ...], handling_s: int, parcels_per_hour: int, since: Seconds) -> Queue | None:
    """Who picks, and how fast: a node that packs so many parcels an hour works on so many at once.

    parcels_per_hour  >= 1
    gives             None when nothing waits
    source            Little's law, rounded down to whole pickers
    """
    if not unpicked:
        return None
    pickers = max(1, parcels_per_hour * handling_s // HOUR_S)
    return Queue(unpicked, pickers, max(handling_s, -(-HOUR_S // parcels_per_hour)), since)


def turn(hours: Hours, queue: Queue, slot_at: Seconds) -> tuple[Seconds | None, int]:
    """When a picker is free for a parcel of an hour: after everything promised for that hour or before.

    gives   the instant, None beyond the horizon; and how many parcels go first
    source  first come, first served: when no parcel takes longer than each_s, n of them on k pickers let the next one
            begin after n // k rounds at the latest
    """
    ahead = sum(each.parcels for each in queue.unpicked if each.hour_at <= slot_at)
    in_hour = sum(each.parcels for each in queue.unpicked if each.hour_at == slot_at)
    turns = [
        None if begins_at is None else worked(hours, begins_at, parcels // queue.pickers * queue.each_s)
        for begins_at, parcels in (
            (opening(hours, queue.since), ahead),
            (opening(hours, max(queue.since, slot_at)), in_hour),
        )
    ]
    known = [at for at in turns if at is not None]
    return (max(known) if len(known) == len(turns) else None), ahead


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
        turn_at, before = turn(hours, queue, slot_at)
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


def collect(hours: Hours, probability_ppm: int, ready: Ready) -> Arrival | None:
    """The course of a parcel that waits to be picked up: from the first open instant, as people say it, on."""
    packed_at = opening(hours, ready.ready_at)
    waits_at = None if packed_at is None else opening(hours, _spoken(packed_at))
    return None if waits_at is None else Arrival(ready, waits_at, waits_at, probability_ppm, None)


def _spoken(at: Seconds) -> Seconds:
    return at + -at % SPOKEN_STEP_S
