"""All SQL of the settlement room: sums by the hour, closed statements; the lines are read through kit.ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from sangdan.kit.db import Conn, many, run

from .model import Period, Statement, Sum, Turnover

LOCK: Final[LiteralString] = """
    -- Two closings must not pass one another's check for overlaps. Readers are not held up.
    LOCK TABLE settlement.statement IN SHARE ROW EXCLUSIVE MODE
"""
CLOSED: Final[LiteralString] = """
    SELECT partner_id, currency, period_from, period_to, lines, owed_minor, closed_at
      FROM settlement.statement
     WHERE period_from < %(until)s AND period_to > %(since)s
       AND (%(seen_by)s::text IS NULL OR partner_id = %(seen_by)s)
     ORDER BY partner_id, currency, period_from
"""
ALL: Final[LiteralString] = """
    SELECT partner_id, currency, period_from, period_to, lines, owed_minor, closed_at
      FROM settlement.statement
     ORDER BY period_from, period_to, partner_id, currency
"""
CLOSE: Final[LiteralString] = """
    INSERT INTO settlement.statement (partner_id, currency, period_from, period_to, lines, owed_minor, closed_at)
    SELECT t.partner_id, t.currency, %(since)s, %(until)s, t.lines, t.owed_minor, %(at)s
      FROM unnest(%(partner_ids)s::text[], %(currencies)s::text[], %(lines)s::bigint[], %(owed)s::bigint[])
           AS t (partner_id, currency, lines, owed_minor)
    ON CONFLICT (partner_id, currency, period_from) DO NOTHING
 RETURNING partner_id, currency, period_from, period_to, lines, owed_minor, closed_at
"""
SUMS: Final[LiteralString] = """
    SELECT currency, kind, sum(lines)::bigint AS lines, sum(owed_minor)::bigint AS owed_minor
      FROM settlement.hour
     WHERE partner_id = %(partner_id)s AND hour >= %(since)s AND hour < %(until)s
     GROUP BY currency, kind
     ORDER BY currency, kind
"""
COUNTED: Final[LiteralString] = """
    SELECT partner_id, currency, sum(lines)::bigint AS lines, sum(owed_minor)::bigint AS owed_minor
      FROM settlement.hour
     GROUP BY partner_id, currency
     ORDER BY partner_id, currency
"""


async def lock(conn: Conn) -> None:
    """Let nobody else close statements until the transaction ends."""
    await run(conn, LOCK)


async def closed(conn: Conn, period: Period, seen_by: str | None) -> list[Statement]:
    """Closed statements that share an instant with a period; those of `seen_by` (an ally), or all for None."""
    return await many(conn, Statement, CLOSED, since=period.since, until=period.until, seen_by=seen_by)


async def all_closed(conn: Conn) -> list[Statement]:
    """Every closed statement, by period."""
    return await many(conn, Statement, ALL)


async def close(conn: Conn, period: Period, turnovers: Sequence[Turnover], at: datetime) -> list[Statement]:
    """Store the sums of a period; gives those that were not stored before."""
    return await many(
        conn,
        Statement,
        CLOSE,
        since=period.since,
        until=period.until,
        at=at,
        partner_ids=[each.partner_id for each in turnovers],
        currencies=[each.currency for each in turnovers],
        lines=[each.lines for each in turnovers],
        owed=[each.owed_minor for each in turnovers],
    )


async def sums(conn: Conn, period: Period, partner_id: str) -> list[Sum]:
    """What a partner's lines add up to over whole hours, by currency and what they are for."""
    return await many(conn, Sum, SUMS, partner_id=partner_id, since=period.since, until=period.until)


async def counted(conn: Conn) -> list[Turnover]:
    """What was added up of every partner, over all hours."""
    return await many(conn, Turnover, COUNTED)
