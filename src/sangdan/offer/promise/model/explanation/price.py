"""What a way costs, part by part, and how two ways compare: counted from the way and the facts alone."""

from collections import defaultdict

import msgspec

from ..answer import Parcel, Way
from ..gates import MILLI
from ..inputs import Inputs, Node, Route, Seconds, ServiceRule
from .answer import Difference, Item


class Weight(msgspec.Struct, frozen=True, order=True):
    """What a way is chosen by, the first difference decides.

    dated     whether it waits for supply that is not there yet
    divided   wishes that come from more than one seller or place
    shopper   what the shopper pays, and what the alliance pays or would rather not give, in thousandths: unrounded
    nodes     ids, sorted, so that no two ways are alike
    """

    dated: bool
    divided: int
    shopper: int
    alliance: int
    promised_at: Seconds
    parcels: int
    nodes: tuple[str, ...]


# What decides between two weights, by the position of their first difference.
DECIDES = ("dated", "divided", "price", "cost", "date", "parcels", "order")


def weight_of(inputs: Inputs, rule: ServiceRule, way: Way) -> Weight:
    """What the choice saw in a way.

    way  one that the inputs give
    """
    contents = [content for parcel in way.parcels for content in parcel.contents]
    wishes = {line.line_no: line.wish_no for line in way.lines}
    places: defaultdict[int, set[tuple[int, str]]] = defaultdict(set)
    for parcel in way.parcels:
        for content in parcel.contents:
            places[wishes[content.line_no]].add((content.line_no, parcel.node_id))
    nodes, routes = _nodes(inputs), [route_of(inputs, parcel) for parcel in way.parcels]
    pays = rule.free_from_minor is None or way.price.goods_minor < rule.free_from_minor
    carried = [_carriage(route, parcel) for route, parcel in zip(routes, way.parcels, strict=True)]
    surcharges = sum(0 if route is None else route.surcharge_minor for route in routes) * MILLI
    fee = 0 if not pays else sum(carried) if rule.flat_minor is None else rule.flat_minor * MILLI
    fees = sum(_fees_minor(nodes[parcel.node_id], parcel) for parcel in way.parcels) * MILLI
    return Weight(
        dated=any(content.inbound_id is not None for content in contents),
        divided=sum(1 for each in places.values() if len(each) > 1),
        shopper=way.price.goods_minor * MILLI + fee + surcharges,
        alliance=sum(carried) + surcharges + fees + scarcity_minor(inputs, way) * MILLI,
        promised_at=int(way.promised_at.timestamp()),
        parcels=len(way.parcels),
        nodes=tuple(sorted(parcel.node_id for parcel in way.parcels)),
    )


def items_of(inputs: Inputs, way: Way) -> tuple[Item, ...]:
    """What each part of a way's price and cost is for; parts that are nothing are left out."""
    nodes = _nodes(inputs)
    found = [
        Item("goods", "shopper", line.seller_id, line.goods_minor, line_no=line.line_no)
        for line in sorted(way.lines, key=lambda line: line.line_no)
    ]
    for parcel in way.parcels:
        route, node, number = route_of(inputs, parcel), nodes[parcel.node_id], parcel.parcel_no
        surcharge, base = (0, 0) if route is None else (route.surcharge_minor, route.base_minor)
        units = sum(content.units for content in parcel.contents)
        found += [
            Item("fee", "shopper", None, parcel.fee_minor - surcharge, number),
            Item("surcharge", "shopper", None, surcharge, number),
            Item("carriage", "alliance", parcel.carrier_id, base, number),
            Item("carriage_by_weight", "alliance", parcel.carrier_id, parcel.carrier_minor - base - surcharge, number),
            Item("carriage_surcharge", "alliance", parcel.carrier_id, surcharge, number),
            Item("parcel_fee", "alliance", node.operator_id, node.parcel_fee_minor, number),
            Item("unit_fees", "alliance", node.operator_id, node.unit_fee_minor * units, number),
            Item("scarcity", "nobody", None, _scarcity_minor(inputs, way, parcel), number),
        ]
    return tuple(item for item in found if item.amount_minor or item.code == "goods")


def difference(inputs: Inputs, other: Way, chosen: Way, later_s: int) -> Difference:
    """The other way's figures minus the chosen one's.

    later_s  the difference of their dates
    """
    mine, its = _sums(inputs, other), _sums(inputs, chosen)
    return Difference(
        goods_minor=other.price.goods_minor - chosen.price.goods_minor,
        fee_minor=other.price.fee_minor - chosen.price.fee_minor,
        surcharge_minor=other.price.surcharge_minor - chosen.price.surcharge_minor,
        total_minor=other.price.total_minor - chosen.price.total_minor,
        carrier_minor=mine["carrier"] - its["carrier"],
        parcel_fees_minor=mine["parcel_fees"] - its["parcel_fees"],
        unit_fees_minor=mine["unit_fees"] - its["unit_fees"],
        cost_minor=other.cost_minor - chosen.cost_minor,
        scarcity_minor=scarcity_minor(inputs, other) - scarcity_minor(inputs, chosen),
        later_s=later_s,
        parcels=len(other.parcels) - len(chosen.parcels),
        co2e_g=other.co2e_g - chosen.co2e_g,
    )


def scarcity_minor(inputs: Inputs, way: Way) -> int:
    """What the way's goods are worth more where they lie than where they are worth least; nobody pays it."""
    return sum(_scarcity_minor(inputs, way, parcel) for parcel in way.parcels)


def route_of(inputs: Inputs, parcel: Parcel) -> Route | None:
    """The route by which a parcel comes; None over the counter."""
    lane = parcel.node_id, parcel.service, parcel.lane_id
    return next((each for each in inputs.routes if (each.node_id, each.service, each.lane_id) == lane), None)


def _scarcity_minor(inputs: Inputs, way: Way, parcel: Parcel) -> int:
    lines = {line.line_no: (line.sku, line.seller_id) for line in way.lines}
    dear = {(c.sku, c.owner_id): c.scarcity_minor for c in inputs.cells if c.node_id == parcel.node_id}
    return sum(dear[lines[content.line_no]] * content.units for content in parcel.contents)


def _sums(inputs: Inputs, way: Way) -> dict[str, int]:
    nodes = _nodes(inputs)
    return {
        "carrier": sum(parcel.carrier_minor for parcel in way.parcels),
        "parcel_fees": sum(nodes[parcel.node_id].parcel_fee_minor for parcel in way.parcels),
        "unit_fees": sum(
            nodes[parcel.node_id].unit_fee_minor * content.units
            for parcel in way.parcels
            for content in parcel.contents
        ),
    }


def _carriage(route: Route | None, parcel: Parcel) -> int:
    """The carrier's charge but for the surcharge, in thousandths."""
    return 0 if route is None else route.base_minor * MILLI + route.per_kg_minor * parcel.weight_g


def _fees_minor(node: Node, parcel: Parcel) -> int:
    return node.parcel_fee_minor + node.unit_fee_minor * sum(content.units for content in parcel.contents)


def _nodes(inputs: Inputs) -> dict[str, Node]:
    return {node.node_id: node for node in inputs.nodes}
