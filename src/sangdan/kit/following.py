"""What followers of the database have in common: a folder that is theirs alone, a connection, a rest between looks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg

from .db import Conn
from .postgres import locks


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


async def pause(until: asyncio.Event, seconds: float) -> None:
    """Rest so long, or until something happens."""
    try:
        async with asyncio.timeout(seconds):
            await until.wait()
    except TimeoutError:
        return
