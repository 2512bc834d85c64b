"""Everything a promise is computed from: facts as they stood at one instant, with nothing left to look up.

Instants here are whole seconds since 1970 (UTC): every calendar is resolved before, so the same inputs give the same
quote to the byte on any machine. Timetables that many nodes share are kept once and named by their position.
"""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import msgspec

Seconds: TypeAlias = int
Service: TypeAlias = Literal["pickup", "quick", "dawn", "next_day", "standard"]

PICKUP: Final = "pickup"
# The VAT class whose goods carry VAT; the others carry none.
TAXED: Final = "standard"
# What is handed over at a locker is handed to nobody: no goods with an age limit.
UNATTENDED: Final = "locker"


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A wish of the basket.

    units      sellable units, >= 1
    seller_id  the one seller the shopper wants, None for any
    weight_g   of one unit, gross, >= 1
    age_limit  the age the shopper turns this year at least, 0 for none
    kit_sku    the kit that it is part of, with the kit's number in the basket; two lines may then name one SKU
    kit_units  how many of the line's units are in one kit, 0 for no kit
    """

    line_no: int
    sku: str
    units: int
    seller_id: str | None = None
    weight_g: int
    temperature: str = "ambient"
    vat_class: str = TAXED
    age_limit: int = 0
    pickup_only: bool = False
    kit_sku: str | None = None
    kit_no: int | None = None
    kit_units: int = 0


class Offer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A seller's price of one unit, VAT included, in the basket's currency; rate_id when it was converted.

    line_no  the one line that the price is for: a kit's part, at its share of the kit's price; None for every line
    """

    sku: str
    seller_id: str
    unit_price_minor: int
    rate_id: str | None = None
    line_no: int | None = None


class Inbound(msgspec.Struct, frozen=True):
    """Units that reach a shelf at `due_at` and are not promised yet, >= 1."""

    inbound_id: str
    due_at: Seconds
    units: int


