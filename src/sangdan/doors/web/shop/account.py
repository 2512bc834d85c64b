"""A member's own page: who they are, their addresses, consents and sessions, and leaving."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect
from msgspec.structs import replace

from sangdan.doors.api.placing import Till
from sangdan.flows import erase_shopper
from sangdan.flows.check_out import ADS, CLIENT
from sangdan.kit.problems import Problem
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import NoSuchShopper

from ..answers import Asked, html, words
from ..people.members import MEMBER_COOKIE, Members
from ..words import mark
from .details import amiss, plain
from .member_page import MemberPage
from .persons import person_of
from .shell import Shell

ACCOUNT: Final = "/shop/account"
ON_THEIR_PAGE: Final = "my-page"
SURE: Final = "leave"
UNSURE: Final = mark("To leave, please tick that you are sure.")


class Particulars(msgspec.Struct, frozen=True):
    """Who a member says they are."""

    name: str = ""
    phone: str = ""


class Wish(msgspec.Struct, frozen=True):
    """A consent given or withdrawn."""

    ads: str = ""


class Passwords(msgspec.Struct, frozen=True):
    """The old and the new one."""

    old: str = ""
    new: str = ""


class Leaving(msgspec.Struct, frozen=True):
    """Whether somebody is sure."""

    sure: str = ""


@get("/account", opt={"open": True})
async def page(
    request: Asked,
    shell: NamedDependency[Shell],
    member_page: NamedDependency[MemberPage],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """The member's page."""
    if shell.visitor.member is None:
        return Redirect(f"/shop/sign-in?to={ACCOUNT}", status_code=303)
    return await member_page.shown(request, shell, shell.visitor.member, at)


@post("/account/particulars", opt={"open": True})
async def change(
    request: Asked,
    data: Annotated[Particulars, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    member_page: NamedDependency[MemberPage],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Keep who the member says they are; the e-mail address stays, since they sign in with it."""
    member = shell.visitor.member
    if member is None:
        return Redirect(f"/shop/sign-in?to={ACCOUNT}", status_code=303)
    typed = {name: plain(getattr(data, name)) for name in Particulars.__struct_fields__}
    mend = amiss(typed, ("name",), words(request))
    if mend:
        return await member_page.shown(request, shell, member, at, typed=typed, mend=mend)
    async with till.pool.transaction() as conn:
        await shoppers.hold(conn, member.shop_id, member.shopper_id, at)
        before = await person_of(conn, till.vault, member, at, till.ids)
        if before is None:
            raise NoSuchShopper("Nothing is known of you any more.", shopper_id=member.shopper_id)
        person = replace(before, name=typed["name"], phone=typed["phone"] or None)
        await shoppers.put(conn, till.vault, member.shop_id, member.shopper_id, person, CLIENT, at, till.ids)
    return Redirect(ACCOUNT, status_code=303)


@post("/account/consents", opt={"open": True})
async def consent(
    data: Annotated[Wish, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Give or withdraw the consent to hear of offers."""
    member = shell.visitor.member
    if member is not None:
        async with till.pool.transaction() as conn:
            await shoppers.consent(
                conn, member.shop_id, member.shopper_id, ADS, data.ads == "yes", ON_THEIR_PAGE, CLIENT, at
            )
    return Redirect(ACCOUNT, status_code=303)


@post("/account/password", opt={"open": True})
async def password(
    request: Asked,
    data: Annotated[Passwords, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    members: NamedDependency[Members],
    member_page: NamedDependency[MemberPage],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Change the password; every other session of the member ends."""
    member = shell.visitor.member
    if member is None:
        return Redirect(f"/shop/sign-in?to={ACCOUNT}", status_code=303)
    try:
        await members.change_password(member, data.old, data.new)
    except Problem as refused:
        return await member_page.shown(request, shell, member, at, refused=refused)
    return Redirect(ACCOUNT, status_code=303)


@post("/account/sessions/{session_id:uuid}/end", opt={"open": True})
async def end(
    session_id: FromPath[UUID], shell: NamedDependency[Shell], members: NamedDependency[Members]
) -> Response[Any]:
    """End one of the member's own sessions."""
    if shell.visitor.member is not None:
        await members.end(shell.visitor.member, session_id)
    return Redirect(ACCOUNT, status_code=303)


@post("/account/leave", opt={"open": True})
async def leave(
    request: Asked,
    data: Annotated[Leaving, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    members: NamedDependency[Members],
    member_page: NamedDependency[MemberPage],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Let a member go for good: contact and consents at once, the law's share when its term is over."""
    member = shell.visitor.member
    if member is None:
        return Redirect("/shop", status_code=303)
    if data.sure != SURE:
        return await member_page.shown(request, shell, member, at, wrong=words(request)(UNSURE))
    async with till.pool.transaction() as conn:
        erased = await erase_shopper.erase(
            conn, till.vault, member.shop_id, member.shopper_id, CLIENT, at, till.ids
        )  # fmt: skip
    await members.sign_out_everywhere(member)
    answer = html(request, "shop/left.html", shell=shell, erased=erased)
    answer.delete_cookie(MEMBER_COOKIE)
    return answer
