"""Persons and recipients, as they are sealed. One statement, one function, no decisions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, many, maybe, one, run

from ..model import ConsentKind

# Whoever changes anything of a person holds the row first; it is made for one who is known by orders alone.
HOLD: Final[LiteralString] = """
    INSERT INTO shoppers.person AS known (shopper_id, shop_id, changed_at)
    VALUES (%(shopper_id)s, %(shop_id)s, %(at)s)
    ON CONFLICT (shopper_id, shop_id) DO UPDATE SET changed_at = known.changed_at
    RETURNING shopper_id, shop_id, sealed, erased_at
"""
PUT: Final[LiteralString] = """
    UPDATE shoppers.person
       SET sealed = %(sealed)s, key_id = %(key_id)s, phone_index = %(phone_index)s, email_index = %(email_index)s,
           changed_at = %(at)s
     WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s) AND erased_at IS NULL
"""
ERASE: Final[LiteralString] = """
    UPDATE shoppers.person
       SET sealed = NULL, key_id = NULL, phone_index = NULL, email_index = NULL, changed_at = %(at)s, erased_at = %(at)s
     WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s)
"""
SHOPS_OF: Final[LiteralString] = """
    SELECT shopper_id, shop_id, sealed, erased_at FROM shoppers.person
     WHERE shopper_id = %(shopper_id)s AND (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s) ORDER BY shop_id
"""
FIND: Final[LiteralString] = """
    SELECT shopper_id, shop_id, sealed, erased_at FROM shoppers.person
     WHERE (phone_index = ANY(%(phones)s::bytea[]) OR email_index = ANY(%(emails)s::bytea[]))
       AND (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s)
     ORDER BY shopper_id, shop_id LIMIT %(limit)s
"""
REACH: Final[LiteralString] = """
    SELECT p.sealed,
           ARRAY(SELECT DISTINCT ON (c.kind) CASE WHEN c.given THEN c.kind END
                   FROM shoppers.consent c
                  WHERE (c.shopper_id, c.shop_id) = (p.shopper_id, p.shop_id)
                  ORDER BY c.kind, c.consent_no DESC) AS consents
      FROM shoppers.person p
     WHERE (p.shopper_id, p.shop_id) = (%(shopper_id)s, %(shop_id)s) AND p.sealed IS NOT NULL
"""
PUT_RECIPIENT: Final[LiteralString] = """
    INSERT INTO shoppers.recipient (order_id, shopper_id, shop_id, sealed, key_id, changed_at)
    VALUES (%(order_id)s, %(shopper_id)s, %(shop_id)s, %(sealed)s, %(key_id)s, %(at)s)
    ON CONFLICT (order_id) DO UPDATE
       SET (sealed, key_id, changed_at) = (excluded.sealed, excluded.key_id, excluded.changed_at)
"""
_RECIPIENT: Final[LiteralString] = "SELECT order_id, shopper_id, shop_id, sealed FROM shoppers.recipient"
RECIPIENT: Final[LiteralString] = _RECIPIENT + " WHERE order_id = %(order_id)s"
RECIPIENTS_OF: Final[LiteralString] = (
    _RECIPIENT + " WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s) ORDER BY order_id FOR UPDATE"
)
DROP_RECIPIENTS: Final[LiteralString] = "DELETE FROM shoppers.recipient WHERE order_id = ANY(%(order_ids)s::uuid[])"


class SealedPerson(msgspec.Struct, frozen=True):
    """A person's row; `sealed` is None of one who is known by orders alone, or erased."""

    shopper_id: str
    shop_id: str
    sealed: bytes | None
    erased_at: datetime | None


class SealedRecipient(msgspec.Struct, frozen=True):
    """A recipient's row."""

    order_id: UUID
    shopper_id: str
    shop_id: str
    sealed: bytes


class SealedReach(msgspec.Struct, frozen=True):
    """A person's row with the last word on each consent; None for one that was withdrawn."""

    sealed: bytes
    consents: list[ConsentKind | None]


async def hold(conn: Conn, shop_id: str, shopper_id: str, at: datetime) -> SealedPerson:
    """The person with the row locked; made when there is none."""
    return await one(conn, SealedPerson, HOLD, shop_id=shop_id, shopper_id=shopper_id, at=at)


async def put(
    conn: Conn,
    shop_id: str,
    shopper_id: str,
    sealed: bytes,
    key_id: int,
    phone_index: bytes | None,
    email_index: bytes | None,
    at: datetime,
) -> None:
    """Write what is known of a person whose row is held."""
    await run(
        conn,
        PUT,
        shop_id=shop_id,
        shopper_id=shopper_id,
        sealed=sealed,
        key_id=key_id,
        phone_index=phone_index,
        email_index=email_index,
        at=at,
    )


async def erase(conn: Conn, shop_id: str, shopper_id: str, at: datetime) -> None:
    """Empty the row for good; it stays, so that the id is not taken again."""
    await run(conn, ERASE, shop_id=shop_id, shopper_id=shopper_id, at=at)


async def shops_of(conn: Conn, shopper_id: str, seen_by: str | None) -> list[SealedPerson]:
    """The shopper's rows, by shop; seen_by as everywhere."""
    return await many(conn, SealedPerson, SHOPS_OF, shopper_id=shopper_id, seen_by=seen_by)


async def find(
    conn: Conn, phones: Sequence[bytes], emails: Sequence[bytes], seen_by: str | None, limit: int
) -> list[SealedPerson]:
    """Persons whose phone or e-mail has one of these keyed hashes."""
    found = {"phones": list(phones), "emails": list(emails), "seen_by": seen_by, "limit": limit}
    return await many(conn, SealedPerson, FIND, **found)


async def reach(conn: Conn, shop_id: str, shopper_id: str) -> SealedReach | None:
    """A person with consents; None of one of whom nothing is known."""
    return await maybe(conn, SealedReach, REACH, shop_id=shop_id, shopper_id=shopper_id)


async def put_recipient(
    conn: Conn, order_id: UUID, shop_id: str, shopper_id: str, sealed: bytes, key_id: int, at: datetime
) -> None:
    """Write who receives an order."""
    await run(
        conn,
        PUT_RECIPIENT,
        order_id=order_id,
        shop_id=shop_id,
        shopper_id=shopper_id,
        sealed=sealed,
        key_id=key_id,
        at=at,
    )


async def recipient(conn: Conn, order_id: UUID) -> SealedRecipient | None:
    """Who receives an order."""
    return await maybe(conn, SealedRecipient, RECIPIENT, order_id=order_id)


async def recipients_of(conn: Conn, shop_id: str, shopper_id: str) -> list[SealedRecipient]:
    """The recipients of a shopper's orders, with their rows locked."""
    return await many(conn, SealedRecipient, RECIPIENTS_OF, shop_id=shop_id, shopper_id=shopper_id)


async def drop_recipients(conn: Conn, order_ids: Sequence[UUID]) -> None:
    """Delete who received these orders."""
    await run(conn, DROP_RECIPIENTS, order_ids=list(order_ids))
