"""The one stock: what lies where, counts and receipts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
import polars as pl
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import Body
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.flows import import_rows, tell_shelves
from sangdan.flows.tell_shelves import Cell, Shelf
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.errors import SkuUnknown
from sangdan.offer.network.errors import NodeUnknown
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.errors import PartnerUnknown
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import Balance

from .fields import Code, CodeSought, Units
from .imports import Imported, Within, imported, mark_foreign
from .nodes import own_node
from .pages import Cursor, CursorUnreadable, Limit, Page, page, read_cursor
from .trail import Trail

FIRST: Final = ("", "", "")
BULK_MAX: Final = 10_000

Level = Annotated[int, Meta(ge=0, le=1_000_000_000, description="Sellable units.")]


class Count(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What lies on a shelf, reserved units included; safety null leaves it as it is."""

    node_id: Code
    sku: Code
    owner_id: Code
    on_hand: Level
    safety: Level | None = None


class Receipt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Units that were put on a shelf.

    movement_id  made by the caller: the same one again changes nothing
    reference    what they came with, e.g. a delivery note
    """

    movement_id: UUID
    node_id: Code
    sku: Code
    owner_id: Code
    units: Units
    reference: Annotated[str, Meta(min_length=1, max_length=100)]


class Received(msgspec.Struct, frozen=True):
    """How many receipts were new, and how many had been told before."""

    received: int
    known: int


Counts = Annotated[list[Count], Body(min_items=1, max_items=BULK_MAX)]
Receipts = Annotated[list[Receipt], Body(min_items=1, max_items=1000)]


@get("/v1/stock", tags=["stock"], responses=problems(NodeUnknown, CursorUnreadable))
async def balances(
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    node_id: CodeSought = None,
    sku: CodeSought = None,
    owner_id: CodeSought = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Balance]:
    """Shelves by node, SKU and owner: an ally's own goods anywhere, or all goods on a node that it works on."""
    if seer.role == "floor" or seer.node_ids is not None:
        node_id = node_id or _only(seer.node_ids)
        if not seer.sees_node(node_id):
            raise NodeUnknown(f"There is no node {node_id!r}.", node_id=node_id)
    if seer.role == "floor":
        await own_node(conn, node_id or "", seer)
    elif seer.seen_by is not None:
        if owner_id not in (None, seer.seen_by):
            return Page([], None)
        owner_id = seer.seen_by
    after = read_cursor(cursor, FIRST, tuple[str, str, str])
    rows = await stock.balances(conn, node_id, sku, owner_id, after, limit + 1)
    return page(rows, limit, lambda cell: (cell.node_id, cell.sku, cell.owner_id))


@post("/v1/stock/counts", tags=["stock"], status_code=200, responses=problems())
async def count(
    data: Counts,
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> Imported:
    """Set up to 10,000 shelves to what was counted. Rows that cannot be are named, the others taken."""
    frame = pl.DataFrame(
        [msgspec.to_builtins(each) for each in data],
        schema={
            "node_id": pl.String, "sku": pl.String, "owner_id": pl.String, "on_hand": pl.Int64, "safety": pl.Int64
        },
    )  # fmt: skip
    marked = mark_foreign(frame, "stock", seer)
    cells = {(each.node_id, each.sku, each.owner_id) for each in data if seer.seen_by in (None, each.owner_id)}
    before = await tell_shelves.look(conn, cells)
    report = await import_rows.load(Within(conn), "stock", marked, at)
    _tell(trail, "stock.counted", before, await tell_shelves.look(conn, cells))
    return imported(report)


@post(
    "/v1/stock/receipts", tags=["stock"], status_code=200, responses=problems(NodeUnknown, SkuUnknown, PartnerUnknown)
)
async def receive(
    data: Receipts,
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> Received:
    """Put units on shelves of the asker's own nodes: all of the receipts, or none."""
    for node_id in {each.node_id for each in data}:
        await own_node(conn, node_id, seer)
    await _check_known(conn, data)
    cells = {(each.node_id, each.sku, each.owner_id) for each in data}
    before = await tell_shelves.look(conn, cells)
    received = 0
    for each in sorted(data, key=lambda r: (r.node_id, r.sku, r.owner_id, r.movement_id)):
        received += await stock.receive(
            conn, each.node_id, each.movement_id, each.sku, each.owner_id, each.units, each.reference, at
        )
    _tell(trail, "stock.received", before, await tell_shelves.look(conn, cells))
    return Received(received, len(data) - received)


def _tell(trail: Trail, what: str, before: Mapping[Cell, Shelf], after: Mapping[Cell, Shelf]) -> None:
    for each in tell_shelves.changed(before, after):
        trail.tell(what, each.subject, before=each.before, after=each.after)


def _only(node_ids: frozenset[str] | None) -> str:
    """The node of whoever is confined to one; whoever has several names one."""
    [node_id] = node_ids if node_ids is not None and len(node_ids) == 1 else [""]
    return node_id


async def _check_known(conn: Conn, data: list[Receipt]) -> None:
    """The room's keys name goods and owners without looking them up; the door does."""
    await catalogue.skus(conn, [each.sku for each in data])
    owners = {each.owner_id for each in data}
    if missing := sorted(owners - await partners.known_partners(conn, sorted(owners))):
        raise PartnerUnknown(f"There is no partner {missing[0]}.", partner_id=missing[0])
