"""Nodes, lanes and carriers that stop, and start again."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from sangdan.doors.web.answers import words
from sangdan.doors.web.words import Words
from sangdan.flows import close_lane, close_node
from sangdan.flows.picture import network_of
from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn, Pool
from sangdan.kit.problems import Problem
from sangdan.offer.network import commands as networks
from sangdan.offer.network.model import SPOILS, Hindrance, Network, Quarantine, Scope, Trouble

from .forms import Sent, sent, told
from .frame import page
from .naming import names_of_partners
from .network import CLOSED_BY, TEMPERATURE
from .places import TOWER

TROUBLES: Final[tuple[Trouble, ...]] = ("power", "fire", "flood", "other")
HINDRANCES: Final[tuple[Hindrance, ...]] = ("weather", "strike", "road", "other")
SCOPES: Final[tuple[Scope, ...]] = ("lane", "carrier")
Change: TypeAlias = Callable[[Conn, Seer, Sent, datetime], Awaitable[None]]
HERE: Final = "/tower/network/closings"


class Stopped(msgspec.Struct, frozen=True):
    """Something that does not work now.

    what     node, lane or carrier
    barred   temperatures whose goods are in quarantine, in the page's language
    open_    it works again, and only its goods are still in quarantine
    """

    what: str
    id: str
    name: str
    reason: str
    since: datetime | None
    until: datetime | None
    barred: tuple[str, ...] = ()
    open_: bool = False


@get("/network/closings", opt={"roles": TOWER})
async def closings(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Response[Any]:
    """What has stopped, and forms to stop more."""
    async with pool.transaction() as conn:
        return await _shown(request, conn, at, {"node_id": request.query_params.get("node", "")})


@post("/network/closings/close", status_code=200, opt={"roles": TOWER})
async def close(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Response[Any]:
    """Stop a node, a lane or a carrier, at once."""
    return await _do(request, pool, at, _close)


@post("/network/closings/open", status_code=200, opt={"roles": TOWER})
async def reopen(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Response[Any]:
    """Start it again; a node's goods stay in quarantine until somebody has looked at them."""
    return await _do(request, pool, at, _open)


async def _do(request: Request[Seer, Any, Any], pool: Pool, at: datetime, change: Change) -> Response[Any]:
    form = await sent(request)
    try:
        async with pool.transaction() as conn:
            await change(conn, request.user, form, at)
    except Problem as problem:
        wrong, status = told(request, problem)
        async with pool.transaction() as conn:
            return await _shown(request, conn, at, form.fields, wrong, status)
    return Redirect(f"{HERE}?done=1", status_code=303)


async def _close(conn: Conn, seer: Seer, form: Sent, at: datetime) -> None:
    until, note = form.instant_or_none("until"), form.text("note")
    if form.fields.get("what") == "node":
        node_id = form.text("node_id")
        made = await close_node.close(conn, node_id, form.one_of("reason", dict.fromkeys(TROUBLES)), until, at)
        subject, reason = f"node/{node_id}", made.reason
    else:
        scope = form.one_of("what", dict.fromkeys(SCOPES))
        closed_id = form.text(f"{scope}_id")
        cause = form.one_of("reason", dict.fromkeys(HINDRANCES))
        await close_lane.close(conn, scope, closed_id, cause, until, at)
        subject, reason = f"{scope}/{closed_id}", cause
    after = {"reason": reason, "until": until}
    await audit.note(conn, seer, at, f"{subject.partition('/')[0]}.closed", subject, after=after, reason=note)


async def _open(conn: Conn, seer: Seer, form: Sent, at: datetime) -> None:
    closed_id = form.text("id")
    if form.fields.get("what") == "node":
        checked = form.ticked("checked")
        ended = await close_node.reopen(conn, closed_id, at, checked=checked)
        subject, after = f"node/{closed_id}", {"goods_checked": checked}
    else:
        scope = form.one_of("what", dict.fromkeys(SCOPES))
        ended = await close_lane.reopen(conn, scope, closed_id, at)
        subject, after = f"{scope}/{closed_id}", {}
    before = None if ended is None else {"reason": ended.reason, "until": ended.until_at}
    await audit.note(conn, seer, at, f"{subject.partition('/')[0]}.opened", subject, before=before, after=after)


async def _shown(
    request: Request[Seer, Any, Any], conn: Conn, at: datetime, entered: Mapping[str, str], wrong: str = "",
    status: int = 200,
) -> Response[Any]:  # fmt: skip
    say, network, allies = words(request), await network_of(conn), await names_of_partners(conn)
    barred = await networks.quarantines(conn)
    stopped = _nodes(network, say, _by_node(barred), at)
    for (scope, closed_id), each in sorted(network.closings.items()):
        name = say.of(allies[closed_id]) if scope == "carrier" and closed_id in allies else closed_id
        stopped.append(Stopped(scope, closed_id, name, each.reason, each.from_at, each.until_at))
    carriers = {lane.carrier_id for lanes in network.lanes.values() for lane in lanes}
    named = sorted((say.of(node), node.node_id) for node in network.nodes.values())
    return page(
        request, "tower/closings.html", status,
        stopped=stopped, reasons=CLOSED_BY, wrong=wrong, entered=entered,
        done="done" in request.query_params and not wrong,
        nodes=[(node_id, name) for name, node_id in named],
        carriers=sorted((each, say.of(allies[each])) for each in carriers),
        troubles=[(each, say(CLOSED_BY[each])) for each in TROUBLES],
        hindrances=[(each, say(CLOSED_BY[each])) for each in HINDRANCES],
        spoils={each: ", ".join(say(TEMPERATURE[t]) for t in SPOILS[each]) for each in TROUBLES},
    )  # fmt: skip


def _by_node(barred: Sequence[Quarantine]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in barred:
        found.setdefault(each.node_id, []).append(each.temperature)
    return found


def _nodes(network: Network, say: Words, barred: Mapping[str, list[str]], at: datetime) -> list[Stopped]:
    out = {node_id for node_id in network.outages if network.out(node_id, at) is not None}
    stopped: list[Stopped] = []
    for node_id in sorted(out | barred.keys()):
        outage = network.out(node_id, at)
        goods = tuple(say(TEMPERATURE[each]) for each in barred.get(node_id, ()))
        last = outage or network.outages.get(node_id)
        stopped.append(
            Stopped(
                "node", node_id, say.of(network.node(node_id)), "other" if last is None else last.reason,
                None if outage is None else outage.from_at, None if outage is None else outage.until_at, goods,
                outage is None,
            )
        )  # fmt: skip
    return stopped


PAGES: Final = (closings, close, reopen)
