"""All SQL of the baskets: one statement, one function, no decisions."""

from datetime import datetime
from typing import Any, Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, Json, maybe, run, value

from .model import HeldPlace, HeldUnits, Hold

OPEN: Final[LiteralString] = """
    -- Check and write are one statement: a promise is held once at a time, and an order never again.
    INSERT INTO baskets.hold AS old (order_id, client_id, turn, state, token, units, places, expires_at, at)
    VALUES (%(order_id)s, %(client_id)s, 1, 'held', %(token)s, '[]', '[]', %(expires_at)s, %(at)s)
    ON CONFLICT (order_id) DO UPDATE
       SET turn = old.turn + 1, state = 'held', token = excluded.token, expires_at = excluded.expires_at,
           at = excluded.at
     WHERE old.state IN ('released', 'expired')
 RETURNING turn
"""
HELD_BY: Final[LiteralString] = """
    -- Counted no farther than it matters.
    SELECT count(*)
      FROM (SELECT FROM baskets.hold
             WHERE client_id = %(client_id)s AND state = 'held' AND expires_at > %(at)s
             LIMIT %(most)s) h
"""
FILL: Final[LiteralString] = """
    UPDATE baskets.hold SET units = %(units)s, places = %(places)s WHERE order_id = %(order_id)s
"""
LOCKED: Final[LiteralString] = """
    SELECT order_id, client_id, turn, token, units, places, expires_at
      FROM baskets.hold
     WHERE order_id = %(order_id)s AND state = 'held'
       FOR UPDATE
"""
END: Final[LiteralString] = """
    UPDATE baskets.hold SET state = %(state)s, token = NULL WHERE order_id = %(order_id)s
"""


class _Row(msgspec.Struct, frozen=True):
    order_id: UUID
    client_id: str
    turn: int
    token: str
    units: list[dict[str, Any]]
    places: list[dict[str, Any]]
    expires_at: datetime


async def open_(
    conn: Conn, order_id: UUID, client_id: str, token: str, expires_at: datetime, at: datetime
) -> int | None:
    """Begin a hold with nothing in it; gives its turn, None while there is another or when it became an order."""
    return await value(conn, OPEN, order_id=order_id, client_id=client_id, token=token, expires_at=expires_at, at=at)


async def held_by(conn: Conn, client_id: str, most: int, at: datetime) -> int:
    """How many holds of a client stand; of more than `most`, so many."""
    return await value(conn, HELD_BY, client_id=client_id, most=most, at=at)


async def fill(conn: Conn, hold: Hold) -> None:
    """Note what a hold holds."""
    await run(conn, FILL, order_id=hold.order_id, units=Json(hold.units), places=Json(hold.places))


async def locked(conn: Conn, order_id: UUID) -> Hold | None:
    """A hold that stands, with its row locked."""
    row = await maybe(conn, _Row, LOCKED, order_id=order_id)
    if row is None:
        return None
    units = msgspec.convert(row.units, tuple[HeldUnits, ...])
    places = msgspec.convert(row.places, tuple[HeldPlace, ...])
    return Hold(row.order_id, row.client_id, row.turn, row.token, units, places, row.expires_at)


async def end(conn: Conn, order_id: UUID, state: str) -> None:
    """A hold has ended: nothing of it is left to give back."""
    await run(conn, END, order_id=order_id, state=state)
