"""The routes of a table: the list, its file, its saved views, and what is done with its rows."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, BinaryIO, Literal, TypeAlias
from urllib.parse import parse_qsl
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect, Stream

from sangdan.doors.api.exports import Workshop, send
from sangdan.doors.problems import RoleMayNot
from sangdan.doors.web.answers import html, is_part, words
from sangdan.doors.web.names import explained, with_names
from sangdan.doors.web.tower.frame import page
from sangdan.flows.export_rows import Spooled
from sangdan.flows.picture import network_of
from sangdan.kit import saved_views
from sangdan.kit.access import Role, Seer
from sangdan.kit.db import Pool
from sangdan.kit.ids import Ids
from sangdan.kit.problems import NotFound, Problem
from sangdan.kit.secrets import shared_key
from sangdan.offer.partners import commands as partners
from sangdan.tower.watch import commands as watch

from .actions import MOST, Action, Foreseen
from .bookmark import KEY_NAME, opened, sealed
from .export import spool
from .filters import LONGEST, Choice, Option
from .sources import Asked
from .table import Table
from .view import View, read_view

Visit: TypeAlias = Request[Seer, Any, Any]
Form: TypeAlias = Literal["excel", "xlsx"]


class NoSuchAction(NotFound):
    """The list has no such action, or not for this person."""

    code = "no-such-action"


class Shown(msgspec.Struct, frozen=True):
    """A row as the template shows it."""

    row_id: str
    href: str | None
    cells: tuple[Any, ...]


class Outcome(msgspec.Struct, frozen=True):
    """What became of one row: what is foreseen for it or that it is done, or why not.

    called  what people call a row that was refused, '' for its id
    """

    row_id: str
    foreseen: Foreseen | None
    refused: str | None
    called: str = ""


def pages_of(table: Table[Any]) -> list[HTTPRouteHandler]:
    """All routes of a table, to be mounted under /tower."""

    @get(table.path)
    async def list_(request: Visit, pool: NamedDependency[Pool], at: NamedDependency[datetime]) -> Response[Any]:
        """The list, or the part of it that an open page asks for."""
        check_role(request, table.roles)
        async with pool.transaction() as conn:
            return await _page(table, request, Asked(conn, request.user, at, words(request)))

    @get(f"{table.path}/export")
    async def export(
        request: Visit,
        pool: NamedDependency[Pool],
        at: NamedDependency[datetime],
        workshop: NamedDependency[Workshop],
        form: Annotated[Form, QueryParameter(name="format")] = "xlsx",
    ) -> Stream:
        """The whole filtered list as a file."""
        check_role(request, table.roles)
        view = _view(table, request)

        async def write(file: BinaryIO) -> Spooled:
            async with pool.transaction() as conn:
                await watch.one_instant(conn)
                return await spool(table, view, Asked(conn, request.user, at, words(request)), file)

        return await send(workshop, request.user.client_id, table.name, form, partial(workshop.finish, write, form))

    @post(f"{table.path}/views")
    async def save(
        request: Visit, pool: NamedDependency[Pool], at: NamedDependency[datetime], ids: NamedDependency[Ids]
    ) -> Redirect:
        """Keep the view under a name."""
        check_role(request, table.roles)
        sent = await request.form()
        view = read_view(_pairs(str(sent.get("query", ""))), table.filters, table.source, table.order)
        name = " ".join(str(sent.get("name", "")).split())[: saved_views.LONGEST_NAME]
        query = view.query()
        if name.isprintable() and name and len(query) <= saved_views.LONGEST_QUERY:
            async with pool.transaction() as conn:
                await saved_views.save(
                    conn, ids.new(at), request.user.client_id, request.user.seen_by, table.name, name, query, at,
                    shared=bool(sent.get("shared")),
                )  # fmt: skip
        return Redirect(f"{table.url}?{query}", status_code=303)

    @post(f"{table.path}/views/{{view_id:uuid}}/remove")
    async def remove(request: Visit, view_id: FromPath[UUID], pool: NamedDependency[Pool]) -> Redirect:
        """Keep a view no longer."""
        check_role(request, table.roles)
        async with pool.transaction() as conn:
            await saved_views.remove(conn, view_id, request.user.client_id, table.name)
        return Redirect(table.url, status_code=303)

    return [list_, export, save, remove, *(_actions_of(table) if table.actions else ())]


def _actions_of(table: Table[Any]) -> list[HTTPRouteHandler]:
    """What may be done with a table's rows: first shown, then done."""

    @post(f"{table.path}/actions/{{name:str}}", status_code=200)
    async def foresee(
        request: Visit, name: FromPath[str], pool: NamedDependency[Pool], at: NamedDependency[datetime]
    ) -> Response[Any]:
        """What an action would do with the rows that were chosen."""
        action, sent = _action(table, request, name), await request.form()
        chosen = _chosen(sent.getall("id", []))
        outcomes = [await _foresee(table, action, pool, request, at, row_id) for row_id in chosen]
        return _told(request, table, action, outcomes, str(sent.get("query", "")), done=False)

    @post(f"{table.path}/actions/{{name:str}}/do", status_code=200)
    async def do(
        request: Visit, name: FromPath[str], pool: NamedDependency[Pool], at: NamedDependency[datetime]
    ) -> Response[Any]:
        """Do it, each row by itself: one that is refused keeps no other from being done."""
        action, sent = _action(table, request, name), await request.form()
        reason = " ".join(str(sent.get("reason", "")).split())[:LONGEST]
        chosen = _chosen(sent.getall("id", []))
        outcomes = [await _act(table, action, pool, request, at, row_id, reason) for row_id in chosen]
        return _told(request, table, action, outcomes, str(sent.get("query", "")), done=True)

    return [foresee, do]


