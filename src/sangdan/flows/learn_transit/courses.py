"""Parcels of this alliance as a learner is told of them: a sample of every part of a day, as far back as is useful."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from sangdan.flows.quote_promise.timetables import seconds
from sangdan.flows.quote_promise.trips import trip
from sangdan.kit.db import Conn
from sangdan.offer.network.model import Lane, Network
from sangdan.offer.promise import queries as promises
from sangdan.offer.promise.model.history import Trip
from sangdan.offer.promise.queries import Travelled

# So far back, in parts of so many hours, and of each part so many orders at most: 18,000 in all. A small alliance is
# learned from whole, a large one in part.
BACK: Final = timedelta(days=180)
PART: Final = timedelta(hours=6)
ORDERS_A_PART: Final = 25


class Course(msgspec.Struct, frozen=True):
    """A parcel's way as it was promised, and when it really went it; None for what has not happened yet."""

    parcel_id: str
    service: str
    trip: Trip
    ordered_at: datetime
    handed_over_at: datetime | None
    arrived_at: datetime | None


async def courses(conn: Conn, network: Network, at: datetime) -> list[Course]:
    """The parcels promised before an instant, in order of time; those on ways that are gone are left out."""
    began_at = at - BACK
    rows = await promises.travelled(conn, began_at, PART, BACK // PART, ORDERS_A_PART)
    return list(_courses(network, rows, at))


def _courses(network: Network, rows: Iterable[Travelled], at: datetime) -> Iterator[Course]:
    for row in rows:
        if (lane := _lane(network, row)) is None or row.placed_at > at:
            continue
        asked_at = row.placed_at.astimezone(network.calendar(lane.calendar_id).zone)
        yield Course(
            parcel_id=f"{row.order_id}/{row.parcel_no}",
            service=row.service,
            trip=trip(row.node_id, lane, row.postcode, asked_at, row.weight_g, seconds(row.departs_at), None),
            ordered_at=row.placed_at,
            handed_over_at=_known(row.handed_over_at, at),
            arrived_at=_known(row.arrived_at, at),
        )


def _known(happened_at: datetime | None, at: datetime) -> datetime | None:
    """What happens later is not known yet."""
    return happened_at if happened_at is not None and happened_at <= at else None


def _lane(network: Network, row: Travelled) -> Lane | None:
    node, place = network.nodes.get(row.node_id), network.postcodes.get(row.postcode)
    if node is None or place is None:
        return None
    lanes = network.known_between(node.zone_id, place.zone_id)
    return next((lane for lane in lanes if (lane.service, lane.carrier_id) == (row.service, row.carrier_id)), None)
