"""Units that come and go: every change of a shelf is a movement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from sangdan.kit.db import Conn, maybe, run

from ..model import Arrived

LEAVE: Final[LiteralString] = """
    -- Units leave the shelf for good, shipped or lost: the reservation, the balance and the movement, at once.
    WITH wish AS (
        SELECT reservation_id, units, movement_id
          FROM unnest(%(reservation_ids)s::uuid[], %(units)s::bigint[], %(movement_ids)s::uuid[])
               AS w (reservation_id, units, movement_id)
    ), gone AS (
        UPDATE stock.reservation r
           SET units = CASE WHEN r.units = w.units THEN r.units ELSE r.units - w.units END,
               state = CASE WHEN r.units = w.units THEN %(state)s ELSE r.state END
          FROM wish w
         WHERE r.node_id = %(node_id)s AND r.reservation_id = w.reservation_id
           AND r.state = 'held' AND r.inbound_id IS NULL AND r.units >= w.units
     RETURNING r.node_id, r.sku, r.owner_id, r.shop_id, w.units, w.movement_id
    ), shelf AS (
        SELECT b.node_id, b.sku, b.owner_id, g.units
          FROM stock.balance b
          JOIN (SELECT node_id, sku, owner_id, sum(units)::bigint AS units FROM gone GROUP BY 1, 2, 3) g
               USING (node_id, sku, owner_id)
         ORDER BY b.node_id, b.sku, b.owner_id
           FOR UPDATE OF b
    ), off AS (
        UPDATE stock.balance b SET on_hand = b.on_hand - s.units, reserved = b.reserved - s.units
          FROM shelf s WHERE (b.node_id, b.sku, b.owner_id) = (s.node_id, s.sku, s.owner_id)
     RETURNING b.node_id, b.sku, b.owner_id
    ), share AS (
        -- A shop's share goes with what was shipped of it; of what was not there it may take others.
        UPDATE stock.allotment a
           SET taken = a.taken - t.units,
               units_max = CASE %(state)s WHEN 'shipped' THEN greatest(a.units_max - t.units, 0) ELSE a.units_max END
          FROM (SELECT node_id, sku, owner_id, shop_id, sum(units)::bigint AS units
                  FROM gone WHERE shop_id IS NOT NULL GROUP BY 1, 2, 3, 4) t
          JOIN off o USING (node_id, sku, owner_id)
         WHERE (a.node_id, a.sku, a.owner_id, a.shop_id) = (t.node_id, t.sku, t.owner_id, t.shop_id)
    )
    INSERT INTO stock.movement (node_id, movement_id, sku, owner_id, units, kind, reference, at)
    SELECT node_id, movement_id, sku, owner_id, -units, %(kind)s, %(reference)s, %(at)s FROM gone
"""
RECEIVE: Final[LiteralString] = """
    WITH moved AS (
        INSERT INTO stock.movement (node_id, movement_id, sku, owner_id, units, kind, reference, at)
        VALUES (%(node_id)s, %(movement_id)s, %(sku)s, %(owner_id)s, %(units)s, %(kind)s, %(reference)s, %(at)s)
        ON CONFLICT (node_id, movement_id) DO NOTHING
     RETURNING node_id, sku, owner_id, units
    )
    INSERT INTO stock.balance (node_id, sku, owner_id, on_hand)
    SELECT node_id, sku, owner_id, units FROM moved
    ON CONFLICT (node_id, sku, owner_id) DO UPDATE SET on_hand = balance.on_hand + excluded.on_hand
"""
LOCK_INBOUND: Final[LiteralString] = """
    -- A statement of its own: the next one then sees every promise that was made of it meanwhile.
    SELECT FROM stock.inbound WHERE (node_id, inbound_id) = (%(node_id)s, %(inbound_id)s) FOR UPDATE
"""
ARRIVE: Final[LiteralString] = """
    -- A dated supply reaches its shelf; what was promised of it is now promised of the shelf.
    WITH came AS (
        UPDATE stock.inbound SET received_at = %(at)s
         WHERE (node_id, inbound_id) = (%(node_id)s, %(inbound_id)s) AND received_at IS NULL
     RETURNING node_id, inbound_id, sku, owner_id, units, reserved
    ), held AS (
        UPDATE stock.reservation r SET inbound_id = NULL
          FROM came c
         WHERE r.node_id = c.node_id AND r.inbound_id = c.inbound_id AND r.state = 'held'
    ), moved AS (
        INSERT INTO stock.movement (node_id, movement_id, sku, owner_id, units, kind, reference, at)
        SELECT node_id, %(movement_id)s, sku, owner_id, units, 'receive', inbound_id, %(at)s FROM came
    )
    INSERT INTO stock.balance (node_id, sku, owner_id, on_hand, reserved)
    SELECT node_id, sku, owner_id, units, reserved FROM came
    ON CONFLICT (node_id, sku, owner_id)
    DO UPDATE SET on_hand = balance.on_hand + excluded.on_hand, reserved = balance.reserved + excluded.reserved
 RETURNING node_id, sku, owner_id, (SELECT units FROM came) AS units
"""


async def leave(
    conn: Conn,
    node_id: str,
    parts: Sequence[tuple[UUID, int, UUID]],
    state: str,
    kind: str,
    reference: str,
    at: datetime,
) -> int:
    """Take reserved units off the shelf; parts are (reservation, units, movement). Gives how many moved."""
    return await run(
        conn,
        LEAVE,
        node_id=node_id,
        state=state,
        kind=kind,
        reference=reference,
        at=at,
        reservation_ids=[p[0] for p in parts],
        units=[p[1] for p in parts],
        movement_ids=[p[2] for p in parts],
    )


async def receive(
    conn: Conn,
    node_id: str,
    movement_id: UUID,
    sku: str,
    owner_id: str,
    units: int,
    kind: str,
    reference: str,
    at: datetime,
) -> bool:
    """Put units on the shelf; False when this movement was written before."""
    return (
        await run(
            conn,
            RECEIVE,
            node_id=node_id,
            movement_id=movement_id,
            sku=sku,
            owner_id=owner_id,
            units=units,
            kind=kind,
            reference=reference,
            at=at,
        )
        == 1
    )


async def arrive(conn: Conn, node_id: str, inbound_id: str, movement_id: UUID, at: datetime) -> Arrived | None:
    """Receive a dated inbound; None when it is unknown or was received before."""
    await run(conn, LOCK_INBOUND, node_id=node_id, inbound_id=inbound_id)
    return await maybe(conn, Arrived, ARRIVE, node_id=node_id, inbound_id=inbound_id, movement_id=movement_id, at=at)
