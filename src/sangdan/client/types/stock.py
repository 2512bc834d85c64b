"""What `client.stock` takes and gives. Made from the OpenAPI document by `make client`."""

from uuid import UUID

import msgspec


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """A cell as it stands: available = on_hand - reserved - safety."""

    node_id: str
    sku: str
    owner_id: str
    on_hand: int
    reserved: int
    safety: int


class Count(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What lies on a shelf, reserved units included; safety null leaves it as it is."""

    node_id: str
    sku: str
    owner_id: str
    on_hand: int
    safety: int | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Units that were put on a shelf."""

    movement_id: UUID
    node_id: str
    sku: str
    owner_id: str
    units: int
    reference: str


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """How many receipts were new, and how many had been told before."""

    received: int
    known: int
