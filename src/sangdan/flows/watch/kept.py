"""What the live picture keeps of an order that is not over, and of the change before."""

from datetime import datetime
from uuid import UUID

import msgspec

from .totals import Tallies


class Counted(msgspec.Struct, frozen=True, gc=False):
    """What an order that is not over has added to the counters, and its parcels that are still to come."""

    placed_at: datetime
    currency: str
    tallies: Tallies
    coming: frozenset[UUID]


class Last(msgspec.Struct):
    """What changed since the change before, by id; `gone` with the allies that knew of the parcel."""

    parcels: set[UUID] = msgspec.field(default_factory=set[UUID])
    gone: dict[UUID, frozenset[str]] = msgspec.field(default_factory=dict[UUID, frozenset[str]])
    nodes: set[str] = msgspec.field(default_factory=set[str])
    risks: bool = False
