"""Shoppers who sign in. One statement, one function, no decisions."""

from datetime import datetime
from typing import Final, LiteralString

from sangdan.kit.db import Conn, run, value

# One at a time signs up with an address, so that it has one member.
ALONE: Final[LiteralString] = "SELECT pg_advisory_xact_lock(%(number)s)"
ADD: Final[LiteralString] = """
    INSERT INTO shoppers.membership (shopper_id, shop_id, password_hash, since_at)
    VALUES (%(shopper_id)s, %(shop_id)s, %(password_hash)s, %(at)s)
"""
KEPT: Final[LiteralString] = """
    SELECT password_hash FROM shoppers.membership WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s)
"""
KEEP: Final[LiteralString] = """
    UPDATE shoppers.membership SET password_hash = %(password_hash)s
     WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s)
"""
DROP: Final[LiteralString] = """
    DELETE FROM shoppers.membership WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s)
"""
# Of persons with this address, the one who signs in.
BY_EMAIL: Final[LiteralString] = """
    SELECT m.shopper_id FROM shoppers.membership m JOIN shoppers.person p USING (shopper_id, shop_id)
     WHERE p.email_index = ANY(%(emails)s::bytea[]) AND m.shop_id = %(shop_id)s ORDER BY 1 LIMIT 1
"""


async def alone(conn: Conn, number: int) -> None:
    """Wait until nobody else holds this number; held until the transaction ends."""
    await run(conn, ALONE, number=number)


async def add(conn: Conn, shop_id: str, shopper_id: str, password_hash: str, at: datetime) -> None:
    """A shopper signs in from now on."""
    await run(conn, ADD, shop_id=shop_id, shopper_id=shopper_id, password_hash=password_hash, at=at)


async def kept(conn: Conn, shop_id: str, shopper_id: str) -> str | None:
    """The hash of a member's password."""
    return await value(conn, KEPT, shop_id=shop_id, shopper_id=shopper_id)


async def keep(conn: Conn, shop_id: str, shopper_id: str, password_hash: str) -> None:
    """Another password."""
    await run(conn, KEEP, shop_id=shop_id, shopper_id=shopper_id, password_hash=password_hash)


async def drop(conn: Conn, shop_id: str, shopper_id: str) -> None:
    """A shopper signs in no more. Harmless for one who never did."""
    await run(conn, DROP, shop_id=shop_id, shopper_id=shopper_id)


async def by_email(conn: Conn, shop_id: str, emails: list[bytes]) -> str | None:
    """The member whose address has one of these keyed hashes."""
    return await value(conn, BY_EMAIL, shop_id=shop_id, emails=emails)
