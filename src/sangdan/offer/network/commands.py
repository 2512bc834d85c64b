"""The verbs of the network room: take a picture, keep it fresh, bring rows in."""

from sangdan.kit import bulk
from sangdan.kit.db import Conn

from .model import Network, calendars_by_id, lanes_by_pair
from .queries import loading, reading
from .queries.reading import known_calendars, known_nodes, known_zones

__all__ = [
    "fresh", "known_calendars", "known_nodes", "known_zones", "load_calendar_days", "load_calendars", "load_lanes",
    "load_nodes", "load_postcodes", "load_surcharges", "load_zones", "picture",
]  # fmt: skip


async def picture(conn: Conn) -> Network:
    """Read the whole network.

    The version is read first: a change that commits meanwhile makes this picture stale, never too new for its number.
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
    )


async def fresh(conn: Conn, known: Network | None) -> Network:
    """The picture as it is now: the known one when nothing changed, else a new one.

    known  what the caller has, None for nothing yet
    """
    if known is not None and await reading.version(conn) == known.version:
        return known
    return await picture(conn)


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
