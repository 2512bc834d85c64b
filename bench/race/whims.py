"""What a racer does next, from a seed."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from sangdan.kit.ids import Ids

from .deeds import (
    AT,
    CELLS,
    INBOUNDS,
    NODES,
    SKUS,
    AnyDeed,
    Arrive,
    Cancel,
    Cell,
    Count,
    End,
    Hold,
    Place,
    Receive,
    Send,
    hour,
)
from .wishes import CORNER, SHOP, Part, Wish

# Orders at once, and how often: a lone one, a few, a full batch.
BATCHES: Final[Mapping[int, int]] = {1: 30, 2: 20, 5: 20, 16: 15, 64: 10, 200: 4, 512: 1}
TWINS: Final = 0.25  # of the batches carry one wish that another racer makes at about the same time
KINDS: Final[Mapping[str, int]] = {
    "place": 40, "cancel": 12, "send": 5, "receive": 22, "count": 3, "arrive": 1, "hold": 9, "end": 8,
}  # fmt: skip
HOT: Final = 5  # SKUs that half of all lines want
TAKEN: Final = 0.05  # of the batches carry a promise that was taken already


class Whims:
    """The choices of one lane.

    seed   of its own choices
    name   what its keys begin with
    pair   the seed of wishes that two racers share
    made   how many of those were made in earlier lives
    hours  among how many hours the orders spread
    """

    def __init__(self, seed: str, name: str, pair: str, made: int, hours: int) -> None:
        self._random = Random(seed)
        self._name = name
        self._pair = pair
        self._made = made
        self._hours = hours
        self._number = 0

    def next(self, orders: Sequence[Place], holds: Sequence[Hold], most: int) -> list[AnyDeed]:
        """Some orders to place together, or one other deed.

        orders, holds  that were made, and may have ended since
        most           steps that are left, >= 1
        """
        [kind] = self._random.choices(list(KINDS), list(KINDS.values()))
        if kind in ("cancel", "send") and orders:
            return [self._about(self._random.choice(orders), kind)]
        if kind == "end" and holds:
            hold = self._random.choice(holds)
            expires = self._random.random() < 0.5
            return [End(key=self._key(), reservation_id=hold.reservation_id, node_id=hold.cell[0], expires=expires)]
        if kind in ("receive", "count", "arrive", "hold"):
            return [self._of_stock(kind)]
        return list(self._batch(orders, most))

    def _batch(self, orders: Sequence[Place], most: int) -> list[Place]:
        [size] = self._random.choices(list(BATCHES), list(BATCHES.values()))
        batch = [_place(self._random, self._key(), self._hours) for _ in range(min(size, max(most, 1)))]
        if self._random.random() < TWINS:
            batch[self._random.randrange(len(batch))] = self._twin()
        elif orders and self._random.random() < TAKEN:
            batch[self._random.randrange(len(batch))] = Place(key=self._key(), wish=self._random.choice(orders).wish)
        return batch

    def _twin(self) -> Place:
        """The next of the wishes that another racer makes too."""
        number, self._made = self._made, self._made + 1
        key = f"twin-{self._pair.replace('/', '-')}-{number}"
        return _place(Random(f"{self._pair}/{number}"), key, self._hours)

    def _about(self, order: Place, kind: str) -> AnyDeed:
        order_id = order.wish.order_id
        if kind == "send":
            return Send(key=self._key(), order_id=order_id)
        part = self._random.choice(order.wish.parts)
        some = {part.line_no: self._random.randint(1, part.units)} if self._random.random() < 0.4 else None
        return Cancel(key=self._key(), order_id=order_id, lines=some)

    def _of_stock(self, kind: str) -> AnyDeed:
        random, key = self._random, self._key()
        new = Ids(random.getrandbits(60)).new(AT)
        if kind == "receive":
            return Receive(key=key, movement_id=new, cell=_cell(random), units=random.randint(1, 200))
        if kind == "count":
            return Count(key=key, cell=_cell(random), on_hand=random.randint(0, 150))
        if kind == "arrive":
            return Arrive(key=key, inbound_id=random.choice(list(INBOUNDS)), movement_id=new)
        return Hold(key=key, reservation_id=new, cell=_cell(random), units=random.randint(1, 3))

    def _key(self) -> str:
        self._number += 1
        return f"{self._name}-{self._number}"


def _place(random: Random, key: str, hours: int) -> Place:
    parts: list[Part] = []
    for line_no in range(1, random.choice((1, 1, 2, 3, 5)) + 1):
        sku = _sku(random)
        nodes = random.sample(NODES[:3] if random.random() < 0.7 else NODES, random.choice((1, 1, 1, 2)))
        parts += [Part(line_no, node_id, sku, random.randint(1, 3)) for node_id in nodes]
    if random.random() < 0.1:
        inbound_id = random.choice(list(INBOUNDS))
        node_id, sku = INBOUNDS[inbound_id]
        parts.append(Part(len(parts) + 1, node_id, sku, random.randint(1, 3), inbound_id))
    order_id = Ids(random.getrandbits(60)).new(AT)
    wish = Wish(order_id, tuple(parts), hour(random.randrange(hours)), random.choice((SHOP, CORNER)))
    return Place(key=key, wish=wish)


def _sku(random: Random) -> str:
    return random.choice(SKUS[:HOT]) if random.random() < 0.5 else random.choice(SKUS)


def _cell(random: Random) -> Cell:
    return (random.choice(NODES), _sku(random)) if random.random() < 0.8 else random.choice(CELLS)
