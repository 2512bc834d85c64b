"""The shop's own numbers of its orders: each stands for one order of a client and its shop."""

from typing import Final, LiteralString
from uuid import UUID

import msgspec

from sangdan.kit.db import Conn, maybe, one, run, value

SHOP: Final[LiteralString] = "SELECT client_id, shop_id FROM orders.order WHERE order_id = %(order_id)s"
CLAIM: Final[LiteralString] = """
    -- A number that stands for an order already is no claim; a twin that is placing right now is waited for.
    INSERT INTO orders.reference (client_id, shop_id, order_ref, order_id)
    VALUES (%(client_id)s, %(shop_id)s, %(order_ref)s, %(order_id)s)
    ON CONFLICT (client_id, shop_id, order_ref) DO NOTHING
"""
NUMBER: Final[LiteralString] = "UPDATE orders.order SET order_ref = %(order_ref)s WHERE order_id = %(order_id)s"
REFERRED: Final[LiteralString] = """
    SELECT order_id FROM orders.reference
     WHERE (client_id, shop_id, order_ref) = (%(client_id)s, %(shop_id)s, %(order_ref)s)
"""


class Shop(msgspec.Struct, frozen=True):
    """Through whom an order came."""

    client_id: str
    shop_id: str


async def refer(conn: Conn, order_id: UUID, order_ref: str) -> bool:
    """Give an order the shop's own number; False when the number stands for an order already."""
    shop = await maybe(conn, Shop, SHOP, order_id=order_id)
    if shop is None:
        return False
    claimed = await run(
        conn, CLAIM, client_id=shop.client_id, shop_id=shop.shop_id, order_ref=order_ref, order_id=order_id
    )  # fmt: skip
    return claimed == 1 and await run(conn, NUMBER, order_ref=order_ref, order_id=order_id) == 1


async def referred(conn: Conn, order_id: UUID, order_ref: str) -> UUID:
    """The order of the same client and shop for which a number stands; there is one."""
    shop = await one(conn, Shop, SHOP, order_id=order_id)
    return await value(conn, REFERRED, client_id=shop.client_id, shop_id=shop.shop_id, order_ref=order_ref)
