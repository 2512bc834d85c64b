"""API keys: the programs that may call, a new key, and its end."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from sangdan.doors.access import TOWER, Gate
from sangdan.doors.problems import status_of
from sangdan.doors.texts import render
from sangdan.doors.web.answers import words
from sangdan.doors.web.sessions import Sessions
from sangdan.doors.web.tower.frame import page
from sangdan.doors.web.tower.naming import nodes_as_options, partners_as_options
from sangdan.doors.web.tower.tables import Asked, Cell, Choice, Column, Option, Rows, Search, Table
from sangdan.doors.web.words import Words, mark
from sangdan.flows.admit_client import admit
from sangdan.kit import access, audit
from sangdan.kit.access import Client, Role, Seer
from sangdan.kit.db import Conn, Pool
from sangdan.kit.problems import Problem

from .staff import RoleNotChosen
from .trail import named

HERE: Final = "/tower/keys"
PAGE: Final = 1_000
ROLES: Final[dict[Role, tuple[str, str]]] = {
    "shop": (mark("Shop"), mark("Promises and orders of its shoppers.")),
    "ally": (mark("Ally"), mark("Its own goods, orders and money.")),
    "floor": (mark("Floor"), mark("What an ally's nodes have to pick and pack.")),
    "courier": (mark("Courier"), mark("A carrier's parcels.")),
    "tower": (mark("Tower"), mark("Everything.")),
}
STATES: Final = {"in": mark("in use"), "out": mark("revoked")}


class KeyForm(msgspec.Struct, frozen=True):
    """What the form sends."""

    name: str = ""
    role: str = ""
    partner: str = ""
    node: str = ""


def _state(client: Client) -> str:
    return "in" if client.revoked_at is None else "out"


async def _all(asked: Asked) -> Sequence[Client]:
    found: list[Client] = []
    while more := await access.clients(asked.conn, found[-1].client_id if found else "", PAGE):
        found += more
    return found


KEYS: Final = Table[Client](
    path="/keys",
    title=mark("API keys"),
    lead=mark("The programs that may call: each key is shown once, when it is made."),
    roles=TOWER,
    columns=(
        Column("name", mark("Name"), lambda row, _: Cell(row.client_id, code=True), order="name"),
        Column("role", mark("Role"), lambda row, say: say(ROLES[row.role][0]), value=lambda row: row.role),
        Column("partner", mark("Ally"), lambda row, _: row.partner_id or "–"),
        Column("node", mark("Node"), lambda row, _: row.node_id or "–", phone=False),
        Column(
            "made", mark("Made"), lambda row, say: say.when(row.made_at), value=lambda row: row.made_at,
            kind="instant", phone=False, wide=True,
        ),
        Column("state", mark("State"), lambda row, say: _shown(row, say)),
    ),
    filters=(
        Search("q", mark("Name")),
        Choice("role", mark("Role"), options=tuple(Option(role, told[0]) for role, told in ROLES.items())),
        Choice("state", mark("State"), options=tuple(Option(state, told) for state, told in STATES.items())),
    ),
    source=Rows(
        _all,
        {"name": lambda row: (row.client_id,)},
        {
            "q": lambda row, value: value.casefold() in row.client_id.casefold(),
            "role": lambda row, value: row.role == value,
            "state": lambda row, value: _state(row) == value,
        },
    ),
    order="name",
    row_id=lambda row: row.client_id,
    link=lambda row: f"{HERE}/{row.client_id}",
    doing="people/keys_doing.html",
    empty=mark("No program may call yet."),
)  # fmt: skip


def _shown(row: Client, say: Words) -> Cell:
    return Cell(say(STATES[_state(row)]), tone="good" if row.revoked_at is None else "quiet")


@get("/keys/new", opt={"roles": TOWER})
async def new(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Response[Any]:
    """Where a key is made."""
    async with pool.transaction() as conn:
        return await _form(request, conn, at)


@post("/keys/new", opt={"roles": TOWER})
async def make(
    request: Request[Seer, Any, Any],
    data: Annotated[KeyForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Make a key, and show it this once."""
    name, key = data.name.strip(), access.new_key()
    known: dict[str, Role] = {str(each): each for each in ROLES}
    role = known.get(data.role)
    try:
        if role is None:
            raise RoleNotChosen("Choose one of the roles.")
        async with pool.transaction() as conn:
            made = await admit(conn, name, role, data.partner or None, data.node or None, key, at)
            told = {"role": made.role, "partner_id": made.partner_id, "node_id": made.node_id}
            await audit.note(conn, request.user, at, "client.made", f"client/{name}", after=told)
    except Problem as problem:
        async with pool.transaction() as conn:
            return await _form(request, conn, at, data, problem)
    return page(request, "people/key_made.html", client=made, key=key)


@get("/keys/{client_id:str}", opt={"roles": TOWER})
async def one(request: Request[Seer, Any, Any], client_id: FromPath[str], pool: NamedDependency[Pool]) -> Response[Any]:
    """One program: what it may do, and its end."""
    async with pool.transaction() as conn:
        found = await _client(conn, client_id)
        history = await audit.latest(conn, None, 20, actor=client_id)
    return page(
        request,
        "people/key_one.html",
        client=found,
        roles=ROLES,
        history=history,
        named=named,
        state=STATES[_state(found)],
    )


@post("/keys/{client_id:str}/revocation", opt={"roles": TOWER})
async def revoke(
    request: Request[Seer, Any, Any],
    client_id: FromPath[str],
    pool: NamedDependency[Pool],
    gate: NamedDependency[Gate],
    sessions: NamedDependency[Sessions],
    at: NamedDependency[datetime],
) -> Redirect:
    """Shut a program out for good."""
    async with pool.transaction() as conn:
        await access.revoke(conn, client_id, at)
        was, now = {"revoked": False}, {"revoked": True}
        await audit.note(conn, request.user, at, "client.revoked", f"client/{client_id}", before=was, after=now)
    gate.forget(client_id)
    sessions.look_again()
    return Redirect(f"{HERE}/{client_id}", status_code=303)


async def _client(conn: Conn, client_id: str) -> Client:
    """A client by name.

    raises  NoSuchClient
    """
    found = await access.client(conn, client_id)
    if found is None:
        raise access.NoSuchClient(f"There is no client {client_id}.", client_id=client_id)
    return found


async def _form(
    request: Request[Seer, Any, Any],
    conn: Conn,
    at: datetime,
    data: KeyForm | None = None,
    problem: Problem | None = None,
) -> Response[Any]:
    say = words(request)
    asked = Asked(conn, request.user, at, say)
    return page(
        request, "people/key_new.html", 200 if problem is None else status_of(type(problem)), entered=data or KeyForm(),
        roles=[(role, say(name), say(about)) for role, (name, about) in ROLES.items()],
        partners=[(each.value, each.title) for each in await partners_as_options(asked)],
        nodes=[(each.value, each.title) for each in await nodes_as_options(asked)],
        wrong="" if problem is None else render(problem, say.language)[1],
    )  # fmt: skip


PAGES: Final = (new, make, one, revoke)
