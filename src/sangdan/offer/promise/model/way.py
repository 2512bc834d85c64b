"""From a plan to a way: order lines, parcels with their dates, and the all-in price."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce

import msgspec

from sangdan.kit.money import allocate, divided, gross_vat

from .answer import Content, Parcel, Price, Reason, Way, WayLine
from .arrival import PPM, Arrival
from .choice import Choice
from .gates import MILLI
from .inputs import PICKUP, TAXED, Inputs, Seconds, ServiceRule, offers_of
from .sourcing import Part

# Grams times metres times milligrams per kilogram and kilometre, to grams.
_MG_G_M: int = 1_000_000_000
# To the minute: how exactly the end of a way's life is looked for.
_STEP_S = 60


class Leg(msgspec.Struct, frozen=True):
    """A part of the plan with its course and its weight."""

    part: Part
    since: Seconds
    course: Arrival
    weight_g: int
    units: int


def utc(at: Seconds) -> datetime:
    """An instant as the rest of the house writes it."""
    return datetime.fromtimestamp(at, UTC)


def legs_of(inputs: Inputs, choice: Choice) -> list[Leg]:
    """The plan's parcels, the soonest first."""
    legs: list[Leg] = []
    for part in choice.plan.parts:
        since = max(taken.piece.since for _, taken in part.takes)
        course = part.outlet.gate.course(since)
        assert course is not None, "a plan holds only parcels that arrive"
        weight_g = sum(inputs.lines[place].weight_g * taken.units for place, taken in part.takes)
        legs.append(Leg(part, since, course, weight_g, sum(taken.units for _, taken in part.takes)))
    return sorted(legs, key=lambda leg: (leg.course.promised_at, leg.part.outlet.gate.node.node_id))


