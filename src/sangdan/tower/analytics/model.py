"""What a period amounts to, in figures that are defined here. Shares are parts per million, never floats."""

from datetime import datetime

import msgspec

from sangdan.kit.money import PPM, divided


class Share(msgspec.Struct, frozen=True):
    """So many of so many; ppm is None when there was nothing to count."""

    count: int
    of: int
    ppm: int | None


class StateCount(msgspec.Struct, frozen=True):
    """Orders in one state; `reason` says why those that were cancelled were."""

    state: str
    reason: str | None
    orders: int


class Totals(msgspec.Struct, frozen=True):
    """Counts over the orders of a period.

    ended            went to the floor and are over: delivered, confirmed, or cancelled after release
    on_time          of those: every parcel that was to come kept its promise
    in_full          of those: every unit was delivered that the shopper had not taken back before release
    on_time_in_full  both
    perfect          both, in one go: nothing re-sourced or lost on the way
    units            wanted at release, in orders that left or ended
    units_shipped    of those
    sourced          orders with any parcel that was not cancelled
    split            of those: in more than one parcel
    """

    orders: int
    ended: int
    on_time: int
    in_full: int
    on_time_in_full: int
    perfect: int
    units: int
    units_shipped: int
    sourced: int
    split: int


class Speed(msgspec.Struct, frozen=True):
    """From placing to the hand-over of the last parcel, seconds; None when nothing was shipped."""

    orders: int
    median_s: int | None
    p90_s: int | None


class Accuracy(msgspec.Struct, frozen=True):
    """Promises of one node, carrier or service (or of all): what was stated against what was kept.

    by         'all', 'node', 'carrier' or 'service'
    name       which; '' for all, '-' for parcels that no carrier had
    stated_ppm mean of the probabilities that the promises carried
    late_s     median lateness of those that came too late; None when none did
    """

    by: str
    name: str
    parcels: int
    stated_ppm: int
    kept_ppm: int
    late_s: int | None


class Cause(msgspec.Struct, frozen=True):
    """Promises by how they ended."""

    cause: str
    parcels: int


class Cost(msgspec.Struct, frozen=True):
    """What fulfilling costs, one row a currency; cancelled orders are left out."""

    currency: str
    orders: int
    cost_minor: int
    cost_per_order_minor: int
    co2e_g: int
    co2e_per_order_g: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Orders placed in [from_at, to_at), as they stand; of one shop, or of the alliance.

    fill       units shipped of units wanted at release, in orders that left or ended
    accuracy   'all' first, then by node, carrier and service
    """

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


def share(count: int, of: int) -> Share:
    """So many of so many, half even.

    count  0..of
    """
    assert 0 <= count <= of
    return Share(count, of, divided(count * PPM, of) if of else None)
