"""What settling an order needs to know of it, and of the allies that took part."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

ALLIANCE: Final = "alliance"
DUE: Final = "due:"


class LineFacts(msgspec.Struct, frozen=True):
    """An order line as it ended.

    units             that the shopper keeps: ordered less cancelled, lost and not found; >= 0
    unit_price_minor  gross, in the order's currency
    """

    line_no: int
    seller_id: str
    units: int
    unit_price_minor: int


class ParcelFacts(msgspec.Struct, frozen=True):
    """A parcel that reached the shopper.

    operator_id    the ally that picked and packed it
    carrier_id     the ally that carried it; None when it was picked up
    carrier_minor  what the carrier is owed for it, in the order's currency
    units          by line number, without what was lost; >= 0
    """

    parcel_no: int
    operator_id: str
    carrier_id: str | None
    carrier_minor: int
    units: Mapping[int, int]


class OrderFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed order. Amounts are in its currency's minor unit.

    shop_id         the ally that collected the money; its book holds the rest in escrow
    delivery_minor  charged for delivery, as far as it was not cancelled
    captured_minor  taken from the shopper
    refunded_minor  of that, given back
    at              the confirmation
    """

    order_id: UUID
    shop_id: str
    currency: str
    delivery_minor: int
    captured_minor: int
    refunded_minor: int
    at: datetime
    lines: tuple[LineFacts, ...]
    parcels: tuple[ParcelFacts, ...]


class Terms(msgspec.Struct, frozen=True):
    """What is agreed with one ally for this order.

    currency          of the two fees
    commission_ppm    the ally pays of the gross price of its goods, parts per million
    unit_fee_minor    the ally is paid for each unit it handles for others, without VAT
    parcel_fee_minor  the ally is paid for each parcel it packs for others, without VAT
    vat_ppm           on commission that it pays and on fees that it is paid, parts per million
    """

    partner_id: str
    currency: str
    commission_ppm: int
    unit_fee_minor: int
    parcel_fee_minor: int
    vat_ppm: int


def due(partner_id: str) -> str:
    """The account that says what is owed to (credit) and by (debit) a partner; in a shop's book, the alliance."""
    return f"{DUE}{partner_id}"
