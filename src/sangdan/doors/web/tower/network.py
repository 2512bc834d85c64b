"""The network as lists: nodes, lanes and calendars, each leading to where it is changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec

from sangdan.doors.web import states
from sangdan.doors.web.words import Words, mark
from sangdan.flows.picture import network_of
from sangdan.kit.access import Role
from sangdan.kit.calendars import Calendar
from sangdan.offer.network import commands as networks
from sangdan.offer.network.model import Lane, Network, Node
from sangdan.ship.warehouse import commands as warehouse

from .naming import names_of_partners
from .places import ALLIES, TOWER
from .tables import Asked, Cell, Choice, Column, Flag, Option, Rows, Search, Table

CLOSED_BY: Final[Mapping[str, str]] = {
    "power": mark("power cut"),
    "fire": mark("fire"),
    "flood": mark("flood"),
    "weather": mark("weather"),
    "strike": mark("strike"),
    "road": mark("road closed"),
    "other": mark("another reason"),
}
TEMPERATURE: Final[Mapping[str, str]] = {
    "ambient": mark("ambient"),
    "chilled": mark("chilled"),
    "frozen": mark("frozen"),
}
CARRIED: Final = ("quick", "dawn", "next_day", "standard")
CHANGERS: Final[frozenset[Role]] = TOWER
HOUR: Final = timedelta(hours=1)
FULL: Final = 100


class NodeRow(msgspec.Struct, frozen=True):
    """A node as a list shows it; `parcels` are promised in this hour."""

    node: Node
    operator: str
    zone: str
    hours: str
    parcels: int
    reason: str | None


class LaneRow(msgspec.Struct, frozen=True):
    """A lane as a list shows it."""

    lane: Lane
    carrier: str
    from_: str
    to: str
    reason: str | None


class CalendarRow(msgspec.Struct, frozen=True):
    """A calendar as a list shows it: what goes by it, and today's hours."""

    calendar_id: str
    calendar: Calendar
    nodes: int
    lanes: int
    today: str


async def _nodes(asked: Asked) -> Sequence[NodeRow]:
    network, allies = await network_of(asked.conn), await names_of_partners(asked.conn)
    seen = [
        node
        for node in network.nodes.values()
        if asked.seer.seen_by in (None, node.operator_id) and asked.seer.sees_node(node.node_id)
    ]
    hour_at = asked.at.replace(minute=0, second=0, microsecond=0)
    slots = await warehouse.used_slots(asked.conn, [node.node_id for node in seen], hour_at, hour_at + HOUR)
    busy = {slot.node_id: slot.parcels for slot in slots}
    return [
        NodeRow(
            node, asked.say.of(allies[node.operator_id]), asked.say.of(network.zones[node.zone_id]),
            hours_on(network.calendar(node.calendar_id), asked.at), busy.get(node.node_id, 0),
            None if (outage := network.out(node.node_id, asked.at)) is None else outage.reason,
        )
        for node in seen
    ]  # fmt: skip


async def _lanes(asked: Asked) -> Sequence[LaneRow]:
    network, allies = await network_of(asked.conn), await names_of_partners(asked.conn)
    return [
        LaneRow(
            lane, asked.say.of(allies[lane.carrier_id]), asked.say.of(network.zones[lane.from_zone]),
            asked.say.of(network.zones[lane.to_zone]),
            None if (closing := network.closed(lane)) is None else closing.reason,
        )
        for lanes in network.lanes.values()
        for lane in lanes
    ]  # fmt: skip


async def _calendars(asked: Asked) -> Sequence[CalendarRow]:
    network = await network_of(asked.conn)
    nodes = Counter(node.calendar_id for node in network.nodes.values())
    lanes = Counter(lane.calendar_id for each in network.lanes.values() for lane in each)
    return [
        CalendarRow(calendar_id, calendar, nodes[calendar_id], lanes[calendar_id], hours_on(calendar, asked.at))
        for calendar_id, calendar in network.calendars.items()
    ]


def hours_on(calendar: Calendar, at: datetime) -> str:
    """The hours of the local date of an instant: '09:00–22:00', '' when it is closed."""
    return spelled_hours(calendar, calendar.local(at).date())


def spelled_hours(calendar: Calendar, on: date) -> str:
    """The hours of a date."""
    clock = [f"{a // 60:02}:{a % 60:02}–{b // 60:02}:{b % 60:02}" for a, b in calendar.minutes_on(on)]
    return ", ".join(clock)


def _state(reason: str | None, say: Words) -> Cell:
    return Cell(say("open"), tone="good") if reason is None else Cell(say(CLOSED_BY[reason]), tone="bad")


