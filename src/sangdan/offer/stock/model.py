"""The nouns of stock: cells of a shelf, what holds them and what moves them."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

MAX_UNITS: Final = 1_000_000_000


class Cell(msgspec.Struct, frozen=True):
    """Units of one owner's SKU on one node that can still be promised now, >= 1."""

    node_id: str
    sku: str
    owner_id: str
    units: int


class Supply(msgspec.Struct, frozen=True):
    """Units of a dated inbound that can still be promised, >= 1."""

    node_id: str
    inbound_id: str
    sku: str
    owner_id: str
    units: int
    due_at: datetime


class Balance(msgspec.Struct, frozen=True):
    """A cell as it stands: available = on_hand - reserved - safety."""

    node_id: str
    sku: str
    owner_id: str
    on_hand: int
    reserved: int
    safety: int


class Reservation(msgspec.Struct, frozen=True):
    """Units held for a basket until `expires_at`."""

    node_id: str
    reservation_id: UUID
    sku: str
    owner_id: str
    units: int
    expires_at: datetime


class Held(msgspec.Struct, frozen=True):
    """Units that a reservation of an order still holds; inbound_id when not on the shelf yet."""

    node_id: str
    reservation_id: UUID
    line_no: int
    sku: str
    owner_id: str
    units: int
    inbound_id: str | None


class Holder(msgspec.Struct, frozen=True):
    """An order, and the units that are held for it."""

    order_id: UUID
    units: int


class Drift(msgspec.Struct, frozen=True):
    """A balance that is not the sum of its facts."""

    check: str
    node_id: str
    sku: str
    owner_id: str
    balance: int
    facts: int
