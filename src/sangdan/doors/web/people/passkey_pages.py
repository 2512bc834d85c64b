"""Where passkeys are made and shown: what the browser is asked goes out as JSON, its answer comes back in a form."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from sangdan.doors.access import ALL
from sangdan.doors.problems import RoleMayNot, status_of
from sangdan.doors.texts import render
from sangdan.doors.web.answers import Asked, html, spoken, to_wait
from sangdan.doors.web.public import passkeys_here
from sangdan.doors.web.sessions import COOKIE, Sessions
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool
from sangdan.kit.passkeys import PasskeyWrong
from sangdan.kit.problems import Problem
from sangdan.kit.settings import Settings
from sangdan.kit.staff import accounts
from sangdan.kit.tries import TooManyTries

from .asker import address_of, browser_of, is_secure
from .entrance import Entrance
from .me import AccountPage
from .passkeys import Passkeys, check_first
from .shown import PasskeyForm, code_page, codes_page, sign_in_page
from .sign_in import come_in, onward

MINE: Final = {"roles": ALL}
OPEN: Final = {"open": True}


Told = Annotated[PasskeyForm, Body(media_type=RequestEncodingType.URL_ENCODED)]
Mine = Request[Seer, Any, Any]
Anyone = Request[Any, Any, Any]


@post("/sign-in/passkey/asked", opt=OPEN, status_code=200)
async def asked(
    request: Anyone, passkeys: NamedDependency[Passkeys], settings: NamedDependency[Settings]
) -> dict[str, Any]:
    """What the browser asks the devices of whoever wants to come in."""
    return await passkeys.ask(passkeys_here(request, settings), address_of(request))


@post("/sign-in/passkey", opt=OPEN)
async def enter(
    request: Anyone,
    data: Told,
    passkeys: NamedDependency[Passkeys],
    sessions: NamedDependency[Sessions],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Let in whoever shows a passkey."""
    place = passkeys_here(request, settings)
    try:
        opened = await passkeys.enter(place, data.credential, address_of(request), browser_of(request))
    except (PasskeyWrong, TooManyTries) as refused:
        told, status = _told(request, refused), status_of(type(refused))
        return to_wait(sign_in_page(request, place, status, to=data.to, wrong_passkey=told), refused)
    await sessions.end(request.cookies.get(COOKIE))
    return come_in(request, sessions, opened, data.to)


@post("/sign-in/code/passkey/asked", opt=OPEN, status_code=200)
async def second_asked(
    request: Anyone,
    entrance: NamedDependency[Entrance],
    passkeys: NamedDependency[Passkeys],
    settings: NamedDependency[Settings],
) -> dict[str, Any]:
    """What the browser asks the devices of whoever has told the password."""
    half = await entrance.half(request.cookies.get(COOKIE))
    return await passkeys.ask(passkeys_here(request, settings), address_of(request), half)


