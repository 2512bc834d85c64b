"""What changed on the shelves, for those who keep a picture of them: read whole once, followed from there.

A snapshot of PostgreSQL's says which transactions it saw. Whatever the one before did not see and this one does is
new: nothing is missed and nothing waits for a long transaction, whatever the order in which they commit.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from sangdan.kit.db import Conn, many, one, run, value

from ..model import Change, Origin

ORIGIN: Final[LiteralString] = """
    -- Triggers that were switched off would let changes pass unseen.
    SELECT (SELECT system_identifier::text FROM pg_control_system()) || '-'
               || (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS database,
           'stock.balance'::regclass::oid::text || '-' || 'stock.follower'::regclass::oid::text AS tables,
           (SELECT count(*) = 5 FROM pg_trigger
             WHERE tgrelid IN ('stock.balance'::regclass, 'stock.inbound'::regclass)
               AND tgname LIKE 'note\\_%%' AND tgenabled = 'A') AS told
"""
FOLLOW: Final[LiteralString] = """
    INSERT INTO stock.follower (follower_id, seen_at, needs)
    VALUES (%(follower_id)s, %(at)s, pg_snapshot_xmin(pg_current_snapshot()))
"""
BEAT: Final[LiteralString] = """
    UPDATE stock.follower SET seen_at = %(at)s, needs = pg_snapshot_xmin(%(instant)s::text::pg_snapshot)
     WHERE follower_id = %(follower_id)s
"""
LEAVE: Final[LiteralString] = "DELETE FROM stock.follower WHERE follower_id = %(follower_id)s"
CHANGES: Final[LiteralString] = """
    -- One statement, so one snapshot: what is listed is exactly what it sees and the one before did not.
    SELECT n.instant, n.listed, c.kind, c.told
      FROM (SELECT pg_current_snapshot()::text AS instant,
                   EXISTS (SELECT FROM stock.follower WHERE follower_id = %(follower_id)s) AS listed) n
      LEFT JOIN stock.change c
        ON c.xid >= pg_snapshot_xmax(%(instant)s::text::pg_snapshot)
        OR c.xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(instant)s::text::pg_snapshot)))
     ORDER BY c.seq
"""
SIZE: Final[LiteralString] = """
    SELECT pg_relation_size('stock.balance') / current_setting('block_size')::bigint AS pages
"""
CELLS: Final[LiteralString] = """
    -- In the order of the disk, many pages a row: a row a cell would cost more to send than to read.
    SELECT (SELECT string_agg(concat_ws(' ', node_id, sku, owner_id, on_hand - reserved - safety, allotted::integer),
                              E'\\n')
              FROM stock.balance
             WHERE ctid >= format('(%%s,0)', p.page)::tid AND ctid < format('(%%s,0)', p.page + %(stride)s)::tid)
      FROM generate_series(0, %(pages)s::bigint - 1, %(stride)s::bigint) AS p (page)
"""
AWAITED: Final[LiteralString] = "SELECT string_agg(DISTINCT sku, E'\\n') FROM stock.inbound WHERE received_at IS NULL"
TIDY: Final[LiteralString] = """
    -- Who was not seen for so long starts anew when it comes back; what nobody else needs goes with it.
    WITH gone AS (
        DELETE FROM stock.follower WHERE seen_at < %(before)s
    )
    DELETE FROM stock.change
     WHERE xid < coalesce((SELECT needs FROM stock.follower WHERE seen_at >= %(before)s ORDER BY needs LIMIT 1),
                          pg_snapshot_xmin(pg_current_snapshot()))
"""

# So many pages are read at once: some 200 KB of text.
STRIDE: Final = 64


async def origin(conn: Conn) -> Origin:
    """Which database this is, and whether it tells of changes."""
    return await one(conn, Origin, ORIGIN)


async def follow(conn: Conn, follower_id: UUID, at: datetime) -> None:
    """Have changes written down from now on."""
    await run(conn, FOLLOW, follower_id=follower_id, at=at)


async def beat(conn: Conn, follower_id: UUID, instant: str, at: datetime) -> bool:
    """Say that we follow, and up to where; False when we are not listed any more."""
    return await run(conn, BEAT, follower_id=follower_id, instant=instant, at=at) == 1


async def leave(conn: Conn, follower_id: UUID) -> None:
    """Have nothing written down for us any more."""
    await run(conn, LEAVE, follower_id=follower_id)


async def changes(conn: Conn, follower_id: UUID, instant: str) -> list[Change]:
    """What changed since a snapshot, in the order in which each cell changed; at least one row."""
    return await many(conn, Change, CHANGES, follower_id=follower_id, instant=instant)


async def cells(conn: Conn) -> AsyncIterator[str]:
    """All cells there are, as lines, many at a time."""
    pages: int = await value(conn, SIZE)
    async with conn.cursor() as cur:
        async for (lines,) in cur.stream(CELLS, {"pages": pages, "stride": STRIDE}):
            if lines is not None:
                yield lines


async def awaited(conn: Conn) -> Sequence[str]:
    """SKUs of which an inbound is awaited."""
    lines: str | None = await value(conn, AWAITED)
    return [] if lines is None else lines.split("\n")


async def tidy(conn: Conn, before: datetime) -> None:
    """Forget who was not seen since, and the changes that nobody needs."""
    await run(conn, TIDY, before=before)
