"""What each ally is owed and owes, line by line from the ledger."""

from datetime import datetime

import msgspec
from litestar import get
from litestar.di import NamedDependency

from sangdan.doors.problems import problems
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.pay.settlement import commands as settlement
from sangdan.pay.settlement.model import Line, Period, Turnover, totals

from .fields import CodeSought
from .nodes import ConfinedToNodes, check_whole
from .periods import PeriodUnfit, Since, Until, check_period


class StatementView(msgspec.Struct, frozen=True):
    """The lines of a period, and what they add up to; over all allies each currency sums to zero."""

    since: datetime
    until: datetime
    totals: list[Turnover]
    lines: list[Line]


@get("/v1/statements", tags=["settlement"], responses=problems(PeriodUnfit, ConfinedToNodes))
async def statement(
    since: Since,
    until: Until,
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    partner_id: CodeSought = None,
) -> StatementView:
    """The statement of the asker; the tower may ask for any ally's, or for all. At most 92 days at once."""
    check_whole(seer)
    check_period(since, until)
    whose = partner_id or seer.seen_by
    if seer.seen_by not in (None, whose):
        return StatementView(since, until, [], [])
    lines = await settlement.statement(conn, Period(since, until), whose)
    return StatementView(since, until, totals(lines), lines)
