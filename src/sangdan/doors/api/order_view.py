"""An order as each ally may see it: a shop all of its own, the others their part, without names and sums."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from sangdan.flows.place_order import Taken
from sangdan.kit.access import Seer
from sangdan.kit.db import Conn
from sangdan.kit.history import Told
from sangdan.kit.ids import derive
from sangdan.order.orders import commands as orders
from sangdan.order.orders.errors import NoSuchOrder
from sangdan.order.orders.model import Line, Order, Parcel, Whole
from sangdan.talk.notices import commands as notices


class Sums(msgspec.Struct, frozen=True):
    """What the shopper pays, in the currency's minor unit; still due: total - cancelled."""

    goods_minor: int
    delivery_minor: int
    total_minor: int
    cancelled_minor: int


class OrderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list. order_ref, shopper_id and sums are null for allies that only have a part in it.

    order_ref  the shop's own number, where it gave one
    """

    order_id: UUID
    order_ref: str | None
    shop_id: str
    shopper_id: str | None
    state: str
    reason: str | None
    currency: str
    sums: Sums | None
    postcode: str
    service: str
    promised_at: datetime
    probability_ppm: int
    placed_at: datetime


class LineView(msgspec.Struct, frozen=True):
    """A line of an order; what is left of it is units - cancelled_units.

    kit_sku  the kit that it is part of; lines of one kit_no are cancelled together
    """

    line_no: int
    sku: str
    seller_id: str
    units: int
    cancelled_units: int
    unit_price_minor: int
    vat_class: str
    kit_sku: str | None = None
    kit_no: int | None = None


class ContentView(msgspec.Struct, frozen=True):
    """Units of a line in a parcel; lost_units were cancelled or not found."""

    line_no: int
    units: int
    lost_units: int


class ParcelView(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel as promised. carrier_id is null when the shopper fetches it."""

    parcel_id: UUID
    parcel_no: int
    node_id: str
    operator_id: str
    carrier_id: str | None
    service: str
    state: str
    ready_at: datetime
    departs_at: datetime
    promised_at: datetime
    probability_ppm: int
    weight_g: int
    re_sourced: bool
    contents: list[ContentView]


class PlacedParcel(msgspec.Struct, frozen=True):
    """A parcel of an order that was just placed."""

    parcel_id: UUID
    parcel_no: int
    node_id: str
    carrier_id: str | None
    service: str
    promised_at: datetime
    probability_ppm: int


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """An order that was just placed; it can be cancelled freely until `release_at`."""

    order_id: UUID
    order_ref: str | None
    state: str
    currency: str
    sums: Sums
    service: str
    promised_at: datetime
    probability_ppm: int
    placed_at: datetime
    release_at: datetime
    parcels: list[PlacedParcel]


class OrderView(OrderSummary, frozen=True, kw_only=True):
    """An order with the lines and parcels that the asker has a part in.

    together  for its shop and the tower: the orders that were placed and are paid with it, itself among them
    """

    release_at: datetime
    released_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    confirmed_at: datetime | None
    lines: list[LineView]
    parcels: list[ParcelView]
    together: list[UUID] = []


def owns(order: Order, seer: Seer) -> bool:
    """Whether the order came through the asker's own shop."""
    return seer.seen_by in (None, order.shop_id)


async def own_order(conn: Conn, order_id: UUID, seer: Seer) -> Order:
    """An order of the asker's own shop.

    raises  NoSuchOrder, also for another shop's
    """
    order = await orders.see(conn, order_id, seer.seen_by)
    if not owns(order, seer):
        raise NoSuchOrder(f"There is no order {order_id}.", order_id=str(order_id))
    return order


async def told_shopper(conn: Conn, order_id: UUID) -> list[Told]:
    """What the order's shopper was told, as entries of its timeline; the receiver masked, nobody named."""
    return [
        Told(
            str(notice.notice_id), 1, "notices.sent", notice.sent_at,
            {"template": notice.template, "channel": notice.channel, "receiver": notice.receiver, "text": text.text},
        )
        for notice in await notices.of_order(conn, order_id)
        if notice.sent_at is not None and (text := notice.text()) is not None
    ]  # fmt: skip


