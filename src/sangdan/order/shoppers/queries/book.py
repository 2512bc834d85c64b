"""Address books, as they are sealed. One statement, one function, no decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from sangdan.kit.db import Conn, many, run, value

from .leaving import OldPerson

GET: Final[LiteralString] = """
    SELECT sealed FROM shoppers.book WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s)
"""
PUT: Final[LiteralString] = """
    INSERT INTO shoppers.book (shopper_id, shop_id, sealed, key_id, changed_at)
    VALUES (%(shopper_id)s, %(shop_id)s, %(sealed)s, %(key_id)s, %(at)s)
    ON CONFLICT (shopper_id, shop_id) DO UPDATE
       SET (sealed, key_id, changed_at) = (excluded.sealed, excluded.key_id, excluded.changed_at)
"""
DROP: Final[LiteralString] = """
    DELETE FROM shoppers.book WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s)
"""
OLD: Final[LiteralString] = """
    SELECT shop_id, shopper_id, sealed FROM shoppers.book WHERE key_id < %(newest)s
     ORDER BY key_id, shopper_id, shop_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
SEAL: Final[LiteralString] = """
    UPDATE shoppers.book b SET sealed = n.sealed, key_id = %(key_id)s
      FROM unnest(%(shopper_ids)s::text[], %(shop_ids)s::text[], %(sealeds)s::bytea[])
           AS n (shopper_id, shop_id, sealed)
     WHERE (b.shopper_id, b.shop_id) = (n.shopper_id, n.shop_id)
"""


async def get(conn: Conn, shop_id: str, shopper_id: str) -> bytes | None:
    """A member's book; None of one that was never changed."""
    return await value(conn, GET, shop_id=shop_id, shopper_id=shopper_id)


async def put(conn: Conn, shop_id: str, shopper_id: str, sealed: bytes, key_id: int, at: datetime) -> None:
    """Write the book of a person whose row is held."""
    await run(conn, PUT, shop_id=shop_id, shopper_id=shopper_id, sealed=sealed, key_id=key_id, at=at)


async def drop(conn: Conn, shop_id: str, shopper_id: str) -> int:
    """Delete a member's book; gives how many there were."""
    return await run(conn, DROP, shop_id=shop_id, shopper_id=shopper_id)


async def old(conn: Conn, newest: int, limit: int) -> list[OldPerson]:
    """Books sealed with a key before the newest, locked; those that somebody else holds are left for later."""
    return await many(conn, OldPerson, OLD, newest=newest, limit=limit)


async def seal(conn: Conn, key_id: int, whose: Sequence[OldPerson], sealeds: Sequence[bytes]) -> None:
    """Write books sealed anew."""
    await run(
        conn,
        SEAL,
        key_id=key_id,
        shopper_ids=[each.shopper_id for each in whose],
        shop_ids=[each.shop_id for each in whose],
        sealeds=list(sealeds),
    )
