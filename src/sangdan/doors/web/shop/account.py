"""A member's own page: who they are, where things go, what they agreed to, where they are signed in, and leaving."""

from collections.abc import Mapping
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
from sangdan.doors.problems import status_of
from sangdan.doors.texts import render
from sangdan.flows import erase_shopper
from sangdan.flows.check_out import ADS, CLIENT
from sangdan.kit.problems import Problem
from sangdan.order.shoppers import commands as shoppers
from sangdan.order.shoppers.errors import NoSuchShopper
from sangdan.order.shoppers.model import standing

from ..answers import Asked, html, spoken, words
from ..people.members import MEMBER_COOKIE, Member, Members
from ..words import mark
from .details import amiss, plain
from .mine import latest
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
    postcode: str = ""
    line1: str = ""
    line2: str = ""


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
    till: NamedDependency[Till],
    members: NamedDependency[Members],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """The member's page."""
    if shell.visitor.member is None:
        return Redirect(f"/shop/sign-in?to={ACCOUNT}", status_code=303)
    return await _page(request, shell, shell.visitor.member, till, members, at)


@post("/account/particulars", opt={"open": True})
async def change(
    request: Asked,
    data: Annotated[Particulars, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    till: NamedDependency[Till],
    members: NamedDependency[Members],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Keep who the member says they are; the e-mail address stays, since they sign in with it."""
    member = shell.visitor.member
    if member is None:
        return Redirect(f"/shop/sign-in?to={ACCOUNT}", status_code=303)
    typed = {name: plain(getattr(data, name)) for name in Particulars.__struct_fields__}
    mend = amiss(typed, ("name",), words(request))
    if mend:
        return await _page(request, shell, member, till, members, at, typed=typed, mend=mend)
    async with till.pool.transaction() as conn:
        before = await person_of(conn, till.vault, member, at, till.ids)
        if before is None:
            raise NoSuchShopper("Nothing is known of you any more.", shopper_id=member.shopper_id)
        person = replace(
            before, name=typed["name"], phone=typed["phone"] or None, postcode=typed["postcode"] or None,
            lines=tuple(filter(None, (typed["line1"], typed["line2"]))),
        )  # fmt: skip
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
    till: NamedDependency[Till],
    members: NamedDependency[Members],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Change the password; every other session of the member ends."""
    member = shell.visitor.member
    if member is None:
        return Redirect(f"/shop/sign-in?to={ACCOUNT}", status_code=303)
    try:
        await members.change_password(member, data.old, data.new)
    except Problem as refused:
        return await _page(request, shell, member, till, members, at, refused=refused)
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
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Let a member go for good: contact and consents at once, the law's share when its term is over."""
    member = shell.visitor.member
    if member is None:
        return Redirect("/shop", status_code=303)
    if data.sure != SURE:
        return await _page(request, shell, member, till, members, at, wrong=words(request)(UNSURE))
    async with till.pool.transaction() as conn:
        erased = await erase_shopper.erase(
            conn, till.vault, member.shop_id, member.shopper_id, CLIENT, at, till.ids
        )  # fmt: skip
    await members.sign_out_everywhere(member)
    answer = html(request, "shop/left.html", shell=shell, erased=erased)
    answer.delete_cookie(MEMBER_COOKIE)
    return answer


async def _page(
    request: Asked,
    shell: Shell,
    member: Member,
    till: Till,
    members: Members,
    at: datetime,
    *,
    refused: Problem | None = None,
    wrong: str | None = None,
    typed: Mapping[str, str] | None = None,
    mend: Mapping[str, str] | None = None,
) -> Response[Any]:
    """The page.

    typed  particulars that cannot be kept as they are
    mend   what of them has to be mended, by field
    """
    async with till.pool.transaction() as conn:
        person = await person_of(conn, till.vault, member, at, till.ids)
        ads = ADS in standing(await shoppers.consents(conn, member.shop_id, member.shopper_id))
        listed = await latest(conn, shell.visitor, words(request))
    if refused is not None:
        wrong = render(refused, spoken(request))[1]
    status = status_of(type(refused)) if refused is not None else 422 if wrong or mend else 200
    if typed is None and person is not None:
        lines = {"line1": " ".join(person.lines[:1]), "line2": " ".join(person.lines[1:])}
        typed = {"name": person.name, "phone": person.phone or "", "postcode": person.postcode or "", **lines}
    return html(
        request, "shop/account.html", status, shell=shell, person=person, ads=ads, orders=listed, wrong=wrong,
        typed=typed, mend=mend or {}, sessions=await members.sessions(member), this_session=member.session_id,
    )  # fmt: skip
