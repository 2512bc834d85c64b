"""What the picture in memory is read from, and which ids are known."""

from collections.abc import Sequence
from typing import Final, LiteralString

from sangdan.kit.bulk import known
from sangdan.kit.db import Conn, many, run, value

from ..model import CalendarDay, Closing, Lane, Node, NodeCalendar, Outage, Postcode, Scope, Surcharge, Zone

# With the transaction that wrote the number: one that is rolled back, and the one after it, give the same number.
VERSION: Final[LiteralString] = "SELECT number || '.' || xmin FROM network.version"
CHANGE: Final[LiteralString] = "UPDATE network.version SET number = number + 1"
NODES: Final[LiteralString] = """
    -- A temperature whose goods are in quarantine is one that the node does not keep.
    SELECT n.node_id, n.kind, n.operator_id, n.name_ko, n.name_en, n.zone_id, n.lat_e6, n.lon_e6,
           ARRAY(SELECT k.temperature FROM unnest(n.temperatures) WITH ORDINALITY AS k (temperature, place)
                  WHERE NOT EXISTS (SELECT FROM network.quarantine q
                                     WHERE (q.node_id, q.temperature) = (n.node_id, k.temperature))
                  ORDER BY k.place) AS temperatures,
           n.calendar_id, n.handling_s, n.parcels_per_hour, n.pickup
      FROM network.node n ORDER BY n.node_id
"""
OUTAGES: Final[LiteralString] = """
    SELECT DISTINCT ON (node_id) node_id, from_at, until_at, reason
      FROM network.outage ORDER BY node_id, from_at DESC
"""
CLOSINGS: Final[LiteralString] = """
    SELECT scope, closed_id, from_at, until_at, reason FROM network.closing
     WHERE ended_at IS NULL ORDER BY scope, closed_id, from_at
"""
ZONES: Final[LiteralString] = "SELECT zone_id, name_ko, name_en, lat_e6, lon_e6 FROM network.zone ORDER BY zone_id"
POSTCODES: Final[LiteralString] = "SELECT postcode, zone_id, area FROM network.postcode ORDER BY postcode"
LANES: Final[LiteralString] = """
    SELECT lane_id, from_zone, to_zone, service, carrier_id, calendar_id, cut_offs, departures, due_local, transit_s,
           temperatures, currency, base_minor, per_kg_minor, max_weight_g, distance_m, co2e_mg_per_kg_km
      FROM network.lane ORDER BY lane_id
"""
SURCHARGES: Final[LiteralString] = """
    SELECT carrier_id, area, amount_minor, currency, extra_s FROM network.surcharge ORDER BY carrier_id, area
"""
CALENDARS: Final[LiteralString] = """
    SELECT calendar_id, timezone, holidays, week FROM network.calendar ORDER BY calendar_id
"""
CALENDAR_DAYS: Final[LiteralString] = """
    SELECT calendar_id, day_on, hours, reason, source FROM network.calendar_day ORDER BY calendar_id, day_on
"""

KNOWN_NODES: Final[LiteralString] = """
    SELECT n.node_id AS id FROM unnest(%(ids)s::text[]) AS w (id) JOIN network.node n ON n.node_id = w.id
"""
KNOWN_LANES: Final[LiteralString] = """
    SELECT EXISTS (SELECT FROM network.lane
                    WHERE CASE %(scope)s WHEN 'lane' THEN lane_id ELSE carrier_id END = %(id)s) AS known
"""
KNOWN_ZONES: Final[LiteralString] = """
    SELECT z.zone_id AS id FROM unnest(%(ids)s::text[]) AS w (id) JOIN network.zone z ON z.zone_id = w.id
"""
KNOWN_CALENDARS: Final[LiteralString] = """
    SELECT c.calendar_id AS id
      FROM unnest(%(ids)s::text[]) AS w (id) JOIN network.calendar c ON c.calendar_id = w.id
"""


async def version(conn: Conn) -> str:
    """What every change of the room's tables makes another one, and no two changes the same."""
    return await value(conn, VERSION)


async def change(conn: Conn) -> None:
    """Tell the pictures in memory that they are stale."""
    await run(conn, CHANGE)


async def nodes(conn: Conn) -> list[Node]:
    """Every node, by id."""
    return await many(conn, Node, NODES)


async def outages(conn: Conn) -> list[Outage]:
    """The last outage of each node that ever had one."""
    return await many(conn, Outage, OUTAGES)


async def closings(conn: Conn) -> list[Closing]:
    """The closings that have not ended, by scope and id."""
    return await many(conn, Closing, CLOSINGS)


async def zones(conn: Conn) -> list[Zone]:
    """Every zone, by id."""
    return await many(conn, Zone, ZONES)


async def postcodes(conn: Conn) -> list[Postcode]:
    """Every postcode that can be delivered to."""
    return await many(conn, Postcode, POSTCODES)


async def lanes(conn: Conn) -> list[Lane]:
    """Every lane, by id."""
    return await many(conn, Lane, LANES)


async def surcharges(conn: Conn) -> list[Surcharge]:
    """Every carrier's surcharges."""
    return await many(conn, Surcharge, SURCHARGES)


async def calendars(conn: Conn) -> list[NodeCalendar]:
    """Every calendar's week."""
    return await many(conn, NodeCalendar, CALENDARS)


async def calendar_days(conn: Conn) -> list[CalendarDay]:
    """Every dated rule, by calendar and date."""
    return await many(conn, CalendarDay, CALENDAR_DAYS)


async def known_nodes(conn: Conn, ids: Sequence[str]) -> set[str]:
    """Those of the ids that are nodes."""
    return await known(conn, KNOWN_NODES, ids)


async def known_lanes(conn: Conn, scope: Scope, closed_id: str) -> bool:
    """Whether there is such a lane, or a carrier that has any."""
    return await value(conn, KNOWN_LANES, scope=scope, id=closed_id)


async def known_zones(conn: Conn, ids: Sequence[str]) -> set[str]:
    """Those of the ids that are zones."""
    return await known(conn, KNOWN_ZONES, ids)


async def known_calendars(conn: Conn, ids: Sequence[str]) -> set[str]:
    """Those of the ids that are calendars."""
    return await known(conn, KNOWN_CALENDARS, ids)
