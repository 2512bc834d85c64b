"""A way that is held for a shopper while they make up their mind."""

from datetime import datetime
from uuid import UUID

import msgspec


class HeldUnits(msgspec.Struct, frozen=True):
    """A reservation of a hold, and the node that it is on."""

    node_id: str
    reservation_id: UUID


class HeldPlace(msgspec.Struct, frozen=True):
    """A place in a floor's hour, for a parcel that is not ordered yet; `queued` in a store, where turns matter."""

    node_id: str
    parcel_id: UUID
    queued: bool


class Hold(msgspec.Struct, frozen=True):
    """Units and places that are kept until `expires_at`.

    order_id  of the order that the promise would become
    token     of the way
    """

    order_id: UUID
    client_id: str
    turn: int
    token: str
    units: tuple[HeldUnits, ...]
    places: tuple[HeldPlace, ...]
    expires_at: datetime
