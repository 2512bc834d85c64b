"""A parcel's rows and the network, joined into what the promise room needs to tell its chance."""

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sangdan.flows.quote_promise.timetables import departures_of
from sangdan.kit.calendars import DAY
from sangdan.offer.network.model import Network
from sangdan.offer.promise.model.inputs import Departures, Seconds
from sangdan.offer.promise.model.risk import Course, Outlook, Trouble
from sangdan.tower.watch.model import Parcel

from .wire import Risk, State

# A lane's runs are known from the evening before the planned one on, for so many days.
RUN_DAYS: Final = 16
GRID: Final = 10
_TROUBLES: Final[dict[str | None, Trouble]] = {each: each for each in ("exception", "attempt_fail", "lost")}


def state_of(parcel: Parcel, is_packed: bool) -> State:
    """Where a parcel that is still to come stands."""
    if parcel.handed_over_at is not None:
        waits = parcel.carrier_id is None or parcel.road_state == "available_for_pickup"
        return "waiting_pickup" if waits else "shipped"
    if is_packed:
        return "packed"
    return "planned" if parcel.state == "planned" else "released"


def course_of(network: Network, parcel: Parcel, postcode: str, state: State, down: bool) -> Course:
    """What is known of a parcel that is still to come.

    down  its node is out of service
    """
    lane = network.lane_of(parcel.node_id, postcode, parcel.service, parcel.carrier_id)
    runs: Departures | None = None
    transit_s: tuple[int, ...] = ()
    extra_s = 0
    shut = False
    if lane is not None:
        calendar = network.calendar(lane.calendar_id)
        first_on = calendar.local(parcel.departs_at).date() - DAY
        runs = departures_of(calendar, tuple(lane.cut_offs), tuple(lane.departures), first_on, RUN_DAYS)
        transit_s = tuple(lane.transit_s)
        surcharge = network.surcharge(lane.carrier_id, network.postcodes[postcode].area)
        extra_s = 0 if surcharge is None else surcharge.extra_s
        closing = network.closed(lane)
        if closing is not None and (closing.until_at is None or parcel.departs_at < closing.until_at):
            shut, runs = True, _since(runs, closing.until_at)
    elif parcel.carrier_id is not None:
        # The network has forgotten the lane: what was promised is believed until it is over.
        runs = Departures((_second(parcel.ready_at),), (_second(parcel.departs_at),))
        transit_s = (_second(parcel.promised_at) - _second(parcel.departs_at),) * GRID
    return Course(
        promised_at=_second(parcel.promised_at),
        stated_ppm=parcel.probability_ppm,
        ready_at=_second(parcel.ready_at),
        departs_at=_second(parcel.departs_at),
        runs=runs,
        transit_s=transit_s,
        extra_s=extra_s,
        packed=state == "packed",
        left_at=None if parcel.handed_over_at is None else _second(parcel.handed_over_at),
        waits=state == "waiting_pickup",
        trouble=_TROUBLES.get(parcel.road_state),
        down=down,
        shut=shut,
    )


def risk_of(parcel: Parcel, course: Course, seen: Outlook) -> Risk | None:
    """What to tell of a parcel that will probably be late; None for one that will not."""
    if seen.code is None or not seen.is_risk:
        return None
    return Risk(
        order_id=parcel.order_id,
        parcel_id=parcel.parcel_id,
        node_id=parcel.node_id,
        promised_at=parcel.promised_at,
        chance_ppm=seen.chance_ppm,
        code=seen.code,
        args=_args(parcel, course, seen),
    )


def _args(parcel: Parcel, course: Course, seen: Outlook) -> dict[str, Any]:
    next_at = None if seen.next_at is None else _instant(seen.next_at)
    match seen.code:
        case "late_pick":
            return {"ready_at": parcel.ready_at, "next_departs_at": next_at}
        case "missed_departure":
            return {"departs_at": parcel.departs_at, "next_departs_at": next_at}
        case "slow_transit":
            return {"departed_at": parcel.handed_over_at, "usual_s": course.transit_s[GRID // 2 - 1] + course.extra_s}
        case "carrier_exception":
            return {"state": parcel.road_state}
        case "lane_closed":
            return {"carrier_id": parcel.carrier_id, "next_departs_at": next_at}
        case _:
            return {"node_id": parcel.node_id}


def _since(runs: Departures, opens_at: datetime | None) -> Departures:
    """The runs from an instant on; none when nobody knows it."""
    first = len(runs.departs) if opens_at is None else bisect_left(runs.departs, _second(opens_at))
    return Departures(runs.cut_offs[first:], runs.departs[first:])


def _second(at: datetime) -> Seconds:
    return int(at.timestamp())


def _instant(second: Seconds) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=second)
