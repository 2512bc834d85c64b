"""Trips: what whoever learns transit times is told of a parcel, when it is asked for and once it is promised."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sangdan.offer.network.model import Lane, Network
from sangdan.offer.promise.model import Inputs, Parcel, Seconds
from sangdan.offer.promise.model.history import Trip

from .timetables import seconds

# A finer part of a zone: so many digits of the postcode.
AREA_DIGITS: Final = 3


def trip(
    node_id: str,
    lane: Lane,
    postcode: str,
    asked_at: datetime,
    weight_g: int,
    departs_at: Seconds,
    due: datetime | None,
) -> Trip:
    """A parcel's way, as far as it is known when it is promised.

    asked_at    on the shopper's clock
    departs_at  planned
    due         when somebody else says it will arrive, None when nobody does
    """
    return Trip(
        node_id=node_id,
        from_zone=lane.from_zone,
        to_zone=lane.to_zone,
        area=postcode[:AREA_DIGITS],
        weekday=asked_at.weekday(),
        distance_m=lane.distance_m,
        weight_g=weight_g,
        configured_s=lane.transit_s,
        estimate_s=None if due is None else seconds(due) - departs_at,
        lead_s=max(0, departs_at - seconds(asked_at)),
    )


def promised_trip(network: Network, facts: Inputs, parcel: Parcel, due: datetime | None) -> Trip:
    """The trip of a delivered parcel of a way: what a learner is told to expect.

    facts   the inputs of the way
    parcel  with a carrier
    due     as in the basket
    """
    lanes = network.known_between(network.node(parcel.node_id).zone_id, facts.zone_id)
    lane = next(lane for lane in lanes if lane.lane_id == parcel.lane_id)
    asked_at = datetime.fromtimestamp(facts.at, ZoneInfo(facts.policy.timezone))
    departs_at = seconds(parcel.departs_at)
    return trip(parcel.node_id, lane, facts.postcode, asked_at, parcel.weight_g, departs_at, due)
