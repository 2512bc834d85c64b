"""What followers of the database share: a folder that is theirs alone, a connection, where they begin, a rest."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, LiteralString

import psycopg

from .db import Conn, run, value
from .postgres import locks

BEGUN: Final[LiteralString] = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS begun"
ENDED: Final[LiteralString] = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %(begun)s::text::xid8 AS ended"
ONE_INSTANT: Final[LiteralString] = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
INSTANT: Final[LiteralString] = "SELECT pg_current_snapshot()::text AS instant"


async def locked(path: Path, stop: asyncio.Event, again_s: float) -> int | None:
    """Wait for a folder's lock, which another follower of this machine may hold.

    again_s  seconds between two tries
    gives    the lock's descriptor, to be closed; None when told to stop first
    """
    while not stop.is_set():
        lock = locks.take(path, wait=False)
        if lock is not None:
            return lock
        await pause(stop, again_s)
    return None


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Conn]:
    """A connection of one's own, each statement committed by itself."""
    conn: Conn = await psycopg.AsyncConnection.connect(url, autocommit=True, options="-c timezone=UTC")
    async with conn:
        yield conn


async def others_end(conn: Conn, stop: asyncio.Event, again_s: float) -> None:
    """Wait until every transaction that runs now has ended: it may not have seen that somebody follows.

    again_s  seconds between two looks
    """
    begun = await value(conn, BEGUN)
    while not await value(conn, ENDED, begun=begun) and not stop.is_set():
        await pause(stop, again_s)


async def one_instant(conn: Conn) -> str:
    """Have the transaction that begins here see one instant only; gives its snapshot."""
    await run(conn, ONE_INSTANT)
    return await value(conn, INSTANT)


async def pause(until: asyncio.Event, seconds: float) -> None:
    """Rest so long, or until something happens."""
    try:
        async with asyncio.timeout(seconds):
            await until.wait()
    except TimeoutError:
        return
