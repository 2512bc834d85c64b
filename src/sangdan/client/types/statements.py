"""What `client.statements` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from uuid import UUID

import msgspec


class Turnover(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner's lines of a period add up to."""

    partner_id: str
    currency: str
    lines: int
    owed_minor: int


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer as one partner's statement shows it."""

    partner_id: str
    currency: str
    at: datetime
    transfer_id: UUID
    kind: str
    reference: str
    owed_minor: int


class StatementView(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of a period, and what they add up to; over all allies each currency sums to zero."""

    since: datetime
    until: datetime
    totals: tuple[Turnover, ...]
    lines: tuple[Line, ...]
