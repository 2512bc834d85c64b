"""The prices of some SKUs, from their latest orders and what lies on the shelves."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
import numpy as np

from sangdan.flows.picture import network_of
from sangdan.flows.quote_promise.scarcity import BELIEVED
from sangdan.kit.db import Conn
from sangdan.offer.network.model import Network
from sangdan.offer.promise import queries as promises
from sangdan.offer.promise.model.scarcity import FEWEST, Market, Wanted, can_be_scarce, price, settled
from sangdan.offer.promise.model.transport import Floats
from sangdan.offer.promise.queries import Asked
from sangdan.offer.stock import commands as stock

from .market import Ground, survey

# A SKU's expected demand is told from so many of its latest orders, none older than that.
LATEST: Final = 60
LATELY: Final = timedelta(weeks=4)
# Scarcity lasts until the next dated supply, and so long when none is known.
COVER: Final = timedelta(days=7)
# So many scarce SKUs are solved in one step.
SCARCE_A_STEP: Final = 20
# A younger SKU's rate is told as if its orders had taken so long.
SHORTEST: Final = timedelta(hours=6)


class Prices(msgspec.Struct, frozen=True):
    """What was found.

    skus    looked at, a part of those asked for from the first on, by code; at least one
    prices  (node, SKU, minor units), only what is above nothing
    """

    skus: Sequence[str]
    prices: Sequence[tuple[str, str, int]]
    currency: str


async def priced(conn: Conn, skus: Sequence[str], asked: Mapping[str, Sequence[Asked]], at: datetime) -> Prices:
    """Price SKUs anew.

    skus   by code, at least one
    asked  by SKU: its latest orders, the oldest first
    """
    network = await network_of(conn)
    shelves = await _shelves(conn, network, skus, at)
    expected = await _expected(conn, skus, asked, at)
    tight = [sku for sku in skus if sku in expected and can_be_scarce(shelves.get(sku, {}).values(), expected[sku])]
    looked_at = skus if len(tight) <= SCARCE_A_STEP else skus[: skus.index(tight[SCARCE_A_STEP])]
    tight = tight[:SCARCE_A_STEP]
    others = await _others(conn, [each.order_id for sku in tight for each in asked[sku]])
    company = {code for lines in others.values() for code, _ in lines}.difference(skus)
    shelves |= await _shelves(conn, network, sorted(company), at)
    zones = {e.postcode: z.zone_id for s in tight for e in asked[s] if (z := network.postcodes.get(e.postcode))}
    before = await promises.scarcity(conn, [*skus, *sorted(company)], at - BELIEVED)
    matter = {*tight, *company, *(each.sku for each in before)}
    there = {sku: shelf for sku, shelf in shelves.items() if sku in matter}
    ground = await survey(conn, network, there, sorted(set(zones.values())), before, at)
    questions = [
        (sku, ground.market(sku), expected[sku], _wanted(asked[sku], others, ground, zones))
        for sku in tight
        if sku in ground.skus
    ]
    now = await asyncio.to_thread(_solved, questions)
    settled_prices = {
        sku: settled(ground.known.get(sku), now.get(sku)) for sku in looked_at if sku in now or sku in ground.known
    }
    rows = [
        (ground.nodes[node], sku, int(amount))
        for sku, amounts in settled_prices.items()
        for node, amount in enumerate(np.rint(amounts))
        if amount > 0
    ]
    return Prices(looked_at, rows, ground.currency)


def _solved(questions: Sequence[tuple[str, Market, float, Sequence[Wanted]]]) -> dict[str, Floats]:
    """Runs beside the event loop: nothing here waits."""
    answers = {sku: price(market, sku, expected, wanted) for sku, market, expected, wanted in questions}
    return {sku: answer for sku, answer in answers.items() if answer is not None}


async def _shelves(conn: Conn, network: Network, skus: Sequence[str], at: datetime) -> dict[str, dict[str, int]]:
    """By SKU and node: units that can be promised now, of all owners together, where parcels are packed now."""
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for cell in await stock.available(conn, skus) if skus else []:
        node = network.nodes.get(cell.node_id)
        if node is not None and node.parcels_per_hour > 0 and network.out(cell.node_id, at) is None:
            found[cell.sku][cell.node_id] = found[cell.sku].get(cell.node_id, 0) + cell.units
    return dict(found)


async def _expected(
    conn: Conn, skus: Sequence[str], asked: Mapping[str, Sequence[Asked]], at: datetime
) -> dict[str, float]:
    """By SKU: units that will be wanted before there is supply, at the rate of its latest orders.

    gives  nothing for SKUs with too few orders to tell
    """
    until: dict[str, datetime] = {}
    for inbound in await stock.supply(conn, skus, at):
        until[inbound.sku] = min(inbound.due_at, until.get(inbound.sku, at + COVER))
    expected: dict[str, float] = {}
    for sku in skus:
        orders = asked.get(sku, ())
        if len(orders) >= FEWEST:
            # Between n orders lie n - 1 gaps: the first one only says when the watch was started.
            units = sum(each.units for each in orders) * (len(orders) - 1) / len(orders)
            ahead = min(until.get(sku, at + COVER), at + COVER) - at
            expected[sku] = units * (ahead / max(at - orders[0].at, SHORTEST))
    return expected


async def _others(conn: Conn, order_ids: Sequence[UUID]) -> dict[UUID, list[tuple[str, int]]]:
    """By order: everything in it."""
    lines: defaultdict[UUID, list[tuple[str, int]]] = defaultdict(list)
    for each in await promises.ordered(conn, sorted(set(order_ids))) if order_ids else []:
        lines[each.order_id].append((each.sku, each.units))
    return lines


def _wanted(
    orders: Sequence[Asked],
    others: Mapping[UUID, Sequence[tuple[str, int]]],
    ground: Ground,
    zones: Mapping[str, str],
) -> list[Wanted]:
    """The orders as the model takes them; those to a postcode that no zone has any more are left out."""
    return [
        Wanted(
            ground.zones.index(zones[each.postcode]),
            each.units,
            tuple(line for line in others.get(each.order_id, ()) if line[0] != each.sku),
        )
        for each in orders
        if each.postcode in zones
    ]
