"""One cell and its history, and how it is corrected."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from sangdan.kit.db import Conn, many, maybe

from ..model import Awaited, Balance, Movement

LOCK_CELL: Final[LiteralString] = """
    -- A cell that nobody has seen yet begins empty.
    INSERT INTO stock.balance AS b (node_id, sku, owner_id) VALUES (%(node_id)s, %(sku)s, %(owner_id)s)
    ON CONFLICT (node_id, sku, owner_id) DO UPDATE SET on_hand = b.on_hand
 RETURNING node_id, sku, owner_id, on_hand, reserved, safety
"""
CELL: Final[LiteralString] = """
    SELECT node_id, sku, owner_id, on_hand, reserved, safety FROM stock.balance
     WHERE (node_id, sku, owner_id) = (%(node_id)s, %(sku)s, %(owner_id)s)
"""
CORRECT: Final[LiteralString] = """
    -- The fact and its balance at once; a movement that was written before changes nothing.
    WITH moved AS (
        INSERT INTO stock.movement (node_id, movement_id, sku, owner_id, units, kind, reference, at)
        VALUES (%(node_id)s, %(movement_id)s, %(sku)s, %(owner_id)s, %(units)s, %(kind)s, %(reference)s, %(at)s)
        ON CONFLICT (node_id, movement_id) DO NOTHING
     RETURNING node_id, sku, owner_id, units
    )
    UPDATE stock.balance b SET on_hand = b.on_hand + m.units
      FROM moved m WHERE (b.node_id, b.sku, b.owner_id) = (m.node_id, m.sku, m.owner_id)
 RETURNING b.node_id, b.sku, b.owner_id, b.on_hand, b.reserved, b.safety
"""
LOCK_CELLS: Final[LiteralString] = """
    SELECT b.node_id, b.sku, b.owner_id, b.on_hand, b.reserved, b.safety
      FROM stock.balance b
      JOIN (SELECT DISTINCT * FROM unnest(%(node_ids)s::text[], %(skus)s::text[], %(owner_ids)s::text[])
                              AS w (node_id, sku, owner_id)) wanted
           USING (node_id, sku, owner_id)
     ORDER BY b.node_id, b.sku, b.owner_id
       FOR UPDATE OF b
"""
MOVEMENT: Final[LiteralString] = """
    SELECT node_id, movement_id, sku, owner_id, units, kind, reference, at
      FROM stock.movement WHERE (node_id, movement_id) = (%(node_id)s, %(movement_id)s)
"""
MOVEMENTS: Final[LiteralString] = """
    SELECT node_id, movement_id, sku, owner_id, units, kind, reference, at
      FROM stock.movement
     WHERE (node_id, sku, owner_id) = (%(node_id)s, %(sku)s, %(owner_id)s)
       AND (%(before_at)s::timestamptz IS NULL OR (at, movement_id) < (%(before_at)s, %(before_id)s::uuid))
     ORDER BY at DESC, movement_id DESC
     LIMIT %(limit)s
"""
AWAITED: Final[LiteralString] = """
    SELECT node_id, inbound_id, sku, owner_id, units, reserved, due_at FROM stock.inbound
     WHERE (sku, node_id, owner_id) = (%(sku)s, %(node_id)s, %(owner_id)s) AND received_at IS NULL
     ORDER BY due_at, inbound_id
"""


async def lock_cell(conn: Conn, node_id: str, sku: str, owner_id: str) -> Balance:
    """A cell, nobody else's to change until the transaction ends."""
    found = await maybe(conn, Balance, LOCK_CELL, node_id=node_id, sku=sku, owner_id=owner_id)
    assert found is not None, "a cell is there, or begins"
    return found


async def lock_cells(conn: Conn, cells: Collection[tuple[str, str, str]]) -> list[Balance]:
    """Those of the cells that exist, nobody else's to change until the transaction ends."""
    return await many(
        conn, Balance, LOCK_CELLS, node_ids=[each[0] for each in cells], skus=[each[1] for each in cells],
        owner_ids=[each[2] for each in cells],
    )  # fmt: skip


async def cell(conn: Conn, node_id: str, sku: str, owner_id: str) -> Balance | None:
    """A cell as it stands; None when nothing ever lay there."""
    return await maybe(conn, Balance, CELL, node_id=node_id, sku=sku, owner_id=owner_id)


async def correct(conn: Conn, wanted: Movement) -> Balance | None:
    """Write a movement of a locked cell; None when it was written before."""
    return await maybe(
        conn, Balance, CORRECT, node_id=wanted.node_id, movement_id=wanted.movement_id, sku=wanted.sku,
        owner_id=wanted.owner_id, units=wanted.units, kind=wanted.kind, reference=wanted.reference, at=wanted.at,
    )  # fmt: skip


async def movement(conn: Conn, node_id: str, movement_id: UUID) -> Movement | None:
    """One movement of a node."""
    return await maybe(conn, Movement, MOVEMENT, node_id=node_id, movement_id=movement_id)


async def movements(
    conn: Conn, node_id: str, sku: str, owner_id: str, before: tuple[datetime, UUID] | None, limit: int
) -> list[Movement]:
    """A cell's history, the latest first, before a known movement."""
    before_at, before_id = before or (None, None)
    return await many(
        conn, Movement, MOVEMENTS, node_id=node_id, sku=sku, owner_id=owner_id, before_at=before_at,
        before_id=before_id, limit=limit,
    )  # fmt: skip


async def awaited(conn: Conn, node_id: str, sku: str, owner_id: str) -> Sequence[Awaited]:
    """What is still to reach a cell, the soonest first."""
    return await many(conn, Awaited, AWAITED, node_id=node_id, sku=sku, owner_id=owner_id)
