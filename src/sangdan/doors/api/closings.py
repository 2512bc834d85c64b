"""Lanes and carriers that close and open again."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta
from msgspec.structs import asdict

from sangdan.doors.problems import problems
from sangdan.flows import close_lane
from sangdan.flows.picture import network_of
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.network.errors import ClosingEndsBefore, ClosingNone, LaneUnknown
from sangdan.offer.network.model import Closing, Hindrance, Network, Scope

from .fields import CodeInPath, check_instant
from .trail import Trail


class Shutting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a lane or a carrier stops, and for how long.

    until   when it opens again by itself, null while nobody knows
    """

    reason: Hindrance
    until: Annotated[datetime, Meta(tz=True)] | None = None


@post(
    "/v1/lanes/{lane_id:str}/closing",
    tags=["network"],
    status_code=200,
    responses=problems(LaneUnknown, ClosingEndsBefore),
)
async def close_one(
    lane_id: CodeInPath,
    data: JSONBody[Shutting],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> Closing:
    """Close a lane at once: nothing is promised by it, and what was to leave by it takes another way.

    What nobody else can bring waits for the lane. Again for one that is closed says its cause and its end anew.
    """
    await _check_own(conn, lane_id, seer)
    return await _close(conn, trail, "lane", lane_id, data, at)


@delete(
    "/v1/lanes/{lane_id:str}/closing", tags=["network"], status_code=200, responses=problems(LaneUnknown, ClosingNone)
)
async def open_one(
    lane_id: CodeInPath,
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> Closing:
    """Open a lane again; what took another way stays on it. Gives the closing that ended."""
    await _check_own(conn, lane_id, seer)
    return await _open(conn, trail, "lane", lane_id, at)


@post(
    "/v1/carriers/{carrier_id:str}/closing",
    tags=["network"],
    status_code=200,
    responses=problems(LaneUnknown, ClosingEndsBefore),
)
async def close_all(
    carrier_id: CodeInPath,
    data: JSONBody[Shutting],
    conn: NamedDependency[Conn],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> Closing:
    """Close every lane of a carrier at once, as if each was closed."""
    return await _close(conn, trail, "carrier", carrier_id, data, at)


@delete("/v1/carriers/{carrier_id:str}/closing", tags=["network"], status_code=200, responses=problems(ClosingNone))
async def open_all(
    carrier_id: CodeInPath,
    conn: NamedDependency[Conn],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> Closing:
    """Open a carrier again; a lane of its that was closed by itself stays closed."""
    return await _open(conn, trail, "carrier", carrier_id, at)


@get("/v1/closings", tags=["network"], responses=problems())
async def closings(conn: NamedDependency[Conn], seer: NamedDependency[Seer]) -> list[Closing]:
    """The lanes and carriers of the asker's that are closed, carriers first, by id."""
    network = await network_of(conn)
    return [each for _, each in sorted(network.closings.items()) if _own(network, each.scope, each.closed_id, seer)]


async def _close(conn: Conn, trail: Trail, scope: Scope, closed_id: str, wanted: Shutting, at: datetime) -> Closing:
    was = (await network_of(conn)).closings.get((scope, closed_id))
    now = await close_lane.close(conn, scope, closed_id, wanted.reason, _end(wanted), at)
    before = None if was is None else asdict(was)
    trail.tell(f"{scope}.closed", f"{scope}/{closed_id}", before=before, after=asdict(now))
    return now


async def _open(conn: Conn, trail: Trail, scope: Scope, closed_id: str, at: datetime) -> Closing:
    ended = await close_lane.reopen(conn, scope, closed_id, at)
    trail.tell(f"{scope}.opened", f"{scope}/{closed_id}", before=asdict(ended))
    return ended


def _end(wanted: Shutting) -> datetime | None:
    return None if wanted.until is None else check_instant("until", wanted.until)


async def _check_own(conn: Conn, lane_id: str, seer: Seer) -> None:
    if not _own(await network_of(conn), "lane", lane_id, seer):
        raise LaneUnknown(f"There is no lane {lane_id!r}.", scope="lane", closed_id=lane_id)


def _own(network: Network, scope: Scope, closed_id: str, seer: Seer) -> bool:
    """Whether it is the asker's: a carrier sees its own closings, and closes its own lanes."""
    if seer.seen_by is None:
        return True
    if scope == "carrier":
        return closed_id == seer.seen_by
    lanes = (lane for each in network.lanes.values() for lane in each)
    return any((lane.lane_id, lane.carrier_id) == (closed_id, seer.seen_by) for lane in lanes)
