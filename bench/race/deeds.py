"""What a racer does: each deed under a key, so that it may be done again; each with an answer that can be checked."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

import msgspec

from .wishes import CORNER, Wish

Cell: TypeAlias = tuple[str, str]

AT: Final = datetime(2026, 11, 21, 9, tzinfo=UTC)
NODES: Final[Sequence[str]] = ("anseong", "busan", "cheonan", "daegu", "echo")
SKUS: Final = tuple(f"sku-{number:02}" for number in range(40))
CELLS: Final[Sequence[Cell]] = [(node_id, sku) for node_id in NODES for sku in SKUS]
FIRST_UNITS: Final = 60
SAFETY: Final = 2
PER_HOUR: Final[dict[str, int]] = dict.fromkeys(NODES, 150)
# Dated supply; every other one comes to a shelf that nobody has put anything on before.
INBOUNDS: Final[dict[str, Cell]] = {
    f"asn-{number:03}": (NODES[number % len(NODES)], SKUS[number % len(SKUS)] if number % 2 else f"new-{number:03}")
    for number in range(400)
}
# What the shops of one ally may take of some hot shelves: soon too little of the one, plenty of the other.
SHARES: Final[dict[tuple[Cell, str], int]] = {
    ((NODES[0], SKUS[0]), CORNER): 200,
    ((NODES[0], SKUS[1]), CORNER): 1_000_000,
    ((NODES[1], SKUS[0]), CORNER): 30,
}
INBOUND_UNITS: Final = 50
PREORDER_MAX: Final = 30


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be done once, however often it is tried."""

    key: str


class Place(Deed, frozen=True, kw_only=True, tag="place"):
    """Take a promise."""

    wish: Wish


class Cancel(Deed, frozen=True, kw_only=True, tag="cancel"):
    """Cancel an order, or units of its lines."""

    order_id: UUID
    lines: dict[int, int] | None


class Send(Deed, frozen=True, kw_only=True, tag="send"):
    """Pay, release, pick, pack and hand over all of an order."""

    order_id: UUID


class Receive(Deed, frozen=True, kw_only=True, tag="receive"):
    """Put units on a shelf."""

    movement_id: UUID
    cell: Cell
    units: int


class Count(Deed, frozen=True, kw_only=True, tag="count"):
    """Set a shelf to what was counted."""

    cell: Cell
    on_hand: int


class Arrive(Deed, frozen=True, kw_only=True, tag="arrive"):
    """Dated supply reaches its shelf."""

    inbound_id: str
    movement_id: UUID


class Hold(Deed, frozen=True, kw_only=True, tag="hold"):
    """Hold units for a basket."""

    reservation_id: UUID
    cell: Cell
    units: int


class End(Deed, frozen=True, kw_only=True, tag="end"):
    """End a basket's hold."""

    reservation_id: UUID
    node_id: str
    expires: bool


AnyDeed: TypeAlias = Place | Cancel | Send | Receive | Count | Arrive | Hold | End


class Told(msgspec.Struct, frozen=True):
    """What came of a deed.

    what   'done', or what stood in its way
    parts  (reservation, units) that left their holds
    again  it had been done before, and this is the answer of then
    """

    what: str
    parts: tuple[tuple[UUID, int], ...] = ()
    again: bool = False

    @property
    def done(self) -> bool:
        """Whether it had its effect, now or before."""
        return self.what == "done"


def hour(number: int) -> datetime:
    """The hour of that number."""
    return AT + timedelta(hours=number)
