"""All SQL of the stock room: one statement, one function, no decisions.

Locks are taken in one order everywhere: reservations by id, then shelves by (node_id, sku, owner_id).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from msgspec.structs import asdict

from sangdan.kit.bulk import Bulk
from sangdan.kit.db import Conn, many, maybe, run, value

from .model import Balance, Cell, Drift, Held, Holder, Reservation, Supply

AVAILABLE: Final[LiteralString] = """
    SELECT node_id, sku, owner_id, on_hand - reserved - safety AS units
      FROM stock.balance
     WHERE sku = ANY(%(skus)s::text[]) AND on_hand - reserved - safety > 0
     ORDER BY node_id, sku, owner_id
"""
SUPPLY: Final[LiteralString] = """
    SELECT node_id, inbound_id, sku, owner_id, units - reserved AS units, due_at
      FROM stock.inbound
     WHERE sku = ANY(%(skus)s::text[]) AND received_at IS NULL AND units > reserved AND due_at > %(at)s
     ORDER BY node_id, sku, owner_id, due_at, inbound_id
"""
BALANCES: Final[LiteralString] = """
    SELECT node_id, sku, owner_id, on_hand, reserved, safety
      FROM stock.balance
     WHERE (%(node_id)s::text IS NULL OR node_id = %(node_id)s)
       AND (%(sku)s::text IS NULL OR sku = %(sku)s)
       AND (%(owner_id)s::text IS NULL OR owner_id = %(owner_id)s)
       AND (node_id, sku, owner_id) > (%(after_node)s::text, %(after_sku)s::text, %(after_owner)s::text)
     ORDER BY node_id, sku, owner_id
     LIMIT %(limit)s
"""
RESERVE: Final[LiteralString] = """
    -- Check and write are one statement: the row lock keeps the check true.
    WITH taken AS (
        UPDATE stock.balance
           SET reserved = reserved + %(units)s
         WHERE (node_id, sku, owner_id) = (%(node_id)s, %(sku)s, %(owner_id)s)
           AND on_hand - reserved - safety >= %(units)s
     RETURNING node_id, sku, owner_id
    )
    INSERT INTO stock.reservation (node_id, reservation_id, sku, owner_id, units, expires_at, at)
    SELECT node_id, %(reservation_id)s, sku, owner_id, %(units)s, %(expires_at)s, %(at)s FROM taken
 RETURNING node_id, reservation_id, sku, owner_id, units, expires_at
"""
HOLD: Final[LiteralString] = """
    -- A further source for an order's line, found after it was placed.
    WITH taken AS (
        UPDATE stock.balance
           SET reserved = reserved + %(units)s
         WHERE (node_id, sku, owner_id) = (%(node_id)s, %(sku)s, %(owner_id)s)
           AND on_hand - reserved - safety >= %(units)s
     RETURNING node_id, sku, owner_id
    )
    INSERT INTO stock.reservation (node_id, reservation_id, order_id, line_no, sku, owner_id, units, at)
    SELECT node_id, %(reservation_id)s, %(order_id)s, %(line_no)s, sku, owner_id, %(units)s, %(at)s FROM taken
"""
END_HOLD: Final[LiteralString] = """
    WITH ended AS (
        UPDATE stock.reservation SET state = %(state)s
         WHERE (node_id, reservation_id) = (%(node_id)s, %(reservation_id)s)
           AND state = 'held' AND order_id IS NULL
     RETURNING node_id, sku, owner_id, units
    )
    UPDATE stock.balance b SET reserved = b.reserved - e.units
      FROM ended e WHERE (b.node_id, b.sku, b.owner_id) = (e.node_id, e.sku, e.owner_id)
"""
HELD: Final[LiteralString] = """
    SELECT node_id, reservation_id, line_no, sku, owner_id, units, inbound_id
      FROM stock.reservation
     WHERE order_id = %(order_id)s AND state = 'held'
     ORDER BY reservation_id
       FOR UPDATE
