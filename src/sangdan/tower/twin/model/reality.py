"""What really happens: transit, picking, finding, paying. The promise never sees this.

Every answer follows from the seed and the id of what it is about, so it does not matter in which order, or how often,
it is asked.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import exp
from typing import Final, Literal, TypeAlias

import msgspec

from .randomness import chance, normal
from .world import SEOUL

# What the test gateway is told to do with a call (sangdan.adapters.sandbox_gateway.Behaviour).
Payment: TypeAlias = Literal["approve", "decline", "time_out", "lose", "late", "twice"]

_GRID: Final = (0.0, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1.0)
_MONDAY, _FRIDAY = 0, 4
_NODES_FOUND: Final = {"store": 0.975, "dark_store": 0.99}  # a shopper may have the last one in the trolley
_CENTRE_FOUND: Final = 0.996


class Reality(msgspec.Struct, frozen=True, kw_only=True):
    """A world's own truth; the shares are of all payments, all hand-overs, all parcels on the road.

    seed         of the draws
    declined     payments that the bank declines; the other four are what a gateway does now and then
    bias_sigma   how far a lane's true pace lies from what it states, as a lognormal's sigma
    busy         how much longer the road takes before and after a weekend
    strayed      parcels that lose a day
    """

    seed: int
    declined: float = 0.012
    timed_out: float = 0.004
    lost: float = 0.002
    late: float = 0.004
    twice: float = 0.006
    bias_sigma: float = 0.02
    busy: float = 0.03
    strayed: float = 0.004

    def transit_s(self, lane_id: str, parcel_id: str, stated: Sequence[int], departs_at: datetime) -> int:
        """How long a parcel takes from departure to the door, in seconds, > 0.

        stated      the lane's ten quantiles; the truth is near them, with a pace of its own for each lane and day
        departs_at  UTC
        """
        local = departs_at.astimezone(SEOUL)
        pace = exp(self.bias_sigma * normal(self.seed, "pace", lane_id))
        pace *= exp(0.5 * self.bias_sigma * normal(self.seed, "day", lane_id, local.date().isoformat()))
        if local.weekday() in (_MONDAY, _FRIDAY):
            pace *= 1 + self.busy * chance(self.seed, "busy", local.date().isoformat())
        took = pace * _at(stated, chance(self.seed, "transit", parcel_id))
        if chance(self.seed, "stray", parcel_id) < self.strayed:
            took += 86400
        return max(60, round(took))

    def picking_s(self, node_kind: str, parcel_id: str, units: int, starts_at: datetime) -> int:
        """How long a parcel takes from its task to packed, in seconds.

        units      >= 1
        starts_at  UTC; the evening is busier
        """
        # A store's picker fetches few things; a centre's task waits for its wave first.
        base, each, sigma = (240, 15, 0.25) if node_kind == "store" else (900, 15, 0.35)
        local = starts_at.astimezone(SEOUL)
        crowd = 1.25 if local.hour in (11, 12, 18, 19, 20, 21) else 1.0
        return round((base + each * units) * crowd * exp(sigma * normal(self.seed, "picking", parcel_id)))

    def found(self, node_kind: str, parcel_id: str, line_no: int, units: int) -> int:
        """How many of a line's units the picker finds, 0..units: nearly always all."""
        if chance(self.seed, "found", parcel_id, line_no) < _NODES_FOUND.get(node_kind, _CENTRE_FOUND):
            return units
        return int(chance(self.seed, "how many", parcel_id, line_no) * units)

    def payment(self, key: str) -> Payment:
        """What the gateway does with the call of this key."""
        drawn = chance(self.seed, "payment", key)
        shares: tuple[tuple[float, Payment], ...] = (
            (self.declined, "decline"),
            (self.timed_out, "time_out"),
            (self.lost, "lose"),
            (self.late, "late"),
            (self.twice, "twice"),
        )
        for share, outcome in shares:
            if drawn < share:
                return outcome
            drawn -= share
        return "approve"

    def collected_at(self, parcel_id: str, ready_at: datetime) -> datetime:
        """When the shopper stands at the counter for a parcel that is ready: within hours, mostly soon."""
        wait = 1800 * exp(0.9 * normal(self.seed, "collected", parcel_id))
        return ready_at + timedelta(seconds=round(min(wait, 20 * 3600)))

    def regrets(self, order_id: str, share: float = 0.015) -> bool:
        """Whether the shopper cancels before the order leaves for the floor."""
        return chance(self.seed, "regret", order_id) < share


def _at(stated: Sequence[int], probability: float) -> float:
    """The quantile of a piecewise linear distribution."""
    for low, high, fast, slow in zip(_GRID, _GRID[1:], stated, stated[1:], strict=True):
        if probability <= high:
            return fast + (slow - fast) * (probability - low) / (high - low)
    return float(stated[-1])
