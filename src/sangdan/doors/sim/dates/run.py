"""The run: each order is asked for, told to the learner, handed over and delivered at its own instants."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from sangdan.adapters.olist import Happened
from sangdan.offer.promise.model.arrival import GRID_PPM, PPM
from sangdan.offer.promise.model.history import Trip
from sangdan.offer.promise.model.transit import Learner

from ..marketplace import Dated
from ..replay.past import CANCELLED_AFTER, cancelled
from .courses import TARGET_PPM, Course, local_s

# Nothing is handed over or delivered before the tower could have had it happen.
RELEASED_AFTER: Final = timedelta(minutes=5)
_TARGET: Final = GRID_PPM.index(TARGET_PPM)

Step = Literal["hand_over", "observe", "forget"]


class Said(msgspec.Struct, frozen=True):
    """A date as it would have been promised.

    promised_s  after purchase, on local clocks
    stated      the probability that it carried, 0..1
    covered     whether the order came within the very seconds of the promised probability, before rounding to a day
    """

    promised_s: int
    stated: float
    covered: bool


class Asked(msgspec.Struct, frozen=True):
    """One order: what would have been said with the marketplace's estimate and without, and how it ended."""

    dated: Dated
    state: str
    estimated: Said
    alone: Said


def run(
    found: Iterable[Course],
    happened: Mapping[str, Happened],
    learner: Learner,
    after: Callable[[], None] = lambda: None,
) -> list[Asked]:
    """Ask for every order in order of purchase; gives those that were not cancelled.

    learner  knows nothing yet
    after    called after each order
    """
    asked: list[Asked] = []
    ahead: list[tuple[datetime, int, Step, str]] = []
    numbers = count()
    for course in found:
        at, end = course.wish.bought_at, happened[course.wish.order_id]
        while ahead and ahead[0][0] <= at:
            _tell(learner, heapq.heappop(ahead))
        if not cancelled(end):
            asked.append(_ask(learner, course, end))
        for number, trip in enumerate(course.trips):
            parcel_id = f"{course.wish.order_id}/{number}"
            learner.expect(parcel_id, trip, at)
            for due_at, step in _steps(end, at):
                heapq.heappush(ahead, (due_at, next(numbers), step, parcel_id))
        after()
    return asked


def _tell(learner: Learner, due: tuple[datetime, int, Step, str]) -> None:
    at, _, step, parcel_id = due
    match step:
        case "hand_over":
            learner.hand_over(parcel_id, at)
        case "observe":
            learner.observe(parcel_id, at)
        case "forget":
            learner.forget(parcel_id)


def _steps(end: Happened, at: datetime) -> Iterable[tuple[datetime, Step]]:
    """What happens to each parcel of an order, and when the tower hears of it."""
    if cancelled(end):
        yield at + CANCELLED_AFTER, "forget"
        return
    if end.handed_over_at is not None:
        yield max(end.handed_over_at, at + RELEASED_AFTER), "hand_over"
    if end.delivered_at is not None:
        yield max(end.delivered_at, at + RELEASED_AFTER), "observe"


def _ask(learner: Learner, course: Course, end: Happened) -> Asked:
    wish = course.wish
    estimated = _said(learner, course, course.trips, end)
    alone = _said(learner, course, [replace(trip, estimate_s=None) for trip in course.trips], end)
    dated = Dated(
        bought_on=wish.bought_on,
        second=wish.second,
        ours_s=estimated.promised_s,
        blind_s=alone.promised_s,
        theirs_on=wish.estimated_on,
        delivered_on=end.delivered_on,
    )
    return Asked(dated, wish.state, estimated, alone)


def _said(learner: Learner, course: Course, trips: Iterable[Trip], end: Happened) -> Said:
    """An order's date is that of its last parcel; it holds when all of its parcels' dates do."""
    transits = [learner.quantiles(trip, course.wish.bought_at) for trip in trips]
    arrivals = [course.arrival(transit_s) for transit_s in transits]
    stated = 1.0
    for arrival in arrivals:
        stated *= arrival.probability_ppm / PPM
    latest = max(arrival.departs_at + t[_TARGET] for arrival, t in zip(arrivals, transits, strict=True))
    covered = end.delivered_at is not None and end.delivered_at.timestamp() <= latest
    promised_at = max(arrival.promised_at for arrival in arrivals)
    return Said(local_s(course.wish.bought_at, promised_at), stated, covered)
