"""The nouns of the floor: a parcel to pick, pack and hand over, and the hours in which a node can do so."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import msgspec

from .errors import BadCount, BadPrefix, WrongState

State: TypeAlias = Literal["waiting", "picked", "packed", "handed_over", "cancelled"]

# A task's states and the ones that may follow. What is not here cannot happen.
NEXT: Final[Mapping[State, frozenset[State]]] = {
    "waiting": frozenset({"picked", "cancelled"}),
    "picked": frozenset({"packed", "cancelled"}),
    "packed": frozenset({"handed_over", "cancelled"}),
    "handed_over": frozenset(),
    "cancelled": frozenset(),
}


class Task(msgspec.Struct, frozen=True):
    """One parcel on the floor. due_at: when it must be handed over; carrier_id is None when it is picked up."""

    node_id: str
    parcel_id: UUID
    order_id: UUID
    parcel_no: int
    carrier_id: str | None
    service: str
    state: State
    due_at: datetime
    sscc: str | None
    picked_at: datetime | None
    packed_at: datetime | None
    handed_over_at: datetime | None


class TaskLine(msgspec.Struct, frozen=True):
    """Units of one reservation to be found; `found` is None until somebody looked."""

    parcel_id: UUID
    line_no: int
    reservation_id: UUID
    sku: str
    owner_id: str
    units: int
    found: int | None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel that the floor is to make ready."""

    node_id: str
    parcel_id: UUID
    order_id: UUID
    parcel_no: int
    carrier_id: str | None
    service: str
    due_at: datetime
    lines: tuple["WantedLine", ...]


class WantedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Units of one reservation in such a parcel, >= 1."""

    line_no: int
    reservation_id: UUID
    sku: str
    owner_id: str
    units: int


class Work(msgspec.Struct, frozen=True):
    """A task as its worker sees it; left_s is negative when it is late."""

    task: Task
    left_s: int
    lines: tuple[TaskLine, ...]


class Short(msgspec.Struct, frozen=True, kw_only=True):
    """Units that were reserved and are not on the shelf."""

    line_no: int
    reservation_id: UUID
    sku: str
    owner_id: str
    units: int


class Slot(msgspec.Struct, frozen=True):
    """A node's hour: how many parcels are promised in it, and how many it can take."""

    node_id: str
    hour_at: datetime
    parcels: int
    parcels_max: int


class Unpicked(msgspec.Struct, frozen=True):
    """Parcels promised in a node's hour that nobody has picked yet, >= 1.

    pack_by  until when they must be packed to come as promised, None where nobody said
    """

    node_id: str
    hour_at: datetime
    parcels: int
    pack_by: datetime | None = None


class Claim(msgspec.Struct, frozen=True):
    """A parcel's place in a node's hour."""

    node_id: str
    parcel_id: UUID
    hour_at: datetime
    state: Literal["held", "used", "released"]


class Serial(msgspec.Struct, frozen=True):
    """The next serial number under a node's GS1 prefix."""

    gs1_prefix: str
    serial: int


class Drift(msgspec.Struct, frozen=True):
    """An hour whose count is not that of its claims."""

    check: str
    node_id: str
    hour_at: datetime
    parcels: int
    claims: int


def may_become(task: Task, state: State) -> None:
    """Check a step of the parcel's way over the floor.

    raises  WrongState, naming both states
    """
    if state not in NEXT[task.state]:
        raise WrongState(
            f"Parcel {task.parcel_id} on {task.node_id} is {task.state}; from there it cannot become {state}.",
            node_id=task.node_id,
            parcel_id=str(task.parcel_id),
            state=task.state,
            wanted=state,
        )


def shorts(lines: Sequence[TaskLine], found: Mapping[UUID, int]) -> tuple[Short, ...]:
    """What is missing after somebody looked.

    lines   all of a task's
    found   units by reservation, 0..the units asked for, for every line
    raises  BadCount for a line left out, an unknown one, or more than was asked for
    """
    wanted = {line.reservation_id: line.units for line in lines}
    if found.keys() != wanted.keys():
        odd = sorted(map(str, found.keys() ^ wanted.keys()))
        raise BadCount(
            f"Tell the units found for each of the parcel's {len(wanted)} reservations and no other; see {odd[0]}.",
            reservation_ids=odd,
        )
    for reservation_id, units in found.items():
        if not 0 <= units <= wanted[reservation_id]:
            raise BadCount(
                f"Reservation {reservation_id} asks for {wanted[reservation_id]} units; {units} cannot be found of it.",
                reservation_ids=[str(reservation_id)],
                units=units,
                wanted=wanted[reservation_id],
            )
    return tuple(
        Short(
            line_no=line.line_no,
            reservation_id=line.reservation_id,
            sku=line.sku,
            owner_id=line.owner_id,
            units=line.units - found[line.reservation_id],
        )
        for line in lines
        if found[line.reservation_id] < line.units
    )


def check_prefix(gs1_prefix: str) -> None:
    """A node's prefix: a company's GS1 prefix, and after it the digits that the company keeps for this node.

    raises  BadPrefix
    """
    if not (gs1_prefix.isascii() and gs1_prefix.isdigit() and 4 <= len(gs1_prefix) <= 12):
        raise BadPrefix(f"A GS1 prefix is 4 to 12 digits; got '{gs1_prefix}'.", gs1_prefix=gs1_prefix)