def way_of(inputs: Inputs, rule: ServiceRule, choice: Choice, legs: Sequence[Leg], reasons: Sequence[Reason]) -> Way:
    """The way that a choice stands for; its integers add up by construction."""
    lines = _lines(inputs, choice)
    numbers = {(line.wish_no, line.seller_id): line.line_no for line in lines}
    fees, surcharges = _fees(rule, choice, legs)
    parcels = tuple(
        _parcel(inputs, rule, leg, number, fee_minor + surcharge_minor, numbers)
        for number, (leg, fee_minor, surcharge_minor) in enumerate(zip(legs, fees, surcharges, strict=True), start=1)
    )
    price = _price(inputs, lines, sum(fees), sum(surcharges))
    return Way(
        service=rule.service,
        node_id=legs[0].part.outlet.gate.node.node_id if rule.service == PICKUP else None,
        expires_at=utc(inputs.at + stands_s(inputs, legs)),
        promised_at=parcels[-1].promised_at,
        probability_ppm=reduce(lambda whole, each: whole * each.probability_ppm // PPM, parcels, PPM),
        currency=inputs.currency,
        lines=lines,
        parcels=parcels,
        price=price,
        cost_minor=sum(parcel.carrier_minor + parcel.fulfilment_minor for parcel in parcels),
        co2e_g=sum(parcel.co2e_g for parcel in parcels),
        reasons=tuple(reasons),
    )


def stands_s(inputs: Inputs, legs: Sequence[Leg]) -> int:
    """How long the way may wait to be taken and still come as promised.

    gives  at least the policy's margin, at most its ttl; to the minute where a cut-off or a closing hour ends it
    """

    def holds(wait_s: int) -> bool:
        courses = [(leg, leg.part.outlet.gate.course(max(leg.since, inputs.at + wait_s))) for leg in legs]
        return all(c is not None and c.promised_at <= leg.course.promised_at for leg, c in courses)

    stands, fails = inputs.policy.margin_s, inputs.policy.ttl_s
    if holds(fails):
        return fails
    while fails - stands > _STEP_S:
        middle = (stands + fails) // 2
        stands, fails = (middle, fails) if holds(middle) else (stands, middle)
    return stands


def _lines(inputs: Inputs, choice: Choice) -> tuple[WayLine, ...]:
    """A wish's first seller keeps its number; further sellers of a divided wish get numbers after all others."""
    units: defaultdict[tuple[int, str], int] = defaultdict(int)
    offers = [offers_of(line, inputs.offers) for line in inputs.lines]
    for part in choice.plan.parts:
        for place, taken in part.takes:
            units[place, taken.piece.offer.seller_id] += taken.units
    next_no = max(line.line_no for line in inputs.lines) + 1
    numbered: set[int] = set()
    lines: list[WayLine] = []
    for (place, seller_id), wanted in sorted(units.items()):
        line, offer = inputs.lines[place], offers[place][seller_id]
        line_no = line.line_no
        if line_no in numbered:
            line_no, next_no = next_no, next_no + 1
        numbered.add(line_no)
        goods_minor = offer.unit_price_minor * wanted
        lines.append(
            WayLine(
                line_no=line_no,
                wish_no=line.line_no,
                sku=line.sku,
                seller_id=seller_id,
                units=wanted,
                unit_price_minor=offer.unit_price_minor,
                goods_minor=goods_minor,
                vat_class=line.vat_class,
                vat_minor=gross_vat(goods_minor, inputs.policy.vat_ppm) if line.vat_class == TAXED else 0,
                rate_id=offer.rate_id,
                kit_sku=line.kit_sku,
                kit_no=line.kit_no,
            )
        )
    return tuple(lines)


def _fees(rule: ServiceRule, choice: Choice, legs: Sequence[Leg]) -> tuple[list[int], list[int]]:
    """By parcel: the shopper's delivery fee without surcharge, and the surcharge."""
    routes = [leg.part.outlet.gate.route for leg in legs]
    surcharges = [0 if route is None else route.surcharge_minor for route in routes]
    if not choice.pays:
        return [0] * len(legs), surcharges
    if rule.flat_minor is not None:
        return allocate(rule.flat_minor, [leg.weight_g for leg in legs]), surcharges
    return [carriage_minor(leg) - surcharge for leg, surcharge in zip(legs, surcharges, strict=True)], surcharges


def carriage_minor(leg: Leg) -> int:
    """What the carrier is owed for a parcel: rounded half even, once."""
    route = leg.part.outlet.gate.route
    if route is None:
        return 0
    return route.base_minor + route.surcharge_minor + divided(route.per_kg_minor * leg.weight_g, MILLI)


def _parcel(
    inputs: Inputs, rule: ServiceRule, leg: Leg, number: int, fee_minor: int, numbers: dict[tuple[int, str], int]
) -> Parcel:
    node, route = leg.part.outlet.gate.node, leg.part.outlet.gate.route
    grams_metres = 0 if route is None else leg.weight_g * route.distance_m * route.co2e_mg_per_kg_km
    contents: defaultdict[tuple[int, str], int] = defaultdict(int)
    for place, taken in leg.part.takes:
        line_no = numbers[inputs.lines[place].line_no, taken.piece.offer.seller_id]
        contents[line_no, taken.piece.inbound_id or ""] += taken.units
    return Parcel(
        parcel_no=number,
        node_id=node.node_id,
        operator_id=node.operator_id,
        carrier_id=None if route is None else route.carrier_id,
        lane_id=None if route is None else route.lane_id,
        service=rule.service,
        slot_at=utc(leg.course.ready.slot_at),
        ready_at=utc(leg.course.ready.ready_at),
        departs_at=utc(leg.course.departs_at),
        promised_at=utc(leg.course.promised_at),
        probability_ppm=leg.course.probability_ppm,
        weight_g=leg.weight_g,
        fee_minor=fee_minor,
        carrier_minor=carriage_minor(leg),
        fulfilment_minor=node.parcel_fee_minor + node.unit_fee_minor * leg.units,
        co2e_g=divided(grams_metres, _MG_G_M),
        contents=tuple(
            Content(line_no, units, inbound_id or None) for (line_no, inbound_id), units in sorted(contents.items())
        ),
    )


def _price(inputs: Inputs, lines: Sequence[WayLine], fee_minor: int, surcharge_minor: int) -> Price:
    goods_minor, delivery_minor = sum(line.goods_minor for line in lines), fee_minor + surcharge_minor
    vat_minor = sum(line.vat_minor for line in lines) + gross_vat(delivery_minor, inputs.policy.vat_ppm)
    return Price(
        goods_minor=goods_minor,
        fee_minor=fee_minor,
        surcharge_minor=surcharge_minor,
        delivery_minor=delivery_minor,
        vat_minor=vat_minor,
        total_minor=goods_minor + delivery_minor,
    )