def _load(row: NodeRow, say: Words) -> Cell:
    most = row.node.parcels_per_hour
    percent = min(FULL, row.parcels * FULL // most) if most else 0
    return Cell(f"{say.number(row.parcels)} / {say.number(most)}", meter=percent)


def _keeps(temperatures: Sequence[str], say: Words) -> str:
    return ", ".join(say(TEMPERATURE[each]) for each in temperatures)


def _contains(text: str, *places: str) -> bool:
    return any(text.casefold() in place.casefold() for place in places)


def _times(times: Sequence[Any], say: Words) -> str:
    if len(times) > 3:
        return say(
            "%(n)s a day, %(first)s to %(last)s", n=len(times), first=f"{times[0]:%H:%M}", last=f"{times[-1]:%H:%M}"
        )
    return ", ".join(f"{each:%H:%M}" for each in times)


NODES: Final = Table[NodeRow](
    path="/network",
    title=mark("Network"),
    lead=mark("Where goods lie and leave from. Open a node to change how it works."),
    roles=ALLIES,
    above="tower/network_tabs.html",
    columns=(
        Column("name", mark("Node"), lambda row, say: Cell(say.of(row.node), under=row.node.node_id), order="name",
               wide=True),
        Column("state", mark("State"), lambda row, say: _state(row.reason, say)),
        Column("kind", mark("Kind"),
               lambda row, say: Cell(say(states.NODE_KIND[row.node.kind]), under=row.operator), phone=False),
        Column("zone", mark("Zone"), lambda row, say: Cell(row.zone, under=_keeps(row.node.temperatures, say)),
               phone=False),
        Column("hours", mark("Hours today"), lambda row, say: row.hours or say("closed")),
        Column("load", mark("This hour"), _load, lambda row: row.parcels, "whole", order="load", phone=False),
    ),
    filters=(
        Search("q", mark("Node"), mark("Name or id")),
        Choice("kind", mark("Kind"), tuple(Option(kind, title) for kind, title in states.NODE_KIND.items())),
        Flag("out", mark("Only out of service")),
    ),
    source=Rows(
        _nodes,
        orders={
            "name": lambda row: (row.node.name_ko, row.node.node_id),
            "load": lambda row: (row.parcels * 1_000_000 // max(row.node.parcels_per_hour, 1), row.node.node_id),
        },
        filters={
            "q": lambda row, text: _contains(text, row.node.node_id, row.node.name_ko, row.node.name_en),
            "kind": lambda row, kind: row.node.kind == kind,
            "out": lambda row, _: row.reason is not None,
        },
    ),
    order="name",
    row_id=lambda row: row.node.node_id,
    link=lambda row: f"/tower/network/nodes/{row.node.node_id}",
)  # fmt: skip

LANES: Final = Table[LaneRow](
    path="/network/lanes",
    title=mark("Lanes"),
    lead=mark("Who carries from where to where, until when it must be packed, and what it costs."),
    roles=ALLIES,
    above="tower/network_tabs.html",
    columns=(
        Column("lane", mark("Lane"), lambda row, say: Cell(f"{row.from_} → {row.to}", under=row.lane.lane_id),
               order="lane", wide=True),
        Column("service", mark("Service"), lambda row, say: say(states.SERVICE[row.lane.service])),
        Column("carrier", mark("Carrier"), lambda row, say: row.carrier, phone=False),
        Column("cut_offs", mark("Packed by"), lambda row, say: _times(row.lane.cut_offs, say), phone=False),
        Column("departures", mark("Leaves at"), lambda row, say: _times(row.lane.departures, say), phone=False),
        Column("price", mark("A parcel"), lambda row, say: say.money(row.lane.base_minor, row.lane.currency),
               lambda row: row.lane.base_minor, "whole", order="price", number=True),
        Column("state", mark("State"), lambda row, say: _state(row.reason, say), phone=False),
    ),
    filters=(
        Search("q", mark("Lane"), mark("Zone, carrier or id")),
        Choice("service", mark("Service"), tuple(Option(each, states.SERVICE[each]) for each in CARRIED)),
        Flag("closed", mark("Only closed")),
    ),
    source=Rows(
        _lanes,
        orders={
            "lane": lambda row: (row.lane.lane_id,),
            "price": lambda row: (row.lane.base_minor, row.lane.lane_id),
        },
        filters={
            "q": lambda row, text: _contains(text, row.lane.lane_id, row.carrier, row.from_, row.to),
            "service": lambda row, service: row.lane.service == service,
            "closed": lambda row, _: row.reason is not None,
        },
    ),
    order="lane",
    row_id=lambda row: row.lane.lane_id,
    link=lambda row: f"/tower/network/lanes/{row.lane.lane_id}",
)  # fmt: skip

CALENDARS: Final = Table[CalendarRow](
    path="/network/calendars",
    title=mark("Hours"),
    lead=mark("Weeks and dated rules by which nodes work and carriers leave. One calendar may serve many."),
    roles=ALLIES,
    above="tower/network_tabs.html",
    columns=(
        Column("calendar", mark("Calendar"), lambda row, say: Cell(row.calendar_id, code=True),
               order="calendar", wide=True),
        Column("today", mark("Hours today"), lambda row, say: row.today or say("closed")),
        Column("nodes", mark("Nodes"), lambda row, say: say.number(row.nodes), lambda row: row.nodes, "whole", "nodes",
               number=True),
        Column("lanes", mark("Lanes"), lambda row, say: say.number(row.lanes), lambda row: row.lanes, "whole",
               number=True, phone=False),
        Column("days", mark("Dated rules"), lambda row, say: say.number(len(row.calendar.days)),
               lambda row: len(row.calendar.days), "whole", number=True, phone=False),
    ),
    filters=(Search("q", mark("Calendar")),),
    source=Rows(
        _calendars,
        orders={
            "calendar": lambda row: (row.calendar_id,),
            "nodes": lambda row: (row.nodes, row.calendar_id),
        },
        filters={"q": lambda row, text: _contains(text, row.calendar_id)},
    ),
    order="calendar",
    row_id=lambda row: row.calendar_id,
    link=lambda row: f"/tower/network/calendars/{row.calendar_id}",
)  # fmt: skip

TABLES: Final = (NODES, LANES, CALENDARS)


def lanes_of(network: Network, node: Node) -> int:
    """How many lanes leave from where a node is."""
    return sum(len(lanes) for pair, lanes in network.lanes.items() if pair[0] == node.zone_id)


async def quarantined(asked: Asked, node_id: str) -> list[str]:
    """The temperatures of a node whose goods are in quarantine, in the page's language."""
    barred = await networks.quarantines(asked.conn)
    return [asked.say(TEMPERATURE[each.temperature]) for each in barred if each.node_id == node_id]
