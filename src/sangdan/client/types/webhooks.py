"""What `client.webhooks` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from uuid import UUID

import msgspec


class EndpointView(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint; never its secret."""

    endpoint_id: UUID
    partner_id: str | None
    url: str
    types: tuple[str, ...] | None
    state: str
    reason: str | None
    state_at: datetime
    rotating_until: datetime | None
    failing_since: datetime | None
    made_at: datetime


class MadeEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A new endpoint and its secret, which is shown this once."""

    endpoint: EndpointView
    secret: str


class NewSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A new secret, which is shown this once; until `rotating_until` the one before signs every webhook, too."""

    secret: str
    rotating_until: datetime | None


class Pinged(msgspec.Struct, frozen=True, kw_only=True):
    """The id of the test event that will come."""

    event_id: UUID


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event for one endpoint, and how far it came."""

    event_id: UUID
    position: int
    type: str
    state: str
    attempts: int
    due_at: datetime
    queued_at: datetime
    tried_at: datetime | None
    status: int | None
    error: str | None
