"""A shopper's basket, the way they chose, and a way that is held while they make up their mind."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

# As many as a promise can be asked about at once.
MOST_WISHES: Final = 100
MOST_UNITS: Final = 9_999


class Wished(msgspec.Struct, frozen=True):
    """Units of a SKU in a basket; `chosen` when they go into the next order."""

    sku: str
    units: int
    chosen: bool


class Part(msgspec.Struct, frozen=True):
    """A further way, by which some of a basket's goods come."""

    promise_id: UUID
    token: str


class Choice(msgspec.Struct, frozen=True):
    """The way that a shopper is about to take, or the first of several.

    token          of the way
    like_order_id  the order whose recipient is proposed again
    more           the further ways; what each brings stands in its token
    """

    basket_id: UUID
    promise_id: UUID
    token: str
    like_order_id: UUID | None
    at: datetime
    more: tuple[Part, ...] = ()

    @property
    def tokens(self) -> tuple[str, ...]:
        """Of all ways, the first one's first."""
        return (self.token, *(part.token for part in self.more))


class Bought(msgspec.Struct, frozen=True):
    """An order that a basket may look at, and since when."""

    order_id: UUID
    at: datetime


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
