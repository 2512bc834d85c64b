"""What the allies owe one another, to the won: what stands open, closed statements, and every line behind them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from sangdan.doors.api.nodes import check_whole
from sangdan.doors.web.answers import words
from sangdan.doors.web.words import SEOUL, Words, mark
from sangdan.kit import audit, ledger
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ledger import listing
from sangdan.kit.ledger.model import Entry
from sangdan.kit.lists import Wish
from sangdan.kit.problems import Problem
from sangdan.offer.partners.errors import PartnerUnknown
from sangdan.pay.settlement import commands as settlement
from sangdan.pay.settlement.model import ALLIANCE, Period, Statement, due, partner_of

from .forms import sent, told
from .frame import page
from .naming import names_of_partners, partners_as_options
from .places import ALLIES, TOWER
from .tables import Asked, Cell, Choice, Column, Days, Listed, Option, Search, Table

LINE: Final[Mapping[str, str]] = {
    "goods": mark("goods sold"),
    "commission": mark("commission"),
    "commission_vat": mark("VAT on commission"),
    "fulfilment": mark("picking and packing"),
    "fulfilment_vat": mark("VAT on picking and packing"),
    "carriage": mark("carriage"),
}
MOST_DAYS: Final = 92
DRAWN: Final = 14


class Owed(msgspec.Struct, frozen=True):
    """How an ally stands: what the ledger says in all, and what of it is in closed statements."""

    partner_id: str
    name: str
    currency: str
    owed_minor: int
    closed_minor: int
    closed_until: datetime | None

    @property
    def open_minor(self) -> int:
        """What no statement holds yet."""
        return self.owed_minor - self.closed_minor


@get("/settlement", opt={"roles": ALLIES})
async def overview(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Response[Any]:
    """How every ally stands, and the statements that were closed."""
    async with pool.transaction() as conn:
        return await _overview(request, conn, at)


@post("/settlement/close", status_code=200, opt={"roles": TOWER})
async def close(
    request: Request[Seer, Any, Any], pool: NamedDependency[Pool], at: NamedDependency[datetime]
) -> Response[Any]:
    """Close a period that is over, for every ally; twice changes nothing."""
    form = await sent(request)
    try:
        period = _days(form.day("from"), form.day("to"))
        async with pool.transaction() as conn:
            closed = await settlement.close(conn, period, None, at)
            told_of = {"statements": len(closed), "from": period.since, "until": period.until}
            await audit.note(conn, request.user, at, "settlement.closed", f"period/{form.day('from')}", after=told_of)
    except Problem as problem:
        wrong, status = told(request, problem)
        async with pool.transaction() as conn:
            return await _overview(request, conn, at, form.fields, wrong, status)
    return Redirect(f"/tower/settlement?done={len(closed)}", status_code=303)


@get("/settlement/{partner_id:str}", opt={"roles": ALLIES})
async def ally(
    request: Request[Seer, Any, Any],
    partner_id: FromPath[str],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """One ally's period: what it adds up to, by what it is for, and its statements."""
    check_whole(request.user)
    say, wrong, status = words(request), "", 200
    today = at.astimezone(SEOUL).date()
    first, last = today - timedelta(days=today.weekday()), today
    try:
        first = date.fromisoformat(request.query_params.get("from", first.isoformat()))
        last = date.fromisoformat(request.query_params.get("to", last.isoformat()))
        period = _days(first, last)
    except (Problem, ValueError):
        wrong, status = say("Give two days, the earlier first, at most %(n)s days apart.", n=MOST_DAYS), 422
        first, last = today - timedelta(days=today.weekday()), today
        period = _days(first, last)
    async with pool.transaction() as conn:
        allies = await names_of_partners(conn)
        if partner_id not in allies or request.user.seen_by not in (None, partner_id):
            raise PartnerUnknown(f"There is no partner {partner_id}.", partner_id=partner_id)
        sums = await settlement.sums(conn, period, partner_id)
        statements = await settlement.closed(conn, Period(_NEVER, at + timedelta(days=1)), partner_id)
    totals: dict[str, int] = {}
    for each in sums:
        totals[each.currency] = totals.get(each.currency, 0) + each.owed_minor
    return page(
        request, "tower/statement.html", status,
        partner=allies[partner_id], first=first, last=last, wrong=wrong, totals=totals, sums=sums, names=LINE,
        statements=statements[::-1], day_of=_day_of,
    )  # fmt: skip


