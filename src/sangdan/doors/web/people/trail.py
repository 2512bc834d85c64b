"""The audit: who changed what, with before and after; and who read whom."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sangdan.doors.access import ALLIES, SHOP
from sangdan.doors.web.answers import words
from sangdan.doors.web.field_names import field_name
from sangdan.doors.web.names import actor_name
from sangdan.doors.web.tower.frame import page
from sangdan.doors.web.tower.tables import Cell, Choice, Column, Days, Listed, Option, Search, Table
from sangdan.doors.web.words import Words, mark
from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.audit import Entry
from sangdan.kit.db import Pool
from sangdan.order.shoppers.queries import readings
from sangdan.order.shoppers.queries.readings import ListedReading

from .deeds import deed, spelled

HERE: Final = "/tower/audit"

_KINDS: Final = (
    Option("session.", mark("Sign-ins")),
    Option("staff.", mark("Accounts")),
    Option("client", mark("API keys")),
    Option("node", mark("Nodes")),
    Option("lane", mark("Lanes")),
    Option("stock", mark("Stock")),
    Option("order", mark("Orders")),
    Option("rows.", mark("Imports")),
    Option("webhook", mark("Webhooks")),
)


class Difference(msgspec.Struct, frozen=True):
    """A field as it was and as it is, in the page's language; None where nothing stood, or stands."""

    field: str
    before: str | None
    after: str | None


def named(entry: Entry, say: Words) -> str:
    """What was done, in the page's language."""
    return deed(entry.what, say)


def differences(entry: Entry, say: Words) -> list[Difference]:
    """The fields that differ, in the order in which they were told."""
    before, after = entry.before or {}, entry.after or {}
    return [
        Difference(field_name(name, say), _spelled(before, name, say), _spelled(after, name, say))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]


def _spelled(told: Mapping[str, Any], name: str, say: Words) -> str | None:
    value = told.get(name)
    return None if value is None else spelled(name, value, say)


def _in_short(entry: Entry, say: Words) -> str:
    """What differs, in one line."""
    found = differences(entry, say)
    told = [
        f"{each.field}: {each.before} → {each.after}" if each.before else f"{each.field}: {each.after or '–'}"
        for each in found
    ]
    line = " · ".join(told)
    return line if len(line) <= 120 else line[:119] + "…"


AUDIT: Final = Table[Entry](
    path="/audit",
    title=mark("Audit trail"),
    lead=mark("Every change through any door, with how it was before and after. Nothing here can be altered."),
    roles=ALLIES,
    columns=(
        Column(
            "at", mark("When"), lambda row, say: say.when(row.at), value=lambda row: row.at, kind="instant", order="at"
        ),
        Column(
            "actor",
            mark("Who"),
            lambda row, say: Cell(actor_name(row.actor, say), under=row.partner_id or ""),
            value=lambda row: row.actor,
        ),
        Column("what", mark("What"), lambda row, say: named(row, say), value=lambda row: row.what),
        Column("subject", mark("Of what"), lambda row, _: Cell(row.subject, code=True), phone=False),
        Column(
            "change",
            mark("What differs"),
            lambda row, say: Cell(_in_short(row, say), under=row.reason),
            wide=True,
            phone=False,
        ),
    ),
    filters=(
        Search("q", mark("Who or what"), hint=mark("kim, node/house-1")),
        Choice("what", mark("Kind"), options=_KINDS),
        Days("at", mark("Day")),
    ),
    source=Listed(audit.ENTRIES, audit.listed),
    order="-at",
    row_id=lambda row: str(row.audit_id),
    link=lambda row: f"{HERE}/{row.audit_id}",
    empty=mark("Nothing was changed yet."),
)
READINGS: Final = Table[ListedReading](
    path="/audit/readings",
    title=mark("Readings of personal data"),
    lead=mark("Who saw whose name, address or number in the clear, and why."),
    roles=SHOP,
    columns=(
        Column(
            "at", mark("When"), lambda row, say: say.when(row.at), value=lambda row: row.at, kind="instant", order="at"
        ),
        Column("reader", mark("Who"), lambda row, say: actor_name(row.read_by, say), value=lambda row: row.read_by),
        Column(
            "shopper",
            mark("Shopper"),
            lambda row, _: Cell(row.shopper_id, under=row.shop_id, code=True),
            value=lambda row: row.shopper_id,
        ),
        Column(
            "fields",
            mark("What was read"),
            lambda row, say: ", ".join(field_name(each, say) for each in row.fields),
            phone=False,
        ),
        Column("reason", mark("Why"), lambda row, _: row.reason or "–", wide=True, phone=False),
    ),
    filters=(Search("q", mark("Who or whom"), hint=mark("kim, m-000123")), Days("at", mark("Day"))),
    source=Listed(readings.READINGS, readings.listed),
    order="-at",
    row_id=lambda row: str(row.reading_id),
    empty=mark("Nobody was read in the clear yet."),
)


@get("/audit/{audit_id:uuid}", opt={"roles": ALLIES})
async def entry(
    request: Request[Seer, Any, Any], audit_id: FromPath[UUID], pool: NamedDependency[Pool]
) -> Response[Any]:
    """One change: its fields before and after."""
    async with pool.transaction() as conn:
        found = await audit.get(conn, request.user.seen_by, audit_id)
    say = words(request)
    return page(
        request, "people/audit_entry.html",
        entry=found, what=named(found, say), who=actor_name(found.actor, say), differences=differences(found, say),
    )  # fmt: skip
