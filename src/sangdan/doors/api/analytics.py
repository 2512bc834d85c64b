"""How well the alliance keeps its word."""

from litestar import get
from litestar.di import NamedDependency

from sangdan.doors.problems import problems
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.tower.analytics import commands as analytics
from sangdan.tower.analytics.model import Report

from .periods import PeriodUnfit, Since, Until, check_period


@get("/v1/analytics", tags=["analytics"], responses=problems(PeriodUnfit))
async def report(since: Since, until: Until, conn: NamedDependency[Conn], seer: NamedDependency[Seer]) -> Report:
    """What became of the orders placed in a period: a shop's own, or for the tower all. At most 92 days at once."""
    check_period(since, until)
    return await analytics.report(conn, since, until, seer.seen_by)
