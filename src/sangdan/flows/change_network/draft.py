"""A wish to change one thing of the network, and the network as it would be. Pure."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any, Final, TypeAlias

import msgspec
from msgspec.structs import replace

from sangdan.kit.calendars import Calendar, minutes
from sangdan.offer.network.errors import LaneUnknown
from sangdan.offer.network.model import Lane, Network, lanes_by_pair

from .errors import TermsUnfit

LONGEST_HANDLING_S: Final = 30 * 86_400
MOST_PARCELS: Final = 1_000_000
MOST_MINOR: Final = 1_000_000_000
MOST_RUNS: Final = 288  # one every five minutes
MOST_SOURCE: Final = 200


class NodeDraft(msgspec.Struct, frozen=True):
    """How a node is to work: by which calendar, how long from release to packed, how many parcels an hour."""

    node_id: str
    calendar_id: str
    handling_s: int
    parcels_per_hour: int
    pickup: bool


class WeekDraft(msgspec.Struct, frozen=True):
    """A calendar's hours from Monday to Sunday, for every node and lane that goes by it."""

    calendar_id: str
    week: tuple[str, ...]


class DayDraft(msgspec.Struct, frozen=True):
    """One date's hours.

    hours   '' is closed; None lets the date follow its week again
    reason  law, holiday, ad_hoc or special_opening
    source  who says so
    """

    calendar_id: str
    day_on: date
    hours: str | None
    reason: str
    source: str


class LaneDraft(msgspec.Struct, frozen=True):
    """When a lane leaves, by when it must have been packed, and what it costs."""

    lane_id: str
    cut_offs: tuple[time, ...]
    departures: tuple[time, ...]
    due_local: time | None
    base_minor: int
    per_kg_minor: int


Draft: TypeAlias = NodeDraft | WeekDraft | DayDraft | LaneDraft

# What each change is called in the audit trail.
CALLED: Final[Mapping[type[Draft], str]] = {
    NodeDraft: "node.terms-changed", WeekDraft: "calendar.week-changed", DayDraft: "calendar.day-changed",
    LaneDraft: "lane.terms-changed",
}  # fmt: skip


def subject_of(draft: Draft) -> str:
    """What is changed, as the audit trail names it."""
    match draft:
        case NodeDraft():
            return f"node/{draft.node_id}"
        case LaneDraft():
            return f"lane/{draft.lane_id}"
        case WeekDraft():
            return f"calendar/{draft.calendar_id}"
        case DayDraft():
            return f"calendar/{draft.calendar_id}/{draft.day_on.isoformat()}"


def standing(draft: Draft, network: Network) -> Mapping[str, Any]:
    """The terms that a draft would change, as they are.

    raises  NodeUnknown, LaneUnknown, CalendarUnknown
    """
    match draft:
        case NodeDraft():
            node = network.node(draft.node_id)
            return {name: getattr(node, name) for name in ("calendar_id", "handling_s", "parcels_per_hour", "pickup")}
        case LaneDraft():
            lane = lane_called(network, draft.lane_id)
            return {
                "cut_offs": list(lane.cut_offs), "departures": list(lane.departures), "due_local": lane.due_local,
                "base_minor": lane.base_minor, "per_kg_minor": lane.per_kg_minor,
            }  # fmt: skip
        case WeekDraft():
            return {"week": list(network.calendar(draft.calendar_id).week)}
        case DayDraft():
            hours = network.calendar(draft.calendar_id).days.get(draft.day_on)
            return {"hours": hours, "reason": network.reasons.get((draft.calendar_id, draft.day_on))}


def wanted(draft: Draft) -> Mapping[str, Any]:
    """The same terms as they would be."""
    match draft:
        case NodeDraft():
            return {
                "calendar_id": draft.calendar_id, "handling_s": draft.handling_s,
                "parcels_per_hour": draft.parcels_per_hour, "pickup": draft.pickup,
            }  # fmt: skip
        case LaneDraft():
            return {
                "cut_offs": list(draft.cut_offs), "departures": list(draft.departures), "due_local": draft.due_local,
                "base_minor": draft.base_minor, "per_kg_minor": draft.per_kg_minor,
            }  # fmt: skip
        case WeekDraft():
            return {"week": list(draft.week)}
        case DayDraft():
            return {"hours": draft.hours, "reason": None if draft.hours is None else draft.reason}


