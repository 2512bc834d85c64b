"""The pages, put together: routes to mount beside those of the API."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.di import Provide
from litestar.params import FromPath
from litestar.types import ASGIApp, ControllerRouterHandler

from sangdan.doors.api.app import House
from sangdan.doors.sim.scenes import Scene
from sangdan.kit.clock import Clock, WallClock

from . import scene_pages, sign_in, tower
from .answers import ASSETS, as_page
from .guard import HEADERS, Guard
from .live import Controls, Live
from .sessions import Sessions
from .theatre import Theatre

FOREVER: Final = "public, max-age=31536000, immutable"  # a file's name changes with its content

_OPEN: Final = (sign_in.front, sign_in.form, sign_in.sign_in, sign_in.enter, sign_in.sign_out, sign_in.speak)
_TOWER: Final = (
    tower.page, tower.places, tower.live, tower.order, tower.messages, tower.speed,
    scene_pages.scene, scene_pages.start, scene_pages.lines,
)  # fmt: skip


def make_web(
    house: House,
    stop: asyncio.Event,
    *,
    controls: Controls | None = None,
    scenes: Mapping[str, Scene] | None = None,
    wall: Clock | None = None,
) -> Sequence[ControllerRouterHandler]:
    """Routes of the pages, for `make_app(house, routes)`.

    stop      set when the server ends: the live lines end with it
    controls  of a simulated day; None on a server that runs on real time
    scenes    those that may be played from the page; None or none on a production server
    wall      real time, for sessions: the house's clock may be simulated
    """
    sessions = Sessions(house.pool, wall or WallClock())
    guard = Guard(sessions)

    def guarded(app: ASGIApp) -> ASGIApp:
        return guard(app)  # a function, because the framework copies objects, and there is one list of who is signed in

    given: dict[str, Any] = {
        "sessions": sessions,
        "live": Live(house.pool, house.clock, stop, controls),
        "controls": controls,
        "theatre": Theatre(scenes or {}, stop),
    }
    pages = Router(
        "/",
        route_handlers=[*_OPEN, Router("/tower", route_handlers=_TOWER)],
        dependencies={name: _always(thing) for name, thing in given.items()},
        exception_handlers={Exception: as_page},
        include_in_schema=False,
        middleware=[guarded],
    )
    return pages, asset


def _always(thing: Any) -> Provide:
    return Provide(lambda: thing, sync_to_thread=False)


@get("/assets/{name:str}", include_in_schema=False, sync_to_thread=False)
def asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A script, style, font or picture of the pages."""
    found = ASSETS.read(name)
    headers = {**HEADERS, "cache-control": FOREVER, "vary": "accept-encoding"}
    if found.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.packed, media_type=found.media_type, headers={**headers, "content-encoding": "gzip"})
    return Response(found.body, media_type=found.media_type, headers=headers)
