"""The shop's own numbers of its orders: each stands for one order of a client and its shop."""

from typing import Final, LiteralString
from uuid import UUID

from sangdan.kit.db import Conn, run, value

REFER: Final[LiteralString] = """
    -- A number that stands for an order already is no claim; a twin that is placing right now is waited for.
    WITH claimed AS (
        INSERT INTO orders.reference (client_id, shop_id, order_ref, order_id)
        SELECT client_id, shop_id, %(order_ref)s, order_id FROM orders.order WHERE order_id = %(order_id)s
            ON CONFLICT (client_id, shop_id, order_ref) DO NOTHING
     RETURNING order_id
    )
    UPDATE orders.order o SET order_ref = %(order_ref)s FROM claimed c WHERE o.order_id = c.order_id
"""
REFERRED: Final[LiteralString] = """
    SELECT r.order_id FROM orders.order o JOIN orders.reference r USING (client_id, shop_id)
     WHERE o.order_id = %(order_id)s AND r.order_ref = %(order_ref)s
"""


async def refer(conn: Conn, order_id: UUID, order_ref: str) -> bool:
    """Give an order the shop's own number; False when the number stands for an order already."""
    return await run(conn, REFER, order_id=order_id, order_ref=order_ref) == 1


async def referred(conn: Conn, order_id: UUID, order_ref: str) -> UUID:
    """The order of the same client and shop for which a number stands; there is one."""
    return await value(conn, REFERRED, order_id=order_id, order_ref=order_ref)
