"""What serving from each node to each zone costs, in one currency: the ground that scarcity is priced on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
import numpy as np

from sangdan.flows.quote_promise.exchange import Exchange
from sangdan.kit.db import Conn
from sangdan.offer.catalogue.model import Sku
from sangdan.offer.catalogue.queries import reading as catalogue
from sangdan.offer.network.model import Lane, Network
from sangdan.offer.partners import queries as partners
from sangdan.offer.promise.model.policy import WON
from sangdan.offer.promise.model.scarcity import Market
from sangdan.offer.promise.model.transport import Floats
from sangdan.offer.promise.queries import Scarcity

# Lanes are compared by what a parcel of so many kilograms costs.
_USUAL_KG: Final = 2
_G: Final = 1000


class Ground(msgspec.Struct, frozen=True):
    """Nodes and zones by position, and what is known of them.

    tariffs  by temperature: a parcel's cost and a kilogram's, by node and zone
    known    the prices so far, by SKU and node
    """

    currency: str
    nodes: Sequence[str]
    zones: Sequence[str]
    fee: Floats
    tariffs: Mapping[str, tuple[Floats, Floats]]
    skus: Mapping[str, Sku]
    shelves: Mapping[str, Floats]
    known: Mapping[str, Floats]

    def market(self, sku: str) -> Market:
        """The ground as a SKU's parcels find it: only lanes that keep its temperature."""
        parcel, per_kg = self.tariffs[self.skus[sku].temperature]
        weights = {code: each.weight_g / _G for code, each in self.skus.items()}
        return Market(parcel, per_kg, self.fee, weights, self.shelves, self.known)


async def survey(
    conn: Conn,
    network: Network,
    shelves: Mapping[str, Mapping[str, int]],
    zones: Sequence[str],
    before: Sequence[Scarcity],
    at: datetime,
) -> Ground:
    """Look up what serving costs.

    shelves  units by SKU and node
    zones    to which the orders went
    before   the prices so far
    """
    holders = sorted({node_id for there in shelves.values() for node_id in there})
    lanes = _lanes(network, holders, zones)
    currency = Counter(lane.currency for each in lanes.values() for lane in each).most_common(1)
    exchange = Exchange(conn, currency[0][0] if currency else WON, at)
    operators = sorted({network.nodes[node_id].operator_id for node_id in holders})
    contracts = {each.partner_id: each for each in await partners.contracts_on(conn, operators, at.date())}
    await exchange.prepare(
        [
            *(lane.currency for each in lanes.values() for lane in each),
            *(contract.currency for contract in contracts.values()),
            *(price.currency for price in before),
        ]
    )
    terms = {
        operator: (
            _in(exchange, each.unit_fee_minor, each.currency),
            _in(exchange, each.parcel_fee_minor, each.currency),
        )
        for operator, each in contracts.items()
    }
    # A node whose operator has no terms sends nothing.
    nodes = [node_id for node_id in holders if network.nodes[node_id].operator_id in terms]
    fees = [terms[network.nodes[node_id].operator_id] for node_id in nodes]
    pack = np.array([[parcel] for _, parcel in fees]).reshape(len(nodes), 1)
    found = {each.sku: each for each in await catalogue.skus(conn, sorted(shelves))}
    tariffs = {
        temperature: _tariff(network, exchange, lanes, nodes, zones, temperature, pack)
        for temperature in {each.temperature for each in found.values()}
    }
    place = {node_id: number for number, node_id in enumerate(nodes)}
    return Ground(
        currency=exchange.currency,
        nodes=nodes,
        zones=zones,
        fee=np.array([unit for unit, _ in fees], dtype=np.float64),
        tariffs=tariffs,
        skus=found,
        shelves={sku: _placed(place, shelves[sku]) for sku in found},
        known=_known(exchange, place, before),
    )


def _in(exchange: Exchange, amount_minor: int, currency: str) -> float:
    """In the one currency; infinite without a rate, so that nothing goes that way."""
    amount = exchange.converted(amount_minor, currency)
    return np.inf if amount is None else float(amount.amount_minor)


def _lanes(network: Network, nodes: Sequence[str], zones: Sequence[str]) -> dict[tuple[str, str], Sequence[Lane]]:
    starts = sorted({network.nodes[node_id].zone_id for node_id in nodes})
    return {(start, zone): network.between(start, zone) for start in starts for zone in zones}


def _tariff(
    network: Network,
    exchange: Exchange,
    lanes: Mapping[tuple[str, str], Sequence[Lane]],
    nodes: Sequence[str],
    zones: Sequence[str],
    temperature: str,
    pack: Floats,
) -> tuple[Floats, Floats]:
    """A parcel's cost and a kilogram's by the cheapest lane of any service that keeps the temperature."""
    cheapest: dict[tuple[str, str], tuple[float, float]] = {}
    for way, each in lanes.items():
        costs = [
            (_in(exchange, lane.base_minor, lane.currency), _in(exchange, lane.per_kg_minor, lane.currency))
            for lane in each
            if temperature in lane.temperatures
        ]
        cheapest[way] = min(costs, key=lambda cost: cost[0] + _USUAL_KG * cost[1], default=(np.inf, 0.0))
    shape = len(nodes), len(zones)
    costs = [cheapest[network.nodes[node_id].zone_id, zone] for node_id in nodes for zone in zones]
    keeps = np.array([[temperature in network.nodes[node_id].temperatures] for node_id in nodes]).reshape(-1, 1)
    parcel = np.array([base for base, _ in costs], dtype=np.float64).reshape(shape) + pack
    per_kg = np.array([kg for _, kg in costs], dtype=np.float64).reshape(shape)
    return np.where(keeps, parcel, np.inf), per_kg


def _placed(place: Mapping[str, int], there: Mapping[str, int]) -> Floats:
    shelf = np.zeros(len(place))
    for node_id, units in there.items():
        if node_id in place:
            shelf[place[node_id]] = units
    return shelf


def _known(exchange: Exchange, place: Mapping[str, int], before: Sequence[Scarcity]) -> dict[str, Floats]:
    known: dict[str, Floats] = {}
    for each in before:
        amount = _in(exchange, each.price_minor, each.currency)
        if each.node_id in place and np.isfinite(amount):
            known.setdefault(each.sku, np.zeros(len(place)))[place[each.node_id]] = amount
    return known
