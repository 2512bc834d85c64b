"""What a watcher is shown: the whole picture once, then what changed. Plain data, as the page gets it in JSON."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from sangdan.offer.promise.model.risk import Code

State = Literal["planned", "released", "packed", "shipped", "waiting_pickup"]


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """Orders placed in the last thirty days; for an ally, those that it has a part in.

    counted      False as long as the orders that have ended are still being counted: open and at_risk alone are right
    open         neither delivered nor cancelled; delivered counts confirmed ones too
    kept_ppm     kept promises of all that are closed; None before the first
    stated_ppm   mean of the probabilities that those promises carried
    at_risk      parcels that will probably be late, as the risks say
    split_ppm    orders in more than one parcel, of all that have any
    cost_minor   what fulfilling the orders costs, `currency`; with co2e_g for an ally of its own shop's orders alone
    """

    counted: bool
    orders: int
    open: int
    cancelled: int
    delivered: int
    kept_ppm: int | None
    stated_ppm: int | None
    at_risk: int
    split_ppm: int | None
    cost_minor: int
    currency: str | None
    co2e_g: int


class NodeSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A node now.

    open_parcels  planned with it or on its floor, not handed over yet; for an ally, of its own orders
    load_ppm      places of this hour that are taken, of those there are; None for an ally on another's node
    """

    node_id: str
    open_parcels: int
    load_ppm: int | None
    state: Literal["open", "closed", "down"]


class ParcelSeen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A parcel that is still to come.

    zone_id      where it goes; None when the network has forgotten the postcode
    departs_at   handed over by, as promised; when it was, once it was
    chance_ppm   that it still arrives in time, in whole per cents
    """

    parcel_id: UUID
    order_id: UUID
    parcel_no: int
    node_id: str
    zone_id: str | None
    service: str
    state: State
    departs_at: datetime
    promised_at: datetime
    chance_ppm: int


class Risk(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A parcel that will probably be late, and why.

    args  late_pick: ready_at (planned), next_departs_at (null: none in sight, or fetched by the shopper)
          missed_departure: departs_at (planned), next_departs_at
          slow_transit: departed_at (null: not yet), usual_s
          carrier_exception: state
          lane_closed: carrier_id, next_departs_at (null: nobody knows when it opens)
          node_down, lost: node_id
    """

    order_id: UUID
    parcel_id: UUID
    node_id: str
    promised_at: datetime
    chance_ppm: int
    code: Code
    args: dict[str, Any]


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """All there is to see.

    at     the instant it shows
    risks  the most urgent first, a hundred at most; counters.at_risk says how many there are
    """

    at: datetime
    counters: Counters
    nodes: list[NodeSeen]
    parcels: list[ParcelSeen]
    risks: list[Risk]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What differs from the picture, or the change, before.

    counters  as they are now
    nodes     those that changed, whole; so with parcels
    gone      parcels that are no longer to come
    risks     the whole list; None when it is as it was
    """

    at: datetime
    counters: Counters
    nodes: list[NodeSeen]
    parcels: list[ParcelSeen]
    gone: list[UUID]
    risks: list[Risk] | None
