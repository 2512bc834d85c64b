"""How a promised parcel ended."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

# Why a parcel never came: its carrier gave it up, nobody found what belongs in it, its node went out of service, or it
# came later from elsewhere and the shopper would not wait.
Missing = Literal["lost", "not_found", "node_out", "re_sourced"]
Cause = Literal["kept", "late_hand_over", "late_transit", "re_sourced"] | Missing


class Outcome(msgspec.Struct, frozen=True):
    """A promise that is closed; late_s is negative when the parcel came early, both are None when it never came."""

    order_id: UUID
    parcel_no: int
    node_id: str
    carrier_id: str | None
    service: str
    promised_at: datetime
    probability_ppm: int
    arrived_at: datetime | None
    kept: bool
    late_s: int | None
    cause: Cause


def cause_of(kept: bool, re_sourced: bool, late_start: bool) -> Cause:
    """What broke a promise, if anything did: the source that failed, then the floor that was late, then the road."""
    if kept:
        return "kept"
    if re_sourced:
        return "re_sourced"
    return "late_hand_over" if late_start else "late_transit"
