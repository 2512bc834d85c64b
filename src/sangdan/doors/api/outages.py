"""Nodes that go out of service and come back."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta
from msgspec.structs import asdict

from sangdan.doors.problems import problems
from sangdan.flows import close_node
from sangdan.flows.picture import network_of
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.offer.network import commands as networks
from sangdan.offer.network.errors import NodeUnknown, OutageEndsBefore, OutageNone
from sangdan.offer.network.model import Network, Outage, Quarantine, Trouble

from .fields import CodeInPath, check_instant
from .nodes import own_node
from .trail import Trail

Checked = Annotated[
    bool, QueryParameter(name="checked", description="The goods in quarantine were looked at and may be sold again.")
]


class Closing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a node stops, and for how long.

    reason  power: chilled and frozen goods go into quarantine; fire, flood: all goods; other: none
    until   null while nobody knows
    """

    reason: Trouble
    until: Annotated[datetime, Meta(tz=True)] | None = None


class OutOfService(msgspec.Struct, frozen=True):
    """A node's outage, and the temperatures whose goods are in quarantine until somebody has looked at them."""

    node_id: str
    outage: Outage | None
    quarantine: list[Quarantine]


@post(
    "/v1/nodes/{node_id:str}/outage",
    tags=["network"],
    status_code=200,
    responses=problems(NodeUnknown, OutageEndsBefore),
)
async def close(
    node_id: CodeInPath,
    data: JSONBody[Closing],
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
) -> OutOfService:
    """Take a node out of service at once: nothing is promised from it, and its open orders come from elsewhere.

    Again for a node that is out of service says its cause and its end anew.
    """
    await own_node(conn, node_id, seer)
    until = None if data.until is None else check_instant("until", data.until)
    before = await state_of(conn, node_id, at)
    await close_node.close(conn, node_id, data.reason, until, at)
    after = await state_of(conn, node_id, at)
    trail.tell("node.closed", f"node/{node_id}", before=asdict(before), after=asdict(after))
    return after


@delete(
    "/v1/nodes/{node_id:str}/outage", tags=["network"], status_code=200, responses=problems(NodeUnknown, OutageNone)
)
async def reopen(
    node_id: CodeInPath,
    conn: NamedDependency[Conn],
    seer: NamedDependency[Seer],
    at: NamedDependency[datetime],
    trail: NamedDependency[Trail],
    checked: Checked = False,
) -> OutOfService:
    """Take a node back into service. Goods that may be spoilt stay in quarantine until they were checked."""
    await own_node(conn, node_id, seer)
    before = await state_of(conn, node_id, at)
    await close_node.reopen(conn, node_id, at, checked=checked)
    after = await state_of(conn, node_id, at)
    trail.tell("node.reopened", f"node/{node_id}", before=asdict(before), after=asdict(after))
    return after


@get("/v1/outages", tags=["network"], responses=problems())
async def outages(
    conn: NamedDependency[Conn], seer: NamedDependency[Seer], at: NamedDependency[datetime]
) -> list[OutOfService]:
    """The nodes of the asker's that are out of service, or have goods in quarantine, by id."""
    network = await network_of(conn)
    barred = await networks.quarantines(conn)
    concerned = {each.node_id for each in barred} | {n for n in network.outages if network.out(n, at) is not None}
    return [_view(network, node_id, barred, at) for node_id in sorted(concerned) if _own(network, node_id, seer)]


async def state_of(conn: Conn, node_id: str, at: datetime) -> OutOfService:
    """Whether a node is out of service, and what of its goods is in quarantine."""
    return _view(await network_of(conn), node_id, await networks.quarantines(conn), at)


def _view(network: Network, node_id: str, barred: list[Quarantine], at: datetime) -> OutOfService:
    return OutOfService(node_id, network.out(node_id, at), [each for each in barred if each.node_id == node_id])


def _own(network: Network, node_id: str, seer: Seer) -> bool:
    operated = seer.seen_by in (None, network.node(node_id).operator_id)
    return operated and seer.sees_node(node_id)
