"""What happens in settlement."""

from datetime import datetime
from typing import ClassVar

from sangdan.kit.events import Fact, fact


@fact("settlement.closed")
class StatementClosed(Fact, frozen=True, kw_only=True):
    """A partner's statement of a period stands; owed_minor is positive when the alliance owes the partner."""

    about: ClassVar[str] = "partner_id"
    partner_id: str
    currency: str
    period_from: datetime
    period_to: datetime
    owed_minor: int
