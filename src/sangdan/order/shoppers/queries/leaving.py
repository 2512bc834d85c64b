"""What the law keeps of erased persons, what open orders still need, and rows that wait for a new data key."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, many, maybe, run, value

KEEP: Final[LiteralString] = """
    INSERT INTO shoppers.kept (shopper_id, shop_id, what, sealed, key_id, keep_until)
    VALUES (%(shopper_id)s, %(shop_id)s, %(what)s, %(sealed)s, %(key_id)s, %(keep_until)s)
    ON CONFLICT (shopper_id, shop_id, what) DO NOTHING
"""
KEPT: Final[LiteralString] = """
    SELECT what, sealed, keep_until FROM shoppers.kept
     WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s) ORDER BY what
"""
LONGER: Final[LiteralString] = """
    UPDATE shoppers.kept SET keep_until = greatest(keep_until, %(keep_until)s)
     WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s) AND what = ANY(%(whats)s::text[])
"""
PURGE: Final[LiteralString] = """
    DELETE FROM shoppers.kept WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s) AND keep_until <= %(at)s
"""
NEXT_PURGE: Final[LiteralString] = """
    SELECT min(keep_until) AS keep_until FROM shoppers.kept
     WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s)
"""
DUE: Final[LiteralString] = """
    SELECT DISTINCT shop_id, shopper_id FROM shoppers.kept WHERE keep_until <= %(at)s ORDER BY shopper_id, shop_id
"""
LEAVE: Final[LiteralString] = """
    INSERT INTO shoppers.leaving (order_id, shopper_id, shop_id) VALUES (%(order_id)s, %(shopper_id)s, %(shop_id)s)
    ON CONFLICT (order_id) DO NOTHING
"""
LEFT: Final[LiteralString] = """
    DELETE FROM shoppers.leaving WHERE order_id = %(order_id)s RETURNING shop_id, shopper_id
"""
OLD_PERSONS: Final[LiteralString] = """
    SELECT shop_id, shopper_id, sealed FROM shoppers.person WHERE key_id < %(newest)s
     ORDER BY key_id, shopper_id, shop_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
SEAL_PERSONS: Final[LiteralString] = """
    UPDATE shoppers.person p
       SET sealed = n.sealed, key_id = %(key_id)s, phone_index = n.phone_index, email_index = n.email_index
      FROM unnest(%(shopper_ids)s::text[], %(shop_ids)s::text[], %(sealeds)s::bytea[], %(phones)s::bytea[],
                  %(emails)s::bytea[]) AS n (shopper_id, shop_id, sealed, phone_index, email_index)
     WHERE (p.shopper_id, p.shop_id) = (n.shopper_id, n.shop_id)
"""
OLD_RECIPIENTS: Final[LiteralString] = """
    SELECT order_id, sealed FROM shoppers.recipient WHERE key_id < %(newest)s
     ORDER BY key_id, order_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
SEAL_RECIPIENTS: Final[LiteralString] = """
    UPDATE shoppers.recipient r SET sealed = n.sealed, key_id = %(key_id)s
      FROM unnest(%(order_ids)s::uuid[], %(sealeds)s::bytea[]) AS n (order_id, sealed)
     WHERE r.order_id = n.order_id
"""
OLD_KEPT: Final[LiteralString] = """
    SELECT shop_id, shopper_id, what, sealed FROM shoppers.kept WHERE key_id < %(newest)s
     ORDER BY key_id, shopper_id, shop_id, what LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
SEAL_KEPT: Final[LiteralString] = """
    UPDATE shoppers.kept k SET sealed = n.sealed, key_id = %(key_id)s
      FROM unnest(%(shopper_ids)s::text[], %(shop_ids)s::text[], %(whats)s::text[], %(sealeds)s::bytea[])
           AS n (shopper_id, shop_id, what, sealed)
     WHERE (k.shopper_id, k.shop_id, k.what) = (n.shopper_id, n.shop_id, n.what)
"""


class Whose(msgspec.Struct, frozen=True):
    """A shopper of a shop."""

    shop_id: str
    shopper_id: str


class SealedKept(msgspec.Struct, frozen=True):
    """Something kept for the law; `what` is 'person' or an order."""

    what: str
    sealed: bytes
    keep_until: datetime


class OldPerson(msgspec.Struct, frozen=True):
    """A person sealed with an older key."""

    shop_id: str
    shopper_id: str
    sealed: bytes


class OldRecipient(msgspec.Struct, frozen=True):
    """A recipient sealed with an older key."""

    order_id: UUID
    sealed: bytes


