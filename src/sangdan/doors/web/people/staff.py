"""The people who sign in: the list, a new one, and the page of one with what may be done about them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from sangdan.doors.access import ALLY
from sangdan.doors.problems import status_of
from sangdan.doors.texts import render
from sangdan.doors.web import states
from sangdan.doors.web.answers import words
from sangdan.doors.web.entry import join_link
from sangdan.doors.web.names import actor_name
from sangdan.doors.web.sessions import Sessions
from sangdan.doors.web.tower.frame import page
from sangdan.doors.web.tower.naming import nodes_as_options, partners_as_options
from sangdan.doors.web.tower.tables import Asked, Cell, Choice, Column, Option, Rows, Search, Table
from sangdan.doors.web.tower.tables.columns import Tone
from sangdan.doors.web.words import Words, mark
from sangdan.flows import admit_staff
from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.problems import Invalid, Problem
from sangdan.kit.staff import accounts
from sangdan.kit.staff.accounts import Account, NoSuchStaff, Role

from .trail import differences, named

HERE: Final = "/tower/people"
MOST: Final = 5_000
HISTORY: Final = 20
ROLES: Final[dict[Role, tuple[str, str]]] = {
    "tower": (states.ROLE["tower"], mark("Runs the alliance: sees and changes everything.")),
    "ally": (states.ROLE["ally"], mark("An ally's goods, orders, money and people.")),
    "floor": (states.ROLE["floor"], mark("Picks, packs and hands over, at the nodes named.")),
    "courier": (states.ROLE["courier"], mark("Brings a carrier's parcels.")),
}
STATES: Final = {"in": mark("active"), "invited": mark("invited"), "out": mark("shut out")}
TONES: Final[dict[str, Tone]] = {"in": "good", "invited": "change", "out": "bad"}

May = {"roles": ALLY}


class RoleNotChosen(Invalid):
    """None of the roles was chosen."""

    code = "role-not-chosen"


class StaffForm(msgspec.Struct, frozen=True):
    """What the forms send: several nodes with blanks or commas between them."""

    name: str = ""
    role: str = ""
    partner: str = ""
    nodes: str = ""


def state_of(account: Account) -> str:
    """Whether somebody comes in: 'in', 'invited' until a password was chosen, 'out'."""
    if account.disabled_at is not None:
        return "out"
    return "in" if account.has_password else "invited"


def _state(account: Account, say: Words) -> Cell:
    return Cell(say(STATES[state_of(account)]), tone=TONES[state_of(account)])


async def _all(asked: Asked) -> Sequence[Account]:
    return await accounts.page(asked.conn, asked.seer.seen_by, "", MOST)


PEOPLE: Final = Table[Account](
    path="/people",
    title=mark("Accounts"),
    lead=mark("Who signs in, as what, for whom."),
    roles=ALLY,
    columns=(
        Column("name", mark("Name"), lambda row, _: Cell(row.staff_id, code=True), order="name"),
        Column("role", mark("Role"), lambda row, say: say(ROLES[row.role][0]), value=lambda row: row.role),
        Column("partner", mark("Ally"), lambda row, _: row.partner_id or "–"),
        Column("nodes", mark("Nodes"), lambda row, say: _nodes(row, say), phone=False, wide=True),
        Column("codes", mark("Second proof"), lambda row, say: _proofs(row, say), phone=False),
        Column("state", mark("State"), _state),
    ),
    filters=(
        Search("q", mark("Name")),
        Choice("role", mark("Role"), options=tuple(Option(role, told[0]) for role, told in ROLES.items())),
        Choice("partner", mark("Ally"), ask=partners_as_options),
        Choice("state", mark("State"), options=tuple(Option(state, told) for state, told in STATES.items())),
    ),
    source=Rows(
        _all,
        {"name": lambda row: (row.staff_id,)},
        {
            "q": lambda row, value: value.casefold() in row.staff_id.casefold(),
            "role": lambda row, value: row.role == value,
            "partner": lambda row, value: row.partner_id == value,
            "state": lambda row, value: state_of(row) == value,
        },
    ),
    order="name",
    row_id=lambda row: row.staff_id,
    link=lambda row: f"{HERE}/{row.staff_id}",
    doing="people/staff_doing.html",
    empty=mark("Nobody has an account yet."),
)


def _proofs(row: Account, say: Words) -> str:
    told = ((row.has_code, say("Codes")), (row.has_passkey, say("Passkey")))
    return ", ".join(name for has, name in told if has) or "–"


def _nodes(row: Account, say: Words) -> str:
    nodes = say("all") if row.node_ids is None else ", ".join(row.node_ids)
    return nodes if row.role == "floor" else "–"


@get("/people/new", opt=May)
async def new(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Response[Any]:
    """Where somebody is let in."""
    async with pool.transaction() as conn:
        return await _form(request, conn, at)


@post("/people/new", opt=May)
async def admit(
    request: Request[Seer, Any, Any],
    data: Annotated[StaffForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
    wall: NamedDependency[Clock],
    here: NamedDependency[str],
) -> Response[Any]:
    """Give somebody an account, and show the link by which they choose a password."""
    name = data.name.strip()
    try:
        role = _role(data)
        async with pool.transaction() as conn:
            made = await admit_staff.admit(conn, request.user, name, role, _partner(request, data), _listed(data), at)
            text = await admit_staff.invite(conn, request.user, name, at, wall.now())
    except Problem as problem:
        async with pool.transaction() as conn:
            return await _form(request, conn, at, data, problem)
    return page(request, "people/invitation.html", account=made, link=join_link(here, text))


@get("/people/{staff_id:str}", opt=May)
async def person(
    request: Request[Seer, Any, Any],
    staff_id: FromPath[str],
    pool: NamedDependency[Pool],
    sessions: NamedDependency[Sessions],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """One of them: what they may do, where they are signed in, what they changed."""
    open_sessions = await sessions.of(staff_id)
    async with pool.transaction() as conn:
        return await _person(request, conn, staff_id, at, open_sessions)


@post("/people/{staff_id:str}", opt=May)
async def amend(
    request: Request[Seer, Any, Any],
    staff_id: FromPath[str],
    data: Annotated[StaffForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    pool: NamedDependency[Pool],
    sessions: NamedDependency[Sessions],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Let somebody do something else."""
    try:
        async with pool.transaction() as conn:
            partner = _partner(request, data)
            await admit_staff.amend(conn, request.user, staff_id, _role(data), partner, _listed(data), at)
    except Problem as problem:
        async with pool.transaction() as conn:
            return await _person(request, conn, staff_id, at, [], problem)
    sessions.look_again()
    return Redirect(f"{HERE}/{staff_id}?done=1", status_code=303)


