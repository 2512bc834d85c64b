"""The live map and its parts: the map's places, the live line, the speed of a simulated day."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
import psycopg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Stream

from sangdan.doors.problems import RoleMayNot
from sangdan.doors.web.answers import html, words
from sangdan.doors.web.errors import NoControls
from sangdan.doors.web.people.sign_in import home_of
from sangdan.doors.web.sessions import COOKIE, Sessions
from sangdan.flows.picture import network_of
from sangdan.kit.access import Role, Seer
from sangdan.kit.db import Pool
from sangdan.talk.notices import commands as notices

from .frame import page as framed
from .live import Controls, Live, Viewer
from .theatre import Theatre

WATCHERS: Final[frozenset[Role]] = frozenset({"tower", "shop", "ally"})
SPEEDS: Final[Mapping[str, float]] = {"0": 0.0, "1": 1.0, "60": 60.0, "600": 600.0, "max": float("inf")}
MESSAGES: Final = 2
EVENTS: Final = "text/event-stream"
EVENT_HEADERS: Final[Mapping[str, str]] = {"cache-control": "no-store", "x-accel-buffering": "no"}


class PlaceSeen(msgspec.Struct, frozen=True):
    """A node or a zone on the map; kind and pickup only of nodes."""

    name: str
    lat: float
    lon: float
    kind: str | None = None


class Places(msgspec.Struct, frozen=True):
    """What the map needs to know once, by id, in the page's language."""

    nodes: dict[str, PlaceSeen]
    zones: dict[str, PlaceSeen]


class SpeedForm(msgspec.Struct, frozen=True):
    """What the speed buttons send."""

    speed: str = ""


@get("/")
async def page(
    request: Request[Seer, Any, Any],
    controls: NamedDependency[Controls | None],
    theatre: NamedDependency[Theatre],
) -> Response[Any]:
    """The tower; whoever works on the floor is led there."""
    seer = request.user
    if seer.role not in WATCHERS:
        return Redirect(home_of(seer), status_code=303)
    runs_it = seer.role == "tower"
    return framed(
        request,
        "tower/live.html",
        speeds=tuple(SPEEDS) if controls is not None and runs_it else (),
        scenes=tuple(theatre.scenes.values()) if runs_it else (),
    )


@get("/places.json")
async def places(request: Request[Seer, Any, Any], pool: NamedDependency[Pool]) -> Response[Places]:
    """Names and points of the network: reference data, the same for every ally."""
    _check_watcher(request)
    say = words(request)
    async with pool.transaction() as conn:
        network = await network_of(conn)
    found = Places(
        {n.node_id: PlaceSeen(say.of(n), n.lat_e6 / 1e6, n.lon_e6 / 1e6, n.kind) for n in network.nodes.values()},
        {z.zone_id: PlaceSeen(say.of(z), z.lat_e6 / 1e6, z.lon_e6 / 1e6) for z in network.zones.values()},
    )
    return Response(found, headers={"cache-control": "no-store"})


@get("/live")
async def live(
    request: Request[Seer, Any, Any], live: NamedDependency[Live], sessions: NamedDependency[Sessions]
) -> Stream:
    """Server-sent events: `picture` first, then `change` at most twice a second, `pace` when the speed changes."""
    _check_watcher(request)
    cookie = request.cookies.get(COOKIE)

    async def may_stay() -> bool:
        try:
            return await sessions.with_cookie(cookie) is not None
        except psycopg.OperationalError:
            return True  # nobody can tell while the database is away; the next beat asks again

    viewer = Viewer(request.user.client_id, request.user.seen_by)
    return Stream(live.stream(viewer, may_stay), media_type=EVENTS, headers=dict(EVENT_HEADERS))


@get("/messages")
async def messages(request: Request[Seer, Any, Any], pool: NamedDependency[Pool]) -> Response[Any]:
    """The messages that shoppers got last, as a part of the tower page: without names, the receiver masked."""
    _check_watcher(request)
    async with pool.transaction() as conn:
        told = await notices.recent(conn, request.user.seen_by, MESSAGES)
    return html(request, "tower/messages.html", told=told[::-1])


@post("/speed", status_code=204)
async def speed(
    request: Request[Seer, Any, Any],
    data: Annotated[SpeedForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    controls: NamedDependency[Controls | None],
) -> None:
    """Let the simulated day run at another speed."""
    check_tower(request)
    if controls is None or data.speed not in SPEEDS:
        raise NoControls("This server has no such speed.")
    controls.set(SPEEDS[data.speed])


def check_tower(request: Request[Seer, Any, Any]) -> None:
    """Only the alliance's operators may go on.

    raises  RoleMayNot
    """
    if request.user.role != "tower":
        raise RoleMayNot(f"A key of role {request.user.role} may not do this.", role=request.user.role)


def _check_watcher(request: Request[Seer, Any, Any]) -> None:
    if request.user.role not in WATCHERS:
        raise RoleMayNot(f"A key of role {request.user.role} may not do this.", role=request.user.role)
