"""What stock is, in a few lines of plain Python: the truth that the database is held against, step by step."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from bench.race.wishes import Part, Wish

Cell = tuple[str, str]  # node and SKU; every unit has one owner here
Hour = tuple[str, datetime]


class Shelf(msgspec.Struct):
    """Units that lie there, that are held, and that nobody may hold."""

    on_hand: int = 0
    reserved: int = 0
    safety: int = 0

    @property
    def free(self) -> int:
        """What can still be held."""
        return self.on_hand - self.reserved - self.safety


class Due(msgspec.Struct):
    """Supply that will come; `most` is the part of it that may be promised before."""

    sku: str
    units: int
    most: int | None = None
    reserved: int = 0
    received: bool = False

    @property
    def free(self) -> int:
        """What can still be promised."""
        return 0 if self.received else min(self.units, self.units if self.most is None else self.most) - self.reserved


class Share(msgspec.Struct):
    """What the shops of one ally may take of a cell, and what they hold of it."""

    most: int
    taken: int = 0


class Hold(msgspec.Struct):
    """Units held: for a basket until `expires_at`, or for an order.

    shop_id  of whose share they are
    """

    node_id: str
    sku: str
    units: int
    inbound_id: str | None = None
    order_id: UUID | None = None
    line_no: int = 1
    expires_at: datetime | None = None
    shop_id: str | None = None


class Model:
    """Shelves, awaited supply, holds, hours of the floors, and the orders that stand.

    per_hour  parcels that each node makes in an hour
    """

    def __init__(self, per_hour: Mapping[str, int]) -> None:
        self.per_hour = per_hour
        self.shelves: dict[Cell, Shelf] = {}
        self.due: dict[str, Due] = {}
        self.due_at_node: dict[str, str] = {}
        self.holds: dict[UUID, Hold] = {}
        self.hours: Counter[Hour] = Counter()
        self.orders: dict[UUID, Wish] = {}
        self.shares: dict[tuple[Cell, str], Share] = {}

    def shelf(self, cell: Cell) -> Shelf:
        """A cell, empty when nobody ever put anything there."""
        return self.shelves.setdefault(cell, Shelf())

    def baskets(self) -> list[UUID]:
        """Holds that expire."""
        return [each for each, hold in self.holds.items() if hold.order_id is None]

    def loose(self) -> list[UUID]:
        """Holds of orders whose lines are not of interest."""
        return [each for each, hold in self.holds.items() if hold.order_id and hold.order_id not in self.orders]

    def hold(self, hold_id: UUID, wanted: Hold, shop_id: str | None = None) -> bool:
        """Hold units if they are there, and within the share of a shop that has one."""
        source = self._source(wanted.node_id, wanted.sku, wanted.inbound_id)
        share = None if wanted.inbound_id else self._share(wanted.node_id, wanted.sku, shop_id)
        if source is None or source.free < wanted.units:
            return False
        if share is not None:
            if share.most - share.taken < wanted.units:
                return False
            share.taken += wanted.units
            wanted.shop_id = shop_id
        source.reserved += wanted.units
        self.holds[hold_id] = wanted
        return True

    def give_back(self, hold_id: UUID, units: int) -> None:
        """Units of a hold are free again."""
        self._lessen(hold_id, units)

    def take_away(self, hold_id: UUID, units: int, *, lost: bool = False) -> None:
        """Units of a hold leave the shelf, and with what is shipped goes that part of the share."""
        hold = self._lessen(hold_id, units)
        self.shelf((hold.node_id, hold.sku)).on_hand -= units
        share = self._share(hold.node_id, hold.sku, hold.shop_id)
        if share is not None and not lost:
            share.most = max(share.most - units, 0)

    def short(self, wish: Wish) -> set[str]:
        """What keeps an order from being placed: of shelf, share, inbound and capacity; nothing when it can be."""
        wanted: Counter[tuple[str, str, str | None]] = Counter()
        for part in wish.parts:
            wanted[part.node_id, part.sku, part.inbound_id] += part.units
        kinds: set[str] = set()
        for (node_id, sku, inbound_id), units in wanted.items():
            source = self._source(node_id, sku, inbound_id)
            if source is None or source.free < units:
                kinds.add("shelf" if inbound_id is None else "inbound")
            share = None if inbound_id else self._share(node_id, sku, wish.shop_id)
            if share is not None and share.most - share.taken < units:
                kinds.add("share")
        if any(self.hours[node_id, wish.hour_at] >= self.per_hour[node_id] for node_id in wish.nodes):
            kinds.add("capacity")
        return kinds

    def place(self, wish: Wish) -> None:
        """Take everything that an order wants, which is there."""
        for part in wish.parts:
            wanted = Hold(part.node_id, part.sku, part.units, part.inbound_id, wish.order_id, part.line_no)
            assert self.hold(wish.reservation_id(part), wanted, wish.shop_id)
        for node_id in wish.nodes:
            self.hours[node_id, wish.hour_at] += 1
        self.orders[wish.order_id] = wish

    def held_by(self, wish: Wish) -> list[tuple[Part, UUID, Hold]]:
        """What an order still holds."""
        parts = [(part, wish.reservation_id(part)) for part in wish.parts]
        return [(part, each, self.holds[each]) for part, each in parts if each in self.holds]

    def empty(self, wish: Wish, node_ids: Iterable[str]) -> None:
        """Nodes need not make their parcel of an order."""
        for node_id in node_ids:
            self.hours[node_id, wish.hour_at] -= 1

    def arrive(self, inbound_id: str) -> None:
        """Supply reaches its shelf, and what was promised of it is held there."""
        due, node_id = self.due[inbound_id], self.due_at_node[inbound_id]
        shelf = self.shelf((node_id, due.sku))
        shelf.on_hand += due.units
        shelf.reserved += due.reserved
        due.received = True
        for hold in self.holds.values():
            if (hold.node_id, hold.inbound_id) == (node_id, inbound_id):
                hold.inbound_id = None

    def _source(self, node_id: str, sku: str, inbound_id: str | None) -> Shelf | Due | None:
        if inbound_id is None:
            return self.shelf((node_id, sku))
        due = self.due.get(inbound_id)
        return due if due is not None and self.due_at_node[inbound_id] == node_id and due.sku == sku else None

    def _share(self, node_id: str, sku: str, shop_id: str | None) -> Share | None:
        return None if shop_id is None else self.shares.get(((node_id, sku), shop_id))

    def _lessen(self, hold_id: UUID, units: int) -> Hold:
        hold = self.holds[hold_id]
        source = self._source(hold.node_id, hold.sku, hold.inbound_id)
        assert source is not None
        assert 1 <= units <= hold.units
        share = self._share(hold.node_id, hold.sku, hold.shop_id)
        if share is not None:
            share.taken -= units
        source.reserved -= units
        hold.units -= units
        if hold.units == 0:
            del self.holds[hold_id]
        return hold
