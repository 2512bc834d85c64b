"""Orders that were placed and are paid together: each names them all."""

from collections.abc import Sequence
from typing import Final, LiteralString
from uuid import UUID

from sangdan.kit.db import Conn, run, value

BIND: Final[LiteralString] = """
    INSERT INTO orders.purchase (order_id, order_ids) VALUES (%(order_id)s, %(order_ids)s)
"""
TOGETHER: Final[LiteralString] = "SELECT order_ids FROM orders.purchase WHERE order_id = %(order_id)s"


async def bind(conn: Conn, order_ids: Sequence[UUID]) -> None:
    """Orders belong together from now on, in this sequence; each row names its order, for they may lie apart."""
    for order_id in order_ids:
        await run(conn, BIND, order_id=order_id, order_ids=list(order_ids))


async def together(conn: Conn, order_id: UUID) -> tuple[UUID, ...]:
    """The orders that one was placed with, itself among them; empty of one that was placed alone."""
    found: list[UUID] | None = await value(conn, TOGETHER, order_id=order_id)
    return () if found is None else tuple(found)
