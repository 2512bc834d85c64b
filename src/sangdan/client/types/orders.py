"""What `client.orders` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What the shopper pays, in the currency's minor unit; still due: total - cancelled."""

    goods_minor: int
    delivery_minor: int
    total_minor: int
    cancelled_minor: int


class OrderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list. order_ref, shopper_id and sums are null for allies that only have a part in it."""

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


class Recipient(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who receives an order, and where; sealed whole."""

    name: str
    phone: str
    lines: tuple[str | Any, ...]
    note: str | None = None


class PlacedParcel(msgspec.Struct, frozen=True, kw_only=True):
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
    parcels: tuple[PlacedParcel, ...]


class NewPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of the ways."""

    token: str | None = None
    hold_id: UUID | None = None


class Purchased(msgspec.Struct, frozen=True, kw_only=True):
    """Orders that were just placed together. None goes to a floor before the money of all is held."""

    currency: str
    sums: Sums
    orders: tuple[Placed, ...]


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order; what is left of it is units - cancelled_units."""

    line_no: int
    sku: str
    seller_id: str
    units: int
    cancelled_units: int
    unit_price_minor: int
    vat_class: str
    kit_sku: str | None = None
    kit_no: int | None = None


class ContentView(msgspec.Struct, frozen=True, kw_only=True):
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
    contents: tuple[ContentView, ...]


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order with the lines and parcels that the asker has a part in."""

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
    release_at: datetime
    released_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    confirmed_at: datetime | None
    lines: tuple[LineView, ...]
    parcels: tuple[ParcelView, ...]
    together: tuple[UUID, ...] = ()


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A fact as it was written; `sequence` counts per subject."""

    subject: str
    sequence: int
    type: str
    at: datetime
    data: dict[str, Any]


class CancelledLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Units to take off one line."""

    line_no: int
    units: int
