"""How long the law wants a trade remembered.

source  전자상거래법 시행령 제6조 ①: 계약 또는 청약철회 5년, 대금결제 및 재화 등의 공급 5년, 소비자의 불만 또는
        분쟁처리 3년; 전자상거래법 제6조 ②: with the names and addresses, whatever consent is withdrawn;
        개인정보 보호법 제21조 ③: apart from all other personal data
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

KEPT_YEARS: Final = 5
ENDED_STATES: Final = frozenset({"delivered", "confirmed", "cancelled"})


class Trade(msgspec.Struct, frozen=True):
    """An order as far as its term goes.

    last_at  the last of what was recorded of it: placed, delivered, confirmed, cancelled
    """

    order_id: UUID
    state: str
    last_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether the goods are still to come."""
        return self.state not in ENDED_STATES


def years_after(at: datetime, years: int) -> datetime:
    """The same day some years later; 29 February becomes 1 March, never a day less."""
    try:
        return at.replace(year=at.year + years)
    except ValueError:
        return at.replace(year=at.year + years, month=3, day=1)


def keep_until(trade: Trade, at: datetime) -> datetime | None:
    """Until when name and address of a trade must be kept; None when that is over.

    gives  for an open order five years from now, which moves when the order ends
    """
    until = years_after(at if trade.is_open else trade.last_at, KEPT_YEARS)
    return until if until > at else None


def keep_person_until(trades: Sequence[Trade], at: datetime) -> datetime | None:
    """Until when the person behind these trades must be kept; None without any that counts."""
    return max((until for trade in trades if (until := keep_until(trade, at)) is not None), default=None)