@post("/sign-in/code/passkey", opt=OPEN)
async def second(
    request: Anyone,
    data: Told,
    entrance: NamedDependency[Entrance],
    passkeys: NamedDependency[Passkeys],
    sessions: NamedDependency[Sessions],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Let in whoever has told the password and shows a passkey."""
    place, half = passkeys_here(request, settings), await entrance.half(request.cookies.get(COOKIE))
    try:
        opened = await passkeys.second(place, half, data.credential, address_of(request))
    except (PasskeyWrong, TooManyTries) as refused:
        told, status = _told(request, refused), status_of(type(refused))
        return to_wait(code_page(request, half, place, status, to=data.to, wrong_passkey=told), refused)
    return come_in(request, sessions, opened, data.to)


@post("/sign-in/enrol/passkey/asked", opt=OPEN, status_code=200)
async def enrol_asked(
    request: Anyone,
    entrance: NamedDependency[Entrance],
    passkeys: NamedDependency[Passkeys],
    settings: NamedDependency[Settings],
) -> dict[str, Any]:
    """What the browser asks a device for that becomes somebody's first proof."""
    half = await entrance.half(request.cookies.get(COOKIE))
    check_first(half)
    return await passkeys.offer(passkeys_here(request, settings), half.account, address_of(request))


@post("/sign-in/enrol/passkey", opt=OPEN)
async def enrol(
    request: Anyone,
    data: Told,
    entrance: NamedDependency[Entrance],
    passkeys: NamedDependency[Passkeys],
    sessions: NamedDependency[Sessions],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Take a passkey as the first proof, let the person in, and show the codes on paper this once."""
    place, half = passkeys_here(request, settings), await entrance.half(request.cookies.get(COOKIE))
    try:
        opened, paper = await passkeys.enrol(place, half, browser_of(request) or place.host, data.credential)
    except PasskeyWrong as refused:
        secret, told = await entrance.secret_for(half), _told(request, refused)
        status = status_of(PasskeyWrong)
        return codes_page(request, half.account.staff_id, secret, status, to=data.to, place=place, wrong_passkey=told)
    page = html(request, "people/paper.html", paper=paper, onward=onward(opened.seer, data.to))
    page.set_cookie(sessions.cookie(opened.token, is_secure(request)))
    return page


@post("/me/passkeys/asked", opt=MINE, status_code=200)
async def mine_asked(
    request: Mine,
    passkeys: NamedDependency[Passkeys],
    sessions: NamedDependency[Sessions],
    settings: NamedDependency[Settings],
    pool: NamedDependency[Pool],
) -> dict[str, Any]:
    """What the browser asks a device for that makes a passkey of mine."""
    name = _person(request)
    passkeys.check_fresh(await sessions.find(request.cookies.get(COOKIE)))
    async with pool.connection() as conn:
        account = await accounts.get(conn, name)
    return await passkeys.offer(passkeys_here(request, settings), account, address_of(request))


@post("/me/passkeys", opt=MINE)
async def keep(
    request: Mine,
    data: Told,
    passkeys: NamedDependency[Passkeys],
    sessions: NamedDependency[Sessions],
    settings: NamedDependency[Settings],
    account_page: NamedDependency[AccountPage],
) -> Response[Any]:
    """A passkey of mine."""
    _person(request)
    place, session = passkeys_here(request, settings), await sessions.find(request.cookies.get(COOKIE))
    label = data.label or browser_of(request) or place.host
    try:
        await passkeys.keep(place, request.user, session, label, data.credential)
    except Problem as refused:
        wrong = {"passkey": _told(request, refused)}
        return await account_page.shown(request, status_of(type(refused)), wrong=wrong)
    return Redirect("/me?done=passkey", status_code=303)


@post("/me/passkeys/{passkey_id:uuid}/remove", opt=MINE)
async def remove(
    request: Mine,
    passkey_id: FromPath[UUID],
    passkeys: NamedDependency[Passkeys],
    sessions: NamedDependency[Sessions],
    account_page: NamedDependency[AccountPage],
) -> Response[Any]:
    """Take a passkey of mine away."""
    _person(request)
    try:
        await passkeys.remove(request.user, await sessions.find(request.cookies.get(COOKIE)), passkey_id)
    except Problem as refused:
        wrong = {"passkey": _told(request, refused)}
        return await account_page.shown(request, status_of(type(refused)), wrong=wrong)
    return Redirect("/me?done=passkey-gone", status_code=303)


@post("/me/again", opt=MINE)
async def again(request: Mine, sessions: NamedDependency[Sessions]) -> Redirect:
    """Sign in anew, and back to my account: who left the browser open is not who changes how I come in."""
    _person(request)
    await sessions.end(request.cookies.get(COOKIE))
    left = Redirect("/sign-in?to=/me", status_code=303)
    left.delete_cookie(COOKIE)
    return left


def _person(request: Mine) -> str:
    if request.user.staff_id is None:
        raise RoleMayNot("Whoever came in with an API key has no account.", role=request.user.role)
    return request.user.staff_id


def _told(request: Asked, refused: Problem) -> str:
    return render(refused, spoken(request))[1]


PAGES: Final = (asked, enter, second_asked, second, enrol_asked, enrol, mine_asked, keep, remove, again)
