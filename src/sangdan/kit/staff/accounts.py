"""Accounts of people: a short name, a role, the ally they work for and the nodes they are confined to.

No e-mail address and no phone is kept of them: whoever lets somebody in hands over the link, by whatever way they have.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, LiteralString, TypeAlias

import msgspec
from psycopg import errors as pg

from ..access import STAFF, Seer, check_partner
from ..db import Conn, many, maybe, run
from ..problems import Conflict, Invalid, NotFound

Role: TypeAlias = Literal["tower", "ally", "floor", "courier"]
ROLES: Final[Sequence[Role]] = ("tower", "ally", "floor", "courier")
# Who must prove with a code that they have more than the password. On the floor one device passes from hand to hand.
WITH_CODE: Final[frozenset[Role]] = frozenset({"tower", "ally"})

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")

_COLUMNS: Final[LiteralString] = """
    SELECT staff_id, role, partner_id, node_ids, password_hash IS NOT NULL AS has_password,
           confirmed_at IS NOT NULL AS has_code,
           EXISTS (SELECT FROM kit.passkey p WHERE p.staff_id = s.staff_id) AS has_passkey, made_at, disabled_at
      FROM kit.staff s
"""
FIND: Final[LiteralString] = _COLUMNS + " WHERE staff_id = %(staff_id)s"
HOLD: Final[LiteralString] = _COLUMNS + " WHERE staff_id = %(staff_id)s FOR UPDATE"
PAGE: Final[LiteralString] = (
    _COLUMNS
    + """
     WHERE (%(seen_by)s::text IS NULL OR partner_id = %(seen_by)s) AND staff_id > %(after)s
     ORDER BY staff_id LIMIT %(limit)s
"""
)
MAKE: Final[LiteralString] = """
    INSERT INTO kit.staff (staff_id, client_id, role, partner_id, node_ids, code_step, made_at)
    VALUES (%(staff_id)s, %(client_id)s, %(role)s, %(partner_id)s, %(node_ids)s, 0, %(at)s)
"""
CHANGE: Final[LiteralString] = """
    UPDATE kit.staff SET role = %(role)s, partner_id = %(partner_id)s, node_ids = %(node_ids)s
     WHERE staff_id = %(staff_id)s
"""
DISABLE: Final[LiteralString] = "UPDATE kit.staff SET disabled_at = %(at)s WHERE staff_id = %(staff_id)s"
KEPT: Final[LiteralString] = "SELECT password_hash FROM kit.staff WHERE staff_id = %(staff_id)s"
KEEP: Final[LiteralString] = """
    UPDATE kit.staff SET password_hash = %(password_hash)s WHERE staff_id = %(staff_id)s
"""


class Account(msgspec.Struct, frozen=True):
    """Somebody who may sign in, without their secrets.

    partner_id    the ally they work for; None of the tower's
    node_ids      the nodes they are confined to; None for all of the ally's
    has_password  they took their invitation
    has_code      they have proved that they can make codes
    has_passkey   a device of theirs proves who they are
    """

    staff_id: str
    role: Role
    partner_id: str | None
    node_ids: list[str] | None
    has_password: bool
    has_code: bool
    has_passkey: bool
    made_at: datetime
    disabled_at: datetime | None

    @property
    def must_prove(self) -> bool:
        """Whether their password alone does not let them in."""
        return self.role in WITH_CODE

    def seer(self) -> Seer:
        """How they look at rows."""
        nodes = None if self.node_ids is None else frozenset(self.node_ids)
        return Seer(STAFF + self.staff_id, self.role, self.partner_id, nodes, self.staff_id)


class _Password(msgspec.Struct, frozen=True):
    password_hash: str | None


class StaffNameUnfit(Invalid):
    """A sign-in name holds something that it may not."""

    code = "staff-name-unfit"


class StaffExists(Conflict):
    """The name is taken, also by somebody who was shut out."""

    code = "staff-exists"


class NoSuchStaff(NotFound):
    """Nobody of that name has an account, or not one that the asker may see."""

    code = "no-such-staff"


class NodesUnfit(Invalid):
    """Only people on the floor are confined to nodes."""

    code = "staff-nodes-unfit"


async def make(
    conn: Conn, staff_id: str, role: Role, partner_id: str | None, node_ids: Sequence[str] | None, at: datetime
) -> Account:
    """Give somebody an account; a password comes by invitation.

    staff_id  1..40 letters, digits, '.', '_' or '-'
    raises    StaffNameUnfit, StaffExists, NoPartner, NodesUnfit
    """
    if not NAME.fullmatch(staff_id):
        raise StaffNameUnfit("A sign-in name is 1 to 40 letters, digits, '.', '_' or '-', and begins with no sign.")
    nodes = _fit(role, partner_id, node_ids)
    try:
        await run(
            conn,
            MAKE,
            staff_id=staff_id,
            client_id=STAFF + staff_id,
            role=role,
            partner_id=None if role == "tower" else partner_id,
            node_ids=nodes,
            at=at,
        )
    except pg.UniqueViolation as taken:
        raise StaffExists(f"An account {staff_id} exists; choose another name.", staff_id=staff_id) from taken
    return await get(conn, staff_id)


async def change(
    conn: Conn, staff_id: str, role: Role, partner_id: str | None, node_ids: Sequence[str] | None
) -> Account:
    """Let somebody see something else from now on.

    raises  NoSuchStaff, NoPartner, NodesUnfit
    """
    nodes = _fit(role, partner_id, node_ids)
    seen_as = None if role == "tower" else partner_id
    await run(conn, CHANGE, staff_id=staff_id, role=role, partner_id=seen_as, node_ids=nodes)
    return await get(conn, staff_id)


async def disable(conn: Conn, staff_id: str, at: datetime | None) -> None:
    """Shut somebody out, or let them in again.

    at  None lets them in again
    """
    await run(conn, DISABLE, staff_id=staff_id, at=at)


async def find(conn: Conn, staff_id: str) -> Account | None:
    """The account of this name, also when it is shut out."""
    return await maybe(conn, Account, FIND, staff_id=staff_id)


async def get(conn: Conn, staff_id: str, *, hold: bool = False) -> Account:
    """The account of this name.

    hold    locked until the transaction ends
    raises  NoSuchStaff
    """
    found = await maybe(conn, Account, HOLD, staff_id=staff_id) if hold else await find(conn, staff_id)
    if found is None:
        raise NoSuchStaff(f"Nobody of the name {staff_id} has an account.", staff_id=staff_id)
    return found


async def page(conn: Conn, seen_by: str | None, after: str, limit: int) -> list[Account]:
    """Accounts by name; an ally sees those of its own people.

    after  the last name of the page before, '' for the first
    """
    return await many(conn, Account, PAGE, seen_by=seen_by, after=after, limit=limit)


async def password_of(conn: Conn, staff_id: str) -> str | None:
    """The kept hash of somebody's password; None of somebody unknown, or who has none yet."""
    found = await maybe(conn, _Password, KEPT, staff_id=staff_id)
    return None if found is None else found.password_hash


async def set_password(conn: Conn, staff_id: str, password_hash: str | None) -> None:
    """Give somebody another password; None takes it away."""
    await run(conn, KEEP, staff_id=staff_id, password_hash=password_hash)


def _fit(role: Role, partner_id: str | None, node_ids: Sequence[str] | None) -> list[str] | None:
    check_partner(role, partner_id)
    if not node_ids:
        return None
    if role != "floor":
        raise NodesUnfit(f"Only people on the floor are confined to nodes; leave them out for role {role}.", role=role)
    return sorted(set(node_ids))
