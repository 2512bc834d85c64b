"""A parcel that is still to come, with all that follows from its rows, the network and the time."""

from datetime import datetime

import msgspec

from sangdan.offer.network.model import Network
from sangdan.offer.promise.model.risk import Course, Outlook, outlook
from sangdan.tower.watch.model import Parcel

from .courses import course_of, risk_of, state_of
from .wire import ParcelSeen, Risk


# gc=False, here and in what it holds: none can be part of a cycle, and the collector need not walk ten thousand of them
# while requests wait.
class Coming(msgspec.Struct, frozen=True, gc=False):
    """A parcel that is still to come.

    packed  and still on its floor
    seers   the allies that may know of it
    """

    row: Parcel
    postcode: str
    packed: bool
    seers: frozenset[str]
    course: Course
    outlook: Outlook
    seen: ParcelSeen
    risk: Risk | None


def look(
    network: Network, row: Parcel, postcode: str, packed: bool, seers: frozenset[str], down: bool, at: datetime
) -> Coming:
    """A parcel as it is shown at an instant.

    down  its node is out of service
    """
    state = state_of(row, packed)
    course = course_of(network, row, postcode, state, down)
    expected = outlook(course, int(at.timestamp()))
    place = network.postcodes.get(postcode)
    seen = ParcelSeen(
        parcel_id=row.parcel_id,
        order_id=row.order_id,
        parcel_no=row.parcel_no,
        node_id=row.node_id,
        zone_id=None if place is None else place.zone_id,
        service=row.service,
        state=state,
        departs_at=row.handed_over_at or row.departs_at,
        promised_at=row.promised_at,
        chance_ppm=expected.chance_ppm,
    )
    return Coming(row, postcode, packed, seers, course, expected, seen, risk_of(row, course, expected))
