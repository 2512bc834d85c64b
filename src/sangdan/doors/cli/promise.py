"""`sangdan promise`: ask how a basket could be received, and check what was promised."""

from typing import Annotated, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from cyclopts import App, Parameter

from sangdan.flows import explain_promise, quote_promise
from sangdan.flows.picture import network_of
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.money import spelled
from sangdan.kit.problems import Invalid
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model import Inputs, Language, Quote, Service, Way, spoken
from sangdan.offer.promise.model.explanation import Explanation, Teller

from .output import Json, answer, table
from .refresh import refresh
from .scarcity import scarcity
from .session import in_database

_LEARNED: Final = "Tell what servers answer from: the latest snapshot, how old it is, and from how many parcels."
_LEARN: Final = """Learn transit times now, from this alliance's own parcels; the worker does it every day.

Servers answer from it within half a minute. Services with few completed parcels go on as their lanes say.
"""
_EVALUATE: Final = """Judge the learned dates on the real orders of Olist's public data set.

Every order is asked for at the instant of its purchase, by what was known then; the learner is refitted as time goes
on, from what had arrived. Told are the dates of the last third by time, with the marketplace's own estimate as an input
and without it, beside that estimate; on-time shares as stated, and by state. Needs no database.
"""

app = App(name="promise", help="Ask how a basket could be received; check what was promised.")
app.command(refresh)
app.command(scarcity)
# Not imported before they run, so that the others start at once: what help tells of them stands here.
app.command("sangdan.doors.cli.dates:learned", name="learned", help=_LEARNED)
app.command("sangdan.doors.cli.dates:learn", name="learn", help=_LEARN)
app.command("sangdan.doors.cli.dates:evaluate", name="evaluate", help=_EVALUATE)


class BasketUnreadable(Invalid):
    """A wish that is not SKU or SKU=UNITS."""

    code = "basket-unreadable"


@app.command
def ask(
    *basket: str,
    postcode: str,
    currency: str = "KRW",
    birth_year: int | None = None,
    language: Annotated[Language, Parameter(help="Of the reasons: ko or en.")] = "ko",
    json: Json = False,
) -> None:
    """Tell every way to receive a basket now, and why; nothing is held.

    Parameters
    ----------
    basket
        SKU or SKU=UNITS, one or more.
    postcode
        Five digits; a leading zero counts.
    currency
        In which everything is priced.
    birth_year
        The shopper's: goods with an age limit need it.
    """
    wanted = Basket(
        wishes=tuple(_wish(each) for each in basket), postcode=postcode, currency=currency, birth_year=birth_year
    )

    async def quoted(conn: Conn) -> tuple[Inputs, Quote]:
        return await quote_promise.ask(conn, await network_of(conn), wanted, WallClock().now())

    inputs, quote = in_database(quoted)
    told = (_told(way, language, inputs.policy.timezone) for way in quote.ways)
    answer(quote, "\n\n".join(told), json=json)


@app.command
def explain(
    order_id: UUID | None = None,
    /,
    *,
    line: Annotated[tuple[str, ...], Parameter(help="SKU:UNITS; once for each line of a basket.", negative=())] = (),
    postcode: str | None = None,
    currency: str = "KRW",
    birth_year: int | None = None,
    service: Annotated[Service | None, Parameter(help="Only this service.")] = None,
    language: Annotated[Language, Parameter(help="Of the sentences: ko or en.")] = "ko",
    json: Json = False,
) -> None:
    """Tell what was considered, what ruled each other node out, and what each won and minute is for.

    Of an order, from the facts that its promise was computed from; of a basket, as things stand now.

    Parameters
    ----------
    order_id
        An order's; or give --line and --postcode.
    postcode
        Five digits; a leading zero counts.
    currency
        In which everything is priced.
    birth_year
        The shopper's: goods with an age limit need it.
    """

    async def of(conn: Conn) -> Explanation:
        if order_id is not None:
            return await explain_promise.of_order(conn, order_id)
        if postcode is None or not line:
            raise BasketUnreadable("Name an order, or a basket by --line SKU:UNITS and --postcode.", wish="")
        basket = Basket(
            wishes=tuple(_wish(each, ":") for each in line), postcode=postcode, currency=currency, birth_year=birth_year
        )
        return await explain_promise.of_basket(conn, await network_of(conn), basket, WallClock().now())

    explanation = in_database(of)
    told = [each for each in explanation.services if service in (None, each.rule.service)]
    shown = msgspec.structs.replace(explanation, services=tuple(told))
    answer(shown, _explained(shown, language), json=json)


@app.command
def check(order_id: UUID, /, *, json: Json = False) -> int:
    """Compute the promise behind an order again from its stored inputs.

    Exit code 1 when it does not come out to the same bytes.
    """
    same = in_database(lambda conn: promises.recompute(conn, order_id))
    told = f"{order_id}: the promise comes out {'to the same bytes' if same else 'DIFFERENT'}."
    answer({"order_id": order_id, "same": same}, told, json=json)
    return 0 if same else 1


def _wish(text: str, sign: str = "=") -> Wish:
    sku, given, units = text.partition(sign)
    if not given:
        return Wish(sku, 1)
    if not units.lstrip("-").isdigit():
        raise BasketUnreadable(f"{text!r} is not SKU or SKU{sign}UNITS; write milk{sign}2, for one.", wish=text)
    return Wish(sku, int(units))


def _explained(explanation: Explanation, language: Language) -> str:
    teller = Teller(explanation, language)
    lines: list[str] = []
    for each in explanation.services:
        lines.append(f"{each.rule.service}")
        lines += (f"  {spoken(reason, language, explanation.timezone)}" for reason in each.reasons)
        lines += teller.service(each)
    return "\n".join(lines)


def _told(way: Way, language: Language, timezone: str) -> str:
    where = f" at {way.node_id}" if way.node_id else ""
    by = f"{way.promised_at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"
    price = f"{spelled(way.price.total_minor, way.currency)} {way.currency} all in"
    head = f"{way.service}{where}: by {by} at {way.probability_ppm / 10_000:.1f} %, {price}, {way.co2e_g} g CO2e"
    rows = [
        (parcel.parcel_no, parcel.node_id, part.units, lines.sku, lines.seller_id)
        for parcel in way.parcels
        for part in parcel.contents
        for lines in way.lines
        if lines.line_no == part.line_no
    ]
    why = [f"  {spoken(reason, language, timezone)}" for reason in way.reasons]
    return "\n".join([head, table(("parcel", "node", "units", "sku", "seller"), rows), *why])
