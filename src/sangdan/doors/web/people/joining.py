"""An invitation: somebody opens the link and chooses a password."""

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from sangdan.doors.problems import status_of
from sangdan.doors.web.answers import Asked, html, words
from sangdan.doors.web.errors import LinkSpent
from sangdan.doors.web.sessions import Sessions
from sangdan.kit.passwords import LONGEST, SHORTEST, PasswordUnfit

from .asker import browser_of, is_secure
from .entrance import Entrance
from .sign_in import Token, come_in


class JoinForm(msgspec.Struct, frozen=True):
    """What the form sends."""

    token: str = ""
    password: str = ""
    again: str = ""


@get("/join", opt={"open": True})
async def join_form(
    request: Request[Any, Any, Any], entrance: NamedDependency[Entrance], token: Token = ""
) -> Response[Any]:
    """Where somebody who was invited chooses a password. To look at it does not use the link up."""
    try:
        ticket = await entrance.look("join", token)
    except LinkSpent as spent:
        return html(request, "people/spent.html", spent.status)
    return _page(request, token, ticket.holder)


@post("/join", opt={"open": True})
async def join(
    request: Request[Any, Any, Any],
    data: Annotated[JoinForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    entrance: NamedDependency[Entrance],
    sessions: NamedDependency[Sessions],
) -> Response[Any]:
    """Keep the password, and go on to the codes or in."""
    try:
        ticket = await entrance.look("join", data.token)
        if data.password != data.again:
            told = words(request)("The two passwords differ.")
            return _page(request, data.token, ticket.holder, status_of(PasswordUnfit), wrong_again=told)
        try:
            opened = await entrance.join(data.token, data.password, browser_of(request))
        except PasswordUnfit:
            told = unfit(request)
            return _page(request, data.token, ticket.holder, status_of(PasswordUnfit), wrong=told)
    except LinkSpent as spent:
        return html(request, "people/spent.html", spent.status)
    if opened.step == "open":
        return come_in(request, sessions, opened, "")
    onward = Redirect(f"/sign-in/{quote(opened.step)}", status_code=303)
    onward.set_cookie(sessions.cookie(opened.token, is_secure(request)))
    return onward


def unfit(request: Asked) -> str:
    """Why a password was refused."""
    return words(request)(
        "Choose %(least)s to %(most)s characters without your name or a simple pattern; a sentence is easy to keep.",
        least=SHORTEST,
        most=LONGEST,
    )


def _page(
    request: Asked,
    token: str,
    name: str,
    status: int = 200,
    *,
    wrong: str | None = None,
    wrong_again: str | None = None,
) -> Response[Any]:
    shown: dict[str, Any] = {"token": token, "name": name, "wrong": wrong, "wrong_again": wrong_again}
    return html(request, "people/join.html", status, least=SHORTEST, **shown)
