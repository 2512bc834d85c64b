"""The pages, put together: routes to mount beside those of the API."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.di import Provide
from litestar.params import FromPath
from litestar.types import ASGIApp, ControllerRouterHandler

from sangdan.adapters.objects import open_objects
from sangdan.doors.access import ALLIES, COURIER, FLOOR
from sangdan.doors.api.app import House
from sangdan.doors.problems import answer
from sangdan.doors.sim.scenes import Scene
from sangdan.kit.allowance import Allowance
from sangdan.kit.clock import Clock, WallClock
from sangdan.kit.tries import Tries

from .answers import HTML, as_page
from .errors import NoSuchPage
from .floor import actions, photos, shell, work
from .guard import HEADERS, Guard
from .people.devices import Devices
from .people.entrance import Entrance
from .people.me import AccountPage
from .people.member_passkeys import MemberPasskeys
from .people.members import Members
from .people.passkeys import Passkeys
from .people.routes import OPEN, below_tower
from .public import base_url
from .sessions import Sessions
from .shop.routes import shop_router
from .style import page as style
from .templates_in import ASSETS
from .tower import imports
from .tower.live import Controls, Live
from .tower.routes import tower_routes
from .tower.theatre import Theatre

FOREVER: Final = "public, max-age=31536000, immutable"  # a file's name changes with its content
# A form is read field by field; 8 MB of empty fields take many seconds in which nobody else is answered.
FORM_BYTES: Final = 64 * 1024

_FLOOR: Final = (
    shell.app, shell.worker, shell.manifest, work.tasks, work.road, work.doorstep, actions.act, photos.keep,
    photos.proof,
)  # fmt: skip


def make_web(
    house: House,
    stop: asyncio.Event,
    *,
    controls: Controls | None = None,
    scenes: Mapping[str, Scene] | None = None,
    wall: Clock | None = None,
    with_codes: bool = True,
) -> Sequence[ControllerRouterHandler]:
    """Routes of the pages, for `make_app(house, routes)`.

    stop      set when the server ends: the live lines end with it
    controls  of a simulated day; None on a server that runs on real time
    scenes    those that may be played from the page; None or none on a production server
    wall      real time, for sessions: the house's clock may be simulated
    with_codes
              whether operators and managers need a code beside their password; a simulated day does without
    """
    real = wall or WallClock()
    sessions = Sessions(house.pool, house.clock, real)
    guard = Guard(sessions, Allowance(house.settings.visits_per_s))

    def guarded(app: ASGIApp) -> ASGIApp:
        return guard(app)  # a function, because the framework copies objects, and there is one list of who is signed in

    most = house.settings.body_limit_bytes
    live = Live(house.pool, house.clock, stop, controls)
    given: dict[str, Any] = {
        **_ways_in(house, sessions, real, with_codes=with_codes),
        "wall": real,
        "live": live,
        "controls": controls,
        "theatre": Theatre(scenes or {}, stop),
        "clock": house.clock,
        "objects": open_objects(house.settings),
    }
    pages = Router(
        "/",
        route_handlers=[
            *OPEN,
            style.page,
            Router(
                "/", route_handlers=_FLOOR, opt={"roles": FLOOR | COURIER, "camera": True}, request_max_body_size=most
            ),
            Router(
                "/tower",
                route_handlers=[*tower_routes(live), *below_tower()],
                opt={"roles": ALLIES, "has_shop": house.settings.storefront is not None},
            ),
            Router("/tower", route_handlers=imports.UPLOADS, request_max_body_size=most),
            shop_router(),
        ],
        request_max_body_size=FORM_BYTES,
        dependencies={
            "here": Provide(base_url, sync_to_thread=False),
            **{name: _always(thing) for name, thing in given.items()},
        },
        exception_handlers={Exception: as_page},
        include_in_schema=False,
        middleware=[guarded],
    )
    return pages, asset


def _ways_in(house: House, sessions: Sessions, wall: Clock, *, with_codes: bool) -> dict[str, Any]:
    """What lets people in: accounts of the alliance, and members of the shop."""
    tries = Tries(house.pool, wall)
    devices = Devices(house.pool, wall, tries)
    passkeys = Passkeys(devices, sessions, house.pool, house.clock)
    members = Members(house.pool, house.clock, wall, house.vault, tries, house.ids)
    return {
        "sessions": sessions,
        "entrance": Entrance(sessions, house.pool, house.clock, wall, house.vault, tries, with_codes=with_codes),
        "members": members,
        "member_passkeys": MemberPasskeys(devices, members, house.pool, house.clock),
        "passkeys": passkeys,
        "account_page": AccountPage(house.pool, sessions, passkeys, house.settings),
        "tries": tries,
    }


def lost(request: Request[Any, Any, Any], raised: Exception) -> Response[Any]:
    """Where nothing is: a page for people, a problem for programs."""
    if HTML not in request.headers.get("accept", "") or request.url.path.startswith("/v1/"):
        return answer(request, raised)
    page = as_page(request, NoSuchPage("The address is mistyped, or the page has gone."))
    page.headers |= HEADERS
    return page


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
