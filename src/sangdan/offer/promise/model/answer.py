"""What a promise says: the ways to receive a basket, and what cannot be offered and why."""

from datetime import datetime

import msgspec

from .inputs import Service


class Reason(msgspec.Struct, frozen=True):
    """A reason as data: `words.spoken` puts it into Korean or English. Instants are ISO 8601 text, named `..._at`."""

    code: str
    args: dict[str, str | int]


class WayLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the order to be: one seller's units of one SKU.

    line_no  in the order; equal to wish_no unless the wish was divided over sellers
    wish_no  the basket's line that it fills
    rate_id  the exchange rate behind the price, None without one
    kit_sku  the kit that it is part of, with the kit's number in the basket
    """

    line_no: int
    wish_no: int
    sku: str
    seller_id: str
    units: int
    unit_price_minor: int
    goods_minor: int
    vat_class: str
    vat_minor: int
    rate_id: str | None
    kit_sku: str | None = None
    kit_no: int | None = None


class Content(msgspec.Struct, frozen=True):
    """Units of an order line in a parcel, from the shelf or from a dated inbound."""

    line_no: int
    units: int
    inbound_id: str | None


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel as promised.

    carrier_id         None when the shopper picks it up
    slot_at            the hour whose capacity it takes
    ready_at           packed by
    departs_at         handed over by
    promised_at        in the shopper's hands by, with probability_ppm
    fee_minor          the shopper's share of delivery, surcharge included
    carrier_minor      what the carrier is owed
    fulfilment_minor   what the operator is owed, without VAT
    """

    parcel_no: int
    node_id: str
    operator_id: str
    carrier_id: str | None
    lane_id: str | None
    service: Service
    slot_at: datetime
    ready_at: datetime
    departs_at: datetime
    promised_at: datetime
    probability_ppm: int
    weight_g: int
    fee_minor: int
    carrier_minor: int
    fulfilment_minor: int
    co2e_g: int
    contents: tuple[Content, ...]


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """All that the shopper pays; total = goods + delivery, delivery = fee + surcharge, VAT is inside."""

    goods_minor: int
    fee_minor: int
    surcharge_minor: int
    delivery_minor: int
    vat_minor: int
    total_minor: int


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way to receive the whole basket.

    node_id          the store to pick it up at, None when it is delivered
    expires_at       until when it may be taken as it stands
    promised_at      of the latest parcel
    probability_ppm  that all parcels keep their dates: the product of theirs, as if they were independent
    cost_minor       what fulfilling it costs the alliance: operators' fees and carriers' charges
    reasons          why this date, why these parcels, and what ruled nearer nodes out
    """

    service: Service
    node_id: str | None
    expires_at: datetime
    promised_at: datetime
    probability_ppm: int
    currency: str
    lines: tuple[WayLine, ...]
    parcels: tuple[Parcel, ...]
    price: Price
    cost_minor: int
    co2e_g: int
    reasons: tuple[Reason, ...]


class NotOffered(msgspec.Struct, frozen=True):
    """A service that cannot be promised, with its counted reasons."""

    service: Service
    reasons: tuple[Reason, ...]


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one question. Ways come soonest first, then cheapest."""

    at: datetime
    currency: str
    ways: tuple[Way, ...]
    not_offered: tuple[NotOffered, ...]
