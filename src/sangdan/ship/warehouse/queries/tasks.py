"""SQL of a parcel's way over the floor, and of the numbers that nodes give out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from sangdan.kit.db import Conn, many, maybe, run

from ..model import Serial, Task, TaskLine, Wanted

ADD: Final[LiteralString] = """
    WITH added AS (
        INSERT INTO warehouse.task (node_id, parcel_id, order_id, parcel_no, carrier_id, service, due_at)
        SELECT node_id, parcel_id, order_id, parcel_no, carrier_id, service, due_at
          FROM unnest(%(node_ids)s::text[], %(parcel_ids)s::uuid[], %(order_ids)s::uuid[], %(parcel_nos)s::integer[],
                      %(carrier_ids)s::text[], %(services)s::text[], %(due_ats)s::timestamptz[])
               AS t (node_id, parcel_id, order_id, parcel_no, carrier_id, service, due_at)
        ON CONFLICT (node_id, parcel_id) DO NOTHING
     RETURNING node_id, parcel_id
    )
    INSERT INTO warehouse.task_line (node_id, parcel_id, line_no, reservation_id, sku, owner_id, units)
    SELECT a.node_id, a.parcel_id, l.line_no, l.reservation_id, l.sku, l.owner_id, l.units
      FROM added a
      JOIN unnest(%(of_parcels)s::uuid[], %(line_nos)s::integer[], %(reservation_ids)s::uuid[], %(skus)s::text[],
                  %(owner_ids)s::text[], %(units)s::bigint[])
           AS l (parcel_id, line_no, reservation_id, sku, owner_id, units) USING (parcel_id)
"""
_TASK: Final[LiteralString] = """
    SELECT node_id, parcel_id, order_id, parcel_no, carrier_id, service, state, due_at, sscc,
           picked_at, packed_at, handed_over_at
      FROM warehouse.task
"""
TASK: Final[LiteralString] = _TASK + " WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s)"
LOCKED: Final[LiteralString] = TASK + " FOR UPDATE"
OPEN: Final[LiteralString] = (
    _TASK
    + """
     WHERE node_id = %(node_id)s AND state IN ('waiting', 'picked', 'packed')
       AND (due_at, parcel_id) > (%(after_at)s::timestamptz, %(after_id)s::uuid)
     ORDER BY due_at, parcel_id
     LIMIT %(limit)s
"""
)
AT_COUNTER: Final[LiteralString] = (
    _TASK
    + """
     WHERE node_id = %(node_id)s AND carrier_id IS NULL AND state = 'handed_over' AND handed_over_at > %(since)s
     ORDER BY handed_over_at DESC
     LIMIT %(limit)s
"""
)
LINES: Final[LiteralString] = """
    SELECT parcel_id, line_no, reservation_id, sku, owner_id, units, found
      FROM warehouse.task_line
     WHERE node_id = %(node_id)s AND parcel_id = ANY(%(parcel_ids)s::uuid[])
     ORDER BY parcel_id, line_no, reservation_id
"""
PICK: Final[LiteralString] = """
    -- The work of the hour is done, whatever was found.
    WITH used AS (
        UPDATE warehouse.slot_claim SET state = 'used'
         WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s) AND state = 'held'
    ), picked AS (
        UPDATE warehouse.task SET state = %(state)s, picked_at = %(at)s
         WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s)
    )
    UPDATE warehouse.task_line l SET found = f.units
      FROM unnest(%(reservation_ids)s::uuid[], %(units)s::bigint[]) AS f (reservation_id, units)
     WHERE (l.node_id, l.parcel_id, l.reservation_id) = (%(node_id)s, %(parcel_id)s, f.reservation_id)
"""
NEXT_SERIAL: Final[LiteralString] = """
    -- The row lock gives each number out once.
    UPDATE warehouse.sscc_serial SET next = next + 1
     WHERE node_id = %(node_id)s
 RETURNING gs1_prefix, next - 1 AS serial
"""
PACK: Final[LiteralString] = """
    UPDATE warehouse.task SET state = 'packed', packed_at = %(at)s, sscc = %(sscc)s
     WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s)
"""
HAND_OVER: Final[LiteralString] = """
    UPDATE warehouse.task SET state = 'handed_over', handed_over_at = %(at)s
     WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s) AND state = 'packed'
 RETURNING node_id, parcel_id, order_id, parcel_no, carrier_id, service, state, due_at, sscc,
           picked_at, packed_at, handed_over_at
"""
CANCEL: Final[LiteralString] = """
    UPDATE warehouse.task SET state = 'cancelled' WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s)
