"""The audit: who changed what, with before and after; and who read whom."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from sangdan.doors.access import ALLIES, SHOP
from sangdan.doors.web.tower.frame import page
from sangdan.doors.web.tower.tables import Cell, Choice, Column, Days, Listed, Option, Search, Table
from sangdan.doors.web.words import Words, mark
from sangdan.kit import audit
from sangdan.kit.access import STAFF, Seer
from sangdan.kit.audit import Entry
from sangdan.kit.db import Pool
from sangdan.order.shoppers.queries import readings
from sangdan.order.shoppers.queries.readings import ListedReading

HERE: Final = "/tower/audit"

# What was done, in words; what is not here is shown as it is noted.
WHAT: Final[Mapping[str, str]] = {
    "session.opened": mark("Signed in"),
    "staff.admitted": mark("Account made"),
    "staff.changed": mark("Role changed"),
    "staff.invited": mark("Invited"),
    "staff.shut-out": mark("Shut out"),
    "staff.let-in-again": mark("Let in again"),
    "staff.codes-dropped": mark("Codes taken away"),
    "staff.passkey-added": mark("Passkey added"),
    "staff.passkey-removed": mark("Passkey removed"),
    "staff.codes-set-up": mark("Codes set up"),
    "staff.codes-written": mark("New codes on paper"),
    "staff.password-chosen": mark("Password chosen"),
    "shopper.password-chosen": mark("Password chosen"),
    "client.made": mark("API key made"),
    "client.revoked": mark("API key revoked"),
    "node.closed": mark("Node closed"),
    "node.opened": mark("Node opened"),
    "node.reopened": mark("Node opened"),
    "lane.closed": mark("Lane stopped"),
    "lane.opened": mark("Lane taken up again"),
    "carrier.closed": mark("Carrier closed"),
    "carrier.opened": mark("Carrier opened"),
    "order.cancelled": mark("Order cancelled"),
    "order.confirmed": mark("Receipt confirmed"),
    "rows.imported": mark("Rows imported"),
    "webhook.made": mark("Webhook made"),
    "webhook.changed": mark("Webhook changed"),
    "webhook.secret-rotated": mark("Webhook secret rotated"),
}
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
    """A field as it was and as it is, as JSON; None where nothing stood, or stands."""

    field: str
    before: str | None
    after: str | None


def named(entry: Entry, say: Words) -> str:
    """What was done, in the page's language where we have words for it."""
    known = WHAT.get(entry.what)
    return entry.what if known is None else say(known)


def who(actor: str) -> str:
    """Who did it, as people call them."""
    return actor.removeprefix(STAFF)


def differences(entry: Entry) -> list[Difference]:
    """The fields that differ, in the order in which they were told."""
    before, after = entry.before or {}, entry.after or {}
    return [
        Difference(name, _spelled(before, name), _spelled(after, name))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    ]


def _spelled(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    return value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()


def _in_short(entry: Entry) -> str:
    """What differs, in one line."""
    found = differences(entry)
    told = [
        f"{each.field}: {each.before} → {each.after}" if each.before else f"{each.field}: {each.after}"
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
            lambda row, _: Cell(who(row.actor), under=row.partner_id or ""),
            value=lambda row: row.actor,
        ),
        Column("what", mark("What"), lambda row, say: named(row, say), value=lambda row: row.what),
        Column("subject", mark("Of what"), lambda row, _: Cell(row.subject, code=True), phone=False),
        Column(
            "change",
            mark("What differs"),
            lambda row, _: Cell(_in_short(row), under=row.reason),
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
        Column("reader", mark("Who"), lambda row, _: who(row.read_by), value=lambda row: row.read_by),
        Column(
            "shopper",
            mark("Shopper"),
            lambda row, _: Cell(row.shopper_id, under=row.shop_id, code=True),
            value=lambda row: row.shopper_id,
        ),
        Column("fields", mark("What was read"), lambda row, _: ", ".join(row.fields), phone=False),
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
    return page(request, "people/audit_entry.html", entry=found, differences=differences(found), what=WHAT, who=who)
