"""The goods of a question: its lines, what the sellers ask for them, and where they lie."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from sangdan.flows.picture import Seen, Shelves
from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.promise.errors import NoRate, NotForSale
from sangdan.offer.promise.model import Cell, Inbound, Line, Offer
from sangdan.offer.promise.model.basket import Wish
from sangdan.offer.stock import commands as stock

from .exchange import Exchange
from .kits import lines_of, read_kits
from .scarcity import weighed
from .timetables import seconds


class Goods(msgspec.Struct, frozen=True):
    """What is asked for.

    offers  in the basket's currency
    cells   by node: units that somebody sells and that can still be promised
    """

    lines: tuple[Line, ...]
    offers: tuple[Offer, ...]
    cells: dict[str, list[Cell]]


async def read(
    conn: Conn,
    wishes: Sequence[Wish],
    exchange: Exchange,
    at: datetime,
    shop_id: str | None,
    shelves: Shelves | None = None,
) -> Goods:
    """Look the goods up.

    wishes   from `basket.merged`
    shop_id  whose shares of the shelves bound what there is; None: nobody's
    shelves  the picture that is looked at first; None: the database is asked for everything
    raises   SkuUnknown, NotForSale, NoRate, BadQuantity, BasketSize
    """
    kits = await read_kits(conn, wishes)
    codes = kits.stocked(wishes)
    offers = await _offers(conn, wishes, codes, exchange, at)
    sold = {(offer.sku, offer.seller_id) for offer in offers}
    sold |= {(part.sku, o.seller_id) for o in offers if o.sku in kits.parts for part in kits.parts[o.sku]}
    sold |= {(wish.sku, wish.seller_id) for wish in wishes if wish.seller_id is not None}
    cells = await weighed(conn, await _cells(conn, codes, sold, shop_id, at, shelves), codes, exchange, at)
    lines, priced = lines_of(kits, wishes, offers, (cell for there in cells.values() for cell in there))
    return Goods(lines, priced, cells)


async def _offers(
    conn: Conn, wishes: Sequence[Wish], codes: Sequence[str], exchange: Exchange, at: datetime
) -> tuple[Offer, ...]:
    """What is asked for the wishes and for what must lie on shelves for them, as far as it can be converted."""
    valid = await catalogue.offers_for(conn, list(dict.fromkeys([*(wish.sku for wish in wishes), *codes])), at)
    await exchange.prepare(offer.currency for offer in valid)
    offers: list[Offer] = []
    for each in valid:
        price = exchange.converted(each.price_minor, each.currency)
        if price is not None:
            rate_id = None if price.rate_id is None else str(price.rate_id)
            offers.append(Offer(each.sku, each.seller_id, price.amount_minor, rate_id))
    for wish in wishes:
        if wish.unit_price_minor is not None or any(_fits(wish, o.sku, o.seller_id) for o in offers):
            continue
        foreign = {o.currency for o in valid if _fits(wish, o.sku, o.seller_id)}
        if foreign:
            names = ", ".join(sorted(foreign))
            raise NoRate(
                f"SKU {wish.sku} is offered in {names} only, and there is no rate into {exchange.currency} now.",
                sku=wish.sku, currencies=sorted(foreign), currency=exchange.currency,
            )  # fmt: skip
        if wish.seller_id is None:
            raise NotForSale(f"Nobody offers SKU {wish.sku} now.", sku=wish.sku, seller_id=None)
        raise NotForSale(
            f"{wish.seller_id} does not offer SKU {wish.sku} now; ask without naming a seller.",
            sku=wish.sku, seller_id=wish.seller_id,
        )  # fmt: skip
    return tuple(offers)


def _fits(wish: Wish, sku: str, seller_id: str) -> bool:
    return wish.sku == sku and wish.seller_id in (None, seller_id)


async def _cells(
    conn: Conn,
    codes: Sequence[str],
    sold: Collection[tuple[str, str]],
    shop_id: str | None,
    at: datetime,
    shelves: Shelves | None,
) -> dict[str, list[Cell]]:
    seen = (None if shelves is None else shelves.look(codes)) or Seen([], codes, codes)
    asked = await stock.available(conn, seen.unclear) if seen.unclear else []
    units = {
        (cell.node_id, cell.sku, cell.owner_id): cell.units
        for cell in (*seen.cells, *asked)
        if (cell.sku, cell.owner_id) in sold
    }
    due: defaultdict[tuple[str, str, str], list[Inbound]] = defaultdict(list)
    for each in await stock.supply(conn, seen.awaited, at) if seen.awaited else ():
        if (each.sku, each.owner_id) in sold:
            due[each.node_id, each.sku, each.owner_id].append(
                Inbound(each.inbound_id, seconds(each.due_at), each.units)
            )
    if shop_id is not None and seen.unclear:
        for share in await stock.shares(conn, shop_id, seen.unclear):
            key = share.node_id, share.sku, share.owner_id
            if min(units.get(key, 0), share.units) > 0:
                units[key] = min(units[key], share.units)
            else:
                units.pop(key, None)
    cells: defaultdict[str, list[Cell]] = defaultdict(list)
    for key in sorted({*units, *due}):
        cells[key[0]].append(Cell(*key, units.get(key, 0), tuple(due[key]) if key in due else ()))
    return dict(cells)
