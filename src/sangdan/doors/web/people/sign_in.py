"""Coming in and going out: name, password and code; an API key; a link; and out again."""

from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, QueryParameter
from litestar.response import Redirect

from sangdan.doors.problems import status_of
from sangdan.doors.texts import LANGUAGES
from sangdan.doors.web.answers import LANGUAGE_COOKIE, Asked, html, to_wait, words
from sangdan.doors.web.errors import LinkSpent, SignInWrong
from sangdan.doors.web.public import passkeys_at
from sangdan.doors.web.sessions import COOKIE, Opened, Sessions
from sangdan.kit.access import Seer
from sangdan.kit.settings import Settings
from sangdan.kit.staff.codes import CodeWrong
from sangdan.kit.tries import TooManyTries

from .asker import address_of, browser_of, is_ours, is_secure
from .entrance import Entrance
from .shown import SignInForm, code_page, codes_page, sign_in_page

TOWER: Final = "/tower"
FLOOR: Final = "/floor"
SHOP: Final = "/shop"
YEAR_S: Final = 31_536_000

To = Annotated[str, QueryParameter(description="The page to come back to.")]
Token = Annotated[str, QueryParameter(description="Of a link that lets in once.")]


class CodeForm(msgspec.Struct, frozen=True):
    """What the form sends: a code of the phone, or one on paper."""

    code: str = ""
    to: str = ""


class EnterForm(msgspec.Struct, frozen=True):
    """What the form sends: the text of an entry link."""

    token: str = ""


def home_of(seer: Seer) -> str:
    """Where somebody belongs."""
    return FLOOR if seer.role in ("floor", "courier") else TOWER


@get("/", opt={"open": True})
async def front(request: Request[Seer | None, Any, Any], settings: NamedDependency[Settings]) -> Redirect:
    """Whoever comes to the door is led to where they belong: shoppers into the shop, where there is one."""
    if request.user is not None:
        return Redirect(home_of(request.user), status_code=303)
    return Redirect(TOWER if settings.storefront is None else SHOP, status_code=303)


@get("/sign-in", opt={"open": True})
async def form(
    request: Request[Seer | None, Any, Any], settings: NamedDependency[Settings], to: To = ""
) -> Response[Any]:
    """Where people sign in."""
    if request.user is not None:
        return Redirect(home_of(request.user), status_code=303)
    return sign_in_page(request, passkeys_at(request, settings), to=to)


