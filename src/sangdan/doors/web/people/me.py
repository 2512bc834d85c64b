"""One's own account: the password, the codes on paper, and where one is signed in."""

from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from sangdan.doors.access import ALL
from sangdan.doors.problems import RoleMayNot, status_of
from sangdan.doors.web.answers import html, words
from sangdan.doors.web.errors import SignInWrong
from sangdan.doors.web.sessions import COOKIE, Sessions
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool
from sangdan.kit.passwords import SHORTEST, PasswordUnfit
from sangdan.kit.staff import accounts, codes
from sangdan.kit.staff.codes import CodeWrong
from sangdan.kit.tries import TooManyTries

from .entrance import Entrance
from .joining import unfit
from .sign_in import CodeForm, home_of, told_of
from .staff import ROLES

HERE: Final = "/me"
Mine = Request[Seer, Any, Any]
EVERYBODY: Final = {"roles": ALL}


class PasswordForm(msgspec.Struct, frozen=True):
    """What the form sends."""

    old: str = ""
    password: str = ""
    again: str = ""


class SessionForm(msgspec.Struct, frozen=True):
    """What the buttons send: the session to end; none ends all others."""

    session: UUID | None = None


@get("/me", opt=EVERYBODY)
async def me(request: Mine, pool: NamedDependency[Pool], sessions: NamedDependency[Sessions]) -> Response[Any]:
    """My account."""
    return await _page(request, pool, sessions)


@post("/me/password", opt=EVERYBODY)
async def password(
    request: Mine,
    data: Annotated[PasswordForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    pool: NamedDependency[Pool],
    sessions: NamedDependency[Sessions],
    entrance: NamedDependency[Entrance],
) -> Response[Any]:
    """Another password; I am signed out everywhere else."""
    _person(request)
    say = words(request)
    if data.password != data.again:
        told = {"again": say("The two passwords differ.")}
        return await _page(request, pool, sessions, status_of(PasswordUnfit), wrong=told)
    mine = await sessions.find(request.cookies.get(COOKIE))
    try:
        await entrance.change_password(request.user, data.old, data.password, mine.session_id if mine else None)
    except SignInWrong:
        told = {"old": say("This is not your password.")}
        return await _page(request, pool, sessions, status_of(PasswordUnfit), wrong=told)
    except PasswordUnfit:
        return await _page(request, pool, sessions, status_of(PasswordUnfit), wrong={"password": unfit(request)})
    except TooManyTries as tries:
        return await _page(request, pool, sessions, status_of(TooManyTries), wrong={"old": told_of(request, tries)})
    return Redirect(f"{HERE}?done=password", status_code=303)


@post("/me/codes", opt=EVERYBODY)
async def paper(
    request: Mine,
    data: Annotated[CodeForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    pool: NamedDependency[Pool],
    sessions: NamedDependency[Sessions],
    entrance: NamedDependency[Entrance],
) -> Response[Any]:
    """New codes on paper, shown this once."""
    _person(request)
    try:
        written = await entrance.new_paper(request.user, data.code)
    except (CodeWrong, TooManyTries) as wrong:
        return await _page(request, pool, sessions, status_of(type(wrong)), wrong={"code": told_of(request, wrong)})
    return html(request, "people/paper.html", paper=written, onward=HERE)


@post("/me/sessions", opt=EVERYBODY)
async def end(
    request: Mine,
    data: Annotated[SessionForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    sessions: NamedDependency[Sessions],
) -> Redirect:
    """Sign out somewhere else, or everywhere else."""
    name = _person(request)
    mine = await sessions.find(request.cookies.get(COOKIE))
    if data.session is not None:
        await sessions.end_one(name, data.session)
    else:
        await sessions.end_all(name, mine.session_id if mine else None)
    return Redirect(f"{HERE}?done=sessions", status_code=303)


def _person(request: Mine) -> str:
    """The account that asks; a program has none.

    raises  RoleMayNot
    """
    if request.user.staff_id is None:
        raise RoleMayNot("Whoever came in with an API key has no account.", role=request.user.role)
    return request.user.staff_id


async def _page(
    request: Mine, pool: Pool, sessions: Sessions, status: int = 200, *, wrong: dict[str, str] | None = None
) -> Response[Any]:
    staff_id = request.user.staff_id
    account, left = None, 0
    async with pool.transaction() as conn:
        if staff_id is not None:
            account = await accounts.get(conn, staff_id)
            left = await codes.paper_left(conn, staff_id)
    mine = await sessions.find(request.cookies.get(COOKIE))
    return html(
        request, "people/me.html", status, account=account, paper_left=left, wrong=wrong or {}, least=SHORTEST,
        open_sessions=[] if staff_id is None else await sessions.of(staff_id),
        mine=mine.session_id if mine else None, home=home_of(request.user), roles=ROLES,
        done=request.query_params.get("done", "") if not wrong else "",
    )  # fmt: skip


PAGES: Final = (me, password, paper, end)
