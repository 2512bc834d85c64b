"""The nouns of stock: cells of a shelf, what holds them and what moves them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

MAX_UNITS: Final = 1_000_000_000
# A share without a rule: more than any shelf holds.
UNBOUND: Final = 1_000_000_000_000

# Why somebody corrects a shelf, and what its movement is called.
Cause: TypeAlias = Literal["counted", "damaged", "expired", "missing", "found"]
CAUSES: Final[Mapping[Cause, str]] = {
    "counted": "count", "damaged": "lost", "expired": "lost", "missing": "lost", "found": "found",
}  # fmt: skip


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


class Movement(msgspec.Struct, frozen=True):
    """Units that came or went (negative): what kind of movement, and what it refers to."""

    node_id: str
    movement_id: UUID
    sku: str
    owner_id: str
    units: int
    kind: str
    reference: str
    at: datetime


class Awaited(msgspec.Struct, frozen=True):
    """Units that are to reach a shelf, and how many of them are promised."""

    node_id: str
    inbound_id: str
    sku: str
    owner_id: str
    units: int
    reserved: int
    due_at: datetime


class Reservation(msgspec.Struct, frozen=True):
    """Units held for a basket until `expires_at`."""

    node_id: str
    reservation_id: UUID
    sku: str
    owner_id: str
    units: int
    expires_at: datetime


class Held(msgspec.Struct, frozen=True):
    """Units that a reservation still holds for a line; inbound_id when not on the shelf yet."""

    node_id: str
    reservation_id: UUID
    line_no: int | None
    sku: str
    owner_id: str
    units: int
    inbound_id: str | None


class Holder(msgspec.Struct, frozen=True):
    """An order, and the units that are held for it."""

    order_id: UUID
    units: int


class Rule(msgspec.Struct, frozen=True):
    """What is kept back of the cells that it fits: None fits any.

    category   of the SKU's product, and all that is filed below it
    shop_id    the ally whose shops may take `share_ppm` of a cell, or `units_max` units of it
    safety     units that are never promised
    """

    rule_id: str
    node_id: str | None
    sku: str | None
    category: str | None
    owner_id: str | None
    shop_id: str | None
    safety: int | None
    share_ppm: int | None
    units_max: int | None


class Ruled(msgspec.Struct, frozen=True):
    """A cell whose rules are looked at; `lapsed` when a safety rule fitted it that does not any more."""

    node_id: str
    sku: str
    owner_id: str
    lapsed: bool = False


class Share(msgspec.Struct, frozen=True):
    """Units of a cell that a shop may still take, >= 0."""

    node_id: str
    sku: str
    owner_id: str
    units: int


class Arrived(msgspec.Struct, frozen=True):
    """Units that an inbound has put on a shelf."""

    node_id: str
    sku: str
    owner_id: str
    units: int


class Drift(msgspec.Struct, frozen=True):
    """A balance that is not the sum of its facts."""

    check: str
    node_id: str
    sku: str
    owner_id: str
    balance: int
    facts: int


class Origin(msgspec.Struct, frozen=True):
    """Which database a picture of the stock is of.

    database  the server's number and the database's
    tables    the tables', which a restore in place makes anew
    told      every change of a shelf is written down
    """

    database: str
    tables: str
    told: bool


class Change(msgspec.Struct, frozen=True):
    """Of what changed between two snapshots of the database, one statement's part.

    instant  the later snapshot
    listed   whoever asked is still listed; otherwise changes may be missing
    kind     cells or supply; None when nothing changed
    told     cells: lines of node, SKU, owner, units that can still be promised, and 1 when shops have shares of them;
             supply: SKUs of which an inbound was announced, a line each
    """

    instant: str
    listed: bool
    kind: str | None
    told: str | None
