"""Allies, and what was agreed with each."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec.structs import asdict

from sangdan.doors.api.nodes import check_whole
from sangdan.doors.web.answers import words
from sangdan.doors.web.words import Words, mark
from sangdan.flows.picture import network_of
from sangdan.kit import audit
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn, Pool
from sangdan.kit.money import PPM
from sangdan.kit.problems import Problem
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.errors import PartnerUnknown
from sangdan.offer.partners.model import Bearer, Contract, Cycle, Partner, local_date

from .forms import Sent, sent, told, unfit
from .frame import page
from .places import ALLIES, TOWER
from .tables import Asked, Cell, Choice, Column, Option, Rows, Search, Table

KIND: Final[Mapping[str, str]] = {
    "marketplace": mark("marketplace"),
    "seller": mark("seller"),
    "logistics": mark("logistics"),
    "retailer": mark("retailer"),
    "carrier": mark("carrier"),
    "telco": mark("telco"),
    "overseas": mark("overseas seller"),
}
CYCLE: Final[Mapping[Cycle, str]] = {"daily": mark("daily"), "weekly": mark("weekly"), "monthly": mark("monthly")}
BEARER: Final[Mapping[Bearer, str]] = {
    "shopper": mark("the shopper"),
    "seller": mark("the seller"),
    "carrier": mark("the carrier"),
    "logistics": mark("the logistics ally"),
    "marketplace": mark("the marketplace"),
}
PERCENT_PPM: Final = PPM // 100


class AllyRow(msgspec.Struct, frozen=True):
    """An ally as a list shows it, with the contract that holds today."""

    partner: Partner
    contract: Contract | None
    nodes: int


async def _allies(asked: Asked) -> Sequence[AllyRow]:
    check_whole(asked.seer)
    network, today = await network_of(asked.conn), local_date(asked.at)
    contracts = await partners.contracts(asked.conn, asked.seer.seen_by)
    valid = {each.partner_id: each for each in contracts if each.holds_on(today)}
    known = await partners.partners(asked.conn, None)
    return [
        AllyRow(each, valid.get(each.partner_id), sum(n.operator_id == each.partner_id for n in network.nodes.values()))
        for each in known
        if asked.seer.seen_by in (None, each.partner_id)
    ]


def percent(ppm: int) -> str:
    """Parts per million as people agree on them: '11%', '2.75%'."""
    return f"{ppm // PERCENT_PPM}.{ppm % PERCENT_PPM:04}".rstrip("0").rstrip(".") + "%"


def _agreed(row: AllyRow, say: Words) -> Cell:
    if row.contract is None:
        return Cell(say("no contract today"), tone="bad")
    return Cell(say("since %(day)s", day=say.date(row.contract.valid_from)))


PARTNERS: Final = Table[AllyRow](
    path="/allies",
    title=mark("Allies"),
    lead=mark("Who belongs to the alliance, and what was agreed with each."),
    roles=ALLIES,
    columns=(
        Column("name", mark("Ally"), lambda row, say: Cell(say.of(row.partner), under=row.partner.partner_id),
               order="name", wide=True),
        Column("kind", mark("Kind"), lambda row, say: say(KIND[row.partner.kind])),
        Column("nodes", mark("Nodes"), lambda row, say: say.number(row.nodes), lambda row: row.nodes, "whole",
               order="nodes", number=True, phone=False),
        Column("commission", mark("Commission"),
               lambda row, say: "–" if row.contract is None else percent(row.contract.commission_ppm), number=True,
               phone=False),
        Column("cycle", mark("Settled"), lambda row, say: "–" if row.contract is None
               else say(CYCLE[row.contract.settlement_cycle]), phone=False),
        Column("contract", mark("Contract"), _agreed),
    ),
    filters=(
        Search("q", mark("Ally"), mark("Name or id")),
        Choice("kind", mark("Kind"), tuple(Option(kind, title) for kind, title in KIND.items())),
    ),
    source=Rows(
        _allies,
        orders={
            "name": lambda row: (row.partner.name_ko, row.partner.partner_id),
            "nodes": lambda row: (row.nodes, row.partner.partner_id),
        },
        filters={
            "q": lambda row, text: any(
                text.casefold() in place.casefold()
                for place in (row.partner.partner_id, row.partner.name_ko, row.partner.name_en)
            ),
            "kind": lambda row, kind: row.partner.kind == kind,
        },
    ),
    order="name",
    row_id=lambda row: row.partner.partner_id,
    link=lambda row: f"/tower/allies/{row.partner.partner_id}",
)  # fmt: skip


@get("/allies/{partner_id:str}", opt={"roles": ALLIES})
async def ally(
    request: Request[Seer, Any, Any],
    partner_id: FromPath[str],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """One ally: its contracts by date, its nodes, and a form for the next contract."""
    async with pool.transaction() as conn:
        return await _shown(request, conn, partner_id, at)


@post("/allies/{partner_id:str}/contract", status_code=200, opt={"roles": TOWER})
async def agree(
    request: Request[Seer, Any, Any],
    partner_id: FromPath[str],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
) -> Response[Any]:
    """Enter a contract, or change the one of the same first date."""
    form = await sent(request)
    try:
        async with pool.transaction() as conn:
            wanted = contract_of(form, partner_id)
            known = await partners.contracts(conn, partner_id)
            before = next((each for each in known if each.valid_from == wanted.valid_from), None)
            await partners.save_contract(conn, wanted)
            await audit.note(
                conn, request.user, at, "contract.changed" if before else "contract.entered",
                f"contract/{partner_id}/{wanted.valid_from.isoformat()}",
                before=None if before is None else asdict(before), after=asdict(wanted), reason=form.text("note"),
            )  # fmt: skip
    except Problem as problem:
        wrong, status = told(request, problem)
        async with pool.transaction() as conn:
            return await _shown(request, conn, partner_id, at, form.fields, wrong, status)
    return Redirect(f"/tower/allies/{partner_id}?done=1", status_code=303)


def contract_of(form: Sent, partner_id: str) -> Contract:
    """The contract that a form speaks of.

    raises  FieldUnfit
    """
    return Contract(
        partner_id=partner_id,
        valid_from=form.day("valid_from"),
        valid_to=form.day_or_none("valid_to"),
        currency=_currency(form),
        commission_ppm=_ppm(form, "commission"),
        gateway_fee_ppm=_ppm(form, "gateway_fee"),
        unit_fee_minor=form.whole("unit_fee_minor"),
        parcel_fee_minor=form.whole("parcel_fee_minor"),
        vat_ppm=_ppm(form, "vat"),
        settlement_cycle=form.one_of("settlement_cycle", CYCLE),
        settlement_days=form.whole("settlement_days"),
        return_mind_bearer=form.one_of("return_mind_bearer", BEARER),
        return_defect_bearer=form.one_of("return_defect_bearer", BEARER),
    )


def _currency(form: Sent) -> str:
    text = form.text("currency").upper()
    if not (len(text) == 3 and text.isascii() and text.isalpha()):
        raise unfit("currency", text)
    return text


def _ppm(form: Sent, name: str) -> int:
    """Per cents with at most four digits behind the point, in parts per million; no float ever holds them."""
    text = form.text(name).removesuffix("%").strip()
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 3 and (part + "0").isdigit() and len(part) <= 4):
        raise unfit(name, text)
    return int(whole) * PERCENT_PPM + int(part.ljust(4, "0"))


async def _shown(
    request: Request[Seer, Any, Any], conn: Conn, partner_id: str, at: datetime,
    entered: Mapping[str, str] | None = None, wrong: str = "", status: int = 200,
) -> Response[Any]:  # fmt: skip
    check_whole(request.user)
    seen = request.user.seen_by in (None, partner_id)
    found = await partners.partners(conn, [partner_id]) if seen else []
    if not found:
        raise PartnerUnknown(f"There is no partner {partner_id}.", partner_id=partner_id)
    say, today = words(request), local_date(at)
    contracts = (await partners.contracts(conn, partner_id))[::-1]
    holds = next((each for each in contracts if each.holds_on(today)), contracts[0] if contracts else None)
    network = await network_of(conn)
    return page(
        request, "tower/ally.html", status,
        partner=found[0], kind=say(KIND[found[0].kind]), contracts=contracts, today=today, holds=holds,
        nodes=[each for each in network.nodes.values() if each.operator_id == partner_id],
        percent=percent, cycles=CYCLE, bearers=BEARER, given=_given(holds, today) | dict(entered or {}),
        cycle_options=[(each, say(title)) for each, title in CYCLE.items()],
        bearer_options=[(each, say(title)) for each, title in BEARER.items()],
        wrong=wrong, done="done" in request.query_params and not wrong, may_change=request.user.role in TOWER,
    )  # fmt: skip


def _given(holds: Contract | None, today: date) -> dict[str, str]:
    """What the form begins with: the terms that hold, from today on."""
    if holds is None:
        return {"valid_from": today.isoformat(), "currency": "KRW", "vat": "10", "settlement_days": "1"}
    return {
        "valid_from": holds.valid_from.isoformat(),
        "valid_to": holds.valid_to.isoformat() if holds.valid_to else "",
        "currency": holds.currency,
        "commission": percent(holds.commission_ppm).rstrip("%"),
        "gateway_fee": percent(holds.gateway_fee_ppm).rstrip("%"),
        "unit_fee_minor": str(holds.unit_fee_minor),
        "parcel_fee_minor": str(holds.parcel_fee_minor),
        "vat": percent(holds.vat_ppm).rstrip("%"),
        "settlement_cycle": holds.settlement_cycle,
        "settlement_days": str(holds.settlement_days),
        "return_mind_bearer": holds.return_mind_bearer,
        "return_defect_bearer": holds.return_defect_bearer,
    }


PAGES: Final = (ally, agree)
