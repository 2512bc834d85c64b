"""A command's way to the database: one transaction around what it asks."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg

from sangdan.kit import postgres
from sangdan.kit.db import Conn
from sangdan.kit.settings import load

T = TypeVar("T")


def in_database(ask: Callable[[Conn], Awaitable[T]]) -> T:
    """Run `ask` in a transaction of the settings' database, which is started when it is ours and sleeps."""

    async def run(url: str) -> T:
        async with await psycopg.AsyncConnection.connect(url, options="-c timezone=UTC") as conn:
            return await ask(conn)

    with postgres.database(load()) as url:
        return asyncio.run(run(url))
