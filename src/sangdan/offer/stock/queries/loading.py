"""Counts and announced supply, brought in by the thousand."""

from datetime import datetime
from typing import Final, LiteralString

from sangdan.kit.bulk import Bulk
from sangdan.kit.db import Conn, many, run

from ..model import Ruled

# Load: rows that come in bulk, through kit.bulk's temporary table `incoming`.
MAKE_COUNT: Final[LiteralString] = """
    -- Plain text, not kit.code: codes are checked as they reach stock.balance, once for each new or changed cell.
    CREATE TEMPORARY TABLE incoming (
        line bigint NOT NULL, node_id text COLLATE "C" NOT NULL, sku text COLLATE "C" NOT NULL,
        owner_id text COLLATE "C" NOT NULL, on_hand bigint NOT NULL, safety bigint, was bigint, reserved bigint
    ) ON COMMIT DROP
"""
COPY_COUNT: Final[LiteralString] = """
    COPY pg_temp.incoming (line, node_id, sku, owner_id, on_hand, safety) FROM STDIN (FORMAT csv)
"""
RULE_COUNT: Final[LiteralString] = """
    -- Where a rule says what is kept back, it outranks the count.
    UPDATE pg_temp.incoming i SET safety = s.safety
      FROM (SELECT c.line,
                   (SELECT r.safety FROM stock.sku_rule r
                     WHERE r.safety IS NOT NULL AND r.sku = c.sku
                       AND coalesce(r.node_id, c.node_id) = c.node_id AND coalesce(r.owner_id, c.owner_id) = c.owner_id
                     ORDER BY r.rank DESC LIMIT 1) AS safety
              FROM pg_temp.incoming c) s
     WHERE s.line = i.line AND s.safety IS NOT NULL
"""
COUNT_SAME: Final[LiteralString] = """
    -- Cells that hold what was counted leave `incoming`. LATERAL, here and below: one look into the key for each row,
    -- however many millions of cells there are.
    DELETE FROM pg_temp.incoming i
     USING (SELECT c.line
              FROM pg_temp.incoming c
             CROSS JOIN LATERAL (SELECT FROM stock.balance b
                                  WHERE (b.node_id, b.sku, b.owner_id) = (c.node_id, c.sku, c.owner_id)
                                    AND (b.on_hand, b.safety) = (c.on_hand, coalesce(c.safety, b.safety))
                                 OFFSET 0) held) same
     WHERE same.line = i.line
"""
COUNT_NEW: Final[LiteralString] = """
    -- Cells never seen before: the whole count is their first movement. They leave `incoming`, whose rest exists.
    WITH made AS (
        INSERT INTO stock.balance (node_id, sku, owner_id, on_hand, safety)
        SELECT node_id, sku, owner_id, on_hand, coalesce(safety, 0)
          FROM pg_temp.incoming ORDER BY node_id, sku, owner_id
        ON CONFLICT (node_id, sku, owner_id) DO NOTHING
     RETURNING node_id, sku, owner_id, on_hand
    ), moved AS (
        INSERT INTO stock.movement (node_id, movement_id, sku, owner_id, units, kind, reference, at)
        SELECT node_id,
               kit.hashed_id(%(at)s, concat_ws('|', %(reference)s::text, node_id, sku, owner_id, 0, on_hand)),
               sku, owner_id, on_hand, 'count', %(reference)s, %(at)s
          FROM made WHERE on_hand > 0
    )
    DELETE FROM pg_temp.incoming i
     USING made m WHERE (i.node_id, i.sku, i.owner_id) = (m.node_id, m.sku, m.owner_id)
"""
COUNTED: Final[LiteralString] = """
    SELECT node_id, sku, owner_id, false AS lapsed FROM pg_temp.incoming ORDER BY node_id, sku, owner_id
"""
LOCK_COUNTED: Final[LiteralString] = """
    -- In key order. What the cells hold now stays true until the transaction ends.
    WITH held AS (
        SELECT c.line, h.on_hand, h.reserved, h.safety
          FROM (SELECT line, node_id, sku, owner_id FROM pg_temp.incoming ORDER BY node_id, sku, owner_id) c
         CROSS JOIN LATERAL (SELECT b.on_hand, b.reserved, b.safety FROM stock.balance b
                              WHERE (b.node_id, b.sku, b.owner_id) = (c.node_id, c.sku, c.owner_id)
                                FOR UPDATE) h
    )
    UPDATE pg_temp.incoming i
       SET was = h.on_hand, reserved = h.reserved, safety = coalesce(i.safety, h.safety)
      FROM held h WHERE h.line = i.line
"""
REFUSE_COUNT: Final[LiteralString] = """
    DELETE FROM pg_temp.incoming i
     WHERE i.on_hand < i.reserved
 RETURNING i.line, 'on_hand: ' || i.on_hand || ' counted, but ' || i.reserved || ' are reserved' AS reason
"""
COUNT_AGAIN: Final[LiteralString] = """
    -- Every cell exists and is locked: the difference to what was there is what the movement says.
    WITH moved AS (
        INSERT INTO stock.movement (node_id, movement_id, sku, owner_id, units, kind, reference, at)
        SELECT node_id,
               kit.hashed_id(%(at)s, concat_ws('|', %(reference)s::text, node_id, sku, owner_id, was, on_hand)),
               sku, owner_id, on_hand - was, 'count', %(reference)s, %(at)s
          FROM pg_temp.incoming WHERE on_hand <> was
    )
    INSERT INTO stock.balance AS old (node_id, sku, owner_id, on_hand, safety)
    SELECT node_id, sku, owner_id, on_hand, safety FROM pg_temp.incoming ORDER BY node_id, sku, owner_id
    ON CONFLICT (node_id, sku, owner_id) DO UPDATE
       SET (on_hand, safety) = (excluded.on_hand, excluded.safety)
     WHERE (old.on_hand, old.safety) IS DISTINCT FROM (excluded.on_hand, excluded.safety)
"""
MAKE_INBOUND: Final[LiteralString] = """
    CREATE TEMPORARY TABLE incoming (
        line bigint NOT NULL, node_id kit.code NOT NULL, inbound_id kit.code NOT NULL, sku kit.code NOT NULL,
        owner_id kit.code NOT NULL, units bigint NOT NULL, due_at timestamptz NOT NULL, preorder_max bigint
    ) ON COMMIT DROP
"""
COPY_INBOUND: Final[LiteralString] = """
    COPY pg_temp.incoming (line, node_id, inbound_id, sku, owner_id, units, due_at, preorder_max)
    FROM STDIN (FORMAT csv)
"""
LOCK_INBOUND: Final[LiteralString] = """
    SELECT count(*) AS locked
      FROM (SELECT FROM stock.inbound b JOIN pg_temp.incoming i USING (node_id, inbound_id)
             ORDER BY b.node_id, b.inbound_id
               FOR UPDATE OF b) held
"""
REFUSE_INBOUND: Final[LiteralString] = """
    DELETE FROM pg_temp.incoming i
     USING stock.inbound b
     WHERE (b.node_id, b.inbound_id) = (i.node_id, i.inbound_id)
       AND ((b.sku, b.owner_id) <> (i.sku, i.owner_id) OR i.units < b.reserved
            OR (b.received_at IS NOT NULL AND (b.units, b.due_at) <> (i.units, i.due_at)))
 RETURNING i.line,
           CASE WHEN (b.sku, b.owner_id) <> (i.sku, i.owner_id)
                THEN 'inbound_id: ' || i.inbound_id || ' is ' || b.sku || ' of ' || b.owner_id || ': take another id'
                WHEN b.received_at IS NOT NULL THEN 'inbound_id: ' || i.inbound_id || ' was received already'
                ELSE 'units: ' || i.units || ' expected, but ' || b.reserved || ' are promised' END AS reason
"""
PUT_INBOUND: Final[LiteralString] = """
    INSERT INTO stock.inbound AS old (node_id, inbound_id, sku, owner_id, units, due_at, preorder_max)
    SELECT node_id, inbound_id, sku, owner_id, units, due_at, preorder_max
      FROM pg_temp.incoming ORDER BY node_id, inbound_id
    ON CONFLICT (node_id, inbound_id) DO UPDATE
       SET (units, due_at, preorder_max) = (excluded.units, excluded.due_at, excluded.preorder_max)
     WHERE (old.units, old.due_at, old.preorder_max)
           IS DISTINCT FROM (excluded.units, excluded.due_at, excluded.preorder_max)
"""
BULK_INBOUND: Final = Bulk(MAKE_INBOUND, COPY_INBOUND, PUT_INBOUND, (REFUSE_INBOUND,), LOCK_INBOUND)


async def rule_count(conn: Conn) -> None:
    """Let safety rules say what `incoming` keeps back."""
    await run(conn, RULE_COUNT)


async def counted(conn: Conn) -> list[Ruled]:
    """The cells that are left in `incoming`."""
    return await many(conn, Ruled, COUNTED)


async def count_same(conn: Conn) -> None:
    """Take out of `incoming` what is known exactly so."""
    await run(conn, COUNT_SAME)


async def count_new(conn: Conn, reference: str, at: datetime) -> int:
    """Open the counted cells that did not exist; gives how many. They leave `incoming`."""
    return await run(conn, COUNT_NEW, reference=reference, at=at)


async def count_again(conn: Conn, reference: str, at: datetime) -> int:
    """Bring locked cells to what was counted; gives how many changed."""
    return await run(conn, COUNT_AGAIN, reference=reference, at=at)


async def lock_counted(conn: Conn) -> None:
    """Hold the counted cells until the transaction ends."""
    await run(conn, LOCK_COUNTED)
