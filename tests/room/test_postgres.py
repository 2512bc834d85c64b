"""The supervisor of the embedded server."""

import psycopg

from sangdan.kit.db import Conn, Pool, value


async def test_conn(conn: Conn) -> None:
    assert await value(conn, "SELECT count(*) FROM kit.event") == 0


async def test_db(db: Pool) -> None:
    async with db.connection() as conn:
        assert await value(conn, "SELECT count(*) FROM kit.event") == 0
