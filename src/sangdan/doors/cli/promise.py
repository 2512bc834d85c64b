"""`sangdan promise`: ask how a basket could be received, and check what was promised."""

from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter

from sangdan.flows import quote_promise
from sangdan.flows.picture import network_of
from sangdan.flows.quote_promise import Basket, Wish
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.kit.money import spelled
from sangdan.kit.problems import Invalid
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model import Inputs, Language, Quote, Way, spoken

from .output import Json, answer, table
from .session import in_database

app = App(name="promise", help="Ask how a basket could be received; check what was promised.")


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
def check(order_id: UUID, /, *, json: Json = False) -> int:
    """Compute the promise behind an order again from its stored inputs.

    Exit code 1 when it does not come out to the same bytes.
    """
    same = in_database(lambda conn: promises.recompute(conn, order_id))
    told = f"{order_id}: the promise comes out {'to the same bytes' if same else 'DIFFERENT'}."
    answer({"order_id": order_id, "same": same}, told, json=json)
    return 0 if same else 1


def _wish(text: str) -> Wish:
    sku, given, units = text.partition("=")
    if not given:
        return Wish(sku, 1)
    if not units.lstrip("-").isdigit():
        raise BasketUnreadable(f"{text!r} is not SKU or SKU=UNITS; write milk=2, for one.", wish=text)
    return Wish(sku, int(units))


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
