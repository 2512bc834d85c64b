"""A parcel on its way to the door, and how the carrier's scattered reports become one state."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias, get_args
from uuid import UUID

import msgspec
from msgspec.structs import replace

State: TypeAlias = Literal[
    "in_transit", "out_for_delivery", "attempt_fail", "available_for_pickup", "exception", "delivered", "lost"
]
# How far along a state is: decides between two reports of the same instant.
PLACE: Final[Mapping[str, int]] = {state: place for place, state in enumerate(get_args(State))}


class Parcel(msgspec.Struct, frozen=True):
    """A parcel after it left the floor.

    carrier_id  None: it waits at the node's counter for the shopper
    state_at    since when, by the carrier's clock
    """

    order_id: UUID
    parcel_id: UUID
    parcel_no: int
    carrier_id: str | None
    sscc: str
    state: State
    state_at: datetime
    handed_over_at: datetime
    delivered_at: datetime | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a carrier says of a parcel. May come late, twice and out of order; `at` is the carrier's own instant."""

    order_id: UUID
    parcel_id: UUID
    at: datetime
    state: State
    detail: str | None = None


class Tracked(msgspec.Struct, frozen=True):
    """A report as it was kept."""

    at: datetime
    state: State
    detail: str | None


def handed_over(
    order_id: UUID, parcel_id: UUID, parcel_no: int, carrier_id: str | None, sscc: str, at: datetime
) -> Parcel:
    """A parcel as it leaves the floor: on its way, or waiting for the shopper when nobody carries it."""
    state: State = "in_transit" if carrier_id else "available_for_pickup"
    return Parcel(order_id, parcel_id, parcel_no, carrier_id, sscc, state, at, at, None)


def after(parcel: Parcel, report: Report) -> Parcel:
    """The parcel as a report leaves it, in whatever order reports come.

    gives  delivered is final, whenever it is told; otherwise the latest report counts, and of two of the same
           instant the one further along
    """
    if parcel.state == "delivered":
        return parcel
    if report.state == "delivered":
        return replace(parcel, state="delivered", state_at=report.at, delivered_at=report.at)
    if (report.at, PLACE[report.state]) <= (parcel.state_at, PLACE[parcel.state]):
        return parcel
    return replace(parcel, state=report.state, state_at=report.at)
