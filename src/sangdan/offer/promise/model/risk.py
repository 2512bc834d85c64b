"""The chance that an open parcel still arrives in time, given how far it has come: whole seconds, no clock."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from .arrival import PPM, chance
from .inputs import Departures, Seconds

Code = Literal["late_pick", "missed_departure", "slow_transit", "carrier_exception", "node_down", "lane_closed", "lost"]
Trouble = Literal["exception", "attempt_fail", "lost"]

# Below this a parcel is a risk. Promises are sold at 0.9 and more, so that none is a risk from its first second.
RISK_BELOW_PPM: Final = 800_000
# A chance is told in whole per cents, rounded down, and looked at again in steps of the time that still matters.
TOLD_STEP_PPM: Final = 10_000
LOOKS: Final = 48
SHORTEST_LOOK_S: Final = 60
# What an exception or a failed attempt costs: the courier's next round.
ROUND_S: Final = 86_400
# Less time than this left is as urgent as this: what is overdue does not crowd out what can still be helped.
SOONEST_S: Final = 1_800


class Course(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a parcel that is still to come. Instants are seconds since 1970.

    promised_at  by then it was promised
    stated_ppm   the probability that the promise carried; what is fetched has no other
    ready_at     packed by, as planned
    departs_at   the run it was planned with
    runs         the lane's, that one among them if the lane still has it; None when the shopper fetches it
    shut         the lane is closed when it is to depart: `runs` are those after it has opened, if any are known
    transit_s    departure to door at the probabilities of GRID_PPM, non-decreasing; () when the shopper fetches it
    extra_s      what the shopper's area adds to every transit
    packed       on the floor, closed
    left_at      handed over: to the carrier, or to the counter
    waits        for the shopper, at a counter
    trouble      what the carrier reported last, if it is bad
    down         its node cannot work
    """

    promised_at: Seconds
    stated_ppm: int
    ready_at: Seconds
    departs_at: Seconds
    runs: Departures | None
    transit_s: Sequence[int]
    extra_s: int
    packed: bool
    left_at: Seconds | None
    waits: bool
    trouble: Trouble | None
    down: bool
    shut: bool = False


class Outlook(msgspec.Struct, frozen=True, gc=False):
    """What to expect of a parcel.

    chance_ppm  that it arrives in time, a multiple of TOLD_STEP_PPM
    code        what stands in its way, or did; None when nothing does
    next_at     the run it can still make, where it missed the planned one and there is any
    until       before then nothing changes unless something happens to the parcel; None: never
    """

    chance_ppm: int
    code: Code | None
    next_at: Seconds | None
    until: Seconds | None

    @property
    def is_risk(self) -> bool:
        """Whether somebody should look at it."""
        return self.chance_ppm < RISK_BELOW_PPM


def outlook(course: Course, now: Seconds) -> Outlook:
    """The chance of a parcel as it stands; never rises while time passes and nothing else happens.

    source  on the road: P(T <= deadline | T > elapsed) from the lane's transit times, the rule of conditional
            probability. On the floor: the same lane from the first run that it can still make. Where nothing is
            known, of how long a late picker still needs and of a transit beyond every one seen, the rest of the time
            is taken to count evenly
    """
    if course.waits:
        return Outlook(PPM, None, None, None)
    if course.trouble == "lost":
        return Outlook(0, "lost", None, None)
    if course.left_at is not None:
        return _on_the_road(course, course.left_at, now)
    if course.down:
        return Outlook(0, "node_down", None, None)
    if course.runs is None:
        return _for_the_counter(course, now)
    return _on_the_floor(course, course.runs, now)


def urgency(chance_ppm: int, left_s: int) -> float:
    """How soon times how unlikely: what to look at first.

    left_s  until the promised instant, negative when it is over
    """
    return (PPM - chance_ppm) / max(left_s, SOONEST_S)


def _on_the_road(course: Course, left_at: Seconds, now: Seconds) -> Outlook:
    began_at = left_at + course.extra_s
    allowed_s = course.promised_at - began_at - (ROUND_S if course.trouble else 0)
    code: Code = "carrier_exception" if course.trouble else "slow_transit"
    first_s, last_s = course.transit_s[0], course.transit_s[-1]
    look_s = max((last_s - first_s) // LOOKS, SHORTEST_LOOK_S)
    elapsed_s = now - began_at
    if elapsed_s >= allowed_s:
        return Outlook(0, code, None, None)
    seen_s, next_s = elapsed_s, first_s
    if elapsed_s >= first_s:
        seen_s = elapsed_s - (elapsed_s - first_s) % look_s
        next_s = seen_s + look_s
    told = _told(_still(course.transit_s, allowed_s, seen_s))
    fine = course.trouble is None and told >= RISK_BELOW_PPM
    until = began_at + min(next_s, allowed_s)
    return Outlook(told, None if fine else code, None, until if told else None)


def _still(transit_s: Sequence[int], allowed_s: int, elapsed_s: int) -> int:
    """Probability that a transit which has taken so long takes at most the time allowed."""
    over = PPM - chance(transit_s, elapsed_s)
    if over > 0:
        return (chance(transit_s, allowed_s) - (PPM - over)) * PPM // over
    return PPM * (allowed_s - elapsed_s) // (allowed_s - transit_s[-1])


def _on_the_floor(course: Course, runs: Departures, now: Seconds) -> Outlook:
    """Packed, it leaves with the next run; until then it must first make a cut-off."""
    planned = bisect_left(runs.departs, course.departs_at)
    ends = runs.departs if course.packed else runs.cut_offs
    run = max(planned, bisect_left(ends, now))
    late = run > planned or course.shut
    code: Code | None = None
    if course.shut:
        code = "lane_closed"
    elif late:
        code = "missed_departure" if now > course.departs_at else "late_pick"
    if run == len(ends):
        return Outlook(0, code or "late_pick", None, None)
    leaves_at = max(runs.departs[run], course.departs_at)
    told = _told(chance(course.transit_s, course.promised_at - leaves_at - course.extra_s))
    if not late and told < RISK_BELOW_PPM:
        code = "slow_transit"
    until = ends[run] + 1
    if late and code == "late_pick":
        until = min(until, course.departs_at + 1)
    return Outlook(told, code, leaves_at if late else None, until)


def _for_the_counter(course: Course, now: Seconds) -> Outlook:
    """Kept when it waits at the counter; before that it may be late by as much as there is to the promised instant."""
    since = course.promised_at if course.packed else course.ready_at
    if now <= since:
        return Outlook(_told(course.stated_ppm), None, None, since + 1)
    if now > course.promised_at:
        return Outlook(0, "late_pick", None, None)
    slack_s = course.promised_at - since
    look_s = max(slack_s // LOOKS, SHORTEST_LOOK_S)
    over_s = (now - since) // look_s * look_s
    told = _told(course.stated_ppm * (slack_s - over_s) // slack_s)
    return Outlook(told, "late_pick", None, min(since + over_s + look_s, course.promised_at + 1) if told else None)


def _told(chance_ppm: int) -> int:
    return chance_ppm - chance_ppm % TOLD_STEP_PPM
