"""What a way brings of that which a parcel lacks, as the rows of an order."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from sangdan.kit.ids import derive
from sangdan.offer.promise.model import Way
from sangdan.offer.promise.model.answer import Parcel as Planned
from sangdan.order.orders.model import Parcel, ParcelLine, Whole
from sangdan.ship.warehouse.model import Short


class Portion(msgspec.Struct, frozen=True):
    """Units of a short that a new parcel brings, from the shelf or from an inbound."""

    short: Short
    units: int
    inbound_id: str | None


def portions_of(way: Way, shorts: Sequence[Short]) -> dict[int, list[Portion]]:
    """Which shorts the units of each of a way's parcels stand for, by parcel number."""
    goods = {line.line_no: (line.sku, line.seller_id) for line in way.lines}
    open_units = {short.reservation_id: short.units for short in shorts}
    portions: defaultdict[int, list[Portion]] = defaultdict(list)
    for parcel in way.parcels:
        for content in parcel.contents:
            missing = content.units
            for short in shorts:
                units = min(missing, open_units[short.reservation_id])
                if (short.sku, short.owner_id) == goods[content.line_no] and units > 0:
                    portions[parcel.parcel_no].append(Portion(short, units, content.inbound_id))
                    open_units[short.reservation_id] -= units
                    missing -= units
            assert missing == 0, "a way brings more than was asked of it"
    return portions


def content_of(parcel: Parcel, portion: Portion) -> ParcelLine:
    """A portion as it stands in the new parcel, under a reservation of its own."""
    short = portion.short
    reservation_id = derive(
        parcel.order_id, "reservation", parcel.parcel_no, short.line_no, str(short.reservation_id),
        portion.inbound_id or "",
    )  # fmt: skip
    return ParcelLine(
        parcel.order_id, parcel.parcel_no, short.line_no, portion.units, portion.inbound_id, reservation_id, 0
    )


def parcel_of(whole: Whole, planned: Planned, before: Parcel) -> Parcel:
    """The new parcel; the shopper pays nothing for it. One that is in time keeps the date of the one before."""
    parcel_no = 1 + max(parcel.parcel_no for parcel in whole.parcels)
    return Parcel(
        order_id=whole.order.order_id,
        parcel_no=parcel_no,
        parcel_id=derive(whole.order.order_id, "parcel", parcel_no),
        node_id=planned.node_id,
        operator_id=planned.operator_id,
        carrier_id=planned.carrier_id,
        service=planned.service,
        state=before.state,
        slot_at=planned.slot_at,
        ready_at=planned.ready_at,
        departs_at=planned.departs_at,
        promised_at=max(before.promised_at, planned.promised_at),
        probability_ppm=planned.probability_ppm,
        fee_minor=0,
        carrier_minor=planned.carrier_minor,
        weight_g=planned.weight_g,
        re_sourced=True,
    )
