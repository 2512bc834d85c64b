"""Readings of all persons, as somebody looks through them who watches over what is read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit import lists
from sangdan.kit.db import Conn
from sangdan.kit.lists import Listing, Wish

LISTED: Final[LiteralString] = """
    SELECT r.reading_id, r.at, r.shop_id, r.shopper_id, r.read_by, r.order_id, r.fields, r.reason
      FROM shoppers.reading r
     WHERE (%(seen_by)s::text IS NULL OR r.shop_id = %(seen_by)s)
"""
READINGS: Final = Listing(
    select=LISTED,
    where={
        "q": "(r.shopper_id = %(q)s OR r.read_by = %(q)s OR r.read_by = 'staff.' || %(q)s)",
        "at": "r.at >= %(at_from)s AND r.at < %(at_until)s",
    },
    orders={"at": lists.Order((("r.at", "timestamptz"), ("r.reading_id", "uuid")), ("at", "reading_id"))},
)


class ListedReading(msgspec.Struct, frozen=True):
    """Somebody read something in the clear."""

    reading_id: UUID
    at: datetime
    shop_id: str
    shopper_id: str
    read_by: str
    order_id: UUID | None
    fields: list[str]
    reason: str | None


async def listed(conn: Conn, seen_by: str | None, wish: Wish, limit: int) -> Sequence[ListedReading]:
    """A page of readings; a shop sees those of its own shoppers."""
    return await lists.page(conn, ListedReading, READINGS, wish, limit, seen_by=seen_by)
