"""All SQL of the floor: one statement, one function, no decisions.

Locks are taken in one order everywhere: task, then serial, then claim, then slot.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from sangdan.kit.db import Conn, many, maybe, run

from .model import Claim, Drift, Serial, Slot, Task, TaskLine, Unpicked, Wanted

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
USED_SLOTS: Final[LiteralString] = """
    SELECT node_id, hour_at, parcels, parcels_max
      FROM warehouse.slot
     WHERE node_id = ANY(%(node_ids)s::text[]) AND hour_at >= %(from_at)s AND hour_at < %(to_at)s AND parcels > 0
     ORDER BY node_id, hour_at
"""
UNPICKED: Final[LiteralString] = """
    SELECT node_id, hour_at, count(*)::integer AS parcels, pack_by
      FROM warehouse.slot_claim
     WHERE node_id = ANY(%(node_ids)s::text[]) AND hour_at < %(to_at)s AND state = 'held'
       AND parcel_id <> ALL(%(without)s::uuid[])
     GROUP BY node_id, hour_at, pack_by
     ORDER BY node_id, hour_at, pack_by
"""
LINE_UP: Final[LiteralString] = """
    -- An hour's row keeps those apart who come for the same hour; a queue is one for all hours.
    SELECT pg_advisory_xact_lock(hashtext('warehouse.queue'), hashtext(n.node_id))
      FROM (SELECT unnest(%(node_ids)s::text[]) AS node_id ORDER BY 1) n
"""
CLAIM: Final[LiteralString] = """
    -- Check and write are one statement; a parcel that has its place keeps it.
    WITH known AS (
        SELECT node_id, parcel_id, hour_at, state FROM warehouse.slot_claim
         WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s)
    ), counted AS (
        INSERT INTO warehouse.slot (node_id, hour_at, parcels_max, parcels)
        SELECT %(node_id)s, %(hour_at)s, %(parcels_max)s, 1
         WHERE %(parcels_max)s >= 1 AND NOT EXISTS (SELECT FROM known)
        ON CONFLICT (node_id, hour_at) DO UPDATE
           SET parcels = slot.parcels + 1, parcels_max = excluded.parcels_max
         WHERE slot.parcels < excluded.parcels_max
     RETURNING node_id, hour_at
    ), claimed AS (
        INSERT INTO warehouse.slot_claim (node_id, parcel_id, hour_at, pack_by)
        SELECT node_id, %(parcel_id)s, hour_at, %(pack_by)s::timestamptz FROM counted
     RETURNING node_id, parcel_id, hour_at, state
    )
    SELECT node_id, parcel_id, hour_at, state FROM known
     UNION ALL
    SELECT node_id, parcel_id, hour_at, state FROM claimed
"""
RELEASE_CLAIM: Final[LiteralString] = """
    WITH gone AS (
        UPDATE warehouse.slot_claim SET state = 'released'
         WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s) AND state = 'held'
     RETURNING node_id, hour_at
    )
    UPDATE warehouse.slot s SET parcels = s.parcels - 1
      FROM gone g WHERE (s.node_id, s.hour_at) = (g.node_id, g.hour_at)
"""
USE_CLAIM: Final[LiteralString] = """
    UPDATE warehouse.slot_claim SET state = 'used'
     WHERE (node_id, parcel_id) = (%(node_id)s, %(parcel_id)s) AND state = 'held'
"""
DRIFT: Final[LiteralString] = """
    SELECT 'slot' AS "check", node_id, hour_at, coalesce(s.parcels, 0) AS parcels,
           coalesce(c.claims, 0)::integer AS claims
      FROM warehouse.slot s
      FULL JOIN (SELECT node_id, hour_at, count(*) AS claims
                   FROM warehouse.slot_claim WHERE state IN ('held', 'used') GROUP BY 1, 2) c
           USING (node_id, hour_at)
     WHERE coalesce(s.parcels, 0) <> coalesce(c.claims, 0)
     ORDER BY node_id, hour_at
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


async def used_slots(conn: Conn, node_ids: Sequence[str], from_at: datetime, to_at: datetime) -> list[Slot]:
    """The hours of these nodes in [from_at, to_at) in which anything is promised."""
    return await many(conn, Slot, USED_SLOTS, node_ids=list(node_ids), from_at=from_at, to_at=to_at)


async def unpicked(
    conn: Conn, node_ids: Sequence[str], to_at: datetime, without: Sequence[UUID] = ()
) -> list[Unpicked]:
    """What these nodes promised for hours before `to_at` and nobody has picked, released to the floor or not yet.

    without  parcels that do not count
    """
    return await many(conn, Unpicked, UNPICKED, node_ids=list(node_ids), to_at=to_at, without=list(without))


async def line_up(conn: Conn, node_ids: Sequence[str]) -> None:
    """Wait until nobody else who took a place in these nodes' queues is undecided, and keep it so until the end of the
    transaction: what is counted from now on is what stands before us.
    """
    await run(conn, LINE_UP, node_ids=list(node_ids))


async def claim(
    conn: Conn, node_id: str, parcel_id: UUID, hour_at: datetime, parcels_max: int, pack_by: datetime | None
) -> Claim | None:
    """Take a place in a node's hour; None when it is full."""
    return await maybe(
        conn,
        Claim,
        CLAIM,
        node_id=node_id,
        parcel_id=parcel_id,
        hour_at=hour_at,
        parcels_max=parcels_max,
        pack_by=pack_by,
    )


async def release_claim(conn: Conn, node_id: str, parcel_id: UUID) -> None:
    """Give a place back; harmless when it was used, or given back before."""
    await run(conn, RELEASE_CLAIM, node_id=node_id, parcel_id=parcel_id)


async def use_claim(conn: Conn, node_id: str, parcel_id: UUID) -> None:
    """The place was used: it is not given back any more."""
    await run(conn, USE_CLAIM, node_id=node_id, parcel_id=parcel_id)


async def drift(conn: Conn) -> list[Drift]:
    """Every hour whose count is not that of its claims."""
    return await many(conn, Drift, DRIFT)
