"""The goods of a question: its lines, what the sellers ask for them, and where they lie."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import msgspec

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.promise.errors import NoRate, NotForSale
from sangdan.offer.promise.model import Cell, Inbound, Line, Offer
from sangdan.offer.promise.model.basket import Wish
from sangdan.offer.stock import commands as stock

from .exchange import Exchange
from .timetables import seconds


class Goods(msgspec.Struct, frozen=True):
    """What is asked for.

    offers  in the basket's currency
    cells   by node: units that somebody sells and that can still be promised
    """

    lines: tuple[Line, ...]
    offers: tuple[Offer, ...]
    cells: dict[str, list[Cell]]


async def read(conn: Conn, wishes: Sequence[Wish], exchange: Exchange, at: datetime) -> Goods:
    """Look the goods up.

    wishes  from `basket.merged`
    raises  SkuUnknown, NotForSale, NoRate
    """
    codes = list(dict.fromkeys(wish.sku for wish in wishes))
    skus = await catalogue.skus(conn, codes)
    lines = tuple(
        Line(
            line_no=number,
            sku=wish.sku,
            units=wish.units,
            seller_id=wish.seller_id,
            weight_g=skus[wish.sku].weight_g,
            temperature=skus[wish.sku].temperature,
            vat_class=skus[wish.sku].vat_class,
            age_limit=skus[wish.sku].age_limit,
            pickup_only=skus[wish.sku].pickup_only,
        )
        for number, wish in enumerate(wishes, start=1)
    )
    offers = await _offers(conn, lines, exchange, at)
    return Goods(lines, offers, await _cells(conn, codes, offers, at))


async def _offers(conn: Conn, lines: Sequence[Line], exchange: Exchange, at: datetime) -> tuple[Offer, ...]:
    valid = await catalogue.offers_for(conn, list(dict.fromkeys(line.sku for line in lines)), at)
    await exchange.prepare(offer.currency for offer in valid)
    offers: list[Offer] = []
    for each in valid:
        price = exchange.converted(each.price_minor, each.currency)
        if price is not None:
            rate_id = None if price.rate_id is None else str(price.rate_id)
            offers.append(Offer(each.sku, each.seller_id, price.amount_minor, rate_id))
    for line in lines:
        if any(o.sku == line.sku and line.seller_id in (None, o.seller_id) for o in offers):
            continue
        foreign = {o.currency for o in valid if o.sku == line.sku and line.seller_id in (None, o.seller_id)}
        if foreign:
            names = ", ".join(sorted(foreign))
            raise NoRate(
                f"SKU {line.sku} is offered in {names} only, and there is no rate into {exchange.currency} now.",
                sku=line.sku, currencies=sorted(foreign), currency=exchange.currency,
            )  # fmt: skip
        if line.seller_id is None:
            raise NotForSale(f"Nobody offers SKU {line.sku} now.", sku=line.sku, seller_id=None)
        raise NotForSale(
            f"{line.seller_id} does not offer SKU {line.sku} now; ask without naming a seller.",
            sku=line.sku, seller_id=line.seller_id,
        )  # fmt: skip
    return tuple(offers)


async def _cells(conn: Conn, codes: Sequence[str], offers: Sequence[Offer], at: datetime) -> dict[str, list[Cell]]:
    sold = {(offer.sku, offer.seller_id) for offer in offers}
    units = {
        (cell.node_id, cell.sku, cell.owner_id): cell.units
        for cell in await stock.available(conn, codes)
        if (cell.sku, cell.owner_id) in sold
    }
    due: defaultdict[tuple[str, str, str], list[Inbound]] = defaultdict(list)
    for each in await stock.supply(conn, codes, at):
        if (each.sku, each.owner_id) in sold:
            due[each.node_id, each.sku, each.owner_id].append(
                Inbound(each.inbound_id, seconds(each.due_at), each.units)
            )
    cells: defaultdict[str, list[Cell]] = defaultdict(list)
    for key in sorted({*units, *due}):
        cells[key[0]].append(Cell(*key, units.get(key, 0), tuple(due[key]) if key in due else ()))
    return dict(cells)
