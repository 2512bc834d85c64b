"""Amounts of the allies in the basket's currency."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from sangdan.kit import rates
from sangdan.kit.db import Conn
from sangdan.kit.money import convert


class Converted(msgspec.Struct, frozen=True):
    """An amount in the basket's currency, with the rate it was made by; None when it was in it already."""

    amount_minor: int
    rate_id: UUID | None


class Exchange:
    """The rates into one currency as of an instant, read when the first foreign amount turns up."""

    def __init__(self, conn: Conn, currency: str, at: datetime) -> None:
        self.currency = currency
        self._conn = conn
        self._at = at
        self._rates: dict[str, rates.Rate] | None = None

    async def prepare(self, currencies: Iterable[str]) -> None:
        """Make sure that these can be converted, if there is any rate."""
        if self._rates is None and any(each != self.currency for each in currencies):
            valid = await rates.valid(self._conn, self._at)
            self._rates = {rate.source: rate for rate in valid if rate.target == self.currency}

    def converted(self, amount_minor: int, source: str) -> Converted | None:
        """The amount, rounded half even once; None without a rate.

        source  a currency that was prepared
        """
        if source == self.currency:
            return Converted(amount_minor, None)
        assert self._rates is not None, "a foreign currency is prepared before"
        rate = self._rates.get(source)
        if rate is None:
            return None
        return Converted(convert(amount_minor, source, self.currency, rate.rate_ppm), rate.rate_id)
