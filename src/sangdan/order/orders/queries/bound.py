"""Where parcels are bound for, for whoever carries them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, many

BOUND_FOR: Final[LiteralString] = """
    SELECT p.parcel_id, o.postcode, p.promised_at
      FROM orders.parcel p JOIN orders.order o USING (order_id)
     WHERE p.order_id = ANY(%(order_ids)s::uuid[])
"""


class Bound(msgspec.Struct, frozen=True):
    """Whereto a parcel goes, and by when."""

    parcel_id: UUID
    postcode: str
    promised_at: datetime


async def bound_for(conn: Conn, order_ids: Sequence[UUID]) -> list[Bound]:
    """Whereto the parcels of these orders go."""
    return await many(conn, Bound, BOUND_FOR, order_ids=list(order_ids))
