"""Two at once, one after the other: a test that must know that somebody waits for a lock."""

import asyncio
from typing import Any, Final, LiteralString

from sangdan.kit.db import Pool, value

WAITING: Final[LiteralString] = """
    SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


async def until_it_waits(pool: Pool, deed: "asyncio.Task[Any]") -> None:
    """Come back when a deed waits for a lock, the only one of its database; fails when it is done without."""
    while True:
        async with pool.transaction() as conn:
            if await value(conn, WAITING) == 1:
                return
        assert not deed.done(), "it was to wait, and did not"
        await asyncio.sleep(0.005)
