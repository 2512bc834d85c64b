"""One's own account: the password, passkeys, the codes on paper, and where one is signed in."""

from collections.abc import Mapping
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
from sangdan.doors.web.public import passkeys_at
from sangdan.doors.web.sessions import COOKIE, Sessions
from sangdan.kit import passkeys as kept
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool
from sangdan.kit.passwords import SHORTEST, PasswordUnfit
from sangdan.kit.settings import Settings
from sangdan.kit.staff import accounts, codes
from sangdan.kit.staff.codes import CodeWrong
from sangdan.kit.tries import TooManyTries

from .asker import browser_of
from .entrance import Entrance
from .joining import unfit
from .passkeys import Passkeys
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


class AccountPage:
    """The page of one's own account.

    pool, sessions, passkeys  where what it shows comes from
    settings                  tell where passkeys are good
    """

    def __init__(self, pool: Pool, sessions: Sessions, passkeys: Passkeys, settings: Settings) -> None:
        self._pool = pool
        self._sessions = sessions
        self._passkeys = passkeys
        self._settings = settings

    async def shown(self, request: Mine, status: int = 200, *, wrong: Mapping[str, str] | None = None) -> Response[Any]:
        """The page.

        wrong  what was wrong with what a form sent, by field
        """
        staff_id = request.user.staff_id
        mine = await self._sessions.find(request.cookies.get(COOKIE))
        told: dict[str, Any] = {"account": None, "open_sessions": []}
        if staff_id is not None:
            async with self._pool.connection() as conn:
                told["account"] = await accounts.get(conn, staff_id)
                told["paper_left"] = await codes.paper_left(conn, staff_id)
                told["passkeys"] = await kept.of(conn, kept.Owner("staff", staff_id))
            told["open_sessions"] = await self._sessions.of(staff_id)
        return html(
            request, "people/me.html", status, **told, wrong=wrong or {}, least=SHORTEST, longest=kept.LONGEST_LABEL,
            mine=mine.session_id if mine else None, home=home_of(request.user), roles=ROLES,
            place=passkeys_at(request, self._settings), fresh=self._passkeys.is_fresh(mine),
            browser=browser_of(request), done=request.query_params.get("done", "") if not wrong else "",
        )  # fmt: skip


@get("/me", opt=EVERYBODY)
async def me(request: Mine, account_page: NamedDependency[AccountPage]) -> Response[Any]:
    """My account."""
    return await account_page.shown(request)


@post("/me/password", opt=EVERYBODY)
async def password(
    request: Mine,
    data: Annotated[PasswordForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    sessions: NamedDependency[Sessions],
    entrance: NamedDependency[Entrance],
    account_page: NamedDependency[AccountPage],
) -> Response[Any]:
    """Another password; I am signed out everywhere else."""
    _person(request)
    say = words(request)
    if data.password != data.again:
        told = {"again": say("The two passwords differ.")}
        return await account_page.shown(request, status_of(PasswordUnfit), wrong=told)
    mine = await sessions.find(request.cookies.get(COOKIE))
    try:
        await entrance.change_password(request.user, data.old, data.password, mine.session_id if mine else None)
    except SignInWrong:
        told = {"old": say("This is not your password.")}
        return await account_page.shown(request, status_of(PasswordUnfit), wrong=told)
    except PasswordUnfit:
        return await account_page.shown(request, status_of(PasswordUnfit), wrong={"password": unfit(request)})
    except TooManyTries as tries:
        return await account_page.shown(request, status_of(TooManyTries), wrong={"old": told_of(request, tries)})
    return Redirect(f"{HERE}?done=password", status_code=303)


@post("/me/codes", opt=EVERYBODY)
async def paper(
    request: Mine,
    data: Annotated[CodeForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    sessions: NamedDependency[Sessions],
    entrance: NamedDependency[Entrance],
    account_page: NamedDependency[AccountPage],
) -> Response[Any]:
    """New codes on paper, shown this once."""
    _person(request)
    try:
        written = await entrance.new_paper(request.user, data.code)
    except (CodeWrong, TooManyTries) as wrong:
        return await account_page.shown(request, status_of(type(wrong)), wrong={"code": told_of(request, wrong)})
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


PAGES: Final = (me, password, paper, end)