"""
LET_GO: Final[LiteralString] = """
    -- Gives back units of orders' reservations, in whole or in part; what was held against an inbound goes back there.
    WITH wish AS (
        SELECT node_id, reservation_id, units
          FROM unnest(%(node_ids)s::text[], %(reservation_ids)s::uuid[], %(units)s::bigint[])
               AS w (node_id, reservation_id, units)
    ), gone AS (
        UPDATE stock.reservation r
           SET units = CASE WHEN r.units = w.units THEN r.units ELSE r.units - w.units END,
               state = CASE WHEN r.units = w.units THEN 'released' ELSE r.state END
          FROM wish w
         WHERE (r.node_id, r.reservation_id) = (w.node_id, w.reservation_id)
           AND r.state = 'held' AND r.units >= w.units
     RETURNING r.node_id, r.sku, r.owner_id, r.inbound_id, w.units
    ), shelf AS (
        SELECT b.node_id, b.sku, b.owner_id, g.units
          FROM stock.balance b
          JOIN (SELECT node_id, sku, owner_id, sum(units)::bigint AS units
                  FROM gone WHERE inbound_id IS NULL GROUP BY 1, 2, 3) g USING (node_id, sku, owner_id)
         ORDER BY b.node_id, b.sku, b.owner_id
           FOR UPDATE OF b
    ), back AS (
        UPDATE stock.balance b SET reserved = b.reserved - s.units
          FROM shelf s WHERE (b.node_id, b.sku, b.owner_id) = (s.node_id, s.sku, s.owner_id)
    ), unpromised AS (
        UPDATE stock.inbound i SET reserved = i.reserved - g.units
          FROM (SELECT node_id, inbound_id, sum(units)::bigint AS units
                  FROM gone WHERE inbound_id IS NOT NULL GROUP BY 1, 2) g
         WHERE (i.node_id, i.inbound_id) = (g.node_id, g.inbound_id)
    )
    SELECT count(*) AS gone FROM gone
"""
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
     RETURNING r.node_id, r.sku, r.owner_id, w.units, w.movement_id
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
"""
DRIFT: Final[LiteralString] = """
    SELECT 'on_hand' AS "check", node_id, sku, owner_id, coalesce(b.on_hand, 0) AS balance,
           coalesce(m.units, 0)::bigint AS facts
      FROM stock.balance b
      FULL JOIN (SELECT node_id, sku, owner_id, sum(units) AS units FROM stock.movement GROUP BY 1, 2, 3) m
           USING (node_id, sku, owner_id)
     WHERE coalesce(b.on_hand, 0) <> coalesce(m.units, 0)
     UNION ALL
    SELECT 'reserved', node_id, sku, owner_id, coalesce(b.reserved, 0), coalesce(r.units, 0)::bigint
      FROM stock.balance b
      FULL JOIN (SELECT node_id, sku, owner_id, sum(units) AS units
                   FROM stock.reservation WHERE state = 'held' AND inbound_id IS NULL GROUP BY 1, 2, 3) r
           USING (node_id, sku, owner_id)
     WHERE coalesce(b.reserved, 0) <> coalesce(r.units, 0)
     UNION ALL
    SELECT 'inbound', i.node_id, i.sku, i.owner_id, i.reserved, coalesce(r.units, 0)::bigint
      FROM stock.inbound i
      LEFT JOIN (SELECT node_id, inbound_id, sum(units) AS units
                   FROM stock.reservation WHERE state = 'held' AND inbound_id IS NOT NULL GROUP BY 1, 2) r
           USING (node_id, inbound_id)
     WHERE i.received_at IS NULL AND i.reserved <> coalesce(r.units, 0)
     UNION ALL
    SELECT 'oversold', node_id, sku, owner_id, on_hand, reserved
      FROM stock.balance WHERE reserved > on_hand OR on_hand < 0
     ORDER BY 1, 2, 3, 4
"""
HOLDERS: Final[LiteralString] = """
    SELECT order_id, sum(units)::bigint AS units
      FROM stock.reservation WHERE state = 'held' AND order_id IS NOT NULL GROUP BY order_id ORDER BY order_id
"""
OVERSOLD: Final[LiteralString] = """
    SELECT count(*) AS cells FROM stock.balance WHERE reserved > on_hand OR on_hand < 0
"""

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
        owner_id kit.code NOT NULL, units bigint NOT NULL, due_at timestamptz NOT NULL
    ) ON COMMIT DROP
