"""What was sent to the endpoints, as people look for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit import lists
from sangdan.kit.db import Conn
from sangdan.kit.lists import Listing, Wish

from ..model import Progress

# Nothing is looked through for an ally that has no endpoint.
ROWS: Final[LiteralString] = """
    SELECT * FROM webhooks.delivery d
     WHERE (%(seen_by)s::text IS NULL OR EXISTS (SELECT FROM webhooks.endpoint WHERE partner_id = %(seen_by)s))
"""
LISTED: Final[LiteralString] = (
    "WITH looked AS ("
    + ROWS
    + """)
    SELECT d.endpoint_id, d.event_id, e.partner_id, e.url, d.position, d.type, d.state, d.attempts, d.due_at,
           d.queued_at, d.tried_at, d.status, d.error
      FROM looked d JOIN webhooks.endpoint e USING (endpoint_id)
     WHERE (%(seen_by)s::text IS NULL OR e.partner_id = %(seen_by)s)
"""
)
# What waits is found by another index than the order's.
_WAITING: Final[LiteralString] = """
    SELECT * FROM (SELECT * FROM webhooks.delivery WHERE state = 'waiting' OFFSET 0) d WHERE true
"""
DELIVERIES: Final = Listing(
    select=LISTED,
    where={
        "endpoint": "d.endpoint_id = %(endpoint)s::uuid",
        "type": "d.type = %(type)s",
        "state:waiting": "d.state = 'waiting'",
        "state:done": "d.state = 'done'",
        "state:failed": "d.state = 'failed'",
        "queued": "d.queued_at >= %(queued_from)s AND d.queued_at < %(queued_until)s",
    },
    orders={
        "queued": lists.Order(
            (("d.queued_at", "timestamptz"), ("d.endpoint_id", "uuid"), ("d.event_id", "uuid")),
            ("queued_at", "endpoint_id", "event_id"),
            served=frozenset({"endpoint", "queued", "state:waiting", "state:failed"}),
            apart={"state:waiting": _WAITING},
        )
    },
    rows=ROWS,
)


class Sent(msgspec.Struct, frozen=True):
    """One event for one endpoint; see model.Delivery."""

    endpoint_id: UUID
    event_id: UUID
    partner_id: str | None
    url: str
    position: int
    type: str
    state: Progress
    attempts: int
    due_at: datetime
    queued_at: datetime
    tried_at: datetime | None
    status: int | None
    error: str | None


async def listed(conn: Conn, seen_by: str | None, wish: Wish, limit: int) -> Sequence[Sent]:
    """A page of deliveries; an ally sees those to its own endpoints."""
    return await lists.page(conn, Sent, DELIVERIES, wish, limit, seen_by=seen_by)
