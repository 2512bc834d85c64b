"""Which contract is in force: dates are the alliance's own, and each day has one contract at most."""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from sangdan.offer.partners.errors import NoContract
from sangdan.offer.partners.model import Contract, contract_on, local_date

DECEMBER = date(2026, 12, 1)
OLD = Contract("leaf", date(2026, 1, 1), DECEMBER, "KRW", 0, 0, 300, 900, 100_000, "weekly", 1, "shopper", "seller")
NEW = replace(OLD, valid_from=DECEMBER, valid_to=None, unit_fee_minor=330)


@pytest.mark.parametrize(
    ("at", "agreed"),
    [
        (datetime(2026, 11, 30, 14, 59, 59, tzinfo=UTC), OLD),
        (datetime(2026, 11, 30, 15, 0, tzinfo=UTC), NEW),  # midnight in Seoul
        (datetime(2026, 11, 30, 23, 30, tzinfo=UTC), NEW),  # half past eight
        (datetime(2026, 12, 1, 0, 0, tzinfo=UTC), NEW),
    ],
)
def test_a_contract_begins_at_midnight_in_seoul(at: datetime, agreed: Contract) -> None:
    assert contract_on([OLD, NEW], "leaf", local_date(at)) == agreed


def test_another_alliance_may_keep_another_clock() -> None:
    at = datetime(2026, 12, 1, 1, tzinfo=UTC)
    assert local_date(at, "America/Sao_Paulo") == date(2026, 11, 30)


def test_a_day_without_a_contract_is_named() -> None:
    with pytest.raises(NoContract, match="2025-12-31"):
        contract_on([OLD, NEW], "leaf", local_date(datetime(2025, 12, 31, 14, tzinfo=UTC)))
