"""What reaches a place at all, and when: worked out once a minute for a place, for whatever goods are looked at."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, TypeAlias

import msgspec
import numpy as np

from sangdan.flows.quote_promise import contracted
from sangdan.flows.quote_promise.atlas import TEMPERATURES, Atlas, Lanes
from sangdan.flows.quote_promise.exchange import Exchange
from sangdan.flows.quote_promise.goods import Goods
from sangdan.flows.quote_promise.pick import PICKUP_WITHIN_M
from sangdan.flows.quote_promise.reach import LATE, Asked, Reach
from sangdan.flows.quote_promise.stores import rings
from sangdan.flows.quote_promise.timetables import seconds
from sangdan.kit.db import Conn
from sangdan.offer.network.model import Network, Postcode
from sangdan.offer.partners import commands as partners
from sangdan.offer.partners.model import Partner
from sangdan.offer.promise.model import Seconds, ServiceRule
from sangdan.offer.promise.model.gates import MILLI
from sangdan.offer.promise.model.inputs import PICKUP
from sangdan.offer.promise.model.policy import policy_for
from sangdan.offer.promise.model.prune import Flags, Numbers
from sangdan.offer.promise.model.quote import SHOPPER_M_PER_S
from sangdan.offer.promise.ports import AS_CONFIGURED, Transit

from .card import Looker

MINUTE_S: Final = 60
# Places that are kept: each takes some tens of kilobytes.
KEPT: Final = 512
_NOTHING: Final = Goods((), (), {})


class Delivery(msgspec.Struct, frozen=True, eq=False):
    """One service's gates that are in time, sorted by node.

    lanes       of the service
    gates       which of these they are
    begin       by node: its first gate; one more than there are nodes
    promised    by gate
    shopper     by gate: what the shopper pays whatever the goods cost, minor units
    shopper_kg  by gate: and for a kilogram
    alliance    by gate: what a unit in a parcel costs the alliance, thousandths
    per_kg      by gate: and for a kilogram, minor units
    max_g       by gate
    keeps       temperature by gate
    """

    rule: ServiceRule
    lanes: Lanes
    gates: Numbers
    begin: Numbers
    promised: Numbers
    shopper: Numbers
    shopper_kg: Numbers
    alliance: Numbers
    per_kg: Numbers
    max_g: Numbers
    keeps: Flags


class Pickup(msgspec.Struct, frozen=True, eq=False):
    """The stores where something can be fetched.

    ready       by node: LATE where not, or not in time
    in_hand     by node: when the shopper can hold it
    distance_m  by node
    ring        by node: only of the nearest that has it something is fetched
    """

    rule: ServiceRule
    ready: Numbers
    in_hand: Numbers
    distance_m: Numbers
    ring: Numbers


class Outlook(msgspec.Struct, frozen=True, eq=False):
    """What reaches a place, as of one minute.

    reached   temperature by node: whether anything so kept comes from there
    partners  by id
    learned   what can be reached in the times that were learned; None while the lanes are believed
    """

    atlas: Atlas
    deliveries: tuple[Delivery, ...]
    pickup: Pickup | None
    reached: Flags
    partners: Mapping[str, Partner]
    transit: Transit
    learned: Reach | None = None
    known: dict[tuple[str, int], int] = msgspec.field(default_factory=dict[tuple[str, int], int])

    def promised_at(self, delivery: Delivery, gate: int) -> Seconds:
        """What is promised of a gate that was chosen, in the times that were learned; LATE when not in time.

        source  asking for all gates would cost more than what hangs on it: they are chosen by what they cost
        """
        if self.learned is None:
            return int(delivery.promised[gate])
        key = delivery.rule.service, gate
        if key not in self.known:
            there = delivery.gates[gate : gate + 1]
            self.known[key] = int(self.learned.delivered(delivery.rule, delivery.lanes, there)[0])
        return self.known[key]


_Key: TypeAlias = tuple[int, Postcode | None, str, int, int]
_known: OrderedDict[_Key, Outlook] = OrderedDict()


async def outlook_of(conn: Conn, network: Network, looker: Looker, atlas: Atlas, transit: Transit) -> Outlook:
    """The outlook from a place now; one that is no older than its minute is used again.

    atlas  of the network
    """
    minute = int(looker.at.timestamp()) // MINUTE_S
    key = id(atlas), looker.place, looker.currency, minute, id(transit)
    found = _known.pop(key, None)
    # An outlook keeps its atlas alive, so that no other one takes its identity.
    _known[key] = found = found or await _outlook(conn, network, looker, atlas, transit)
    while len(_known) > KEPT:
        _known.popitem(last=False)
    return found


async def _outlook(conn: Conn, network: Network, looker: Looker, atlas: Atlas, transit: Transit) -> Outlook:
    allies = {each.partner_id: each for each in await partners.partners(conn, None)}
    if looker.place is None:
        everywhere = np.ones((len(TEMPERATURES), len(atlas.ids)), np.bool_)
        return Outlook(atlas, (), None, everywhere, allies, transit)
    asked = Asked(looker.at, looker.place, policy_for(looker.currency), None)
    exchange = Exchange(conn, looker.currency, looker.at)
    reach = Reach(network, asked, _NOTHING, exchange, AS_CONFIGURED, ())
    await exchange.prepare(reach.currencies())
    agreed = await contracted(conn, exchange, atlas.operators, asked.local_at)
    works = reach.works() & np.array([each in agreed for each in atlas.operators], np.bool_)[atlas.operator]
    fees = np.array([sum(agreed.get(each, (0, 0))) for each in atlas.operators], np.int64)[atlas.operator]
    learned = None if transit is AS_CONFIGURED else Reach(network, asked, _NOTHING, exchange, transit, ())
    deliveries: list[Delivery] = []
    pickup: Pickup | None = None
    reached = np.zeros((len(TEMPERATURES), len(atlas.ids)), np.bool_)
    for rule in asked.policy.services:
        if rule.service == PICKUP:
            pickup = _pickup(rule, reach, works, asked)
            reached |= atlas.keeps & (pickup.ready < LATE)
        else:
            lanes = reach.gates(rule)
            gates = _gates(rule, reach, lanes, works, exchange)
            delivery = _delivery(rule, reach, lanes, gates, fees)
            deliveries.append(delivery)
            for temperature, flags in enumerate(delivery.keeps):
                reached[temperature, lanes.node[gates[flags]]] = True
    return Outlook(atlas, tuple(deliveries), pickup, reached, allies, transit, learned)


def _gates(rule: ServiceRule, reach: Reach, lanes: Lanes, works: Flags, exchange: Exchange) -> Numbers:
    """The gates of working nodes that are in time and whose charges are told in the shopper's currency."""
    gates = np.flatnonzero(works[lanes.node])
    if not len(gates):
        return gates
    if lanes.currencies - {exchange.currency}:
        told = np.array([lane.currency == exchange.currency for lane in lanes.lanes], np.bool_)
        gates = gates[told[lanes.lane[gates]]]
    return gates[reach.delivered(rule, lanes, gates) < LATE]


