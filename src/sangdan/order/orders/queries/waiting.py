"""Parcels that nobody works on yet, with what is in them: all at once, to be looked at again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, many

WAITING: Final[LiteralString] = """
    SELECT p.order_id, p.parcel_no, p.node_id, p.service, p.promised_at, p.weight_g, o.postcode, o.currency,
           bool_or(c.inbound_id IS NOT NULL) AS awaits_supply, array_agg(l.sku::text ORDER BY l.line_no) AS skus,
           array_agg(l.seller_id::text ORDER BY l.line_no) AS sellers,
           array_agg((c.units - c.lost_units)::bigint ORDER BY l.line_no) AS units
      FROM orders.parcel p
      JOIN orders.order o USING (order_id)
      JOIN orders.parcel_line c USING (order_id, parcel_no)
      JOIN orders.line l USING (order_id, line_no)
     WHERE p.state = 'planned' AND p.carrier_id IS NOT NULL AND c.units > c.lost_units
     GROUP BY p.order_id, p.parcel_no, o.order_id
     ORDER BY p.order_id, p.parcel_no
"""


class Waiting(msgspec.Struct, frozen=True):
    """A parcel to be delivered that no floor was told of.

    awaits_supply  whether any of it has still to reach the shelf
    skus           of its parts, with their sellers and units
    """

    order_id: UUID
    parcel_no: int
    node_id: str
    service: str
    promised_at: datetime
    weight_g: int
    postcode: str
    currency: str
    awaits_supply: bool
    skus: Sequence[str]
    sellers: Sequence[str]
    units: Sequence[int]


async def waiting(conn: Conn) -> list[Waiting]:
    """Every such parcel, by order."""
    return await many(conn, Waiting, WAITING)
