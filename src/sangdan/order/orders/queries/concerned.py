"""What a change of the network would concern: parcels that nodes still have to make, and what was asked for lately."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, many

CONCERNED: Final[LiteralString] = """
    SELECT p.order_id, p.parcel_no, p.node_id, p.carrier_id, p.service, p.slot_at, p.ready_at, p.departs_at,
           p.promised_at, o.postcode
      FROM orders.parcel p JOIN orders.order o USING (order_id)
     WHERE p.node_id = ANY(%(node_ids)s::text[]) AND p.state IN ('planned', 'released')
     ORDER BY p.departs_at, p.parcel_id
     LIMIT %(limit)s
"""
ASKED: Final[LiteralString] = """
    -- Those of the orders named; of the latest ones those that came from the nodes; and others besides. Each with what
    -- was in it.
    WITH latest AS (
        SELECT order_id, placed_at FROM orders.order ORDER BY placed_at DESC, order_id DESC LIMIT %(looked_at)s
    ), named AS (
        SELECT order_id, 0 AS place FROM unnest(%(order_ids)s::uuid[]) AS k (order_id)
         UNION ALL
        SELECT l.order_id, CASE WHEN EXISTS (SELECT FROM orders.parcel p
                                              WHERE p.order_id = l.order_id AND p.node_id = ANY(%(node_ids)s::text[]))
                                THEN 1 ELSE 2 END
          FROM latest l WHERE l.order_id <> ALL(%(order_ids)s::uuid[])
    )
    SELECT o.order_id, o.shop_id, o.postcode, o.currency, array_agg(i.sku::text ORDER BY i.line_no) AS skus,
           array_agg(i.seller_id::text ORDER BY i.line_no) AS sellers, array_agg(i.units ORDER BY i.line_no) AS units
      FROM (SELECT n.order_id, n.place FROM named n ORDER BY n.place, n.order_id DESC LIMIT %(limit)s) chosen
      JOIN orders.order o USING (order_id)
      JOIN orders.line i USING (order_id)
     WHERE i.kit_sku IS NULL
     GROUP BY chosen.place, o.order_id
     ORDER BY chosen.place, o.order_id DESC
"""
# So many of the latest orders are looked through for those that came from certain nodes.
LOOKED_AT: Final = 400


class Planned(msgspec.Struct, frozen=True):
    """A parcel that a node still has to make, as it was planned; carrier_id is None when it is fetched."""

    order_id: UUID
    parcel_no: int
    node_id: str
    carrier_id: str | None
    service: str
    slot_at: datetime
    ready_at: datetime
    departs_at: datetime
    promised_at: datetime
    postcode: str


class AskedFor(msgspec.Struct, frozen=True):
    """What was in an order, without kits, and where it went."""

    order_id: UUID
    shop_id: str
    postcode: str
    currency: str
    skus: Sequence[str]
    sellers: Sequence[str]
    units: Sequence[int]


async def concerned(conn: Conn, node_ids: Collection[str], limit: int) -> list[Planned]:
    """What some nodes still have to make, soonest first; at most so many."""
    return await many(conn, Planned, CONCERNED, node_ids=sorted(node_ids), limit=limit)


async def asked_for(conn: Conn, order_ids: Collection[UUID], node_ids: Collection[str], limit: int) -> list[AskedFor]:
    """The baskets of some orders, then of the latest from some nodes, then of others until there are enough."""
    return await many(
        conn, AskedFor, ASKED, order_ids=sorted(order_ids), node_ids=sorted(node_ids), limit=limit, looked_at=LOOKED_AT
    )
