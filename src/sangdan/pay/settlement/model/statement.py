"""Statements: what the alliance's book says of a partner over a period."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sangdan.kit.ledger.model import Balance

from ..errors import BadPeriod, PeriodOpen
from .facts import ALLIANCE, DUE, due


class Period(msgspec.Struct, frozen=True):
    """since <= at < until, aware instants.

    raises  BadPeriod when it has no length
    """

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.since >= self.until:
            raise BadPeriod(
                f"A period from {self.since.isoformat()} to {self.until.isoformat()} has no length: "
                "its end is the first instant after it.",
                since=self.since.isoformat(),
                until=self.until.isoformat(),
            )

    def must_be_over(self, at: datetime) -> None:
        """Refuse to close what may still grow.

        raises  PeriodOpen
        """
        if self.until > at:
            raise PeriodOpen(
                f"The period lasts until {self.until.isoformat()}: close it then.", until=self.until.isoformat()
            )


class Line(msgspec.Struct, frozen=True):
    """A transfer as one partner's statement shows it.

    reference   the order's id, and behind it the line or parcel
    owed_minor  positive: the alliance owes it to the partner
    """

    partner_id: str
    currency: str
    at: datetime
    transfer_id: UUID
    kind: str
    reference: str
    owed_minor: int


class Turnover(msgspec.Struct, frozen=True):
    """What a partner's lines of a period add up to."""

    partner_id: str
    currency: str
    lines: int
    owed_minor: int


class Sum(msgspec.Struct, frozen=True):
    """What a partner's lines of one kind add up to over a period."""

    currency: str
    kind: str
    lines: int
    owed_minor: int


class Statement(msgspec.Struct, frozen=True):
    """A closed statement: its sums, as they were at `closed_at`."""

    partner_id: str
    currency: str
    period_from: datetime
    period_to: datetime
    lines: int
    owed_minor: int
    closed_at: datetime


class Drift(msgspec.Struct, frozen=True):
    """Two sums that must agree and do not.

    check         'mirror': a shop's book against the alliance's; 'statement': a closed one against the ledger;
                  'hours': the sums by the hour against the ledger
    stated_minor  what the shop's book, the statement or the hours say the alliance owes the partner
    facts_minor   what the alliance's book says
    """

    check: str
    partner_id: str
    currency: str
    stated_minor: int
    facts_minor: int


def partner_of(account: str) -> str:
    """The partner that an account of the alliance's book is about."""
    assert account.startswith(DUE), f"{account} has no place in the alliance's book"
    return account.removeprefix(DUE)


def totals(lines: Iterable[Line]) -> list[Turnover]:
    """The sums of statement lines, by partner and currency."""
    counted: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        row = counted[line.partner_id, line.currency]
        row[0] += 1
        row[1] += line.owed_minor
    return [Turnover(*key, *row) for key, row in sorted(counted.items())]


def mirror_drift(balances: Iterable[Balance]) -> list[Drift]:
    """Shops whose own book and the alliance's do not agree on what one owes the other.

    balances  every account of every book
    """
    owed: dict[tuple[str, str], int] = {}
    mirrored: dict[tuple[str, str], int] = {}
    keepers: set[str] = set()
    for each in balances:
        if each.book == ALLIANCE:
            owed[partner_of(each.account), each.currency] = each.net_minor
        else:
            keepers.add(each.book)
            if each.account == due(ALLIANCE):
                mirrored[each.book, each.currency] = -each.net_minor
    keys = sorted({key for key in owed if key[0] in keepers} | mirrored.keys())
    return [
        Drift("mirror", *key, mirrored.get(key, 0), owed.get(key, 0))
        for key in keys
        if mirrored.get(key, 0) != owed.get(key, 0)
    ]


def hours_drift(counted: Iterable[Turnover], balances: Iterable[Balance]) -> list[Drift]:
    """Partners whose sums by the hour do not add up to what the alliance's book owes them.

    counted   over all hours
    balances  every account of every book
    """
    stated = {(each.partner_id, each.currency): each.owed_minor for each in counted}
    owed = {(partner_of(each.account), each.currency): each.net_minor for each in balances if each.book == ALLIANCE}
    return [
        Drift("hours", *key, stated.get(key, 0), owed.get(key, 0))
        for key in sorted(stated.keys() | owed.keys())
        if stated.get(key, 0) != owed.get(key, 0)
    ]


def statement_drift(closed: Sequence[Statement], ledger: Mapping[Period, Sequence[Turnover]]) -> list[Drift]:
    """Closed statements that the ledger no longer bears out.

    ledger  turnovers of every period that was closed
    """
    now = {
        (period, each.partner_id, each.currency): (each.lines, each.owed_minor)
        for period, turnovers in ledger.items()
        for each in turnovers
    }
    drifted: list[Drift] = []
    for each in closed:
        found = now.get((Period(each.period_from, each.period_to), each.partner_id, each.currency), (0, 0))
        if found != (each.lines, each.owed_minor):
            drifted.append(Drift("statement", each.partner_id, each.currency, each.owed_minor, found[1]))
    return drifted
