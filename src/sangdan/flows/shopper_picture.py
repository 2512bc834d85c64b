"""An order as its shopper sees it, read for a notice that is due."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.model import Sku
from sangdan.offer.network.model import Network
from sangdan.offer.partners import commands as partners
from sangdan.order.orders import commands as orders
from sangdan.order.orders.model import CANCELLABLE, Order, Parcel, Whole
from sangdan.ship.delivery import commands as delivery
from sangdan.ship.delivery.model import Parcel as OnTheWay
from sangdan.talk.notices.model import LineNow, Names, ParcelNow, Picture

from .picture import network_of

# Whose clock shoppers read; the alliance sells in Korea.
TIMEZONE: Final = "Asia/Seoul"
NO_LONGER: Final = frozenset({"cancelled", "lost"})


class _Words(msgspec.Struct, frozen=True):
    """What things are called."""

    skus: Mapping[str, Sku]
    partners: Mapping[str, Names]
    network: Network

    def partner(self, partner_id: str) -> Names:
        return self.partners.get(partner_id, Names(partner_id, partner_id))

    def place(self, node_id: str) -> Names:
        node = self.network.nodes[node_id]
        return Names(node.name_ko, node.name_en)


async def picture(conn: Conn, order_id: UUID) -> Picture:
    """An order as it stands."""
    whole = await orders.read(conn, await orders.get(conn, order_id))
    allies = {parcel.carrier_id for parcel in whole.parcels if parcel.carrier_id} | {whole.order.shop_id}
    words = _Words(
        skus=await catalogue.skus(conn, sorted({line.sku for line in whole.lines})),
        partners={
            each.partner_id: Names(each.name_ko, each.name_en) for each in await partners.partners(conn, sorted(allies))
        },
        network=await network_of(conn),
    )
    return _picture(whole, await delivery.parcels(conn, order_id), words)


def _picture(whole: Whole, on_the_way: Sequence[OnTheWay], words: _Words) -> Picture:
    order = whole.order
    gone = {parcel.parcel_no: parcel for parcel in on_the_way}
    return Picture(
        order_no=order.order_ref or number_of(order.order_id),
        shop=words.partner(order.shop_id),
        state=order.state,
        reason=order.reason,
        trouble=_trouble(whole, words.network),
        currency=order.currency,
        total_minor=order.total_minor,
        cancelled_minor=order.cancelled_minor,
        cancellable=order.state in CANCELLABLE,
        captured=order.released_at is not None,
        probability_ppm=order.probability_ppm,
        timezone=TIMEZONE,
        lines=_lines(whole, words),
        parcels=tuple(_parcel(whole, parcel, gone.get(parcel.parcel_no), words) for parcel in whole.parcels),
        confirm_on=_confirm_on(order),
    )


def _lines(whole: Whole, words: _Words) -> tuple[LineNow, ...]:
    """Each line with its date: of the parcels it was sold in, and of those that it comes in now."""
    inside: dict[int, list[tuple[Parcel, int]]] = {line.line_no: [] for line in whole.lines}
    for part in whole.parcel_lines:
        inside[part.line_no].append((whole.parcel(part.parcel_no), part.left))
    lines: list[LineNow] = []
    for line in whole.lines:
        sku = words.skus[line.sku]
        parcels = inside[line.line_no]
        coming = [parcel for parcel, left in parcels if left > 0 and parcel.state not in NO_LONGER]
        last = max(coming, key=lambda parcel: parcel.promised_at, default=None)
        lines.append(
            LineNow(
                line_no=line.line_no,
                names=Names(sku.name_ko, sku.name_en),
                units=line.units,
                left=line.units - line.cancelled_units,
                sold_by=max((parcel.promised_at for parcel, _ in parcels if not parcel.re_sourced), default=None),
                by=None if last is None else last.promised_at,
                chance_ppm=0 if last is None else last.probability_ppm,
            )
        )
    return tuple(lines)


def _parcel(whole: Whole, parcel: Parcel, gone: OnTheWay | None, words: _Words) -> ParcelNow:
    return ParcelNow(
        parcel_no=parcel.parcel_no,
        state=parcel.state,
        place=words.place(parcel.node_id),
        carrier=None if parcel.carrier_id is None else words.partner(parcel.carrier_id),
        tracking_no="" if gone is None else gone.sscc,
        promised_at=parcel.promised_at,
        delivered_at=None if gone is None else gone.delivered_at,
        lines=tuple(part.line_no for part in whole.inside(parcel.parcel_no)),
    )


def number_of(order_id: UUID) -> str:
    """What an order is called when its shop gave it no number: the end of its id, as it can be read out."""
    tail = order_id.hex[-8:].upper()
    return f"{tail[:4]}-{tail[4:]}"


def _trouble(whole: Whole, network: Network) -> str | None:
    """What befell a node that was to send part of the order, since it was placed."""
    for parcel in whole.parcels:
        outage = network.outages.get(parcel.node_id)
        if parcel.state != "cancelled" or outage is None:
            continue
        if outage.until_at is None or outage.until_at >= whole.order.placed_at:
            return outage.reason
    return None


def _confirm_on(order: Order) -> str | None:
    if order.delivered_at is None:
        return None
    confirmed_at = order.delivered_at + timedelta(days=order.confirm_days)
    return confirmed_at.astimezone(ZoneInfo(TIMEZONE)).date().isoformat()
