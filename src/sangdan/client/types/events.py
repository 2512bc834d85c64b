"""What `client.events` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A public event, as CloudEvents 1.0 spells it in JSON."""

    specversion: str
    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: str
    position: str
    data: dict[str, Any]


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some events, oldest first."""

    items: tuple[Event, ...]
    next: int
    more: bool
