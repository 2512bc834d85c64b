"""A member's passkeys: shown at the sign-in, made and taken away on the member's own page."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from sangdan.doors.api.placing import Till
from sangdan.doors.problems import status_of
from sangdan.doors.texts import render
from sangdan.kit.ceremonies import Called
from sangdan.kit.db import Pool
from sangdan.kit.passkeys import PasskeyWrong
from sangdan.kit.problems import Problem
from sangdan.kit.settings import Settings
from sangdan.kit.tries import TooManyTries

from ..answers import Asked, spoken, to_wait, words
from ..errors import SignInStale
from ..people.asker import address_of, browser_of
from ..people.member_passkeys import MemberPasskeys
from ..people.members import MEMBER_COOKIE, Members
from ..people.shown import PasskeyForm
from ..public import passkeys_here
from .member_page import MemberPage
from .members import ACCOUNT, SignIn, entered, sign_in_page
from .persons import person_of
from .shell import Shell

SIGN_IN: Final = f"/shop/sign-in?to={ACCOUNT}"
LIST: Final = f"{ACCOUNT}#passkeys"
Told = Annotated[PasskeyForm, Body(media_type=RequestEncodingType.URL_ENCODED)]


@post("/sign-in/passkey/asked", opt={"open": True}, status_code=200)
async def asked(
    request: Asked, member_passkeys: NamedDependency[MemberPasskeys], settings: NamedDependency[Settings]
) -> dict[str, Any]:
    """What the browser asks the devices of whoever wants to come in."""
    return await member_passkeys.ask(passkeys_here(request, settings), address_of(request))


@post("/sign-in/passkey", opt={"open": True})
async def enter(
    request: Asked,
    data: Told,
    shell: NamedDependency[Shell],
    members: NamedDependency[Members],
    member_passkeys: NamedDependency[MemberPasskeys],
    pool: NamedDependency[Pool],
    settings: NamedDependency[Settings],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Let in the member who shows a passkey."""
    visitor, place = shell.visitor, passkeys_here(request, settings)
    try:
        came = await member_passkeys.enter(
            place, visitor.shop_id, data.credential, address_of(request), browser_of(request)
        )
    except (PasskeyWrong, TooManyTries) as refused:
        told = render(refused, spoken(request))[1]
        status = status_of(type(refused))
        page = sign_in_page(request, shell, settings, SignIn(to=data.to), status, wrong_passkey=told)
        return to_wait(page, refused)
    return await entered(request, visitor, came, members, pool, data.to, at)


@post("/account/passkeys/asked", opt={"open": True}, status_code=200)
async def mine_asked(
    request: Asked,
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    member_passkeys: NamedDependency[MemberPasskeys],
    settings: NamedDependency[Settings],
    at: NamedDependency[datetime],
) -> dict[str, Any]:
    """What the browser asks a device for that makes a passkey of the member's own.

    raises  SignInStale, also of whoever is not signed in
    """
    member, place = shell.visitor.member, passkeys_here(request, settings)
    if member is None:
        raise SignInStale("Sign in again before you change how you come in.")
    async with till.pool.transaction() as conn:
        person = await person_of(conn, till.vault, member, at, till.ids)
    name = "" if person is None else person.email or person.name
    called = Called(words(request).of(shell.shop), name)
    return await member_passkeys.offer(place, member, called, address_of(request))


@post("/account/passkeys", opt={"open": True})
async def keep(
    request: Asked,
    data: Told,
    shell: NamedDependency[Shell],
    member_passkeys: NamedDependency[MemberPasskeys],
    member_page: NamedDependency[MemberPage],
    settings: NamedDependency[Settings],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """A passkey of the member's own."""
    member, place = shell.visitor.member, passkeys_here(request, settings)
    if member is None:
        return Redirect(SIGN_IN, status_code=303)
    try:
        await member_passkeys.keep(place, member, data.label or browser_of(request) or place.host, data.credential)
    except Problem as refused:
        return await member_page.shown(request, shell, member, at, wrong_passkey=refused)
    return Redirect(LIST, status_code=303)


@post("/account/passkeys/{passkey_id:uuid}/remove", opt={"open": True})
async def remove(
    request: Asked,
    passkey_id: FromPath[UUID],
    shell: NamedDependency[Shell],
    member_passkeys: NamedDependency[MemberPasskeys],
    member_page: NamedDependency[MemberPage],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Take a passkey of the member's own away."""
    member = shell.visitor.member
    if member is None:
        return Redirect(SIGN_IN, status_code=303)
    try:
        await member_passkeys.remove(member, passkey_id)
    except Problem as refused:
        return await member_page.shown(request, shell, member, at, wrong_passkey=refused)
    return Redirect(LIST, status_code=303)


@post("/account/again", opt={"open": True})
async def again(request: Asked, members: NamedDependency[Members]) -> Response[Any]:
    """Sign in anew, and back to the page: who finds the browser open does not change how its owner comes in."""
    await members.sign_out(request.cookies.get(MEMBER_COOKIE))
    left = Redirect(SIGN_IN, status_code=303)
    left.delete_cookie(MEMBER_COOKIE)
    return left


PAGES: Final = (asked, enter, mine_asked, keep, remove, again)
