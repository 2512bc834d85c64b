"""For each SKU of a list the best gate of every service: what a promise for one unit would take, all at once."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np

from sangdan.flows.quote_promise.reach import LATE
from sangdan.offer.promise.model.prune import Flags, Numbers

from .card import CardWay
from .outlook import Delivery, Outlook, Pickup
from .stocked import Stocked


class Wares(msgspec.Struct, frozen=True, eq=False):
    """What decides which gates a SKU may take, by SKU.

    cold  the place of its temperature
    """

    weight_g: Numbers
    cold: Numbers
    pickup_only: Flags


def ways(outlook: Outlook, wares: Wares, found: Stocked) -> list[list[CardWay]]:
    """By SKU: the ways to have one unit, soonest first and then cheapest.

    source  quote_promise: the cheapest for the shopper, then for the alliance, then the soonest; what is scarce, and
            what nodes have promised already, is left out
    """
    by_sku: list[list[CardWay]] = [[] for _ in range(len(wares.cold))]
    if outlook.pickup is not None:
        for sku, way in _fetched(outlook, outlook.pickup, wares, found):
            by_sku[sku].append(way)
    for delivery in outlook.deliveries:
        for sku, way in _brought(outlook, delivery, wares, found):
            by_sku[sku].append(way)
    for each in by_sku:
        each.sort(key=lambda way: (way.promised_at, way.total_minor, way.service))
    return by_sku


def _brought(outlook: Outlook, delivery: Delivery, wares: Wares, found: Stocked) -> list[tuple[int, CardWay]]:
    many = delivery.begin[found.node + 1] - delivery.begin[found.node]
    row = np.repeat(np.arange(len(found.node)), many)
    # The gates of each row's node, one after the other.
    gate = np.arange(len(row)) - np.repeat(np.cumsum(many) - many - delivery.begin[found.node], many)
    weight_g = wares.weight_g[found.sku[row]]
    able = delivery.keeps[wares.cold[found.sku[row]], gate] & (weight_g <= delivery.max_g[gate])
    able &= ~wares.pickup_only[found.sku[row]]
    row, gate, weight_g = row[able], gate[able], weight_g[able]
    if not len(row):
        return []
    sku, price = found.sku[row], found.price[row]
    rule = delivery.rule
    fee = delivery.shopper[gate] + -(-delivery.shopper_kg[gate] * weight_g // 1000)
    flat = np.full(len(price), rule.flat_minor or 0)
    if rule.free_from_minor is not None:
        flat[price >= rule.free_from_minor] = 0
    fee += flat
    alliance = delivery.alliance[gate] + delivery.per_kg[gate] * weight_g
    order = np.lexsort((found.node[row], delivery.promised[gate], alliance, price + fee, sku))
    brought: list[tuple[int, CardWay]] = []
    for at in _firsts(sku, order):
        if (promised_at := outlook.promised_at(delivery, int(gate[at]))) < LATE:
            way = _way(rule.service, promised_at, rule.target_ppm, int(fee[at]), int(price[at]), None, None)
            brought.append((int(sku[at]), way))
    return brought


def _fetched(outlook: Outlook, pickup: Pickup, wares: Wares, found: Stocked) -> list[tuple[int, CardWay]]:
    able = (pickup.ready[found.node] < LATE) & outlook.atlas.keeps[wares.cold[found.sku], found.node]
    row = np.flatnonzero(able)
    if not len(row):
        return []
    sku, node, price, rule = found.sku[row], found.node[row], found.price[row], pickup.rule
    order = np.lexsort((node, pickup.distance_m[node], pickup.in_hand[node], price, pickup.ring[node], sku))
    fee = rule.flat_minor or 0
    return [
        (int(sku[at]), _way(rule.service, int(pickup.ready[node[at]]), rule.target_ppm, fee, int(price[at]),
                            outlook.atlas.ids[int(node[at])], int(pickup.distance_m[node[at]])))
        for at in _firsts(sku, order)
    ]  # fmt: skip


def _firsts(sku: Numbers, order: Numbers) -> Sequence[int]:
    """Of an order by SKU, the first of each."""
    sorted_sku = sku[order]
    return order[np.flatnonzero(np.diff(sorted_sku, prepend=-1))].tolist()


def _way(
    service: str, promised_at: int, target_ppm: int, fee: int, price: int, node_id: str | None, distance_m: int | None
) -> CardWay:
    at = datetime.fromtimestamp(promised_at, UTC)
    return CardWay(service, at, target_ppm, fee, price + fee, node_id, distance_m)
