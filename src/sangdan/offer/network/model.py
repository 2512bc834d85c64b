"""Places, zones, calendars and the lanes between them, and the whole network as one picture in memory."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Final, Literal, TypeAlias

import msgspec

from sangdan.kit.calendars import Calendar

from .errors import CalendarUnknown, NodeUnknown, PostcodeMalformed, PostcodeUnknown

POSTCODE_DIGITS: Final = 5

Trouble: TypeAlias = Literal["power", "fire", "flood", "other"]
Scope: TypeAlias = Literal["lane", "carrier"]
Hindrance: TypeAlias = Literal["weather", "strike", "road", "other"]
# The goods that may be spoilt after each: by temperature.
SPOILS: Final[Mapping[Trouble, tuple[str, ...]]] = {
    "power": ("chilled", "frozen"),
    "fire": ("ambient", "chilled", "frozen"),
    "flood": ("ambient", "chilled", "frozen"),
    "other": (),
}


class Zone(msgspec.Struct, frozen=True):
    """An area that lanes start from and lead to; its point is where distances are measured."""

    zone_id: str
    name_ko: str
    name_en: str
    lat_e6: int
    lon_e6: int


class Postcode(msgspec.Struct, frozen=True):
    """Where a postcode lies. `area` says who pays more to be reached: mainland, jeju or island."""

    postcode: str
    zone_id: str
    area: str


class NodeCalendar(msgspec.Struct, frozen=True):
    """Weekly hours of a node or a carrier, before dated rules.

    holidays  KR, BR or none
    week      seven days' hours, Monday first, e.g. '09:00-22:00'
    """

    calendar_id: str
    timezone: str
    holidays: str
    week: Sequence[str]


class CalendarDay(msgspec.Struct, frozen=True):
    """One local date on which a calendar's hours differ, why, and who says so."""

    calendar_id: str
    day_on: date
    hours: str
    reason: str
    source: str


class Node(msgspec.Struct, frozen=True):
    """A place that holds goods and sends or hands them out.

    temperatures      that it keeps, but for those whose goods are in quarantine
    calendar_id       hours in which it dispatches
    handling_s        from release to packed, seconds
    parcels_per_hour  capacity, >= 0
    pickup            whether shoppers may collect there
    """

    node_id: str
    kind: str
    operator_id: str
    name_ko: str
    name_en: str
    zone_id: str
    lat_e6: int
    lon_e6: int
    temperatures: Sequence[str]
    calendar_id: str
    handling_s: int
    parcels_per_hour: int
    pickup: bool


class Lane(msgspec.Struct, frozen=True):
    """A carrier's service from one zone to another.

    calendar_id        local dates on which it departs
    cut_offs           local time by which a parcel is packed, one for each departure
    due_local          the service's own deadline at the door, None for the end of the day
    transit_s          departure to door in seconds at probabilities 0, .05, .10, .25, .50, .75, .90, .95, .99, 1
    base_minor         tariff of a parcel, to which `per_kg_minor` is added for its weight
    co2e_mg_per_kg_km  milligrams of CO2 equivalent
    """

    lane_id: str
    from_zone: str
    to_zone: str
    service: str
    carrier_id: str
    calendar_id: str
    cut_offs: Sequence[time]
    departures: Sequence[time]
    due_local: time | None
    transit_s: Sequence[int]
    temperatures: Sequence[str]
    currency: str
    base_minor: int
    per_kg_minor: int
    max_weight_g: int
    distance_m: int
    co2e_mg_per_kg_km: int


class Surcharge(msgspec.Struct, frozen=True):
    """What a carrier asks on top for Jeju or an island, and how much longer it takes."""

    carrier_id: str
    area: str
    amount_minor: int
    currency: str
    extra_s: int


class Outage(msgspec.Struct, frozen=True):
    """A node is out of service, from one instant to another.

    until_at  None: until somebody opens it again
    """

    node_id: str
    from_at: datetime
    until_at: datetime | None
    reason: Trouble


class Quarantine(msgspec.Struct, frozen=True):
    """Goods of one temperature on one node that are not sold until somebody has looked at them."""

    node_id: str
    temperature: str
    since_at: datetime


class Closing(msgspec.Struct, frozen=True):
    """A lane, or every lane of a carrier, sends nothing from one instant to another.

    closed_id  the lane's or the carrier's
    until_at   None: until somebody opens it again
    """

    scope: Scope
    closed_id: str
    from_at: datetime
    until_at: datetime | None
    reason: Hindrance