def check_role(request: Visit, roles: frozenset[Role]) -> None:
    """Only these roles may go on.

    raises  RoleMayNot
    """
    if request.user.role not in roles:
        raise RoleMayNot(f"A key of role {request.user.role} may not do this.", role=request.user.role)


async def _page(table: Table[Any], request: Visit, asked: Asked) -> Response[Any]:
    key = await shared_key(asked.conn, KEY_NAME, asked.at)
    view = _view(table, request, partial(opened, key, table.path))
    found = await table.source.page(asked, view.wish(), table.per_page + 1)
    rows = found[: table.per_page]
    full = len(found) > table.per_page
    last = table.source.key(rows[-1], view.order) if full else await table.source.end(asked, view.wish())
    shown: dict[str, Any] = {
        "table": table,
        "view": view,
        "rows": [_shown(table, row, asked) for row in rows],
        "next": None if last is None else view.next(last, partial(sealed, key, table.path)),
        "goes_on": last is not None and not full,
        "actions": [action for action in table.actions if asked.seer.role in action.roles],
    }
    if is_part(request):
        return html(request, "tower/table_part.html", **shown)
    saved = await saved_views.views(asked.conn, asked.seer.client_id, asked.seer.seen_by, table.name)
    return page(request, "tower/table.html", options=await _options(table, asked), saved=saved, **shown)


def _shown(table: Table[Any], row: Any, asked: Asked) -> Shown:
    href = None if table.link is None else table.link(row)
    return Shown(table.row_id(row), href, tuple(column.cell(row, asked.say) for column in table.columns))


async def _options(table: Table[Any], asked: Asked) -> Mapping[str, Sequence[Option]]:
    """What each choice offers, by its name."""
    choices = [each for each in table.filters if isinstance(each, Choice)]
    return {each.name: [*each.options, *(await each.ask(asked) if each.ask else ())] for each in choices}


def _view(table: Table[Any], request: Visit, unseal: Callable[[str], str] | None = None) -> View:
    return read_view(_pairs(request.url.query), table.filters, table.source, table.order, unseal)


def _pairs(query: str) -> dict[str, str]:
    """An address's query as texts by name."""
    return dict(parse_qsl(query, max_num_fields=100)) if query.count("&") < 100 else {}


def _action(table: Table[Any], request: Visit, name: str) -> Action:
    check_role(request, table.roles)
    for action in table.actions:
        if action.name == name and request.user.role in action.roles:
            return action
    raise NoSuchAction("This list has no such action for you.")


def _chosen(ids: Sequence[Any]) -> list[str]:
    """The rows that were chosen, each once, as many as may be at a time."""
    return list(dict.fromkeys(str(each)[:LONGEST] for each in ids))[:MOST]


async def _foresee(table: Table[Any], action: Action, pool: Pool, request: Visit, at: datetime, row_id: str) -> Outcome:
    say = words(request)
    try:
        async with pool.transaction() as conn, conn.transaction(force_rollback=True):
            return Outcome(row_id, await action.foresee(Asked(conn, request.user, at, say), row_id), None)
    except Problem as problem:
        return await _refused(table, pool, request, at, row_id, problem)


async def _act(
    table: Table[Any], action: Action, pool: Pool, request: Visit, at: datetime, row_id: str, reason: str
) -> Outcome:
    say = words(request)
    try:
        await pool.retried(lambda conn: action.act(Asked(conn, request.user, at, say), row_id, reason))
    except Problem as problem:
        return await _refused(table, pool, request, at, row_id, problem)
    return Outcome(row_id, None, None)


async def _refused(
    table: Table[Any], pool: Pool, request: Visit, at: datetime, row_id: str, problem: Problem
) -> Outcome:
    """Why nothing can be done with a row, with names in place of ids."""
    say, called = words(request), ""
    async with pool.transaction() as conn:
        network = await network_of(conn)
        allies = {each.partner_id: each for each in await partners.partners(conn, None)}
        if table.called is not None:
            try:
                called = await table.called(Asked(conn, request.user, at, say), row_id)
            except Problem:
                called = ""
    return Outcome(row_id, None, with_names(explained(problem, say), network, allies, say), called)


def _told(
    request: Visit, table: Table[Any], action: Action, outcomes: Sequence[Outcome], query: str, *, done: bool
) -> Response[Any]:
    """The page of what would be done, or of what was."""
    view = read_view(_pairs(query), table.filters, table.source, table.order)
    return page(
        request, "tower/action.html", table=table, action=action, query=view.query(), done=done,
        possible=[each for each in outcomes if each.refused is None],
        refused=[each for each in outcomes if each.refused is not None],
    )  # fmt: skip