@post("/people/{staff_id:str}/invitation", opt=May)
async def invite(
    request: Request[Seer, Any, Any],
    staff_id: FromPath[str],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
    wall: NamedDependency[Clock],
    here: NamedDependency[str],
) -> Response[Any]:
    """A link by which somebody chooses a password, a first one or another."""
    async with pool.transaction() as conn:
        text = await admit_staff.invite(conn, request.user, staff_id, at, wall.now())
        account = await accounts.get(conn, staff_id)
    return page(request, "people/invitation.html", account=account, link=join_link(here, text))


@post("/people/{staff_id:str}/{step:str}", opt=May)
async def change(
    request: Request[Seer, Any, Any],
    staff_id: FromPath[str],
    step: FromPath[str],
    pool: NamedDependency[Pool],
    sessions: NamedDependency[Sessions],
    at: NamedDependency[datetime],
) -> Redirect:
    """Shut somebody out, let them in again, or take their codes and passkeys away: step is out, in or codes."""
    steps = {"out": admit_staff.shut_out, "in": admit_staff.let_in_again, "codes": admit_staff.drop_codes}
    if step not in steps:
        raise NoSuchStaff(f"There is nothing to do at {step[:20]}.", staff_id=staff_id)
    async with pool.transaction() as conn:
        await steps[step](conn, request.user, staff_id, at)
    sessions.look_again()
    return Redirect(f"{HERE}/{staff_id}?done=1", status_code=303)


def _role(data: StaffForm) -> Role:
    known: dict[str, Role] = {str(each): each for each in accounts.ROLES}
    role = known.get(data.role)
    if role is None:
        raise RoleNotChosen("Choose one of the roles.")
    return role


def _partner(request: Request[Seer, Any, Any], data: StaffForm) -> str | None:
    """The ally that was chosen; a manager's own."""
    return request.user.seen_by or data.partner or None


def _listed(data: StaffForm) -> list[str]:
    return data.nodes.replace(",", " ").split()


def _roles(seer: Seer, say: Words) -> list[tuple[Role, str, str]]:
    """The roles that the asker may give."""
    return [
        (role, say(name), say(about))
        for role, (name, about) in ROLES.items()
        if seer.role == "tower" or role in admit_staff.OF_AN_ALLY
    ]


async def _form(
    request: Request[Seer, Any, Any],
    conn: Conn,
    at: datetime,
    data: StaffForm | None = None,
    problem: Problem | None = None,
) -> Response[Any]:
    say = words(request)
    asked = Asked(conn, request.user, at, say)
    return page(
        request, "people/staff_new.html", 200 if problem is None else status_of(type(problem)),
        entered=data or StaffForm(), roles=_roles(request.user, say),
        partners=[(each.value, each.title) for each in await partners_as_options(asked)],
        nodes=[(each.value, each.title) for each in await nodes_as_options(asked)],
        wrong="" if problem is None else render(problem, say.language)[1],
    )  # fmt: skip


async def _person(
    request: Request[Seer, Any, Any],
    conn: Conn,
    staff_id: str,
    at: datetime,
    open_sessions: Sequence[Any],
    problem: Problem | None = None,
) -> Response[Any]:
    seer, say = request.user, words(request)
    account = await accounts.get(conn, staff_id)
    if seer.seen_by not in (None, account.partner_id):
        raise NoSuchStaff(f"Nobody of the name {staff_id} is yours to look after.", staff_id=staff_id)
    asked = Asked(conn, seer, at, say)
    history = await audit.latest(conn, None, HISTORY, subject=f"staff/{staff_id}")
    return page(
        request, "people/staff_one.html", 200 if problem is None else status_of(type(problem)),
        account=account, state=state_of(account), states=STATES, roles=_roles(seer, say), own=seer.staff_id == staff_id,
        may=seer.role == "tower" or account.role in admit_staff.OF_AN_ALLY,
        partners=[(each.value, each.title) for each in await partners_as_options(asked)],
        nodes=[(each.value, each.title) for each in await nodes_as_options(asked)],
        open_sessions=open_sessions, history=history, named=named, who=actor_name, differences=differences,
        done="done" in request.query_params, wrong="" if problem is None else render(problem, say.language)[1],
    )  # fmt: skip


PAGES: Final = (new, admit, person, amend, invite, change)