"""
ADOPT: Final[LiteralString] = """
    -- Numbers stay unique as long as no node's prefix begins with another's.
    INSERT INTO warehouse.sscc_serial (node_id, gs1_prefix, next)
    SELECT w.node_id, w.gs1_prefix, 0
      FROM (VALUES (%(node_id)s::text, %(gs1_prefix)s::text)) AS w (node_id, gs1_prefix)
     WHERE NOT EXISTS (SELECT FROM warehouse.sscc_serial o
                        WHERE o.node_id <> w.node_id
                          AND (starts_with(o.gs1_prefix, w.gs1_prefix) OR starts_with(w.gs1_prefix, o.gs1_prefix)))
    ON CONFLICT (node_id) DO UPDATE
       SET gs1_prefix = excluded.gs1_prefix,
           next = CASE WHEN sscc_serial.gs1_prefix = excluded.gs1_prefix THEN sscc_serial.next ELSE 0 END
"""


async def add(conn: Conn, wanted: Sequence[Wanted]) -> None:
    """Put parcels on the floor with their lines; those that are there already stay as they are."""
    lines = [(parcel.parcel_id, line) for parcel in wanted for line in parcel.lines]
    await run(
        conn,
        ADD,
        node_ids=[w.node_id for w in wanted],
        parcel_ids=[w.parcel_id for w in wanted],
        order_ids=[w.order_id for w in wanted],
        parcel_nos=[w.parcel_no for w in wanted],
        carrier_ids=[w.carrier_id for w in wanted],
        services=[w.service for w in wanted],
        due_ats=[w.due_at for w in wanted],
        of_parcels=[parcel_id for parcel_id, _ in lines],
        line_nos=[line.line_no for _, line in lines],
        reservation_ids=[line.reservation_id for _, line in lines],
        skus=[line.sku for _, line in lines],
        owner_ids=[line.owner_id for _, line in lines],
        units=[line.units for _, line in lines],
    )


async def task(conn: Conn, node_id: str, parcel_id: UUID) -> Task | None:
    """The task, as it stands."""
    return await maybe(conn, Task, TASK, node_id=node_id, parcel_id=parcel_id)


async def locked(conn: Conn, node_id: str, parcel_id: UUID) -> Task | None:
    """The task, with its row locked."""
    return await maybe(conn, Task, LOCKED, node_id=node_id, parcel_id=parcel_id)


async def open_tasks(conn: Conn, node_id: str, after: tuple[datetime, UUID], limit: int) -> list[Task]:
    """A page of a node's open tasks, least time left first."""
    return await many(conn, Task, OPEN, node_id=node_id, after_at=after[0], after_id=after[1], limit=limit)


async def at_counter(conn: Conn, node_id: str, since: datetime, limit: int) -> list[Task]:
    """What was put behind a node's counter since then, the latest first, fetched meanwhile or not."""
    return await many(conn, Task, AT_COUNTER, node_id=node_id, since=since, limit=limit)


async def lines(conn: Conn, node_id: str, parcel_ids: Sequence[UUID]) -> list[TaskLine]:
    """The lines of a node's tasks, by parcel."""
    return await many(conn, TaskLine, LINES, node_id=node_id, parcel_ids=list(parcel_ids))


async def pick(conn: Conn, picked: Task, found: Mapping[UUID, int], state: str, at: datetime) -> None:
    """Write what was found, the task's new state, and that its hour's place is used."""
    await run(
        conn,
        PICK,
        node_id=picked.node_id,
        parcel_id=picked.parcel_id,
        state=state,
        at=at,
        reservation_ids=list(found),
        units=list(found.values()),
    )


async def next_serial(conn: Conn, node_id: str) -> Serial | None:
    """Take the node's next serial number; None when it has no GS1 prefix."""
    return await maybe(conn, Serial, NEXT_SERIAL, node_id=node_id)


async def pack(conn: Conn, packed: Task, sscc: str, at: datetime) -> None:
    """Write that the parcel is closed, and its number."""
    await run(conn, PACK, node_id=packed.node_id, parcel_id=packed.parcel_id, sscc=sscc, at=at)


async def hand_over(conn: Conn, node_id: str, parcel_id: UUID, at: datetime) -> Task | None:
    """Hand a packed parcel over; None when it is not packed, or not there."""
    return await maybe(conn, Task, HAND_OVER, node_id=node_id, parcel_id=parcel_id, at=at)


async def cancel(conn: Conn, cancelled: Task) -> None:
    """Write that the parcel is not to be made."""
    await run(conn, CANCEL, node_id=cancelled.node_id, parcel_id=cancelled.parcel_id)


async def adopt(conn: Conn, node_id: str, gs1_prefix: str) -> bool:
    """Give a node its prefix; False when another node's begins alike."""
    return await run(conn, ADOPT, node_id=node_id, gs1_prefix=gs1_prefix) == 1
