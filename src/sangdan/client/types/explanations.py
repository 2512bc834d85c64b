"""What `client.explanations` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime

import msgspec


class WishedFor(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Units of a SKU, from any seller or from a certain one."""

    sku: str
    units: int
    seller_id: str | None = None


class ServiceRule(msgspec.Struct, frozen=True, kw_only=True):
    """How one service is promised and what the shopper pays for it."""

    service: str
    target_ppm: int
    within_s: int
    flat_minor: int | None = None
    free_from_minor: int | None = None
    soonest_s: int = 0


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


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what a way costs."""

    code: str
    payer: str
    payee: str | None
    amount_minor: int
    parcel_no: int | None = None
    line_no: int | None = None


class PromiseStep(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a parcel's time, which no other step counts."""

    code: str
    until_at: datetime
    lasts_s: int
    args: dict[str, str | int]


class DateExplained(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel's date, from the question to the shopper's hands: the steps' lengths add up to it."""

    parcel_no: int
    node_id: str
    lane_id: str | None
    steps: tuple[PromiseStep, ...]
    promised_at: datetime
    probability_ppm: int


class WayExplained(msgspec.Struct, frozen=True, kw_only=True):
    """A way with what each of its parts is for."""

    way: Way
    items: tuple[Item, ...]
    dates: tuple[DateExplained, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How the way with another node differs from the chosen one: its figures minus those."""

    goods_minor: int
    fee_minor: int
    surcharge_minor: int
    total_minor: int
    carrier_minor: int | None
    parcel_fees_minor: int | None
    unit_fees_minor: int | None
    cost_minor: int | None
    scarcity_minor: int | None
    later_s: int
    parcels: int
    co2e_g: int


class PromiseVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a node."""

    node_id: str
    distance_m: int
    ruling: str
    lane_id: str | None = None
    instead_of: str | None = None
    lost_by: str | None = None
    difference: Difference | None = None
    rulings: tuple[Reason, ...] = ()


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """Nodes of a service that were not looked at closely, counted by cause."""

    service: str
    cause: str
    nodes: int
    named: tuple[str, ...] = ()


class ServiceExplained(msgspec.Struct, frozen=True, kw_only=True):
    """One service."""

    rule: ServiceRule
    ways: tuple[WayExplained, ...]
    reasons: tuple[Reason, ...]
    verdicts: tuple[PromiseVerdict, ...]
    left_out: tuple[LeftOut, ...]


class ServiceExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """One service, with all of it in sentences."""

    explained: ServiceExplained
    why: tuple[str, ...]


class ExplanationView(msgspec.Struct, frozen=True, kw_only=True):
    """Every service explained."""

    at: datetime
    postcode: str
    currency: str
    services: tuple[ServiceExplanation, ...]
