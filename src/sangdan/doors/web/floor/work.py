"""The lists of the floor app, and whereto a parcel goes."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from sangdan.doors.api.nodes import own_node
from sangdan.doors.problems import RoleMayNot
from sangdan.doors.web.templates_in import ASSETS
from sangdan.flows.floor_work import FloorWork, Good, RoadWork, floor_work, road_work
from sangdan.flows.pickup_ticket import pickup_key
from sangdan.flows.recipient_of import bound_to
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.kit.vault import Vault

from .people import AT_NODES, ON_THE_ROAD, as_told, still_theirs

FRESH: Final = {"cache-control": "no-store"}
NO_PICTURE: Final = "package"
NodeId = Annotated[str, QueryParameter(min_length=1, max_length=64)]


class Doorstep(msgspec.Struct, frozen=True):
    """Whereto a parcel goes; masked for whoever does not bring it."""

    masked: bool
    name: str
    phone: str
    lines: tuple[str, ...]
    postcode: str
    note: str | None


@get("/floor/tasks.json", guards=[still_theirs], exception_handlers={Exception: as_told})
async def tasks(
    request: Request[Seer, Any, Any],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
    node: FromQuery[NodeId],
) -> Response[FloorWork]:
    """What a node has to do, least time left first."""
    if request.user.role not in AT_NODES:
        raise RoleMayNot("A node's list is for those who work on it.", role=request.user.role)
    async with pool.transaction() as conn:
        await own_node(conn, node, request.user)
        found = await floor_work(conn, node, await pickup_key(conn, at), at)
    goods = {sku: _pictured(good) for sku, good in found.goods.items()}
    return Response(msgspec.structs.replace(found, goods=goods), headers=FRESH)


def _pictured(good: Good) -> Good:
    """A good with the address of its picture in place of the name."""
    return msgspec.structs.replace(good, picture=ASSETS.url(f"goods-{good.picture or NO_PICTURE}.svg"))


@get("/floor/road.json", guards=[still_theirs], exception_handlers={Exception: as_told})
async def road(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Response[RoadWork]:
    """What a courier has on board, and may take on board."""
    if request.user.role not in ON_THE_ROAD:
        raise RoleMayNot("This list is for couriers.", role=request.user.role)
    async with pool.transaction() as conn:
        return Response(await road_work(conn, request.user, at), headers=FRESH)


@get("/floor/doorsteps/{parcel_id:uuid}", guards=[still_theirs], exception_handlers={Exception: as_told})
async def doorstep(
    request: Request[Seer, Any, Any],
    parcel_id: FromPath[UUID],
    pool: NamedDependency[Pool],
    vault: NamedDependency[Vault],
    ids: NamedDependency[Ids],
    at: NamedDependency[datetime],
) -> Response[Doorstep]:
    """Whereto a parcel goes: in the clear for its courier, masked at the counter. Each reading is written down."""
    async with pool.transaction() as conn:
        masked, postcode, who = await bound_to(conn, vault, request.user, parcel_id, at, ids)
    return Response(Doorstep(masked, who.name, who.phone, who.lines, postcode, who.note), headers=FRESH)
