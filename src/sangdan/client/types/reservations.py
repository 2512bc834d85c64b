"""What `client.reservations` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from uuid import UUID

import msgspec


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Units of one owner's SKU on one node."""

    node_id: str
    sku: str
    owner_id: str
    units: int


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """Units held for a basket until `expires_at`."""

    node_id: str
    reservation_id: UUID
    sku: str
    owner_id: str
    units: int
    expires_at: datetime


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """What is held until it expires, in the order asked for. Who knows a reservation's id may let go of it."""

    reservations: tuple[Reservation, ...]
