"""A command's way to the database: one transaction around what it asks, and around the note of what it changed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import psycopg

from sangdan.kit import audit, postgres
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.settings import load

T = TypeVar("T")


def in_database(
    ask: Callable[[Conn], Awaitable[T]],
    *,
    what: str = "",
    subject: str = "",
    stands: Callable[[Conn], Awaitable[Mapping[str, object] | None]] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> T:
    """Run `ask` in a transaction of the settings' database, which is started when it is ours and sleeps.

    what     the change it makes, for the audit: 'node.closed'; '' of what changes nothing, or is noted by a flow
    subject  'node/house-1'
    stands   how the subject stands, asked before the change and after it; None of what is not there
    after    what else is to be known of the change
    reason   in the person's own words
    """

    async def run(url: str) -> T:
        async with await psycopg.AsyncConnection.connect(url, options="-c timezone=UTC") as conn:
            before = await stands(conn) if stands is not None else None
            done = await ask(conn)
            if what:
                at, now = WallClock().now(), await stands(conn) if stands is not None else None
                told = after if now is None else {**now, **(after or {})}
                await audit.note(conn, audit.console(), at, what, subject, before=before, after=told, reason=reason)
            return done

    with postgres.database(load()) as url:
        return asyncio.run(run(url))