class Network(msgspec.Struct, frozen=True):
    """All reference tables of the room at one version; never changed, replaced by a newer picture.

    reasons  why a calendar's hours differ on a local date: law, holiday, ad_hoc or special_opening
    outages  the last one of each node that ever had one
    closings by scope and id, those that have not ended
    """

    version: str
    nodes: Mapping[str, Node]
    zones: Mapping[str, Zone]
    postcodes: Mapping[str, Postcode]
    lanes: Mapping[tuple[str, str], Sequence[Lane]]
    surcharges: Mapping[tuple[str, str], Surcharge]
    calendars: Mapping[str, Calendar]
    reasons: Mapping[tuple[str, date], str]
    outages: Mapping[str, Outage] = {}
    closings: Mapping[tuple[Scope, str], Closing] = {}

    def zone_of(self, postcode: str) -> Postcode:
        """Zone and area of a postcode.

        postcode  five digits, as text
        raises    PostcodeMalformed when it is anything else, PostcodeUnknown when no zone has it
        """
        if (found := self.postcodes.get(postcode)) is not None:
            return found
        if postcode.isascii() and postcode.isdigit() and len(postcode) == POSTCODE_DIGITS:
            raise PostcodeUnknown(f"Postcode {postcode} does not exist: look it up again.", postcode=postcode)
        detail = f"Postcode {postcode[:20]!r} is not five digits. {_advice(postcode)}"
        raise PostcodeMalformed(detail, postcode=postcode[:20])

    def node(self, node_id: str) -> Node:
        """A node by its id.

        raises  NodeUnknown
        """
        if (found := self.nodes.get(node_id)) is None:
            raise NodeUnknown(f"There is no node {node_id!r}.", node_id=node_id)
        return found

    def out(self, node_id: str, at: datetime) -> Outage | None:
        """The outage that keeps a node from working at an instant; None when it works."""
        last = self.outages.get(node_id)
        return last if last is not None and (last.until_at is None or last.until_at > at) else None

    def closed(self, lane: Lane) -> Closing | None:
        """What keeps a lane from sending anything; None when it is open."""
        return self.closings.get(("lane", lane.lane_id)) or self.closings.get(("carrier", lane.carrier_id))

    def between(self, from_zone: str, to_zone: str) -> Sequence[Lane]:
        """The open lanes from a zone to a zone, by lane id; none is an empty sequence."""
        lanes = self.known_between(from_zone, to_zone)
        return [lane for lane in lanes if self.closed(lane) is None] if self.closings else lanes

    def known_between(self, from_zone: str, to_zone: str) -> Sequence[Lane]:
        """The lanes from a zone to a zone, those that are closed too."""
        return self.lanes.get((from_zone, to_zone), ())

    def lane_of(self, node_id: str, postcode: str, service: str, carrier_id: str | None) -> Lane | None:
        """The lane by which a parcel travels, closed or not; None when it is fetched, or the lane is forgotten."""
        node, place = self.nodes.get(node_id), self.postcodes.get(postcode)
        lanes = () if node is None or place is None else self.known_between(node.zone_id, place.zone_id)
        return next((lane for lane in lanes if (lane.service, lane.carrier_id) == (service, carrier_id)), None)

    def surcharge(self, carrier_id: str, area: str) -> Surcharge | None:
        """What a carrier asks on top for an area; None when it asks nothing."""
        return self.surcharges.get((carrier_id, area))

    def calendar(self, calendar_id: str) -> Calendar:
        """A calendar by its id, with its dated rules.

        raises  CalendarUnknown
        """
        if (found := self.calendars.get(calendar_id)) is None:
            raise CalendarUnknown(f"There is no calendar {calendar_id!r}.", calendar_id=calendar_id)
        return found


def _advice(postcode: str) -> str:
    """How to mend a postcode; four digits are most often a spreadsheet's work."""
    if postcode.isascii() and postcode.isdigit() and len(postcode) == POSTCODE_DIGITS - 1:
        return f"{postcode} looks like 0{postcode}: send it as text with its leading zero."
    return "Write all five, as text: 06236."


def lanes_by_pair(lanes: Iterable[Lane]) -> dict[tuple[str, str], tuple[Lane, ...]]:
    """Lanes by (from_zone, to_zone), each in the order given."""
    found: dict[tuple[str, str], list[Lane]] = {}
    for lane in lanes:
        found.setdefault((lane.from_zone, lane.to_zone), []).append(lane)
    return {pair: tuple(each) for pair, each in found.items()}


def calendars_by_id(calendars: Iterable[NodeCalendar], days: Iterable[CalendarDay]) -> dict[str, Calendar]:
    """Weekly hours and dated rules joined into calendars that answer questions.

    raises  BadCalendar, BadHours when a row cannot be read; an import refuses such rows
    """
    dated: dict[str, dict[date, str]] = {}
    for day in days:
        dated.setdefault(day.calendar_id, {})[day.day_on] = day.hours
    return {
        each.calendar_id: Calendar(
            timezone=each.timezone,
            week=tuple(each.week),
            holidays=each.holidays,
            days=dated.get(each.calendar_id, {}),
        )
        for each in calendars
    }
