"""The page of a scene: start it, and follow its story line by line."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter
from litestar.response import Redirect, Stream

from sangdan.doors.web.answers import html, words
from sangdan.kit.access import Seer

from .overview import EVENT_HEADERS, EVENTS, check_tower
from .theatre import Theatre


@get("/scenes/{name:str}")
async def scene(
    request: Request[Seer, Any, Any], name: FromPath[str], theatre: NamedDependency[Theatre]
) -> Response[Any]:
    """A scene, and what was told of it."""
    check_tower(request)
    texts = words(request).for_scripts("tower")
    found = theatre.scene(name)
    return html(request, "tower/scene.html", seer=request.user, scene=found, state=theatre.state(name), texts=texts)


@post("/scenes/{name:str}")
async def start(request: Request[Seer, Any, Any], name: FromPath[str], theatre: NamedDependency[Theatre]) -> Redirect:
    """Play it from the beginning."""
    check_tower(request)
    theatre.start(name)
    return Redirect(f"/tower/scenes/{name}", status_code=303)


@get("/scenes/{name:str}/live")
async def lines(
    request: Request[Seer, Any, Any],
    name: FromPath[str],
    theatre: NamedDependency[Theatre],
    last: Annotated[int, HeaderParameter(name="last-event-id", ge=0)] = 0,
) -> Stream:
    """Server-sent events: `line` for each, then `over` with the program's exit code."""
    check_tower(request)
    theatre.scene(name)
    return Stream(theatre.stream(name, last), media_type=EVENTS, headers=dict(EVENT_HEADERS))
