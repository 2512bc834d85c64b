"""Where goods should go: the page that asks, and what becomes of an answer."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from sangdan.doors.problems import status_of
from sangdan.doors.texts import render
from sangdan.flows.choose_place import PlaceNotServed, ZoneUnknown, districts, place_at, place_in
from sangdan.flows.picture import network_of
from sangdan.kit.db import Pool
from sangdan.kit.problems import Problem
from sangdan.offer.network.errors import PostcodeMalformed, PostcodeUnknown

from ..answers import html, spoken, words
from ..people.asker import is_secure
from .shell import Shell
from .telling import Teller
from .visitor import keep_postcode

HOME: Final = "/shop"
LONGEST: Final = 2000


class PlaceForm(msgspec.Struct, frozen=True):
    """Where to, by one of both; and the page to go back to."""

    postcode: str = ""
    zone_id: str = ""
    back: str = HOME


@get("/place", opt={"open": True})
async def page(
    request: Request[Any, Any, Any],
    shell: NamedDependency[Shell],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[str]:
    """The place chooser."""
    return await _chooser(request, shell, pool, at, PlaceForm(back=request.query_params.get("back", HOME)))


@post("/place", opt={"open": True})
async def choose(
    request: Request[Any, Any, Any],
    data: Annotated[PlaceForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shell: NamedDependency[Shell],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Remember a place and go back, or say what is wrong with it."""
    async with pool.transaction() as conn:
        network = await network_of(conn)
    try:
        place = place_in(network, data.zone_id) if data.zone_id else place_at(network, digits(data.postcode))
    except (PostcodeMalformed, PostcodeUnknown, PlaceNotServed, ZoneUnknown) as wrong:
        return await _chooser(request, shell, pool, at, data, wrong)
    answer = Redirect(inside(data.back), status_code=303)
    keep_postcode(answer, place.postcode, is_secure(request))
    return answer


def digits(typed: str) -> str:
    """A postcode as people write it, without the blanks and hyphens that they put in."""
    return typed.strip().replace(" ", "").replace("-", "")


def inside(back: str) -> str:
    """A page of this shop to go back to; home for anything else."""
    ours = back == HOME or back.startswith((f"{HOME}/", f"{HOME}?"))
    return back if ours and len(back) <= LONGEST and back.isprintable() and "\\" not in back else HOME


async def _chooser(
    request: Request[Any, Any, Any],
    shell: Shell,
    pool: Pool,
    at: datetime,
    form: PlaceForm,
    wrong: Problem | None = None,
) -> Response[str]:
    async with pool.transaction() as conn:
        network = await network_of(conn)
    title, detail = ("", "") if wrong is None else render(wrong, spoken(request))
    return html(
        request, "shop/place.html", 200 if wrong is None else status_of(type(wrong)),
        shell=shell, tell=Teller(words(request), at), districts=districts(network),
        back=inside(form.back), typed=form.postcode[:20], wrong=detail or None, wrong_title=title,
    )  # fmt: skip
