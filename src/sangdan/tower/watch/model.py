"""Orders and parcels as the live picture reads them, and what an order adds to the counters of each who has a part."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

ENDED: Final = frozenset({"delivered", "confirmed", "cancelled"})
COMING: Final = frozenset({"planned", "released", "shipped"})


class Order(msgspec.Struct, frozen=True):
    """An order, with whoever sells in it."""

    order_id: UUID
    shop_id: str
    state: str
    currency: str
    cost_minor: int
    co2e_g: int
    postcode: str
    placed_at: datetime
    sellers: Sequence[str]


class Parcel(msgspec.Struct, frozen=True, gc=False):
    """A parcel as promised, as the carrier reports it, and how its promise ended.

    road_state, handed_over_at  None before it left its floor
    kept, closed_ppm            None while the promise is open; closed_ppm is the probability it carried
    """

    order_id: UUID
    parcel_no: int
    parcel_id: UUID
    node_id: str
    operator_id: str
    carrier_id: str | None
    service: str
    state: str
    ready_at: datetime
    departs_at: datetime
    promised_at: datetime
    probability_ppm: int
    sellers: Sequence[str]
    road_state: str | None
    handed_over_at: datetime | None
    kept: bool | None
    closed_ppm: int | None

    def seen_by(self, shop_id: str) -> frozenset[str]:
        """The allies that may know of it: the shop's own, whoever sells what is in it, handles or carries it."""
        carrier = () if self.carrier_id is None else (self.carrier_id,)
        return frozenset((shop_id, self.operator_id, *self.sellers, *carrier))


class Packed(msgspec.Struct, frozen=True):
    """A parcel that is closed and still on its floor."""

    parcel_id: UUID


class Tally(msgspec.Struct, frozen=True, gc=False):
    """What counts: of one order, or of many. stated_ppm is a sum, over closed promises."""

    orders: int = 0
    open: int = 0
    cancelled: int = 0
    delivered: int = 0
    sourced: int = 0
    split: int = 0
    closed: int = 0
    kept: int = 0
    stated_ppm: int = 0
    cost_minor: int = 0
    co2e_g: int = 0

    def plus(self, other: "Tally", times: int = 1) -> "Tally":
        """Both together; times = -1 takes the other away."""
        pairs = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return Tally(*(mine + times * theirs for mine, theirs in pairs))


class Past(msgspec.Struct, frozen=True):
    """What orders that have ended add to the counters of the tower, '', or of an ally."""

    currency: str
    seer: str
    orders: int
    cancelled: int
    sourced: int
    split: int
    closed: int
    kept: int
    stated_ppm: int
    cost_minor: int
    co2e_g: int

    def tallies(self) -> dict[str | None, Tally]:
        """The same as `tallies` of those orders, added up."""
        return {
            self.seer or None: Tally(
                orders=self.orders,
                cancelled=self.cancelled,
                delivered=self.orders - self.cancelled,
                sourced=self.sourced,
                split=self.split,
                closed=self.closed,
                kept=self.kept,
                stated_ppm=self.stated_ppm,
                cost_minor=self.cost_minor,
                co2e_g=self.co2e_g,
            )
        }


def tallies(order: Order, parcels: Sequence[Parcel]) -> dict[str | None, Tally]:
    """What an order adds to the counters of the tower (None) and of every ally that has a part in it.

    gives  closed promises count for whoever may see the parcel, cost and CO2e for the tower and the order's own shop
    """
    return dict(_tallies(order, parcels))


def _tallies(order: Order, parcels: Sequence[Parcel]) -> Iterator[tuple[str | None, Tally]]:
    live = sum(parcel.state != "cancelled" for parcel in parcels)
    cancelled = order.state == "cancelled"
    closed = [(parcel.seen_by(order.shop_id), parcel) for parcel in parcels if parcel.kept is not None]
    allies = {order.shop_id, *order.sellers}.union(*(parcel.seen_by(order.shop_id) for parcel in parcels))
    for seer in (None, *allies):
        mine = [parcel for seers, parcel in closed if seer is None or seer in seers]
        pays = seer in (None, order.shop_id) and not cancelled
        yield (
            seer,
            Tally(
                orders=1,
                open=order.state not in ENDED,
                cancelled=cancelled,
                delivered=order.state in ("delivered", "confirmed"),
                sourced=live > 0,
                split=live > 1,
                closed=len(mine),
                kept=sum(parcel.kept is True for parcel in mine),
                stated_ppm=sum(parcel.closed_ppm or 0 for parcel in mine),
                cost_minor=order.cost_minor if pays else 0,
                co2e_g=order.co2e_g if pays else 0,
            ),
        )
