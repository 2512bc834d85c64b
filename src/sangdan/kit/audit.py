"""Who changed what: noted in the transaction of the change, with how it was before and after, and never altered.

Whatever speaks of a person is left out by the name of its field; what shoppers are told, read and changed is written
down in their own room.
"""

import getpass
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, LiteralString, cast
from uuid import UUID

import msgspec

from . import lists
from .access import Role, Seer
from .db import Conn, Json, maybe, run
from .ids import Ids
from .lists import Wish
from .logs import request_id
from .problems import NotFound

# Words of a field's name under which persons are spelled out; `name_ko` and `name_en` are those of things.
PERSONAL: Final = frozenset({"phone", "tel", "mobile", "fax", "email", "mail", "address", "street", "recipient"})
PERSONAL_NAMES: Final = frozenset({"name", "note", "clearance_code", "postcode", "password", "token", "secret", "key"})
HIDDEN: Final = "***"
# More than that of one change is told by its size alone.
MOST_BYTES: Final = 8_000
CONSOLE: Final = "console"

NOTE: Final[LiteralString] = """
    INSERT INTO kit.audit (audit_id, at, actor, role, partner_id, what, subject, before, after, reason, request_id)
    VALUES (%(audit_id)s, %(at)s, %(actor)s, %(role)s, %(partner_id)s, %(what)s, %(subject)s, %(before)s, %(after)s,
            %(reason)s, %(request_id)s)
"""
LISTED: Final[LiteralString] = """
    SELECT a.audit_id, a.at, a.actor, a.role, a.partner_id, a.what, a.subject, a.before, a.after, a.reason, a.request_id
      FROM kit.audit a
     WHERE (%(seen_by)s::text IS NULL OR a.partner_id = %(seen_by)s)
"""
ENTRIES: Final = lists.Listing(
    select=LISTED,
    where={
        "q": "(a.subject = %(q)s OR a.actor = %(q)s OR a.actor = 'staff.' || %(q)s OR a.request_id = %(q)s)",
        "actor": "a.actor = %(actor)s",
        "subject": "a.subject = %(subject)s",
        "what": "starts_with(a.what, %(what)s)",
        "at": "a.at >= %(at_from)s AND a.at < %(at_until)s",
    },
    orders={"at": lists.Order((("a.at", "timestamptz"), ("a.audit_id", "uuid")), ("at", "audit_id"))},
)

ONE: Final[LiteralString] = LISTED + " AND a.audit_id = %(audit_id)s"


class _InOrder:
    """Ids that sort as they were made, also those of one instant."""

    def __init__(self) -> None:
        self._ids = Ids()
        self._last = UUID(int=0)

    def new(self, at: datetime) -> UUID:
        made = self._ids.new(at)
        if made < self._last and made.bytes[:6] == self._last.bytes[:6]:
            made = UUID(int=self._last.int + 1)
        self._last = made
        return made


_ids: Final = _InOrder()


class Entry(msgspec.Struct, frozen=True):
    """One change.

    actor       a client, `staff.NAME`, or `console.USER` for the command line
    what        'node.hours-changed': what it was about, a full stop, what was done
    subject     'node/house-1': the kind of thing, a slash, its id
    before      how it was; None of something new, or where that is not told
    after       how it is now
    request_id  under which the logs speak of it
    """

    audit_id: UUID
    at: datetime
    actor: str
    role: str
    partner_id: str | None
    what: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str
    request_id: str


class NoSuchEntry(NotFound):
    """There is no such entry, or not for the asker."""

    code = "no-such-audit-entry"


async def note(
    conn: Conn,
    seer: Seer,
    at: datetime,
    what: str,
    subject: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> None:
    """Write down a change, in its transaction; what is as it was before is no change and leaves no trace.

    seer     who makes it; `console()` on the command line
    what     'node.hours-changed'
    subject  'node/house-1'
    before   the fields in question, JSON-able; None of something new
    after    the same fields now; None of something that is gone
    reason   in the person's own words, '' where none was asked
    """
    was, now = _kept(before), _kept(after)
    if was is not None and was == now:
        return
    await run(
        conn,
        NOTE,
        audit_id=_ids.new(at),
        at=at,
        actor=seer.client_id,
        role=seer.role,
        partner_id=seer.partner_id,
        what=what,
        subject=subject,
        before=None if was is None else Json(was),
        after=None if now is None else Json(now),
        reason=reason,
        request_id=request_id.get(),
    )


async def listed(conn: Conn, seen_by: str | None, wish: Wish, limit: int) -> list[Entry]:
    """A page of changes; an ally sees what its own people changed, None sees all."""
    return await lists.page(conn, Entry, ENTRIES, wish, limit, seen_by=seen_by)


async def latest(
    conn: Conn,
    seen_by: str | None,
    limit: int,
    *,
    actor: str | None = None,
    subject: str | None = None,
    what: str | None = None,
) -> list[Entry]:
    """Changes, the latest first; seen_by as in `listed`.

    what  or the beginning of it, e.g. 'node.'
    """
    asked = {"actor": actor, "subject": subject, "what": what}
    filters = {name: value for name, value in asked.items() if value is not None}
    return await listed(conn, seen_by, Wish(filters, "at", descending=True), limit)


async def get(conn: Conn, seen_by: str | None, audit_id: UUID) -> Entry:
    """One change; seen_by as in `listed`.

    raises  NoSuchEntry
    """
    found = await maybe(conn, Entry, ONE, audit_id=audit_id, seen_by=seen_by)
    if found is None:
        raise NoSuchEntry("There is no such entry in the audit.")
    return found


def console() -> Seer:
    """Who works at the command line: whoever has the database may change everything, under the machine's own name."""
    role: Role = "tower"
    return Seer(f"{CONSOLE}.{getpass.getuser()}", role, None, None)


def _kept(told: Mapping[str, object] | None) -> dict[str, Any] | None:
    """What is kept of one side of a change: JSON, persons left out, bounded."""
    if told is None:
        return None
    spelled: dict[str, Any] = _without_persons(msgspec.to_builtins(dict(told)))
    size = len(msgspec.json.encode(spelled))
    return spelled if size <= MOST_BYTES else {"bytes": size}


def _without_persons(told: Any) -> Any:
    if isinstance(told, list):
        return [_without_persons(each) for each in cast("list[Any]", told)]
    if not isinstance(told, dict):
        return told
    fields = cast("dict[str, Any]", told)
    return {
        name: HIDDEN if _speaks_of_a_person(name, value) else _without_persons(value) for name, value in fields.items()
    }


def _speaks_of_a_person(name: str, value: Any) -> bool:
    if value is None:
        return False
    if name == "lines":  # of an address they are texts; those of an order have fields of their own
        return isinstance(value, list) and any(isinstance(each, str) for each in cast("list[Any]", value))
    return name in PERSONAL_NAMES or not PERSONAL.isdisjoint(name.split("_"))
