"""What `client.promises` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from uuid import UUID

import msgspec


class WishedFor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Units of a SKU, from any seller or from a certain one."""

    sku: str
    units: int
    seller_id: str | None = None


class WayLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the order to be: one seller's units of one SKU."""

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


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Units of an order line in a parcel, from the shelf or from a dated inbound."""

    line_no: int
    units: int
    inbound_id: str | None


class PromiseParcel(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel as promised."""

    parcel_no: int
    node_id: str
    operator_id: str
    carrier_id: str | None
    lane_id: str | None
    service: str
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


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """A reason as data: `words.spoken` puts it into Korean or English. Instants are ISO 8601 text, named `..._at`."""

    code: str
    args: dict[str, str | int]


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One way to receive the whole basket."""

    service: str
    node_id: str | None
    expires_at: datetime
    promised_at: datetime
    probability_ppm: int
    currency: str
    lines: tuple[WayLine, ...]
    parcels: tuple[PromiseParcel, ...]
    price: Price
    cost_minor: int
    co2e_g: int
    reasons: tuple[Reason, ...]


class WayView(msgspec.Struct, frozen=True, kw_only=True):
    """One way to receive the basket."""

    token: str
    why: tuple[str, ...]
    way: Way


class NotOfferedView(msgspec.Struct, frozen=True, kw_only=True):
    """A service that cannot be promised, and why not."""

    service: str
    why: tuple[str, ...]
    reasons: tuple[Reason, ...]


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """The ways to receive a basket, soonest first; those not offered with their reasons."""

    promise_id: UUID
    at: datetime
    ways: tuple[WayView, ...]
    not_offered: tuple[NotOfferedView, ...]
