"""The verb of analytics: report."""

from datetime import datetime

from sangdan.kit.db import Conn

from . import queries
from .model import Report, share

__all__ = ["report"]


async def report(conn: Conn, from_at: datetime, to_at: datetime, seen_by: str | None) -> Report:
    """What became of the orders that were placed in a period, straight from the facts.

    from_at  inclusive; to_at exclusive, after it
    seen_by  the ally whose shop's orders are counted; None for the whole alliance
    """
    assert from_at < to_at
    period = (from_at, to_at, seen_by)
    totals = await queries.totals(conn, *period)
    return Report(
        from_at=from_at,
        to_at=to_at,
        orders=totals.orders,
        states=tuple(await queries.states(conn, *period)),
        on_time=share(totals.on_time, totals.ended),
        in_full=share(totals.in_full, totals.ended),
        on_time_in_full=share(totals.on_time_in_full, totals.ended),
        perfect=share(totals.perfect, totals.ended),
        fill=share(totals.units_shipped, totals.units),
        split=share(totals.split, totals.sourced),
        click_to_ship=await queries.speed(conn, *period),
        accuracy=tuple(await queries.accuracy(conn, *period)),
        causes=tuple(await queries.causes(conn, *period)),
        costs=tuple(await queries.costs(conn, *period)),
    )
