"""What a count or a receipt changes on shelves: how each was, held until the transaction ends, and how it is."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final, TypeAlias

import msgspec

from sangdan.kit.db import Conn
from sangdan.offer.stock import commands as stock

Cell: TypeAlias = tuple[str, str, str]
# More at a time are told by their movements alone, each of which says what it changed.
MOST: Final = 100


class Shelf(msgspec.Struct, frozen=True):
    """What of a shelf a person changes."""

    on_hand: int
    safety: int


class Changed(msgspec.Struct, frozen=True):
    """One shelf that is not as it was.

    subject  of the audit: cell/NODE/SKU/OWNER
    before   None where nothing ever lay
    """

    subject: str
    before: Mapping[str, object] | None
    after: Mapping[str, object]


async def look(conn: Conn, cells: Collection[Cell]) -> dict[Cell, Shelf]:
    """How shelves stand, and stand until this transaction ends; asked before the change and after it.

    cells  node, SKU, owner
    gives  none where nothing ever lay, and none at all of more than MOST
    """
    if len(cells) > MOST:
        return {}
    await stock.hold_rules(conn)
    held = await stock.lock_cells(conn, cells)
    return {(each.node_id, each.sku, each.owner_id): Shelf(each.on_hand, each.safety) for each in held}


def changed(before: Mapping[Cell, Shelf], after: Mapping[Cell, Shelf]) -> Iterator[Changed]:
    """The shelves that are not as they were, by their key."""
    for cell, now in sorted(after.items()):
        was = before.get(cell)
        if was != now:
            told = None if was is None else msgspec.structs.asdict(was)
            yield Changed("/".join(("cell", *cell)), told, msgspec.structs.asdict(now))
