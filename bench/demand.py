"""Orders without end, as shoppers take them: each a way of a real question, under ids of its own."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Final, Literal
from uuid import UUID

from msgspec.structs import replace

from sangdan.flows.place_order import Buyer, Taken
from sangdan.kit.ids import Ids
from sangdan.offer.promise import commands as promises
from sangdan.offer.promise.model import Cell, Inputs, Way, quote

from .questions import CANDIDATES, question

NODES: Final = [f"node-{number:03}" for number in range(400)]
SKUS: Final = [f"sku-{number:05}" for number in range(2_500)]
PLENTY: Final = 1_000_000_000
BASKETS: Final = 400
BUYER: Final = Buyer(client_id="web", shop_id="hanbit", shopper_id="kim")
NO_ID: Final = UUID(int=0)

Demand = Literal["uniform", "hot"]


def orders(random: Random, at: datetime, demand: Demand, lines: tuple[int, int] = (1, 5)) -> Iterator[Taken]:
    """Orders without end, from some hundred baskets.

    demand  uniform: everybody wants something else; hot: everybody's first line is one SKU on one node
    lines   the fewest and the most
    """
    taken = baskets(random, at, demand, lines)
    ids = Ids()
    while True:
        for basket in taken:
            promise = replace(basket.promise, promise_id=ids.new(at))
            yield replace(basket, order_id=ids.new(at), promise=promise)


def baskets(random: Random, at: datetime, demand: Demand, lines: tuple[int, int]) -> list[Taken]:
    """What shoppers take, without ids yet."""
    found = list[Taken]()
    while len(found) < BASKETS:
        skus = random.sample(SKUS[1:], random.randint(*lines))
        nodes = random.sample(NODES[1:], CANDIDATES)
        if demand == "hot":
            skus, nodes = [SKUS[0], *skus[1:]], [NODES[0], *nodes[1:]]
        facts = question(random, at, nodes, skus)
        if demand == "hot":
            facts = _on_one_node(facts, skus[0])
        # A store's queue takes one order at a time: delivered orders alone, here.
        ways = [way for way in quote(facts).ways if way.node_id is None]
        way = random.choice(ways) if ways else None
        if way is None or any(node.pickup and node.node_id in _sources(way) for node in facts.nodes):
            continue
        opened = promises.unsealed(way, facts, NO_ID)
        found.append(Taken(order_id=NO_ID, buyer=BUYER, promise=opened, release_at=at + timedelta(minutes=5),
                           confirm_days=7))  # fmt: skip
    return found


def _on_one_node(facts: Inputs, sku: str) -> Inputs:
    """The SKU lies on the first node alone."""
    others = (cell for cell in facts.cells if cell.sku != sku and cell.node_id != NODES[0])
    full = (Cell(NODES[0], line.sku, "hanbit", 40) for line in facts.lines)
    return replace(facts, cells=(*full, *others))


def _sources(way: Way) -> set[str]:
    return {parcel.node_id for parcel in way.parcels}
