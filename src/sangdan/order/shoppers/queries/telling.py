"""What was told of persons: consents, readings, changes. All of it is only ever added."""

from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

from msgspec.structs import asdict

from sangdan.kit.db import Conn, many, run, value

from ..model import Change, Consent, Reading

CONSENTS: Final[LiteralString] = """
    SELECT consent_no, kind, given, how, told_by, at FROM shoppers.consent
     WHERE (shopper_id, shop_id) = (%(shopper_id)s, %(shop_id)s) ORDER BY consent_no
"""
CONSENT: Final[LiteralString] = """
    INSERT INTO shoppers.consent (shopper_id, shop_id, consent_no, kind, given, how, told_by, at)
    VALUES (%(shopper_id)s, %(shop_id)s, %(consent_no)s, %(kind)s, %(given)s, %(how)s, %(told_by)s, %(at)s)
"""
READ: Final[LiteralString] = """
    INSERT INTO shoppers.reading (shopper_id, reading_id, shop_id, read_by, order_id, fields, reason, at)
    VALUES (%(shopper_id)s, %(reading_id)s, %(shop_id)s, %(read_by)s, %(order_id)s, %(fields)s, %(reason)s, %(at)s)
"""
READINGS: Final[LiteralString] = """
    SELECT at, shop_id, shopper_id, read_by, order_id, fields, reason FROM shoppers.reading
     WHERE shopper_id = %(shopper_id)s AND (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s)
     ORDER BY at DESC, reading_id DESC LIMIT %(limit)s
"""
PERSONS_READ: Final[LiteralString] = """
    SELECT count(DISTINCT (shop_id, shopper_id)) AS persons FROM shoppers.reading
     WHERE read_by = %(read_by)s AND at > %(since)s AND reason IS NULL
"""
CHANGE: Final[LiteralString] = """
    INSERT INTO shoppers.change (shopper_id, change_id, shop_id, what, changed_by, order_id, fields, at)
    VALUES (%(shopper_id)s, %(change_id)s, %(shop_id)s, %(what)s, %(changed_by)s, %(order_id)s, %(fields)s, %(at)s)
"""
CHANGES: Final[LiteralString] = """
    SELECT at, shop_id, shopper_id, what, changed_by, order_id, fields FROM shoppers.change
     WHERE shopper_id = %(shopper_id)s AND (%(seen_by)s::text IS NULL OR shop_id = %(seen_by)s)
     ORDER BY at DESC, change_id DESC LIMIT %(limit)s
"""


async def consents(conn: Conn, shop_id: str, shopper_id: str) -> list[Consent]:
    """All that was said about consent, oldest first."""
    return await many(conn, Consent, CONSENTS, shop_id=shop_id, shopper_id=shopper_id)


async def add_consent(conn: Conn, shop_id: str, shopper_id: str, told: Consent) -> None:
    """Write what was said; the caller holds the person."""
    await run(conn, CONSENT, shop_id=shop_id, shopper_id=shopper_id, **asdict(told))


async def add_reading(conn: Conn, reading_id: UUID, reading: Reading) -> None:
    """Write who read what."""
    await run(conn, READ, reading_id=reading_id, **asdict(reading))


async def readings(conn: Conn, shopper_id: str, seen_by: str | None, limit: int) -> list[Reading]:
    """Who read what of a shopper, the latest first."""
    return await many(conn, Reading, READINGS, shopper_id=shopper_id, seen_by=seen_by, limit=limit)


async def persons_read(conn: Conn, read_by: str, since: datetime) -> int:
    """How many persons a reader has read in the clear without a reason since an instant."""
    return await value(conn, PERSONS_READ, read_by=read_by, since=since)


async def add_change(conn: Conn, change_id: UUID, change: Change) -> None:
    """Write who changed what."""
    await run(conn, CHANGE, change_id=change_id, **asdict(change))


async def changes(conn: Conn, shopper_id: str, seen_by: str | None, limit: int) -> list[Change]:
    """Who changed what of a shopper, the latest first."""
    return await many(conn, Change, CHANGES, shopper_id=shopper_id, seen_by=seen_by, limit=limit)
