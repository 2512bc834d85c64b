"""The verbs of settlement: post what an order moves, read statements, close them, look for drift."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sangdan.kit import ledger
from sangdan.kit.db import Conn
from sangdan.kit.events import emit

from . import queries
from .errors import PeriodsOverlap
from .events import StatementClosed
from .model import (
    ALLIANCE,
    Drift,
    Line,
    OrderFacts,
    Period,
    Statement,
    Sum,
    Terms,
    Turnover,
    due,
    hours_drift,
    mirror_drift,
    partner_of,
    postings,
    statement_drift,
)


async def settle(conn: Conn, order: OrderFacts, terms: Mapping[str, Terms], shops: Collection[str] = ()) -> int:
    """Post what a confirmed order moves between the allies; harmless twice.

    terms   of every ally that sells through another's shop, and of every operator that packs for others
    shops   allies that keep a book, besides the order's shop
    gives   how many transfers were new
    raises  NoTerms
    """
    return await ledger.post(conn, postings(order, terms, shops))


async def statement(conn: Conn, period: Period, seen_by: str | None, currency: str | None = None) -> list[Line]:
    """What the partners are owed and owe, line by line from the ledger, by partner, currency and time.

    seen_by   the ally whose lines these are; None for all, which then sum to zero in each currency
    currency  only these lines; None for all
    """
    account = None if seen_by is None else due(seen_by)
    entries = await ledger.entries(conn, ALLIANCE, period.since, period.until, account, currency)
    return [
        Line(partner_of(e.account), e.currency, e.at, e.transfer_id, e.kind, e.reference, e.net_minor) for e in entries
    ]


async def turnovers(conn: Conn, period: Period, seen_by: str | None) -> list[Turnover]:
    """What the lines of a period add up to, by partner and currency.

    seen_by  the ally whose sums these are; None for all, which then sum to zero in each currency
    """
    sums = await ledger.turnovers(conn, ALLIANCE, period.since, period.until)
    found = [Turnover(partner_of(each.account), each.currency, each.entries, each.net_minor) for each in sums]
    return [each for each in found if seen_by in (None, each.partner_id)]


async def sums(conn: Conn, period: Period, partner_id: str) -> list[Sum]:
    """What a partner's lines of a period add up to, by currency and what they are for; quick, however many there are.

    period  begins and ends with an hour
    """
    return await queries.sums(conn, period, partner_id)


async def closed(conn: Conn, period: Period, seen_by: str | None) -> list[Statement]:
    """The statements that were closed for exactly this period."""
    found = await queries.closed(conn, period, seen_by)
    return [each for each in found if (each.period_from, each.period_to) == (period.since, period.until)]


async def close(conn: Conn, period: Period, seen_by: str | None, at: datetime) -> list[Statement]:
    """Store the sums of a period that is over; closing it again changes nothing.

    seen_by  the one ally to close it for; None for all that have lines in it
    gives    the period's statements, those closed before included
    raises   PeriodOpen, PeriodsOverlap
    """
    period.must_be_over(at)
    await queries.lock(conn)
    for each in await queries.closed(conn, period, seen_by):
        if (each.period_from, each.period_to) != (period.since, period.until):
            raise _overlap(each)
    fresh = await queries.close(conn, period, await turnovers(conn, period, seen_by), at)
    await emit(
        conn,
        at,
        *(
            StatementClosed(
                partner_id=each.partner_id,
                currency=each.currency,
                period_from=each.period_from,
                period_to=each.period_to,
                owed_minor=each.owed_minor,
            )
            for each in fresh
        ),
    )
    return await queries.closed(conn, period, seen_by)


async def drift(conn: Conn) -> list[Drift]:
    """Shops whose book disagrees with the alliance's, sums by the hour and closed statements that the ledger belies."""
    statements = await queries.all_closed(conn)
    periods = {Period(each.period_from, each.period_to) for each in statements}
    borne_out = {period: await turnovers(conn, period, None) for period in periods}
    balances = await ledger.balances(conn)
    counted = await queries.counted(conn)
    return mirror_drift(balances) + hours_drift(counted, balances) + statement_drift(statements, borne_out)


def _overlap(other: Statement) -> PeriodsOverlap:
    return PeriodsOverlap(
        f"{other.partner_id} has a statement from {other.period_from.isoformat()} to {other.period_to.isoformat()} "
        "that shares part of this period: close what lies outside of it.",
        partner_id=other.partner_id,
        period_from=other.period_from.isoformat(),
        period_to=other.period_to.isoformat(),
    )