def placed(taken: Taken, at: datetime, order_ref: str | None) -> Placed:
    """What was just placed, from the promise that was taken: nothing has to be read again."""
    way = taken.promise.way
    return Placed(
        order_id=taken.order_id, order_ref=order_ref, state="placed", currency=way.currency,
        sums=Sums(way.price.goods_minor, way.price.delivery_minor, way.price.total_minor, 0),
        service=way.service, promised_at=way.promised_at, probability_ppm=way.probability_ppm,
        placed_at=at, release_at=taken.release_at,
        parcels=[
            PlacedParcel(
                derive(taken.order_id, "parcel", parcel.parcel_no), parcel.parcel_no, parcel.node_id,
                parcel.carrier_id, parcel.service, parcel.promised_at, parcel.probability_ppm,
            )
            for parcel in way.parcels
        ],
    )  # fmt: skip


def summary(order: Order, seer: Seer) -> OrderSummary:
    """An order as a line of a list."""
    mine = owns(order, seer)
    return OrderSummary(
        order_id=order.order_id,
        order_ref=order.order_ref if mine else None,
        shop_id=order.shop_id,
        shopper_id=order.shopper_id if mine else None,
        state=order.state,
        reason=order.reason,
        currency=order.currency,
        sums=_sums(order) if mine else None,
        postcode=order.postcode,
        service=order.service,
        promised_at=order.promised_at,
        probability_ppm=order.probability_ppm,
        placed_at=order.placed_at,
    )


def standing(whole: Whole) -> dict[str, object]:
    """What of an order a cancellation changes, for the audit."""
    units = {str(line.line_no): line.units - line.cancelled_units for line in whole.lines}
    return {"state": whole.order.state, "units": units, "due_minor": whole.order.due_minor}


def view(whole: Whole, seer: Seer, together: Sequence[UUID] = ()) -> OrderView:
    """An order in full, or the part of it that the asker sells, handles or carries."""
    order, mine = whole.order, owns(whole.order, seer)
    lines = [line for line in whole.lines if mine or line.seller_id == seer.seen_by]
    sold = {line.line_no for line in lines}
    holding = {each.parcel_no for each in whole.parcel_lines if each.line_no in sold}
    parcels = [
        parcel
        for parcel in whole.parcels
        if mine or parcel.parcel_no in holding or seer.seen_by in (parcel.operator_id, parcel.carrier_id)
    ]
    return OrderView(
        **msgspec.structs.asdict(summary(order, seer)),
        release_at=order.release_at,
        released_at=order.released_at,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        confirmed_at=order.confirmed_at,
        lines=[_line(line) for line in lines],
        parcels=[_parcel(parcel, whole, mine, seer) for parcel in parcels],
        together=list(together) if mine else [],
    )


def _sums(order: Order) -> Sums:
    return Sums(order.goods_minor, order.delivery_minor, order.total_minor, order.cancelled_minor)


def _line(line: Line) -> LineView:
    return LineView(
        line.line_no, line.sku, line.seller_id, line.units, line.cancelled_units, line.unit_price_minor, line.vat_class,
        line.kit_sku, line.kit_no,
    )  # fmt: skip


def _parcel(parcel: Parcel, whole: Whole, mine: bool, seer: Seer) -> ParcelView:
    sold = {line.line_no for line in whole.lines if mine or line.seller_id == seer.seen_by}
    handles = seer.seen_by in (parcel.operator_id, parcel.carrier_id)
    contents = [
        ContentView(each.line_no, each.units, each.lost_units)
        for each in whole.parcel_lines
        if each.parcel_no == parcel.parcel_no and (handles or each.line_no in sold)
    ]
    return ParcelView(
        parcel_id=parcel.parcel_id,
        parcel_no=parcel.parcel_no,
        node_id=parcel.node_id,
        operator_id=parcel.operator_id,
        carrier_id=parcel.carrier_id,
        service=parcel.service,
        state=parcel.state,
        ready_at=parcel.ready_at,
        departs_at=parcel.departs_at,
        promised_at=parcel.promised_at,
        probability_ppm=parcel.probability_ppm,
        weight_g=parcel.weight_g,
        re_sourced=parcel.re_sourced,
        contents=contents,
    )
