"""The promise explorer: what would be promised for a basket now, or was for an order, and why."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from sangdan.doors.api.desk import Desk, Quoted
from sangdan.doors.api.explanations import Explainers
from sangdan.doors.api.order_view import own_order
from sangdan.doors.texts import render
from sangdan.doors.web import states
from sangdan.doors.web.answers import html, words
from sangdan.doors.web.names import node_name, with_names
from sangdan.doors.web.words import SEOUL, Words
from sangdan.flows import explain_promise
from sangdan.flows.picture import Shelves, network_of
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids
from sangdan.kit.problems import Invalid, Problem
from sangdan.offer.network.model import Network
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.model import Partner
from sangdan.offer.promise.model import Way, spoken
from sangdan.offer.promise.model.explanation import (
    DateExplained,
    Explanation,
    ServiceExplained,
    Teller,
    for_ally,
)
from sangdan.offer.promise.model.policy import policy_for

from .frame import page
from .orders import number
from .places import SHOPS
from .tables import check_role

CURRENCY: Final = "KRW"
LINES_MOST: Final = 100
# Nodes of a service that are told one by one; there may be hundreds.
VERDICTS: Final = 30
LONGEST: Final = 4_000
_LINE: Final = re.compile(r"^(?P<sku>[A-Za-z0-9][A-Za-z0-9._-]{0,63})(?:\s*[x×*,\s]\s*(?P<units>\d{1,4}))?$")

Text = Annotated[str, QueryParameter(max_length=LONGEST)]


class LinesUnreadable(Invalid):
    """A line of the basket is no SKU with a number of units."""

    code = "lines-unreadable"


class Offered(msgspec.Struct, frozen=True):
    """A way as a card shows it."""

    service: str
    promised: str
    chance: str
    total: str
    delivery: str
    cost: str
    co2e: str
    sources: tuple[str, ...]
    why: tuple[str, ...]


class Stretch(msgspec.Struct, frozen=True):
    """A part of a parcel's time, as a bar: from and width in thousandths of the whole."""

    at: int
    width: int
    text: str


class ParcelTime(msgspec.Struct, frozen=True):
    """A parcel's way from the question to the door."""

    title: str
    stretches: tuple[Stretch, ...]


class Told(msgspec.Struct, frozen=True):
    """A service explained."""

    service: str
    offered: bool
    why: tuple[str, ...]
    amounts: tuple[str, ...]
    times: tuple[ParcelTime, ...]
    verdicts: tuple[tuple[str, str, str], ...]
    more: int


@get("/promises")
async def explorer(
    request: Request[Seer, Any, Any],
    pool: NamedDependency[Pool],
    desk: NamedDependency[Desk],
    shelves: NamedDependency[Shelves],
    ids: NamedDependency[Ids],
    at: NamedDependency[datetime],
    order: Text = "",
    basket: Text = "",
    postcode: Text = "",
    born: Text = "",
) -> Response[Any]:
    """The question, and the ways that answer it; their explanation follows."""
    check_role(request, SHOPS)
    say, quoted, wrong, network = words(request), None, None, None
    if basket.strip() or postcode.strip():
        try:
            async with pool.transaction() as conn:
                network = await network_of(conn)
                wanted = read_basket(basket, postcode, born, request.user)
                quoted = await desk.ask(
                    conn, wanted, request.user.client_id, ids.new(at), say.language, at, shelves=shelves
                )
        except Problem as problem:
            wrong = render(problem, say.language)
    return page(
        request,
        "tower/promises.html",
        given={"order": order, "basket": basket, "postcode": postcode, "born": born},
        ways=()
        if quoted is None or network is None
        else [_offered(each.way, each.why, network, say) for each in quoted.ways],
        refused=() if quoted is None else _refused(quoted, say),
        asked=quoted is not None or bool(order.strip()),
        wrong=wrong,
    )


@get("/promises/explanation")
async def explanation(
    request: Request[Seer, Any, Any],
    pool: NamedDependency[Pool],
    desk: NamedDependency[Desk],
    explainers: NamedDependency[Explainers],
    at: NamedDependency[datetime],
    order: Text = "",
    basket: Text = "",
    postcode: Text = "",
    born: Text = "",
) -> Response[Any]:
    """Every node that was considered, each part of the price and of the time: a part of the explorer."""
    check_role(request, SHOPS)
    say = words(request)
    with explainers.one(request.user.client_id):
        async with pool.transaction() as conn:
            network = await network_of(conn)
            found, called = await _explanation(conn, network, request.user, desk, at, order, basket, postcode, born)
            paid = sorted(_paid(found))
            allies = {each.partner_id: each for each in await partners.partners(conn, paid)}
    shown = found if request.user.seen_by is None else for_ally(found)
    return html(
        request,
        "tower/explanation.html",
        told=[_told(each, shown, network, allies, say) for each in shown.services],
        called=called,
        at=say.when(shown.at),
    )