def _delivery(rule: ServiceRule, reach: Reach, lanes: Lanes, gates: Numbers, fees: Numbers) -> Delivery:
    node = lanes.node[gates]
    base, surcharge = lanes.base_minor[gates], lanes.surcharge_minor[gates]
    tariff = rule.flat_minor is None
    return Delivery(
        rule=rule,
        lanes=lanes,
        gates=gates,
        begin=np.searchsorted(node, np.arange(len(reach.atlas.ids) + 1)),
        promised=reach.delivered(rule, lanes, gates) if len(gates) else gates,
        shopper=surcharge + base if tariff else surcharge,
        shopper_kg=lanes.per_kg_minor[gates] if tariff else np.zeros_like(surcharge),
        alliance=(fees[node] + base + surcharge) * MILLI,
        per_kg=lanes.per_kg_minor[gates],
        max_g=lanes.max_weight_g[gates],
        keeps=lanes.keeps[:, gates],
    )


def _pickup(rule: ServiceRule, reach: Reach, works: Flags, asked: Asked) -> Pickup:
    distance_m = reach.distances_m()
    able = works & reach.atlas.pickup & (distance_m <= PICKUP_WITHIN_M)
    ready = np.where(able, reach.collected(rule), LATE)
    in_hand = np.maximum(ready, seconds(asked.at) + distance_m // SHOPPER_M_PER_S)
    return Pickup(rule, ready, in_hand, distance_m, rings(asked.policy, distance_m))
