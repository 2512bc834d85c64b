"""The verbs of the network room: take a picture, keep it fresh, bring rows in, close nodes and lanes and open them."""

from collections.abc import Sequence
from datetime import date, datetime, time

from msgspec.structs import replace

from sangdan.kit import bulk
from sangdan.kit.db import Conn

from .errors import ClosingEndsBefore, ClosingNone, LaneUnknown, NodeUnknown, OutageEndsBefore, OutageNone
from .model import SPOILS, Closing, Hindrance, Network, Outage, Scope, Trouble, calendars_by_id, lanes_by_pair
from .queries import changing, closing, loading, reading
from .queries.closing import quarantines, share
from .queries.reading import closings, known_calendars, known_nodes, known_zones, outages

__all__ = [
    "alone", "change_day", "change_lane", "change_node", "change_week", "close", "close_lanes", "closings",
    "forget_day", "fresh", "known_calendars", "known_nodes", "known_zones",
    "load_calendar_days", "load_calendars",
    "load_lanes", "load_nodes", "load_postcodes", "load_surcharges", "load_zones", "outages", "picture", "quarantines",
    "reopen", "reopen_lanes", "share",
]  # fmt: skip


async def picture(conn: Conn) -> Network:
    """Read the whole network.

    The version is read first: a change that commits meanwhile makes this picture stale, never too new for it.
    """
    version = await reading.version(conn)
    days = await reading.calendar_days(conn)
    calendars = calendars_by_id(await reading.calendars(conn), days)
    return Network(
        version=version,
        nodes={node.node_id: node for node in await reading.nodes(conn)},
        zones={zone.zone_id: zone for zone in await reading.zones(conn)},
        postcodes={postcode.postcode: postcode for postcode in await reading.postcodes(conn)},
        lanes=lanes_by_pair(await reading.lanes(conn)),
        surcharges={(each.carrier_id, each.area): each for each in await reading.surcharges(conn)},
        calendars=calendars,
        reasons={(day.calendar_id, day.day_on): day.reason for day in days},
        outages={outage.node_id: outage for outage in await reading.outages(conn)},
        closings={(each.scope, each.closed_id): each for each in await reading.closings(conn)},
    )


async def fresh(conn: Conn, known: Network | None) -> Network:
    """The picture as it is now: the known one when nothing changed, else a new one.

    known  what the caller has, None for nothing yet
    """
    return known if known is not None and await is_fresh(conn, known) else await picture(conn)


async def is_fresh(conn: Conn, known: Network) -> bool:
    """Whether nothing changed since."""
    return await reading.version(conn) == known.version


async def close(conn: Conn, node_id: str, reason: Trouble, until: datetime | None, at: datetime) -> Outage:
    """Take a node out of service: once this is committed, nothing is placed on it. Closing it again says more of it.

    reason  decides which goods are in quarantine until somebody has looked at them
    until   after `at`; None for until it is opened again
    gives   the outage, as it stands
    raises  NodeUnknown, OutageEndsBefore
    """
    if node_id not in await known_nodes(conn, [node_id]):
        raise NodeUnknown(f"There is no node {node_id!r}.", node_id=node_id)
    if until is not None and until <= at:
        raise OutageEndsBefore("An outage ends after it began; name a later instant, or none.", node_id=node_id)
    await closing.alone(conn, node_id)
    known = await closing.lasting(conn, node_id, at)
    outage = Outage(node_id, at if known is None else known.from_at, until, reason)
    await closing.close(conn, outage)
    await closing.bar(conn, node_id, SPOILS[reason], at)
    await reading.change(conn)
    return outage


async def reopen(conn: Conn, node_id: str, at: datetime, *, checked: bool = False) -> Outage | None:
    """Take a node back into service.

    checked  somebody has looked at the goods in quarantine: what is still on the books may be sold again
    gives    the outage that ended; None when the node worked and only its quarantine ended
    raises   OutageNone when there was neither
    """
    known = await closing.lasting(conn, node_id, at)
    if known is not None:
        known = replace(known, until_at=max(at, known.from_at))
        await closing.close(conn, known)
    lifted = await closing.lift(conn, node_id) if checked else 0
    if known is None and not lifted:
        raise OutageNone(f"Node {node_id} is not out of service.", node_id=node_id)
    await reading.change(conn)
    return known