class Cell(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one owner can still promise of a SKU on a node: units now, and dated supply, earliest first.

    scarcity_minor  what a unit is worth more here than where the SKU is worth least: it weighs in the choice of the
                    source, and nobody pays it
    """

    node_id: str
    sku: str
    owner_id: str
    units: int
    inbounds: tuple[Inbound, ...] = ()
    scarcity_minor: int = 0


class Hours(msgspec.Struct, frozen=True):
    """Open stretches over the horizon, ascending and apart: opens[i] <= t < closes[i]."""

    opens: tuple[Seconds, ...]
    closes: tuple[Seconds, ...]


class Departures(msgspec.Struct, frozen=True):
    """Runs of a lane: a parcel packed by cut_offs[i] leaves at departs[i]; both strictly ascending."""

    cut_offs: tuple[Seconds, ...]
    departs: tuple[Seconds, ...]


class Unpicked(msgspec.Struct, frozen=True, omit_defaults=True):
    """Parcels that a node promised in an hour (UTC, on the hour) and nobody has picked yet, >= 1.

    pack_by  until when they must be packed to come as promised, None where it is not known
    """

    hour_at: Seconds
    parcels: int
    pack_by: Seconds | None = None


class Node(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A place that holds stock.

    hours             position in Inputs.hours
    handling_s        open time from start to packed, >= 0
    parcels_per_hour  0 takes no parcels at all
    full_hours        UTC hours without a free parcel, ascending
    unpicked          what a store has to pick before anything new, by hour, ascending
    distance_m        to the shopper's zone
    unit_fee_minor    what the operator is paid for a unit, and for a parcel
    shut              why it does not open today (law, holiday, ad_hoc), None when it does or has no hours anyway
    """

    node_id: str
    kind: str
    operator_id: str
    temperatures: tuple[str, ...]
    hours: int
    handling_s: int
    parcels_per_hour: int
    full_hours: tuple[Seconds, ...] = ()
    unpicked: tuple[Unpicked, ...] = ()
    pickup: bool = False
    distance_m: int = 0
    unit_fee_minor: int = 0
    parcel_fee_minor: int = 0
    shut: str | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A way from a node to the shopper's door.

    departures       position in Inputs.departures
    deadlines        position in Inputs.deadlines; None promises an instant (quick)
    transit_s        seconds from departure to the door at the probabilities of GRID_PPM, non-decreasing
    extra_s          what the shopper's area adds to every transit
    base_minor       tariff of a parcel, with per_kg_minor for its weight and the area's surcharge
    """

    node_id: str
    service: Service
    lane_id: str
    carrier_id: str
    departures: int
    deadlines: int | None
    transit_s: tuple[int, ...]
    extra_s: int = 0
    temperatures: tuple[str, ...]
    base_minor: int
    per_kg_minor: int = 0
    surcharge_minor: int = 0
    max_weight_g: int
    distance_m: int
    co2e_mg_per_kg_km: int = 0


class ServiceRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one service is promised and what the shopper pays for it.

    target_ppm       the probability of arriving in time that a promise needs, 1..1000000
    within_s         the latest promise that still deserves the service's name, from the instant of asking
    soonest_s        no promised instant is sooner, from the instant of asking: what is said stays the same while the
                     floor has time in hand, and so it has that time
    flat_minor       the order's delivery fee; None charges the carriers' tariff of each parcel
    free_from_minor  goods from which the fee falls away (an area's surcharge never does), None for never
    """

    service: Service
    target_ppm: int
    within_s: int
    flat_minor: int | None = None
    free_from_minor: int | None = None
    soonest_s: int = 0


class Policy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The alliance's rules for promising.

    version      changes whenever a rule does, so a stored promise says what it was made by
    ttl_s        how long a way stands at most; less when it would miss a cut-off meanwhile
    margin_s     what the shopper is given to decide: every promise is computed as if it were taken so much later
    max_parcels  an order's parcels at most, 1..3
    pickup_ways  how many stores are offered for picking up, >= 0
    near_m       a store so far away at most is near; others are offered only where none that is near has the basket,
                 and of them those about as near as the nearest; 0 makes no difference by distance
    vat_ppm      VAT on goods of the standard class and on delivery
    timezone     IANA name of the shoppers' clock
    """

    version: str
    ttl_s: int
    margin_s: int
    max_parcels: int
    pickup_ways: int
    vat_ppm: int
    timezone: str
    services: tuple[ServiceRule, ...]
    near_m: int = 0

    def __post_init__(self) -> None:
        assert 1 <= self.max_parcels <= 3, "sourcing is exact for up to three parcels"
        assert 0 <= self.margin_s <= self.ttl_s
        assert self.near_m >= 0

    def ring(self, distance_m: int) -> int:
        """How far away a store is, roughly: 0 while it is near, and one more each time the distance doubles.

        distance_m  to the shopper's zone, >= 0
        """
        return (max(distance_m - 1, 0) // self.near_m).bit_length() if self.near_m else 0


class LeftOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nodes of a service that were not looked at closely, counted by cause.

    named  which, where somebody wants to know
    """

    service: Service
    cause: str
    nodes: int
    named: tuple[str, ...] = ()


class Inputs(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One question: this basket, to this postcode, at this instant.

    year        the calendar year at the shopper's place: the law counts age by it
    birth_year  the shopper's, None when unknown
    shop_id     the ally whose shares of the shelves the cells are cut to, None for nobody's
    deadlines   for each entry, the instants by which a parcel may be promised, ascending
    transit_no  the snapshot of what was learned that the routes' transit times come from; None: the lanes' own
    """

    at: Seconds
    year: int
    currency: str
    postcode: str
    zone_id: str
    area: str
    birth_year: int | None = None
    shop_id: str | None = None
    lines: tuple[Line, ...]
    offers: tuple[Offer, ...]
    cells: tuple[Cell, ...]
    nodes: tuple[Node, ...]
    routes: tuple[Route, ...] = ()
    hours: tuple[Hours, ...] = ()
    departures: tuple[Departures, ...] = ()
    deadlines: tuple[tuple[Seconds, ...], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    transit_no: int | None = None
    policy: Policy

    @property
    def start(self) -> Seconds:
        """The instant from which nodes may work on the order."""
        return self.at + self.policy.margin_s


def encode(inputs: Inputs) -> bytes:
    """The inputs' canonical bytes."""
    return msgspec.json.encode(inputs)


def decode(data: bytes) -> Inputs:
    """The inputs behind their canonical bytes.

    raises  msgspec.ValidationError when they are not ours
    """
    return _decoder.decode(data)


_decoder: Final = msgspec.json.Decoder(Inputs)


def offers_of(line: Line, offers: Sequence[Offer]) -> dict[str, Offer]:
    """The offers that may fill a line, by seller: those that are for this line alone, where there are any."""
    fit = [offer for offer in offers if offer.sku == line.sku and line.seller_id in (None, offer.seller_id)]
    own = {offer.seller_id: offer for offer in fit if offer.line_no == line.line_no}
    return own or {offer.seller_id: offer for offer in fit if offer.line_no is None}