def seal_of(terms: Mapping[str, Any]) -> str:
    """A short name of some terms: another one as soon as any of them differs."""
    return hashlib.sha256(msgspec.json.encode(terms, order="sorted")).hexdigest()[:16]


def lane_called(network: Network, lane_id: str) -> Lane:
    """A lane by its id.

    raises  LaneUnknown
    """
    for lanes in network.lanes.values():
        for lane in lanes:
            if lane.lane_id == lane_id:
                return lane
    raise LaneUnknown(f"There is no lane {lane_id!r}.", scope="lane", closed_id=lane_id)


def applied(draft: Draft, network: Network) -> Network:
    """The network as it would be; everything else is shared with the one that is.

    raises  TermsUnfit, BadHours, BadCalendar, NodeUnknown, LaneUnknown, CalendarUnknown
    """
    match draft:
        case NodeDraft():
            return _with_node(draft, network)
        case LaneDraft():
            return _with_lane(draft, network)
        case WeekDraft():
            return _with_calendar(network, draft.calendar_id, lambda known: _with_week(known, draft.week))
        case DayDraft():
            return _with_calendar(network, draft.calendar_id, lambda known: _with_day(known, draft))


def _with_node(draft: NodeDraft, network: Network) -> Network:
    node = network.node(draft.node_id)
    network.calendar(draft.calendar_id)
    _within("handling_s", draft.handling_s, LONGEST_HANDLING_S)
    _within("parcels_per_hour", draft.parcels_per_hour, MOST_PARCELS)
    changed = replace(
        node, calendar_id=draft.calendar_id, handling_s=draft.handling_s, parcels_per_hour=draft.parcels_per_hour,
        pickup=draft.pickup,
    )  # fmt: skip
    return replace(network, nodes={**network.nodes, node.node_id: changed})


def _with_lane(draft: LaneDraft, network: Network) -> Network:
    lane = lane_called(network, draft.lane_id)
    if not 1 <= len(draft.cut_offs) <= MOST_RUNS or len(draft.cut_offs) != len(draft.departures):
        raise TermsUnfit(
            f"A lane has 1 to {MOST_RUNS} departures, each with its cut-off; "
            f"here are {len(draft.cut_offs)} cut-offs and {len(draft.departures)} departures.",
            field="cut_offs", value=len(draft.cut_offs), most=MOST_RUNS,
        )  # fmt: skip
    _within("base_minor", draft.base_minor, MOST_MINOR)
    _within("per_kg_minor", draft.per_kg_minor, MOST_MINOR)
    changed = replace(
        lane, cut_offs=draft.cut_offs, departures=draft.departures, due_local=draft.due_local,
        base_minor=draft.base_minor, per_kg_minor=draft.per_kg_minor,
    )  # fmt: skip
    pair = (lane.from_zone, lane.to_zone)
    lanes = [changed if each.lane_id == lane.lane_id else each for each in network.lanes[pair]]
    return replace(network, lanes={**network.lanes, **lanes_by_pair(lanes)})


def _with_calendar(network: Network, calendar_id: str, change: Callable[[Calendar], Calendar]) -> Network:
    changed = change(network.calendar(calendar_id))
    return replace(network, calendars={**network.calendars, calendar_id: changed})


def _with_week(known: Calendar, week: tuple[str, ...]) -> Calendar:
    return Calendar(timezone=known.timezone, week=week, holidays=known.holidays, days=known.days)


def _with_day(known: Calendar, draft: DayDraft) -> Calendar:
    if draft.reason not in ("law", "holiday", "ad_hoc", "special_opening"):
        raise TermsUnfit("Say why the hours differ on that date.", field="reason", value=draft.reason, most=0)
    if not draft.source.strip() or len(draft.source) > MOST_SOURCE:
        raise TermsUnfit(
            f"Say who says so, in at most {MOST_SOURCE} letters.", field="source", value="", most=MOST_SOURCE
        )
    days = {on: hours for on, hours in known.days.items() if on != draft.day_on}
    if draft.hours is not None:
        minutes(draft.hours)
        days[draft.day_on] = draft.hours
    return Calendar(timezone=known.timezone, week=known.week, holidays=known.holidays, days=days)


def _within(field: str, value: int, most: int) -> None:
    if not 0 <= value <= most:
        raise TermsUnfit(f"{field} is {value}: it must be 0 to {most}.", field=field, value=value, most=most)
