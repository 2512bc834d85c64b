"""Lists of goods: a category, what a search finds, and what is suggested while one types."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sangdan.flows.list_goods import list_goods
from sangdan.flows.picture import Shelves, network_of
from sangdan.flows.search_goods import Finder, Finds, SearchBuilding, SearchMissing, SearchOff
from sangdan.kit.db import Pool
from sangdan.kit.problems import NotFound
from sangdan.offer.catalogue.model import Category

from ..answers import html, words
from ..words import Words, mark
from .home import looker_of
from .shell import Shell
from .telling import Teller
from .wanted import FURTHEST, LONGEST, Wanted, facets_of, read, sorts

SUGGESTED: Final = 8
READ_AS: Final = {
    "keyboard": mark("Read as “%(text)s”: the keyboard was set to the other language."),
    "spelling": mark("Shown for “%(text)s”, which is spelled a little differently."),
    "initials": mark("Read as “%(text)s”, by its first consonants."),
}


class NoSuchCategory(NotFound):
    """The shop has no category of that name."""

    code = "no-such-category"


@get("/search", opt={"open": True})
async def search_page(
    request: Request[Any, Any, Any],
    shell: NamedDependency[Shell],
    pool: NamedDependency[Pool],
    finder: NamedDependency[Finder],
    shelves: NamedDependency[Shelves],
    at: NamedDependency[datetime],
) -> Response[str]:
    """What was searched for."""
    say = words(request)
    wanted = read("/shop/search", request.query_params)
    title = say("Results for “%(text)s”", text=wanted.text) if wanted.text else say("All goods")
    return await _list(request, wanted, shell, pool, finder, shelves, at, title=title, q=wanted.text, crumbs=())


@get("/categories/{path:path}", opt={"open": True})
async def category_page(
    request: Request[Any, Any, Any],
    path: FromPath[str],
    shell: NamedDependency[Shell],
    pool: NamedDependency[Pool],
    finder: NamedDependency[Finder],
    shelves: NamedDependency[Shelves],
    at: NamedDependency[datetime],
) -> Response[str]:
    """A category, and what is below it."""
    say = words(request)
    named = {each.category: each for each in shell.categories}
    here = named.get(path.strip("/"))
    if here is None:
        raise NoSuchCategory(
            f"There is no category {path.strip('/')[:64]!r} in this shop.", category=path.strip("/")[:64]
        )
    wanted = read(_address(here), request.query_params, here.category)
    above = [named[each] for each in _above(here.category) if each in named]
    crumbs = [("/shop", say("Home")), *((_address(each), say.of(each)) for each in above)]
    return await _list(
        request, wanted, shell, pool, finder, shelves, at,
        title=say.of(here), crumbs=crumbs, department=here.category.partition("/")[0],
        children=_children(above, shell.categories, here, say),
    )  # fmt: skip


@get("/suggestions", opt={"open": True})
async def suggestions(request: Request[Any, Any, Any], finder: NamedDependency[Finder]) -> Response[str]:
    """What may be meant by the first letters, as a part of the page."""
    typed = request.query_params.get("q", "").replace("\0", "").strip()[:LONGEST]
    try:
        rows = finder.suggest(typed, limit=SUGGESTED) if typed else ()
    except (SearchOff, SearchMissing, SearchBuilding):
        rows = ()  # whoever searches is told; whoever types is left in peace
    return html(request, "shop/suggestions.html", rows=rows)


async def _list(
    request: Request[Any, Any, Any],
    wanted: Wanted,
    shell: Shell,
    pool: Pool,
    finder: Finder,
    shelves: Shelves,
    at: datetime,
    **shown: Any,
) -> Response[str]:
    say = words(request)
    async with pool.connection() as conn:
        network = await network_of(conn)
        listed = await list_goods(conn, network, looker_of(shell, network, at), finder, wanted.asked(), shelves)
    found, dated = listed.found, shell.place is not None
    given: dict[str, Any] = {"children": (), "read_as": _read_as(found, say), **shown}
    return html(
        request, "shop/list.html", shell=shell, tell=Teller(say, at), wanted=wanted, cards=listed.cards,
        total=None if found is None else found.total,
        sorts=() if found is None else sorts(wanted, say, dated=dated),
        facets=None if found is None else facets_of(wanted, shell, say, found),
        previous=wanted.turned(-1) if wanted.page > 1 else None,
        next=wanted.turned(1) if listed.more and wanted.page < FURTHEST else None, **given,
    )  # fmt: skip


def _read_as(found: Finds | None, say: Words) -> str:
    """What to say of a question that was not taken as it was typed."""
    if found is None:
        return ""
    if found.read_as and found.because:
        return say(READ_AS[found.because], text=found.read_as)
    return say("Nothing has all of these words; this has some of them.") if found.relaxed else ""


def _children(
    above: Sequence[Category], tree: Sequence[Category], here: Category, say: Words
) -> list[tuple[str, str, bool]]:
    """The categories right below this one; beside it, when there are none."""
    under = [each for each in tree if _parent(each.category) == here.category]
    beside = under or [each for each in tree if _parent(each.category) == _parent(here.category) and len(above) > 1]
    shown = sorted(beside, key=lambda each: each.place)
    return [(_address(each), say.of(each), each.category == here.category) for each in shown]


def _address(category: Category) -> str:
    return f"/shop/categories/{category.category}"


def _parent(category: str) -> str:
    return category.rpartition("/")[0]


def _above(category: str) -> list[str]:
    """A category and those that hold it, the widest first."""
    parts = category.split("/")
    return ["/".join(parts[: n + 1]) for n in range(len(parts))]