def read_basket(text: str, postcode: str, born: str, seer: Seer) -> Basket:
    """A basket as people write it: a SKU and units a line.

    raises  LinesUnreadable
    """
    wishes: list[Wish] = []
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line_no, line in enumerate(lines, 1):
        read = _LINE.match(line)
        if read is None or line_no > LINES_MOST:
            raise LinesUnreadable(
                f"Line {line_no} of the basket, {line[:40]!r}: write a SKU and how many, such as milk-1l x 2.",
                line_no=line_no, line=line[:40],
            )  # fmt: skip
        wishes.append(Wish(read["sku"], int(read["units"] or 1)))
    year = int(born) if born.strip().isdecimal() and len(born.strip()) == 4 else None
    return Basket(
        wishes=tuple(wishes), postcode=postcode.strip(), currency=CURRENCY, birth_year=year, shop_id=seer.partner_id
    )


async def _explanation(
    conn: Conn, network: Network, seer: Seer, desk: Desk, at: datetime, order: str, basket: str, postcode: str,
    born: str,
) -> tuple[Explanation, str]:  # fmt: skip
    """An order's from the facts of its day, with what it is called; a basket's as of now."""
    if order.strip():
        try:
            order_id = UUID(order.strip())
        except ValueError:
            raise LinesUnreadable(
                "Give the whole id of the order, as its page shows it.", line_no=1, line=order[:40]
            ) from None
        found = await own_order(conn, order_id, seer)
        return await explain_promise.of_order(conn, order_id), number(order_id, found.order_ref)
    wanted, rules = read_basket(basket, postcode, born, seer), policy_for(CURRENCY, desk.ttl_s)
    return await explain_promise.of_basket(conn, network, wanted, at, policy=rules, transit=desk.transit), ""


def _offered(way: Way, why: list[str], network: Network, say: Words) -> Offered:
    return Offered(
        service=say(states.SERVICE[way.service]),
        promised=say.when(way.promised_at),
        chance=say.chance(way.probability_ppm),
        total=say.money(way.price.total_minor, way.currency),
        delivery=say.money(way.price.delivery_minor, way.currency),
        cost=say.money(way.cost_minor, way.currency),
        co2e=f"{say.number(way.co2e_g)} g",
        sources=tuple(node_name(parcel.node_id, network, say) for parcel in way.parcels),
        why=tuple(with_names(sentence, network, {}, say) for sentence in why),
    )


def _refused(quoted: Quoted, say: Words) -> list[tuple[str, list[str]]]:
    return [(say(states.SERVICE[each.service]), each.why) for each in quoted.not_offered]


def _paid(found: Explanation) -> set[str]:
    """The allies that something is paid to."""
    items = [item for service in found.services for way in service.ways[:1] for item in way.items]
    return {item.payee for item in items if item.payee is not None}


def _told(
    each: ServiceExplained, whole: Explanation, network: Network, allies: Mapping[str, Partner], say: Words
) -> Told:
    teller = Teller(whole, say.language)
    reasons = [spoken(reason, say.language, SEOUL.key) for reason in each.reasons]
    ways = each.ways[:1]
    return Told(
        service=say(states.SERVICE[each.rule.service]),
        offered=bool(each.ways),
        why=tuple(with_names(reason, network, {}, say) for reason in reasons),
        amounts=tuple(with_names(teller.item(item), network, allies, say) for way in ways for item in way.items),
        times=tuple(_time(date, whole, teller, network, say) for way in ways for date in way.dates),
        verdicts=tuple(
            (
                node_name(v.node_id, network, say),
                f"{v.distance_m / 1000:.1f} km",
                with_names(teller.verdict(v), network, {}, say),
            )
            for v in each.verdicts[:VERDICTS]
        ),
        more=max(len(each.verdicts) - VERDICTS, 0),
    )


def _time(date: DateExplained, whole: Explanation, teller: Teller, network: Network, say: Words) -> ParcelTime:
    all_s = max(int((date.promised_at - whole.at).total_seconds()), 1)
    stretches: list[Stretch] = []
    passed_s = 0
    for step in date.steps:
        stretches.append(Stretch(passed_s * 1000 // all_s, max(step.lasts_s * 1000 // all_s, 2), teller.step(step)))
        passed_s += step.lasts_s
    title = say(
        "Parcel %(parcel_no)s from %(node)s: by %(promised)s, %(chance)s",
        parcel_no=date.parcel_no, node=node_name(date.node_id, network, say), promised=say.when(date.promised_at),
        chance=say.chance(date.probability_ppm),
    )  # fmt: skip
    return ParcelTime(title, tuple(stretches))
