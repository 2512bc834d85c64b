"""What `client.tasks` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from uuid import UUID

import msgspec


class Numbering(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A company's GS1 prefix, and after it the digits that the company keeps for this node: 4 to 12 in all."""

    gs1_prefix: str


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """One parcel on the floor. due_at: when it must be handed over; carrier_id is None when it is picked up."""

    node_id: str
    parcel_id: UUID
    order_id: UUID
    parcel_no: int
    carrier_id: str | None
    service: str
    state: str
    due_at: datetime
    sscc: str | None
    picked_at: datetime | None
    packed_at: datetime | None
    handed_over_at: datetime | None


class TaskLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one reservation to be found; `found` is None until somebody looked."""

    parcel_id: UUID
    line_no: int
    reservation_id: UUID
    sku: str
    owner_id: str
    units: int
    found: int | None


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A task as its worker sees it; left_s is negative when it is late."""

    task: Task
    left_s: int
    lines: tuple[TaskLine, ...]


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How many of a reservation's units were on the shelf."""

    reservation_id: UUID
    units: int
