"""What `client.promises` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from uuid import UUID

import msgspec

from .explanations import Reason, Way


class WayView(msgspec.Struct, frozen=True, kw_only=True):
    """One way to receive the basket."""

    token: str
    why: tuple[str, ...]
    way: Way


class NotOfferedView(msgspec.Struct, frozen=True, kw_only=True):
    """A service that cannot be promised, and why not."""

    service: str
    why: tuple[str, ...]
    reasons: tuple[Reason, ...]


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """The ways to receive a basket, soonest first; those not offered with their reasons."""

    promise_id: UUID
    at: datetime
    ways: tuple[WayView, ...]
    not_offered: tuple[NotOfferedView, ...]