async def _overview(
    request: Request[Seer, Any, Any], conn: Conn, at: datetime, entered: Mapping[str, str] | None = None,
    wrong: str = "", status: int = 200,
) -> Response[Any]:  # fmt: skip
    check_whole(request.user)
    say = words(request)
    seen_by = request.user.seen_by
    statements = await settlement.closed(conn, Period(_NEVER, at + timedelta(days=1)), seen_by)
    owed = await _standing(conn, seen_by, statements, say)
    month = at.astimezone(SEOUL).date().replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    sums: dict[str, int] = {}
    for each in owed:
        sums[each.currency] = sums.get(each.currency, 0) + each.owed_minor
    drawn = sorted((each for each in owed if each.currency == "KRW"), key=lambda each: -each.owed_minor)
    drawn = drawn if len(drawn) <= DRAWN else [*drawn[: DRAWN // 2], *drawn[-DRAWN // 2 :]]
    return page(
        request, "tower/settlement.html", status,
        owed=owed, sums=sums, statements=statements[::-1][:50], names=await names_of_partners(conn), day_of=_day_of,
        chart={"names": [each.name for each in drawn], "minor": [each.owed_minor for each in drawn], "currency": "KRW"},
        given={"from": before.isoformat(), "to": (month - timedelta(days=1)).isoformat()} | dict(entered or {}),
        wrong=wrong, done=request.query_params.get("done", "") if not wrong else "",
        may_close=request.user.role in TOWER,
    )  # fmt: skip


async def _standing(conn: Conn, seen_by: str | None, statements: Sequence[Statement], say: Words) -> list[Owed]:
    """Every ally by what it is owed, the most first."""
    allies = await names_of_partners(conn)
    closed: dict[tuple[str, str], tuple[int, datetime]] = {}
    for each in statements:
        minor, until = closed.get((each.partner_id, each.currency), (0, each.period_to))
        closed[each.partner_id, each.currency] = minor + each.owed_minor, max(until, each.period_to)
    found: list[Owed] = []
    for balance in await ledger.balances(conn, ALLIANCE):
        partner_id = partner_of(balance.account)
        if seen_by not in (None, partner_id) or partner_id not in allies:
            continue
        minor, until = closed.get((partner_id, balance.currency), (0, None))
        name = say.of(allies[partner_id])
        found.append(Owed(partner_id, name, balance.currency, balance.net_minor, minor, until))
    return sorted(found, key=lambda each: (each.currency, -each.owed_minor, each.partner_id))


def _days(first: date, last: date) -> Period:
    """Whole days in Korea, the last one included.

    raises  BadPeriod
    """
    until = min(last, first + timedelta(days=MOST_DAYS)) + timedelta(days=1)
    return Period(datetime.combine(first, time(), tzinfo=SEOUL), datetime.combine(until, time(), tzinfo=SEOUL))


def _day_of(at: datetime, *, before: bool = False) -> date:
    """The day in Korea of an instant; of a period's end the last day that is in it."""
    return (at - timedelta(seconds=before)).astimezone(SEOUL).date()


_NEVER: Final = datetime(2000, 1, 1, tzinfo=SEOUL)


class Lines(Listed[Entry]):
    """The lines behind what the allies owe one another."""

    def __init__(self) -> None:
        super().__init__(listing.ENTRIES, self._rows)

    async def _rows(self, conn: Conn, seen_by: str | None, wish: Wish, limit: int) -> Sequence[Entry]:
        return await listing.listed_entries(conn, ALLIANCE, _account(seen_by), wish, limit)

    async def page(self, asked: Asked, wish: Wish, limit: int) -> Sequence[Entry]:
        check_whole(asked.seer)
        return await super().page(asked, wish, limit)

    async def end(self, asked: Asked, wish: Wish) -> tuple[Any, ...] | None:
        return await listing.listed_end(asked.conn, ALLIANCE, _account(asked.seer.seen_by), wish)


def _account(seen_by: str | None) -> str | None:
    return None if seen_by is None else due(seen_by)


def _reference(row: Entry, say: Words) -> Cell:
    return Cell(row.reference, href=f"/tower/orders/{row.reference.partition('/')[0]}", code=True)


def _owed(row: Entry, say: Words) -> str:
    return say.money(row.net_minor, row.currency)


LINES: Final = Table[Entry](
    path="/settlement/lines",
    title=mark("Lines"),
    lead=mark("Every line of every statement, straight from the ledger. What is positive is owed to the ally."),
    roles=ALLIES,
    columns=(
        Column("at", mark("When"), lambda row, say: say.when(row.at), lambda row: row.at, "instant", order="at"),
        Column("partner", mark("Ally"), lambda row, say: Cell(partner_of(row.account), code=True)),
        Column("kind", mark("For"), lambda row, say: say(LINE.get(row.kind, row.kind))),
        Column("reference", mark("Order"), _reference, wide=True, phone=False),
        Column("currency", mark("Currency"), lambda row, say: row.currency, phone=False),
        Column("owed", mark("Owed to it"), _owed, lambda row: row.net_minor, "whole", number=True),
    ),
    filters=(
        Search("q", mark("Order"), mark("The order's number, or how it begins")),
        Choice("account", mark("Ally"), ask=partners_as_options, sift=due),
        Choice("kind", mark("For"), tuple(Option(kind, title) for kind, title in LINE.items())),
        Days("at", mark("Day")),
    ),
    source=Lines(),
    order="-at",
    row_id=lambda row: f"{row.transfer_id}/{row.account}",
    empty=mark("No order was confirmed yet, so nobody owes anything."),
)

PAGES: Final = (overview, close, ally)
