"""What `client.shoppers` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from uuid import UUID

import msgspec


class ShopperView(msgspec.Struct, frozen=True, kw_only=True):
    """A shopper as a shop knows them."""

    shopper_id: str
    shop_id: str
    masked: bool
    name: str
    phone: str | None
    email: str | None
    lines: tuple[str, ...]
    postcode: str | None
    locale: str
    clearance_code: str | None
    channels: tuple[str, ...]
    consents: tuple[str, ...]


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a person."""

    erased_at: datetime
    kept: int
    keep_until: datetime | None
    open_orders: int


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What the law lets a trader keep of an erased person: who they are and where, and no way to reach them."""

    name: str
    lines: tuple[str, ...] = ()
    postcode: str | None = None


class KeptPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Something kept for the law: `what` is 'person' or the order whose recipient it was."""

    what: str
    kept: Kept
    keep_until: datetime


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A consent given or withdrawn; `how` is a short code, `told_by` the client that told us."""

    consent_no: int
    kind: str
    given: bool
    how: str
    told_by: str
    at: datetime


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody read something in the clear."""

    at: datetime
    shop_id: str
    shopper_id: str
    read_by: str
    order_id: UUID | None
    fields: tuple[str, ...]
    reason: str | None
