"""The floor's list: parcels to pick, pack and hand over, least time left first."""

from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from sangdan.doors.problems import problems
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.network.errors import NodeUnknown
from sangdan.ship.warehouse import commands as warehouse
from sangdan.ship.warehouse.errors import BadCount, BadPrefix, NoPrefix, NoSuchTask, PrefixTaken, WrongState
from sangdan.ship.warehouse.model import Task, Work

from .fields import Code, CodeInPath, CodeInQuery
from .nodes import own_node
from .pages import Cursor, CursorUnreadable, Limit, Page, page, read_cursor

FIRST: Final = (datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0))


class Numbering(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A company's GS1 prefix, and after it the digits that the company keeps for this node: 4 to 12 in all."""

    gs1_prefix: Annotated[str, Meta(max_length=20)]


class Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of a reservation's units were on the shelf."""

    reservation_id: UUID
    units: Annotated[int, Meta(ge=0, le=1_000_000_000)]


class Pick(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found, for every reservation of the parcel; fewer than asked for means "not on the shelf"."""

    node_id: Code
    found: Annotated[list[Found], Meta(min_length=1, max_length=1000)]


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where it happens."""

    node_id: Code


@post(
    "/v1/nodes/{node_id:str}/gs1-prefix",
    tags=["tasks"],
    status_code=200,
    responses=problems(NodeUnknown, BadPrefix, PrefixTaken),
)
async def number(
    node_id: CodeInPath, data: JSONBody[Numbering], conn: NamedDependency[Conn], seer: NamedDependency[Seer]
) -> Numbering:
    """Give a node the GS1 prefix under which it numbers its parcels; without one it cannot pack."""
    await own_node(conn, node_id, seer)
    await warehouse.adopt_prefix(conn, node_id, data.gs1_prefix)
    return data


@get("/v1/tasks", tags=["tasks"], responses=problems(NodeUnknown, CursorUnreadable))
async def tasks(
    node_id: CodeInQuery,
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Work]:
    """What a node of the asker's has to do; left_s is negative for what is late."""
    await own_node(conn, node_id, seer)
    after = read_cursor(cursor, FIRST, tuple[datetime, UUID])
    rows = await warehouse.open_tasks(conn, node_id, after, limit + 1, at)
    return page(rows, limit, lambda work: (work.task.due_at, work.task.parcel_id))


@post(
    "/v1/tasks/{parcel_id:uuid}/pick",
    tags=["tasks"],
    status_code=200,
    responses=problems(NodeUnknown, NoSuchTask, WrongState, BadCount),
)
async def pick(
    parcel_id: FromPath[UUID],
    data: JSONBody[Pick],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
) -> Task:
    """Tell what was found. What is missing corrects the stock, and the order is sourced anew where that is possible."""
    await own_node(conn, data.node_id, seer)
    found: dict[UUID, int] = {}
    for each in data.found:
        found[each.reservation_id] = found.get(each.reservation_id, 0) + each.units
    return await warehouse.pick(conn, data.node_id, parcel_id, found, at)


@post(
    "/v1/tasks/{parcel_id:uuid}/pack",
    tags=["tasks"],
    status_code=200,
    responses=problems(NodeUnknown, NoSuchTask, WrongState, NoPrefix),
)
async def pack(
    parcel_id: FromPath[UUID],
    data: JSONBody[Step],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
) -> Task:
    """Close the parcel; it gets its SSCC, which goes on the label."""
    await own_node(conn, data.node_id, seer)
    return await warehouse.pack(conn, data.node_id, parcel_id, at)


@post(
    "/v1/tasks/{parcel_id:uuid}/hand-over",
    tags=["tasks"],
    status_code=200,
    responses=problems(NodeUnknown, NoSuchTask, WrongState),
)
async def hand_over(
    parcel_id: FromPath[UUID],
    data: JSONBody[Step],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
) -> Task:
    """Give the parcel to its carrier, or to the shopper at the counter: it leaves the stock."""
    await own_node(conn, data.node_id, seer)
    return await warehouse.hand_over(conn, data.node_id, parcel_id, at)
