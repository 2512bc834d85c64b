"""Promises that were taken, and how they ended."""

from typing import Final, LiteralString
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from sangdan.kit.db import Conn, many, maybe, run

from ..model.outcome import Outcome

CLOSE: Final[LiteralString] = """
    -- A promise is closed once: what was given up as lost is not kept by turning up.
    INSERT INTO promise.outcome (order_id, parcel_no, node_id, carrier_id, service, promised_at, probability_ppm,
                                 arrived_at, kept, late_s, cause)
    VALUES (%(order_id)s, %(parcel_no)s, %(node_id)s, %(carrier_id)s, %(service)s, %(promised_at)s,
            %(probability_ppm)s, %(arrived_at)s, %(kept)s, %(late_s)s, %(cause)s)
    ON CONFLICT (order_id, parcel_no) DO NOTHING
"""
STORED: Final[LiteralString] = """
    SELECT order_id, inputs, answer FROM promise.promise WHERE order_id = %(order_id)s
"""
PAGE: Final[LiteralString] = """
    SELECT order_id, inputs, answer FROM promise.promise
     WHERE order_id > %(after)s ORDER BY order_id LIMIT %(limit)s
"""


class Stored(msgspec.Struct, frozen=True):
    """A promise that was taken: compressed inputs, and the way as it was given."""

    order_id: UUID
    inputs: bytes
    answer: bytes


async def close(conn: Conn, outcome: Outcome) -> bool:
    """Write how a promised parcel ended; False when it was written before."""
    return await run(conn, CLOSE, **asdict(outcome)) == 1


async def stored(conn: Conn, order_id: UUID) -> Stored | None:
    """The promise behind an order."""
    return await maybe(conn, Stored, STORED, order_id=order_id)


async def page(conn: Conn, after: UUID, limit: int) -> list[Stored]:
    """Stored promises by order, after a known one."""
    return await many(conn, Stored, PAGE, after=after, limit=limit)
