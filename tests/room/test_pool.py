"""The pool, whose connections may all have died since they were used last."""

import asyncio

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from sangdan.kit.db import Pool, run, value

SIZE = 6
WAIT_S = 3.0


async def test_whoever_comes_first_after_a_restart_is_served(url: str) -> None:
    pool = await Pool.open(url, size=SIZE, wait_s=WAIT_S)
    met = asyncio.Barrier(SIZE)

    async def busy() -> int:
        async with pool.transaction() as conn:
            await met.wait()
            return await value(conn, "SELECT pg_backend_pid()")

    try:
        old = await asyncio.gather(*(busy() for _ in range(SIZE)))
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as admin:
            await run(admin, "SELECT pg_terminate_backend(pid, 5000) FROM unnest(%(old)s) AS pid", old=list(old))
        async with pool.transaction() as conn:
            assert await value(conn, "SELECT pg_backend_pid()") not in old
    except PoolTimeout:
        pytest.fail("the pool looked at its dead connections one by one")
    finally:
        await pool.close()
