"""Who asked for a link because they forgot their password, until it was sent or never will be."""

from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from .db import Conn, many, run

ADD: Final[LiteralString] = """
    INSERT INTO kit.forgotten (request_id, holder, link, attempts, due_at, ends_at)
    VALUES (%(request_id)s, %(holder)s, %(link)s, 0, %(at)s, %(ends_at)s)
"""
# Of several senders each gets others; one that dies lets them go when its lease is over.
LEASE: Final[LiteralString] = """
    UPDATE kit.forgotten f SET attempts = f.attempts + 1, due_at = %(until)s
      FROM (SELECT request_id FROM kit.forgotten WHERE due_at <= %(at)s
             ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) AS d
     WHERE f.request_id = d.request_id
    RETURNING f.request_id, f.holder, f.link, f.attempts, f.ends_at
"""
PUT_OFF: Final[LiteralString] = "UPDATE kit.forgotten SET due_at = %(due_at)s WHERE request_id = %(request_id)s"
DROP: Final[LiteralString] = "DELETE FROM kit.forgotten WHERE request_id = %(request_id)s"
DROP_OF: Final[LiteralString] = "DELETE FROM kit.forgotten WHERE holder = %(holder)s"


class Forgotten(msgspec.Struct, frozen=True):
    """Somebody who asked for a link.

    holder    SHOP/SHOPPER; None when nobody signs in with the address that was told
    link      where it leads, without its secret
    attempts  how often it was tried to send it, this time included
    """

    request_id: UUID
    holder: str | None
    link: str
    attempts: int
    ends_at: datetime


async def add(conn: Conn, request_id: UUID, holder: str | None, link: str, at: datetime, ends_at: datetime) -> None:
    """Somebody asks.

    holder   SHOP/SHOPPER; None when nobody signs in with the address that was told
    at       real time; ends_at: until then it is tried to send it
    """
    await run(conn, ADD, request_id=request_id, holder=holder, link=link, at=at, ends_at=ends_at)


async def lease(conn: Conn, at: datetime, until: datetime, limit: int) -> list[Forgotten]:
    """Take those that are due; nobody else has them until `until`."""
    return await many(conn, Forgotten, LEASE, at=at, until=until, limit=limit)


async def put_off(conn: Conn, request_id: UUID, due_at: datetime) -> None:
    """Try it again then."""
    await run(conn, PUT_OFF, request_id=request_id, due_at=due_at)


async def drop(conn: Conn, request_id: UUID) -> None:
    """It was dealt with."""
    await run(conn, DROP, request_id=request_id)


async def drop_of(conn: Conn, holder: str) -> None:
    """Somebody left: nothing is sent to them any more."""
    await run(conn, DROP_OF, holder=holder)