@post("/sign-in", opt={"open": True})
async def sign_in(
    request: Request[Any, Any, Any],
    data: Annotated[SignInForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    entrance: NamedDependency[Entrance],
    sessions: NamedDependency[Sessions],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Let in whoever knows the password or has a key; most are asked for a code next."""
    say, place = words(request), passkeys_at(request, settings)
    address, browser = address_of(request), browser_of(request)
    try:
        if data.key:
            opened = await entrance.with_key(data.key.strip(), address, browser)
        else:
            opened = await entrance.with_password(data.name.strip(), data.password, address, browser)
    except TooManyTries as tries:
        told = told_of(request, tries)
        return to_wait(sign_in_page(request, place, status_of(TooManyTries), data, wrong=told), tries)
    except SignInWrong:
        if data.key:
            wrong = say("This key is unknown or was revoked. Paste the whole key, from sgd_ on.")
            return sign_in_page(request, place, SignInWrong.status, data, wrong_key=wrong)
        return sign_in_page(request, place, SignInWrong.status, data, wrong=say("The name or the password is wrong."))
    if opened.step == "open":
        return come_in(request, sessions, opened, data.to)
    next_page = Redirect(f"/sign-in/{opened.step}?to={quote(data.to)}", status_code=303)
    next_page.set_cookie(sessions.cookie(opened.token, is_secure(request)))
    return next_page


@get("/sign-in/code", opt={"open": True})
async def code_form(
    request: Request[Any, Any, Any],
    entrance: NamedDependency[Entrance],
    settings: NamedDependency[Settings],
    to: To = "",
) -> Response[Any]:
    """Where the code is asked."""
    half = await entrance.half(request.cookies.get(COOKIE))
    return code_page(request, half, passkeys_at(request, settings), to=to)


@post("/sign-in/code", opt={"open": True})
async def send_code(
    request: Request[Any, Any, Any],
    data: Annotated[CodeForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    entrance: NamedDependency[Entrance],
    sessions: NamedDependency[Sessions],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Let in whoever sends the code of this moment."""
    half = await entrance.half(request.cookies.get(COOKIE))
    try:
        opened, _ = await entrance.with_code(half, data.code)
    except (CodeWrong, TooManyTries) as wrong:
        place, told = passkeys_at(request, settings), told_of(request, wrong)
        return to_wait(code_page(request, half, place, status_of(type(wrong)), to=data.to, wrong=told), wrong)
    return come_in(request, sessions, opened, data.to)


@get("/sign-in/enrol", opt={"open": True})
async def enrol_form(
    request: Request[Any, Any, Any],
    entrance: NamedDependency[Entrance],
    settings: NamedDependency[Settings],
    to: To = "",
) -> Response[Any]:
    """Where somebody's first proof is set up: a picture to scan and the first code of it, or a passkey."""
    half, place = await entrance.half(request.cookies.get(COOKIE)), passkeys_at(request, settings)
    return codes_page(request, half.account.staff_id, await entrance.secret_for(half), to=to, place=place)


@post("/sign-in/enrol", opt={"open": True})
async def enrol(
    request: Request[Any, Any, Any],
    data: Annotated[CodeForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    entrance: NamedDependency[Entrance],
    sessions: NamedDependency[Sessions],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Take the first code, let the person in, and show the codes on paper this once."""
    half = await entrance.half(request.cookies.get(COOKIE))
    try:
        opened, paper = await entrance.with_code(half, data.code)
    except (CodeWrong, TooManyTries) as wrong:
        secret = await entrance.secret_for(half)
        place, told = passkeys_at(request, settings), told_of(request, wrong)
        status = status_of(type(wrong))
        page = codes_page(request, half.account.staff_id, secret, status, to=data.to, place=place, wrong=told)
        return to_wait(page, wrong)
    page = html(request, "people/paper.html", paper=paper, onward=onward(opened.seer, data.to))
    page.set_cookie(sessions.cookie(opened.token, is_secure(request)))
    return page


@get("/enter", opt={"open": True})
async def enter_form(
    request: Request[Seer | None, Any, Any],
    entrance: NamedDependency[Entrance],
    sessions: NamedDependency[Sessions],
    token: Token = "",
) -> Response[Any]:
    """Let in whoever has an entry link.

    A link that another page leads to, or that is fetched by a program, is asked about first: nobody is signed in as
    somebody else without knowing, and a preview does not use the link up. One that a person opened by hand lets in.
    """
    try:
        ticket = await entrance.look("entry", token)
        if request.user is None and _opened_by_hand(request):
            return _entered(request, sessions, await entrance.with_link(token, browser_of(request)))
    except LinkSpent:
        return _spent(request)
    return html(request, "people/enter.html", token=token, holder=ticket.holder)


@post("/enter", opt={"open": True})
async def enter(
    request: Request[Any, Any, Any],
    data: Annotated[EnterForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    entrance: NamedDependency[Entrance],
    sessions: NamedDependency[Sessions],
) -> Response[Any]:
    """Use an entry link up; whoever was signed in on this browser no longer is."""
    try:
        opened = await entrance.with_link(data.token, browser_of(request))
    except LinkSpent:
        return _spent(request)
    await sessions.end(request.cookies.get(COOKIE))
    return come_in(request, sessions, opened, "")


@post("/sign-out", opt={"open": True})
async def sign_out(request: Request[Any, Any, Any], sessions: NamedDependency[Sessions]) -> Redirect:
    """End the session on this browser, and wherever its cookie may have got to."""
    await sessions.end(request.cookies.get(COOKIE))
    left = Redirect("/sign-in", status_code=303)
    left.delete_cookie(COOKIE)
    return left


@get("/language/{language:str}", opt={"open": True})
async def speak(language: FromPath[str], to: To = TOWER) -> Redirect:
    """Choose a language, and back to the page."""
    back = Redirect(to if is_ours(to) else TOWER, status_code=303)
    if language in LANGUAGES:
        back.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_S, httponly=True, samesite="lax")
    return back


def come_in(request: Asked, sessions: Sessions, opened: Opened, to: str) -> Response[Any]:
    """Lead somebody who is in to the page they wanted, else to where they belong."""
    entered = Redirect(onward(opened.seer, to), status_code=303)
    entered.set_cookie(sessions.cookie(opened.token, is_secure(request)))
    return entered


def told_of(request: Asked, wrong: CodeWrong | TooManyTries) -> str:
    """What was wrong with a try, for the form."""
    say = words(request)
    if isinstance(wrong, TooManyTries):
        return say("Too many tries. Wait %(n)s seconds and try again.", n=wrong.facts["wait_s"])
    return say("This code is wrong, too old or used already. Wait for the next one.")


def onward(seer: Seer, to: str) -> str:
    """The page that somebody wanted, when it is one of ours; else where they belong."""
    return to if to and is_ours(to) else home_of(seer)


def _opened_by_hand(request: Asked) -> bool:
    """Whether a person opened this address themselves: no page led there, and the browser does not merely fetch ahead
    what the person may open."""
    return request.headers.get("sec-fetch-site") == "none" and "sec-purpose" not in request.headers


def _entered(request: Asked, sessions: Sessions, opened: Opened) -> Response[Any]:
    """The page goes on by itself: after a redirect the browser would still count the step from where the link stood."""
    page = html(request, "people/entered.html", onward=home_of(opened.seer))
    page.headers["refresh"] = f"0; url={home_of(opened.seer)}"
    page.set_cookie(sessions.cookie(opened.token, is_secure(request)))
    return page


def _spent(request: Asked) -> Response[Any]:
    return html(request, "people/spent.html", LinkSpent.status)