async def close_lanes(
    conn: Conn, scope: Scope, closed_id: str, reason: Hindrance, until: datetime | None, at: datetime
) -> Closing:
    """Close a lane, or all of a carrier's: what is promised from now on avoids them. Again says its end and cause anew.

    until   after `at`; None for until it is opened again
    gives   the closing, as it stands
    raises  LaneUnknown, ClosingEndsBefore
    """
    if not await reading.known_lanes(conn, scope, closed_id):
        raise LaneUnknown(f"There is no {scope} {closed_id!r}.", scope=scope, closed_id=closed_id)
    if until is not None and until <= at:
        told = "A closing ends after it began; name a later instant, or none."
        raise ClosingEndsBefore(told, scope=scope, closed_id=closed_id)
    await reading.change(conn)  # first: its row keeps apart those who close the same at once
    return await closing.shut(conn, Closing(scope, closed_id, at, until, reason))


async def reopen_lanes(conn: Conn, scope: Scope, closed_id: str, at: datetime) -> Closing:
    """Open a lane, or a carrier, again.

    gives   the closing that ended
    raises  ClosingNone
    """
    ended = await closing.open_(conn, scope, closed_id, at)
    if ended is None:
        raise ClosingNone(f"The {scope} {closed_id!r} is not closed.", scope=scope, closed_id=closed_id)
    await reading.change(conn)
    return ended


async def alone(conn: Conn) -> None:
    """Have the network to oneself until the transaction ends: whoever changes it then is the next."""
    await reading.change(conn)


async def change_node(
    conn: Conn, node_id: str, calendar_id: str, handling_s: int, parcels_per_hour: int, *, pickup: bool
) -> None:
    """Write how a known node works; as for all of these, the caller has the network to itself."""
    await changing.node(conn, node_id, calendar_id, handling_s, parcels_per_hour, pickup=pickup)
    await reading.change(conn)


async def change_week(conn: Conn, calendar_id: str, hours: Sequence[str]) -> None:
    """Write a known calendar's week, Monday first."""
    await changing.week(conn, calendar_id, hours)
    await reading.change(conn)


async def change_day(conn: Conn, calendar_id: str, day_on: date, hours: str, reason: str, source: str) -> None:
    """Write a date's hours; '' is closed."""
    await changing.day(conn, calendar_id, day_on, hours, reason, source)
    await reading.change(conn)


async def forget_day(conn: Conn, calendar_id: str, day_on: date) -> None:
    """Let a date follow its week again."""
    await changing.no_day(conn, calendar_id, day_on)
    await reading.change(conn)


async def change_lane(
    conn: Conn, lane_id: str, cut_offs: Sequence[time], departures: Sequence[time], due_local: time | None,
    base_minor: int, per_kg_minor: int,
) -> None:  # fmt: skip
    """Write when a known lane leaves and what it costs."""
    await changing.lane(conn, lane_id, cut_offs, departures, due_local, base_minor, per_kg_minor)
    await reading.change(conn)


async def load_calendars(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring calendars in; rows as CSV in the order of their statement, as for all of these."""
    return await _load(conn, loading.CALENDARS, rows)


async def load_calendar_days(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring dated rules in."""
    return await _load(conn, loading.CALENDAR_DAYS, rows)


async def load_zones(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring zones in."""
    return await _load(conn, loading.ZONES, rows)


async def load_postcodes(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring postcodes in."""
    return await _load(conn, loading.POSTCODES, rows)


async def load_nodes(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring nodes in."""
    return await _load(conn, loading.NODES, rows)


async def load_lanes(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring lanes in; a second lane for the same zones, service and carrier is refused."""
    return await _load(conn, loading.LANES, rows)


async def load_surcharges(conn: Conn, rows: bytes) -> bulk.Loaded:
    """Bring surcharges in."""
    return await _load(conn, loading.SURCHARGES, rows)


async def _load(conn: Conn, table: bulk.Bulk, rows: bytes) -> bulk.Loaded:
    """Every change of the room's tables raises the version, in the same transaction."""
    loaded = await bulk.load(conn, table, rows)
    if loaded.changed:
        await reading.change(conn)
    return loaded
