"""Shelves and their histories as people look for them."""

from collections.abc import Sequence
from typing import Final, LiteralString

from sangdan.kit import lists
from sangdan.kit.db import Conn
from sangdan.kit.lists import Listing, Wish

from ..model import Balance, Movement

_CELL: Final[tuple[tuple[LiteralString, LiteralString], ...]] = (
    ("b.node_id", "text"), ("b.sku", "text"), ("b.owner_id", "text"),
)  # fmt: skip
LISTED_CELLS: Final[LiteralString] = """
    SELECT b.node_id, b.sku, b.owner_id, b.on_hand, b.reserved, b.safety
      FROM stock.balance b
     WHERE (%(seen_by)s::text IS NULL OR b.owner_id = %(seen_by)s)
"""
CELLS: Final = Listing(
    select=LISTED_CELLS,
    where={
        # What begins so: codes hold nothing that sorts behind a tilde.
        "q": "b.sku BETWEEN %(q)s AND %(q)s || '~'",
        "node": "b.node_id = %(node)s",
        "owner": "b.owner_id = %(owner)s",
        "left:none": "b.on_hand - b.reserved - b.safety <= 0",
        "left:some": "b.on_hand - b.reserved - b.safety > 0",
    },
    orders={
        "node": lists.Order(_CELL, ("node_id", "sku", "owner_id")),
        "sku": lists.Order((_CELL[1], _CELL[0], _CELL[2]), ("sku", "node_id", "owner_id")),
    },
)
LISTED_MOVEMENTS: Final[LiteralString] = """
    SELECT m.node_id, m.movement_id, m.sku, m.owner_id, m.units, m.kind, m.reference, m.at
      FROM stock.movement m
     WHERE (%(seen_by)s::text IS NULL OR m.owner_id = %(seen_by)s)
"""
MOVEMENTS: Final = Listing(
    select=LISTED_MOVEMENTS,
    where={
        "node": "m.node_id = %(node)s",
        "sku": "m.sku = %(sku)s",
        "owner": "m.owner_id = %(owner)s",
        "kind": "m.kind = %(kind)s",
        "at": "m.at >= %(at_from)s AND m.at < %(at_until)s",
    },
    orders={"at": lists.Order((("m.at", "timestamptz"), ("m.movement_id", "uuid")), ("at", "movement_id"))},
)


async def listed_cells(conn: Conn, seen_by: str | None, wish: Wish, limit: int) -> Sequence[Balance]:
    """A page of cells; an ally sees its own goods, wherever they lie."""
    return await lists.page(conn, Balance, CELLS, wish, limit, seen_by=seen_by)


async def listed_movements(conn: Conn, seen_by: str | None, wish: Wish, limit: int) -> Sequence[Movement]:
    """A page of what came and went."""
    return await lists.page(conn, Movement, MOVEMENTS, wish, limit, seen_by=seen_by)
