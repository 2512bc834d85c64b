"""What `client.analytics` takes and gives. Made from the OpenAPI document by `make client`."""

from datetime import datetime

import msgspec


class StateCount(msgspec.Struct, frozen=True, kw_only=True):
    """Orders in one state; `reason` says why those that were cancelled were."""

    state: str
    reason: str | None
    orders: int


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """So many of so many; ppm is None when there was nothing to count."""

    count: int
    of: int
    ppm: int | None


class Speed(msgspec.Struct, frozen=True, kw_only=True):
    """From placing to the hand-over of the last parcel, seconds; None when nothing was shipped."""

    orders: int
    median_s: int | None
    p90_s: int | None


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """Promises of one node, carrier or service (or of all): what was stated against what was kept."""

    by: str
    name: str
    parcels: int
    stated_ppm: int
    kept_ppm: int
    late_s: int | None


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Promises by how they ended."""

    cause: str
    parcels: int


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What fulfilling costs, one row a currency; cancelled orders are left out."""

    currency: str
    orders: int
    cost_minor: int
    cost_per_order_minor: int
    co2e_g: int
    co2e_per_order_g: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Orders placed in [from_at, to_at), as they stand; of one shop, or of the alliance."""

    from_at: datetime
    to_at: datetime
    orders: int
    states: tuple[StateCount, ...]
    on_time: Share
    in_full: Share
    on_time_in_full: Share
    perfect: Share
    fill: Share
    split: Share
    click_to_ship: Speed
    accuracy: tuple[Accuracy, ...]
    causes: tuple[Cause, ...]
    costs: tuple[Cost, ...]
