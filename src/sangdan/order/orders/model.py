"""The nouns of an order, and where it may go next."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from .errors import NoSuchLine, WrongState

# An order's states and the ones that may follow. What is not here cannot happen.
NEXT: Final[Mapping[str, frozenset[str]]] = {
    "placed": frozenset({"authorised", "cancelled"}),
    "authorised": frozenset({"released", "cancelled"}),
    "released": frozenset({"shipped", "cancelled"}),
    "shipped": frozenset({"delivered", "cancelled"}),
    "delivered": frozenset({"confirmed"}),
    "confirmed": frozenset(),
    "cancelled": frozenset(),
}
CANCELLABLE: Final = frozenset({"placed", "authorised"})
# So many ways to receive it one purchase may have.
MOST_PARTS: Final = 8


class Order(msgspec.Struct, frozen=True):
    """An order as it stands; amounts in the currency's minor unit, as promised but for cancelled_minor.

    order_ref  the shop's own number of it, where it gave one
    """

    order_id: UUID
    client_id: str
    shop_id: str
    shopper_id: str
    state: str
    reason: str | None
    currency: str
    goods_minor: int
    delivery_minor: int
    total_minor: int
    cancelled_minor: int
    cost_minor: int
    co2e_g: int
    postcode: str
    service: str
    promised_at: datetime
    probability_ppm: int
    placed_at: datetime
    release_at: datetime
    confirm_days: int
    released_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    confirmed_at: datetime | None
    order_ref: str | None = None

    @property
    def due_minor(self) -> int:
        """What the shopper still has to pay."""
        return self.total_minor - self.cancelled_minor


class Line(msgspec.Struct, frozen=True):
    """A line as ordered, of a kit perhaps; what is left of it is units - cancelled_units."""

    order_id: UUID
    line_no: int
    sku: str
    seller_id: str
    units: int
    cancelled_units: int
    unit_price_minor: int
    vat_class: str
    kit_sku: str | None = None
    kit_no: int | None = None


class Parcel(msgspec.Struct, frozen=True):
    """A parcel as promised."""

    order_id: UUID
    parcel_no: int
    parcel_id: UUID
    node_id: str
    operator_id: str
    carrier_id: str | None
    service: str
    state: str
    slot_at: datetime
    ready_at: datetime
    departs_at: datetime
    promised_at: datetime
    probability_ppm: int
    fee_minor: int
    carrier_minor: int
    weight_g: int
    re_sourced: bool


class ParcelLine(msgspec.Struct, frozen=True):
    """Units of a line in a parcel; `lost_units` were cancelled or not found."""

    order_id: UUID
    parcel_no: int
    line_no: int
    units: int
    inbound_id: str | None
    reservation_id: UUID
    lost_units: int

    @property
    def left(self) -> int:
        """Units that are still to come with the parcel, or came with it."""
        return self.units - self.lost_units


class Term(msgspec.Struct, frozen=True):
    """An order, and the last instant that its row tells; of a cancelled one its history knows better."""

    order_id: UUID
    state: str
    last_at: datetime


class ParcelOrder(msgspec.Struct, frozen=True):
    """Which order a parcel hangs on."""

    parcel_id: UUID
    order_id: UUID


class ParcelOn(msgspec.Struct, frozen=True):
    """A parcel that a node still has to make: when it departs, and its order."""

    departs_at: datetime
    parcel_id: UUID
    order_id: UUID


class ParcelBy(msgspec.Struct, frozen=True):
    """A parcel that a node still has to give a carrier: where it departs, when, and whereto."""

    node_id: str
    departs_at: datetime
    parcel_id: UUID
    order_id: UUID
    service: str
    postcode: str


class Rest(msgspec.Struct, frozen=True, array_like=True):
    """What hangs on an order: lines, parcels and what is in them."""

    lines: tuple[Line, ...]
    parcels: tuple[Parcel, ...]
    parcel_lines: tuple[ParcelLine, ...]


class Whole(msgspec.Struct, frozen=True):
    """An order with all that hangs on it."""

    order: Order
    lines: tuple[Line, ...]
    parcels: tuple[Parcel, ...]
    parcel_lines: tuple[ParcelLine, ...]

    def parcel(self, parcel_no: int) -> Parcel:
        """The parcel of that number, which exists."""
        return next(parcel for parcel in self.parcels if parcel.parcel_no == parcel_no)

    def inside(self, parcel_no: int) -> list[ParcelLine]:
        """What is left in a parcel; empty when nothing is."""
        return [part for part in self.parcel_lines if part.parcel_no == parcel_no and part.left > 0]


def may_become(order: Order, state: str) -> None:
    """Check a step of the order's life.

    raises  WrongState, naming both states
    """
    if state not in NEXT[order.state]:
        raise WrongState(
            f"Order {order.order_id} is {order.state}; from there it cannot become {state}.",
            order_id=str(order.order_id),
            state=order.state,
            wanted=state,
        )


def units_to_cancel(lines: Sequence[Line], wish: Mapping[int, int] | None) -> dict[int, int]:
    """Which units a cancellation takes.

    lines  of the order
    wish   units by line number, >= 1; None for all that is left
    gives  units by line number, none of them zero
    raises NoSuchLine for a line or a number of units that is not there
    """
    left = {line.line_no: line.units - line.cancelled_units for line in lines}
    if wish is None:
        return {line_no: units for line_no, units in left.items() if units > 0}
    for line_no, units in wish.items():
        if not 1 <= units <= left.get(line_no, 0):
            raise NoSuchLine(
                f"Line {line_no} has {left.get(line_no, 0)} units left; {units} cannot be cancelled.",
                line_no=line_no,
                units=units,
                left=left.get(line_no, 0),
            )
    return dict(wish)


class Drift(msgspec.Struct, frozen=True):
    """An order whose rows do not agree: what is written, and what the rows behind it add up to."""

    check: str
    order_id: UUID
    line_no: int
    written: int
    counted: int


class Cut(msgspec.Struct, frozen=True):
    """Units taken off an order, and where they come from.

    units         by line number
    amount_minor  what they cost the shopper; with the last unit goes the delivery fee
    parts         (parcel number, reservation, units) of the parcels they leave
    emptied       numbers of the parcels in which nothing is left
    whole         nothing of the order is left
    """

    units: dict[int, int]
    amount_minor: int
    parts: tuple[tuple[int, UUID, int], ...]
    emptied: tuple[int, ...]
    whole: bool


def cut(whole: Whole, units: Mapping[int, int]) -> Cut:
    """Take units off an order, from its last parcels first, so that a split order may become whole again.

    whole  the order as it stands
    units  by line number, none more than is left
    """
    live = {p.parcel_no for p in whole.parcels if p.state in ("planned", "released")}
    parts: list[tuple[int, UUID, int]] = []
    for line_no, wanted in units.items():
        missing = wanted
        for each in sorted(whole.parcel_lines, key=lambda e: -e.parcel_no):
            taken = min(missing, each.left)
            if each.line_no == line_no and each.parcel_no in live and taken > 0:
                parts.append((each.parcel_no, each.reservation_id, taken))
                missing -= taken
        assert missing == 0, "more units were cut than the parcels hold"
    return cut_parts(whole, units, parts)


def cut_parts(whole: Whole, units: Mapping[int, int], parts: Sequence[tuple[int, UUID, int]]) -> Cut:
    """Take these very parts off an order: what remains, and what it is worth."""
    prices = {line.line_no: line.unit_price_minor for line in whole.lines}
    left = sum(line.units - line.cancelled_units for line in whole.lines) - sum(units.values())
    amount_minor = sum(prices[line_no] * n for line_no, n in units.items())
    if left == 0:
        amount_minor = whole.order.due_minor
    return Cut(dict(units), amount_minor, tuple(parts), emptied(whole, parts), left == 0)


def emptied(whole: Whole, parts: Sequence[tuple[int, UUID, int]]) -> tuple[int, ...]:
    """Numbers of the parcels in which nothing is left once these parts are gone."""
    gone = {(parcel_no, reservation_id): units for parcel_no, reservation_id, units in parts}
    left: dict[int, int] = {}
    for each in whole.parcel_lines:
        units = each.left - gone.get((each.parcel_no, each.reservation_id), 0)
        left[each.parcel_no] = left.get(each.parcel_no, 0) + units
    return tuple(sorted({p[0] for p in parts if left[p[0]] == 0}))


def state_from_parcels(order: Order, parcels: Sequence[Parcel]) -> str:
    """The state that an order has earned by what its parcels did.

    gives  the order's own state when nothing changes
    """
    live = [p.state for p in parcels if p.state not in ("cancelled", "lost")]
    if order.state not in ("released", "shipped"):
        return order.state
    if not live:
        return "cancelled"
    if all(state == "delivered" for state in live):
        return "delivered"
    if all(state in ("shipped", "delivered") for state in live):
        return "shipped"
    return order.state
