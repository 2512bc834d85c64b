"""A batch is placed: one call, each order in whole or not at all, in the order in which they came."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString

from sangdan.kit.db import Conn
from sangdan.kit.events import note_emitted

from .columns import Columns, columns
from .queue import turned_away
from .taken import Short, Taken

PLACE: Final[LiteralString] = """
    SELECT n, what, place, told
      FROM flows.place_orders(
           %(orders)b::text[], %(lines)b::text[], %(parcels)b::text[], %(sources)b::text[], %(cells)b::text[],
           %(dues)b::text[], %(slots)b::text[], %(wants)b::text[], %(keys)b::text[], %(nodes)b::text[],
           %(stored)b, %(locked)s, %(at)s)
"""

FACTS: Final = 2  # orders.placed and payments.requested


async def place_batch(conn: Conn, batch: Sequence[Taken], at: datetime, *, locked: bool = False) -> list[list[Short]]:
    """Place the orders of a batch, in the caller's transaction.

    batch   in the order in which they came; no order and no key twice
    at      now
    locked  lock first, then look; for a batch that lost a race
    gives   for each order [] when it is placed, else what stood in its way: node, shelf, share, inbound, capacity or
            turn were short; twin, taken or ref: it was there before
    raises  psycopg's SerializationFailure when others were faster between look and write, UniqueViolation when a twin
            was: nothing of the batch may be committed then, and it is worth another try
    """
    told: list[list[Short]] = [[] for _ in batch]
    asking = list(range(len(batch)))
    for number, stores in (await turned_away(conn, batch, at)).items():
        told[number] = [{"what": "turn", "node_id": node_id} for node_id in stores]
        asking.remove(number)
    if not asking:
        return told
    laid_out = columns([batch[number] for number in asking], at)
    for n, what, place, why in await _placed(conn, laid_out, at, locked=locked):
        told[asking[n - 1]].append(_short(laid_out, what, place, why))
    note_emitted(FACTS * sum(not each for each in told))
    return told


async def _placed(
    conn: Conn, laid_out: Columns, at: datetime, *, locked: bool
) -> list[tuple[int, str, int | None, str | None]]:
    cursor = await conn.execute(
        PLACE,
        {
            "orders": laid_out.orders, "lines": laid_out.lines, "parcels": laid_out.parcels,
            "sources": laid_out.sources, "cells": laid_out.cells, "dues": laid_out.dues, "slots": laid_out.slots,
            "wants": laid_out.wants, "keys": laid_out.keys, "nodes": laid_out.nodes, "stored": laid_out.stored,
            "locked": locked, "at": at,
        },
    )  # fmt: skip
    return await cursor.fetchall()


def _short(laid_out: Columns, what: str, place: int | None, told: str | None) -> Short:
    if what == "node":
        return {"what": what, "node_id": told or ""}
    if what == "ref":
        return {"what": what, "order_id": told or ""}
    if place is None:
        return {"what": what}
    node_id, named = laid_out.places[place - 1]
    return {"what": what, "node_id": node_id, "hour_at" if what == "capacity" else "sku": named}