"""
COPY_INBOUND: Final[LiteralString] = """
    COPY pg_temp.incoming (line, node_id, inbound_id, sku, owner_id, units, due_at) FROM STDIN (FORMAT csv)
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
    INSERT INTO stock.inbound AS old (node_id, inbound_id, sku, owner_id, units, due_at)
    SELECT node_id, inbound_id, sku, owner_id, units, due_at FROM pg_temp.incoming ORDER BY node_id, inbound_id
    ON CONFLICT (node_id, inbound_id) DO UPDATE SET (units, due_at) = (excluded.units, excluded.due_at)
     WHERE (old.units, old.due_at) IS DISTINCT FROM (excluded.units, excluded.due_at)
"""
BULK_INBOUND: Final = Bulk(MAKE_INBOUND, COPY_INBOUND, PUT_INBOUND, (REFUSE_INBOUND,), LOCK_INBOUND)


async def available(conn: Conn, skus: Sequence[str]) -> list[Cell]:
    """Cells that can still give units of these SKUs now."""
    return await many(conn, Cell, AVAILABLE, skus=list(skus))


async def supply(conn: Conn, skus: Sequence[str], at: datetime) -> list[Supply]:
    """Dated inbounds after `at` that can still be promised."""
    return await many(conn, Supply, SUPPLY, skus=list(skus), at=at)


async def balances(
    conn: Conn, node_id: str | None, sku: str | None, owner_id: str | None, after: tuple[str, str, str], limit: int
) -> list[Balance]:
    """A page of cells, by key."""
    return await many(
        conn, Balance, BALANCES, node_id=node_id, sku=sku, owner_id=owner_id,
        after_node=after[0], after_sku=after[1], after_owner=after[2], limit=limit,
    )


async def reserve(conn: Conn, wanted: Reservation, at: datetime) -> Reservation | None:
    """Hold the units; None when the shelf cannot cover them."""
    return await maybe(conn, Reservation, RESERVE, at=at, **asdict(wanted))


async def hold(conn: Conn, order_id: UUID, held: Held, at: datetime) -> bool:
    """Hold units for an order that is placed already; False when the shelf cannot cover them."""
    return await run(conn, HOLD, order_id=order_id, at=at, **asdict(held)) == 1


async def end_hold(conn: Conn, node_id: str, reservation_id: UUID, state: str) -> bool:
    """End a basket's hold and give the units back; False when it has ended already."""
    return await run(conn, END_HOLD, node_id=node_id, reservation_id=reservation_id, state=state) == 1


async def held(conn: Conn, order_id: UUID) -> list[Held]:
    """What an order still holds, locked."""
    return await many(conn, Held, HELD, order_id=order_id)


async def let_go(conn: Conn, parts: Sequence[Held]) -> int:
    """Give units back; gives how many reservations were touched."""
    return await value(
        conn, LET_GO,
        node_ids=[p.node_id for p in parts],
        reservation_ids=[p.reservation_id for p in parts],
        units=[p.units for p in parts],
    )


async def leave(
    conn: Conn, node_id: str, parts: Sequence[tuple[UUID, int, UUID]], state: str, kind: str, reference: str, at: datetime
) -> int:
    """Take reserved units off the shelf; parts are (reservation, units, movement). Gives how many moved."""
    return await run(
        conn, LEAVE, node_id=node_id, state=state, kind=kind, reference=reference, at=at,
        reservation_ids=[p[0] for p in parts], units=[p[1] for p in parts], movement_ids=[p[2] for p in parts],
    )


async def receive(
    conn: Conn, node_id: str, movement_id: UUID, sku: str, owner_id: str, units: int, kind: str, reference: str, at: datetime
) -> bool:
    """Put units on the shelf; False when this movement was written before."""
    return await run(
        conn, RECEIVE, node_id=node_id, movement_id=movement_id, sku=sku, owner_id=owner_id,
        units=units, kind=kind, reference=reference, at=at,
    ) == 1


async def arrive(conn: Conn, node_id: str, inbound_id: str, movement_id: UUID, at: datetime) -> bool:
    """Receive a dated inbound; False when it is unknown or was received before."""
    return await run(conn, ARRIVE, node_id=node_id, inbound_id=inbound_id, movement_id=movement_id, at=at) == 1


async def drift(conn: Conn) -> list[Drift]:
    """Every balance that differs from the sum of its facts."""
    return await many(conn, Drift, DRIFT)


async def oversold(conn: Conn) -> int:
    """How many cells have promised more than they hold."""
    return await value(conn, OVERSOLD)


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


async def holders(conn: Conn) -> list[Holder]:
    """Every order that holds units."""
    return await many(conn, Holder, HOLDERS)
