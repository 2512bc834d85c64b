"""`sangdan settle`: what each ally is owed and owes."""

from collections import Counter
from datetime import date, datetime, time
from typing import Annotated

import msgspec
from cyclopts import Parameter

from sangdan.kit import audit
from sangdan.kit.calendars import zone_of
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.money import spelled
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.errors import PartnerUnknown
from sangdan.offer.partners.model import TIMEZONE
from sangdan.pay.settlement import commands as settlement
from sangdan.pay.settlement.model import Line, Period

from .output import Json, answer, table
from .session import in_database


class Owed(msgspec.Struct, frozen=True):
    """One ally's sums in one currency; owed_minor is positive when the alliance owes the ally.

    closed_at   when the statement was closed; None while it is open
    """

    partner_id: str
    name_ko: str
    name_en: str
    currency: str
    lines: int
    owed_minor: int
    closed_at: datetime | None


class Settlement(msgspec.Struct, frozen=True):
    """The answer: sums, and lines when they were asked for.

    sum_minor  over all of `partners`, by currency: zero when these are the whole alliance
    """

    period_from: datetime
    period_to: datetime
    partners: list[Owed]
    sum_minor: dict[str, int]
    lines: list[Line] | None


def settle(
    *,
    from_: Annotated[date, Parameter(name="--from")],
    to: date,
    partner: str | None = None,
    lines: bool = False,
    close: bool = False,
    timezone: str = TIMEZONE,
    json: Json = False,
) -> None:
    """Tell what each ally is owed and owes for a period, from the ledger's lines.

    Over the whole alliance the sums are zero.

    Parameters
    ----------
    from_
        The first day.
    to
        The first day that is no longer part of it.
    partner
        One ally only, with every line.
    lines
        Every line of every ally.
    close
        Store the sums as the period's statements. It must be over; closing it twice changes nothing.
    timezone
        Where the days begin and end.
    """
    zone = zone_of(timezone)
    period = Period(*(datetime.combine(day, time(), tzinfo=zone) for day in (from_, to)))
    with_lines = lines or partner is not None
    made = in_database(lambda conn: _settle(conn, period, partner, with_lines=with_lines, close=close))
    answer(made, _told(made, timezone), json=json)


async def _settle(conn: Conn, period: Period, partner: str | None, *, with_lines: bool, close: bool) -> Settlement:
    if partner is not None and not await partners.known_partners(conn, [partner]):
        raise PartnerUnknown(f"There is no partner {partner}.", partner_id=partner)
    if close:
        at = WallClock().now()
        await settlement.close(conn, period, partner, at)
        told = {"since": period.since, "until": period.until}
        await audit.note(conn, audit.console(), at, "statement.closed", f"partner/{partner or 'all'}", after=told)
    owed = await _owed(conn, period, partner)
    found = await settlement.statement(conn, period, partner) if with_lines else None
    sums: Counter[str] = Counter()
    for each in owed:
        sums[each.currency] += each.owed_minor
    return Settlement(period.since, period.until, owed, dict(sums), found)


async def _owed(conn: Conn, period: Period, partner: str | None) -> list[Owed]:
    turnovers = await settlement.turnovers(conn, period, partner)
    stored = await settlement.closed(conn, period, partner)
    closed_at = {(each.partner_id, each.currency): each.closed_at for each in stored}
    known = {each.partner_id: each for each in await partners.partners(conn, [t.partner_id for t in turnovers])}
    return [
        Owed(
            each.partner_id,
            known[each.partner_id].name_ko if each.partner_id in known else "",
            known[each.partner_id].name_en if each.partner_id in known else "",
            each.currency,
            each.lines,
            each.owed_minor,
            closed_at.get((each.partner_id, each.currency)),
        )
        for each in turnovers
    ]


def _told(made: Settlement, timezone: str) -> str:
    """The answer as people read it."""
    if not made.partners:
        return "Nothing was settled in this period."
    zone = zone_of(timezone)
    parts = [
        table(
            ("ally", "name", "currency", "lines", "owed to it", "closed"),
            [
                (each.partner_id, each.name_ko, each.currency, each.lines, amount, _when(each.closed_at, timezone))
                for each, amount in zip(made.partners, _amounts(made.partners), strict=True)
            ],
        )
    ]
    if made.lines:
        rows = [
            (
                each.partner_id,
                f"{each.at.astimezone(zone):%Y-%m-%d %H:%M}",
                each.kind,
                each.reference,
                each.currency,
                amount,
            )
            for each, amount in zip(made.lines, _amounts(made.lines), strict=True)
        ]
        parts.append(table(("ally", "at", "for", "order", "currency", "owed to it"), rows))
    sums = ", ".join(f"{spelled(amount, currency)} {currency}" for currency, amount in made.sum_minor.items())
    return "\n\n".join([*parts, f"Sum: {sums}"])


def _amounts(rows: list[Owed] | list[Line]) -> list[str]:
    """Amounts as people write them, to the right."""
    texts = [spelled(each.owed_minor, each.currency) for each in rows]
    width = max(map(len, texts), default=0)
    return [text.rjust(width) for text in texts]


def _when(at: datetime | None, timezone: str) -> str:
    return f"{at.astimezone(zone_of(timezone)):%Y-%m-%d %H:%M}" if at else ""
