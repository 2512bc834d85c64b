"""Coming in and going out: with an API key, with an entry link, and out again."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import Redirect

from sangdan.doors.texts import LANGUAGES

from .answers import LANGUAGE_COOKIE, Asked, html
from .errors import TooManyTries
from .sessions import COOKIE, Sessions

HOME: Final = "/tower"
YEAR_S: Final = 31_536_000


class KeyForm(msgspec.Struct, frozen=True):
    """What the form sends."""

    key: str = ""


@get("/", opt={"open": True})
async def front() -> Redirect:
    """Whoever comes to the door is led to the tower."""
    return Redirect(HOME, status_code=303)


@get("/sign-in", opt={"open": True})
async def form(request: Request[Any, Any, Any]) -> Response[Any]:
    """Where an API key is entered."""
    return Redirect(HOME, status_code=303) if request.user is not None else html(request, "sign_in.html", wrong=None)


@post("/sign-in", opt={"open": True})
async def sign_in(
    request: Request[Any, Any, Any],
    data: Annotated[KeyForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    sessions: NamedDependency[Sessions],
) -> Response[Any]:
    """Let in whoever has a key."""
    try:
        sessions.count_try(_address(request))
    except TooManyTries as tries:
        page = html(request, "sign_in.html", TooManyTries.status, wrong="sign_in_tries")
        page.headers["retry-after"] = str(tries.facts["wait_s"])
        return page
    seer = await sessions.with_key(data.key.strip())
    if seer is None:
        return html(request, "sign_in.html", 401, wrong="sign_in_wrong")
    entered = Redirect(HOME, status_code=303)
    entered.set_cookie(await sessions.cookie(seer, _is_secure(request)))
    return entered


@get("/enter", opt={"open": True})
async def enter(
    request: Request[Any, Any, Any],
    sessions: NamedDependency[Sessions],
    token: Annotated[str, QueryParameter(description="Of an entry link.")] = "",
) -> Response[Any]:
    """Let in whoever has an entry link.

    The page that answers goes on by itself: a redirect would still count as a step from the site where the link
    stood, and the browser would hold the cookie back.
    """
    seer = await sessions.with_link(token)
    if seer is None:
        return html(request, "sign_in.html", 401, wrong="sign_in_spent")
    page = html(request, "entered.html")
    page.headers["refresh"] = f"0; url={HOME}"
    page.set_cookie(await sessions.cookie(seer, _is_secure(request)))
    return page


@post("/sign-out", opt={"open": True})
async def sign_out() -> Redirect:
    """End the session on this browser."""
    left = Redirect("/sign-in", status_code=303)
    left.delete_cookie(COOKIE)
    return left


@get("/language/{language:str}", opt={"open": True})
async def speak(
    language: FromPath[str], to: Annotated[str, QueryParameter(description="The page to come back to.")] = HOME
) -> Redirect:
    """Choose a language, and back to the page."""
    back = Redirect(to if _is_ours(to) else HOME, status_code=303)
    if language in LANGUAGES:
        back.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, httponly=True, samesite="lax")
    return back


def _is_ours(to: str) -> bool:
    """Whether an address is a page of ours: browsers read //x and /\\x as another site's."""
    return to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable()


def _address(request: Asked) -> str:
    return request.client.host if request.client else ""


def _is_secure(request: Asked) -> bool:
    return request.url.scheme == "https"
