"""A member comes in, goes out, or becomes one; what was in the visitor's basket comes along."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, QueryParameter
from litestar.response import Redirect

from sangdan.doors.problems import status_of
from sangdan.doors.texts import render
from sangdan.kit.db import Pool
from sangdan.kit.problems import Problem
from sangdan.kit.settings import Settings
from sangdan.order.baskets import commands as baskets
from sangdan.order.shoppers.model import Person

from ..answers import Asked, html, spoken, to_wait, words
from ..people.asker import address_of, browser_of, is_ours, is_secure
from ..people.members import MEMBER_COOKIE, Entered, Members
from ..public import passkeys_at
from ..words import mark
from .details import amiss, plain
from .shell import Shell
from .visitor import Visitor, basket_of

ACCOUNT: Final = "/shop/account"
OVER: Final = mark("You were signed out meanwhile. Sign in again: your basket waits as you left it.")
AGREE: Final = mark("Please agree to the terms and the privacy policy.")
_LONGEST: Final = 300


class SignIn(msgspec.Struct, frozen=True):
    """What a member sends."""

    email: str = ""
    password: str = ""
    to: str = ""


class SignUp(msgspec.Struct, frozen=True):
    """What somebody who becomes a member sends."""

    name: str = ""
    email: str = ""
    phone: str = ""
    password: str = ""
    agreed: str = ""
    to: str = ""


@get("/sign-in", opt={"open": True})
async def form(
    request: Asked,
    shell: NamedDependency[Shell],
    settings: NamedDependency[Settings],
    to: Annotated[str, QueryParameter(max_length=500)] = "",
) -> Response[Any]:
    """Where a member signs in."""
    if shell.visitor.member is not None:
        return Redirect(target(to), status_code=303)
    over = words(request)(OVER) if MEMBER_COOKIE in request.cookies else None
    return sign_in_page(request, shell, settings, SignIn(to=to), over=over)


@post("/sign-in", opt={"open": True})
async def sign_in(
    request: Asked,
    data: Annotated[SignIn, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    members: NamedDependency[Members],
    pool: NamedDependency[Pool],
    settings: NamedDependency[Settings],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Let a member in."""
    visitor = shell.visitor
    try:
        came = await members.sign_in(
            visitor.shop_id, data.email.strip()[:_LONGEST], data.password, address_of(request), browser_of(request)
        )
    except Problem as refused:
        wrong = render(refused, spoken(request))[1]
        page = sign_in_page(request, shell, settings, data, status_of(type(refused)), wrong=wrong)
        return to_wait(page, refused)
    return await entered(request, visitor, came, members, pool, data.to, at)


@get("/sign-up", opt={"open": True})
async def up_form(
    request: Asked, shell: NamedDependency[Shell], to: Annotated[str, QueryParameter(max_length=500)] = ""
) -> Response[Any]:
    """Where somebody becomes a member."""
    if shell.visitor.member is not None:
        return Redirect(target(to), status_code=303)
    return html(request, "shop/sign_up.html", shell=shell, form=SignUp(to=to), wrong=None, mend={})


@post("/sign-up", opt={"open": True})
async def sign_up(
    request: Asked,
    data: Annotated[SignUp, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    members: NamedDependency[Members],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Make somebody a member, and let them in."""
    say, visitor = words(request), shell.visitor
    typed = {"name": plain(data.name), "email": plain(data.email), "phone": plain(data.phone)}
    mend = amiss(typed, ("name", "email"), say)
    if mend or not data.agreed:
        told = None if data.agreed else say(AGREE)
        return html(request, "shop/sign_up.html", 422, shell=shell, form=data, wrong=told, mend=mend)
    person = Person(name=typed["name"], email=typed["email"], phone=typed["phone"] or None, locale=say.language)
    try:
        came = await members.sign_up(
            visitor.shop_id, person, data.password, address_of(request), browser_of(request)
        )  # fmt: skip
    except Problem as refused:
        told = render(refused, spoken(request))[1]
        status = status_of(type(refused))
        page = html(request, "shop/sign_up.html", status, shell=shell, form=data, wrong=told, mend={})
        return to_wait(page, refused)
    return await entered(request, visitor, came, members, pool, data.to, at)


@post("/sign-out", opt={"open": True})
async def sign_out(request: Asked, members: NamedDependency[Members]) -> Response[Any]:
    """Let a member go; their basket waits for them."""
    token = request.cookies.get(MEMBER_COOKIE)
    if token:
        await members.sign_out(token)
    answer = Redirect("/shop", status_code=303)
    answer.delete_cookie(MEMBER_COOKIE)
    return answer


def sign_in_page(
    request: Asked,
    shell: Shell,
    settings: Settings,
    data: SignIn,
    status: int = 200,
    *,
    wrong: str | None = None,
    wrong_passkey: str | None = None,
    over: str | None = None,
) -> Response[Any]:
    """Where a member signs in, by password or passkey.

    wrong  what was wrong with a try, `wrong_passkey` with a passkey
    over   said when a session has ended meanwhile
    """
    return html(
        request, "shop/sign_in.html", status, shell=shell, form=data, wrong=wrong, over=over,
        place=passkeys_at(request, settings), wrong_passkey=wrong_passkey,
    )  # fmt: skip


async def entered(
    request: Asked, visitor: Visitor, came: Entered, members: Members, pool: Pool, to: str, at: datetime
) -> Response[Any]:
    """Open the session, and bring the visitor's basket along."""
    if visitor.visitor_id is not None and visitor.member is None:
        async with pool.transaction() as conn:
            await baskets.merge(conn, visitor.visitor_id, basket_of(came.member), at)
    answer = Redirect(target(to), status_code=303)
    answer.set_cookie(members.cookie(came.token, is_secure(request)))
    return answer


def target(to: str) -> str:
    """Where somebody wanted to go; to their account when they did not say, or to another site."""
    return to if to.startswith("/shop") and is_ours(to) else ACCOUNT
