"""What `client.parcels` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec


class DeliveryParcel(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel after it left the floor."""

    order_id: UUID
    parcel_id: UUID
    parcel_no: int
    carrier_id: str | None
    sscc: str
    state: str
    state_at: datetime
    handed_over_at: datetime
    delivered_at: datetime | None


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it was kept."""

    at: datetime
    state: str
    detail: str | None


class Tracking(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel after its hand-over, with every report of its carrier by the carrier's time."""

    parcel: DeliveryParcel
    reports: tuple[Tracked, ...]


class ParcelReport(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A report of one of several parcels."""

    at: datetime
    state: Literal[
        "in_transit", "out_for_delivery", "attempt_fail", "available_for_pickup", "exception", "delivered", "lost"
    ]
    detail: str | None = None
    parcel_id: UUID


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A report that was not taken; `index` counts from 0 in what was sent."""

    index: int
    code: str
    detail: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """How many reports were taken, and which were not."""

    taken: int
    refused: tuple[Refusal, ...]
