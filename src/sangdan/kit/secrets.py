"""Keys that the alliance's servers share. Made once, kept in the database, never logged."""

from datetime import datetime
from secrets import token_bytes
from typing import Final, LiteralString

from .db import Conn, run, value

KEY_BYTES: Final = 32

MAKE: Final[LiteralString] = """
    INSERT INTO kit.secret (name, value, made_at) VALUES (%(name)s, %(value)s, %(at)s) ON CONFLICT (name) DO NOTHING
"""
READ: Final[LiteralString] = "SELECT value FROM kit.secret WHERE name = %(name)s"


async def shared_key(conn: Conn, name: str, at: datetime) -> bytes:
    """The key of this name; servers that ask at once for a new one all get the same.

    name   e.g. 'promise'
    gives  32 random bytes
    """
    found: bytes | None = await value(conn, READ, name=name)
    if found is None:
        await run(conn, MAKE, name=name, value=token_bytes(KEY_BYTES), at=at)
        found = await value(conn, READ, name=name)
    assert found is not None, "the key was just made, by us or by another"
    return found
