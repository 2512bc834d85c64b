"""A basket is asked about: everything a promise depends on is looked up, resolved and handed to the pure promise."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sangdan.kit.db import Conn
from sangdan.offer.network.model import Network
from sangdan.offer.network.model import Node as Place
from sangdan.offer.partners import queries as partners
from sangdan.offer.promise.errors import NoWay
from sangdan.offer.promise.model import Inputs, LeftOut, Policy, Quote, Seconds, Unpicked, quote
from sangdan.offer.promise.model.arrival import HOUR_S
from sangdan.offer.promise.model.basket import Basket, Wish, merged
from sangdan.offer.promise.model.inputs import PICKUP
from sangdan.offer.promise.model.policy import policy_for
from sangdan.offer.promise.ports import AS_CONFIGURED, Transit
from sangdan.ship.warehouse import commands as warehouse

from .assemble import Assembly, Fees
from .exchange import Exchange
from .goods import Goods, read
from .pick import Pick, Picker
from .reach import LONGEST_WAIT_S, Asked, Reach
from .timetables import seconds
from .trips import promised_trip

__all__ = ["Basket", "Transit", "Wish", "ask", "gather", "promised_trip"]


async def ask(
    conn: Conn,
    network: Network,
    basket: Basket,
    at: datetime,
    *,
    policy: Policy | None = None,
    transit: Transit = AS_CONFIGURED,
) -> tuple[Inputs, Quote]:
    """The ways to receive a basket, with the inputs that they were computed from.

    policy, transit  as for `gather`
    raises           what `gather` raises, and NoWay with the counted reasons of every service when there is none
    """
    inputs = await gather(conn, network, basket, at, policy=policy, transit=transit)
    answer = quote(inputs)
    if not answer.ways:
        raise NoWay(
            f"Nothing can bring this basket to {basket.postcode} now; the reasons are counted for each service.",
            postcode=basket.postcode,
            services={
                each.service: [{"code": reason.code, **reason.args} for reason in each.reasons]
                for each in answer.not_offered
            },
        )
    return inputs, answer


async def gather(
    conn: Conn,
    network: Network,
    basket: Basket,
    at: datetime,
    *,
    policy: Policy | None = None,
    transit: Transit = AS_CONFIGURED,
    without: Collection[str] = frozenset(),
) -> Inputs:
    """Everything that a promise for the basket depends on, as it stands at an instant.

    network  the picture of the network, fresh
    at       aware
    policy   the alliance's rules, None for the usual ones of the basket's currency
    transit  knows how long parcels take
    without  nodes that are not asked
    raises   BasketSize, BadQuantity, MixedSellers, PostcodeMalformed, PostcodeUnknown, SkuUnknown, NotForSale, NoRate
    """
    wishes = merged(basket)
    rules = policy if policy is not None else policy_for(basket.currency)
    asked = Asked(at, network.zone_of(basket.postcode), rules, basket.estimated_at)
    exchange = Exchange(conn, basket.currency, at)
    goods = await read(conn, wishes, exchange, at)
    reach = Reach(network, asked, goods, exchange, transit, without)
    await exchange.prepare(reach.currencies())
    picker = Picker(reach, goods, network.nodes)
    picks = [picker.pick(rule, rules.max_parcels) for rule in rules.services]
    places = [network.nodes[node_id] for node_id in sorted({node_id for each in picks for node_id in each.nodes})]
    fees = await _fees(conn, exchange, places, asked)
    booked = await _full_hours(conn, places, at)
    queues = await _queues(conn, places, at)
    return _assembled(basket, asked, goods, reach, picks, places, fees, booked, queues)


async def _fees(conn: Conn, exchange: Exchange, places: Sequence[Place], asked: Asked) -> dict[str, Fees]:
    """What each operator is paid, in the basket's currency; nobody without a contract or without a rate."""
    operators = sorted({place.operator_id for place in places})
    contracts = await partners.contracts_on(conn, operators, asked.local_at.date()) if operators else []
    await exchange.prepare(contract.currency for contract in contracts)
    fees: dict[str, Fees] = {}
    for contract in contracts:
        unit = exchange.converted(contract.unit_fee_minor, contract.currency)
        parcel = exchange.converted(contract.parcel_fee_minor, contract.currency)
        if unit is not None and parcel is not None:
            fees[contract.partner_id] = (unit.amount_minor, parcel.amount_minor)
    return fees


async def _full_hours(conn: Conn, places: Sequence[Place], at: datetime) -> dict[str, set[Seconds]]:
    """By node: the hours that take no further parcel."""
    if not places:
        return {}
    hour_at = at - timedelta(seconds=at.timestamp() % HOUR_S)
    most = {place.node_id: place.parcels_per_hour for place in places}
    until = at + timedelta(seconds=LONGEST_WAIT_S)
    full: defaultdict[str, set[Seconds]] = defaultdict(set)
    for slot in await warehouse.used_slots(conn, sorted(most), hour_at, until):
        if slot.parcels >= most[slot.node_id]:
            full[slot.node_id].add(seconds(slot.hour_at))
    return full


async def _queues(conn: Conn, places: Sequence[Place], at: datetime) -> dict[str, list[Unpicked]]:
    """By store: what its few pickers have to pick first. A centre works in waves, planned by its hours."""
    stores = [place.node_id for place in places if place.pickup]
    queues: defaultdict[str, list[Unpicked]] = defaultdict(list)
    if stores:
        for each in await warehouse.unpicked(conn, stores, at + timedelta(seconds=LONGEST_WAIT_S)):
            queues[each.node_id].append(Unpicked(seconds(each.hour_at), each.parcels))
    return queues


def _assembled(
    basket: Basket, asked: Asked, goods: Goods, reach: Reach, picks: Sequence[Pick], places: Sequence[Place],
    fees: Mapping[str, Fees], booked: Mapping[str, Collection[Seconds]], queues: Mapping[str, Sequence[Unpicked]],
) -> Inputs:  # fmt: skip
    """Put together what was looked up; nodes whose operator has no terms are left out, and counted."""
    known = {place.node_id for place in places if place.operator_id in fees}
    left_out = [left for each in picks for left in each.left_out]
    for each in picks:
        strangers = len(set(each.nodes) - known)
        if strangers:
            left_out.append(LeftOut(each.service, "no_terms", strangers))
    assembly = Assembly(reach)
    stores = {node_id for each in picks if each.service == PICKUP for node_id in each.nodes}
    nodes = tuple(
        assembly.node(
            place,
            fees[place.operator_id],
            booked.get(place.node_id, ()),
            queues.get(place.node_id, ()),
            pickup=place.node_id in stores,
        )
        for place in places
        if place.node_id in known
    )
    rules = {rule.service: rule for rule in asked.policy.services}
    routes = assembly.routes([(rules[each.service], [n for n in each.nodes if n in known]) for each in picks])
    return Inputs(
        at=seconds(asked.at),
        year=asked.local_at.year,
        currency=basket.currency,
        postcode=basket.postcode,
        zone_id=asked.place.zone_id,
        area=asked.place.area,
        birth_year=basket.birth_year,
        lines=goods.lines,
        offers=goods.offers,
        cells=tuple(cell for node in nodes for cell in goods.cells[node.node_id]),
        nodes=nodes,
        routes=routes,
        hours=assembly.hours.all(),
        departures=assembly.departures.all(),
        deadlines=assembly.deadlines.all(),
        left_out=tuple(left_out),
        policy=asked.policy,
    )