class OldKept(msgspec.Struct, frozen=True):
    """Something kept for the law, sealed with an older key."""

    shop_id: str
    shopper_id: str
    what: str
    sealed: bytes


async def keep(
    conn: Conn, shop_id: str, shopper_id: str, what: str, sealed: bytes, key_id: int, keep_until: datetime
) -> None:
    """Put something aside for the law; what is there already stays."""
    await run(
        conn,
        KEEP,
        shop_id=shop_id,
        shopper_id=shopper_id,
        what=what,
        sealed=sealed,
        key_id=key_id,
        keep_until=keep_until,
    )


async def kept(conn: Conn, shop_id: str, shopper_id: str) -> list[SealedKept]:
    """All that is kept of an erased person."""
    return await many(conn, SealedKept, KEPT, shop_id=shop_id, shopper_id=shopper_id)


async def keep_longer(conn: Conn, shop_id: str, shopper_id: str, whats: Sequence[str], keep_until: datetime) -> None:
    """Move the day of some of what is kept; never to an earlier one."""
    await run(conn, LONGER, shop_id=shop_id, shopper_id=shopper_id, whats=list(whats), keep_until=keep_until)


async def purge(conn: Conn, shop_id: str, shopper_id: str, at: datetime) -> int:
    """Delete what was kept of a person and has had its day; gives how much."""
    return await run(conn, PURGE, shop_id=shop_id, shopper_id=shopper_id, at=at)


async def next_purge(conn: Conn, shop_id: str, shopper_id: str) -> datetime | None:
    """When something more of a person is due to go; None when nothing is left."""
    return await value(conn, NEXT_PURGE, shop_id=shop_id, shopper_id=shopper_id)


async def due(conn: Conn, at: datetime) -> list[Whose]:
    """Whose kept data has had its day."""
    return await many(conn, Whose, DUE, at=at)


async def leave(conn: Conn, order_id: UUID, shop_id: str, shopper_id: str) -> None:
    """Remember that an open order's shopper was erased."""
    await run(conn, LEAVE, order_id=order_id, shop_id=shop_id, shopper_id=shopper_id)


async def left(conn: Conn, order_id: UUID) -> Whose | None:
    """Whose order it was, if its shopper was erased meanwhile; forgotten with this."""
    return await maybe(conn, Whose, LEFT, order_id=order_id)


async def old_persons(conn: Conn, newest: int, limit: int) -> list[OldPerson]:
    """Persons sealed with a key before the newest, locked; those that somebody else holds are left for later."""
    return await many(conn, OldPerson, OLD_PERSONS, newest=newest, limit=limit)


async def seal_persons(
    conn: Conn,
    key_id: int,
    whose: Sequence[OldPerson],
    sealeds: Sequence[bytes],
    phones: Sequence[bytes | None],
    emails: Sequence[bytes | None],
) -> None:
    """Write persons sealed anew, with their keyed hashes."""
    await run(
        conn,
        SEAL_PERSONS,
        key_id=key_id,
        shopper_ids=[each.shopper_id for each in whose],
        shop_ids=[each.shop_id for each in whose],
        sealeds=list(sealeds),
        phones=list(phones),
        emails=list(emails),
    )


async def old_recipients(conn: Conn, newest: int, limit: int) -> list[OldRecipient]:
    """Recipients sealed with a key before the newest, locked."""
    return await many(conn, OldRecipient, OLD_RECIPIENTS, newest=newest, limit=limit)


async def seal_recipients(conn: Conn, key_id: int, order_ids: Sequence[UUID], sealeds: Sequence[bytes]) -> None:
    """Write recipients sealed anew."""
    await run(conn, SEAL_RECIPIENTS, key_id=key_id, order_ids=list(order_ids), sealeds=list(sealeds))


async def old_kept(conn: Conn, newest: int, limit: int) -> list[OldKept]:
    """What is kept for the law and sealed with a key before the newest, locked."""
    return await many(conn, OldKept, OLD_KEPT, newest=newest, limit=limit)


async def seal_kept(conn: Conn, key_id: int, whose: Sequence[OldKept], sealeds: Sequence[bytes]) -> None:
    """Write what is kept for the law, sealed anew."""
    await run(
        conn,
        SEAL_KEPT,
        key_id=key_id,
        shopper_ids=[each.shopper_id for each in whose],
        shop_ids=[each.shop_id for each in whose],
        whats=[each.what for each in whose],
        sealeds=list(sealeds),
    )
