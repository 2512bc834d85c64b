"""A member forgot their password: a link by e-mail, and the page it leads to."""

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
from sangdan.kit.passwords import PasswordUnfit
from sangdan.kit.problems import Problem
from sangdan.kit.settings import Settings

from ..answers import Asked, html, spoken, to_wait, words
from ..errors import LinkSpent
from ..people.asker import address_of, browser_of
from ..people.members import Members
from ..public import public_url
from .members import entered
from .shell import Shell

LEADS_TO: Final = "/shop/password"
_LONGEST: Final = 300

Token = Annotated[str, QueryParameter(description="Of the link that was sent.", max_length=100)]


class Forgot(msgspec.Struct, frozen=True):
    """Whose password was forgotten."""

    email: str = ""


class Chosen(msgspec.Struct, frozen=True):
    """The new one, and what the link holds."""

    token: str = ""
    password: str = ""
    again: str = ""


@get("/forgotten", opt={"open": True})
async def form(request: Asked, shell: NamedDependency[Shell], settings: NamedDependency[Settings]) -> Response[Any]:
    """Where a member asks for a link."""
    asked = "asked" in request.query_params
    sends = public_url(request, settings) is not None
    return html(request, "shop/forgotten.html", shell=shell, asked=asked, sends=sends, wrong=None)


@post("/forgotten", opt={"open": True})
async def ask(
    request: Asked,
    data: Annotated[Forgot, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    members: NamedDependency[Members],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Have a link sent, if somebody signs in with the address; the answer is the same when nobody does."""
    url = public_url(request, settings)
    if url is not None:
        try:
            email = data.email.strip()[:_LONGEST]
            await members.forgot(shell.visitor.shop_id, email, f"{url}{LEADS_TO}", address_of(request))
        except Problem as refused:
            told = render(refused, spoken(request))[1]
            status = status_of(type(refused))
            page = html(request, "shop/forgotten.html", status, shell=shell, asked=False, sends=True, wrong=told)
            return to_wait(page, refused)
    return Redirect("/shop/forgotten?asked=1", status_code=303)


@get("/password", opt={"open": True})
async def choose_form(
    request: Asked, shell: NamedDependency[Shell], members: NamedDependency[Members], token: Token = ""
) -> Response[Any]:
    """Where the link leads. To look at it does not use it up."""
    if not await members.is_good(shell.visitor.shop_id, token):
        return html(request, "shop/link_spent.html", LinkSpent.status, shell=shell)
    return html(request, "shop/password.html", shell=shell, token=token, wrong={})


@post("/password", opt={"open": True})
async def choose(
    request: Asked,
    data: Annotated[Chosen, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    members: NamedDependency[Members],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Keep the password, and let the member in."""
    visitor, wrong = shell.visitor, {"again": words(request)("The two passwords differ.")}
    try:
        if data.password == data.again:
            came = await members.choose(visitor.shop_id, data.token, data.password, browser_of(request))
            return await entered(request, visitor, came, members, pool, "", at)
    except LinkSpent:
        return html(request, "shop/link_spent.html", LinkSpent.status, shell=shell)
    except PasswordUnfit as unfit:
        wrong = {"password": render(unfit, spoken(request))[1]}
    return html(
        request, "shop/password.html", status_of(PasswordUnfit), shell=shell, token=data.token, wrong=wrong
    )  # fmt: skip


PAGES: Final = (form, ask, choose_form, choose)
