"""The pool: connections that died since they were used last, and work that is done again when it lost a race."""

import asyncio

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from sangdan.kit.db import RETRYABLE, TRIES, Conn, Pool, run, value

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


@pytest.mark.parametrize("lost", range(TRIES))
async def test_work_that_lost_a_race_is_done_again_from_its_beginning(db: Pool, lost: int) -> None:
    done = 0

    async def work(conn: Conn) -> int:
        nonlocal done
        done += 1
        await run(conn, "CREATE TABLE twice (n int)")  # nothing is left of a try that lost
        if done <= lost:
            raise psycopg.errors.DeadlockDetected
        return done

    assert await db.retried(work) == lost + 1


async def test_work_that_loses_every_race_says_so(db: Pool) -> None:
    tried: list[Conn] = []

    async def work(conn: Conn) -> None:
        tried.append(conn)
        raise psycopg.errors.SerializationFailure

    with pytest.raises(RETRYABLE):
        await db.retried(work)
    assert len(tried) == TRIES
