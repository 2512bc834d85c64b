"""Stretches of time that routes take, as two instants."""

from datetime import datetime
from typing import Annotated, Final, TypeAlias

from litestar.params import QueryParameter

from sangdan.doors.problems import DoorProblem

LONGEST_DAYS: Final = 92

Since: TypeAlias = Annotated[
    datetime, QueryParameter(name="from", description="First instant of the period, with its offset from UTC.")
]
Until: TypeAlias = Annotated[
    datetime, QueryParameter(name="to", description="First instant after the period, with its offset from UTC.")
]


class PeriodUnfit(DoorProblem):
    """Instants without an offset, in the wrong order, or too far apart."""

    code = "period-unfit"
    status = 422


def check_period(since: datetime, until: datetime) -> None:
    """Refuse what is no period, or too long for one answer.

    raises  PeriodUnfit
    """
    if since.tzinfo is None or until.tzinfo is None or since >= until or (until - since).days > LONGEST_DAYS:
        raise PeriodUnfit(
            f"Give two instants with their offset from UTC, the earlier first, at most {LONGEST_DAYS} days apart.",
            most=LONGEST_DAYS,
        )
