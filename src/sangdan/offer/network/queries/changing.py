"""One node's, calendar's or lane's terms, written over: who changes them has looked at what they were."""

from collections.abc import Sequence
from datetime import date, time
from typing import Final, LiteralString

from sangdan.kit.db import Conn, run

NODE: Final[LiteralString] = """
    UPDATE network.node
       SET (calendar_id, handling_s, parcels_per_hour, pickup)
         = (%(calendar_id)s, %(handling_s)s, %(parcels_per_hour)s, %(pickup)s)
     WHERE node_id = %(node_id)s
"""
WEEK: Final[LiteralString] = "UPDATE network.calendar SET week = %(week)s WHERE calendar_id = %(calendar_id)s"
DAY: Final[LiteralString] = """
    INSERT INTO network.calendar_day (calendar_id, day_on, hours, reason, source)
    VALUES (%(calendar_id)s, %(day_on)s, %(hours)s, %(reason)s, %(source)s)
    ON CONFLICT (calendar_id, day_on) DO UPDATE
       SET (hours, reason, source) = (excluded.hours, excluded.reason, excluded.source)
"""
NO_DAY: Final[LiteralString] = """
    DELETE FROM network.calendar_day WHERE (calendar_id, day_on) = (%(calendar_id)s, %(day_on)s)
"""
LANE: Final[LiteralString] = """
    UPDATE network.lane
       SET (cut_offs, departures, due_local, base_minor, per_kg_minor)
         = (%(cut_offs)s::time[], %(departures)s::time[], %(due_local)s::time, %(base_minor)s, %(per_kg_minor)s)
     WHERE lane_id = %(lane_id)s
"""


async def node(
    conn: Conn, node_id: str, calendar_id: str, handling_s: int, parcels_per_hour: int, *, pickup: bool
) -> None:
    """Write how a node works."""
    await run(
        conn, NODE, node_id=node_id, calendar_id=calendar_id, handling_s=handling_s,
        parcels_per_hour=parcels_per_hour, pickup=pickup,
    )  # fmt: skip


async def week(conn: Conn, calendar_id: str, hours: Sequence[str]) -> None:
    """Write a calendar's week."""
    await run(conn, WEEK, calendar_id=calendar_id, week=list(hours))


async def day(conn: Conn, calendar_id: str, day_on: date, hours: str, reason: str, source: str) -> None:
    """Write a dated rule."""
    await run(conn, DAY, calendar_id=calendar_id, day_on=day_on, hours=hours, reason=reason, source=source)


async def no_day(conn: Conn, calendar_id: str, day_on: date) -> None:
    """Let a date follow its week again."""
    await run(conn, NO_DAY, calendar_id=calendar_id, day_on=day_on)


async def lane(
    conn: Conn, lane_id: str, cut_offs: Sequence[time], departures: Sequence[time], due_local: time | None,
    base_minor: int, per_kg_minor: int,
) -> None:  # fmt: skip
    """Write when a lane leaves and what it costs."""
    await run(
        conn, LANE, lane_id=lane_id, cut_offs=list(cut_offs), departures=list(departures), due_local=due_local,
        base_minor=base_minor, per_kg_minor=per_kg_minor,
    )  # fmt: skip
