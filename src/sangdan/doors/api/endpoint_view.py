"""Webhook endpoints as their owners write and see them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sangdan.talk.webhooks.model import Endpoint, Reason, State

Url = Annotated[str, Meta(max_length=1000, description="Where events are sent: https, public.")]
Types = Annotated[list[str], Meta(min_length=1, max_length=50, description="Types of events; null: all.")]


class NewEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address that is to be told of events from now on."""

    url: Url
    types: Types | None = None


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be different; what is left out stays.

    state  'on' also wakes an endpoint that was switched off because it took nothing
    """

    url: Url | UnsetType = UNSET
    types: Types | UnsetType | None = UNSET
    state: Literal["on", "off"] | UnsetType = UNSET


class Rotation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """at_once: the secret was stolen, and is not to be valid for another day."""

    at_once: bool = False


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be told again: single events, or all after a position, or all from a time on. One of the three."""

    events: Annotated[list[UUID], Meta(min_length=1, max_length=100)] | None = None
    after: Annotated[int, Meta(ge=0, le=2**62)] | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None


class EndpointView(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint; never its secret.

    state           off: by its owner; dead: by us, for the reason
    rotating_until  until then the secret before is valid too
    failing_since   it has taken nothing since
    """

    endpoint_id: UUID
    partner_id: str | None
    url: str
    types: list[str] | None
    state: State
    reason: Reason | None
    state_at: datetime
    rotating_until: datetime | None
    failing_since: datetime | None
    made_at: datetime


class MadeEndpoint(msgspec.Struct, frozen=True):
    """A new endpoint and its secret, which is shown this once."""

    endpoint: EndpointView
    secret: str


class NewSecret(msgspec.Struct, frozen=True):
    """A new secret, which is shown this once; until `rotating_until` the one before signs every webhook, too."""

    secret: str
    rotating_until: datetime | None


class Pinged(msgspec.Struct, frozen=True):
    """The id of the test event that will come."""

    event_id: UUID


def view(known: Endpoint) -> EndpointView:
    """An endpoint as its owner sees it."""
    return EndpointView(
        endpoint_id=known.endpoint_id,
        partner_id=known.partner_id,
        url=known.url,
        types=known.types,
        state=known.state,
        reason=known.reason,
        state_at=known.state_at,
        rotating_until=known.rotating_until,
        failing_since=known.failing_since,
        made_at=known.made_at,
    )
